"""The page as an application: what a turn does to a session, which doors are closed, headers, its start."""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
import types
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ui.app import answer, evidence, finished, log, running, top_line
from ui.gate import Gate, policy, starting_page
from ui.loading import Background, NotReady
from ui.pace import paced
from ui.serve import PortError, bind
from ui.session import Session, Turn

HEADERS = {
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
}


def get(url: str, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    connection.request(method, path, body=b"{}" if method == "POST" else None, headers=headers)
    answered = connection.getresponse()
    body = answered.read()
    connection.close()
    return answered.status, {k.lower(): v for k, v in answered.getheaders()}, body


# ---- what a turn does to a session


def test_a_turn_gives_its_stages_then_its_reply(replies: Any) -> None:
    fake = replies.FakeAssistant()
    seen = list(answer(fake, Session().ask(replies.CASE), "uk"))
    assert [len(s.last.stages) for s in seen if s.last] == [1, 2, 3, 4, 5, 6, 7, 7]
    assert [s.last.state for s in seen if s.last] == ["running"] * 7 + ["done"]
    last = seen[-1].last
    assert last and last.reply and last.reply.outcome == "answered"
    assert fake.asked == [([{"role": "user", "content": replies.CASE}], "uk")]


def test_the_whole_conversation_goes_to_the_assistant(replies: Any) -> None:
    fake = replies.FakeAssistant()
    session = list(answer(fake, Session().ask("first"), "none"))[-1]
    session = session.ask("stopped before a reply: numb between the legs").stop()
    session = list(answer(fake, session.ask("third"), "none"))[-1]
    roles = [m["role"] for m in fake.asked[-1][0]]
    assert roles == ["user", "assistant", "user", "user"], "a question without a reply stays, for the flags in it count"
    assert session.last and session.last.reply and session.last.reply.outcome == "escalated"


def test_a_fault_is_a_failed_turn_without_its_text(replies: Any, capsys: pytest.CaptureFixture[str]) -> None:
    session = list(answer(replies.FakeAssistant(), Session().ask("explode: Mr Example, 1 Any Street"), "none"))[-1]
    assert session.last and session.last.state == "failed" and session.last.cause == "RuntimeError"
    shown = log(session)
    assert "Red flags were NOT checked." in shown and "secret path" not in shown and "Traceback" not in shown
    printed = capsys.readouterr()
    assert "RuntimeError" in printed.err and "Street" not in printed.err and "secret" not in printed.err


def test_a_reply_that_cannot_be_shown_is_a_failed_turn(
    replies: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ui import panel

    def broken(*_: Any) -> Any:
        raise KeyError("text of the patient")

    session = Session((Turn("q", reply=replies.answered(), state="done"),))
    shown = finished(session)
    assert (log(shown), evidence(shown)) == (log(session), evidence(session)) and shown.last and shown.last.chat_html
    monkeypatch.setattr(panel, "evidence", broken)
    after = finished(session)
    assert after.last and after.last.state == "failed" and after.last.reply is None
    assert "Red flags were NOT checked." in log(after) and "numbered marks" in evidence(after) and top_line(after) == ""
    assert "patient" not in capsys.readouterr().err


def test_an_assistant_that_never_replies_is_a_failed_turn() -> None:
    silent = types.SimpleNamespace(stream=lambda messages, region: iter(()))
    session = list(answer(silent, Session().ask("q"), "none"))[-1]
    assert session.last and session.last.state == "failed"


def test_a_flag_governs_later_turns_until_it_is_settled(replies: Any) -> None:
    fake = replies.FakeAssistant()
    session = Session()
    lines = []
    for question in (
        "numb between the legs",
        "which drug?",
        "and exercise?",
        "Registrar reviewed, MRI normal at 14:00",
    ):
        session = list(answer(fake, session.ask(question), "none"))[-1]
        lines.append(top_line(session))
    assert lines[0] == "", "the turn itself shows it in full"
    assert all("Red flag present" in line for line in lines[1:3])
    assert "Acted on" in lines[3] and "Red flag present" not in lines[3]
    assert log(session).count('role="alert"') == 1, "the full frame once"
    running = session.ask("next")
    assert top_line(running) == lines[3], "the line stays while the next reply is on its way"


def test_a_conversation_that_is_too_long_is_not_cut_but_refused() -> None:
    long = Session(tuple(Turn("x" * 9_000, state="stopped") for _ in range(9)))
    assert long.full and not Session(long.turns[:8]).full
    assert Session(tuple(Turn("q", state="stopped") for _ in range(40))).full


def test_the_welcome_goes_with_the_first_question_and_comes_back_with_a_new_case() -> None:
    assert "Before you ask" in log(Session())
    asked = Session().ask("q")
    assert "Before you ask" not in log(asked) and "You asked" in running(asked)
    assert running(asked.stop()) == "" and "Stopped" in log(asked.stop())
    assert "numbered marks" in evidence(Session())


def test_evidence_has_one_block_a_reply(replies: Any) -> None:
    done = Turn("q", reply=replies.answered(), state="done")
    shown = evidence(Session((done, Turn("stopped", state="stopped"), done)))
    assert re.findall(r'<section class="lb-evidence" data-turn="(\d)"', shown) == ["0", "2"]


def test_an_assistant_that_opens_late_is_waited_for(replies: Any) -> None:
    late = Background(lambda: (time.sleep(0.2), replies.FakeAssistant())[1])
    assert late.state == "loading" and late.opened is None
    late.start()
    names = [getattr(e, "name", "") for e in late.stream([{"role": "user", "content": "q"}], region="none")]
    assert names[:2] == ["start", "read"] and late.state == "ready"
    assert len(late.opened.asked) == 2, "one question warms it up"


def test_an_assistant_that_cannot_open_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    class IndexMissing(Exception):
        help = "run `lumbar index build`"

    def factory() -> Any:
        raise IndexMissing("no index here")

    broken = Background(factory)
    broken.start()
    with pytest.raises(NotReady, match="no index here"):
        list(broken.stream([]))
    assert broken.state == "failed" and "run `lumbar index build`" in broken.problem
    assert "no index here" in capsys.readouterr().err


def test_red_flags_are_checked_even_without_an_index() -> None:
    from assistant.fallback import screen_only
    from assistant.settings import get_settings

    class IndexMissing(Exception):
        help = "run `lumbar index build`"

    def factory() -> Any:
        raise IndexMissing("no index in /var/lib/lumbar/index/x.bin")

    limited = Background(factory, lambda error: screen_only(get_settings(), error))
    limited.start()
    outcomes = {}
    for question in ("Back pain, numb between the legs and cannot pass urine", "How do I manage acute low back pain?"):
        session = list(answer(limited, Session().ask(question), "uk"))[-1]
        assert session.last and session.last.reply
        outcomes[session.last.reply.outcome] = log(session)
    assert limited.state == "limited" and "/var/lib" not in limited.problem and "x.bin" in limited.problem
    assert set(outcomes) == {"escalated", "unavailable"}
    assert "A&amp;E" in outcomes["escalated"] and 'role="alert"' in outcomes["escalated"]
    assert "lumbar index build" in outcomes["unavailable"]


# ---- the pace of what is shown


def test_fast_states_are_gathered_and_the_last_is_shown_at_once() -> None:
    begun = time.monotonic()
    seen = list(paced((n for n in range(9)), lambda n: n == 8, pause=5))
    assert seen == [8] and time.monotonic() - begun < 2


def test_a_state_that_lasts_is_shown_while_it_lasts() -> None:
    def states() -> Generator[str, None, None]:
        yield "read"
        yield "draft"
        time.sleep(0.4)
        yield "reply"

    begun = time.monotonic()
    shown = [(state, time.monotonic() - begun) for state in paced(states(), lambda s: s == "reply", pause=0.05)]
    assert [state for state, _ in shown] == ["draft", "reply"]
    assert shown[0][1] < 0.3 < shown[1][1]


def test_states_are_closed_when_nobody_looks_any_more() -> None:
    closed = threading.Event()

    def states() -> Generator[int, None, None]:
        try:
            for n in range(1000):
                yield n
                time.sleep(0.01)
        finally:
            closed.set()

    looking = paced(states(), lambda n: False, pause=0.01)
    next(looking)
    looking.close()
    assert closed.wait(2)


# ---- what Gradio is allowed to do


@pytest.fixture(scope="module")
def config(served: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(get(served.url, "/config")[2])
    return loaded


def test_gradio_keeps_and_sends_nothing(config: dict[str, Any]) -> None:
    assert config["analytics_enabled"] is False
    assert config["run_history"] is False
    assert config["footer_links"] == [] and config["show_error"] is False and config["is_colab"] is False
    assert config["max_file_size"] == 0 and config["space_id"] is None
    assert config["stylesheets"] == []


def test_endpoints_are_private_and_concurrency_is_set(settings: Any, config: dict[str, Any]) -> None:
    assert len(config["dependencies"]) >= 4
    assert all(d["api_visibility"] == "private" for d in config["dependencies"])
    from ui.app import CONCURRENT, THREADS, WAITING, build

    demo = build(types.SimpleNamespace(stream=None, corpus=None), settings)
    assert demo._queue.max_size == WAITING and demo.max_threads == THREADS
    asked = [fn for fn in demo.fns.values() if fn.concurrency_id == "ask"]
    assert [fn.concurrency_limit for fn in asked] == [CONCURRENT]


def test_no_component_takes_files_or_stores_in_the_browser(config: dict[str, Any]) -> None:
    kinds = {c["type"] for c in config["components"]}
    assert kinds <= {"markdown", "radio", "button", "textbox", "state", "row", "column", "form"}


def test_no_path_of_this_machine_is_in_the_page(served: Any) -> None:
    page = get(served.url, "/")[2].decode() + get(served.url, "/config")[2].decode()
    known = {"site-packages", os.getcwd(), sys.prefix, sys.base_prefix, tempfile.gettempdir(), str(Path.home())}
    assert [path for path in sorted(known) if path + "/" in page] == []


def test_no_other_site_is_named_in_the_page(served: Any) -> None:
    page = get(served.url, "/")[2].decode()
    assert {urlsplit(u).hostname for u in re.findall(r"https?://[^\s\"'<>\\]+", page)} <= {"127.0.0.1"}


# ---- doors and headers


@pytest.mark.parametrize(
    "path", ["/", "/config", "/theme.css", "/lumbar/lumbar.js", "/lumbar/nothing", "/nothing", "/monitoring"]
)
def test_every_response_carries_the_headers(served: Any, path: str) -> None:
    _, headers, _ = get(served.url, path)
    assert set(headers) >= HEADERS
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    csp = headers["content-security-policy"]
    assert "unsafe-eval" not in csp and "frame-ancestors 'none'" in csp and "default-src 'none'" in csp
    assert "unsafe-inline" not in csp.split("style-src")[0]
    assert "server" not in headers


def test_inline_scripts_carry_the_nonce_of_their_response_alone(served: Any) -> None:
    nonces = set()
    for _ in range(2):
        _, headers, body = get(served.url, "/")
        found = re.search(r"'nonce-([\w-]+)'", headers["content-security-policy"])
        assert found and headers["cache-control"] == "no-store"
        page = body.decode()
        opened = re.findall(r"<script\b[^>]*>", page)
        assert len(opened) >= 4 and all(f'nonce="{found[1]}"' in tag or "/lumbar/" in tag for tag in opened)
        nonces.add(found[1])
    assert len(nonces) == 2
    assert "nonce" not in policy()


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/openapi.json",
        "/docs",
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/file=/etc/hostname",
        "/gradio_api/proxy=https://example.org",
        "/gradio_api/deep_link?session_hash=x",
        "/gradio_api/runs",
        "/gradio_api/upload",
        "/manifest.json",
        "/login",
        "/static/../../config",
        "/assets/..%2f..%2fblocks.py",
        "/lumbar/../app.py",
        "/gradio_api/component_server",
        "/gradio_api/stream/x/y/z/a",
        "/svelte/x",
    ],
)
def test_doors_that_the_page_does_not_need_are_closed(served: Any, path: str) -> None:
    assert get(served.url, path)[0] == 404
    assert get(served.url, path, "POST")[0] in (404, 403)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", ""])
def test_other_host_names_are_refused(served: Any, host: str) -> None:
    assert get(served.url, "/", Host=host)[0] == 400


def test_what_another_site_sends_is_refused(served: Any) -> None:
    path = "/gradio_api/queue/join"
    assert get(served.url, path, "POST", Origin="https://evil.example")[0] == 403
    assert get(served.url, path, "POST", Origin="null")[0] == 403
    assert get(served.url, path, "POST", Origin=served.url, **{"Content-Type": "application/json"})[0] == 422


def test_a_server_open_to_a_network_takes_its_own_name() -> None:
    assert Gate("0.0.0.0")._known({"headers": [(b"host", b"clinic.example")]})
    assert not Gate("127.0.0.1")._known({"headers": [(b"host", b"localhost"), (b"host", b"evil.example")]})


# ---- starting


def test_the_first_seconds_have_a_page_with_the_notice() -> None:
    page = starting_page()
    assert "Lumbar is starting" in page and "AI system for healthcare professionals" in page
    assert 'http-equiv="refresh"' in page
    failed = starting_page("ImportError<script>")
    assert "refresh" not in failed and "<script>" not in failed


def test_a_taken_port_is_said_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortError, match="cannot serve on") as caught:
            bind("127.0.0.1", taken.getsockname()[1])
    assert "--port" in caught.value.help


