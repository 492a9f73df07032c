"""Questions and answers written in one line: "Fever? no Saddle numbness? yes", "'Weak legs?' NO 'Fever?' NO".

Says where a new sentence begins after an answer, so that each question stands beside its own; what an answer means is left to
`questions.py` and `answers.py`.
"""

from __future__ import annotations

ANSWER_WORDS = frozenset(
    "yes no y n yep yeah nope none nil nill neg negative pos positive normal ok okay fine good full intact denied denies absent present clear never".split()
)
"""Words that answer a question by themselves when they stand right after it."""
QUOTES = frozenset(["'", '"', ")", "-", "•", ":"])
_SHORT = 14
"""Tokens that a question in such a line may have."""


def answer_after(words: list[str], first: int, end: int) -> int | None:
    """The token of an answer that opens [first, end), behind closing quotes and marks; None when there is none."""
    at = first
    while at < end and words[at] in QUOTES:
        at += 1
    return at if at < end and words[at] in ANSWER_WORDS else None


def split_chains(words: list[str], bounds: list[int]) -> list[int]:
    """`bounds` with a further one after each answer that is followed, without a stop, by the next question."""
    if "?" not in words:
        return bounds
    ends = [*bounds[1:], len(words)]
    added: list[int] = []
    for number in range(1, len(bounds)):
        first, end = bounds[number], ends[number]
        if words[first - 1] != "?" or words[end - 1] != "?":
            continue
        at = answer_after(words, first, end)
        if at is None or at + 2 >= end or end - first > _SHORT + 3 or words[at + 1] in (",", "but"):
            continue
        if _closed(words, bounds, ends, number) or words[at + 1] in ("'", '"'):
            added.append(at + 1)
    return sorted({*bounds, *added}) if added else bounds


def _closed(words: list[str], bounds: list[int], ends: list[int], number: int) -> bool:
    """Whether the line of questions that holds sentence `number` ends in an answer of its own, or goes on with another one."""
    following = number + 1
    if following >= len(bounds):
        return False
    at = answer_after(words, bounds[following], ends[following])
    if at is not None:
        after = words[at + 1] if at + 1 < ends[following] else "."
        return after in (".", ",", ";", "\n", "!") or words[ends[following] - 1] == "?" or at + 1 == ends[following]
    return words[bounds[following]][0].isdecimal()
