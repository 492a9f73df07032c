"""Scores answers on the written set: `python -m evals.answers [--set NAME] [--half dev|test] [--misses]`.

Key points, statements that must not be said, outcome, citations and faithfulness, as `lumbar eval run --set answers` and `score` do, and the
words of an answer without marks and headings. `invariants` is what every reply must hold, for tests.
"""

from __future__ import annotations

import re
import statistics
import sys

from assistant.types import Reply
from evals import quick
from evals.scores import page

_MARK = re.compile(r"\[\d+\]|^#+ .*$|^- ", re.M)


def words(answer: str) -> int:
    """Words of an answer without marks and headings."""
    return len(_MARK.sub(" ", answer).split())


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


def main() -> None:
    """Prints the scores."""
    args = quick.options(__doc__, "answers").parse_args()
    records, measures = quick.score(args.set, args.half, "assistant")
    replies = [r["output"]["reply"] for r in records]
    lengths = [words(reply["answer"]) for reply in replies if reply["outcome"] == "answered"]
    broken = sum(bool(invariants(Reply.model_validate(reply))) for reply in replies)
    sys.stdout.write(page("", measures, args.misses) + "\n")
    sys.stdout.write(f"answers that break an invariant: {broken} of {len(replies)}\n")
    if lengths:
        sys.stdout.write(f"words of an answered reply: median {statistics.median(lengths):g}, largest {max(lengths)}\n")


if __name__ == "__main__":
    main()
