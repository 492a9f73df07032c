"""What is in force, since when it is not, and the ages at which a drug fact is shown with a banner or not at all."""

from __future__ import annotations

import datetime

import pytest

from corpus.currency import (
    Standing,
    checked_words,
    drug_fact,
    freshness,
    months_since_check,
    out_of_date,
    standing,
    standing_of,
    valid_years,
)
from corpus.load import load_corpus

CORPUS = load_corpus()


@pytest.mark.parametrize(
    ("passage_id", "expected"),
    [
        ("ng59-1.1.4", Standing("current")),
        ("acp2017-3", Standing("lapsed", "2022")),
        ("acp2007-3", Standing("lapsed", "2012")),
        ("acp2007-7", Standing("superseded", "2017")),
        ("vadod2017-3", Standing("superseded", "2022", "vadod2022")),
        ("acr2015-1", Standing("superseded", "2021", "acr2021")),
        ("ng59-1.2.13", Standing("withdrawn", "2026-07-29")),
        ("MAL-016", Standing("superseded", "2023-09", "ng234")),
        ("ahcpr1994-1", Standing("historical")),
    ],
)
def test_the_standing_of_a_passage(passage_id: str, expected: Standing) -> None:
    assert standing(CORPUS, CORPUS.passage(passage_id)) == expected


def test_only_what_stands_or_was_never_replaced_is_in_force() -> None:
    assert [s.in_force for s in map(standing_of, (CORPUS.guidelines[i] for i in ("ng59", "acp2017", "vadod2017")))] == [
        True,
        True,
        False,
    ]
    assert not standing(CORPUS, CORPUS.passage("ng59-1.2.14")).in_force


def test_all_that_is_replaced_or_withdrawn_says_since_when() -> None:
    """In the repository no state that needs a date is without one."""
    for passage in CORPUS.passages.values():
        found = standing(CORPUS, passage)
        assert found.state in ("current", "historical") or found.since, passage.id


def test_only_guidelines_of_an_issuer_with_a_period_lapse() -> None:
    assert valid_years(CORPUS.guidelines["acp2017"]) == 5
    assert valid_years(CORPUS.guidelines["ng59"]) is None
    for guideline in CORPUS.guidelines.values():
        assert (guideline.lapsed_since is not None) <= (valid_years(guideline) is not None), guideline.id


CHECKED = "2026-11"
AGES = [
    (datetime.date(2026, 11, 30), 0, "fresh", "fresh"),
    (datetime.date(2027, 11, 30), 12, "fresh", "fresh"),
    (datetime.date(2027, 12, 1), 13, "warn", "warn"),
    (datetime.date(2028, 11, 30), 24, "warn", "warn"),
    (datetime.date(2028, 12, 1), 25, "withhold", "warn"),
    (datetime.date(2040, 1, 1), 158, "withhold", "warn"),
]


@pytest.mark.parametrize(("today", "months", "dose", "no_dose"), AGES)
def test_the_age_of_a_check(today: datetime.date, months: int, dose: str, no_dose: str) -> None:
    label = CORPUS.guidelines["lbl-cyclobenzaprine-ir"]
    assert label.checked == CHECKED
    assert months_since_check(label, today) == months
    assert freshness(CORPUS.passage("cyc-dose-ir"), label, today) == dose
    assert freshness(CORPUS.passage("cyc-ci-maoi"), label, today) == no_dose


def test_a_recommendation_does_not_age_but_a_dose_in_a_guideline_does() -> None:
    later = datetime.date(2031, 1, 1)
    bed_rest = CORPUS.passage("ng59-1.1.4")
    assert freshness(bed_rest, CORPUS.guideline_of(bed_rest), later) == "fresh"
    doses = [p for p in CORPUS.passages.values() if "dose" in p.topics and CORPUS.guideline_of(p).kind == "guideline"]
    assert doses
    for passage in doses:
        assert freshness(passage, CORPUS.guideline_of(passage), later) == "withhold"


def test_a_dose_that_no_topic_names_is_withheld_too() -> None:
    bare = CORPUS.passage("cyc-dose-ir").model_copy(update={"topics": ("cyclobenzaprine",)})
    label = CORPUS.guideline_of(bare)
    assert drug_fact(bare, label)
    assert freshness(bare, label, datetime.date(2029, 1, 1)) == "withhold"


def test_the_sources_of_the_banner_are_named_once_and_sorted() -> None:
    passages = [CORPUS.passage(i) for i in ("tiz-dose", "cyc-dose-ir", "cyc-ci-maoi", "ng59-1.1.4")]
    assert out_of_date(passages, CORPUS, datetime.date(2026, 12, 1)) == ()
    named = [g.id for g in out_of_date(passages, CORPUS, datetime.date(2028, 1, 1))]
    assert named == ["lbl-cyclobenzaprine-ir", "lbl-tizanidine"]


def test_when_a_label_was_checked_in_words() -> None:
    assert checked_words(CORPUS.guidelines["lbl-tizanidine"]) == "label checked, November 2026"
    assert checked_words(CORPUS.guidelines["ng59"]) == "source checked, November 2026"
