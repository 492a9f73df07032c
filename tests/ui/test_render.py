"""What the pure renderers make of a reply: marks, passages, wording, order, and that no text becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from ui import answer, note, page, panel, render, urgent
from ui.app import log, running
from ui.denied import Denied, denied_flags, span
from ui.session import Session, Turn
from ui.tags import TAGS, Html, clean, link, tag
from ui.words import words

VOID = {"br", "img", "input", "meta", "link", "hr"}


class Tree(HTMLParser):
    """A small reader of what we render: elements as (tag, attributes, text inside, ancestors)."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[dict[str, Any]] = []
        self._open: list[dict[str, Any]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        made = {"tag": name, "attrs": dict(attrs), "text": "", "inside": [e["tag"] for e in self._open]}
        self.elements.append(made)
        if name not in VOID:
            self._open.append(made)

    def handle_endtag(self, name: str) -> None:
        assert self._open and self._open[-1]["tag"] == name, f"</{name}> closes {self._open[-1:]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for made in self._open:
            made["text"] += data

    def of(self, cls: str) -> list[dict[str, Any]]:
        return [e for e in self.elements if cls in (e["attrs"].get("class") or "").split()]

    def tags(self, name: str) -> list[dict[str, Any]]:
        return [e for e in self.elements if e["tag"] == name]


def shown(markup: Html) -> Tree:
    return Tree(clean(markup))


def card(reply: Any) -> Tree:
    return shown(render.reply_card(reply, 0))


def visible(tree: Tree) -> list[dict[str, Any]]:
    """Claims that are not under a fold."""
    return [e for e in tree.of("lb-claim") if "details" not in e["inside"]]


# ---- citations


def test_every_claim_shows_one_mark_for_each_of_its_citations(replies: Any) -> None:
    reply = replies.answered()
    claims = [c for s in reply.sections for c in s.claims]
    lines = card(reply).of("lb-claim")
    assert len(claims) == 20 and len(reply.sections) == 8 and len(reply.sources) == 12
    assert [e["text"].split(".")[0] for e in lines] == [c.text.split(".")[0] for c in claims]
    marks = card(reply).of("lb-mark")
    assert len(marks) >= sum(len(c.citations) for c in claims)
    assert {m["attrs"]["data-n"] for m in marks} == {str(s.n) for s in reply.sources}
    for mark in marks:
        assert mark["tag"] == "button" and mark["attrs"]["type"] == "button"
        label = mark["attrs"]["aria-label"]
        assert label.startswith(f"Source {mark['attrs']['data-n']}: ") and "[" not in label and "**" not in label


def test_a_mark_leads_to_its_passage_with_the_stored_quotation_marked(replies: Any) -> None:
    reply = replies.answered()
    sources = shown(panel.sources(reply, 0))
    stored = {(c.n, c.quote) for s in reply.sections for claim in s.claims for c in claim.citations}
    highlighted = set()
    for mark in card(reply).of("lb-mark"):
        n, q = mark["attrs"]["data-n"], mark["attrs"]["data-q"]
        markup = clean(panel.sources(reply, 0)).split(f'id="lb-src-0-{n}"')[1].split("</article>")[0]
        passage = re.findall(rf'class="lb-passage" data-q="{q}"[^>]*>(.*?)</p>', markup)
        assert len(passage) == 1
        highlighted.add((int(n), Tree(passage[0]).tags("mark")[0]["text"]))
    assert highlighted == stored
    assert len(sources.of("lb-source")) == len(reply.sources)


def test_the_full_passage_stands_around_the_quotation(replies: Any) -> None:
    reply = replies.answered()
    passages = shown(panel.sources(reply, 0)).of("lb-passage")
    texts = {s.text for s in reply.sources}
    assert {p["text"] for p in passages} == texts


def test_a_quotation_that_is_not_in_the_passage_marks_nothing(replies: Any) -> None:
    made = panel.source(replies.source(1, "ng59-1.1.4"), 0, ["MRI for everybody"], "2026-11-24")
    assert not shown(made).tags("mark")


def test_a_mark_without_a_source_stays_text() -> None:
    made = answer.inline("As in [7] and **[8]**", lambda n: None)
    assert Tree(clean(tag("p", made))).elements[0]["text"] == "As in [7] and [8]"
    assert "button" not in made


def test_the_same_sentence_twice_keeps_each_quotation(replies: Any) -> None:
    reply = replies.answered()
    quotes = answer.Quotes(reply)
    assert quotes.of_source[1] == [
        "Advise activity as tolerated and self-care",
        "choose treatment together by preference, availability, harm and cost",
    ]
    assert quotes.index("Choose treatment together by preference, availability, harm and cost. [1]", 1) == 1
    assert quotes.index("a line that is no claim [1]", 1) == 0


# ---- how a source is named and graded


def test_a_digest_is_ours_and_only_a_document_is_quoted(replies: Any) -> None:
    reply = replies.answered()
    boxes = shown(panel.sources(reply, 0)).of("lb-passage-box")
    assert sum("Lumbar's summary, not the issuer's wording" in b["text"] for b in boxes) == 11
    own = [b for b in boxes if "lb-full-text" in b["attrs"]["class"]]
    assert len(own) == 1 and "The document's own words" in own[0]["text"]
    labels = [s.label for s in reply.sources]
    assert sum(label.startswith("Lumbar's summary of ") for label in labels) == 11


def test_grades_are_the_sources_own_words_or_not_graded(replies: Any) -> None:
    text = shown(panel.source(replies.source(2, "ng59-1.1.4"), 0, [], "2026-11-24")).elements[0]["text"]
    assert "Strength: do not offer" in text and "Certainty" not in text
    bare = shown(panel.source(replies.source(1, "GL-008"), 0, [], "2026-11-24")).elements[0]["text"]
    assert "Strength and certainty: not graded" in bare
    assert "National Institute for Health and Care Excellence · 2016 · section 1.1.4" in text
    assert "https://example.org/ng59" in text


@pytest.mark.parametrize(
    ("status", "year", "said"),
    [
        ("superseded", 2020, "Superseded"),
        ("withdrawn since 2026-07", 2024, "Withdrawn since 2026-07"),
        ("past its issuer's validity since 2022", 2017, "Past its issuer's validity since 2022"),
        ("current", 2017, "From 2017, more than 5 years old"),
    ],
)
def test_what_no_longer_holds_is_marked_with_its_date(replies: Any, status: str, year: int, said: str) -> None:
    item = replies.source(1, "ng59-1.1.4").model_copy(update={"status": status, "year": year})
    assert said in [b["text"] for b in shown(panel.source(item, 0, [], "2026-11-24")).of("lb-badge-old")]


def test_a_recent_current_source_has_no_age_mark(replies: Any) -> None:
    item = replies.source(1, "GL-008")
    assert not shown(panel.source(item, 0, [], "2026-11-24")).of("lb-badge-old")
    updated = replies.source(1, "ng59-1.1.4").model_copy(update={"edition": "November 2016; updated December 2023"})
    assert not shown(panel.source(updated, 0, [], "2026-11-24")).of("lb-badge-old")
    assert shown(panel.source(updated, 0, [], "2030-01-01")).of("lb-badge-old")[0]["text"].startswith("From 2023")


def test_an_unverified_source_says_so(replies: Any) -> None:
    badges = shown(panel.source(replies.source(1, "vadod2022-15"), 0, [], "2026-11-24")).of("lb-badge-unverified")
    assert [b["text"] for b in badges] == [words()["verified"]["recalled"]]


def test_the_attribution_of_a_claim_is_parted_from_its_words(replies: Any) -> None:
    sources = [replies.source(1, "ng59-1.1.4"), replies.source(2, "acp2017-1.b")]
    for by in (
        "NICE NG59: do not offer",
        "do not offer",
        "strong",
        "check the current label",
        "strong; check the current label",
    ):
        assert answer.grade(f"No routine imaging ({by}) [1][2]", sources) == ("No routine imaging", by)
    for plain in ("Stop at 2 weeks (or earlier)", "Give it (NSAID)"):
        assert answer.grade(f"{plain} [1]", sources) == (plain, "")


# ---- order, folds, outcomes


def test_the_urgent_block_stands_first_in_a_frame_of_its_own(replies: Any) -> None:
    reply = replies.escalated()
    tree = card(reply)
    alerts = tree.of("lb-alert")
    assert len(alerts) == 1 and alerts[0]["attrs"]["role"] == "alert"
    assert tree.elements[0]["attrs"]["class"] == "lb-reply"
    assert "lb-alert" in tree.elements[1]["attrs"]["class"].split(), "nothing may stand above the alert"
    first = alerts[0]["text"].split()[:40]
    assert "Red flag present" in " ".join(first) and "emergency department" in " ".join(first)
    assert tree.of("lb-alert-icon")[0]["attrs"]["aria-hidden"] == "true"
    assert not tree.of("lb-card"), "an escalation does not look like an answer"


def test_a_line_that_no_guideline_states_says_so(replies: Any) -> None:
    line = "Do not wait for an X-ray. (safety default, not from a guideline)"
    reply = replies.escalated(answer=replies.escalated().answer + f"\n{line}\n**Acted on:** by nobody: yet")
    fixed = card(reply).of("lb-fixed")
    assert [e["text"] for e in fixed] == [line, "Acted on: by nobody: yet"]


def test_a_later_turn_has_one_line_and_is_not_read_out_as_an_alarm(replies: Any) -> None:
    tree = card(replies.escalated("And a drug?", again=True))
    alert = tree.of("lb-alert")[0]
    assert alert["attrs"]["role"] == "note" and "lb-alert-again" in alert["attrs"]["class"]
    assert len([e for e in tree.of("lb-claim") if "lb-card" not in str(e["inside"])]) >= 1
    assert tree.of("lb-card"), "the answer follows below"


def test_a_flag_that_is_no_emergency_is_noted_above_the_answer_without_an_alarm(replies: Any) -> None:
    sections = replies.cited([("Red flag", [("Within 2 weeks: look for a fracture.", ["GL-008"])]), *replies.ANSWER])[0]
    reply = replies.answered(sections=sections, answer=replies.markdown(sections))
    tree = card(reply)
    noted = tree.of("lb-lower")
    assert len(noted) == 1 and noted[0]["attrs"]["role"] == "note" and "Within 2 weeks" in noted[0]["text"]
    assert tree.elements[1]["attrs"]["class"] == "lb-lower" and not tree.of("lb-alert")
    assert [e["text"] for e in tree.tags("h3")][0] == "Bottom line"


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("no_evidence", "The guidelines do not say"),
        ("declined", "Outside what Lumbar answers"),
        ("unavailable", "Something broke: no answer"),
        ("answered", "From the guidelines"),
    ],
)
def test_each_outcome_has_its_own_words_and_look(replies: Any, outcome: str, said: str) -> None:
    tree = card(getattr(replies, outcome)())
    assert tree.of("lb-kind-text")[0]["text"] == said
    assert tree.of(f"lb-{outcome}")
    others = {"no_evidence", "declined", "unavailable", "answered"} - {outcome}
    assert not any(tree.of(f"lb-{other}") for other in others)


