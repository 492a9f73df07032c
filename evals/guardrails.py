"""Scores the guardrails on the written sets: `python -m evals.guardrails [redflags|pitfalls] [--half dev|test] [--misses]`.

Red flags: sensitivity by category over texts that have it; specificity over near misses and over harmless notes (a text counts as wrong when any
category is raised that the writer did not label); tier right among positives found. Pitfalls: sensitivity over required categories,
specificity over forbidden ones. Every rate has its 95 % Wilson interval. Neither index nor model is needed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from assistant.guardrails.check import check_text
from assistant.guardrails.screen import screen_text
from evals.stats import rate

HERE = Path(__file__).resolve().parent
TIERS = ("now", "today", "two_weeks", "note", None)
EMERGENCY = {"cauda_equina", "neurologic_deficit", "cord_compression", "infection", "vascular", "bleeding"}


def cases(name: str, half: str | None) -> list[dict[str, Any]]:
    """The cases of a set, of one half or both."""
    rows = [json.loads(x) for x in (HERE / "sets" / f"{name}.jsonl").read_text("utf-8").splitlines() if x.strip()]
    return [r for r in rows if half is None or r["half"] == half]


def redflags(half: str | None, misses: bool) -> list[str]:
    """The lines of the red-flag report."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    clean: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    tier = [0, 0]
    emergency = [0, 0]
    interrupting = [0, 0]
    wrong: list[str] = []
    for case in cases("redflags", half):
        result = screen_text(case["text"])
        present = set(result.present)
        wanted = set(case["present"])
        for category in wanted:
            hit = category in present
            found[category][0] += hit
            found[category][1] += 1
            if category in EMERGENCY:
                emergency[0] += not hit
                emergency[1] += 1
        extra = present - wanted - ({"neurologic_deficit"} if "cord_compression" in wanted else set())
        highest = min((TIERS.index(f.tier) for f in result.findings), default=len(TIERS) - 1)
        if case["kind"] != "positive" and not wanted:
            clean[case["kind"]][0] += not extra
            clean[case["kind"]][1] += 1
        if case["kind"] == "harmless":
            interrupting[0] += highest <= 1
            interrupting[1] += 1
        if wanted and wanted <= present:
            allowed = {case["tier"], *case.get("tier_ok", [])}
            tier[0] += TIERS[highest] in allowed
            tier[1] += 1
        if wanted - present or (extra and case["kind"] != "positive"):
            wrong.append(
                f"- {case['id']} {case['kind']}: missed {sorted(wanted - present)}, extra {sorted(extra)}: {case['text'][:220]!r}"
            )
        elif wanted and TIERS[highest] not in {case["tier"], *case.get("tier_ok", [])}:
            wrong.append(f"- {case['id']} tier {TIERS[highest]}, wanted {case['tier']}: {case['text'][:160]!r}")
    hits, total = (sum(v[i] for v in found.values()) for i in (0, 1))
    out = [f"red flags, sensitivity, all categories: {rate(hits, total)}"]
    out += [f"  {c}: {rate(*v)}" for c, v in sorted(found.items())]
    out.append(f"emergency categories missed: {emergency[0]} of {emergency[1]}")
    out += [f"specificity on {k} texts: {rate(*v)}" for k, v in sorted(clean.items())]
    out.append(f"interrupting alarms (now or today) on harmless notes: {interrupting[0]} of {interrupting[1]}")
    out.append(f"tier right, where found: {rate(*tier)}")
    return out + (wrong if misses else [])


def pitfalls(half: str | None, misses: bool) -> list[str]:
    """The lines of the pitfall report."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    quiet: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    wrong: list[str] = []
    for case in cases("pitfalls", half):
        raised = {f.category for f in check_text(case["question"], case["answer"]) if f.kind != "red_flag"}
        for category in case["must"]:
            found[category][0] += category in raised
            found[category][1] += 1
        for category in case["must_not"]:
            quiet[category][0] += category not in raised
            quiet[category][1] += 1
        bad = set(case["must"]) - raised, set(case["must_not"]) & raised
        if any(bad):
            wrong.append(
                f"- {case['id']}: missed {sorted(bad[0])}, raised in vain {sorted(bad[1])}: {case['question'][:90]!r} -> {case['answer'][:200]!r}"
            )
    out = []
    for name, table in (("sensitivity", found), ("specificity", quiet)):
        right, n = (sum(v[i] for v in table.values()) for i in (0, 1))
        out.append(f"pitfalls, {name}, all categories: {rate(right, n)}")
        out += [f"  {c}: {rate(*v)}" for c, v in sorted(table.items())]
    return out + (wrong if misses else [])


def main() -> None:
    """Prints the reports."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("which", nargs="?", choices=("redflags", "pitfalls"))
    parser.add_argument("--half", choices=("dev", "test"))
    parser.add_argument("--misses", action="store_true")
    args = parser.parse_args()
    for name, report in (("redflags", redflags), ("pitfalls", pitfalls)):
        if args.which in {None, name}:
            sys.stdout.write("\n".join(report(args.half, args.misses)) + "\n")


if __name__ == "__main__":
    main()
