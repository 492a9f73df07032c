"""Numbers with their units, ranges, ages and bare counts, from left to right.

Part of `assistant/quantities.py`, which says what a quantity is and merges the finders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant import quantity_forms as forms
from assistant.quantity_phrases import Quantity, make, number

Unit = tuple[str, float, str]
"""Canonical unit, factor to it, kind."""


def measures(text: str, taken: bytearray) -> Iterator[Quantity]:
    """Numbers with a unit, ranges, and bare counts, from left to right."""
    position = 0
    for match in _numbers(text):
        if match.start() < position or taken[match.start()]:
            continue
        quantity = _measure(text, match, taken)
        if quantity is not None:
            position = max(position, quantity.end)
            yield quantity


def _numbers(text: str) -> list[re.Match[str]]:
    """Numbers that stand alone, and those glued to a label ("PVR450", "x6")."""
    glued = [forms.NUM_AT.match(text, m.end()) for m in forms.LABELLED.finditer(text)]
    return sorted((m for m in (*forms.NUM_RE.finditer(text), *glued) if m is not None), key=lambda m: m.start())


def _measure(text: str, first: re.Match[str], taken: bytearray) -> Quantity | None:
    start, low = first.start(), number(first.group())
    unit = own = _unit_at(text, first.end(), first.group(), taken)
    end = own[1] if own else first.end()
    high = low
    second = _second(text, end, low, own, start)
    if second is not None and not taken[second.start()]:
        other = _unit_at(text, second.end(), second.group(), taken)
        value = number(second.group())
        alike = other is not None and (own is None or own[0][2] == other[0][2])
        factors = (own or other or _NONE)[0][1], (other or _NONE)[0][1]
        if (alike or (own is None and other is None)) and value * factors[1] >= low * factors[0]:
            end = other[1] if other else second.end()
            return _finish(
                text, start, end, low * factors[0], value * factors[1], other[0] if other else None, first.group()
            )
    factor = unit[0][1] if unit else 1.0
    return _finish(text, start, end, low * factor, high * factor, unit[0] if unit else None, first.group())


_NONE: tuple[Unit, int] = (("", 1.0, ""), 0)


def _second(text: str, end: int, low: float, unit: tuple[Unit, int] | None, start: int) -> re.Match[str] | None:
    """The upper end of a range that begins with the number just read."""
    separator = forms.SEP_AT.match(text, end)
    if separator is None and forms.BETWEEN.search(text[max(0, start - 16) : start]):
        separator = forms.AND_AT.match(text, end)
    if separator is None and unit is None:
        separator = _or_next(text, end, low)
    return forms.NUM_AT.match(text, separator.end()) if separator else None


def _or_next(text: str, position: int, low: float) -> re.Match[str] | None:
    """ "two or three weeks" is a range; "5 or 10 mg" and "1 or 2 g" are two doses."""
    separator = forms.OR_AT.match(text, position)
    following = forms.NUM_AT.match(text, separator.end()) if separator else None
    if following is None or number(following.group()) != low + 1:
        return None
    return separator if forms.TIME_AT.match(text, following.end()) else None


def _unit_at(text: str, position: int, written: str, taken: bytearray) -> tuple[Unit, int] | None:
    match = forms.UNIT_AT.match(text, position)
    if match is None or any(taken[position : match.end()]):
        return None
    form = re.sub(rf"{forms.SP}+", " ", (match["u"] or match["v"]).lower())
    if len(form) == 1 and form.isalpha() and written[-1].isalpha():
        return None
    if form in ("times", "x", "\u00d7") and re.match(r"\s?\d", text[match.end() :]):
        return None
    return forms.UNITS[form], match.end()


def _finish(
    text: str, start: int, end: int, low: float, high: float, unit: Unit | None, written: str
) -> Quantity | None:
    before, after = text[max(0, start - 48) : start], text[end : end + 24]
    name, kind = (unit[0], unit[2]) if unit else ("", "count")
    age = _age(before, text, start, end, kind, name, low, unit)
    if age is not None:
        scale = (unit[1] if unit else 1.0) if kind != "duration" else 365.0
        return make(text, start, age, low / scale, high / scale, "year", "age")
    if name == "F":
        low, high, name = (low - 32) * 5 / 9, (high - 32) * 5 / 9, "C"
    if kind in ("dose", "volume") and (per := forms.PER_AT.match(text, end)):
        spoken = (per["per"] or "day").lower()
        return make(text, start, per.end(), low, high, f"{name}/{'week' if spoken.startswith('w') else 'day'}", kind)
    if unit is None:
        if written.lower() in ("one", "a", "an") and low == high:
            return None
        if forms.GFR_BEFORE.search(before):
            name, kind = "mL/min", "clearance"
        elif forms.TEMP_BEFORE.search(before) and 34 <= low <= 43:
            name, kind = "C", "temperature"
        elif forms.YEAR.fullmatch(written) and (low == high or high < 2100) and not forms.AFTER[0][1].match(after):
            name, kind = "", "year"
    return make(text, start, end, low, high, name, kind)


def _age(
    before: str, text: str, start: int, end: int, kind: str, name: str, low: float, unit: Unit | None
) -> int | None:
    """End of the span when the number is an age, else None."""
    letter = text[end - 1] if end > start else ""
    sex = kind in ("temperature", "length") and letter in "MF" and (name != "F" or low < 90) and unit is not None
    if sex and not forms.TEMP_BEFORE.search(before) and (name == "F" or unit is not None and low / unit[1] <= 110):
        return end
    if kind not in ("count", "duration"):
        return None
    after = forms.AGE_AFTER.match(text, end)
    if after is not None and (kind == "duration" or after.group().strip(" -") not in ("s",) or low < 100):
        return after.end()
    if kind == "duration" and (unit is None or unit[1] != 365):
        return None
    if forms.AGE_STRICT.search(before) and low < 120 * (365 if kind == "duration" else 1):
        return end
    group = forms.AGE_GROUP.search(before)
    years = low / 365 if kind == "duration" else low
    if group and 1 <= years <= 110 and (group["cmp"] or forms.AGE_OP_AFTER.match(text, end)):
        return end
    return (
        end
        if kind == "count"
        and 10 <= years <= 110
        and re.match(rf"{forms.SP}(?:or|and){forms.SP}(?:older|younger)\b", text[end : end + 14])
        else None
    )