def test_silence_of_the_guidelines_and_a_fault_do_not_look_alike(replies: Any) -> None:
    silent, broken = card(replies.no_evidence()), card(replies.unavailable())
    assert "not a fault of Lumbar" in silent.elements[0]["text"]
    assert "does not mean that the guidelines are silent" in broken.elements[0]["text"]


def test_unchecked_red_flags_are_the_first_line(replies: Any) -> None:
    tree = card(replies.unavailable())
    assert tree.elements[1]["attrs"]["role"] == "alert"
    assert tree.elements[1]["text"].startswith("Red flags were NOT checked.")


def test_a_long_answer_is_folded_but_never_what_keeps_a_patient_safe(replies: Any) -> None:
    tree = card(replies.answered())
    open_words = sum(len(e["text"].split()) for e in visible(tree))
    pinned = (
        "Go to the emergency department",
        "Contact us by two weeks",
        "emergency MRI",
        "Advise activity",
        "Changed anal tone",
    )
    for words_ in pinned:
        assert any(words_ in e["text"] for e in visible(tree)), words_
    assert tree.of("lb-more"), "something is under a fold"
    assert open_words < 250 and len(visible(tree)) < 20
    titles = [e["text"] for e in tree.tags("h3")]
    assert titles == [
        "Bottom line",
        "Ask or examine now",
        "Do",
        "Avoid",
        "Check before prescribing",
        "Review and safety-net",
        "Refer if",
        "Where guidelines differ",
    ]
    for part in tree.of("lb-part"):
        assert part["text"].strip(), "no part is empty"


