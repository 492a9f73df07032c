"""The edges of a reply: what is assumed, what is not covered, what would change it, and the reply's own invariants.

Every line here is a fixed one of plans/lines.yaml filled with facts of the case. Claims are `answer.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.answer import BOTTOM_LINE, DRUG_TOPICS, Draft, DraftSection, claim_of
from assistant.casefacts import GROUP_TOPICS, Case
from assistant.guardrails.ledger import Ledger
from assistant.guardrails.urgent import quiet_line
from assistant.lines import line
from assistant.planning import Plan, named_drugs
from assistant.question import Reading
from assistant.scope import Scope
from assistant.select import DOSE_GROUPS, FACETS, Statement
from assistant.types import Claim, Finding, Reply
from corpus.currency import checked_words, freshness, out_of_date
from corpus.lexicon import Lexicon
from corpus.load import Corpus
from corpus.model import Passage

if TYPE_CHECKING:
    from assistant.pipeline import Turn

TREATMENT_KINDS = {"drug", "class", "procedure", "imaging", "care", "tool", "test"}
GROUP_WORDS = {
    "older_adults": "age 65 or over", "renal": "kidney disease", "hepatic": "liver disease", "pregnancy": "pregnancy",
    "lactation": "breastfeeding", "anticoagulant": "an anticoagulant", "cardiovascular": "cardiovascular disease",
    "peptic_ulcer": "ulcer or GI bleed",
    "postoperative": "earlier spinal surgery", "cautioned": "an interaction or a contraindication", "paediatric": "age under 16",
}  # fmt: skip
CHILD_SOURCES = ("SP-003", "SP-004")
"""Passages with the triggers for paediatrics."""
_PATIENT = re.compile(
    r"\b(?:he|she|they|him|her|his|patients?|pts?|man|woman|lady|gentleman|\d{2}\s?[MF]|\d{1,3}[- ]?(?:yo|y/o|year))\b",
    re.I,
)
PATIENT_PLANS = {"management", "imaging", "follow_up", "safety_net", "referral", "red_flags", "examination"}


def focus_topics(reading: Reading, lexicon: Lexicon, plan: Plan, ledger: Ledger) -> tuple[str, ...]:
    """Topics of what is asked about, most specific first; treatments before conditions. In an emergency, the flag's own."""
    if plan.id == "urgent":
        names = {
            "cauda_equina": "cauda-equina",
            "neurologic_deficit": "motor-deficit",
            "cord_compression": "cord-compression",
        }
        return tuple(dict.fromkeys(names.get(f.category, f.category) for f in ledger.active_urgent()))
    concepts = [lexicon.concepts[c] for c in reading.focus]
    treatments = [c for c in concepts if c.kind in TREATMENT_KINDS]
    topics: list[str] = []
    for concept in treatments or concepts:
        topics += [t for t in concept.topics if t not in GROUP_TOPICS and t not in FACETS]
    if plan.id in {"duration", "dose"}:
        drugs = [t for t in topics if t in DRUG_TOPICS]
        topics = drugs or topics
    if reading.follow_up:
        topics = [
            *(named_drugs()[t] for t in topics if t in named_drugs() and not _names_member(t, reading, lexicon)),
            *topics,
        ]
    return tuple(dict.fromkeys(topics))


def _names_member(topic: str, reading: Reading, lexicon: Lexicon) -> bool:
    """Whether the conversation has named a drug of the class itself."""
    return any(topic in lexicon.concepts[c].topics[1:] for key in ("drug", "takes") for c in reading.case.all(key))


def question_groups(reading: Reading, lexicon: Lexicon) -> set[str]:
    """Groups that the question itself names ("NSAIDs in older adults"), whether or not a patient is described."""
    found: set[str] = set()
    for mention in lexicon.find(reading.text):
        concept = lexicon.concepts[mention.concept]
        if concept.kind in {"population", "condition"}:
            found |= {GROUP_TOPICS[t] for t in concept.topics if t in GROUP_TOPICS}
    return found


