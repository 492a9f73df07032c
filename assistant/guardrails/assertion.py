"""What a text asserts of a mention: present, absent, historical, family, hypothetical, uncertain, not_assessed or general.

ConText with forward, backward and two-way cues, terminators, exceptions and look-alikes, all in `cues.yaml`, plus what notes
add to it: headings, lead-ins, answers, boxes, signs and times. A mention is any span; what it means is left to `concepts.py`,
what follows from it to `screen.py`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from assistant.guardrails.reading import _BOXES, _STOPS, Cue, Reading, Sentence, reading_of
from assistant.guardrails.when import near
from assistant.types import Assertion

_BACK = 60
_CUES = 24
_HYPOTHETICAL_STOPS = frozenset("but however although though because".split())
_BREAKERS = frozenset(["with", ",", "and", ":", "→", "&", "plus", "+", "-"])
_COMPLEMENT = frozenset(
    "that he she they having to think thinks believe believes feel feels say says report reports any ever being is are has had have been pt patient his her their of i it there".split()
)
_TURNS = frozenset(
    [
        "+",
        "-",
        "(+)",
        "(-)",
        "++",
        "+++",
        ":",
        "=",
        "→",
        "[x]",
        "[ ]",
        "[]",
        "☐",
        "☑",
        "last",
        "past",
        "ago",
        "+ve",
        "-ve",
    ]
)
_TRAIL = frozenset("by on today this per x2 at throughout bilaterally in x now currently for and to".split())
_TESTS = frozenset(
    "slr mri ct xray scan scans urine dip dipstick ua crp esr bloods reflexes power babinski plantars plantar hoffmann hoffmans clonus psa hcg swab culture cultures films film xr imaging obs fst pulses".split()
)
_CLOSERS = _STOPS | frozenset("and since for due from after with by but on : ( / x or until now secondary".split())
_SECOND_PERSON = frozenset(
    "has had with w/ died dies diagnosed dx was is got gets suffered suffers injects inject uses on takes also who and developed : - ( h/o hx both having".split()
)
_REPORTING = frozenset(
    "says said reports reported states stated noticed notices noted thinks think worried tells told telling found brought called rang concerned feels describes described asks asked gives interpreting translating translates observed saw confirms denies helps lives present attends attended witnessed drove drives insists mentions mentioned wants reckons here".split()
)
_SWITCH = frozenset("he she pt patient i his her him my hes shes im".split())
_STATE_STEMS = ("incontinen", "retention")
_FUNCTION_WORDS = frozenset(
    "bladder bowel bowels function sensation power strength gait tone weight appetite control habit habits reflexes reflex motor sensory urination waterworks mobility".split()
)


class Span(NamedTuple):
    """A mention in tokens: [first, end), the tokens that make it up, and how it is to be read.

    kind: symptom (its presence is the finding), function (a thing that may be kept or lost: "anal tone"), value (a number that
    speaks for itself) or any (nothing known about it).
    """

    first: int
    end: int
    parts: frozenset[int]
    kind: str = "any"


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
    changed: dict[str, str] = field(default_factory=dict)


def judge(reading: Reading, span: Span, this_year: int = 2026) -> Verdict:
    """The assertion of one mention. Looks at most 60 tokens back and 14 ahead, so that time stays linear."""
    sentence = reading.sentence(span.first)
    before = _look_back(reading, sentence, span)
    after = _look_ahead(reading, sentence, span)
    if not before and not after and _plain(reading, sentence, span):
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
    return (
        not any(w in _TURNS or w[0].isdecimal() for w in words)
        and not reading.relatives
        and not any(k in reading.answers for k in range(span.end, min(sentence.end, span.end + 14)))
    )


# ---- scopes


def _two_way(reading: Reading, cue: Cue) -> bool:
    same = reading.cue_at[cue.first]
    return len(same) > 1 and any(c.what.forward != cue.what.forward for c in same)


def _closes_item(reading: Reading, cue: Cue) -> bool:
    words = reading.doc.words
    return cue.end >= len(words) or words[cue.end] in _STOPS or words[cue.end] in _TRAIL


def _look_back(reading: Reading, sentence: Sentence, span: Span) -> dict[str, Cue]:
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
    if cls == "family":
        return not _turns_to_patient(words, cue.end, span.first)
    if (
        cue.what.starts_item
        and cue.first
        and words[cue.first - 1] not in _STOPS
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


def _turns_to_patient(words: list[str], first: int, end: int) -> bool:
    """A comma or colon and then the patient as subject: the scope of advice or of a relative is over."""
    for k in range(first, min(end, first + _BACK)):
        if (
            words[k] in (",", ":", "-")
            and k + 2 < len(words)
            and words[k + 1] in _SWITCH
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
        if words[k] in _STOPS and words[k] != ",":
            return False
    return False


def _opens_anew(reading: Reading, item: int, span: Span) -> bool:
    return item in reading.strong or item in reading.medium or item >= span.first


def _item_end(words: list[str], first: int, stop: int) -> int:
    for k in range(first, stop):
        if words[k] in _STOPS or words[k] == "and":
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


def _look_ahead(reading: Reading, sentence: Sentence, span: Span) -> dict[str, Cue]:
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
    if "," in between:
        all_of_them = words[cue.first] in ("all", "both") or (what.cls == "normal" and span.kind in ("function", "any"))
        many = between.count(",") >= 2 and what.cls == "negated"
        if not ((all_of_them or many) and _bare_list(reading, span.end, cue.first)):
            return False
    if what.cls == "normal" and "with" in between:
        return False
    return ";" not in between


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
    relative = _relative(reading, sentence, span)
    return Verdict("family", "relative", relative) if relative else None


def _relative(reading: Reading, sentence: Sentence, span: Span) -> tuple[int, int] | None:
    if reading.relative_is_patient:
        return None
    words = reading.doc.words
    starts = reading.relative_starts
    for first, end in reversed(
        reading.relatives[bisect_left(starts, max(sentence.first, span.first - 20)) : bisect_left(starts, span.first)]
    ):
        if any(first <= p < end for p in span.parts):
            continue
        return (first, end) if _is_experiencer(words, first, end, span) else None
    for first, end in reading.relatives[
        bisect_left(starts, span.end) : bisect_left(starts, min(sentence.end, span.end + 6))
    ]:
        lead = words[span.end : first]
        if lead and lead[0] in ("(", "in", "-", "on", ":") and not set(lead) & {",", "with", "by", "and"}:
            return first, end
    return None


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
        if word in _SWITCH and not (word in ("her", "his", "my") and k == 0):
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


def _not_assessed(
    reading: Reading, sentence: Sentence, span: Span, before: dict[str, Cue], after: dict[str, Cue], year: int
) -> Verdict | None:
    answer = _answer(reading, sentence, span)
    if answer and answer[0] == "unknown":
        return Verdict("not_assessed", "answer", (answer[1], answer[1] + 1), explicit=True)
    cue = after.get("not_assessed") or before.get("not_assessed")
    if cue and not (cue.what.forward and "negated" in before and before["negated"].first > cue.first):
        return _found("not_assessed", cue)
    return None


def _answered(
    reading: Reading, sentence: Sentence, span: Span, before: dict[str, Cue], after: dict[str, Cue], year: int
) -> Verdict | None:
    answer = _answer(reading, sentence, span)
    if answer:
        yes = answer[0] == "yes"
        return Verdict(
            "present" if yes else "absent", "answer", (answer[1], answer[1] + 1), explicit=True, kept=not yes
        )
    if sentence.answer:
        kind = sentence.answer
        at = sentence.end
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


def _answer(reading: Reading, sentence: Sentence, span: Span) -> tuple[str, int] | None:
    """(yes, no or unknown; its token) where a sign, box or answer stands beside the mention."""
    return _sign(reading, sentence, span) or _box(reading, sentence, span) or _word_answer(reading, sentence, span)


def _sign(reading: Reading, sentence: Sentence, span: Span) -> tuple[str, int] | None:
    words, doc = reading.doc.words, reading.doc
    at = span.first - 1
    if at >= 0 and words[at] in ("+", "-", "(+)", "(-)", "++") and doc.ends[at] == doc.starts[span.first]:
        spaced = at == 0 or words[at - 1] in (",", ";", ":", "\n", "(", "/", ".") or doc.ends[at - 1] < doc.starts[at]
        line_start = at == 0 or words[at - 1] == "\n"
        if spaced and not (line_start and words[at] == "-"):
            return ("yes" if "+" in words[at] else "no"), at
    for back in range(at, max(at - 3, sentence.first - 1), -1):
        if words[back] in ("+", "-") and _signed_list(words, back, sentence):
            return ("yes" if words[back] == "+" else "no"), back
        if words[back] in _STOPS:
            break
    if at >= 0 and words[at] in ("(+)", "(-)"):
        return ("yes" if "+" in words[at] else "no"), at
    at = span.end
    if at < sentence.end and words[at] in ("+", "-", "++", "+++", "(+)", "(-)", "+ve", "-ve"):
        closed = (
            at + 1 >= len(words)
            or words[at + 1] in _STOPS
            or words[at + 1] in ("/", ")")
            or doc.ends[at - 1] == doc.starts[at]
        )
        joined = at + 1 < len(words) and doc.ends[at] == doc.starts[at + 1] and words[at + 1].isalnum()
        if (
            closed
            and not joined
            and not (
                words[at] == "-"
                and doc.ends[at - 1] < doc.starts[at]
                and at + 1 < len(words)
                and words[at + 1] not in _STOPS
            )
        ):
            return ("yes" if "+" in words[at] else "no"), at
    return None


def _signed_list(words: list[str], at: int, sentence: Sentence) -> bool:
    """ "+ retention, - fever": signs that open the items of a list, both kinds in it."""
    opens = [
        k
        for k in range(sentence.first, min(sentence.end, sentence.first + 80))
        if words[k] in ("+", "-") and (k == sentence.first or words[k - 1] in (",", ";"))
    ]
    return at in opens and {words[k] for k in opens} == {"+", "-"}


def _box(reading: Reading, sentence: Sentence, span: Span) -> tuple[str, int] | None:
    words = reading.doc.words
    for k in range(span.first - 1, max(-1, span.first - 7), -1):
        if words[k] in _BOXES:
            if _BOXES[words[k]] == "yes":
                return "yes", k
            around = range(max(0, k - 60), min(len(words), k + 60))
            return ("no" if any(_BOXES.get(words[j]) == "yes" for j in around) else "unknown"), k
        if words[k] in _STOPS or words[k] == ":":
            break
    return None


def _word_answer(reading: Reading, sentence: Sentence, span: Span) -> tuple[str, int] | None:
    words = reading.doc.words
    k, marked = span.end, False
    limit = min(
        sentence.end,
        span.end + (60 if ":" in words[span.end : span.end + 60] and words[span.end : span.end + 1] == [","] else 14),
    )
    while k < limit and k < len(words):
        word = words[k]
        found = (
            reading.answers.get(k)
            if word not in ("-", "+", ":") and not (word == "?" and k == sentence.end - 1 and not marked)
            else None
        )
        if found is not None and (
            marked
            or (
                k == span.end
                and word not in ("absent", "negative", "present", "positive", "neg", "denied", "reported", "endorsed")
            )
        ):
            after = found[1]
            ends = after >= len(words) or words[after] in _STOPS or words[after] in ("/", "(", "-", ":", "[x]", "[ ]")
            ends = ends or (marked and (word in ("n", "y") or ":" in words[after : after + 5]))
            if (
                ends
                or (found[0] == "yes" and marked and word in ("yes", "y"))
                or (marked and words[after] in ("but", "since", "x", "today", "currently") and len(word) <= 4)
            ):
                return found[0], k
            return None if not sentence.postfix else (found[0], k)
        if word in (":", "=", "..", "...", "→", "--") or (
            word == "-" and reading.doc.ends[k - 1] < reading.doc.starts[k]
        ):
            marked = True
        elif word in (",", ";", ".", "\n"):
            if not _key_list(reading, sentence, span, k):
                return None
        elif marked and word not in ("pt", "patient", "he", "she"):
            return None
        elif k in reading.cue_at and not sentence.postfix:
            return None
        k += 1
    return None


def _key_list(reading: Reading, sentence: Sentence, span: Span, comma: int) -> bool:
    """ "Fever, chills, sweats: no": a comma inside the key of an answer."""
    words = reading.doc.words
    if words[comma] != ",":
        return False
    for k in range(comma, min(sentence.end, comma + 60)):
        if words[k] == ":":
            found = reading.answers.get(k + 1)
            return found is not None and not reading.cues_between(sentence.first, k)
    return False


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
    if cls in ("uncertain", "worry"):
        return None
    if cls == "no_change":
        denies_change = nearest.end > span.first
        return Verdict("absent", cls, (nearest.first, nearest.end), kept=True) if function or denies_change else None
    if cls == "no_new":
        return Verdict("uncertain" if state else "absent", cls, (nearest.first, nearest.end), no_new=True, kept=True)
    return Verdict("absent", cls, (nearest.first, nearest.end), kept=True)


def _now_present(reading: Reading, sentence: Sentence) -> bool:
    """ "Saddle numbness denied on Monday; today present": the next clause takes the denial back."""
    following = reading.doc.words[sentence.end : sentence.end + 5]
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
    if cue:
        return _found("historical", cue)
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