def test_fixed_lines_belong_to_no_section(replies: Any) -> None:
    parts = answer.parse(replies.answered().answer)
    assert [p.title for p in parts][:2] == ["Bottom line", ""]
    assert parts[1].lines[0].text.startswith("Assumes: ")
    assert parts[-1].title == "" and parts[-1].lines[-1].text.startswith("What would change this: ")
    assert [len(p.lines) for p in parts if p.title] == [2, 2, 6, 3, 1, 3, 1, 2]


def test_a_broken_citation_is_counted_and_its_sentence_is_not_shown(replies: Any) -> None:
    text = card(replies.answered()).elements[0]["text"]
    assert "1 statement left out" in text and "polarity differs" in text
    assert "Give opioids to all" not in text


def test_guidelines_that_differ_stand_side_by_side_and_only_with_a_source(replies: Any) -> None:
    table = card(replies.answered()).of("lb-differ")[0]["text"]
    assert "VA/DoD 2022" in table and "2017" in table and "Advises against opioids." in table
    bare = replies.answered(sources=replies.answered().sources[:9])
    assert "Advises against opioids." not in card(bare).elements[0]["text"]
    assert "They differ." not in table, "a sentence without a citation is not shown"


def test_stages_are_those_of_the_pipeline_and_the_last_is_the_current_one() -> None:
    item = Turn("q", stages=(("read", ""), ("retrieve", "31 sources")))
    tree = shown(render.turn(item, 0))
    assert [e["text"] for e in tree.tags("li")] == ["Reading the conversation", "Searching the guidelines31 sources"]
    assert tree.tags("li")[-1]["attrs"]["aria-current"] == "step"


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_a_turn_without_a_reply_says_that_red_flags_were_not_checked(state: Any) -> None:
    text = shown(render.turn(Turn("q", state=state, cause="RuntimeError"), 0)).elements[0]["text"]
    assert "Red flags were NOT checked" in text
    assert "Traceback" not in text


