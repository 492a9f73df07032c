"""Two runs, case by case: the paired difference of every score with its 95 % interval, and the cases that changed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from evals.ranking import mean_interval
from evals.scores import Measure

TOLERANCE = 0.02
"""Drop of a score (of 1) from which `lumbar eval compare` ends with 1."""


def differences(one: Sequence[Measure], other: Sequence[Measure], tolerance: float = TOLERANCE) -> list[dict[str, Any]]:
    """For each scorer that scored cases in both: `{"set", "scorer", "version", "before", "after", "difference", "low", "high", "n", "changed",
    "worse"}`; difference is after - before over the same cases. Scorers of other versions are not compared and say so.
    """
    found = []
    after = {(m.set, m.scorer.name): m for m in other}
    for before in one:
        match = after.get((before.set, before.scorer.name))
        if match is None:
            continue
        pairs = [(key, a, b) for key in before.rows if (a := _value(before, key)) is not None and (b := _value(match, key)) is not None]
        if not pairs:
            continue
        difference, low, high = mean_interval([b - a for _, a, b in pairs])
        sign = -1.0 if before.scorer.lower_is_better else 1.0
        changed = sorted(((key, a, b) for key, a, b in pairs if a != b), key=lambda row: (sign * (row[2] - row[1]), row[0]))
        found.append(
            {
                "set": before.set,
                "scorer": before.scorer.name,
                "version": before.scorer.version,
                "before": round(statistics.fmean(a for _, a, _ in pairs), 6),
                "after": round(statistics.fmean(b for _, _, b in pairs), 6),
                "difference": round(difference, 6),
                "low": round(low, 6),
                "high": round(high, 6),
                "n": len(pairs),
                "only_in_one": len(set(before.rows) ^ set(match.rows)),
                "changed": [[key, round(a, 6), round(b, 6), _why(match, key)] for key, a, b in changed],
                "worse": sign * difference < -tolerance,
            }
        )
    return found


def _value(measure: Measure, key: str) -> float | None:
    """The weighted mean of a case's scores; None where none applies."""
    scores = [s for s in measure.rows.get(key, []) if s.value is not None]
    total = sum(s.weight for s in scores)
    return sum(float(s.value or 0.0) * s.weight for s in scores) / total if total else None


def _why(measure: Measure, key: str) -> str:
    return next((s.why for s in measure.rows[key] if s.why and s.value is not None), "")
