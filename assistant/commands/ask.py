"""`lumbar ask`: one turn from the command line."""

from __future__ import annotations

import json as json_
import time
from typing import TYPE_CHECKING

from assistant.commands import lines, turn
from assistant.commands.base import OK, SOME_FAILED, UserError, say
from assistant.commands.lines import LineError
from assistant.commands.turn import Message

if TYPE_CHECKING:
    from assistant.settings import Settings


def ask(
    question: str,
    case: str | None,
    history: str | None,
    model: str | None,
    region: str | None,
    save: bool,
    json: bool,
    timings: bool,
) -> int:
    from assistant.settings import get_settings

    began = time.perf_counter()
    settings = get_settings(model=model, region=region)
    messages = conversation(question, case, history)
    try:
        assistant = turn.open_assistant(settings, once=True)
    except Exception as error:
        return _emergency_all_the_same(settings, messages, error, json)
    opened = time.perf_counter()
    try:
        reply = turn.take(assistant, messages)
    except LineError as error:
        raise UserError(str(error)) from error
    if timings:
        stages = {"open": (opened - began) * 1000, **assistant.last_timings}
        for name, milliseconds in {**stages, "total": (time.perf_counter() - began) * 1000}.items():
            say(f"{name:<10}{milliseconds:9.1f} ms")
    row = turn.reply_row(reply, None)
    if json:
        lines.write(row)
    else:
        from assistant.commands import show

        show.reply(row)
    if save or settings.storage:
        say(f"Kept on this machine: lumbar replay {turn.keep(reply, messages, settings)}")
    return SOME_FAILED if reply.outcome == "unavailable" else OK


def _emergency_all_the_same(settings: Settings, messages: list[Message], error: Exception, json: bool) -> int:
    """Shows the urgent block where a red flag is active although the index cannot serve; else the error stands as it is."""
    from assistant.fallback import screen_only
    from index.errors import IndexError_

    if not isinstance(error, IndexError_):
        raise error
    reply = turn.take(screen_only(settings, error), messages)
    if reply.outcome != "escalated":
        raise error
    say(f"{error}: {error.help}")
    row = turn.reply_row(reply, None)
    if json:
        lines.write(row)
    else:
        from assistant.commands import show

        show.reply(row)
    return SOME_FAILED


def conversation(question: str, case: str | None, history: str | None) -> list[Message]:
    """The messages of one turn: the case, then the history, then the question."""
    if question == "-":
        if history == "-":
            raise UserError(
                "both the question and the history are to come from standard input", "name a file for the history"
            )
        question = lines.read_note("-")
    messages: list[Message] = []
    if case is not None and case.strip():
        messages.append({"role": "user", "content": case})
    if history is not None:
        messages += read_history(history)
    messages.append({"role": "user", "content": question})
    try:
        return lines.conversation_of(messages, "messages")
    except LineError as error:
        raise UserError(str(error), "ask something") from error


def read_history(file: str) -> list[Message]:
    """A JSON list of `{"role", "content"}`."""
    shape = 'it must hold a JSON list such as [{"role": "user", "content": "..."}]'
    try:
        value = json_.loads(lines.read_note(file))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{file} is not JSON: {error}", shape) from error
    try:
        return lines.messages_of(value, "history")
    except LineError as error:
        raise UserError(f"{file}: {error}", shape) from error