def describes_patient(turn: Turn) -> bool:
    """Whether the conversation describes a patient, rather than asking for general knowledge."""
    said = [m["content"] for m in turn.messages if m["role"] == "user"]
    known = {"age", "egfr", "weight_kg", "gestation_weeks", "takes", "duration_weeks"}
    facts = turn.reading.case.facts if turn.reading else ()
    return any(_PATIENT.search(t) for t in said) or any(f.key in known for f in facts)


_ELSEWHERE_TOO = frozenset({"NHS", "FDA", "UK", "US"})
"""First words of source names that say nothing of the back."""


def source_names(corpus: Corpus) -> frozenset[str]:
    """Names in capitals by which guidelines, tools and trials of the corpus are called ("NICE", "OPAL", "GIRFT")."""
    first = {g.short.split()[0] for g in corpus.guidelines.values()}
    return frozenset(w for w in first - _ELSEWHERE_TOO if len(w) > 2 and w.replace("/", "").isupper()) | {"VA/DoD", "Beers"}


def special_scope(reading: Reading, ledger: Ledger) -> Scope | None:
    """Who asks, and for whom: lay writer, child, language, surgery within six weeks (clinical-safety, section 4)."""
    if not reading.text.strip():
        return Scope("declined", line("declined_empty"), "empty")
    if ledger.not_checked:
        return Scope("declined", line("declined_language"), "not read")
    if ledger.lay:
        return Scope("declined", line("declined_lay"), "written by a patient")
    if ledger.under16 or "paediatric" in reading.case.groups:
        return Scope("declined", line("declined_child"), "under 16", CHILD_SOURCES)
    if ledger.recent_procedure:
        return Scope("declined", line("declined_postoperative"), "surgery, injection or block within six weeks")
    return None


def add_premises(draft: Draft, premises: Sequence[Finding], corpus: Corpus) -> None:
    """Puts the correction of a false premise before the bottom line, in the words of the passage that corrects it."""
    claims = []
    for finding in premises:
        passage = corpus.passages[str(finding.source)]
        claims.append(claim_of(Statement.of(passage), corpus))
    if claims:
        _drop_repeats(draft, claims)
        draft.sections.insert(0, DraftSection("Correction", claims))
        draft.sections = [s for s in draft.sections if s.claims or s.stands_alone]


def add_cautions(draft: Draft, findings: Sequence[Finding], corpus: Corpus) -> None:
    """Puts what a guardrail saw in the user's own plan before everything else, in the words of the passage behind the rule."""
    claims: list[Claim] = []
    quoted: list[str] = []
    for finding in findings:
        if finding.kind != "pitfall" or finding.source not in corpus.passages or finding.stage == "draft":
            continue
        passage = corpus.passages[str(finding.source)]
        claim = claim_of(Statement.of(passage), corpus)
        if claim not in claims:
            claims.append(claim)
        if finding.quote:
            quoted.append(f"\u201c{' '.join(finding.quote.split())}\u201d ({finding.category.replace('_', ' ')})")
    if claims:
        lines = [line("in_the_plan", quotes="; ".join(dict.fromkeys(quoted)))] if quoted else []
        _drop_repeats(draft, claims)
        lead = "Caution"
        if any(
            f.quote is None for f in findings
        ):  # it speaks against the very drug that was asked about, so it decides
            lead = BOTTOM_LINE
            for section in draft.sections:
                section.title = "More" if section.title == BOTTOM_LINE else section.title
            draft.sections.sort(key=lambda section: section.title == "More")
        draft.sections = [DraftSection(lead, claims, lines), *(s for s in draft.sections if s.claims or s.stands_alone)]


def _drop_repeats(draft: Draft, shown: Sequence[Claim]) -> None:
    """Takes out of the draft the claims that rest on one passage, and on one that `shown` states already."""
    stated = {c.citations[0].passage_id for c in shown}
    for section in draft.sections:
        section.claims = [c for c in section.claims if c.citations[0].passage_id not in stated or len(c.citations) > 1]


