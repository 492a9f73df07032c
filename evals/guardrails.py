"""Scores the guardrails on the written sets: `python -m evals.guardrails [redflags|pitfalls] [--half dev|test] [--misses]`.

Red flags: sensitivity by category over texts that have it; specificity over near misses and over harmless notes; tier, under- and over-triage
among positives found; false alarms. Pitfalls: sensitivity over required categories, specificity over forbidden ones. The same as
`lumbar eval run --solver checks --set redflags,pitfalls` and `score`, without keeping a run. Neither index nor model is needed.
"""

from __future__ import annotations

import argparse
import sys

from evals import quick
from evals.scores import page


def main() -> None:
    """Prints the scores, with each category's count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("which", nargs="?", choices=("redflags", "pitfalls"))
    parser.add_argument("--half", choices=("dev", "test"))
    parser.add_argument("--misses", action="store_true")
    args = parser.parse_args()
    for name in ("redflags", "pitfalls"):
        if args.which not in {None, name}:
            continue
        _, measures = quick.score(name, args.half, "checks")
        sys.stdout.write(page(name, measures, args.misses) + "\n")
        for m in measures:
            for group, found in m.summary().get("groups", {}).items():
                sys.stdout.write(f"  {m.scorer.name}, {group}: {found['right']:g}/{found['n']}\n")


if __name__ == "__main__":
    main()