def test_a_reply_is_announced_once_in_plain_words(replies: Any) -> None:
    said = render.spoken(replies.answered())
    assert said == "Reply ready. From the guidelines. Advise activity as tolerated and self-care. 12 sources."
    assert len(card(replies.answered()).of("lb-say")) == 1
    assert not re.search(r"[\[\]#*]", said)


# ---- the evidence panel


def test_the_ledger_shows_spans_and_says_what_silence_is(replies: Any) -> None:
    denied = (Denied("neurologic_deficit", "leg weakness", "no leg weakness", 0),)
    tree = shown(panel.flags(replies.answered(), denied))
    text = tree.elements[0]["text"]
    assert text.startswith("No red flag recognised in the text typed.This is a text check, not an examination.")
    assert "no leg weakness" in tree.of("lb-flags-absent")[0]["text"]
    assert "Cauda equina" in tree.of("lb-flags-missing")[0]["text"]
    present = shown(panel.flags(replies.escalated()))
    assert "numb between the legs" in present.of("lb-flags-present")[0]["text"]
    assert not present.of("lb-silent")


def test_a_finding_shows_rule_words_action_and_source(replies: Any) -> None:
    text = shown(panel.findings(replies.escalated(), 0)).elements[0]["text"]
    for part in (
        "Red flag · Now",
        "Flag present",
        "RF01",
        "numb between the legs",
        "message 1",
        "Emergency department",
        "VA/DoD 2022",
    ):
        assert part in text, part
    default = replies.escalated(findings=(replies.finding(source="safety default"),))
    assert "safety default, not from a guideline" in shown(panel.findings(default, 0)).elements[0]["text"]


