"""What one browser tab knows: its turns. Immutable, in memory only; Gradio forgets it when the tab is closed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from assistant.types import Reply
from ui.denied import Denied

State = Literal["running", "done", "stopped", "failed"]
MAX_QUESTION = 10_000
MAX_TURNS = 40
MAX_CHARS = 90_000
"""The pipeline reads 100,000 characters; dropping the oldest turns instead would drop the red flags in them."""


@dataclass(frozen=True)
class Turn:
    """One question and what became of it. `stages` are (name, detail) as the pipeline reported them."""

    question: str
    stages: tuple[tuple[str, str], ...] = ()
    reply: Reply | None = None
    state: State = "running"
    cause: str = ""
    """For a failed turn: the kind of error, never its text."""
    denied: tuple[Denied, ...] = ()
    """Red flags that the conversation denies, with the words that do."""
    chat_html: str = ""
    evidence_html: str = ""
    """What a finished turn looks like, kept so that a later question does not render it again."""


@dataclass(frozen=True)
class Session:
    turns: tuple[Turn, ...] = ()

    @property
    def last(self) -> Turn | None:
        return self.turns[-1] if self.turns else None

    @property
    def full(self) -> bool:
        """Whether the conversation is too long for another question."""
        return (
            len(self.turns) >= MAX_TURNS or sum(len(m["content"]) for m in self.messages()) > MAX_CHARS - MAX_QUESTION
        )

    def ask(self, question: str) -> Session:
        return Session((*self.turns, Turn(question)))

    def update(self, turn: Turn) -> Session:
        """The session with its last turn replaced."""
        return Session((*self.turns[:-1], turn))

    def stop(self) -> Session:
        """A running turn is marked stopped: it stays visible as what it is, a question without an answer."""
        if self.last is None or self.last.state != "running":
            return self
        return self.update(replace(self.last, state="stopped"))

    def messages(self) -> list[dict[str, str]]:
        """The conversation for the pipeline. A turn without a reply keeps its question, for the flags in it count."""
        out: list[dict[str, str]] = []
        for turn in self.turns:
            out.append({"role": "user", "content": turn.question})
            if turn.reply is not None:
                out.append({"role": "assistant", "content": turn.reply.answer})
        return out
