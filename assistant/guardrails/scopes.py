"""Scopes of cues: which cue reaches a mention from before or after, and where lists, clauses and exceptions end a scope.

Deciding between the cues that reach a mention is left to `assertion.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from assistant.guardrails.sentences import STOPS, Cue, Reading, Sentence

_BACK = 60


_CUES = 24


_HYPOTHETICAL_STOPS = frozenset("but however although though because".split())


_BREAKERS = frozenset(["with", ",", "and", ":", "→", "&", "plus", "+", "-"])


_COMPLEMENT = frozenset(
    "that he she they having to think thinks believe believes feel feels say says report reports any ever being is are has had have been pt patient his her their of i it there".split()
)


_TRAIL = frozenset("because due owing by on today this per x2 at throughout bilaterally in x now currently for and to".split())


_AUXILIARY = frozenset("havent hasnt hadnt dont doesnt didnt isnt arent wasnt werent cant couldnt wont not".split())
"""Where one of these ends its clause ("when I haven't, and ..."), nothing after the comma is denied."""


_TESTS = frozenset(
    "slr mri ct xray scan scans urine dip dipstick ua crp esr bloods reflexes power babinski plantars plantar hoffmann hoffmans clonus psa hcg swab culture cultures films film xr imaging obs fst pulses".split()
)


_CLOSERS = STOPS | frozenset("and since for due from after with by but on : ( / x or until now secondary".split())


SWITCH = frozenset("he she pt patient i his her him my hes shes im".split())


class Span(NamedTuple):
    """A mention in tokens: [first, end), the tokens that make it up, and how it is to be read.

    kind: symptom (its presence is the finding), function (a thing that may be kept or lost: "anal tone"), value (a number that
    speaks for itself) or any (nothing known about it).
    """

    first: int
    end: int
    parts: frozenset[int]
    kind: str = "any"


def _two_way(reading: Reading, cue: Cue) -> bool:
    same = reading.cue_at[cue.first]
    return len(same) > 1 and any(c.what.forward != cue.what.forward for c in same)


def _closes_item(reading: Reading, cue: Cue) -> bool:
    words = reading.doc.words
    return cue.end >= len(words) or words[cue.end] in STOPS or words[cue.end] in _TRAIL


def look_back(reading: Reading, sentence: Sentence, span: Span) -> dict[str, Cue]:
    """The nearest active cue of each class that reaches forward to the mention."""
    active: dict[str, Cue] = {}
    closed = exception = hypothetical_closed = False
    affirmed_end = -1
    low = max(sentence.first, span.first - _BACK)
    for cue in reversed(reading.cues_between(low, span.end)[-_CUES:]):
        cls = cue.what.cls
        if cue.end > span.first:
            wraps = (
                cls in ("hypothetical", "family", "general", "historical", "not_assessed")
                and cue.first <= span.first
                and cue.end > span.end
            )
            if cue.first in span.parts and not wraps:
                continue
            if cls == "except":
                exception = closed = True
            elif (
                cls in ("negated", "no_new", "no_change")
                and cue.first > span.first
                and (cue.what.forward or cls == "no_change")
            ):
                active.setdefault("negated" if cls == "no_change" else cls, cue)
            elif wraps or (cue.first < span.first and cls not in ("end", "affirmed", "pseudo")):
                active.setdefault(cls, cue)
            continue
        if cls == "except":
            if not closed:
                exception = True
            closed = True
        elif cls == "end":
            closed = True
            hypothetical_closed = hypothetical_closed or reading.doc.words[cue.first] in _HYPOTHETICAL_STOPS
        elif cls == "affirmed":
            if cue.what.forward and not (_two_way(reading, cue) and _closes_item(reading, cue)):
                active.setdefault("affirmed", cue)
                affirmed_end = max(affirmed_end, cue.end)
        elif cue.what.forward and cls not in active and span.first - cue.end <= cue.what.reach:
            if _reaches(reading, cue, span, closed, hypothetical_closed, affirmed_end):
                active[cls] = cue
    if exception and "negated" not in active:
        active["except"] = Cue(reading.lexis.cues[0], span.first, span.first)
    if sentence.lead is not None and sentence.lead.cls not in active and not closed:
        active[sentence.lead.cls] = Cue(sentence.lead, sentence.lead_at, sentence.lead_at + 1)
    return active


def _reaches(
    reading: Reading, cue: Cue, span: Span, closed: bool, hypothetical_closed: bool, affirmed_end: int
) -> bool:
    words, cls = reading.doc.words, cue.what.cls
    if _two_way(reading, cue) and _closes_item(reading, cue) and cue.end < len(words) and words[cue.end] != ":":
        return False
    if cls in ("hypothetical", "general"):
        return not hypothetical_closed and not _turns_to_patient(words, cue.end, span.first)
    if closed:
        return False
    if cls == "negated" and words[cue.end - 1] in _AUXILIARY and _clause_over(words, cue.end, span.first):
        return False
    if cls == "family":
        return not _turns_to_patient(words, cue.end, span.first)
    if (
        cue.what.starts_item
        and cue.first
        and words[cue.first - 1] not in STOPS
        and words[cue.first - 1] not in ("(", "/", ":", "-", "with")
    ):
        return False
    if affirmed_end > cue.end and not all(w in _COMPLEMENT for w in words[cue.end : affirmed_end]):
        return False
    if (
        cue.what.stop_comma
        or (cls == "historical" and (span.kind != "any" or words[cue.end - 1] not in ("of", "h/o", "hx", "ho")))
        or cls in ("no_change", "not_assessed", "normal")
    ):
        if "," in words[cue.end : span.first] and not (cls == "normal" and _bare_list(reading, cue.end, span.first)):
            return False
    if cls in ("negated", "no_new", "uncertain", "worry", "historical"):
        return not _list_broken(reading, cue, span)
    return True


def _clause_over(words: list[str], after: int, end: int) -> bool:
    """The clause of a bare "not" is over: a comma at once ("when I haven't, and"), or its verb in -ing and then a comma."""
    if words[after : after + 1] == [","]:
        return True
    return words[after].endswith("ing") and words[after] not in ("numbing", "tingling") and "," in words[after:end]


def _turns_to_patient(words: list[str], first: int, end: int) -> bool:
    """A comma or colon and then the patient as subject: the scope of advice or of a relative is over."""
    for k in range(first, min(end, first + _BACK)):
        if (
            words[k] in (",", ":", "-")
            and k + 2 < len(words)
            and words[k + 1] in SWITCH
            and words[k + 2] in ("has", "is", "had", "cant", "cannot", "have", "am", "was", "reports", "now", "feels")
        ):
            return True
    return False


def _bare_list(reading: Reading, first: int, end: int) -> bool:
    return not any(
        k in reading.strong or k in reading.medium or reading.doc.words[k].isdecimal() for k in range(first, end)
    ) and not any(c.what.cls not in ("normal", "pseudo") for c in reading.cues_between(first, end))


def _list_broken(reading: Reading, cue: Cue, span: Span) -> bool:
    """Whether a denial that opens a list has ended before the mention: after a comma a new, affirmed statement begins."""
    words = reading.doc.words
    if cue.what.whole:
        return False
    if not _BREAKERS & set(words[cue.end : span.first]):
        return False
    stop = min(len(words), span.end + 7)
    later_or = _or_follows(reading, span.end)
    item = cue.end
    for k in range(cue.end, span.first + 1):
        word = words[k]
        if k < span.first and k in span.parts:
            continue
        if word == "with" and k > cue.end and k < span.first and not (reading.linked & {k - 1, k - 2}):
            return True
        if k < span.first and word in (",", "and", ":", "→", "&", "plus", "+", "-"):
            item = k + 1
            if word in ("and", "&", "plus") and not _opens_anew(reading, item, span):
                item = -1
            continue
        if k == span.first and item > cue.end and _item_affirms(reading, cue, item, span, stop, later_or):
            return True
        if item > cue.end and k < span.first and k == item and _passes(reading, cue, item, span, later_or):
            return True
    return False


def _or_follows(reading: Reading, first: int) -> bool:
    """Whether the list goes on with "or" within the next words of the sentence."""
    words = reading.doc.words
    for k in range(first, min(len(words), first + 14)):
        if k in reading.ors:
            return True
        if words[k] in STOPS and words[k] != ",":
            return False
    return False


def _opens_anew(reading: Reading, item: int, span: Span) -> bool:
    return item in reading.strong or item in reading.medium or item >= span.first


def _item_end(words: list[str], first: int, stop: int) -> int:
    for k in range(first, stop):
        if words[k] in STOPS or words[k] == "and":
            return k
    return stop


def _item_affirms(reading: Reading, cue: Cue, item: int, span: Span, stop: int, later_or: bool) -> bool:
    """The item that holds the mention: does it begin or end as a statement of its own?"""
    words = reading.doc.words
    if words[item] in ("or", "nor") or any(k in reading.ors for k in range(item, span.first)):
        return item in reading.strong and words[item] not in ("or", "nor")
    end = _item_end(words, span.end, stop)
    inside = [k for k in range(item, end) if k not in span.parts]
    if any(k in reading.strong for k in inside):
        return not (later_or and not any(k in reading.strong for k in range(item, span.first)))
    if cue.what.strong_list or later_or:
        return False
    if any(k in reading.history for k in inside) and not any(words[k].isdecimal() for k in inside):
        return False
    return any(k in reading.medium or k in reading.history for k in inside) or words[item].isdecimal()


def _passes(reading: Reading, cue: Cue, item: int, span: Span, later_or: bool) -> bool:
    """An earlier item of the list that was a statement of its own ends the denial too."""
    words = reading.doc.words
    end = _item_end(words, item, span.first)
    if end >= span.first:
        return False
    if item in reading.strong and words[item] not in ("previous", "prior", "previously", "known", "history"):
        return True
    return (
        not cue.what.strong_list
        and not later_or
        and words[item] in ("new", "acute", "left", "right", "severe")
        and not any(k in reading.ors for k in range(item, span.first))
    )


def look_ahead(reading: Reading, sentence: Sentence, span: Span) -> dict[str, Cue]:
    """The nearest active cue of each class that reaches backward to the mention."""
    active: dict[str, Cue] = {}
    words = reading.doc.words
    limit = min(sentence.end, span.end + 14)
    for cue in reading.cues_between(span.end, limit):
        cls, gap = cue.what.cls, range(span.end, cue.first)
        if (
            cue.what.backward
            and cls not in active
            and len(gap) <= cue.what.reach
            and _reaches_back(reading, sentence, cue, span, gap)
        ):
            active[cls] = cue
        if cls in ("end", "except") or (
            cls in ("negated", "uncertain", "affirmed", "not_assessed")
            and cue.what.forward
            and not cue.what.backward
            and not _closes_item(reading, cue)
        ):
            if not (
                cue.what.cls == "affirmed" and words[cue.first] in ("is", "was", "has", "are", "been", "had", "now")
            ) and not _shared(reading, cue):
                break
    return active


def _shared(reading: Reading, cue: Cue) -> bool:
    """The same words are also a backward cue."""
    return any(c.what.backward for c in reading.cue_at[cue.first])


def _reaches_back(reading: Reading, sentence: Sentence, cue: Cue, span: Span, gap: range) -> bool:
    words, what = reading.doc.words, cue.what
    if what.only_function and span.kind == "symptom":
        return False
    if what.closing and not (cue.end >= len(words) or words[cue.end] in _CLOSERS or words[cue.end].isdecimal()):
        return False
    if what.after_any:
        return any(
            words[k] in ("any", "or", "new", "worsening", "worse", "if")
            for k in range(max(sentence.first, span.first - 14), span.first + 1)
        )
    if _two_way(reading, cue) and not _closes_item(reading, cue):
        return False
    between = [words[k] for k in gap]
    if what.cls in ("negated", "normal", "uncertain") and any(w in _TESTS or w.isdecimal() for w in between):
        return False
    if between[-1:] == [","] and between.count(",") == 1 and what.cls == "historical" and _closes_item(reading, cue):
        return True
    if "," in between:
        all_of_them = words[cue.first] in ("all", "both", "none") or (what.cls == "normal" and span.kind in ("function", "any"))
        many = between.count(",") >= 2 and what.cls == "negated"
        if not ((all_of_them or many) and _bare_list(reading, span.end, cue.first)):
            return False
    if what.cls == "normal" and "with" in between:
        return False
    return ";" not in between
