"""Ages of the patient: "82F", "78yo", "aged 9", "she is twelve", "my daughter (13)", "Year 8 pupil". Ages of relatives and of onset are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from assistant.guardrails.figures import DECADES, NUMBER_WORDS, number, spelt_whole
from assistant.guardrails.text import Doc


class Age(NamedTuple):
    """An age of the patient in years, where it stands."""

    years: float
    first: int
    end: int


_OF_WHOM = frozenset(["\n", "•"]) | frozenset(
    "patient pt male female boy girl man woman child he she , . ; ( is lady gentleman was : - student pupil".split()
)


_SUBJECTS = frozenset(["hes", "shes", "im"])


_SCHOOL = frozenset("pupil pupils student".split())


_INFANTS = frozenset("toddler infant baby newborn".split())
_CHILD_WORDS = frozenset("toddler infant schoolboy schoolgirl schoolchild child baby newborn preschooler".split())


_NOT_PATIENT = frozenset(
    "son daughter sons daughters child children kids grandson granddaughter brother sister mother father wife husband nephew niece baby".split()
)


_WHO = frozenset("old o m f male female man woman lady boy girl gentleman".split())
_NOT_NOW = frozenset("since from at the of onset until over under by".split())
_SEXES = ("m", "f", "male", "female", "man", "woman", "lady", "gentleman", "boy", "girl")


def find_ages(doc: Doc, limit: int = 4000, *, relative: bool = False) -> Iterator[Age]:
    """Ages of the patient ("82F", "78yo", "14 year old", "aged 9", "8 months old") among the first `limit` tokens.

    relative: the patient is a relative of the writer ("my daughter is 9").
    """
    words = doc.words
    for at in range(min(len(words), limit)):
        if words[at] in _CHILD_WORDS and _child_subject(words, at):
            yield Age(2.0 if words[at] in _INFANTS else 8.0, at, at + 1)
            continue
        decade = _decade(words, at)
        if decade is not None:
            yield decade
            continue
        found = _years(words, at)
        if found is not None:
            years, stop = found
            age = _school_age(words, at, years) or _age_at(doc, at, stop, years, relative)
            if age is not None:
                yield age


_PART = {"early": 2, "mid": 5, "middle": 5, "late": 8}
_OLD = {"septuagenarian": 75.0, "octogenarian": 85.0, "nonagenarian": 95.0}


def _decade(words: list[str], at: int) -> Age | None:
    """ "In her late seventies" (78) and "an octogenarian" (85); "in the seventies" is a time."""
    if words[at] in _OLD:
        return Age(_OLD[words[at]], at, at + 1)
    if words[at] not in DECADES:
        return None
    part = words[at - 1] if at else ""
    owner = at - (2 if part in _PART else 1)
    if owner < 1 or words[owner] not in ("her", "his", "their", "my") or words[owner - 1] not in ("in", "into"):
        return None
    if owner >= 2 and (words[owner - 2] in _NOT_PATIENT or words[owner - 2] in ("was", "were", "when", "since")):
        return None
    return Age(float(DECADES[words[at]] + _PART.get(part, 5)), owner - 1, at + 1)


def _years(words: list[str], at: int) -> tuple[float, int] | None:
    """A number that could be an age, with one past its last token."""
    word = words[at]
    if word in NUMBER_WORDS:
        return spelt_whole(words, at)
    years = number(word) if word.isdecimal() and len(word) <= 3 else None
    return (years, at + 1) if years is not None and years <= 115 else None


def _school_age(words: list[str], at: int, years: float) -> Age | None:
    """ "Year 8 pupil" and "4th grader"."""
    if words[at - 1 : at] in (["year"], ["yr"], ["y"]) and 1 <= years <= 10:
        if _SCHOOL & set(words[at + 1 : at + 3]) or words[at - 2 : at - 1] == ["in"]:
            return Age(years + 4, at - 1, at + 1)
    if (
        years <= 9
        and words[at + 1 : at + 2] in (["th"], ["st"], ["nd"], ["rd"])
        and words[at + 2 : at + 3] in (["grader"], ["grade"])
    ):
        return Age(years + 5, at, at + 3)
    return None


def _age_at(doc: Doc, at: int, stop: int, years: float, relative: bool) -> Age | None:
    words = doc.words
    if _said_to_be(words, at, stop) or _stands_alone(words, at, years):
        return Age(years, at, stop)
    if words[at] in NUMBER_WORDS and not _spelt_age(words, at, stop, years):
        return None
    after, ahead = words[stop : stop + 3], words[max(0, at - 3) : at]
    if words[at] in NUMBER_WORDS and (not ahead or ahead[-1] == "at"):
        return Age(years, at, stop)
    months = bool(after) and after[0] in ("month", "months", "mo", "mth", "week", "weeks") and after[1:2] == ["old"]
    is_aged = (
        relative and ahead[-1:] == ["is"] and (not after or after[0] in ("and", ",", ".", "with", "she", "he", "has"))
    )
    if not (months or is_aged or _reads_as_age(doc, at, after, ahead)):
        return None
    if not relative:
        if any(w in _NOT_PATIENT or w in ("since", "from", "onset") for w in ahead[-2:]):
            return None
        if len(ahead) == 3 and ahead[0] in ("since", "from", "at") and ahead[1] in ("age", "the", "aged"):
            return None
        if any(w in _NOT_PATIENT for w in words[stop : stop + 4]):
            return None
    return Age(years / 12 if months else years, at, min(len(words), stop + 2))


def _spelt_age(words: list[str], at: int, stop: int, years: float) -> bool:
    """Whether a number in words stands where an age does: "twelve year old", "aged nine", "a woman of eighty-four", "At ninety she"."""
    if words[stop : stop + 2] in (["year", "old"], ["yr", "old"], ["years", "old"], ["years", "of"]):
        return True
    before = words[at - 1] if at else ""
    if before == "aged" or (before == "of" and at > 1 and words[at - 2] in _SEXES):
        return True
    if at == 0:
        return years >= 16 and words[stop : stop + 1] == [","]
    return before == "at" and years >= 60 and words[stop : stop + 1] in (["she"], ["he"], [","])


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


_PATIENTS = frozenset("lad lass pt patient client boy girl man woman gentleman lady bloke".split())


def _said_to_be(words: list[str], at: int, stop: int) -> bool:
    """ "She's 13," "he is twelve." and "my daughter (13)"."""
    after = words[stop] if stop < len(words) else "."
    before = words[max(0, at - 3) : at]
    named = before[-1:] == ["is"] and before[-2:-1] and before[-2] in _PATIENTS
    if named and before[:1] not in (["his"], ["her"], ["their"]) and after in (".", ",", ";", "and", "with", "\n"):
        return True
    if before[-1:] in (["sons"], ["daughters"], ["lads"], ["boys"], ["girls"], ["lasss"]) and before[-2:-1] in (
        ["my"],
        ["our"],
    ):
        return after in ("and", ",", ".", ";", "with")
    if before[-1:] and before[-1] in _SUBJECTS or before[-2:] in (["he", "is"], ["she", "is"], ["i", "am"]):
        return after in (".", ",", ";", "and", "with", "!", "?", "\n", "now", "years", "but") and words[
            stop : stop + 2
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


def _reads_as_age(doc: Doc, at: int, after: list[str], ahead: list[str]) -> bool:
    first = after[0] if after else ""
    if first in ("yo", "y/o", "yrs-old") or after[:3] in (["years", "of", "age"], ["yrs", "of", "age"]):
        return True
    if first in ("yrs", "years", "y") and after[2:3] in (["months"], ["m"], ["mths"]) and after[1].isdecimal():
        return True
    if first in ("year", "years", "yr", "yrs", "y") and after[1:2] and after[1] in _WHO:
        return True
    if first in _SEXES and not (len(first) == 1 and after[1:2] in (["ago"], ["hx"], ["history"])):
        return len(first) > 1 or _sex_letter(doc, at)
    if ahead[-1:] == ["of"] and ahead[-2:-1] and ahead[-2] in _SEXES and len(ahead[-2]) > 1:
        return first not in ("weeks", "months", "days", "years")
    if ahead and ahead[-1] in ("age", "aged") and not (ahead[-2:-1] and ahead[-2] in _NOT_NOW):
        return _aged(ahead, first)
    if ahead[-2:] == ["age", ":"]:
        return True
    if at == 0 and doc.words[at].isdecimal() and 18 <= float(doc.words[at]) <= 105:
        if first == "and" and after[1:2] and after[1].isalpha():
            return True
    return bool(ahead) and ahead[-1] in ("f", "m") and at <= 2 and first in ("", ",", ";", ".", "with", "-")


def _sex_letter(doc: Doc, at: int) -> bool:
    """ "82F" anywhere; "82f" and "82 F" only where the note begins."""
    letter = doc.starts[at + 1]
    if doc.words[at].isdecimal() and float(doc.words[at]) <= 4:
        return False
    capital = doc.raw[letter].isupper()
    return capital or at <= 3 if doc.ends[at] == letter else capital and at <= 3


def _aged(ahead: list[str], first: str) -> bool:
    """ "aged 9" of the patient; "appendix abscess aged 9" dates an event."""
    if ahead[-1] == "aged" and len(ahead) > 1 and ahead[-2] not in _OF_WHOM:
        return False
    return first not in ("of", "onset", "weeks", "months")
