"""Proportions with their 95 % Wilson intervals, for every printed rate."""

from __future__ import annotations

import math


def wilson(right: int, n: int) -> tuple[float, float]:
    """95 % Wilson interval of a proportion; (0, 1) where there is no case."""
    if n == 0:
        return 0.0, 1.0
    z, p = 1.96, right / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def rate(right: int, n: int) -> str:
    """ "31/33 = 0.939 [0.804, 0.983]"; says so where there is no case."""
    if n == 0:
        return "no case"
    low, high = wilson(right, n)
    return f"{right}/{n} = {right / n:.3f} [{low:.3f}, {high:.3f}]"
