"""The input and output contract of screen, check, verify and batch: UTF-8 JSON lines in, JSON lines out, in input
order.

Blank lines are skipped; unknown keys ignored; `id` comes back unchanged, and a missing one is the 1-based line number.
A bad line gives `{"id", "error": {"type", "message"}}` in its place. What a line means is left to the command that
handles it.
"""

from __future__ import annotations

import contextlib
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from assistant.commands.base import OK, SOME_FAILED, UserError, say, tell_defect, user_can_mend

Id = str | int | float
Row = dict[str, Any]


class LineError(Exception):
    """One line cannot be processed. `type` is invalid_utf8, invalid_json, invalid_input, unavailable (a part of Lumbar
    is not there or not whole) or internal_error (a defect).
    """

    def __init__(self, type_: str, message: str) -> None:
        super().__init__(message)
        self.type = type_


@dataclass(frozen=True)
class Line:
    """One line of input: its number (from 1, blank lines count), its id, its bytes without the line end, its object or
    its error.
    """

    number: int
    id: Id
    raw: bytes
    data: Row
    error: LineError | None = None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def parse(number: int, raw: bytes) -> Line:
    """Reads one line; what is wrong with it becomes its `error`."""
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        return Line(number, number, raw, {}, LineError("invalid_utf8", f"byte {error.start + 1} is not UTF-8"))
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return Line(number, number, raw, {}, LineError("invalid_json", f"{error.msg} at character {error.pos + 1}"))
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        return Line(number, number, raw, {}, LineError("invalid_json", reason))
    if not isinstance(data, dict):
        return Line(number, number, raw, {}, LineError("invalid_input", f"expected an object, not {kind(data)}"))
    id_ = data.get("id")
    if id_ is None:
        return Line(number, number, raw, data)
    if (
        isinstance(id_, bool)
        or not isinstance(id_, str | int | float)
        or (isinstance(id_, float) and not math.isfinite(id_))
    ):
        return Line(number, number, raw, data, LineError("invalid_input", "'id' must be a string or a number"))
    return Line(number, id_, raw, data)


def read_lines(stream: BinaryIO) -> Iterator[Line]:
    """Lines of a binary stream, one at a time; only the line feed ends a line, so U+2028 inside a string does not."""
    for number, raw in enumerate(stream, 1):
        raw = raw.rstrip(b"\r\n")
        if raw.strip(b" \t\r\x0b\x0c") and not (number == 1 and raw == b"\xef\xbb\xbf"):
            yield parse(number, raw)


@contextlib.contextmanager
def open_input(file: str | None) -> Iterator[BinaryIO]:
    """The named file, or standard input where FILE is absent or `-`."""
    if file is None or file == "-":
        if sys.stdin is None or sys.stdin.closed:
            raise UserError("there is no standard input", "name a file")
        if sys.stdin.isatty():
            say("Reading from the keyboard; end with Ctrl-D. (Name a FILE to read it instead.)")
        yield sys.stdin.buffer
        return
    with contextlib.ExitStack() as stack:
        try:
            stream = stack.enter_context(open(file, "rb"))
        except OSError as error:
            raise UserError(
                f"cannot read {file}: {error.strerror or error}", "name a file that you may read"
            ) from error
        yield stream


def read_note(file: str | None) -> str:
    """A whole plain-text file as one note (`--text`)."""
    with open_input(file) as stream:
        raw = stream.read()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"the note is not UTF-8 (byte {error.start + 1})", "save it as UTF-8 text") from error


def encode(row: Row) -> bytes:
    """One JSON line with its line end. Text stays readable; only lone surrogates, which UTF-8 cannot hold, make it fall
    back to escapes.
    """
    text = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(row, allow_nan=False, separators=(", ", ": ")).encode() + b"\n"


def write(row: Row) -> None:
    """One JSON line on standard output, at once, so that a pipe sees it as soon as it is known."""
    sys.stdout.flush()
    sys.stdout.buffer.write(encode(row))
    sys.stdout.buffer.flush()


def error_row(line: Line, error: LineError) -> Row:
    return {"id": line.id, "error": {"type": error.type, "message": str(error)}}


def handle_line(line: Line, handle: Callable[[Row], Row]) -> tuple[Row, bool]:
    """The row for one line and whether it succeeded. Never raises for what a line holds; a defect becomes an
    internal_error row.
    """
    if line.error is not None:
        return error_row(line, line.error), False
    try:
        return {"id": line.id, **handle(line.data)}, True
    except LineError as error:
        return error_row(line, error), False
    except Exception as error:
        if user_can_mend(error):
            return error_row(line, LineError("unavailable", str(error))), False
        tell_defect(error)
        return error_row(line, LineError("internal_error", f"{type(error).__name__}: {error}")), False


def run_lines(file: str | None, handle: Callable[[Row], Row], show: Callable[[Row], None]) -> int:
    """Handles every line of FILE and shows each row at once. Returns the exit code."""
    code = OK
    with open_input(file) as stream:
        for line in read_lines(stream):
            row, good = handle_line(line, handle)
            show(row)
            if not good:
                code = SOME_FAILED
                say(f"lumbar: line {line.number}: {row['error']['message']}")
    return code


# --- what a line may hold -------------------------------------------------------------------------------------------


def kind(value: Any) -> str:
    """The JSON name of a value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    for types, name in (((int, float), "a number"), ((str,), "a string"), ((list,), "a list"), ((dict,), "an object")):
        if isinstance(value, types):
            return name
    return type(value).__name__


def text_of(data: Row, key: str, *, empty: bool = True) -> str:
    """A string that the line must hold."""
    if key not in data:
        raise LineError("invalid_input", f"'{key}' is missing")
    value = data[key]
    if not isinstance(value, str):
        raise LineError("invalid_input", f"'{key}' must be a string, not {kind(value)}")
    if not empty and not value.strip():
        raise LineError("invalid_input", f"'{key}' is empty")
    return value


def messages_of(value: Any, key: str) -> list[dict[str, str]]:
    """A checked list of messages: `{"role": "user" | "assistant", "content": str}`; other keys of a message are
    ignored.
    """
    if not isinstance(value, list):
        raise LineError("invalid_input", f"'{key}' must be a list of messages, not {kind(value)}")
    messages = []
    for place, message in enumerate(value, 1):
        if not isinstance(message, dict):
            raise LineError("invalid_input", f"message {place} of '{key}' must be an object, not {kind(message)}")
        role, content = message.get("role"), message.get("content")
        if role not in ("user", "assistant"):
            raise LineError(
                "invalid_input", f"message {place} of '{key}' needs the role user or assistant, not {role!r}"
            )
        if not isinstance(content, str):
            raise LineError(
                "invalid_input", f"message {place} of '{key}' needs a string as content, not {kind(content)}"
            )
        messages.append({"role": role, "content": content})
    return messages


def conversation_of(value: Any, key: str) -> list[dict[str, str]]:
    """Messages of which the last one is the user's and asks something."""
    messages = messages_of(value, key)
    if not messages:
        raise LineError("invalid_input", f"'{key}' is empty; it needs at least the user's question")
    if messages[-1]["role"] != "user":
        raise LineError("invalid_input", "the last message must be the user's")
    if not messages[-1]["content"].strip():
        raise LineError("invalid_input", "the question is empty")
    return messages
