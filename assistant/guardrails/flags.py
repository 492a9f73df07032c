"""The red flags of an exchange, taken from the screen, as the pitfall checks need them.

The screen itself is `screen.py` and `ledger.py`. Assistant messages never raise or clear a flag; flags that an answer states for its patient only tell
that imaging is advised for a reason.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Any

from assistant.guardrails.case import Flags
from assistant.guardrails.ledger import screen_conversation
from assistant.guardrails.screen import screen_text
from assistant.types import Finding, Where

_URGENT = frozenset({"now", "today"})
_NOTE = "note"
_SPINAL = frozenset(
    {
        "cauda_equina",
        "neurologic_deficit",
        "cord_compression",
        "malignancy",
        "infection",
        "fracture",
        "bleeding",
        "vascular",
    }
)
_RULED_OUT = re.compile(
    r"\b(?:rul(?:e|ing)|exclud(?:e|ing)|check|screen|look|miss(?:ing)?|watch|ask|return|case)\b[^.;]*$", re.IGNORECASE
)


def read_flags(
    history: Sequence[dict[str, Any]], question: str, answer: str | None, today: datetime.date | None = None
) -> Flags:
    """Flags of the user's messages and the question, each with the string that it stands in. `today` tells old from new; default the clock's."""
    messages = [*history, {"role": "user", "content": question}]
    ledger = screen_conversation(messages, today=today)
    findings = tuple(_placed(f, len(history)) for f in ledger.findings)
    urgent = tuple(_placed(f, len(history)) for f in ledger.active_urgent())
    present = frozenset(f.category for f in findings if f.tier != _NOTE and f.state in (None, "present"))
    stated: frozenset[str] = frozenset()
    if answer and answer.strip():
        stated = frozenset(f.category for f in screen_text(answer, field="answer", today=today).findings if _states(f, answer))
    return Flags(findings, urgent, present, stated, ledger.not_checked)


def _states(finding: Finding, answer: str) -> bool:
    """Whether an answer says that its patient has the flag: not in doubt, and not as a thing to rule out."""
    if finding.tier not in _URGENT or finding.assertion != "present" or finding.category not in _SPINAL:
        return False
    return _RULED_OUT.search(answer[max(0, (finding.start or 0) - 60) : finding.start]) is None


def _placed(finding: Finding, last: int) -> Finding:
    """The finding with its string named as `check` names it: the question, or a turn of the history."""
    turn = finding.where.turn
    if turn is None or turn >= last:
        return finding.model_copy(update={"where": Where(field="question"), "stage": "question"})
    return finding.model_copy(update={"where": Where(field="history", turn=turn), "stage": "question"})
