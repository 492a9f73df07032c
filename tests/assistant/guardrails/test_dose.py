"""Dose arithmetic: what a regimen amounts to, and where each ceiling stands to the milligram."""

from __future__ import annotations

import pytest

from assistant.guardrails.case import Case, Flags, Text, build
from assistant.guardrails.dose import Hit, check_doses, clean_words


def case_of(answer: str, question: str = "") -> Case:
    return build([(question, "question", None)], answer, Flags())


def hits(answer: str, question: str = "") -> list[Hit]:
    case = case_of(answer, question)
    assert case.answer is not None
    return check_doses(case, case.answer)


READINGS = [
    # sig, single high, doses a day, daily total, days
    ("Flexeril 10 tid x 6 wks", 10, 3, 30, 42),
    ("ibuprofen 600 mg q3h", 600, 8, 4800, None),
    ("three 325s of Tylenol five times a day", 975, 5, 4875, None),
    ("Take two 500 mg tablets of paracetamol every 4 hours", 1000, 6, 6000, None),
    ("ibuprofen 200 mg tablets, 4 tablets every 4 hours", 800, 6, 4800, None),
    ("acetaminophen 500 mg: 2 tablets 5 times daily", 1000, 5, 5000, None),
    ("2 x 500 mg paracetamol qds", 1000, 4, 4000, None),
    ("paracetamol 650-1000 mg every 4-6 hours", 1000, 6, 4000, None),
    ("carisoprodol 350 mg three times daily and at bedtime for 3 weeks", 350, 4, 1400, 21),
    ("naproxen 500 bid x 14d", 500, 2, 1000, 14),
    ("tramadol 50 mg 1-2 tabs every 6 hours", 100, 4, 400, None),
    ("diclofenac 50mg TDS for 5/7", 50, 3, 150, 5),
    ("methocarbamol 1.5 g q.i.d.", 1500, 4, 6000, None),
    ("baclofen ten mg three times a day", 10, 3, 30, None),
    ("gabapentin 300 mg nocte", 300, 1, 300, None),
    ("duloxetine 60 mg once daily for a month", 60, 1, 60, 30),
    ("Take 3 Advil 200 mg tablets every 8 hours", 600, 3, 1800, None),
    ("prednisone 60 mg daily for ten days", 60, 1, 60, 10),
]


@pytest.mark.parametrize(("sig", "single", "per_day", "daily", "days"), READINGS)
def test_reading_a_regimen(sig: str, single: float, per_day: float, daily: float, days: float | None) -> None:
    regimen = Text(sig, "answer").regimens[0]
    step = regimen.steps[0]
    assert (step.single_high, step.per_day_high, step.daily, regimen.days) == (single, per_day, daily, days)


def test_quantity_and_refills() -> None:
    regimen = Text("norco 10/325 #120 refill x3", "answer").regimens[0]
    assert (regimen.quantity, regimen.refills, regimen.supply_days) == (120, 3, 120.0)


def test_a_trial_taper_has_three_steps() -> None:
    regimen = Text(
        "prednisone 60 mg daily x5 days, then 40 mg daily x5 days, then 20 mg daily x5 days", "answer"
    ).regimens[0]
    assert [s.daily for s in regimen.steps] == [60, 40, 20]


