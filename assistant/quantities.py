"""Numbers with their units, as clinicians write them: doses, durations, ages, frequencies, percentages.

Finds and normalises, with exact offsets. What a number means for a patient is left to `assistant/guardrails/`, what it
means for a claim to `assistant/citations.py`; the surface forms are in `assistant/quantity_forms.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

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


def find_quantities(text: str) -> list[Quantity]:
    """All quantities of `text`, in order, without overlap. Offsets are into the unmodified string."""
    taken = bytearray(len(text))
    found: list[Quantity] = []
    for match in forms.PROTECTED.finditer(text):
        _mark(taken, match.start(), match.end())
    for finder in (_frequencies, _prn, _slashes, _ratios, _measures, _bare_units):
        for quantity in finder(text, taken):
            if any(taken[quantity.start : quantity.end]):
                continue
            _mark(taken, quantity.start, quantity.end)
            found.append(quantity)
    found.sort(key=lambda q: q.start)
    return [_with_op(text, q) for q in _spread_units(text, found)]


def _mark(taken: bytearray, start: int, end: int) -> None:
    taken[start:end] = b"\x01" * (end - start)


def _make(
    text: str, start: int, end: int, low: float, high: float, unit: str, kind: str, prn: bool = False
) -> Quantity:
    low, high = min(low, high), max(low, high)
    return Quantity(start, end, round(low, 6), round(high, 6), unit, kind, text[start:end], prn=prn)


def _frequencies(text: str, taken: bytearray) -> Iterator[Quantity]:
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
    return _make(text, start, prn.end() if prn else end, low, high, "per_day", "frequency", prn is not None)


def _prn(text: str, taken: bytearray) -> Iterator[Quantity]:
    for match in forms.PRN.finditer(text):
        yield Quantity(match.start(), match.end(), 0.0, 0.0, "prn", "prn", match.group(), prn=True)


def _slashes(text: str, taken: bytearray) -> Iterator[Quantity]:
    """Durations as "6/52" (weeks), "3/7" (days), "3/12" (months), and scores as "7/10" or "3/5"."""
    for match in forms.SLASH.finditer(text):
        days = forms.SLASH_DAYS[match["d"]]
        low, high = number(match["n"]), number(match["m"] or match["n"])
        if match["d"] != "7" or high < 7 or text[max(0, match.start() - 4) : match.start()].endswith(("for ", "x ")):
            yield _make(text, match.start("n"), match.end(), low * days, high * days, "day", "duration")
    for match in forms.SCORE.finditer(text):
        value = number(match["n"])
        if value <= number(match["d"]):
            yield _make(text, match.start(), match.end(), value, value, f"/{match['d']}", "score")


def _ratios(text: str, taken: bytearray) -> Iterator[Quantity]:
    for match in forms.ONE_IN.finditer(text):
        whole = number(match["d"])
        if whole > number(match["n"]) > 0:
            share = 100 * number(match["n"]) / whole
            yield _make(text, match.start(), match.end(), share, share, "%", "ratio")
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
                yield _make(text, match.start(), match.end(), share, share, "%", "ratio")
    for match in forms.FOLD.finditer(text):
        yield _make(text, match.start(), match.end(), number(match["n"]), number(match["n"]), "x", "factor")


def _measures(text: str, taken: bytearray) -> Iterator[Quantity]:
    """Numbers with a unit, ranges, and bare counts, from left to right."""
    position = 0
    while match := _next_number(text, position):
        position = match.end()
        if taken[match.start()]:
            continue
        quantity = _measure(text, match, taken)
        if quantity is not None:
            position = max(position, quantity.end)
            yield quantity


def _next_number(text: str, position: int) -> re.Match[str] | None:
    plain = forms.NUM_RE.search(text, position)
    label = forms.LABELLED.search(text, position)
    if label is not None and (plain is None or label.end() < plain.start()):
        return forms.NUM_AT.match(text, label.end())
    return plain


def _measure(text: str, first: re.Match[str], taken: bytearray) -> Quantity | None:
    start, end = first.start(), first.end()
    low = high = number(first.group())
    unit_a = _unit_at(text, end, first.group(), taken)
    end = unit_a[1] if unit_a else end
    unit = unit_a
    separator = forms.SEP_AT.match(text, end)
    if separator is None and forms.BETWEEN.search(text[max(0, start - 16) : start]):
        separator = forms.AND_AT.match(text, end)
    if separator is None and unit_a is None:
        separator = _or_next(text, end, low)
    second = forms.NUM_AT.match(text, separator.end()) if separator else None
    if second is not None and not taken[second.start()]:
        unit_b = _unit_at(text, second.end(), second.group(), taken)
        value = number(second.group())
        same = unit_b is not None and (unit_a is None or unit_a[0][2] == unit_b[0][2])
        factors = (unit_a or unit_b or (("", 1.0, ""), 0))[0][1], (unit_b or (("", 1.0, ""), 0))[0][1]
        if (same or (unit_a is None and unit_b is None)) and value * factors[1] >= low * factors[0]:
            low, high = low * factors[0], value * factors[1]
            unit, end = unit_b, unit_b[1] if unit_b else second.end()
            return _finish(text, start, end, low, high, unit[0] if unit else None, first.group())
    factor = unit[0][1] if unit else 1.0
    return _finish(text, start, end, low * factor, high * factor, unit[0] if unit else None, first.group())


def _or_next(text: str, position: int, low: float) -> re.Match[str] | None:
    """ "two or three weeks" is a range; "5 or 10 mg" and "1 or 2 g" are two doses."""
    separator = forms.OR_AT.match(text, position)
    following = forms.NUM_AT.match(text, separator.end()) if separator else None
    if following is None or number(following.group()) != low + 1:
        return None
    return separator if forms.TIME_AT.match(text, following.end()) else None


def _unit_at(text: str, position: int, written: str, taken: bytearray) -> tuple[tuple[str, float, str], int] | None:
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
    text: str, start: int, end: int, low: float, high: float, unit: tuple[str, float, str] | None, written: str
) -> Quantity | None:
    before, after = text[max(0, start - 48) : start], text[end : end + 24]
    name, kind = (unit[0], unit[2]) if unit else ("", "count")
    age = _age(before, text, start, end, kind, name, low, unit)
    if age is not None:
        per = (unit[1] if unit else 1.0) if kind != "duration" else 365.0
        return _make(text, start, age, low / per, high / per, "year", "age")
    if name == "F":
        low, high, name = (low - 32) * 5 / 9, (high - 32) * 5 / 9, "C"
    if kind in ("dose", "volume") and (per := forms.PER_AT.match(text, end)):
        spoken = (per["per"] or "day").lower()
        return _make(text, start, per.end(), low, high, f"{name}/{'week' if spoken.startswith('w') else 'day'}", kind)
    if unit is None:
        if written.lower() in ("one", "a", "an") and low == high:
            return None
        if forms.GFR_BEFORE.search(before):
            name, kind = "mL/min", "clearance"
        elif forms.TEMP_BEFORE.search(before) and 34 <= low <= 43:
            name, kind = "C", "temperature"
        elif forms.YEAR.fullmatch(written) and (low == high or high < 2100) and not forms.AFTER[0][1].match(after):
            name, kind = "", "year"
    return _make(text, start, end, low, high, name, kind)


def _age(
    before: str, text: str, start: int, end: int, kind: str, name: str, low: float, unit: tuple[str, float, str] | None
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


def _bare_units(text: str, taken: bytearray) -> Iterator[Quantity]:
    """ "within a week", "half an hour", "day 14"."""
    for match in forms.A_UNIT.finditer(text):
        if forms.A_UNIT_BEFORE.search(text[max(0, match.start() - 10) : match.start()]) or match["half"]:
            days = forms.UNITS[match["u"].lower()][1] * (0.5 if match["half"] else 1.0)
            yield _make(text, match.start(), match.end(), days, days, "day", "duration")


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
