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
        years = _years(words[at])
        if years is not None:
            age = _school_age(words, at, years) or _age_at(doc, at, years, relative)
            if age is not None:
                yield age


def _years(word: str) -> float | None:
    """A number that could be an age."""
    if word in NUMBER_WORDS:
        return float(NUMBER_WORDS[word])
    years = number(word) if word.isdecimal() and len(word) <= 3 else None
    return years if years is not None and years <= 115 else None


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


def _age_at(doc: Doc, at: int, years: float, relative: bool) -> Age | None:
    words = doc.words
    if _said_to_be(words, at) or _stands_alone(words, at, years):
        return Age(years, at, at + 1)
    if words[at] in NUMBER_WORDS and not (
        words[at + 1 : at + 3] in (["year", "old"], ["yr", "old"]) or words[at - 1 : at] == ["aged"]
    ):
        return None
    after, ahead = words[at + 1 : at + 4], words[max(0, at - 3) : at]
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
        if any(w in _NOT_PATIENT for w in words[at + 1 : at + 5]):
            return None
    return Age(years / 12 if months else years, at, min(len(words), at + 3))


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
