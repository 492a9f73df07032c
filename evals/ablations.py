"""The assistant with a part taken out, to see what the part is worth. Never used to answer anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from assistant.guardrails.ledger import screen_conversation
from assistant.pipeline import Assistant, Turn
from evals.errors import EvalError

PARTS = ("followup", "guardrails", "verification")


def without(assistant: Assistant, part: str) -> Assistant:
    """The same assistant without follow-up reading (the solver sends the last message alone), guardrails or verification."""
    if part not in PARTS:
        raise EvalError(f"there is no part {part!r} to leave out", f"parts: {', '.join(PARTS)}")
    if part == "guardrails":
        assistant.stages = _stages(assistant, {"screen": _blind, "guard": _skip})  # type: ignore[method-assign]
    if part == "verification":
        assistant.stages = _stages(assistant, {"verify": _skip})  # type: ignore[method-assign]
    return assistant


def _stages(assistant: Assistant, other: dict[str, Any]) -> Any:
    usual = assistant.stages()
    return lambda: [(name, detail, other.get(name, function)) for name, detail, function in usual]


def _skip(turn: Turn) -> Turn:
    return turn


def _blind(turn: Turn) -> Turn:
    """A screen that reads nothing, so that no flag is found."""
    return replace(turn, ledger=screen_conversation([{"role": "user", "content": "-"}]))