def scope_sections(scope: Scope | None, corpus: Corpus) -> list[DraftSection]:
    """What is shown although the question is not answered."""
    known = [corpus.passages[i] for i in (scope.passages if scope else ()) if i in corpus.passages]
    return [DraftSection("Triggers for paediatrics", [claim_of(Statement.of(p), corpus) for p in known])] if known else []


def edges(turn: Turn, outcome: str, corpus: Corpus) -> tuple[list[str], list[str]]:
    """(lines after the bottom line, lines at the end)."""
    opening: list[str] = []
    closing: list[str] = []
    ledger, reading = turn.ledger, turn.reading
    if ledger is None or ledger.not_checked:
        opening.append(line("not_checked"))
    if turn.unchecked:
        opening.append(line("rules_broken", rules=", ".join(sorted(turn.unchecked))))
    if turn.broken is not None:
        cause = getattr(turn.broken, "cause", None) or _cause(turn.broken)
        opening.append(line("unavailable", cause=cause))
        if getattr(turn.broken, "help", None):
            opening.append(line("unavailable_help", help=turn.broken.help))  # type: ignore[attr-defined]
        return opening, closing
    if turn.scope is not None and turn.scope.kind != "in":
        opening.append(turn.scope.text)
        if turn.scope.kind == "silent":
            nearest = _nearest(turn, corpus)
            if nearest:
                opening.append(line("nearest", subjects=nearest))
        elif ledger is not None and not ledger.not_checked and describes_patient(turn) and not ledger.present:
            closing.append(quiet_line(ledger))
        return opening, closing
    if turn.draft is None or reading is None:
        return opening, closing
    opening.append(assumptions(reading.case, turn))
    closing += _end(turn, reading, corpus)
    return opening, closing


def assumptions(case: Case, turn: Turn) -> str:
    """ "Assumes: ..." with the facts used, each as it was read."""
    facts: list[str] = []
    age = case.get("age")
    facts.append(f"age {age}" if age else "an adult of 16 or over")
    if case.get("sex"):
        facts.append(str(case.get("sex")))
    weeks = case.get("duration_weeks")
    if case.phase:
        facts.append(f"{case.phase} ({_span(weeks)})" if isinstance(weeks, (int, float)) else f"{case.phase} pain")
    elif turn.choice is not None and turn.choice.phase:
        facts.append(f"{turn.choice.phase} pain (duration not stated)")
    leg = {
        "radicular": "leg pain or radicular features",
        "buttock": "symptoms to the buttock, radiculopathy not established",
        "none": "no leg pain",
    }
    if case.get("leg_pain") in leg:
        facts.append(leg[str(case.get("leg_pain"))])
    groups = turn.choice.groups if turn.choice else case.groups
    facts += [
        GROUP_WORDS[g] for g in sorted(groups - {"cautioned"}) if g in GROUP_WORDS and not (g == "older_adults" and age)
    ]
    takes = case.all("takes")
    if takes:
        facts.append("takes " + ", ".join(takes))
    if len(facts) == 1 and not age:
        return line("assumes_none")
    return line("assumes", facts="; ".join(facts))


def _span(weeks: float) -> str:
    """Weeks in words: days under two weeks, months over twelve weeks."""
    if weeks < 2:
        days = max(1, round(weeks * 7))
        return f"{days} day{'s' if days > 1 else ''}"
    return f"{round(weeks)} weeks" if weeks <= 12 else f"{round(weeks * 12 / 52)} months"


