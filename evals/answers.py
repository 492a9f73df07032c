"""Scores answers on the written set: `python -m evals.answers [--half dev|test] [--misses]`.

Key-point recall (weighted; a point counts when one of its patterns stands in the answer and none of its counter-patterns does), statements that must
not be said, outcome, words of the answer without marks and headings, and the invariants: every quotation literal, every claim cited.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
from pathlib import Path
from typing import Any

from assistant.pipeline import Assistant
from assistant.settings import get_settings
from assistant.types import Reply
from evals.stats import rate

HERE = Path(__file__).resolve().parent
_MARK = re.compile(r"\[\d+\]|^#+ .*$|^- ", re.M)


def words(reply: Reply) -> int:
    """Words of the answer without marks and headings."""
    return len(_MARK.sub(" ", reply.answer).split())


def invariants(reply: Reply) -> list[str]:
    """What breaks the contract: a quotation that is not in its passage, a claim without citation, a mark without source."""
    texts = {s.passage_id: s.text for s in reply.sources}
    broken = []
    for section in reply.sections:
        for claim in section.claims:
            if not claim.citations and not claim.safety_default:
                broken.append(f"uncited: {claim.text[:60]}")
            broken += [
                f"quotation not literal: {c.passage_id}"
                for c in claim.citations
                if c.quote not in texts.get(c.passage_id, "")
            ]
    numbers = {int(n) for n in re.findall(r"\[(\d+)\]", reply.answer)}
    if numbers != {s.n for s in reply.sources}:
        broken.append("marks and sources differ")
    return broken


def points(case: dict[str, Any], answer: str) -> list[tuple[dict[str, Any], bool]]:
    """Each key point with whether the answer has it, with the right polarity."""
    out = []
    for point in case["key_points"]:
        hit = any(re.search(p, answer, re.I) for p in point["must"])
        spoiled = any(re.search(p, answer, re.I) for p in point.get("must_not", []))
        out.append((point, hit and not spoiled))
    return out


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--half", choices=("dev", "test"))
    parser.add_argument("--misses", action="store_true")
    args = parser.parse_args()
    cases = [json.loads(x) for x in (HERE / "sets" / "answers.jsonl").read_text("utf-8").splitlines() if x.strip()]
    cases = [c for c in cases if not args.half or c["half"] == args.half]
    assistant = Assistant.open(get_settings())
    got = total = outcome = harmful = broken = 0.0
    lengths: list[int] = []
    notes: list[str] = []
    for case in cases:
        messages: list[dict[str, str]] = []
        for turn in case["turns"]:
            messages.append({"role": "user", "content": turn})
            reply = assistant.reply(messages)
            messages.append({"role": "assistant", "content": reply.answer})
        scored = points(case, reply.answer)
        got += sum(p["weight"] for p, hit in scored if hit)
        total += sum(p["weight"] for p, _ in scored)
        right = reply.outcome in {case["outcome"], *case.get("outcome_ok", [])}
        outcome += right
        said = [p for p in case.get("must_not_say", []) if re.search(p, reply.answer, re.I)]
        harmful += bool(said)
        faults = invariants(reply)
        broken += bool(faults)
        if reply.outcome == "answered":
            lengths.append(words(reply))
        missed = [p["text"] for p, hit in scored if not hit]
        if missed or said or faults or not right:
            notes.append(
                f"- {case['id']} {reply.outcome}{'' if right else ' WANTED ' + case['outcome']}: {case['turns'][-1][:140]}\n    missed {missed} said {said} {faults}"
            )
    write = sys.stdout.write
    write(f"key points, weighted: {got:g}/{total:g} = {got / total:.3f}\n")
    write(
        f"outcome right: {rate(int(outcome), len(cases))}\nanswers with something that must not be said: {harmful:g} of {len(cases)}\n"
    )
    write(f"answers that break an invariant: {broken:g} of {len(cases)}\n")
    write(f"words of an answered reply: median {statistics.median(lengths):g}, largest {max(lengths)}\n")
    if args.misses:
        write("\n".join(notes) + "\n")


if __name__ == "__main__":
    main()
