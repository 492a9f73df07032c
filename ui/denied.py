"""Which red flags the text denies, each with the words that do: what the ledger shows and the only negatives a note may list."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

REACH = 80
"""Characters between a mention and its cue ("denies ... fever") that are still quoted as one span."""


@dataclass(frozen=True)
class Denied:
    """One denied item. `words` is a literal part of message `turn`: "no leg weakness", "bladder normal"."""

    category: str
    label: str
    words: str
    turn: int


def denied_flags(messages: Sequence[dict[str, str]], today: datetime.date | None = None) -> tuple[Denied, ...]:
    """The denials of the current case, in the order of the text. Reads what the screen explains and judges nothing itself."""
    from assistant.guardrails.ledger import screen_conversation

    found = []
    for item in screen_conversation(messages, today=today).explain:
        if item.assertion == "absent" and item.turn is not None:
            words = span(messages[item.turn]["content"], item.start, item.end, item.cue)
            found += [Denied(category, item.label, words, item.turn) for category in item.categories]
    return tuple(dict.fromkeys(found))


def span(text: str, start: int, end: int, cue: str | None) -> str:
    """The mention `text[start:end]` with its cue where that stands near in the same sentence, else the mention alone."""
    if cue:
        pattern = re.compile(rf"(?<!\w){re.escape(cue)}(?!\w)", re.IGNORECASE)
        before = [m for m in pattern.finditer(text, max(0, start - REACH), start) if not _ends(text[m.end() : start])]
        after = next((m for m in pattern.finditer(text, end, end + REACH) if not _ends(text[end : m.start()])), None)
        if before:
            start = before[-1].start()
        elif after:
            end = after.end()
    return text[start:end]


def _ends(between: str) -> bool:
    return bool(re.search(r"[.!?;\n]", between))
