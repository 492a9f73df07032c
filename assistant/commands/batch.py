"""`lumbar batch IN OUT`: many turns, offline, into JSON lines; run again, it goes on where it stopped. Stores no
conversation.

What has been done stands in `OUT.resume` (`resume.py`); here are the turns and the progress on standard error.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.commands import lines, turn
from assistant.commands.base import OK, SOME_FAILED, UserError, say
from assistant.commands.lines import Line, LineError, Row
from assistant.commands.resume import Output

if TYPE_CHECKING:
    from assistant.pipeline import Assistant
    from assistant.settings import Settings


def batch(source: str, target: str, model: str | None, region: str | None) -> int:
    from assistant.settings import get_settings

    settings = get_settings(model=model, region=region)
    if target != "-" and source != "-" and os.path.exists(target) and os.path.samefile(source, target):
        raise UserError("IN and OUT are the same file", "name another OUT")
    with lines.open_input(source) as stream:
        todo = list(lines.read_lines(stream))
    if target == "-" or (os.path.exists(target) and not os.path.isfile(target)):
        return _to_stream(todo, target, settings)
    return answer_all(todo, Path(target), fingerprint(settings), lambda: turn.open_assistant(settings))


def fingerprint(settings: Settings) -> str:
    """sha256 over all that a reply depends on beside its line; a change means that old rows are computed anew."""
    from assistant.guardrails.rules import load_rules
    from assistant.library import open_corpus
    from assistant.model import prompts_hash
    from assistant.receipt import VERSION

    corpus, rules = open_corpus(settings.home), load_rules(strict=False)
    parts = (VERSION, settings.hash, str(settings.fixed_today), prompts_hash(), corpus.hash, rules.hash)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def answer_line(line: Line, assistant: Assistant) -> tuple[Row, bool]:
    """The reply row for one line, and whether it is final; a false one is tried again by the next run."""

    def handle(data: Row) -> Row:
        if "messages" not in data:
            raise LineError("invalid_input", "'messages' is missing")
        reply = turn.take(assistant, lines.conversation_of(data["messages"], "messages"))
        return turn.reply_row(reply, line.id)

    row, good = lines.handle_line(line, handle)
    return row, good and row["outcome"] != "unavailable"


def answer_all(todo: list[Line], target: Path, mark: str, open_assistant: Callable[[], Assistant]) -> int:
    """Answers the lines that OUT does not hold yet. Rows already there stay, whatever happens to the run."""
    failed = 0
    with Output(target, mark, todo) as output:
        left = [line for line in todo if not output.holds(line)]
        if len(left) < len(todo):
            say(f"{len(todo) - len(left)} of {len(todo)} lines are already in {target}")
        if left:
            assistant = open_assistant()
            progress = Progress(len(left))
            for line in left:
                row, good = answer_line(line, assistant)
                output.add(line, row, good)
                failed += not good
                progress.step(failed)
            progress.end(failed)
    return SOME_FAILED if failed else OK


def _to_stream(todo: list[Line], target: str, settings: Settings) -> int:
    """Rows to standard output, a pipe or a device: nothing there can be resumed."""
    assistant = turn.open_assistant(settings)
    code = OK
    with contextlib.nullcontext(sys.stdout.buffer) if target == "-" else open(target, "ab") as out:
        for line in todo:
            row, good = answer_line(line, assistant)
            out.write(lines.encode(row))
            out.flush()
            code = code if good else SOME_FAILED
    return code


class Progress:
    """A bar on a terminal; elsewhere a line now and then. Standard error only."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.began = total, 0, time.monotonic()
        self.bar = sys.stderr.isatty()
        self.said = self.began

    def step(self, failed: int) -> None:
        self.done += 1
        now = time.monotonic()
        if self.bar and (now - self.said > 0.1 or self.done == self.total):
            filled = 30 * self.done // self.total
            rest = (now - self.began) / self.done * (self.total - self.done)
            text = (
                f"\r[{'#' * filled}{'.' * (30 - filled)}] {self.done}/{self.total}, {failed} failed, {rest:.0f} s left "
            )
            print(text, end="", file=sys.stderr, flush=True)
            self.said = now
        elif not self.bar and now - self.said > 15:
            say(f"{self.done}/{self.total} lines, {failed} failed")
            self.said = now

    def end(self, failed: int) -> None:
        if self.bar:
            print(file=sys.stderr)
        say(f"{self.done} lines answered, {failed} failed, in {time.monotonic() - self.began:.1f} s")
