"""The conversation store: what is kept, that it is private, that deleted means gone, what it says when it fails."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from assistant.store import FILE, MIGRATIONS, Store, StoreError, canonical
from assistant.types import Receipt, Reply

MESSAGES = [{"role": "user", "content": "Acute back pain, “sciatica” for 3\u00a0days – MRI?"}]


def make_reply(reply_id: str = "ab" * 32, answer: str = "Stay active. [1]", id: str | None = None) -> Reply:
    hashes = {"corpus": "c", "rules": "r", "prompts": "p", "settings": "s", "embedder": "e", "version": "0.1.0"}
    receipt = Receipt(reply_id=reply_id, model=None, today="2026-11-24", **hashes)
    return Reply(
        id=id,
        outcome="answered",
        question=MESSAGES[-1]["content"],
        standalone_question=MESSAGES[-1]["content"],
        answer=answer,
        red_flags={"present": [], "absent": [], "not_documented": []},
        receipt=receipt,
    )


def test_round_trip_and_prefix(tmp_path: Path) -> None:
    store = Store(tmp_path)
    reply = make_reply(id="row 7")
    assert store.save(reply, MESSAGES, "uk") == "ab" * 32
    stored = store.load("abababab")
    assert (stored.reply_id, stored.messages, stored.region) == ("ab" * 32, MESSAGES, "uk")
    assert stored.reply == canonical(reply) == canonical(make_reply())
    assert stored.receipt == reply.receipt


def test_saving_again_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(make_reply(), MESSAGES)
    store.save(make_reply(answer="Another text. [1]"), MESSAGES)
    assert store.ids() == ["ab" * 32]
    assert "Stay active" in store.load("ab" * 32).reply


@pytest.mark.parametrize("asked", ["", "abc", "zzzzzzzzzz", "' OR 1=1 --", "ab%%%%%%%%"])
def test_what_is_no_id(tmp_path: Path, asked: str) -> None:
    store = Store(tmp_path)
    store.save(make_reply(), MESSAGES)
    with pytest.raises(StoreError) as caught:
        store.load(asked)
    assert caught.value.help


def test_unknown_and_ambiguous_ids(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(StoreError, match="is kept"):
        store.load("abababab")
    assert not (tmp_path / FILE).exists(), "reading must not create a store"
    store.save(make_reply("ab" * 32), MESSAGES)
    store.save(make_reply("ab" * 31 + "cd"), MESSAGES)
    with pytest.raises(StoreError, match="2 replies"):
        store.load("abababab")
    assert store.load("ab" * 31 + "cd").reply_id == "ab" * 31 + "cd"


def test_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        Store(tmp_path).save(make_reply(), MESSAGES)
    finally:
        os.umask(old)
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_deleted_text_is_in_no_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(make_reply(answer="Zebra crossing. [1]"), MESSAGES)
    store.save(make_reply("cd" * 32), MESSAGES)
    assert any(b"Zebra" in path.read_bytes() for path in tmp_path.iterdir())
    store.delete("abababab")
    assert store.ids() == ["cd" * 32]
    assert not any(b"Zebra" in path.read_bytes() for path in tmp_path.iterdir())


def test_write_ahead_log_and_recorded_schema(tmp_path: Path) -> None:
    Store(tmp_path).save(make_reply(), MESSAGES)
    db = sqlite3.connect(tmp_path / FILE)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("SELECT version FROM migrations").fetchall() == [(n,) for n in range(1, len(MIGRATIONS) + 1)]
    db.execute("INSERT INTO migrations VALUES (99, 'later')")
    db.commit()
    db.close()
    with pytest.raises(StoreError, match="newer Lumbar"):
        Store(tmp_path).ids()


def test_damaged_and_unwritable_stores_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database, however long it goes on" * 100)
    with pytest.raises(StoreError) as caught:
        Store(tmp_path).ids()
    assert "move the file away" in caught.value.help
    with pytest.raises(StoreError) as caught:
        Store(tmp_path / "absent" / "folder").save(make_reply(), MESSAGES)
    assert "LUMBAR_HOME" in caught.value.help


def test_many_threads_and_processes_save_at_once(tmp_path: Path) -> None:
    def work(start: int) -> None:
        for n in range(start, start + 10):
            Store(tmp_path).save(make_reply(f"{n:064x}"), MESSAGES)

    threads = [threading.Thread(target=work, args=(10 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Store(tmp_path).ids()) == 40


def test_killed_process_loses_nothing_it_reported(tmp_path: Path) -> None:
    code = """
import sys, sqlite3, os, signal
from pathlib import Path
from assistant.store import Store
db_home = Path(sys.argv[1])
store = Store(db_home)
store.ids()
with store._open() as db:
    for n in range(20):
        db.execute("INSERT INTO replies VALUES (?, '[]', '{}', 'none', 'now')", (f"{n:064x}",))
        print(n, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == -9
    assert len(Store(tmp_path).ids()) == len(done.stdout.split()) == 20
