"""Numbers of a note and what a reader of values gives back. Shared by `measures.py`, `power.py`, `taken.py` and `ages.py`.

Reading words beside a number is left to them.
"""

from __future__ import annotations

from typing import NamedTuple


class Value(NamedTuple):
    """A number with a meaning: tokens [first, end), the concept, and whether it stands for the finding or against it."""

    concept: str
    present: bool
    first: int
    end: int
    number: float


NUMBER_WORDS = {
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "dozen": 12,
}  # fmt: skip


_TENS = frozenset("twenty thirty forty fifty sixty seventy eighty ninety".split())
_UNITS = {w: n for n, w in enumerate("one two three four five six seven eight nine".split(), 1)}
DECADES = {f"{w[:-1]}ies": NUMBER_WORDS[w] for w in _TENS}
"""The decades of a life: "seventies" -> 70."""


def spelt_whole(words: list[str], at: int) -> tuple[float, int] | None:
    """The number in words that begins at `at` with one past its last token: "eighty four" -> (84, at + 2). None inside of one."""
    word = words[at]
    if word not in NUMBER_WORDS or (word in _UNITS and at and words[at - 1] in _TENS):
        return None
    unit = _UNITS.get(words[at + 1]) if word in _TENS and at + 1 < len(words) else None
    return float(NUMBER_WORDS[word] + (unit or 0)), at + (2 if unit else 1)


def number(word: str) -> float | None:
    """The value of a number token; thousands commas and decimal commas both read. None when it is not a number."""
    if word.isdecimal():
        return float(word) if len(word) < 9 else None
    head, _, tail = word.replace(",", ".").partition(".")
    if not (head.isdecimal() and tail.replace(".", "").isdecimal()) or len(word) > 12:
        return None
    if "," in word and len(tail) == 3:
        return float(head + tail)
    return float(f"{head}.{tail.replace('.', '')}")


def before(words: list[str], at: int, low: int, reach: int) -> list[str]:
    """At most `reach` tokens before `at`, none before `low`."""
    return words[max(low, at - reach) : at]
