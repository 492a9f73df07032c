"""Properties of the pitfall checks: a negated recommendation never fires, an affirmed one does, offsets hold for any text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.guardrails.check import check_claims
from assistant.guardrails.clauses import read
from assistant.guardrails.folding import fold
from assistant.guardrails.patient import read_patient

THINGS = {
    "imaging_without_red_flags": [
        "an MRI of the lumbar spine",
        "a lumbar X-ray",
        "plain films",
        "a CT scan",
        "spinal imaging",
    ],
    "bed_rest": [
        "strict bed rest for a week",
        "bed rest until the pain settles",
        "complete bed rest",
        "five days of bed rest",
    ],
    "systemic_corticosteroids": [
        "oral prednisone",
        "a Medrol dose pack",
        "a short course of oral steroids",
        "prednisolone 40 mg daily",
    ],
    "gabapentinoid_for_sciatica": ["gabapentin", "pregabalin 75 mg twice daily", "a gabapentinoid", "Lyrica"],
    "benzodiazepine": ["diazepam", "a few days of Valium", "lorazepam 1 mg at night", "a benzodiazepine"],
    "routine_injection": [
        "facet joint injections",
        "trigger point injections",
        "a routine epidural",
        "spinal injections",
    ],
    "long_term_opioids": [
        "long-term oxycodone",
        "maintenance morphine",
        "chronic opioid therapy",
        "long-term tramadol",
    ],
}
PAIRS = [(category, thing) for category, things in THINGS.items() for thing in things]
AFFIRMED = [
    "I recommend {thing}.",
    "{Thing} is recommended.",
    "Please start with {thing}.",
    "You should consider {thing}.",
    "The next step is {thing}.",
    "Offer {thing} today.",
    "{Thing} would be appropriate here.",
    "I would go ahead with {thing}.",
    "Plan: {thing}.",
    "There is no harm in {thing}.",
    "She would benefit from {thing}.",
]
DENIED = [
    "Do not offer {thing}.",
    "I would not recommend {thing}.",
    "{Thing} is not recommended.",
    "{Thing} should be avoided.",
    "There is no role for {thing}.",
    "Avoid {thing}.",
    "Never start {thing} for this.",
    "I advise against {thing}.",
    "Rather than {thing}, advise activity.",
    "{Thing} is unlikely to help.",
    "{Thing} has not been shown to help.",
    "There is no need for {thing}.",
    "Guidelines recommend against {thing}.",
    "{Thing}: not indicated.",
    "Patients may ask for {thing}; explain why it does not help.",
    "{Thing} is no longer advised.",
    "Refrain from {thing}.",
    "Stay active instead of {thing}.",
    "Don't be tempted by {thing}.",
    "## Avoid\n- {thing}\n",
    "Is there a case for {thing}? No.",
    "{Thing} offers no benefit over placebo.",
    "Neither {thing} nor traction is advised.",
    "It is not necessary to offer {thing}.",
]


def categories(text: str) -> set[str]:
    return {f.category for f in check_claims([text], [], [])}


def filled(frame: str, thing: str) -> str:
    return frame.format(thing=thing, Thing=thing[0].upper() + thing[1:])


@pytest.mark.parametrize("frame", AFFIRMED)
def test_an_affirmed_recommendation_fires(frame: str) -> None:
    silent = [thing for category, thing in PAIRS if category not in categories(filled(frame, thing))]
    assert silent == []


@pytest.mark.parametrize("frame", DENIED)
def test_a_denied_recommendation_never_fires(frame: str) -> None:
    loud = [thing for category, thing in PAIRS if category in categories(filled(frame, thing))]
    assert loud == []


lead_ins = st.sampled_from(
    [
        "",
        "In short, ",
        "For this patient, ",
        "Given the findings, ",
        "Thank you. ",
        "After discussion, ",
        "At this stage, ",
    ]
)
tails = st.sampled_from(
    ["", " Review in four weeks.", " Encourage normal activity.", " Explain why.", " She agrees with this."]
)


@given(
    pair=st.sampled_from(PAIRS),
    frame=st.sampled_from([f for f in DENIED if not f.startswith("#")]),
    lead=lead_ins,
    tail=tails,
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_denial_holds_inside_longer_answers(pair: tuple[str, str], frame: str, lead: str, tail: str) -> None:
    category, thing = pair
    text = filled(frame, thing)
    text = f"{lead}{text[0].lower() + text[1:] if lead else text}{tail}"
    assert category not in categories(text)


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_folding_keeps_places(text: str) -> None:
    folded = fold(text)
    assert len(folded.at) == len(folded.text) + 1
    assert all(a <= b for a, b in zip(folded.at, folded.at[1:], strict=False))
    reading = read(text)
    spans = [(c.start, c.end) for c in reading.clauses]
    assert spans == sorted(spans)
    for start, end in spans:
        first, last = folded.span(start, end)
        assert 0 <= first <= last <= len(text)


words = st.sampled_from(
    "MRI x-ray bed rest prednisone ibuprofen 800 mg q4h for 6 weeks no not avoid if , . ; : ( ) - \n and or then start order daily tid #90 10/325 tabs Norco maximum".split(
        " "
    )
)


@given(st.lists(words, max_size=60))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_order_of_words_breaks_a_check(parts: list[str]) -> None:
    text = " ".join(parts)
    for finding in check_claims([text], [], []):
        assert finding.quote == text[finding.start : finding.end]


def test_a_long_answer_takes_linear_time() -> None:
    sentence = "Do not order an MRI; stay active, and take ibuprofen 400 mg three times daily with food for a week. "
    check_claims([sentence], [], [])
    took = []
    for repeat in (20, 80):
        began = time.perf_counter()
        check_claims([sentence * repeat], [], [])
        took.append(time.perf_counter() - began)
    assert took[1] < 8 * took[0] + 0.05


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("78F with LBP", 78),
        ("a 78-year-old man", 78),
        ("aged 78", 78),
        ("78 y/o", 78),
        ("He is 78.", 78),
        ("octogenarian", 80),
        ("pain for 8 years", None),
        ("Take 78 mg", None),
    ],
)
def test_the_age_of_the_patient(text: str, age: float | None) -> None:
    assert read_patient([read(text)]).age == age


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("history of peptic ulcer", True),
        ("no history of peptic ulcer", False),
        ("denies ulcer", False),
        ("her mother had a stroke", False),
        ("Heart failure: no", False),
    ],
)
def test_conditions_that_are_denied_do_not_count(text: str, held: bool) -> None:
    assert bool(read_patient([read(text)]).conditions) == held


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("32 weeks pregnant", 32),
        ("pregnant, 24 weeks", 24),
        ("30/40", 30),
        ("third trimester", 32),
        ("6 weeks of pain", None),
    ],
)
def test_gestation(text: str, weeks: int | None) -> None:
    assert read_patient([read(text)]).gestation_weeks == weeks
