"""Numbers with their units, as clinicians write them: doses, durations, ages, frequencies, percentages.

Finds and normalises, with exact offsets. What a number means for a patient is left to `assistant/guardrails/`, what it
means for a claim to `assistant/citations.py`; surface forms are in `quantity_forms.py`, the finders beside it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant import quantity_forms as forms
from assistant.quantity_measures import measures
from assistant.quantity_phrases import Quantity, as_needed, bare_units, frequencies, number, ratios, slashes

__all__ = ["Quantity", "find_quantities", "number"]


def find_quantities(text: str) -> list[Quantity]:
    """All quantities of `text`, in order, without overlap. Offsets are into the unmodified string."""
    taken = bytearray(len(text))
    found: list[Quantity] = []
    for match in forms.PROTECTED.finditer(text):
        _mark(taken, match.start(), match.end())
    for finder in (frequencies, as_needed, slashes, ratios, measures, bare_units):
        for quantity in finder(text, taken):
            if any(taken[quantity.start : quantity.end]):
                continue
            _mark(taken, quantity.start, quantity.end)
            found.append(quantity)
    found.sort(key=lambda q: q.start)
    return [_with_op(text, q) for q in _spread_units(text, found)]


def _mark(taken: bytearray, start: int, end: int) -> None:
    taken[start:end] = b"\x01" * (end - start)


def _spread_units(text: str, found: list[Quantity]) -> list[Quantity]:
    """ "5 or 10 mg", "60, 40 then 20 mg", "at 3 and 52 weeks", "day 14": give bare numbers the unit they share."""
    out = list(found)
    for i in range(len(out) - 2, -1, -1):
        this, following = out[i], out[i + 1]
        between = text[this.end : following.start]
        if this.kind != "count" or following.kind not in (
            "dose",
            "duration",
            "percent",
            "volume",
            "age",
            "concentration",
        ):
            continue
        if (
            re.fullmatch(
                rf",?{forms.SP}?(?:or|and|then|,|/|to|versus|vs\.?|up to)?{forms.SP}?(?:over{forms.SP}|about{forms.SP}|to{forms.SP})?",
                between.lower(),
            )
            is None
        ):
            continue
        factor = 1.0
        if following.kind in ("dose", "duration", "volume", "concentration"):
            shown = forms.NUM_RE.search(following.text) or forms.NUM_AT.match(following.text)
            if shown is None or not number(shown.group()):
                continue
            factor = following.low / number(shown.group())
        out[i] = replace(
            this,
            low=round(this.low * factor, 6),
            high=round(this.high * factor, 6),
            unit=following.unit,
            kind=following.kind,
        )
    return [_timepoint(text, q) for q in out]


def _timepoint(text: str, quantity: Quantity) -> Quantity:
    if quantity.kind != "count":
        return quantity
    match = re.search(rf"\b(day|week|month)s?{forms.SP}$", text[max(0, quantity.start - 8) : quantity.start].lower())
    if match is None:
        return quantity
    days = forms.UNITS[match.group(1)][1]
    return replace(quantity, low=quantity.low * days, high=quantity.high * days, unit="day", kind="duration")


def _with_op(text: str, quantity: Quantity) -> Quantity:
    before = text[max(0, quantity.start - 48) : quantity.start]
    after = text[quantity.end : quantity.end + 24]
    for op, pattern in forms.BEFORE:
        if pattern.search(before):
            return replace(quantity, op=op)
    for op, pattern in forms.AFTER:
        if pattern.match(after):
            return replace(quantity, op=op)
    return quantity
