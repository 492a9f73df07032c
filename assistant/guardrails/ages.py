"""Ages of the patient: "82F", "78yo", "aged 9", "she is twelve", "my daughter (13)", "Year 8 pupil". Ages of relatives and of onset are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from assistant.guardrails.figures import NUMBER_WORDS, number
from assistant.guardrails.text import Doc


class Age(NamedTuple):
    """An age of the patient in years, where it stands."""

    years: float
    first: int
    end: int


_OF_WHOM = frozenset(
    "patient pt male female boy girl man woman child he she , . ; ( is lady gentleman was : - student pupil".split()
)


_SUBJECTS = frozenset(["hes", "shes", "im"])


_SCHOOL = frozenset("pupil pupils student".split())


_CHILD_WORDS = frozenset("toddler infant schoolboy schoolgirl schoolchild child baby newborn preschooler".split())


_NOT_PATIENT = frozenset(
    "son daughter sons daughters child children kids grandson granddaughter brother sister mother father wife husband nephew niece baby".split()
)


_SEXES = ("m", "f", "male", "female", "man", "woman", "lady", "gentleman", "boy", "girl")


def find_ages(doc: Doc, limit: int = 4000, *, relative: bool = False) -> Iterator[Age]:
    """Ages of the patient ("82F", "78yo", "14 year old", "aged 9", "8 months old") among the first `limit` tokens.

    relative: the patient is a relative of the writer ("my daughter is 9").
    """
    words = doc.words
    for at in range(min(len(words), limit)):
        if words[at] in _CHILD_WORDS and _child_subject(words, at):
            yield Age(2.0 if words[at] in ("toddler", "infant", "baby", "newborn") else 8.0, at, at + 1)
            continue
        years = (
            float(NUMBER_WORDS[words[at]])
            if words[at] in NUMBER_WORDS
            else number(words[at])
            if words[at].isdecimal() and len(words[at]) <= 3
            else None
        )
        if years is None or years > 115:
            continue
        if (
            words[at - 1 : at] in (["year"], ["yr"], ["y"])
            and 1 <= years <= 10
            and (_SCHOOL & set(words[at + 1 : at + 3]) or words[at - 2 : at - 1] == ["in"])
        ):
            yield Age(years + 4, at - 1, at + 1)
            continue
        if (
            years <= 9
            and words[at + 1 : at + 2] in (["th"], ["st"], ["nd"], ["rd"])
            and words[at + 2 : at + 3] in (["grader"], ["grade"])
        ):
            yield Age(years + 5, at, at + 3)
            continue
        if _said_to_be(words, at) or _stands_alone(words, at, years):
            yield Age(years, at, at + 1)
            continue
        if words[at] in NUMBER_WORDS and not (
            words[at + 1 : at + 3] in (["year", "old"], ["yr", "old"]) or words[at - 1 : at] == ["aged"]
        ):
            continue
        after = words[at + 1 : at + 4]
        before = words[max(0, at - 3) : at]
        months = bool(after) and after[0] in ("month", "months", "mo", "mth", "week", "weeks") and after[1:2] == ["old"]
        is_aged = (
            relative
            and before[-1:] == ["is"]
            and (not after or after[0] in ("and", ",", ".", "with", "she", "he", "has"))
        )
        if not (months or is_aged or _reads_as_age(doc, at, after, before)):
            continue
        if is_aged or relative:
            yield Age(years / 12 if months else years, at, min(len(words), at + 1))
            continue
        if any(w in _NOT_PATIENT or w in ("since", "from", "onset") for w in before[-2:]) or (
            len(before) == 3 and before[0] in ("since", "from", "at") and before[1] in ("age", "the", "aged")
        ):
            continue
        if any(w in _NOT_PATIENT for w in words[at + 1 : at + 5]):
            continue
        yield Age(years / 12 if months else years, at, min(len(words), at + 3))


def _stands_alone(words: list[str], at: int, years: float) -> bool:
    """ "clothes hanging off him, 74, back pain": a two-digit number between commas or at the end is the age."""
    if not 18 <= years <= 105 or not words[at].isdecimal() or words[at - 1 : at] != [","] or at < 2:
        return False
    return (
        (at + 1 >= len(words) or words[at + 1] in (",", ".", "\n"))
        and not words[at - 2].isdecimal()
        and words[at - 2][0] not in "lst"
        or (at + 1 >= len(words) and not words[at - 2][0].isdecimal())
    )


def _said_to_be(words: list[str], at: int) -> bool:
    """ "She's 13," "he is twelve." and "my daughter (13)"."""
    after = words[at + 1] if at + 1 < len(words) else "."
    before = words[max(0, at - 3) : at]
    if before[-1:] in (["sons"], ["daughters"], ["lads"], ["boys"], ["girls"], ["lasss"]) and before[-2:-1] in (
        ["my"],
        ["our"],
    ):
        return after in ("and", ",", ".", ";", "with")
    if before[-1:] and before[-1] in _SUBJECTS or before[-2:] in (["he", "is"], ["she", "is"], ["i", "am"]):
        return after in (".", ",", ";", "and", "with", "!", "?", "\n", "now", "years", "but") and words[
            at + 1 : at + 3
        ] not in (["years", "post"], ["years", "into"])
    return (
        before[-1:] == ["("]
        and after == ")"
        and before[-2:-1] in (["daughter"], ["son"], ["girl"], ["boy"], ["grandson"], ["granddaughter"])
        and before[-3:-2] in (["my"], ["our"], ["this"])
    )


def _child_subject(words: list[str], at: int) -> bool:
    """A word such as "toddler" that names the patient, not somebody's child."""
    before = words[max(0, at - 3) : at]
    after = words[at + 1 : at + 7]
    if {
        "his",
        "her",
        "their",
        "lifting",
        "lifts",
        "carrying",
        "carries",
        "picking",
        "up",
        "holding",
        "with",
        "has",
        "a's",
        "after",
        "of",
        "and",
        "since",
        "as",
        "when",
        "for",
        "feeding",
        "having",
    } & set(before):
        return False
    return (at <= 3 or before[-1:] in (["my"], ["this"], ["our"], ["the"])) and bool(
        {"back", "pain", "limp", "limping", "walk", "refusing", "lbp", "spine", "backache", "hurts"} & set(after)
    )


