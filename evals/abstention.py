"""Scores what is declined, left unanswered and answered: `python -m evals.abstention [--set FILE] [--half dev|test] [--misses]`.

The set has questions with the outcome that a clinician should see: `declined` (out of scope), `no_evidence` (in scope, not in the corpus) or
`answered` (in scope and covered). Printed: a confusion table, the rate right a class with its 95 % Wilson interval, and on request the misses.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from assistant.pipeline import Assistant
from assistant.settings import get_settings
from evals.stats import rate

HERE = Path(__file__).resolve().parent
OUTCOMES = ("answered", "no_evidence", "declined", "escalated", "unavailable")


def run(assistant: Assistant, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each case with the outcome it got and whether citations were shown."""
    out = []
    for case in cases:
        messages = [{"role": "user", "content": t} for t in [*case.get("before", []), case["question"]]]
        reply = assistant.reply(messages)
        out.append({**case, "got": reply.outcome, "cited": len(reply.sources), "answer": reply.answer})
    return out


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--set", type=Path, default=HERE / "sets" / "abstention.jsonl")
    parser.add_argument("--half", choices=("dev", "test"))
    parser.add_argument("--misses", action="store_true")
    args = parser.parse_args()
    cases = [json.loads(x) for x in args.set.read_text("utf-8").splitlines() if x.strip()]
    cases = [c for c in cases if not args.half or c["half"] == args.half]
    results = run(Assistant.open(get_settings()), cases)
    table = Counter((r["outcome"], r["got"]) for r in results)
    write = sys.stdout.write
    for wanted in [o for o in OUTCOMES if any(r["outcome"] == o for r in results)]:
        n = sum(v for (w, _), v in table.items() if w == wanted)
        right = table[(wanted, wanted)]
        others = ", ".join(
            f"{got} {table[(wanted, got)]}" for got in OUTCOMES if got != wanted and table[(wanted, got)]
        )
        write(f"{wanted:12s} {rate(right, n)}{'  else: ' + others if others else ''}\n")
    cited = sum(1 for r in results if r["got"] in {"declined", "no_evidence"} and r["cited"])
    write(f"declined or no_evidence with citations: {cited}\n")
    if args.misses:
        for r in results:
            if r["got"] != r["outcome"]:
                write(f"- wanted {r['outcome']}, got {r['got']}: {r['question']}\n")


if __name__ == "__main__":
    main()
