"""Scores retrieval over the built-in corpus: `python -m evals.retrieval [--set NAME] [--half dev|test] [--misses] [--json]`.

Each question has graded passages (2: answers it, 1: bears on it). Printed for hybrid, dense and lexical search: hit@5 and MRR@10 over passages
that answer, recall@10 and nDCG@10 over all graded ones, each with its interval, and the paired difference of hybrid to either. What is
superseded or withdrawn takes part only where the question asks for the past, as in an answer. For foreign collections: `lumbar eval retrieval`.
"""

from __future__ import annotations

import json
import sys
from typing import Literal

from assistant.settings import get_settings
from corpus.load import load_corpus
from evals import quick
from evals.cases import load
from evals.compare import differences
from evals.replies import Known
from evals.scores import Measure, measure, page
from evals.solvers import RetrievalSolver, opened

MODES: tuple[Literal["hybrid", "dense", "lexical"], ...] = ("hybrid", "dense", "lexical")


def main() -> None:
    """Prints the tables."""
    parser = quick.options(__doc__, "retrieval")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    cases = [case for one in load([args.set], args.half) for case in one.cases]
    assistant, known = opened(get_settings()), Known(load_corpus())
    found: dict[str, list[Measure]] = {}
    for mode in MODES:
        records = quick.solved(cases, RetrievalSolver(assistant, mode))
        found[mode] = measure(records, {case.key: case for case in cases}, known)
    paired = {f"hybrid - {mode}": differences(found[mode], found["hybrid"]) for mode in MODES[1:]}
    if args.json:
        rows = {mode: [m.summary() for m in measures] for mode, measures in found.items()}
        less = {name: [{k: v for k, v in row.items() if k != "changed"} for row in table] for name, table in paired.items()}
        sys.stdout.write(json.dumps({"questions": len(cases), **rows, **less}) + "\n")
        return
    for name, measures in found.items():
        sys.stdout.write(page(name, measures, args.misses and name == "hybrid") + "\n")
    for name, table in paired.items():
        cells = "   ".join(f"{row['scorer']} {row['difference']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]" for row in table)
        sys.stdout.write(f"{name}: {cells}\n")


if __name__ == "__main__":
    main()
