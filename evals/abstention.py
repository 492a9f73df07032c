"""Scores what is declined, left unanswered and answered: `python -m evals.abstention [--set NAME] [--half dev|test] [--misses]`.

The set has questions with the outcome that a clinician should see: `declined` (out of scope), `no_evidence` (in scope, not in the corpus) or
`answered` (in scope and covered). The same as `lumbar eval run --set abstention` and `score`, without keeping a run.
"""

from __future__ import annotations

import sys
from collections import Counter

from evals import quick
from evals.scores import page


def main() -> None:
    """Prints the rate right a class, what the others became, and the scores."""
    args = quick.options(__doc__, "abstention").parse_args()
    records, measures = quick.score(args.set, args.half, "assistant")
    wanted = {key: scores[0].group for key, scores in measures[0].rows.items()}
    table = Counter((wanted[r["key"]], r["output"]["reply"]["outcome"]) for r in records)
    for (want, got), number in sorted(table.items()):
        sys.stdout.write(f"{want:12s} -> {got:12s} {number}\n")
    sys.stdout.write(page("", measures, args.misses) + "\n")


if __name__ == "__main__":
    main()
