"""Runs scored: every scorer over every record, averages with 95 % intervals, and the cases that cost something. Generates nothing."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evals.cases import Case
from evals.replies import Known
from evals.scorers import SCORERS, Score, Scorer, score_case
from evals.stats import wilson

Record = dict[str, Any]
Rows = dict[str, list[Score]]
"""Case key -> its scores by one scorer."""


@dataclass(frozen=True)
class Measure:
    """One scorer over the cases of one set."""

    set: str
    scorer: Scorer
    rows: Rows

    @property
    def scored(self) -> list[tuple[str, Score]]:
        return [(key, s) for key, scores in self.rows.items() for s in scores if s.value is not None]

    @property
    def skipped(self) -> int:
        """Cases that the scorer does not apply to, or that could not be judged."""
        return sum(all(s.value is None for s in scores) for scores in self.rows.values())

    @property
    def failed(self) -> int:
        """Of those, cases on which the solver failed."""
        return sum(any(s.value is None and s.why.startswith("the solver failed") for s in v) for v in self.rows.values())

    def groups(self) -> dict[str, list[float]]:
        """Class or category -> values; one unnamed group where the scorer makes none."""
        found: dict[str, list[float]] = defaultdict(list)
        for _, score in self.scored:
            found[score.group].append(float(score.value or 0.0))
        return dict(sorted(found.items()))

    def summary(self) -> dict[str, Any]:
        """`{"set", "scorer", "version", "value", "low", "high", "n", "right"?, "not_scored", "failed", "macro"?, "worst"?, "groups"?}`."""
        values = [float(s.value or 0.0) for _, s in self.scored]
        found: dict[str, Any] = {"set": self.set, "scorer": self.scorer.name, "version": self.scorer.version}
        if not values:
            return {**found, "value": None, "low": None, "high": None, "n": 0, "not_scored": self.skipped, "failed": self.failed}
        factor = 100.0 if self.scorer.form == "per100" else 1.0
        if self.scorer.form == "mean":
            weights = [s.weight for _, s in self.scored]
            value, low, high = weighted_interval(values, weights)
            found |= {"value": value, "low": low, "high": high, "n": len(values)}
        else:
            right = int(sum(values))
            low, high = wilson(right, len(values))
            found |= {"value": factor * right / len(values), "low": factor * low, "high": factor * high, "n": len(values), "right": right}
        found |= {"not_scored": self.skipped, "failed": self.failed}
        groups = {name: v for name, v in self.groups().items() if name}
        if len(groups) > 1:
            means = {name: sum(v) / len(v) for name, v in groups.items()}
            worst = (max if self.scorer.lower_is_better else min)(means, key=lambda name: (means[name], name))
            found |= {"macro": factor * statistics.fmean(means.values()), "worst": worst, "worst_value": factor * means[worst]}
            found["groups"] = {n: {"value": factor * means[n], "right": round(sum(v), 4), "n": len(v)} for n, v in groups.items()}
        return {k: round(v, 6) if isinstance(v, float) else v for k, v in found.items()}

    def misses(self) -> list[tuple[str, float, str]]:
        """(case, value, why) of all that is not full marks, worst first."""
        best = 0.0 if self.scorer.lower_is_better else 1.0
        found = [(key, float(s.value or 0.0), s.why) for key, s in self.scored if s.value != best]
        return sorted(found, key=lambda row: (row[1] if best else -row[1], row[0]))


def weighted_interval(values: Sequence[float], weights: Sequence[float], seed: int = 7, draws: int = 2000) -> tuple[float, float, float]:
    """(mean, low, high): weighted mean, 95 % percentile bootstrap over the cases, seeded."""
    data, shares = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    rows = np.random.default_rng(seed).integers(0, len(data), size=(draws, len(data)))
    means = (data * shares)[rows].sum(axis=1) / shares[rows].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float((data * shares).sum() / shares.sum()), float(low), float(high)


def measure(records: Iterable[Record], cases: Mapping[str, Case], known: Known) -> list[Measure]:
    """Every scorer over the records whose case is known, set by set."""
    by_set: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record["key"] in cases:
            by_set[record["set"]].append(record)
    found = []
    for name in sorted(by_set):
        kind = by_set[name][0]["kind"]
        for one in SCORERS:
            if kind in one.kinds:
                rows = {r["key"]: score_case(one, cases[r["key"]], r["output"], known) for r in by_set[name]}
                found.append(Measure(name, one, rows))
        same = {r["key"]: [same_again(r)] for r in by_set[name]}
        if any(s[0].value is not None for s in same.values()):
            found.append(Measure(name, DETERMINISM, same))
    return found


def same_again(record: Record) -> Score:
    if "same_again" not in record:
        return Score(None, "not applicable: solved once")
    return Score(float(record["same_again"]), "" if record["same_again"] else "another output the second time")


DETERMINISM = Scorer("determinism", 1, (), "the same output when the case is solved again", lambda case, output, known: [])


def latency(timings: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Stage -> median and 95th percentile in milliseconds, and how many."""
    stages: dict[str, list[float]] = defaultdict(list)
    for row in timings.values():
        for name, value in row.items():
            stages[name].append(value)
    return {
        name: {"median": round(statistics.median(v), 1), "p95": round(float(np.percentile(v, 95)), 1), "n": len(v)} for name, v in stages.items()
    }


def show(found: Mapping[str, Any], form: str) -> str:
    """ "104/116 = 0.897 [0.828, 0.940]", or a mean with its interval and n; how many could not be scored."""
    if found["value"] is None:
        return f"no case ({found['not_scored']} not applicable or not scorable)"
    digits = 1 if form == "per100" else 3
    interval = f"[{found['low']:.{digits}f}, {found['high']:.{digits}f}]"
    count = f"{found['right']}/{found['n']} = " if "right" in found else ""
    of = "" if "right" in found else f", n = {found['n']}"
    per = " per 100" if form == "per100" else ""
    return f"{count}{found['value']:.{digits}f}{per} {interval}{of}"


def page(title: str, measures: Sequence[Measure], misses: bool = False) -> str:
    """The scores as plain text, a line a scorer, and on request every case that lost something."""
    out = [title]
    for m in measures:
        found = m.summary()
        more = f"  macro {found['macro']:.3f}, worst {found['worst'] or 'other'} {found['worst_value']:.3f}" if "macro" in found else ""
        skipped = f"  ({found['not_scored']} not applicable or not scorable)" if found["not_scored"] and found["n"] else ""
        failed = f"  ({found['failed']} failed)" if found["failed"] else ""
        out.append(f"{m.set:12s} {m.scorer.name:20s} {show(found, m.scorer.form)}{more}{skipped}{failed}")
        if misses:
            out += [f"  - {key} {value:.2f}: {why}" for key, value, why in m.misses()]
    return "\n".join(out)
