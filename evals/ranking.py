"""Measures of a ranking against graded judgements, as trec_eval defines them, and paired intervals between two systems."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np


def hit_at(ranked: Sequence[str], grades: Mapping[str, int], k: int, grade: int = 1) -> float:
    """1.0 where one of the first `k` has at least `grade`, else 0.0."""
    return float(any(grades.get(i, 0) >= grade for i in ranked[:k]))


def recall_at(ranked: Sequence[str], grades: Mapping[str, int], k: int, grade: int = 1) -> float:
    """Part of all passages of at least `grade` that stand among the first `k`. Raises ValueError where there is none."""
    wanted = {i for i, g in grades.items() if g >= grade}
    if not wanted:
        raise ValueError("no passage is judged relevant")
    return len(wanted & set(ranked[:k])) / len(wanted)


def reciprocal_rank(ranked: Sequence[str], grades: Mapping[str, int], k: int, grade: int = 1) -> float:
    """1 / rank of the first passage of at least `grade` among the first `k`, else 0.0."""
    return next((1.0 / n for n, i in enumerate(ranked[:k], 1) if grades.get(i, 0) >= grade), 0.0)


def ndcg_at(ranked: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """nDCG with linear gain and a logarithmic discount, trec_eval's ndcg_cut; 0.0 where nothing is relevant."""
    gain = sum(grades.get(i, 0) / math.log2(n + 1) for n, i in enumerate(ranked[:k], 1))
    best = sum(g / math.log2(n + 1) for n, g in enumerate(sorted(grades.values(), reverse=True)[:k], 1))
    return gain / best if best > 0 else 0.0


def mean_interval(values: Sequence[float], seed: int = 7, draws: int = 2000) -> tuple[float, float, float]:
    """(mean, low, high): 95 % percentile bootstrap over the queries, seeded. Raises ValueError for no value."""
    if not values:
        raise ValueError("no query to average over")
    data = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed)
    means = data[rng.integers(0, len(data), size=(draws, len(data)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(data.mean()), float(low), float(high)


def paired_interval(one: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """`mean_interval` of one - other, query by query."""
    return mean_interval([a - b for a, b in zip(one, other, strict=True)])
