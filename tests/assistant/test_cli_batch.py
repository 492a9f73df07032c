"""`lumbar batch`: order, resuming, retrying, interruption, and files that it must not touch. The assistant is a fake
with a history.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.commands import lines
from assistant.commands.base import UserError
from assistant.commands.batch import answer_all
from assistant.types import Receipt, Reply

ROOT = Path(__file__).parents[2]


class FakeAssistant:
    """Answers with the question in capitals, and keeps what it was asked. `behave` may raise, or name an outcome."""

    def __init__(self, behave: Callable[[str], str | None] = lambda question: None) -> None:
        self.asked: list[str] = []
        self.behave = behave

    def reply(self, messages: list[dict[str, str]]) -> Reply:
        question = messages[-1]["content"]
        self.asked.append(question)
        outcome: Any = self.behave(question) or "answered"
        receipt = Receipt(
            reply_id=f"{abs(hash(question)):064x}"[:64], corpus="c", rules="r", prompts="p", settings="s", embedder="e",
            model=None, today="2026-11-24", version="0.1.0",
        )  # fmt: skip
        return Reply(
            outcome=outcome,
            question=question,
            standalone_question=question,
            answer=question.upper(),
            red_flags={"present": [], "absent": [], "not_documented": []},
            receipt=receipt,
        )


def line_for(question: str, **extra: Any) -> bytes:
    return json.dumps({"messages": [{"role": "user", "content": question}], **extra}).encode() + b"\n"


def run(raw: bytes, out: Path, fake: FakeAssistant | None = None, mark: str = "m") -> tuple[int, FakeAssistant]:
    import io

    fake = fake or FakeAssistant()
    todo = list(lines.read_lines(io.BytesIO(raw)))
    return answer_all(todo, out, mark, lambda: fake), fake  # type: ignore[arg-type, return-value]


def rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_bytes().splitlines()]


def test_rows_in_input_order_with_their_ids(tmp_path: Path) -> None:
    raw = line_for("a", id="x") + b"\n" + line_for("b") + b"nonsense\n" + line_for("c", id=2.5)
    code, _ = run(raw, tmp_path / "out")
    got = rows(tmp_path / "out")
    assert code == 1
    assert [row["id"] for row in got] == ["x", 3, 4, 2.5]
    assert [row.get("answer") for row in got] == ["A", "B", None, "C"]
    assert got[2]["error"]["type"] == "invalid_json"
    assert set(Reply.model_fields) <= set(got[0]), "every listed key is present"


def test_second_run_asks_nothing_and_leaves_the_bytes(tmp_path: Path) -> None:
    raw = line_for("a") + line_for("b")
    run(raw, tmp_path / "out")
    before = (tmp_path / "out").read_bytes()
    code, fake = run(raw, tmp_path / "out")
    assert (code, fake.asked) == (0, [])
    assert (tmp_path / "out").read_bytes() == before


def test_grown_and_changed_input(tmp_path: Path) -> None:
    run(line_for("a") + line_for("b"), tmp_path / "out")
    _, fake = run(line_for("a") + line_for("changed") + line_for("c"), tmp_path / "out")
    assert fake.asked == ["changed", "c"]
    assert [row["answer"] for row in rows(tmp_path / "out")] == ["A", "CHANGED", "C"]


def test_shrunk_input_drops_rows(tmp_path: Path) -> None:
    run(line_for("a") + line_for("b"), tmp_path / "out")
    _, fake = run(line_for("a"), tmp_path / "out")
    assert fake.asked == []
    assert [row["answer"] for row in rows(tmp_path / "out")] == ["A"]


def test_failed_lines_and_unavailable_outcomes_are_tried_again_in_place(tmp_path: Path) -> None:
    def behave(question: str) -> str | None:
        if question == "b":
            raise RuntimeError("broken")
        return "unavailable" if question == "c" else None

    raw = line_for("a") + line_for("b") + line_for("c") + line_for("d")
    code, _ = run(raw, tmp_path / "out", FakeAssistant(behave))
    assert code == 1
    assert [row.get("outcome") for row in rows(tmp_path / "out")] == ["answered", None, "unavailable", "answered"]
    code, fake = run(raw, tmp_path / "out")
    assert (code, fake.asked) == (0, ["b", "c"])
    assert [row["answer"] for row in rows(tmp_path / "out")] == ["A", "B", "C", "D"]


def test_interrupted_run_keeps_what_it_wrote_and_goes_on(tmp_path: Path) -> None:
    def behave(question: str) -> str | None:
        if question == "c":
            raise KeyboardInterrupt
        return None

    raw = line_for("a") + line_for("b") + line_for("c") + line_for("d")
    with pytest.raises(KeyboardInterrupt):
        run(raw, tmp_path / "out", FakeAssistant(behave))
    assert [row["answer"] for row in rows(tmp_path / "out")] == ["A", "B"]
    _, fake = run(raw, tmp_path / "out")
    assert fake.asked == ["c", "d"]
    run(raw, tmp_path / "whole")
    assert (tmp_path / "out").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize("cut", [1, 7, 200])
def test_torn_last_row_is_answered_again(tmp_path: Path, cut: int) -> None:
    raw = line_for("a") + line_for("b")
    run(raw, tmp_path / "out")
    whole = (tmp_path / "out").read_bytes()
    (tmp_path / "out").write_bytes(whole[:-cut])
    _, fake = run(raw, tmp_path / "out")
    assert fake.asked == ["b"]
    assert (tmp_path / "out").read_bytes() == whole


def test_torn_notes_and_edited_rows_are_not_trusted(tmp_path: Path) -> None:
    raw = line_for("a") + line_for("b")
    run(raw, tmp_path / "out")
    notes = tmp_path / "out.resume"
    notes.write_bytes(notes.read_bytes()[:-5])
    assert run(raw, tmp_path / "out")[1].asked == ["b"]
    (tmp_path / "out").write_bytes((tmp_path / "out").read_bytes().replace(b'"A"', b'"EDITED"'))
    assert run(raw, tmp_path / "out")[1].asked == ["a"]
    assert [row["answer"] for row in rows(tmp_path / "out")] == ["A", "B"]


def test_changed_corpus_or_settings_answer_everything_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(line_for("a"), tmp_path / "out", mark="then")
    _, fake = run(line_for("a"), tmp_path / "out", mark="now")
    assert fake.asked == ["a"]
    assert "answered anew" in capsys.readouterr().err


def test_removed_notes_mean_a_fresh_start_but_foreign_files_are_left_alone(tmp_path: Path) -> None:
    run(line_for("a"), tmp_path / "out")
    (tmp_path / "out.resume").unlink()
    assert run(line_for("a"), tmp_path / "out")[1].asked == ["a"]
    for content in (b"my thesis\n", b'{"id": 1}\n', b"\xff\xfe"):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(UserError, match="something else"):
            run(line_for("a"), tmp_path / "other")
        assert (tmp_path / "other").read_bytes() == content
        assert not (tmp_path / "other.resume").exists()


def test_unwritable_output_and_second_writer(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot write"):
        run(line_for("a"), tmp_path / "no" / "folder")
    with open(tmp_path / "out.resume", "a+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(UserError, match="another run"):
            run(line_for("a"), tmp_path / "out")


def test_empty_input_makes_an_empty_output(tmp_path: Path) -> None:
    code, _ = run(b"\n\n", tmp_path / "out")
    assert code == 0
    assert (tmp_path / "out").read_bytes() == b""


SLOW = """
import sys, time
sys.path.insert(0, {root!r})
from assistant.commands import turn
from tests_fake import FakeAssistant
class Slow(FakeAssistant):
    def reply(self, messages):
        time.sleep(0.05)
        return super().reply(messages)