def _reads_as_age(doc: Doc, at: int, after: list[str], before: list[str]) -> bool:
    first = after[0] if after else ""
    if first in ("yo", "y/o", "yrs-old") or after[:3] in (["years", "of", "age"], ["yrs", "of", "age"]):
        return True
    if first in ("yrs", "years", "y") and after[2:3] in (["months"], ["m"], ["mths"]) and after[1].isdecimal():
        return True
    if first in ("year", "years", "yr", "yrs", "y") and after[1:2] in (
        ["old"],
        ["o"],
        ["m"],
        ["f"],
        ["male"],
        ["female"],
        ["man"],
        ["woman"],
        ["lady"],
        ["boy"],
        ["girl"],
    ):
        return True
    if first in _SEXES and not (len(first) == 1 and after[1:2] in (["ago"], ["hx"], ["history"])):
        if (
            len(first) > 1
            or doc.ends[at] == doc.starts[at + 1]
            and (doc.raw[doc.starts[at + 1]].isupper() or at <= 3)
            and float(doc.words[at]) > 4
        ):
            return True
        spaced = len(first) == 1 and doc.raw[doc.starts[at + 1]].isupper() and at <= 3 and float(doc.words[at]) > 4
        return spaced
    if (
        before[-1:] == ["of"]
        and before[-2:-1]
        and before[-2] in _SEXES
        and len(before[-2]) > 1
        and first not in ("weeks", "months", "days", "years")
    ):
        return True
    if (
        before
        and before[-1] in ("age", "aged")
        and before[-2:-1]
        not in (["since"], ["from"], ["at"], ["the"], ["of"], ["onset"], ["until"], ["over"], ["under"], ["by"])
    ):
        said_of = before[-2:-1]
        if said_of and said_of[0] not in _OF_WHOM and before[-1] == "aged":
            return False
        return first not in ("of", "onset", "weeks", "months")
    if before and before[-1] == ":" and before[-2:-1] == ["age"]:
        return True
    return (
        bool(before) and before[-1] in ("f", "m") and at <= 2 and (not first or first in (",", ";", ".", "with", "-"))
    )
