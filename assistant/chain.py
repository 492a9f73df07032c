"""The turn as a LangChain Runnable: one RunnableLambda a stage, so that it drops into other people's chains.

`invoke` gives the Reply, `stream` the stages as they begin and then the Reply, `batch` comes with Runnable. Lumbar's own commands and page call
the same stages through `Assistant.stream`, which spares them LangChain's import.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from assistant.pipeline import Assistant, Stage, Turn
from assistant.types import Reply


class TurnRunnable(Runnable[Any, Any]):
    """One turn. Input: a `Turn`, or a list of messages `{"role", "content"}` ending with the user's."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.steps = [
            (name, detail, RunnableLambda(assistant.step(name, function), name=name))
            for name, detail, function in assistant.stages()
        ]
        self._finish = RunnableLambda(assistant.finish, name="reply")

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Reply:
        """The reply to a conversation."""
        *_, last = self.stream(input, config)
        assert isinstance(last, Reply)
        return last

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Stage | Reply]:
        """Each stage as it begins, then the reply."""
        turn: Turn = input if isinstance(input, Turn) else self._assistant.turn(input)
        for name, detail, step in self.steps:
            yield Stage(name, detail)
            turn = step.invoke(turn, config)
        yield Stage("reply", "Writing the reply")
        reply: Reply = self._finish.invoke(turn, config)
        yield reply


def turn_runnable(assistant: Assistant) -> TurnRunnable:
    """The Runnable of an assistant."""
    return TurnRunnable(assistant)
