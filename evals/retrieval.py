"""Scores retrieval over the built-in corpus: `python -m evals.retrieval [--set FILE] [--half dev|test] [--misses] [--json]`.

Each question has graded passages (2: answers it, 1: bears on it). Printed for hybrid, dense and lexical search: hit@5 and MRR@10 over passages
that answer, recall@10 and nDCG@10 over all graded ones, each with its 95 % bootstrap interval, and the paired difference of hybrid to either.
What is superseded or withdrawn takes part only where the question asks for the past, as in an answer.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from assistant.pipeline import Assistant
from assistant.settings import get_settings
from evals.ranking import hit_at, mean_interval, ndcg_at, paired_interval, recall_at, reciprocal_rank

HERE = Path(__file__).resolve().parent
Mode = Literal["hybrid", "dense", "lexical"]
MODES: tuple[Mode, ...] = ("hybrid", "dense", "lexical")
DEPTH = 20


def scores(ranked: list[str], grades: dict[str, int]) -> dict[str, float]:
    """The measures of one question."""
    return {
        "hit@5": hit_at(ranked, grades, 5, grade=2),
        "mrr@10": reciprocal_rank(ranked, grades, 10, grade=2),
        "recall@10": recall_at(ranked, grades, 10),
        "ndcg@10": ndcg_at(ranked, grades, 10),
    }


def run(assistant: Assistant, cases: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each case with `got`: mode -> {"ranked", measures}."""
    out = []
    for case in cases:
        got = {}
        for mode in MODES:
            ranked = [hit.passage.id for hit in assistant.search(case["query"], DEPTH, mode)]
            got[mode] = {"ranked": ranked, **scores(ranked, case["relevant"])}
        out.append({**case, "got": got})
    return out


def summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Means with intervals a mode, and hybrid's paired differences."""
    columns: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        for mode in MODES:
            for name, value in result["got"][mode].items():
                if name != "ranked":
                    columns[mode][name].append(value)
    table: dict[str, Any] = {mode: {n: mean_interval(v) for n, v in columns[mode].items()} for mode in MODES}
    for other in MODES[1:]:
        table[f"hybrid - {other}"] = {n: paired_interval(v, columns[other][n]) for n, v in columns["hybrid"].items()}
    return table


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--set", type=Path, default=HERE / "sets" / "retrieval.jsonl")
    parser.add_argument("--half", choices=("dev", "test"))
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    cases = [json.loads(x) for x in args.set.read_text("utf-8").splitlines() if x.strip()]
    cases = [c for c in cases if not args.half or c["half"] == args.half]
    results = run(Assistant.open(get_settings()), cases)
    table = summary(results)
    write = sys.stdout.write
    if args.json:
        write(json.dumps({"questions": len(results), **table}) + "\n")
        return
    write(f"{len(results)} questions\n")
    for mode, measures in table.items():
        cells = (f"{n} {m:+.3f} [{low:+.3f}, {high:+.3f}]" if " - " in mode else f"{n} {m:.3f} [{low:.3f}, {high:.3f}]" for n, (m, low, high) in measures.items())
        write(f"{mode:17s} {'   '.join(cells)}\n")
    if args.misses:
        for r in results:
            if r["got"]["hybrid"]["mrr@10"] < 1:
                write(f"- {r['got']['hybrid']['mrr@10']:.2f} {r['kind']}: {r['query']}\n    first: {r['got']['hybrid']['ranked'][:5]}\n    wanted: {[i for i, g in r['relevant'].items() if g == 2]}\n")


if __name__ == "__main__":
    main()
