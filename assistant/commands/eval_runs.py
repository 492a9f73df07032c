"""`lumbar eval run, score, compare, report`: input, output and exit codes. Cases, solvers and scorers are in `evals/`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.commands import lines
from assistant.commands.base import OK, SOME_FAILED, UserError, say

if TYPE_CHECKING:
    from evals.report import Scored

MODEL_LIMIT = 60
"""Cases of a run with a model, where no other limit is given."""


def run(
    sets: str, solver: str, out: str, half: str | None, slice: int | None, limit: int | None, seed: int, model: str | None, twice: bool
) -> int:
    from assistant.settings import get_settings
    from evals import cases, runs
    from evals.solvers import open_solver

    settings = get_settings(model=model)
    found = cases.load([name.strip() for name in sets.split(",") if name.strip()], half, slice)
    limit = limit or (MODEL_LIMIT if settings.model else None)
    chosen = cases.sample(found, limit, seed)
    files = sorted(name for name in sets.split(",") if name.endswith(".jsonl"))
    options = {"half": half, "slice": slice, "limit": limit, "seed": seed, "twice": twice, "set_files": files}
    manifest = runs.manifest_of(found, solver, settings, **options)
    failed = runs.run(chosen, lambda: open_solver(solver, settings), Path(out), manifest, twice)
    say(f"lumbar: {len(chosen)} cases in {out}" + (f", {failed} failed; run again to retry them" if failed else ""))
    return SOME_FAILED if failed else OK


def _scored(path: str, known: Any = None) -> Scored:
    """A run with all its scores; its cases are looked up in the sets that its manifest or its records name."""
    from corpus.load import load_corpus
    from evals import cases, runs
    from evals.replies import Known
    from evals.report import Scored
    from evals.scores import measure

    place = Path(path)
    records = runs.read_run(place)
    if not records:
        raise UserError(f"{path} holds no case", "run `lumbar eval run` first")
    manifest = runs.read_manifest(place) or {}
    files = {Path(file).stem: file for file in manifest.get("set_files", [])}
    loaded = cases.load([files.get(name, name) for name in sorted({r["set"] for r in records})])
    for one in loaded:
        if manifest.get("sets", {}).get(one.name, one.sha256) != one.sha256:
            say(f"lumbar: the set {one.name} has changed since {place.name} was made; what is scored is today's")
    found = {case.key: case for one in loaded for case in one.cases}
    lost = sum(record["key"] not in found for record in records)
    if lost:
        say(f"lumbar: {lost} cases of {place.name} are in no set any more: left out")
    return Scored(place, manifest, measure(records, found, known or Known(load_corpus())), runs.read_timings(place))


def score(files: list[str], json: bool, misses: bool, floors: str | None = None) -> int:
    from evals.floors import below
    from evals.scores import latency, page

    fallen = []
    for path in files:
        scored = _scored(path)
        fallen += below(scored.measures, Path(floors)) if floors else []
        if json:
            rows = [m.summary() for m in scored.measures]
            if misses:
                for row, m in zip(rows, scored.measures, strict=True):
                    row["misses"] = [[key, round(value, 6), why] for key, value, why in m.misses()]
            lines.write({"run": path, "solver": scored.name, "scores": rows, "latency": latency(scored.timings)})
        else:
            sys.stdout.write(page(f"{path}: {scored.name}", scored.measures, misses) + "\n")
    for sentence in fallen:
        say(f"lumbar: {sentence}")
    return SOME_FAILED if fallen else OK


def compare(before: str, after: str, json: bool, tolerance: float) -> int:
    from evals.compare import differences

    rows = differences(_scored(before).measures, _scored(after).measures, tolerance)
    if not rows:
        raise UserError("the two runs share no case that both have scored", "compare runs of the same sets")
    if json:
        for row in rows:
            lines.write(row)
    else:
        for row in rows:
            mark = "  WORSE" if row["worse"] else ""
            interval = f"{row['difference']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]"
            sys.stdout.write(f"{row['set']:12s} {row['scorer']:20s} {row['before']:.3f} -> {row['after']:.3f}  {interval}, n = {row['n']}{mark}\n")
            for key, a, b, why in row["changed"][:10]:
                sys.stdout.write(f"  - {key} {a:.2f} -> {b:.2f}{': ' + why[:200] if why else ''}\n")
    return SOME_FAILED if any(row["worse"] for row in rows) else OK


def report(folder: str, out: str | None, cases: bool | None) -> int:
    from evals.report import scorecard

    place = Path(folder)
    if not place.is_dir():
        raise UserError(f"{folder} is not a folder", "name the folder that your runs lie in")
    paths = sorted(p for p in place.glob("*.jsonl") if not p.name.endswith(".timings.jsonl"))
    if not paths:
        raise UserError(f"{folder} holds no run", "run `lumbar eval run --out DIR/NAME.jsonl` first")
    from corpus.load import load_corpus
    from evals.replies import Known

    known = Known(load_corpus())
    scored = sorted((_scored(str(path), known) for path in paths), key=lambda s: (s.manifest.get("solver") != "assistant", s.path.name))
    target = Path(out) if out else place / "scorecard.md"
    target.write_text(scorecard(scored, cases), encoding="utf-8")
    say(f"lumbar: the scorecard of {len(scored)} runs is in {target}")
    return OK