turn.open_assistant = lambda settings, once=False: Slow()
from assistant.cli import main
sys.argv = ["lumbar", "batch", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_signals(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """A real process, stopped in the middle, then run to its end: the same bytes as a run that was left alone."""
    (tmp_path / "tests_fake.py").write_bytes(Path(__file__).read_bytes())
    source = tmp_path / "in"
    source.write_bytes(b"".join(line_for(f"question {n}") for n in range(40)))
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "LUMBAR_HOME": str(tmp_path / "home"),
        "PYTHONHASHSEED": "0",
    }

    def start(out: str) -> subprocess.Popen[str]:
        script = SLOW.format(root=str(ROOT))
        arguments = [sys.executable, "-c", script, str(source), str(tmp_path / out)]
        return subprocess.Popen(
            arguments, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path
        )

    stopped = start("out")
    deadline = time.monotonic() + 60
    while not ((tmp_path / "out").exists() and (tmp_path / "out").read_bytes().count(b"\n") >= 3):
        assert stopped.poll() is None and time.monotonic() < deadline, stopped.communicate()
        time.sleep(0.02)
    stopped.send_signal(number)
    output, errors = stopped.communicate(timeout=60)
    assert stopped.returncode == code, errors
    assert output == "" and "Traceback" not in errors
    assert 3 <= (tmp_path / "out").read_bytes().count(b"\n") < 40
    resumed, whole = start("out"), start("whole")
    assert resumed.wait(timeout=60) == whole.wait(timeout=60) == 0
    assert "are already in" in resumed.communicate()[1]
    assert whole.communicate()[0] == ""
    assert (tmp_path / "out").read_bytes() == (tmp_path / "whole").read_bytes()
