"""Numbers, units, durations, ages and frequencies as clinicians write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.quantities import Quantity, find_quantities, number

# text -> (kind, op, low, high, unit, exact words)
CASES: list[tuple[str, list[tuple[str, str, float, float, str, str]]]] = [
    ("limit use to about two to three weeks", [("duration", "<=", 14, 21, "day", "two to three weeks")]),
    ("for 2\u20133 weeks", [("duration", "", 14, 21, "day", "2\u20133 weeks")]),
    ("10 weeks.", [("duration", "", 70, 70, "day", "10 weeks")]),
    ("4-6 weeks of care", [("duration", "", 28, 42, "day", "4-6 weeks")]),
    ("x 6 wks then x6/52", [("duration", "", 42, 42, "day", "6 wks"), ("duration", "", 42, 42, "day", "6/52")]),
    ("for 3/7, review 3/12", [("duration", "", 3, 3, "day", "3/7"), ("duration", "", 90, 90, "day", "3/12")]),
    ("under 48 hours", [("duration", "<", 2, 2, "day", "48 hours")]),
    ("within a week", [("duration", "<=", 7, 7, "day", "a week")]),
    ("3 months or longer", [("duration", ">=", 90, 90, "day", "3 months")]),
    ("between 4 and 12 weeks", [("duration", "", 28, 84, "day", "4 and 12 weeks")]),
    ("7 days to 2 weeks", [("duration", "", 7, 14, "day", "7 days to 2 weeks")]),
    ("by day 14", [("duration", "", 14, 14, "day", "14")]),
    ("a 12\u2011month benefit", [("duration", "", 360, 360, "day", "12\u2011month")]),
    ("5 mg or 7.5 mg", [("dose", "", 5, 5, "mg", "5 mg"), ("dose", "", 7.5, 7.5, "mg", "7.5 mg")]),
    ("5 or 10\u00a0mg", [("dose", "", 5, 5, "mg", "5"), ("dose", "", 10, 10, "mg", "10\u00a0mg")]),
    ("0.5 g", [("dose", "", 500, 500, "mg", "0.5 g")]),
    ("500 micrograms", [("dose", "", 0.5, 0.5, "mg", "500 micrograms")]),
    ("not above 1,500 mg/day", [("dose", "<=", 1500, 1500, "mg/day", "1,500 mg/day")]),
    ("4 g a day", [("dose", "", 4000, 4000, "mg/day", "4 g a day")]),
    ("never more than 4,000 mg in 24 hours", [("dose", "<=", 4000, 4000, "mg/day", "4,000 mg in 24 hours")]),
    ("50 MME/day or more", [("dose", ">=", 50, 50, "MME/day", "50 MME/day")]),
    ("400 mg tid prn", [("dose", "", 400, 400, "mg", "400 mg"), ("frequency", "", 3, 3, "per_day", "tid prn")]),
    ("500mg TDS", [("dose", "", 500, 500, "mg", "500mg"), ("frequency", "", 3, 3, "per_day", "TDS")]),
    ("10 mg nocte", [("dose", "", 10, 10, "mg", "10 mg"), ("frequency", "", 1, 1, "per_day", "nocte")]),
    ("q3h", [("frequency", "", 8, 8, "per_day", "q3h")]),
    ("every 4-6 h as needed", [("frequency", "", 4, 6, "per_day", "every 4-6 h as needed")]),
    ("every eight hours", [("frequency", "", 3, 3, "per_day", "every eight hours")]),
    ("8-hourly", [("frequency", "", 3, 3, "per_day", "8-hourly")]),
    ("three to four times a day", [("frequency", "", 3, 4, "per_day", "three to four times a day")]),
    ("four times daily", [("frequency", "", 4, 4, "per_day", "four times daily")]),
    ("5 days a week", [("frequency", "", 5 / 7, 5 / 7, "per_day", "5 days a week")]),
    ("30 mg daily", [("dose", "", 30, 30, "mg", "30 mg"), ("frequency", "", 1, 1, "per_day", "daily")]),
    ("go on with daily activities", []),
    ("aged 65 or over", [("age", ">=", 65, 65, "year", "65")]),
    ("a 78yo man", [("age", "", 78, 78, "year", "78yo")]),
    ("72F with back pain", [("age", "", 72, 72, "year", "72F")]),
    ("a 45-year-old", [("age", "", 45, 45, "year", "45-year-old")]),
    ("age over 50", [("age", ">", 50, 50, "year", "50")]),
    ("people 65 and over", [("age", ">=", 65, 65, "year", "65")]),
    ("children under 12 years", [("age", "<", 12, 12, "year", "12 years")]),
    ("for 10 years", [("duration", "", 3650, 3650, "day", "10 years")]),
    ("T 38.4 C", [("temperature", "", 38.4, 38.4, "C", "38.4 C")]),
    ("PVR 450 mL", [("volume", "", 450, 450, "mL", "450 mL")]),
    ("PVR450ml", [("volume", "", 450, 450, "mL", "450ml")]),
    ("CRP of 1.0 mg/dL", [("concentration", "", 10, 10, "mg/L", "1.0 mg/dL")]),
    ("eGFR below 30", [("clearance", "<", 30, 30, "mL/min", "30")]),
    ("clearance is 25 mL/min", [("clearance", "", 25, 25, "mL/min", "25 mL/min")]),
    ("37% to 96%", [("percent", "", 37, 96, "%", "37% to 96%")]),
    ("about one in five", [("ratio", "~", 20, 20, "%", "one in five")]),
    ("two thirds", [("ratio", "", 66.666667, 66.666667, "%", "two thirds")]),
    ("power 3/5", [("score", "", 3, 3, "/5", "3/5")]),
    ("10 lb", [("weight", "", 4.535924, 4.535924, "kg", "10 lb")]),
    ("1.29 million", [("count", "", 1290000, 1290000, "", "1.29 million")]),
    ("at least 4 of 9", [("count", ">=", 4, 4, "", "4"), ("count", "", 9, 9, "", "9")]),
    ("L5-S1 and L4/5, NG59 1.2.25, COX-2, CYP1A2, STarT Back", []),
    ("in 2016", [("year", "", 2016, 2016, "", "2016")]),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[c[0] for c in CASES])
def test_reads(text: str, expected: list[tuple[str, str, float, float, str, str]]) -> None:
    found = [(q.kind, q.op, q.low, q.high, q.unit, q.text) for q in find_quantities(text)]
    assert found == [(k, op, pytest.approx(low), pytest.approx(high), u, t) for k, op, low, high, u, t in expected]


def test_as_needed_is_a_flag_of_the_frequency() -> None:
    assert [q.prn for q in find_quantities("400 mg every 6 hours as needed, 500 mg bd")] == [False, True, False, False]
    assert [q.kind for q in find_quantities("codeine prn")] == ["prn"]


@pytest.mark.parametrize(
    ("word", "value"),
    [("twenty-four", 24), ("1,500", 1500), ("10 000", 10000), ("two hundred", 200), ("0\u00b75", 0.5)],
)
def test_number(word: str, value: float) -> None:
    assert number(word) == value


_PIECES = [
    "two",
    "3",
    "1,500",
    "mg",
    "weeks",
    " ",
    "-",
    "\u2013",
    "to",
    "\u00a0",
    "q8h",
    "tid",
    "/",
    "day",
    "65",
    "yo",
    "\U0001f600",
    "%",
    ".",
    "a",
    "under",
    "7/52",
    "\u00e9",
]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(st.sampled_from(_PIECES), max_size=30).map("".join),
        st.lists(st.sampled_from(_PIECES), max_size=30).map(" ".join),
    )
)
def test_offsets_are_exact_ordered_and_disjoint_on_any_text(text: str) -> None:
    found: list[Quantity] = find_quantities(text)
    position = 0
    for quantity in found:
        assert position <= quantity.start < quantity.end <= len(text)
        assert text[quantity.start : quantity.end] == quantity.text
        assert quantity.low <= quantity.high
        position = quantity.end