def test_a_negative_needs_its_words_to_stand_in_a_note(replies: Any) -> None:
    denied = (Denied("neurologic_deficit", "leg weakness", "no leg weakness", 0),)
    assert "Neurological deficit: asked and denied (“no leg weakness”)" in note.note(replies.answered(), denied)
    assert "asked and denied" not in note.note(replies.answered())
    assert words()["ledger"]["no_words"] in shown(panel.flags(replies.answered())).elements[0]["text"]


def test_findings_that_differ_only_in_their_words_stand_together(replies: Any) -> None:
    tree = shown(panel.findings(replies.escalated(), 0))
    assert len(replies.escalated().findings) == 2 and len(tree.of("lb-finding")) == 1
    assert "numb between the legs" in tree.elements[0]["text"] and "cannot pass urine" in tree.elements[0]["text"]


def test_how_it_was_read_can_be_corrected(replies: Any) -> None:
    tree = shown(panel.how_read(replies.answered(), 3))
    area = tree.tags("textarea")[0]
    assert area["text"].startswith("How should 10 days") and area["attrs"]["aria-labelledby"] == "lb-standalone-3-h"
    assert [e["attrs"]["data-ask-from"] for e in tree.tags("button") if "data-ask-from" in e["attrs"]] == [
        "lb-standalone-3"
    ]
    assert [e["attrs"]["data-fill"] for e in tree.tags("button") if "data-fill" in e["attrs"]] == [
        "Correction: age is ",
        "Correction: duration weeks is ",
    ]
    text = tree.elements[0]["text"]
    assert "Not now, but only if the flags below are absent" in text and "Cauda equina, Fracture" in text


def test_tabs_are_wired_to_their_panes(replies: Any) -> None:
    tree = shown(panel.evidence(replies.answered(), 2))
    tabs = [e for e in tree.elements if e["attrs"].get("role") == "tab"]
    panes = {e["attrs"]["id"]: e for e in tree.elements if e["attrs"].get("role") == "tabpanel"}
    assert len(tabs) == 4 and {t["attrs"]["aria-controls"] for t in tabs} == set(panes)
    assert [t["attrs"]["aria-selected"] for t in tabs] == ["true", "false", "false", "false"]
    ids = [e["attrs"]["id"] for e in tree.elements if "id" in e["attrs"]]
    assert len(ids) == len(set(ids))


# ---- text to copy


def test_a_note_has_question_answer_references_versions_date_and_receipt(replies: Any) -> None:
    reply = replies.answered()
    text = note.note(reply)
    for part in (
        reply.question,
        "BOTTOM LINE",
        "- Advise activity as tolerated and self-care. [1]",
        "References",
        "Date: 2026-11-24",
        "[2] Lumbar's summary of NICE NG59 1.1.4. National Institute for Health and Care Excellence, 2016; "
        "section 1.1.4; graded: do not offer.",
        "Lumbar 0.1.0; corpus c0c0c0c0c0c0; rules a1a1a1a1a1a1; model none",
        reply.receipt.reply_id,
        "Not documented: Cauda equina",
        "status: past its issuer's validity since 2022",
    ):
        assert part in text, part
    assert "**" not in text and "## " not in text and "<" not in text
    assert text.count("\n[") == len(reply.sources)


def test_a_citation_is_copied_in_vancouver_style(replies: Any) -> None:
    assert note.vancouver(replies.source(1, "ng59-1.1.4"), "2026-11-24") == (
        "National Institute for Health and Care Excellence. Low back pain and sciatica: assessment and management. "
        "2016. Section 1.1.4. Available from: https://example.org/ng59 [accessed 2026-11-24]."
    )
    own = note.vancouver(replies.source(1, "clinic-safety"), "2026-11-24")
    assert own.endswith("2026. When to come back, p. 3.")


# ---- words that bind


def test_the_notice_says_who_it_is_for_and_what_it_is_not() -> None:
    text = shown(page.welcome()).elements[0]["text"]
    for part in (
        "You are using an AI system",
        "healthcare professionals",
        "16 and over",
        "low back pain or sciatica",
        "does not replace it",
        "No patient identifiers",
        "not an examination",
        "Not CE or UKCA marked and not FDA cleared",
    ):
        assert part in text, part
    tasks = {e["text"] for e in shown(page.welcome()).of("lb-task")}
    assert {"Red flags", "Imaging", "First-line drugs", "Exercise", "Referral"} <= tasks


