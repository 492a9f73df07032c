"""The command line with everything real behind it: encoder, Chroma, rules and composer, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from assistant.types import Reply

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "assistant.cli"]
EMERGENCY = "58M, numbness in the saddle area since this morning and cannot pass urine. What do I do?"
QUESTIONS = ["Is bed rest useful in acute low back pain?", "How long may I prescribe cyclobenzaprine?", EMERGENCY, "What is the capital of France?"]  # fmt: skip


def run(*arguments: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], input=text, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **environment}, timeout=300
    )  # fmt: skip


def asked(question: str, **more: Any) -> str:
    return json.dumps({**more, "messages": [{"role": "user", "content": question}]}, ensure_ascii=False) + "\n"


def test_ask_is_the_same_to_the_byte_in_another_process(real_home: Path) -> None:
    first = run("ask", QUESTIONS[0], "--json", PYTHONHASHSEED="1", LUMBAR_TODAY="2026-11-24")
    again = run(
        "ask", QUESTIONS[0], "--json", PYTHONHASHSEED="2", LUMBAR_TODAY="2026-11-24", LC_ALL="C", TZ="Asia/Tokyo"
    )
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert first.stdout == again.stdout
    row = json.loads(first.stdout)
    assert set(row) == set(Reply.model_fields) and row["outcome"] == "answered"
    assert [source["n"] for source in row["sources"]] == list(range(1, len(row["sources"]) + 1))
    texts = {source["passage_id"]: source["text"] for source in row["sources"]}
    citations = [c for section in row["sections"] for claim in section["claims"] for c in claim["citations"]]
    assert citations and all(c["quote"] in texts[c["passage_id"]] for c in citations)


def test_emergency_stands_first_for_people(real_home: Path) -> None:
    done = run("ask", EMERGENCY)
    assert done.returncode == 0, done.stderr
    assert "Red flag" in done.stdout.splitlines()[0] and "│ Now:" in done.stdout.splitlines()[1]
    assert "numbness in the saddle" in done.stdout


def test_batch_gives_what_ask_gives_and_goes_on(real_home: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        "".join(asked(q, id=f"q{n}") for n, q in enumerate(QUESTIONS[:3])) + "broken\n" + asked(QUESTIONS[3]), "utf-8"
    )
    done = run("batch", str(source), str(target))
    assert done.returncode == 1 and done.stdout == "", done.stderr
    rows = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["q0", "q1", "q2", 4, 5]
    assert [row.get("outcome") for row in rows] == ["answered", "answered", "escalated", None, "declined"]
    single = json.loads(run("ask", QUESTIONS[1], "--json").stdout)
    assert {**rows[1], "id": None} == single
    before = target.read_bytes()
    again = run("batch", str(source), str(target))
    assert "4 of 5 lines are already in" in again.stderr and target.read_bytes() == before
    assert not [path for path in real_home.iterdir() if path.name not in ("models", "index", "cache")], "batch stores nothing"


def test_interrupted_batch(real_home: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(asked(f"{QUESTIONS[0]} Case {n}.") for n in range(300)), "utf-8")
    process = subprocess.Popen(
        [*COMMAND, "batch", str(source), str(target)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not (target.exists() and target.read_bytes().count(b"\n") >= 3):
        assert process.poll() is None and time.monotonic() < deadline, "no row came"
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted" in errors and "Traceback" not in errors
    for line in target.read_text("utf-8").splitlines():
        assert json.loads(line)["outcome"] == "answered"


def test_save_and_replay(real_home: Path) -> None:
    kept = run("ask", QUESTIONS[1], "--case", "72F, eGFR 40", "--region", "uk", "--save", "--json")
    assert kept.returncode == 0, kept.stderr
    reply_id = json.loads(kept.stdout)["receipt"]["reply_id"]
    again = run("replay", reply_id, "--json", LUMBAR_TODAY="2031-01-01")
    assert (again.returncode, again.stdout) == (0, kept.stdout), again.stderr
    other = run("replay", reply_id[:12], "--json", LUMBAR_TOP_K="3")
    assert other.returncode == 1 and "settings changed" in json.loads(other.stdout)["error"]["message"]


def test_search_and_doctor_and_index(real_home: Path) -> None:
    found = run("search", "muscle relaxant older adult", "-k", "5", "--json", "--explain")
    rows = [json.loads(line) for line in found.stdout.splitlines()]
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5] and all("dense" in row["explain"] for row in rows)
    for mode in ("dense", "lexical"):
        assert len(run("search", "sciatica", "-k", "2", "--mode", mode, "--json").stdout.splitlines()) == 2
    wrong = run("search", "x", "--mode", "magic")
    assert wrong.returncode == 2 and "hybrid, dense, lexical" in wrong.stderr
    doctor = run("doctor", "--json")
    assert doctor.returncode == 0, doctor.stdout
    status = run("index", "status", "--json")
    assert status.returncode == 0 and json.loads(status.stdout)["state"] == "current"
    built = run("index", "build", "--json")
    assert built.returncode == 0 and json.loads(built.stdout)["unchanged"] is True


@pytest.mark.parametrize("command", [["ask", "MRI?"], ["search", "MRI"]])
def test_without_an_index_it_says_what_to_do(home: Path, command: list[str]) -> None:
    done = run(*command)
    assert (done.returncode, done.stdout) == (2, "")
    assert "lumbar index build" in done.stderr and "Traceback" not in done.stderr


def test_an_emergency_is_shown_without_an_index_too(home: Path) -> None:
    done = run("ask", EMERGENCY)
    assert done.returncode == 1 and "Red flag" in done.stdout and "emergency" in done.stdout.lower()
    assert "lumbar index build" in done.stderr and "Traceback" not in done.stderr


def test_odd_questions_in_a_batch(real_home: Path) -> None:
    odd = ["x " * 60_000, "?" * 500, "\u0000\u0007", "MRI?" + "\u202e" * 50, "\ud83d MRI for sciatica?", "MRI? " * 2000]
    lines = [
        json.dumps({"id": n, "messages": [{"role": "user", "content": text}]}) + "\n" for n, text in enumerate(odd)
    ]
    done = run("batch", "-", "-", text="".join(lines))
    rows = [json.loads(out) for out in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == list(range(len(odd)))
    for row in rows:
        assert ("outcome" in row and row["outcome"] != "unavailable") or row["error"]["type"] == "invalid_input", row
