"""What a text asserts of a mention: present, absent, historical, family, hypothetical, uncertain, not_assessed or general.

ConText with forward, backward and two-way cues, terminators, exceptions and look-alikes, all in `cues.yaml`, plus what notes
add to it: headings, lead-ins, answers, boxes, signs and times. A mention is any span; what it means is left to `concepts.py`,
what follows from it to `screen.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.guardrails.answers import answer_beside
from assistant.guardrails.people import relative_of
from assistant.guardrails.quoted import only_wording, taken_back
from assistant.guardrails.reading import Cue, Reading, Sentence, reading_of
from assistant.guardrails.scopes import Span, look_ahead, look_back
from assistant.guardrails.settled import of_today, well_now
from assistant.guardrails.when import near
from assistant.types import Assertion

_TURNS = frozenset("+ - (+) (-) ++ +++ : = → [x] [] ☐ ☑ (x) last past ago +ve -ve".split()) | {"[ ]", "( )", '"', "'"}
_STATE_STEMS = ("incontinen", "retention")
_FUNCTION_WORDS = frozenset(
    "bladder bowel bowels function sensation power strength gait tone weight appetite control habit habits reflexes reflex motor sensory urination waterworks mobility".split()
)


@dataclass(slots=True)
class Verdict:
    """An assertion with its reason. `cue` are tokens of the cue, `by` its class, `explicit` that a yes, no, sign or box said so."""

    assertion: Assertion
    by: str = ""
    cue: tuple[int, int] | None = None
    explicit: bool = False
    no_new: bool = False
    kept: bool = False
    """Said of a function: it is kept ("tone normal")."""


def judge(reading: Reading, span: Span, this_year: int = 2026) -> Verdict:
    """The assertion of one mention. Looks at most 60 tokens back and 14 ahead, so that time stays linear."""
    sentence = reading.sentence(span.first)
    before = look_back(reading, sentence, span)
    after = look_ahead(reading, sentence, span)
    if not before and not after and not well_now(reading, sentence, span) and not taken_back(reading.doc.words, sentence, span) and _plain(reading, sentence, span):
        return Verdict("present")
    for look in (_hypothetical, _general, _family, _not_assessed, _answered, _denied, _enquired, _past, _doubted):
        verdict = look(reading, sentence, span, before, after, this_year)
        if verdict is not None:
            return verdict
    affirmed = before.get("affirmed") or after.get("affirmed")
    return Verdict("present", "affirmed" if affirmed else "", (affirmed.first, affirmed.end) if affirmed else None)


def _plain(reading: Reading, sentence: Sentence, span: Span) -> bool:
    """No heading, question, relative, answer or time near: nothing that could change a bare mention."""
    if (
        sentence.section
        or sentence.supposed
        or sentence.general
        or sentence.question
        or sentence.answer
        or sentence.postfix
    ):
        return False
    ahead = 60 if reading.doc.words[span.end : span.end + 1] == [","] else 14
    words = reading.doc.words[max(sentence.first, span.first - 20) : min(sentence.end, span.end + ahead)]
    if words and reading.doc.words[span.first - 1 : span.first] in (["n"], ["y"]):
        return False
    return (
        not any(w in _TURNS or w[0].isdecimal() for w in words)
        and not reading.relatives
        and not any(k in reading.answers for k in range(span.end, min(sentence.end, span.end + 14)))
    )


# ---- one look for each class, in order of precedence


def _found(assertion: Assertion, cue: Cue | None, by: str = "") -> Verdict:
    return Verdict(
        assertion, by or (cue.what.cls if cue else ""), (cue.first, cue.end) if cue and cue.end > cue.first else None
    )


def _hypothetical(
    reading: Reading, sentence: Sentence, span: Span, before: dict[str, Cue], after: dict[str, Cue], year: int
) -> Verdict | None:
    if sentence.section == "hypothetical":
        return Verdict("hypothetical", "section")
    if sentence.supposed:
        return Verdict("hypothetical", "condition")
    if only_wording(reading, sentence, span) or taken_back(reading.doc.words, sentence, span):
        return Verdict("hypothetical", "words to be written")
    if sentence.general and sentence.question:
        return None
    cue = before.get("hypothetical") or after.get("hypothetical")
    return _found("hypothetical", cue) if cue else None


def _general(
    reading: Reading, sentence: Sentence, span: Span, before: dict[str, Cue], after: dict[str, Cue], year: int
) -> Verdict | None:
    if sentence.general:
        return Verdict("general", "question")
    cue = before.get("general")
    return _found("general", cue) if cue else None


def _family(
    reading: Reading, sentence: Sentence, span: Span, before: dict[str, Cue], after: dict[str, Cue], year: int
) -> Verdict | None:
    if sentence.section == "family":
        return Verdict("family", "section")
    cue = before.get("family") or after.get("family")
    if cue:
        return _found("family", cue)
    relative = relative_of(reading, sentence, span)
    return Verdict("family", "relative", relative) if relative else None


def _not_assessed(
    reading: Reading, sentence: Sentence, span: Span, before: dict[str, Cue], after: dict[str, Cue], year: int
) -> Verdict | None:
    answer = answer_beside(reading, sentence, span)
    if answer and answer[0] == "unknown":
        return Verdict("not_assessed", "answer", (answer[1], answer[1] + 1), explicit=True)
    cue = after.get("not_assessed") or before.get("not_assessed")
    if cue and not (cue.what.forward and "negated" in before and before["negated"].first > cue.first):
        return _found("not_assessed", cue)
    return None


def _answered(
    reading: Reading, sentence: Sentence, span: Span, before: dict[str, Cue], after: dict[str, Cue], year: int
) -> Verdict | None:
    answer = answer_beside(reading, sentence, span)
    if answer:
        yes = answer[0] == "yes"
        return Verdict(
            "present" if yes else "absent", "answer", (answer[1], answer[1] + 1), explicit=True, kept=not yes
        )
    if sentence.answer:
        kind = sentence.answer
        at = sentence.end
        if "normal" in after and kind in ("yes", "no"):  # "Bladder ok? yes."
            kind = "no" if kind == "yes" else "yes"
        verdict: Assertion = "present" if kind == "yes" else "absent" if kind == "no" else "not_assessed"
        return Verdict(verdict, "answer", (at, at + 1), explicit=True, kept=kind == "no")
    if sentence.question and span.kind != "value" and _asked(reading, sentence, span):
        return Verdict("not_assessed", "unanswered question")
    return None


def _asked(reading: Reading, sentence: Sentence, span: Span) -> bool:
    """The mention is what a question asks about ("Any saddle numbness?"), not a fact inside one ("MRI for new foot drop?")."""
    words = reading.doc.words
    lead = words[sentence.first : span.first]
    while lead and lead[0] in ("-", "•", ",", "and", "or", ":", "\n", "("):
        lead = lead[1:]
    if any(w in ("any", "ever", "does", "did", "asked") for w in lead[:6]):
        return True
    short = span.first - sentence.first <= 4 and sentence.end - span.end <= 3
    return short and not any(k in reading.strong for k in range(sentence.first, sentence.end))


def _denied(
    reading: Reading, sentence: Sentence, span: Span, before: dict[str, Cue], after: dict[str, Cue], year: int
) -> Verdict | None:
    if span.kind == "value":
        return None
    text = reading.doc.words[span.first : span.end]
    state = any(w.startswith(_STATE_STEMS) for w in text)
    function = span.kind == "function" or (span.kind == "any" and any(w in _FUNCTION_WORDS for w in text))
    normal = after.get("normal") or before.get("normal")
    nearest = max(
        (before[c] for c in ("negated", "no_new", "no_change", "uncertain", "worry") if c in before),
        key=lambda c: c.first,
        default=None,
    )
    if normal and not function and "control" in reading.doc.words[normal.end - 1]:
        normal = None
    if normal and span.kind in ("function", "any") and (span.kind == "function" or _beside(reading, normal, span)):
        flipped = nearest is not None and nearest.what.cls == "negated" and nearest.end == normal.first
        return None if flipped else Verdict("absent", "normal", (normal.first, normal.end), kept=True)
    if normal and normal.what.backward and reading.doc.words[normal.first] == "all":
        return Verdict("absent", "normal", (normal.first, normal.end), kept=True)
    if "negated" in after and "uncertain" not in after:
        return None if _now_present(reading, sentence) else _found("absent", after["negated"])
    if "no_change" in after and function:
        return Verdict("absent", "no_change", (after["no_change"].first, after["no_change"].end), kept=True)
    if nearest is None:
        return None
    cls = nearest.what.cls
    if cls in ("uncertain", "worry") or (cls == "negated" and _now_present(reading, sentence)):
        return None
    if cls == "no_change":
        denies_change = nearest.end > span.first
        return Verdict("absent", cls, (nearest.first, nearest.end), kept=True) if function or denies_change else None
    if cls == "no_new":
        return Verdict("uncertain" if state else "absent", cls, (nearest.first, nearest.end), no_new=True, kept=True)
    return Verdict("absent", cls, (nearest.first, nearest.end), kept=True)


def _now_present(reading: Reading, sentence: Sentence) -> bool:
    """ "Saddle numbness denied on Monday; today present", "none at first; now there is": the next clause takes the denial back."""
    following = reading.doc.words[sentence.end : sentence.end + 5]
    at = next((k for k, w in enumerate(following[:3]) if w in ("today", "now", "currently")), None)
    if at is not None and following[at + 1 : at + 3] in (["there", "is"], ["he", "does"], ["she", "does"], ["it", "is"]):
        return following[at + 3 : at + 4] in ([], ["."], ["\n"], ["!"])
    return bool({"today", "now", "currently"} & set(following[:3])) and bool(
        {"present", "positive", "yes", "confirmed", "reported"} & set(following)
    )


def _enquired(
    reading: Reading, sentence: Sentence, span: Span, before: dict[str, Cue], after: dict[str, Cue], year: int
) -> Verdict | None:
    return _found("not_assessed", before["asked"]) if "asked" in before else None


def _beside(reading: Reading, cue: Cue, span: Span) -> bool:
    gap = reading.doc.words[cue.end : span.first] if cue.end <= span.first else reading.doc.words[span.end : cue.first]
    return (
        len(gap) <= 1
        and "," not in gap
        or all(w in ("is", "are", "was", "were", ":", "-", "function", "and") for w in gap)
    )


def _past(
    reading: Reading, sentence: Sentence, span: Span, before: dict[str, Cue], after: dict[str, Cue], year: int
) -> Verdict | None:
    if sentence.section == "historical":
        return Verdict("historical", "section")
    cue = after.get("historical") or before.get("historical")
    if cue and of_today(reading, sentence, span, cue):
        return _found("uncertain", cue)
    if cue:
        return _found("historical", cue)
    if well_now(reading, sentence, span):
        return Verdict("historical", "well now")
    if "no_change" in after and "historical" in before:
        return _found("historical", before["historical"])
    when = near(reading.doc, span.first, span.end, sentence.first, sentence.end, year)
    if when is not None and when.kind in ("ago", "year") and when.days >= 365:
        return Verdict("historical", "time", (when.first, when.end))
    return None


def _doubted(
    reading: Reading, sentence: Sentence, span: Span, before: dict[str, Cue], after: dict[str, Cue], year: int
) -> Verdict | None:
    if span.kind == "value":
        return None
    cue = after.get("uncertain") or before.get("uncertain") or before.get("worry")
    return _found("uncertain", cue) if cue else None


# ---- any span


def span_of(reading: Reading, start: int, end: int, kind: str = "any") -> Span:
    """The tokens that the code points [start, end) touch. Raises ValueError when the span is empty or outside the text."""
    doc = reading.doc
    if not 0 <= start < end <= len(doc.raw):
        raise ValueError(f"span {start}..{end} is not inside the text of {len(doc.raw)} characters")
    first = doc.token_at(start)
    last = first
    while last + 1 < len(doc.words) and doc.starts[last + 1] < end:
        last += 1
    if first >= len(doc.words) or doc.starts[first] >= end:
        raise ValueError(f"span {start}..{end} holds no word")
    return Span(first, last + 1, frozenset(range(first, last + 1)), kind)


def assert_spans(text: str, spans: Iterable[tuple[int, int]], this_year: int = 2026) -> list[Assertion]:
    """The assertion of each span (code points, half-open) of `text`, in order; any concept. Raises ValueError on a bad span."""
    reading = reading_of(text, whole=True)
    return [judge(reading, span_of(reading, start, end), this_year).assertion for start, end in spans]