def test_the_footer_counts_reviews_and_says_where_words_go() -> None:
    known = page.About(guidelines=31, reviewed_guidelines=0, rules=42, reviewed_rules=0, checked="2026-11")
    text = shown(page.footer(known)).elements[0]["text"]
    assert "Reviewed by a named clinician: 0 of 31 sources, 0 of 42 rules. Corpus last checked 2026-11." in text
    assert "AI system for healthcare professionals" in text and "forgotten when the page is closed" in text
    told = shown(page.footer(None, model="openai:m", stored=True)).elements[0]["text"]
    assert "sent to the language model openai:m" in told and "kept on this server" in told
    assert "forgotten" not in told and "Reviewed" not in told


def test_no_fixed_word_clears_a_patient() -> None:
    said = Path(page.__file__).with_name("words.yaml").read_text("utf-8").replace("not FDA cleared", "")
    assert not re.search(r"\b(excluded|cleared|all clear|patient is safe|confidence)\b", said, re.I)


def test_the_line_on_top_is_that_of_the_newest_reply_and_goes_when_settled(replies: Any) -> None:
    tree = shown(urgent.top_line(replies.escalated("q", again=True), 2, 0))
    text = tree.elements[0]["text"]
    assert "Red flag present" in text and "emergency department" in text and "numb between the legs" in text
    assert [b["attrs"].get("data-alert") for b in tree.tags("button")] == [None, "0"] and tree.of("lb-mark")
    sections = replies.cited([("Red flag", [("Acted on: registrar reviewed at 14:00.", ["GL-008"])]), *replies.ANSWER])[
        0
    ]
    answer_ = replies.markdown(sections)
    done = replies.answered(sections=sections, answer=answer_, findings=(replies.finding(state="acted_on"),))
    assert shown(urgent.top_line(done, 2, 0)).of("lb-urgent-settled")[0]["text"].startswith("Acted on: registrar")
    for changes in ({"state": "retracted"}, {"tier": "two_weeks"}):
        reply = replies.answered(sections=sections, answer=answer_, findings=(replies.finding(**changes),))
        assert urgent.top_line(reply, 2, 0) == ""
    assert urgent.top_line(replies.answered(), 2, 0) == ""


# ---- what a text denies


def test_denials_are_quoted_with_their_cue_from_the_text_itself() -> None:
    text = "Low back pain, no leg weakness. Denies fever. Bladder normal."
    found = denied_flags([{"role": "user", "content": text}])
    assert {(d.category, d.words) for d in found} == {
        ("neurologic_deficit", "no leg weakness"),
        ("infection", "Denies fever"),
        ("cauda_equina", "Bladder normal"),
    }
    assert all(d.words in text for d in found)


def test_a_cue_of_another_sentence_is_not_quoted() -> None:
    text = "No trauma. Fever now."
    assert span(text, 11, 16, "no") == "Fever"
    assert span("no numbness, weakness or fever", 25, 30, "no") == "no numbness, weakness or fever"
    assert span("fever: none", 0, 5, "none") == "fever: none"


# ---- nothing that is text becomes markup


def everywhere(replies: Any, texts: list[str]) -> str:
    """Every renderer fed with the texts."""
    reply = replies.hostile(texts)
    urgent_reply = replies.hostile(texts).model_copy(update={"outcome": "escalated"})
    turns = [Turn(t, reply=reply, state="done") for t in texts[:1]] + [Turn(texts[0], reply=urgent_reply, state="done")]
    turns += [Turn(texts[-1], stages=tuple((t, t) for t in texts)), Turn(texts[0], state="failed", cause=texts[0])]
    return "\n\n".join(
        [
            log(Session(tuple(turns))),
            running(Session(tuple(turns[:-1]))),
            clean(panel.evidence(reply, 0)),
            clean(urgent.top_line(urgent_reply, 1, 0)),
            clean(page.state("failed", "\n".join(texts))),
            clean(page.footer(None, model="\n".join(texts))),
        ]
    )


