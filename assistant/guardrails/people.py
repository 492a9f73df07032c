"""Whether a mention is about a relative and not the patient ("mother had", "breast cancer in her aunt", "partner injects").

Headings and cues of family history are left to `assertion.py`.
"""

from __future__ import annotations

from bisect import bisect_left

from assistant.guardrails.scopes import SWITCH, Span
from assistant.guardrails.sentences import Reading, Sentence

_SECOND_PERSON = frozenset(
    "has had with w/ died dies diagnosed dx was is got gets suffered suffers injects inject uses on takes also who and developed : - ( h/o hx both having".split()
)


_REPORTING = frozenset(
    "says said reports reported states stated noticed notices noted thinks think worried tells told telling found brought called rang concerned feels describes described asks asked gives interpreting translating translates observed saw confirms denies helps lives present attends attended witnessed drove drives insists mentions mentioned wants reckons here".split()
)


def relative_of(reading: Reading, sentence: Sentence, span: Span) -> tuple[int, int] | None:
    if reading.relative_is_patient:
        return None
    words = reading.doc.words
    starts = reading.relative_starts
    for first, end in reversed(
        reading.relatives[bisect_left(starts, max(sentence.first, span.first - 20)) : bisect_left(starts, span.first)]
    ):
        if any(first <= p < end for p in span.parts):
            continue
        if _is_experiencer(words, first, _after_age(words, end), span) or _owns(reading, first, end, span):
            return first, end
        break
    for first, end in reading.relatives[
        bisect_left(starts, span.end) : bisect_left(starts, min(sentence.end, span.end + 6))
    ]:
        lead = words[span.end : first]
        if not lead and words[first - 1 : first] != [","]:
            return first, end
        if lead and (lead[0] in ("(", "in", "-", "on", ":") or (lead[0] == "of" and len(lead) <= 2)) and not set(lead) & {",", "with", "by", "and"}:
            return first, end
    return None


def _after_age(words: list[str], end: int) -> int:
    """ "son, 7, had a fever": the token after the age that stands between."""
    if words[end : end + 1] == [","] and words[end + 1 : end + 2] and words[end + 1].isdecimal():
        return end + 3 if words[end + 2 : end + 3] == [","] else end
    if words[end : end + 1] == ["("] and words[end + 2 : end + 3] == [")"]:
        return end + 3
    return end


_TURNED_OUT = frozenset("was were is turned proved became had caused started".split())


def _owns(reading: Reading, first: int, end: int, span: Span) -> bool:
    """ "his brother's back pain turned out to be cauda equina": what follows belongs to the relative, up to a new subject."""
    doc = reading.doc
    if not doc.slice(first, end - 1).lower().endswith(("'s", "\u2019s")):
        return False
    between = doc.words[end : span.first]
    if {",", ";"} & set(between) or any(w in _REPORTING or w in SWITCH for w in between):
        return False
    return not between or bool(_TURNED_OUT & set(between))


def _is_experiencer(words: list[str], first: int, end: int, span: Span) -> bool:
    after = words[end] if end < len(words) else ""
    before = words[first - 1] if first else ""
    if after in ("of", "to", "says", "in") or before in ("with", "by", "from", "lives", "new", "as", "a"):
        if not (before in ("a", "with", "new", "from") and after in ("with", "has", "had", "who", "w/")):
            return False
    between = words[end : span.first]
    if any(w in _REPORTING for w in between) or (
        after in ("had", "has") and end + 1 < len(words) and words[end + 1] == "to"
    ):
        return False
    for k, word in enumerate(between):
        if word in SWITCH and not (word in ("her", "his", "my") and k == 0):
            return False
        if (
            word in (",", ";")
            and k + 1 < len(between)
            and between[k + 1] in ("has", "is", "new", "now", "no", "reports", "denies", "c/o")
        ):
            return False
    return (
        after in _SECOND_PERSON
        or end == span.first
        or (len(between) <= 3 and "," not in between and not between[:1] == ["is"])
    )
