"""The scorecard of a folder of runs, as Markdown: scores with intervals a run, what falls short, latency, and how each was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.cases import kind_of
from evals.scorers import SCORERS
from evals.scores import DETERMINISM, Measure, latency, show

WORST = 10
"""Cases shown of each set, of the first run."""
ORDER = ("assistant", "hybrid", "dense", "lexical", "rag")
"""Solvers that come first, in this order; ablations and others follow by name."""
TARGETS: tuple[tuple[str, str, str, float], ...] = (
    ("abstention", "outcome", "value", 0.97),
    ("abstention", "outcome", "worst_value", 0.90),
    ("answers", "outcome", "value", 0.97),
    ("answers", "citation_validity", "value", 1.0),
    ("answers", "citation_coverage", "value", 1.0),
    ("answers", "must_not_say", "value", 1.0),
    ("answers", "key_points", "value", 0.92),
    ("mutated", "mutation_caught", "value", 0.98),
    ("mutated", "harmless_kept", "value", 0.97),
    ("pitfalls", "pitfall_sensitivity", "value", 0.96),
    ("pitfalls", "pitfall_specificity", "value", 0.96),
    ("redflags", "redflag_sensitivity", "value", 0.98),
    ("redflags", "redflag_specificity", "value", 0.96),
    ("redflags", "tier_accuracy", "value", 0.95),
    ("redflags", "false_alarms", "value", 2.0),
    ("retrieval", "hit@5", "value", 0.97),
    ("retrieval", "mrr@10", "value", 0.85),
)
"""Kind of set, scorer, which figure of it, and what that is to reach (at most, where lower is better)."""
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


def scorecard(runs: Sequence[Scored], cases: bool | None = None) -> str:
    """The page. Worst cases are shown of first slices only; `cases` shows those of every set, or (false) none: nobody is to read
    the cases of a held-back slice by accident.
    """
    out = ["# Scorecard", ""]
    out.append("Made by `lumbar eval report`. A rate carries its 95 % Wilson interval, a mean its 95 % bootstrap interval over the cases; n/s counts")
    out.append("cases that a score does not apply to or that could not be scored (they are never counted as 0).")
    runs = sorted(runs, key=_order)
    out += _targets(runs[0])
    for name in sorted({m.set for run in runs for m in run.measures}):
        having = [run for run in runs if any(m.set == name and m.scored for m in run.measures)]
        if having:
            out += ["", f"## {name}", "", *_seen(name), *_table(having, name)]
            out += _groups(having, name)
    out += _latency(runs)
    if cases is not False:
        out += _worst(runs[0], [n for n in sorted({m.set for m in runs[0].measures}) if cases or kind_of(n) == n])
    return "\n".join([*out, *_made(runs)]) + "\n"


def _seen(name: str) -> list[str]:
    if kind_of(name) != name:
        return ["A further slice: see `evals/sets/` for when it was opened.", ""]
    if name == "mutated":
        return ["Made by machine from the corpus, of the kinds that the verifier was built against: guards against loss.", ""]
    return ["Opened before, and its misses used for repairs: guards against loss, and is no estimate for new cases.", ""]


def _order(run: Scored) -> tuple[int, str]:
    solver = str(run.manifest.get("solver", ""))
    return (ORDER.index(solver) if solver in ORDER else len(ORDER), run.path.name)


def _targets(run: Scored) -> list[str]:
    """Each target with the figure of the first run; one that is missed stands in bold."""
    rows = []
    for m, field, target in [(m, f, t) for m in run.measures for kind, name, f, t in TARGETS if (kind_of(m.set), m.scorer.name) == (kind, name)]:
        found = m.summary()
        if found["value"] is None:
            continue
        got = float(found.get(field, found["value"]))
        met = got <= target if m.scorer.lower_is_better else got >= target
        name = f"{m.set}: {m.scorer.name}{', worst class' if field == 'worst_value' else ''}"
        shown = show(found, m.scorer.form) if field == "value" else f"{found['worst']} {got:.3f}"
        sign = "at most" if m.scorer.lower_is_better else "at least"
        rows.append(f"| {name} | {shown} | {sign} {target:g} | {'met' if met else '**missed**'} |")
    head = ["", f"## Targets: {run.name}", "", "| score | figure | target | |", "|---|---|---|---|"]
    return [*head, *rows] if rows else []


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
                form = measure.scorer.form if measure else ""
                cells = ", ".join(f"{n or 'other'} {g['value']:.2f} ({g['n']})" if form == "mean" else f"{n or 'other'} {g['right']:g}/{g['n']}" for n, g in groups.items())
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


def _worst(run: Scored, names: Sequence[str]) -> list[str]:
    out = ["", f"## Where {run.name} falls short", "", f"The {WORST} worst cases of each set: every score below full marks, and why."]
    for name in names:
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
            f"- {run.name}: sets {sets}; {part}; commit {str(m.get('commit') or 'unknown')[:12]}, corpus {str(m.get('corpus'))[:12]}, rules {str(m.get('rules'))[:12]}, "
            f"date assumed {m.get('today')}, {m.get('machine', {}).get('cores')} cores"
        )
    return out
