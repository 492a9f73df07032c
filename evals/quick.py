"""Solves and scores a set in one go, without keeping a run: what `python -m evals.abstention` and its like do."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from assistant.settings import get_settings
from evals.cases import Case, load
from evals.replies import Known
from evals.runs import Record, solve
from evals.scores import Measure, measure
from evals.solvers import Solver, open_solver


def options(doc: str | None, default: str) -> argparse.ArgumentParser:
    """The options that all of them have."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0] if doc else None)
    parser.add_argument("--set", default=default, metavar="NAME", help="a set by name, or the path of one")
    parser.add_argument("--half", choices=("dev", "test"))
    parser.add_argument("--misses", action="store_true", help="print every case that lost something, and why")
    return parser


def solved(cases: Sequence[Case], solver: Solver) -> list[Record]:
    """A record a case. A failed case stops everything: there is no run to go on with."""
    records = []
    for case in cases:
        record = solve(solver, case, False)[0]
        if "error" in record["output"]:
            raise RuntimeError(f"{case.key}: {record['output']['error']}")
        records.append(record)
    return records


def score(name: str, half: str | None, solver: str) -> tuple[list[Record], list[Measure]]:
    """The records and measures of a set by a solver. Raises EvalError, and what opening the index raises."""
    from corpus.load import load_corpus

    cases = [case for one in load([name], half) for case in one.cases]
    records = solved(cases, open_solver(solver, get_settings()))
    return records, measure(records, {case.key: case for case in cases}, Known(load_corpus()))

