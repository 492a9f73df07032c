"""Conversations kept on this machine, in one SQLite file under the home folder: only where storage is on, or on
`--save`.

Keeps messages and the reply they got, so that `lumbar replay` can compute it again. Whether to keep anything is the
caller's decision; what a reply says is not looked at here. The file is private (0600); deleted text is overwritten, not
just unlinked.
"""

from __future__ import annotations

import datetime
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.types import Receipt, Reply

FILE = "conversations.sqlite3"

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE replies (
        reply_id TEXT PRIMARY KEY,
        messages TEXT NOT NULL,
        reply    TEXT NOT NULL,
        region   TEXT NOT NULL,
        saved_at TEXT NOT NULL
    ) STRICT;
    """,
)
"""Applied in order, once each; append, never edit. `migrations` records which have been."""


class StoreError(Exception):
    """The store cannot be used, or has no such reply. `help` says what to do."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True)
class Stored:
    """One kept reply: the messages it answered, its canonical JSON, and what has to be set again to compute it anew."""

    reply_id: str
    messages: list[dict[str, str]]
    reply: str
    region: str
    saved_at: str

    @property
    def receipt(self) -> Receipt:
        return Receipt.model_validate(json.loads(self.reply)["receipt"])


def canonical(reply: Reply) -> str:
    """The bytes that two computations of one reply share: its JSON without the id that a batch line gave it."""
    return reply.model_copy(update={"id": None}).model_dump_json()


class Store:
    """The kept replies of one home folder. Every call opens the file anew, so one object serves many threads."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE

    def save(self, reply: Reply, messages: Sequence[dict[str, str]], region: str = "none") -> str:
        """Keeps a reply and the messages it answered; returns its id. Saving the same reply again changes nothing."""
        row = (
            reply.receipt.reply_id,
            json.dumps([{"role": m["role"], "content": m["content"]} for m in messages]),
            canonical(reply),
            region,
            datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        )
        with self._open() as db:
            db.execute("INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?)", row)
        return reply.receipt.reply_id

    def load(self, reply_id: str) -> Stored:
        """A kept reply by its id, or by a beginning of it (8 characters or more) that no other shares."""
        if len(reply_id) < 8 or not all(c in "0123456789abcdef" for c in reply_id):
            raise StoreError(
                f"{reply_id!r} is no reply id",
                "give the id that `lumbar ask --save` printed, or its first 8 characters",
            )
        rows = self._select(
            "SELECT * FROM replies WHERE reply_id BETWEEN ? AND ? ORDER BY reply_id", (reply_id, reply_id + "g")
        )
        if not rows:
            raise StoreError(
                f"no reply {reply_id} is kept here",
                "replies are kept with `lumbar ask --save`, or where LUMBAR_STORAGE is on",
            )
        if len(rows) > 1:
            raise StoreError(f"{len(rows)} replies begin with {reply_id}", "give more of the id")
        id_, messages, reply, region, saved_at = rows[0]
        return Stored(id_, json.loads(messages), reply, region, saved_at)

    def ids(self) -> list[str]:
        """The ids of all kept replies, oldest first."""
        return [row[0] for row in self._select("SELECT reply_id FROM replies ORDER BY saved_at, reply_id", ())]

    def delete(self, reply_id: str) -> None:
        """Removes a kept reply for good: its bytes are overwritten in the file and in its journal."""
        stored = self.load(reply_id)
        with self._open() as db:
            db.execute("DELETE FROM replies WHERE reply_id = ?", (stored.reply_id,))
        with self._open() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _select(self, query: str, values: tuple[str, ...]) -> list[Any]:
        if not self.path.exists():
            return []
        with self._open() as db:
            return db.execute(query, values).fetchall()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            self.path.chmod(0o600)
            db = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"cannot open {self.path}: {error}", "check that LUMBAR_HOME is a folder that you may write to"
            ) from error
        try:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                db.execute(f"PRAGMA {pragma}")
            _migrate(db)
            yield db
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"{self.path} cannot be used: {error}", "move the file away; a new one is made when needed"
            ) from error
        finally:
            db.close()


def _migrate(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT")
    (version,) = db.execute("SELECT coalesce(max(version), 0) FROM migrations").fetchone()
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the conversation store is of a newer Lumbar (schema {version}, this one knows {len(MIGRATIONS)})",
            "use that version, or move the file away",
        )
    for number in range(version + 1, len(MIGRATIONS) + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            if not db.execute(
                "SELECT 1 FROM migrations WHERE version = ?", (number,)
            ).fetchone():  # another process may have been first
                for statement in MIGRATIONS[number - 1].split(";"):
                    db.execute(statement)
                db.execute("INSERT INTO migrations VALUES (?, datetime('now'))", (number,))
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