STARTED = """
import types
from ui.app import serve
settings = types.SimpleNamespace(region="none", model=None, storage=False)
serve(lambda: types.SimpleNamespace(stream=lambda *a, **k: [], corpus=None), "127.0.0.1", {port}, settings)
"""


@pytest.fixture
def process() -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = subprocess.Popen(
        [sys.executable, "-c", STARTED.format(port=port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    yield started, port
    if started.poll() is None:
        started.kill()
    started.communicate()


def test_the_port_answers_in_five_seconds_and_the_last_line_is_the_address(
    process: tuple[subprocess.Popen[str], int],
) -> None:
    started, port = process
    begun = time.monotonic()
    status = 0
    while time.monotonic() - begun < 5 and not status:
        try:
            status = get(f"http://127.0.0.1:{port}", "/")[0]
        except OSError:
            time.sleep(0.05)
    assert status == 200, "nothing answered within 5 s"
    assert started.stdout is not None
    assert select.select([started.stdout], [], [], 60)[0], "no line within 60 s"
    assert started.stdout.readline() == f"Lumbar: http://127.0.0.1:{port}\n"
    assert b"gradio_config" in get(f"http://127.0.0.1:{port}", "/")[2]
    started.terminate()
    rest, errors = started.communicate(timeout=20)
    assert rest == "", "nothing comes after the address"
    assert "Traceback" not in errors.replace("KeyboardInterrupt", "")