BOUNDARIES = [
    ("Paracetamol 4,000 mg per day in divided doses", "Paracetamol 4,001 mg per day in divided doses"),
    ("Paracetamol 1000 mg every 6 hours", "Paracetamol 1001 mg every 6 hours"),
    ("Cyclobenzaprine 10 mg three times a day", "Cyclobenzaprine 10.5 mg three times a day"),
    ("Carisoprodol 350 mg four times a day", "Carisoprodol 350 mg five times a day"),
    ("Naproxen 500 mg twice daily", "Naproxen 500 mg three times daily"),
    ("Celecoxib 400 mg once daily", "Celecoxib 401 mg once daily"),
    ("Meloxicam 15 mg daily", "Meloxicam 15.5 mg daily"),
    ("Diclofenac 50 mg three times a day", "Diclofenac 50 mg four times a day"),
    ("Tramadol 100 mg four times a day", "Tramadol 100 mg five times a day"),
    ("Codeine 60 mg four times a day", "Codeine 60 mg five times a day"),
    ("Gabapentin 1200 mg three times a day", "Gabapentin 1201 mg three times a day"),
    ("Pregabalin 300 mg twice daily", "Pregabalin 301 mg twice daily"),
    ("Duloxetine 60 mg once daily", "Duloxetine 61 mg once daily"),
    ("Amitriptyline 75 mg at night", "Amitriptyline 76 mg at night"),
    ("Baclofen 20 mg four times a day", "Baclofen 21 mg four times a day"),
    ("Metaxalone 800 mg four times a day", "Metaxalone 800 mg five times a day"),
    ("Orphenadrine 100 mg twice daily", "Orphenadrine 100 mg three times daily"),
    ("Ketorolac 10 mg every 6 hours for 5 days", "Ketorolac 10 mg every 6 hours for 6 days"),
    ("Ibuprofen 600 mg four times a day", "Ibuprofen 601 mg four times a day"),
    ("Lidocaine 5% patch, three patches for 12 hours", "Lidocaine 5% patch, three patches for 13 hours"),
    ("Diclofenac 1% gel 8 g four times a day", "Diclofenac 1% gel 9 g four times a day"),
    ("Capsaicin 8% patch every 3 months", "Capsaicin 8% patch every 2 months"),
    ("Morphine, 50 MME/day", "Morphine, 51 MME/day"),
    ("Methocarbamol 1500 mg four times a day for 3 days", "Methocarbamol 1500 mg four times a day for 4 days"),
]


@pytest.mark.parametrize(("at", "above"), BOUNDARIES, ids=[b[0] for b in BOUNDARIES])
def test_exactly_the_ceiling_is_not_above_it(at: str, above: str) -> None:
    assert hits(at) == []
    assert hits(above) != []


PATIENTS = [
    # question, regimen within reach of this patient, regimen above
    ("78-year-old", "Tramadol 50 mg every 4 hours", "Tramadol 100 mg every 6 hours"),
    ("He is 75.", "Tramadol 100 mg every 6 hours", None),
    ("eGFR 38", "Gabapentin 400 mg three times a day", "Gabapentin 600 mg three times a day"),
    ("eGFR 38", "Pregabalin 150 mg twice daily", "Pregabalin 150 mg three times daily"),
    ("CrCl 25 mL/min", "Tramadol 50 mg every 6 hours", "Tramadol 100 mg every 8 hours"),
    ("CrCl 22", "Gabapentin 300 mg twice daily", "Gabapentin 300 mg three times daily"),
    ("eGFR 15", "Gabapentin 300 mg once daily", "Gabapentin 400 mg once daily"),
    ("eGFR 10", "Pregabalin 75 mg once daily", "Pregabalin 50 mg twice daily"),
    ("known cirrhosis", "Paracetamol 500 mg four times a day", "Paracetamol 1 g three times a day"),
    ("drinks heavily", "Paracetamol 500 mg four times a day", "Paracetamol 750 mg four times a day"),
    ("cirrhosis", "Tramadol 50 mg twice daily", "Tramadol 50 mg three times daily"),
    ("on haemodialysis", "Meloxicam 7.5 mg daily", "Meloxicam 15 mg daily"),
    ("weighs 45 kg", "Ketorolac 10 mg every 6 hours", "Ketorolac 20 mg once, then 10 mg every 6 hours"),
    ("weighs 45 kg", "Paracetamol 500 mg four times a day", "Paracetamol 1 g four times a day"),
    ("weighs 50 kg", "Paracetamol 1 g four times a day", None),
    ("Child-Pugh B", "Celecoxib 100 mg twice daily", "Celecoxib 200 mg twice daily"),
]


@pytest.mark.parametrize(("question", "within", "above"), PATIENTS)
def test_ceilings_of_this_patient(question: str, within: str, above: str | None) -> None:
    assert hits(within, question) == []
    if above is not None:
        assert hits(above, question) != []