def test_hostile_text_stays_text(replies: Any) -> None:
    texts = replies.payloads()
    assert len(texts) >= 100
    markup = everywhere(replies, texts)
    tree = Tree(markup)
    for made in tree.elements:
        assert made["tag"] in TAGS, made
        for name, value in made["attrs"].items():
            assert not name.startswith("on") and name not in ("style", "src", "srcdoc", "action", "formaction"), (
                name,
                value,
            )
        if made["tag"] == "a":
            assert made["attrs"]["href"].startswith("https://evil.example/"), "only the corpus's own address is a link"
            assert made["attrs"]["rel"] == "noopener noreferrer nofollow"
    assert "<script>window.hit=0</script>" in tree.of("lb-passage")[0]["text"], "evidence is shown as it is"


def test_one_hostile_text_at_a_time_stays_text(replies: Any) -> None:
    for text in replies.payloads():
        tree = Tree(everywhere(replies, [text, text, text]))
        assert {e["tag"] for e in tree.elements} <= TAGS


def test_the_allow_list_alone_stops_markup_that_slips_through(replies: Any) -> None:
    for text in replies.payloads():
        made = clean(Html(f"<p>{text}</p>"))
        tree_names = {e["tag"] for e in _lenient(made)}
        assert not tree_names & {
            "script",
            "style",
            "img",
            "svg",
            "iframe",
            "object",
            "embed",
            "form",
            "input",
            "link",
            "meta",
            "base",
            "video",
        }
        assert not re.search(r"<[^>]*\s(on\w+|style|src|formaction)\s*=", made, re.I), made
        assert not re.search(r"href=\"?\s*(javascript|data):", made, re.I), made


def _lenient(markup: str) -> list[dict[str, Any]]:
    class Loose(Tree):
        def handle_endtag(self, name: str) -> None:
            return

    return Loose(markup).elements


def test_each_block_is_one_line(replies: Any) -> None:
    reply = replies.answered("First line\n\n<b>second</b>\nthird", standalone_question="a\n\nb")
    shown_ = log(Session((Turn(reply.question, reply=reply, state="done"), Turn("x\n\ny", state="stopped"))))
    assert shown_.count("\n\n") == 1 and len(shown_.split("\n")) == 3
    assert Tree(shown_).tags("h2")[0]["text"] == "You asked: First line\n\n<b>second</b>\nthird"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "//evil.example"]
)
def test_only_web_addresses_become_links(address: str) -> None:
    assert "<a" not in clean(tag("p", link(address)))
    assert address in Tree(clean(tag("p", link(address)))).elements[0]["text"]


# ---- colours


def _colours(dark: bool) -> dict[str, str]:
    css = (Path(page.__file__).parent / "assets" / "lumbar.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.S)
    found = dict(re.findall(r"--lb-([\w-]+): (#[0-9a-f]{6})", blocks[0]))
    return found | (dict(re.findall(r"--lb-([\w-]+): (#[0-9a-f]{6})", blocks[1])) if dark else {})


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT_ON = [
    *[(ink, ground) for ink in ("ink", "muted", "brand") for ground in ("bg", "surface", "sunk", "soft")],
    ("on-brand", "brand"),
    ("on-mark", "mark"),
    ("on-red", "red-solid"),
    ("ink", "red-soft"),
    ("red", "red-soft"),
    ("red", "bg"),
    ("amber", "amber-soft"),
    ("ink", "amber-soft"),
    ("muted", "amber-soft"),
]


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_enough_contrast(dark: bool) -> None:
    colours = _colours(dark)
    low = {
        (i, g): round(_contrast(colours[i], colours[g]), 2)
        for i, g in TEXT_ON
        if _contrast(colours[i], colours[g]) < 4.5
    }
    assert not low
    edges = {
        g: round(_contrast(colours["edge"], colours[g]), 2)
        for g in ("bg", "surface")
        if _contrast(colours["edge"], colours[g]) < 3
    }
    assert not edges, "outlines of controls need 3:1"
