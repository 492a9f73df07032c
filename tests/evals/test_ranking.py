"""Ranking measures against values worked out by hand."""

from __future__ import annotations

import math

import pytest

from evals.ranking import hit_at, mean_interval, ndcg_at, paired_interval, recall_at, reciprocal_rank

GRADES = {"a": 2, "b": 1, "c": 1}


def test_hit_recall_and_rank() -> None:
    ranked = ["x", "b", "a"]
    assert hit_at(ranked, GRADES, 2) == 1.0 and hit_at(ranked, GRADES, 2, grade=2) == 0.0
    assert recall_at(ranked, GRADES, 3) == pytest.approx(2 / 3) and recall_at(ranked, GRADES, 3, grade=2) == 1.0
    assert reciprocal_rank(ranked, GRADES, 10) == 0.5
    assert reciprocal_rank(ranked, GRADES, 2, grade=2) == 0.0
    with pytest.raises(ValueError, match="no passage is judged relevant"):
        recall_at(ranked, {"a": 1}, 3, grade=2)


def test_ndcg_has_linear_gain_and_the_ideal_over_all_judged() -> None:
    got = 1 / math.log2(3) + 2 / math.log2(4)
    best = 2 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg_at(["x", "b", "a"], GRADES, 3) == pytest.approx(got / best)
    assert ndcg_at(["a", "b", "c"], GRADES, 10) == 1.0
    assert ndcg_at(["x"], {}, 10) == 0.0


def test_intervals_are_the_same_every_time_and_hold_the_mean() -> None:
    values = [0.0, 1.0, 1.0, 0.5, 1.0, 0.0, 1.0]
    mean, low, high = mean_interval(values)
    assert low < mean < high and mean_interval(values) == (mean, low, high)
    assert paired_interval(values, values) == (0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="no query"):
        mean_interval([])