def test_the_lower_region_applies_where_none_is_set() -> None:
    regimen = "Ibuprofen 800 mg four times a day"
    unset = hits(regimen)
    assert unset and "no region is set" in unset[0].message and "limit to be confirmed" in unset[0].message
    assert hits(regimen, "US clinic") == []
    assert hits(regimen, "UK general practice")


def test_over_the_counter_limits_only_where_stated() -> None:
    assert hits("Ibuprofen 400 mg four times a day") == []
    assert hits("Over-the-counter ibuprofen 400 mg four times a day")
    assert hits("Naproxen sodium 550 mg twice daily") == []
    assert hits("OTC naproxen sodium 440 mg twice daily")


def test_arthritis_and_spasticity_figures_are_for_those_only() -> None:
    assert hits("Naproxen 500 mg three times a day for her rheumatoid arthritis") == []
    assert hits("Naproxen 500 mg three times a day for the back pain")
    assert hits("Tizanidine 12 mg three times a day for spasticity", "multiple sclerosis") == []
    back = hits("Tizanidine 12 mg three times a day for the back spasm")
    assert back and "off-label" in back[0].message


def test_first_day_maxima() -> None:
    assert hits("Naproxen 500 mg, then 250 mg every 6 to 8 hours; not more than 1,250 mg on the first day") == []
    assert hits("Celecoxib 400 mg, then 200 mg if needed on the first day") == []


def test_paracetamol_is_counted_over_all_sources() -> None:
    assert hits("Percocet 10/325 two tablets every 6 hours") == []
    together = hits("Percocet 10/325 two tablets every 6 hours plus Tylenol 1 g every 8 hours")
    assert [h.value for h in together if h.drug == "paracetamol"] == [5600]
    assert hits("Co-codamol 30/500 two tablets qds and paracetamol 1 g qds")
    assert hits("Co-codamol 8/500 two tablets four times a day (4 g paracetamol)") == []


def test_one_drug_under_two_names_is_counted_together() -> None:
    assert hits("Motrin 600 mg every 8 hours plus Advil 400 mg every 8 hours")
    assert hits("Motrin 600 mg every 8 hours or Advil 400 mg every 8 hours") == []


@pytest.mark.parametrize(
    "words",
    [
        "Do not take more than 4 g of paracetamol a day",
        "Never exceed 3,200 mg of ibuprofen a day under the US label",
        "Avoid ibuprofen 800 mg every 4 hours",
        "Ibuprofen 800 mg every 4 hours is 4,800 mg a day, which is too much",
        "Reduce ibuprofen from 800 mg every 4 hours to 400 mg every 8 hours",
        "In the trial, pregabalin was given at up to 900 mg a day",
        "She took ibuprofen 800 mg every 4 hours last month",
        "More than 4,000 mg of acetaminophen a day is toxic",
    ],
)
def test_words_that_recommend_no_dose(words: str) -> None:
    assert hits(words) == []


def test_a_written_maximum_caps_a_frequent_schedule() -> None:
    assert hits("Paracetamol 1 g every 4 hours, maximum 4 g a day") == []
    assert hits("Paracetamol 1 g every 4 hours, maximum 6 g a day")


def test_a_stop_alarm_says_not_to_stop_abruptly() -> None:
    assert "do not stop abruptly" in hits("Pregabalin 300 mg four times a day")[0].action
    assert "abruptly" not in hits("Ibuprofen 1 g four times a day")[0].action


def test_nothing_is_called_safe() -> None:
    assert clean_words("Ibuprofen") == "Ibuprofen: below the label ceiling in our data."


def test_what_the_patient_takes_counts_too() -> None:
    case = case_of("Add heat.", "He takes ibuprofen 800 mg every 4 hours.")
    assert check_doses(case, case.user[-1])
    past = case_of("Add heat.", "He took ibuprofen 800 mg every 4 hours last year.")
    assert check_doses(past, past.user[-1]) == []
