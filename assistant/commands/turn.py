"""What ask, chat and batch share: opening the assistant, taking a turn, its row of JSON, and keeping it where that is
wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.commands.lines import Id, LineError, Row

if TYPE_CHECKING:
    from assistant.pipeline import Assistant
    from assistant.settings import Settings
    from assistant.types import Reply

Message = dict[str, str]


def open_assistant(settings: Settings, once: bool = False) -> Assistant:
    """The one place of the command line where an assistant is made; `once` for a command that answers one question."""
    from assistant.pipeline import Assistant
    from corpus import cache

    cache.use(settings.home / "cache")
    return Assistant.open(settings, once)


def take(assistant: Assistant, messages: Sequence[Message]) -> Reply:
    """A turn; what is wrong with the conversation itself (too long, say) becomes a `LineError`."""
    try:
        return assistant.reply(list(messages))
    except ValueError as error:
        if type(error) is not ValueError:
            raise
        raise LineError("invalid_input", str(error)) from error


def reply_row(reply: Reply, id_: Id | None) -> Row:
    """A reply as the JSON contract has it, under the id that came in."""
    return {**reply.model_dump(mode="json"), "id": id_}


def keep(reply: Reply, messages: Sequence[Message], settings: Settings) -> str:
    """Stores a turn; returns its id."""
    from assistant.store import Store

    return Store(settings.make_home()).save(reply, messages, settings.region)
