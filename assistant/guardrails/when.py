"""Times in a note: "3/52", "x3d", "20 years ago", "since 2018", "last month". Days only; calendar arithmetic is left out on purpose.

Used to tell an old event from a new one. A bare year needs `this_year`, which the caller gives.
"""

from __future__ import annotations

from typing import NamedTuple

from assistant.guardrails.text import Doc

_UNITS = {
    "h": 0.04, "hr": 0.04, "hrs": 0.04, "hour": 0.04, "hours": 0.04, "min": 0.0, "mins": 0.0, "minutes": 0.0,
    "d": 1.0, "day": 1.0, "days": 1.0, "night": 1.0, "nights": 1.0, "w": 7.0, "wk": 7.0, "wks": 7.0, "week": 7.0, "weeks": 7.0, "fortnight": 14.0,
    "m": 30.0, "mo": 30.0, "mos": 30.0, "mth": 30.0, "mths": 30.0, "month": 30.0, "months": 30.0,
    "y": 365.0, "yr": 365.0, "yrs": 365.0, "year": 365.0, "years": 365.0, "decade": 3650.0, "decades": 3650.0,
}  # fmt: skip
_FRACTIONS = {"7": 1.0, "52": 7.0, "12": 30.0}
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "couple": 2, "few": 3, "several": 5, "many": 8, "half": 1,
}  # fmt: skip
_RECENT = {"yesterday": 1.0, "today": 0.0, "tonight": 0.0, "overnight": 0.5, "recently": 14.0, "recent": 14.0}
_LAST = {
    "summer": 150.0,
    "winter": 300.0,
    "spring": 220.0,
    "autumn": 365.0,
    "christmas": 330.0,
    "night": 1.0,
    "week": 7.0,
    "month": 30.0,
    "year": 365.0,
    "friday": 4.0,
    "monday": 4.0,
    "weekend": 4.0,
}


class Time(NamedTuple):
    """When, in days before now. `kind`: ago (a point), span (how long it has lasted) or year (a bare or "in" year)."""

    kind: str
    days: float
    first: int
    end: int


def _number(word: str) -> float | None:
    if word.replace(".", "", 1).isdecimal():
        value = float(word)
        return value if value < 200 else None
    small = _NUMBERS.get(word)
    return None if small is None else float(small)


def time_at(doc: Doc, at: int, this_year: int) -> Time | None:
    """The time expression that begins at token `at`, if any."""
    words = doc.words
    word = words[at]
    if word in _RECENT:
        return Time("ago", _RECENT[word], at, at + 1)
    if word in ("last", "past") and at + 1 < len(words) and words[at + 1] in _LAST:
        return Time("ago", _LAST[words[at + 1]], at, at + 2)
    if (
        word == "this"
        and at + 1 < len(words)
        and words[at + 1] in ("morning", "afternoon", "evening", "week", "month", "am", "year")
    ):
        return Time("ago", 3.0 if words[at + 1] != "year" else 180.0, at, at + 2)
    if word in ("years", "ages", "decades") and at and words[at - 1] in ("for", "many", "several"):
        return Time("span", 3650.0, at - 1, at + 1)
    if word in ("years", "yrs", "ages") and at and words[at - 1].isalpha() and words[at + 1 : at + 2] in ([","], ["."], ["\n"], [";"], []):
        return Time("span", 1095.0, at, at + 1)
    if len(word) == 4 and word.isdecimal() and 1930 <= int(word) <= this_year + 1:
        before = words[at - 1] if at else ""
        if at + 1 < len(words) and words[at + 1] in ("ml", "mg", "cc", "units", "mls"):
            return None
        kind = "span" if before == "since" else "year"
        return Time(kind, max(0.0, (this_year - int(word)) * 365.0), at, at + 1)
    value = _number(word)
    if value is None or at + 1 >= len(words):
        return None
    return _counted(words, at, value)


def _counted(words: list[str], at: int, value: float) -> Time | None:
    k = at + 1
    while (
        k < len(words)
        and k - at <= 5
        and words[k] in ("of", "or", "-", "to", "+", ">", "<", "odd", "and", "half", "a", "more", "couple", "few")
    ):
        k += 1
    if words[k - 1] in ("-", "to", "or") and k < len(words) and _number(words[k]) is not None:
        k += 1
    if k < len(words) and words[k].replace(".", "", 1).isdecimal() and words[k - 1] in ("-", "to", "or"):
        k += 1
    if k >= len(words):
        return None
    if words[k] == "/" and k + 1 < len(words) and words[k + 1] in _FRACTIONS:
        return Time(_kind(words, k + 2), value * _FRACTIONS[words[k + 1]], at, k + 2)
    unit = _UNITS.get(words[k])
    if unit is None:
        return None
    if words[k] in ("m", "d", "h", "w", "y") and (words[at - 1] if at else "") not in (
        "x",
        "for",
        "since",
        "past",
        "last",
        "~",
        ",",
        "(",
        "over",
        "of",
        "approx",
        "about",
    ):
        after = words[k + 1] if k + 1 < len(words) else ""
        if after not in ("ago", "hx", "history", "h/o", "duration", "post"):
            return None
    return Time(_kind(words, k + 1), value * unit, at, k + 1)


def _kind(words: list[str], after: int) -> str:
    return (
        "ago"
        if words[after : after + 1] in (["ago"], ["back"], ["previously"], ["earlier"], ["prior"], ["post"])
        else "span"
    )


def near(doc: Doc, first: int, end: int, low: int, high: int, this_year: int) -> Time | None:
    """The time that stands nearest to tokens [first, end), within [low, high): after it first, then before. Commas end the search
    unless the time follows at once; "then" times of other events are not looked for."""
    for k in range(end, min(high, end + 9)):
        if doc.words[k] in (";", ".", "but") or (doc.words[k] == "," and k > end):
            break
        found = time_at(doc, k, this_year)
        if found is not None:
            return found
    for k in range(first - 1, max(low, first - 6) - 1, -1):
        if doc.words[k] in (";", ".", ",", "but"):
            break
        found = time_at(doc, k, this_year)
        if found is not None and found.end <= first and not _age(doc, found):
            return found
    return None


def _age(doc: Doc, found: Time) -> bool:
    after = doc.words[found.end : found.end + 1]
    return after in (["old"], ["female"], ["male"], ["man"], ["woman"], ["f"], ["m"])
