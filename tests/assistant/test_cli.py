"""`lumbar` as a user meets it: exit codes, what goes where, messages that say what to do. Turns are taken by a fake
assistant.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from assistant.cli import app
from assistant.commands import base, show, turn
from assistant.commands.base import UserError
from assistant.types import Citation, Claim, Receipt, Reply, Section, Source

ROOT = Path(__file__).resolve().parents[2]


def make_reply(question: str, outcome: Any = "answered", **changes: Any) -> Reply:
    quote = "Advise people to stay active."
    source = Source(
        n=1,
        passage_id="p-1",
        guideline="g",
        title="Guideline",
        issuer="Issuer",
        year=2020,
        edition=None,
        section="1.1",
        page=None,
        strength="strong",
        certainty=None,
        population=None,
        status="current",
        verified="seen",
        content="digest",
        url="https://example.org/g",
        text=f"{quote} Bed rest is not needed.",
        label="Lumbar's summary of Guideline 1.1",
    )
    hashes = {"corpus": "c", "rules": "r", "prompts": "p", "settings": "s", "embedder": "e", "version": "0.1.0"}
    receipt = Receipt(reply_id="ab" * 32, model=None, today="2026-11-24", **hashes)
    claim = Claim(text="Stay active.", citations=(Citation(n=1, passage_id="p-1", quote=quote),))
    values: dict[str, Any] = {
        "answer": "## Do\nStay active. [1]",
        "sections": (Section(title="Do", claims=(claim,)),),
        "sources": (source,),
        "suggested_questions": ("For how long?",),
        "standalone_question": question,
        "red_flags": {"present": [], "absent": [], "not_documented": ["infection"]},
        **changes,
    }
    return Reply(outcome=outcome, question=question, receipt=receipt, **values)


class FakeAssistant:
    """Gives the replies of a queue, or a plain one; `asked` holds every conversation it was given."""

    def __init__(self, *queue: Reply | BaseException) -> None:
        self.queue: list[Reply | BaseException] = list(queue)
        self.asked: list[list[dict[str, str]]] = []
        self.settings: Any = None
        self.last_timings = {"read": 1.25, "screen": 2.0}

    def reply(self, messages: list[dict[str, str]]) -> Reply:
        self.asked.append([dict(m) for m in messages])
        given = self.queue.pop(0) if self.queue else make_reply(messages[-1]["content"])
        if isinstance(given, BaseException):
            raise given
        return given


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, home: Path) -> FakeAssistant:
    made = FakeAssistant()

    def open_assistant(settings: Any, once: bool = False) -> FakeAssistant:
        made.settings = settings
        return made

    monkeypatch.setattr(turn, "open_assistant", open_assistant)
    return made


def lumbar(*arguments: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=text)


def process(*arguments: str, text: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "assistant.cli", *arguments]
    return subprocess.run(
        command, input=text, capture_output=True, cwd=ROOT, env={**os.environ, **environment}, timeout=120
    )


# --- ask -------------------------------------------------------------------------------------------------------------


def test_ask_prints_one_json_object_and_nothing_else(fake: FakeAssistant) -> None:
    result = lumbar("ask", "MRI for sciatica?", "--json")
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    row = json.loads(line)
    assert row["id"] is None and row["question"] == "MRI for sciatica?"
    assert set(Reply.model_fields) == set(row)
    assert result.stderr == ""


def test_case_comes_first_then_history_then_the_question(fake: FakeAssistant, tmp_path: Path) -> None:
    history = tmp_path / "history.json"
    history.write_text('[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]')
    assert lumbar("ask", "c", "--case", "40M", "--history", str(history), "--json").exit_code == 0
    assert [m["content"] for m in fake.asked[0]] == ["40M", "a", "b", "c"]
    assert [m["role"] for m in fake.asked[0]] == ["user", "user", "assistant", "user"]


def test_ask_for_people(fake: FakeAssistant) -> None:
    out = lumbar("ask", "What now?").stdout
    assert "Stay active. [1]" in out
    assert "[1] Lumbar's summary of Guideline 1.1; strong" in out
    assert "https://example.org/g" in out and "Advise people to stay active." in out
    assert "For how long?" in out
    assert "│" not in out


def test_urgent_block_stands_apart_and_on_top(fake: FakeAssistant) -> None:
    answer = "Now: emergency department.\nMRI of the lumbosacral spine. [1]\n\n## Do\nStay active. [1]"
    fake.queue.append(make_reply("?", "escalated", answer=answer))
    out = lumbar("ask", "?").stdout.splitlines()
    boxed = [line for line in out if line.startswith("│")]
    assert "Red flag" in out[0]
    assert any("emergency department" in line for line in boxed)
    assert not any("Stay active" in line for line in boxed)


def test_urgent_block_with_a_heading_of_its_own(fake: FakeAssistant) -> None:
    answer = "## Red flag\n\n**Now:** emergency department.\n\n## Do\nStay active. [1]"
    fake.queue.append(make_reply("?", "escalated", answer=answer))
    out = lumbar("ask", "?").stdout.splitlines()
    assert "Red flag" in out[0]
    boxed = [line for line in out if line.startswith("│")]
    assert any("Now: emergency department" in line for line in boxed) and not any("active" in line for line in boxed)


@pytest.mark.parametrize(
    ("outcome", "code"), [("answered", 0), ("no_evidence", 0), ("declined", 0), ("escalated", 0), ("unavailable", 1)]
)
def test_exit_code_follows_the_outcome(fake: FakeAssistant, outcome: str, code: int) -> None:
    fake.queue.append(make_reply("?", outcome))
    assert lumbar("ask", "?", "--json").exit_code == code


def test_timings_go_to_standard_error(fake: FakeAssistant) -> None:
    result = lumbar("ask", "?", "--json", "--timings")
    assert len(result.stdout.splitlines()) == 1
    assert "screen" in result.stderr and "2.0 ms" in result.stderr and "total" in result.stderr


def test_options_reach_the_settings(fake: FakeAssistant) -> None:
    lumbar("ask", "?", "--region", "UK", "--model", "openai:small", "--json")
    assert (fake.settings.region, fake.settings.model) == ("uk", "openai:small")


def test_question_from_standard_input(fake: FakeAssistant) -> None:
    lumbar("ask", "-", "--json", text="a long\nquestion")
    assert fake.asked[0][-1]["content"] == "a long\nquestion"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", ""], "the question is empty"),
        (["ask", " \n "], "the question is empty"),
        (["ask", "?", "--history", "absent.json"], "cannot read absent.json"),
        (["ask", "?", "--region", "mars"], "LUMBAR_REGION"),
        (["ui", "--host", "0.0.0.0"], "this machine only"),
        (["ui", "--host", "192.168.1.7"], "proxy with a login"),
        (["screen", "absent.jsonl"], "cannot read absent.jsonl"),
        (["screen", "."], "cannot read ."),
        (["batch", "absent", "out"], "cannot read absent"),
        (["rules", "XX99"], "no rule 'XX99'"),
        (["corpus", "conflicts", "astrology"], "no conflict is recorded"),
        (["replay", "0123456789"], "no reply 0123456789"),
        (["nonsense"], "nonsense"),
        (["ask"], "QUESTION"),
    ],
)
def test_what_the_user_can_mend_ends_with_two_and_without_a_traceback(
    fake: FakeAssistant, arguments: list[str], says: str
) -> None:
    result = lumbar(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("content", ["", "{}", '[{"role": "nurse", "content": "x"}]', "[1]", "[" * 100_000, "not json"])
def test_bad_history_says_what_it_must_hold(fake: FakeAssistant, tmp_path: Path, content: str) -> None:
    file = tmp_path / "history"
    file.write_text(content)
    result = lumbar("ask", "?", "--history", str(file))
    assert result.exit_code == 2
    assert '[{"role": "user"' in result.stderr and "Traceback" not in result.stderr


def test_a_conversation_that_is_too_long_is_the_users_to_mend(fake: FakeAssistant) -> None:
    fake.queue.append(ValueError("the conversation has 1,000,000 characters: shorten it"))
    result = lumbar("ask", "?")
    assert result.exit_code == 2
    assert "shorten it" in result.stderr and "Traceback" not in result.stderr


def test_a_defect_keeps_its_traceback(fake: FakeAssistant) -> None:
    fake.queue.append(RuntimeError("gone wrong"))
    result = lumbar("ask", "?")
    assert result.exit_code == 2
    assert "Traceback" in result.stderr and "defect in Lumbar" in result.stderr


def test_interrupt_is_130(fake: FakeAssistant) -> None:
    fake.queue.append(KeyboardInterrupt())
    assert lumbar("ask", "?").exit_code == 130


# --- save and replay -------------------------------------------------------------------------------------------------


def test_nothing_is_kept_unless_asked(fake: FakeAssistant, home: Path) -> None:
    lumbar("ask", "?", "--json")
    assert not home.exists() or list(home.iterdir()) == []


def test_save_then_replay_gives_the_same_bytes(fake: FakeAssistant, home: Path) -> None:
    first = lumbar("ask", "MRI?", "--region", "uk", "--save", "--json")
    assert f"lumbar replay {'ab' * 32}" in first.stderr
    again = lumbar("replay", "abababab", "--json")
    assert (again.exit_code, again.stdout) == (0, first.stdout)
    assert fake.settings.region == "uk" and str(fake.settings.today) == "2026-11-24"
    assert fake.asked[0] == fake.asked[1]


def test_storage_setting_keeps_too(fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMBAR_STORAGE", "1")
    assert "lumbar replay" in lumbar("ask", "?", "--json").stderr


def test_replay_says_what_has_changed(fake: FakeAssistant) -> None:
    lumbar("ask", "MRI?", "--save", "--json")
    changed = make_reply("MRI?", answer="## Do\nSomething else. [1]")
    receipt = changed.receipt.model_copy(update={"corpus": "newer", "reply_id": "cd" * 32})
    for form in ((), ("--json",)):
        fake.queue.append(changed.model_copy(update={"receipt": receipt}))
        result = lumbar("replay", "abababab", *form)
        assert result.exit_code == 1
        assert "corpus changed" in result.stdout and "answer" in result.stdout
    assert json.loads(result.stdout)["error"]["receipt"]["corpus"] == ["c", "newer"]


def test_forget(fake: FakeAssistant) -> None:
    lumbar("ask", "MRI?", "--save", "--json")
    assert lumbar("replay", "abababab", "--forget").exit_code == 0
    assert lumbar("replay", "abababab").exit_code == 2


# --- chat ------------------------------------------------------------------------------------------------------------


def test_chat_carries_the_conversation_and_forgets_on_new(fake: FakeAssistant) -> None:
    typed = "first\n\n/case 40M\nsecond\n/nonsense\n/new\nthird\n/quit\nnever\n"
    result = lumbar("chat", "--case", "start", text=typed)
    assert result.exit_code == 0
    answer = "## Do\nStay active. [1]"
    assert [[m["content"] for m in messages] for messages in fake.asked] == [
        ["start", "first"],
        ["start", "first", answer, "40M", "second"],
        ["third"],
    ]
    assert "/nonsense is not known" in result.stderr
    assert result.stdout.count("Stay active.") >= 3


def test_chat_goes_on_after_a_turn_that_failed(fake: FakeAssistant) -> None:
    fake.queue += [UserError("the index is gone", "build it"), make_reply("b")]
    result = lumbar("chat", text="a\nb\n")
    assert result.exit_code == 1
    assert "the index is gone" in result.stderr and "Stay active." in result.stdout


# --- what people see -------------------------------------------------------------------------------------------------


def test_control_characters_never_reach_a_terminal(fake: FakeAssistant) -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\u2066\x00"
    fake.queue.append(make_reply("?", answer=f"## Do\nStay {hostile}active. [1]", suggested_questions=(hostile,)))
    out = lumbar("ask", "?").stdout
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\x00"} & set(out)
    assert "active" in out


@pytest.mark.parametrize("text", ["a\tb\nc", "“3–4\u00a0mg/day” naïve 🙂", ""])
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert show.clean(text) == text


# --- the process -----------------------------------------------------------------------------------------------------


def test_help_and_version_in_a_process() -> None:
    shown = process("--help")
    assert shown.returncode == 0 and shown.stderr == b""
    for name in "ask chat ui batch search screen check verify rules corpus index replay doctor".split():
        assert f"\n  {name} ".encode() in shown.stdout
    assert process("--version").stdout.startswith(b"lumbar ")


def test_bad_setting_in_a_process_names_the_variable() -> None:
    done = process("ask", "?", LUMBAR_TODAY="yesterday")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"LUMBAR_TODAY" in done.stderr and b"Traceback" not in done.stderr


def test_reader_that_leaves_early_is_no_error_of_ours() -> None:
    command = f"'{sys.executable}' -m assistant.cli rules --json | head -c 1 >/dev/null"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=ROOT, timeout=120)
    assert done.stderr == b""


def test_full_disk_is_said_plainly() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    command = f"'{sys.executable}' -m assistant.cli rules --json >/dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=ROOT, timeout=120)
    assert done.returncode == 2
    assert (
        b"No space left" in done.stderr and b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr
    )


def test_missing_package_is_said_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    base.explain(ModuleNotFoundError("no", name="chromadb"))
    assert "make install" in capsys.readouterr().err
