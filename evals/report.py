"""The scorecard of a folder of runs, as Markdown: scores with intervals a run, what falls short, latency, and how each was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.scorers import SCORERS
from evals.scores import DETERMINISM, Measure, latency, show

WORST = 10
"""Cases shown of each set, of the first run."""
_WHAT = {one.name: one.what for one in [*SCORERS, DETERMINISM]}


@dataclass(frozen=True)
class Scored:
    """A run with its measures, manifest and timings."""

    path: Path
    manifest: Mapping[str, Any]
    measures: Sequence[Measure]
    timings: Mapping[str, Mapping[str, float]]

    @property
    def name(self) -> str:
        """Solver, with its model and half where it has one."""
        parts = [str(self.manifest.get("solver", self.path.stem))]
        if self.manifest.get("model"):
            parts.append(str(self.manifest["model"]))
        return " with ".join(parts)


def scorecard(runs: Sequence[Scored], cases: bool = True) -> str:
    """The page; `cases` off leaves out every case (for held-back sets, whose cases nobody is to read)."""
    out = ["# Scorecard", ""]
    out.append("Made by `lumbar eval report`. A rate carries its 95 % Wilson interval, a mean its 95 % bootstrap interval over the cases; n/s counts")
    out.append("cases that a score does not apply to or that could not be scored (they are never counted as 0).")
    for name in sorted({m.set for run in runs for m in run.measures}):
        out += ["", f"## {name}", "", *_table(runs, name)]
        out += _groups(runs, name)
    out += _latency(runs)
    if cases:
        out += _worst(runs[0])
    return "\n".join([*out, *_made(runs)]) + "\n"


def _measure(run: Scored, name: str, scorer: str) -> Measure | None:
    return next((m for m in run.measures if m.set == name and m.scorer.name == scorer), None)


def _table(runs: Sequence[Scored], name: str) -> list[str]:
    scorers = [one.name for one in [*SCORERS, DETERMINISM] if any(_measure(run, name, one.name) for run in runs)]
    rows = ["| score | " + " | ".join(run.name for run in runs) + " |", "|---|" + "---|" * len(runs)]
    for scorer in scorers:
        cells = []
        for run in runs:
            measure = _measure(run, name, scorer)
            found = measure.summary() if measure else None
            if found is None or measure is None or found["value"] is None:
                cells.append("n/a")
            else:
                more = f"; worst {found['worst'] or 'other'} {found['worst_value']:.2f}, macro {found['macro']:.3f}" if "worst" in found and measure.scorer.form != "per100" else ""
                cells.append(f"{show(found, measure.scorer.form)}{more} ({found['not_scored']} n/s)")
        rows.append(f"| {scorer}: {_WHAT[scorer]} | " + " | ".join(cells) + " |")
    return rows


def _groups(runs: Sequence[Scored], name: str) -> list[str]:
    """Rates by class or category, of the first run that has them."""
    out = []
    for scorer in (one.name for one in SCORERS):
        for run in runs:
            measure = _measure(run, name, scorer)
            groups = measure.summary().get("groups") if measure else None
            if groups and len(groups) <= 15:
                cells = ", ".join(f"{group or 'other'} {g['right']:g}/{g['n']}" for group, g in groups.items())
                out.append(f"- {scorer} by class ({run.name}): {cells}")
                break
    return ["", *out] if out else []


def _latency(runs: Sequence[Scored]) -> list[str]:
    out = []
    for run in runs:
        found = latency({k: v for k, v in run.timings.items() if "read" in v})
        cells = ", ".join(f"{stage} {v['median']:.0f}/{v['p95']:.0f}" for stage, v in found.items())
        if cells:
            out.append(f"- {run.name}: {cells}")
    return ["", "## Latency of a reply, median/95th percentile in ms", "", *out] if out else []


def _worst(run: Scored) -> list[str]:
    out = ["", f"## Where {run.name} falls short", "", f"The {WORST} worst cases of each set: every score below full marks, and why."]
    for name in sorted({m.set for m in run.measures}):
        lost: dict[str, list[tuple[float, str]]] = {}
        for measure in [m for m in run.measures if m.set == name]:
            for key, value, why in measure.misses():
                loss = value if measure.scorer.lower_is_better else 1 - value
                lost.setdefault(key, []).append((loss, f"{measure.scorer.name} {value:.2f}: {_plain(why)}"))
        order = sorted(lost, key=lambda key: (-sum(loss for loss, _ in lost[key]), key))[:WORST]
        if order:
            out += ["", f"### {name}", ""]
            out += [f"- `{key}`: " + "; ".join(text for _, text in lost[key]) for key in order]
    return out


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")[:400]


def _made(runs: Sequence[Scored]) -> list[str]:
    versions = ", ".join(f"{one.name} {one.version}" for one in SCORERS)
    out = ["", "## How it was made", "", f"Scorer versions: {versions}.", ""]
    for run in runs:
        m = run.manifest
        sets = ", ".join(f"{name} ({digest[:12]})" for name, digest in sorted(m.get("sets", {}).items()))
        part = f"half {m.get('half') or 'both'}, slice {m.get('slice') or 'any'}, limit {m.get('limit') or 'none'}, seed {m.get('seed')}"
        out.append(
            f"- {run.name}: sets {sets}; {part}; commit {str(m.get('commit'))[:12]}, corpus {str(m.get('corpus'))[:12]}, rules {str(m.get('rules'))[:12]}, "
            f"date assumed {m.get('today')}, {m.get('machine', {}).get('cores')} cores"
        )
    return out