def _end(turn: Turn, reading: Reading, corpus: Corpus) -> list[str]:
    draft, plan, ledger = turn.draft, turn.plan, turn.ledger
    assert draft is not None and plan is not None and ledger is not None  # `edges` has checked
    out: list[str] = []
    groups = (turn.choice.groups if turn.choice else frozenset()) & DOSE_GROUPS
    drugs = set(turn.choice.focus if turn.choice else ()) & DRUG_TOPICS
    if groups and (drugs or plan.id == "management"):
        out.append(line("dose_withheld", groups=", ".join(GROUP_WORDS[g] for g in sorted(groups))))
    age = reading.case.get("age")
    if isinstance(age, int) and age in (16, 17):
        out.append(line("adult_guidelines", age=age))
    if "pregnancy" in groups and not reading.case.get("gestation_weeks"):
        out.append(line("pregnancy_ask"))
    if "lactation" in groups and not any("lactation" in p.population.groups for p in _cited(draft, corpus)):
        out.append(line("lactation_none"))
    lapsed = {p.guideline_id for p in _cited(draft, corpus)}
    past = [f"{g.short} ({g.lapsed_since})" for g in (corpus.guidelines[i] for i in sorted(lapsed)) if g.lapsed_since]
    if past:
        out.append(line("lapsed", guidelines=", ".join(past)))
    out += _label_age(turn, draft, corpus)
    if draft.missing:
        out.append(line("not_covered", topics="; ".join(dict.fromkeys(draft.missing))))
    if plan.id in PATIENT_PLANS and not ledger.present and describes_patient(turn):
        quiet = quiet_line(ledger)
        out.append(f"{quiet} {line('quiet_imaging')}" if plan.id in {"imaging", "management"} else quiet)
    if ledger.active_urgent():
        return out
    kind = {"management": "management", "imaging": "imaging"}.get(plan.id, "drug" if drugs else "knowledge")
    out.append(line(f"changes_{kind}"))
    return out


def _cited(draft: Draft, corpus: Corpus) -> list[Passage]:
    return [corpus.passages[c.passage_id] for claim in draft.claims for c in claim.citations]


def _label_age(turn: Turn, draft: Draft, corpus: Corpus) -> list[str]:
    """The banner over drug facts whose source was last checked more than 12 months ago; over 24 months their doses are withheld."""
    today = turn.choice.today if turn.choice else None
    if today is None:
        return []
    old = out_of_date(_cited(draft, corpus), corpus, today)
    lines = [line("label_age", labels=", ".join(f"{g.short} ({checked_words(g)})" for g in old))] if old else []
    about = set(turn.choice.focus) & DRUG_TOPICS if turn.choice else set()
    doses = [p for p in corpus.passages.values() if about & set(p.topics) and "dose" in p.topics]
    if any(freshness(p, corpus.guideline_of(p), today) == "withhold" for p in doses):
        lines.append(line("label_old"))
    return lines


def _names(categories: Sequence[str]) -> list[str]:
    return [c.replace("_", " ") for c in categories]


def _cause(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return re.sub(r"(?:/[\w.+-]+){2,}", "a file", text.splitlines()[0])[:200]


def _nearest(turn: Turn, corpus: Corpus) -> str:
    """Names of the nearest subjects of the corpus, for a reader whose question it does not answer."""
    if turn.choice is None:
        return ""
    top = sorted(turn.choice.question.items(), key=lambda x: (-x[1], x[0]))[:6]
    topics = [t for i, value in top if value >= 0.3 for t in corpus.passages[i].topics[:1]]
    return ", ".join(dict.fromkeys(t.replace("-", " ") for t in topics))


def invariant(reply: Reply, corpus: Corpus) -> Reply:
    """Refuses a reply that breaks the contract: a claim without citation, a quotation that is not in its passage, a wrong number."""
    numbered = {s.passage_id: s.n for s in reply.sources}
    for section in reply.sections:
        for claim in section.claims:
            if not claim.citations and not claim.safety_default:
                raise RuntimeError(f"uncited claim in {section.title!r}")
            for cite in claim.citations:
                if cite.quote not in corpus.passages[cite.passage_id].text or numbered.get(cite.passage_id) != cite.n:
                    raise RuntimeError(f"citation of {cite.passage_id} does not hold")
    return reply
