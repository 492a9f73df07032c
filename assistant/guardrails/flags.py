"""The red flags of an exchange, taken from the screen, as the pitfall checks need them.

The screen itself is `screen.py`. Assistant messages never raise or clear a flag; flags that an answer states for its patient only tell
that imaging is advised for a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.guardrails.case import Flags
from assistant.types import Finding, Where

_URGENT = frozenset({"now", "today"})
_NOTE = "note"


def read_flags(history: Sequence[dict[str, Any]], question: str, answer: str | None) -> Flags:
    """Flags of the user's messages and the question, each with the string that it stands in."""
    from assistant.guardrails.screen import screen_conversation, screen_text

    messages = [*history, {"role": "user", "content": question}]
    ledger = screen_conversation(messages)
    findings = tuple(_placed(f, len(history)) for f in ledger.findings)
    urgent = tuple(_placed(f, len(history)) for f in ledger.active_urgent())
    present = frozenset(f.category for f in findings if f.tier != _NOTE and f.state in (None, "present"))
    stated: frozenset[str] = frozenset()
    if answer and answer.strip():
        stated = frozenset(f.category for f in screen_text(answer, field="answer").findings if f.tier in _URGENT)
    return Flags(findings, urgent, present, stated)


def _placed(finding: Finding, last: int) -> Finding:
    """The finding with its string named as `check` names it: the question, or a turn of the history."""
    turn = finding.where.turn
    if turn is None or turn >= last:
        return finding.model_copy(update={"where": Where(field="question"), "stage": "question"})
    return finding.model_copy(update={"where": Where(field="history", turn=turn), "stage": "question"})
