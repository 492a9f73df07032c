"""Quantities that are more than a number and its unit: "three times a day", "6/52", "one in five", "within a week".

Part of `assistant/quantities.py`, which merges what the finders of this module and of `quantity_measures.py` see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant import quantity_forms as forms


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity in a text.

    `start`, `end`: code points, half-open, over number and unit (a comparator before them is outside the span).
    `low`, `high`: as written, in `unit`; equal for a single number. Durations are in days (month 30, year 365), masses
    in mg (or mg/day, mg/week where the text says so), frequencies in times a day, ages in years.
    `op`: "", "<", "<=", ">", ">=" or "~" from the words beside it ("under", "at least", "or more", "about").
    `kind`: dose, duration, frequency, age, percent, volume, clearance, concentration, rate, pressure, length, weight,
    temperature, score, ratio, factor, year, count, or prn (an "as needed" that stands alone).
    `prn`: a frequency followed by "as needed".
    """

    start: int
    end: int
    low: float
    high: float
    unit: str
    kind: str
    text: str
    op: str = ""
    prn: bool = False


def number(text: str) -> float:
    """Value of a number in digits or words ("1,500", "twenty-four", "1.29 million"). Raises ValueError."""
    total = 0.0
    for word in re.split(rf"{forms.SP}+|(?<=[a-z]){forms.DASH}(?=[a-z])", text.strip().lower()):
        if re.fullmatch(r"\d{3}", word) and total and total < 1000 and "," not in text:
            total = total * 1000 + float(word)
        elif word in forms.SCALES:
            total = (total or 1.0) * forms.SCALES[word]
        elif word in forms.WORDS:
            total += forms.WORDS[word]
        elif word not in ("a", "an"):
            total += float(word.replace(",", "").replace("\u00b7", "."))
    return total


def make(text: str, start: int, end: int, low: float, high: float, unit: str, kind: str, prn: bool = False) -> Quantity:
    low, high = min(low, high), max(low, high)
    return Quantity(start, end, round(low, 6), round(high, 6), unit, kind, text[start:end], prn=prn)


def frequencies(text: str, taken: bytearray) -> Iterator[Quantity]:
    for match in forms.FREQ_TIMES.finditer(text):
        period = match["p"].lower()
        days = forms.PERIODS.get(period, 1.0)
        first = forms.FREQ_WORDS[match["w"].lower()] if match["w"] else number(match["n"])
        second = match["w2"] or match["m"]
        last = first
        if second:
            last = forms.FREQ_WORDS.get(second.lower()) or number(re.sub(r"\s*times$", "", second, flags=re.IGNORECASE))
        yield _frequency(text, match.start(), match.end(), first / days, last / days)
    for match in forms.FREQ_EVERY.finditer(text):
        low, high = number(match["n"] or match["n2"]), number(match["m"] or match["m2"] or match["n"] or match["n2"])
        unit = (match["u"] or match["u2"]).lower()
        days = 1 / 24 if unit.startswith("h") else 1 / 1440 if unit.startswith("min") else forms.UNITS[unit][1]
        if low and high:
            yield _frequency(text, match.start(), match.end(), 1 / (high * days), 1 / (low * days))
    for match in forms.FREQ_DIVIDED.finditer(text):
        yield _frequency(text, match.start("n"), match.end(), number(match["n"]), number(match["m"] or match["n"]))
    for match in forms.FREQ_ABBR.finditer(text):
        times = forms.FREQ_WORDS[
            match.group().lower() if " " in match.group() else match.group().lower().replace(".", "")
        ]
        yield _frequency(text, match.start(), match.end(), times, times)
    for match in forms.FREQ_DAILY.finditer(text):
        times = forms.FREQ_WORDS[match["w"].lower()]
        yield _frequency(text, match.start("w"), match.end("w"), times, times)


def _frequency(text: str, start: int, end: int, low: float, high: float) -> Quantity:
    prn = forms.PRN.match(text, end + 1) if end + 1 < len(text) else None
    return make(text, start, prn.end() if prn else end, low, high, "per_day", "frequency", prn is not None)


def as_needed(text: str, taken: bytearray) -> Iterator[Quantity]:
    for match in forms.PRN.finditer(text):
        yield Quantity(match.start(), match.end(), 0.0, 0.0, "prn", "prn", match.group(), prn=True)


def slashes(text: str, taken: bytearray) -> Iterator[Quantity]:
    """Durations as "6/52" (weeks), "3/7" (days), "3/12" (months), and scores as "7/10" or "3/5"."""
    for match in forms.SLASH.finditer(text):
        days = forms.SLASH_DAYS[match["d"]]
        low, high = number(match["n"]), number(match["m"] or match["n"])
        if match["d"] != "7" or high < 7 or text[max(0, match.start() - 4) : match.start()].endswith(("for ", "x ")):
            yield make(text, match.start("n"), match.end(), low * days, high * days, "day", "duration")
    for match in forms.SCORE.finditer(text):
        value = number(match["n"])
        if value <= number(match["d"]):
            yield make(text, match.start(), match.end(), value, value, f"/{match['d']}", "score")


def ratios(text: str, taken: bytearray) -> Iterator[Quantity]:
    for match in forms.ONE_IN.finditer(text):
        whole = number(match["d"])
        if whole > number(match["n"]) > 0:
            share = 100 * number(match["n"]) / whole
            yield make(text, match.start(), match.end(), share, share, "%", "ratio")
    for match in forms.FRACTION.finditer(text):
        if match["n"] or not match["d"].lower().startswith(("thi", "qua")):
            share = (
                100
                * (number(match["n"]) if match["n"] and match["n"] != "a" else 1.0)
                / forms.FRACTIONS[match["d"][:3].lower()]
            )
            if not re.match(
                rf"{forms.SP}(?:an?{forms.SP})?(?:day|week|month|year|hour)\b", text[match.end() : match.end() + 12]
            ):
                yield make(text, match.start(), match.end(), share, share, "%", "ratio")
    for match in forms.FOLD.finditer(text):
        yield make(text, match.start(), match.end(), number(match["n"]), number(match["n"]), "x", "factor")


def bare_units(text: str, taken: bytearray) -> Iterator[Quantity]:
    """ "within a week", "half an hour", "day 14"."""
    for match in forms.A_UNIT.finditer(text):
        if forms.A_UNIT_BEFORE.search(text[max(0, match.start() - 10) : match.start()]) or match["half"]:
            days = forms.UNITS[match["u"].lower()][1] * (0.5 if match["half"] else 1.0)
            yield make(text, match.start(), match.end(), days, days, "day", "duration")
