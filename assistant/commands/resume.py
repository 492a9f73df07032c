"""The output file of `lumbar batch`, and what lets a second run go on: for each row, the number and sha256 of the line
it answers.

`OUT.resume` beside OUT holds that, one JSON line a row, with the sha256 of the row itself; so a row that was torn by a
crash, edited or removed is simply not known any more and its line is answered again. Rows are appended as they come and
put in input order at the end, also on Ctrl-C.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from assistant.commands.base import UserError, say
from assistant.commands.lines import Line, Row, encode


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Output:
    """OUT and OUT.resume, locked while open. `mark` stands for everything beside the line that an answer depends on.

    Raises `UserError` where OUT cannot be written, is in use by another run, or holds something that this command did
    not write.
    """

    def __init__(self, path: Path, mark: str, todo: list[Line]) -> None:
        self.path, self.mark = path, mark
        self.journal_path = path.with_name(path.name + ".resume")
        self.wanted = {line.number: sha256(line.raw) for line in todo}
        self.rows: dict[int, bytes] = {}
        self.entries: dict[int, dict[str, Any]] = {}
        self.out: IO[bytes] | None = None
        self.last, self.in_order = 0, True

    def __enter__(self) -> Output:
        new = not self.journal_path.exists()
        with contextlib.ExitStack() as undo:
            if new:
                undo.callback(self.journal_path.unlink, missing_ok=True)
            try:
                self.journal = undo.enter_context(open(self.journal_path, "a+b"))
                fcntl.flock(self.journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._recover()
                self.out = undo.enter_context(open(self.path, "ab"))
            except BlockingIOError as error:
                raise UserError(
                    f"another run is writing {self.path}", "wait until it has ended, or name another OUT"
                ) from error
            except OSError as error:
                raise UserError(
                    f"cannot write {error.filename or self.path}: {error.strerror or error}",
                    "name an OUT in a folder that exists and that you may write to",
                ) from error
            undo.pop_all()
        return self

    def holds(self, line: Line) -> bool:
        """Whether OUT has the final row of this very line."""
        return line.number in self.rows

    def add(self, line: Line, row: Row, good: bool) -> None:
        """Appends a row, then the note that it is there: a crash between the two costs one line's work, never a wrong
        row.
        """
        data = encode(row)
        assert self.out is not None
        self.in_order = self.in_order and line.number > self.last
        self.last = max(self.last, line.number)
        self.out.write(data)
        self.out.flush()
        self.rows[line.number] = data
        self.entries[line.number] = {"line": line.number, "sha256": sha256(line.raw), "row": sha256(data), "good": good}
        self.journal.write(encode(self.entries[line.number]))
        self.journal.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.out is not None
        with contextlib.suppress(OSError) if error else contextlib.nullcontext():
            self.out.close()
        if error is not None or not self.in_order:
            self._write_rows()
        self.journal.close()

    def _recover(self) -> None:
        """Finds the rows in OUT that still stand, and leaves OUT with exactly those."""
        existing = self.path.read_bytes() if self.path.exists() else b""
        found = {sha256(row): row for row in existing.splitlines(keepends=True)}
        mark, noted = self._read_journal()
        if existing.strip() and not noted and not _ours(existing):
            raise UserError(
                f"{self.path} holds something else than replies", "name another OUT, or move this file away"
            )
        if noted and mark != self.mark:
            say("the settings, the corpus, the rules or the version have changed since: every line is answered anew")
            noted = {}
        for number, entry in sorted(noted.items()):
            if (
                entry.get("good") is True
                and entry.get("sha256") == self.wanted.get(number)
                and entry.get("row") in found
            ):
                self.rows[number] = found[entry["row"]]
                self.entries[number] = entry
                self.last = number
        if existing != b"".join(self.rows.values()):
            self._write_rows()
        self.journal.truncate(0)
        self.journal.write(encode({"mark": self.mark}) + b"".join(encode(e) for e in self.entries.values()))
        self.journal.flush()

    def _read_journal(self) -> tuple[str, dict[int, dict[str, Any]]]:
        self.journal.seek(0)
        mark, noted = "", {}
        for raw in self.journal:
            with contextlib.suppress(ValueError):  # the last line may be torn
                entry = json.loads(raw)
                if isinstance(entry, dict) and "mark" in entry:
                    mark = str(entry["mark"])
                elif isinstance(entry, dict) and type(entry.get("line")) is int:
                    noted[entry["line"]] = entry
        return mark, noted

    def _write_rows(self) -> None:
        """OUT anew, its rows in the order of the input, in one step."""
        part = self.path.with_name(self.path.name + ".part")
        with open(part, "wb") as out:
            out.writelines(self.rows[number] for number in sorted(self.rows))
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, self.path)


def _ours(existing: bytes) -> bool:
    """Whether the first whole line of a file is a row of this command (its journal may have been removed)."""
    try:
        row = json.loads(existing.split(b"\n", 1)[0])
    except ValueError:
        return False
    return isinstance(row, dict) and "id" in row and ("receipt" in row or "error" in row)
