"""Fixtures for the UI: replies as the pipeline gives them, a served page with a small assistant, a browser."""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _load_replies() -> Any:
    spec = importlib.util.spec_from_file_location("ui_replies", Path(__file__).with_name("replies.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def replies() -> Any:
    """The fixture module replies.py."""
    return _load_replies()


@pytest.fixture(scope="session")
def settings() -> Any:
    return types.SimpleNamespace(region="none", model=None, storage=False)


@pytest.fixture(scope="session")
def served(replies: Any, settings: Any) -> Iterator[Any]:
    """A running site (`url`) and the fake assistant behind it (`fake`), on a free port of this machine."""
    from ui.serve import Site

    fake = replies.FakeAssistant(delay=0.03)
    site = Site(lambda: fake, "127.0.0.1", 0, settings)
    thread = threading.Thread(target=site.run, daemon=True)
    thread.start()
    assert site.ready.wait(60), "the page was not ready within 60 s"
    yield types.SimpleNamespace(url=site.url, fake=fake, site=site)
    site.stop()
    thread.join(10)
    assert not thread.is_alive(), "the server did not stop"


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Any]:
    """One browser for all tests; `chromium` (tests/conftest.py) skips or fails where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(chromium), args=FLAGS)
        yield opened
        opened.close()


BOX = "#lb-box textarea"
SIZES = {"desktop": (1280, 860), "phone": (360, 740)}


class Screen:
    """A page with a log of what it asked the network for and what went wrong in it."""

    def __init__(self, context: Any, url: str) -> None:
        self.outside: list[str] = []
        self.errors: list[str] = []
        context.route(lambda u: urlsplit(u).hostname not in ("127.0.0.1", None), lambda route: route.abort())
        self.page = context.new_page()
        self.page.on("request", self._asked)
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.on("dialog", lambda d: (self.errors.append(f"dialog {d.message}"), d.dismiss()))
        self.page.set_default_timeout(15_000)
        self.page.goto(url)
        self.page.wait_for_selector(".lb-state-ready")
        self.turns = 0

    def _asked(self, request: Any) -> None:
        if (
            urlsplit(request.url).scheme in ("http", "https", "ws", "wss")
            and urlsplit(request.url).hostname != "127.0.0.1"
        ):
            self.outside.append(request.url)

    def ask(self, question: str) -> Any:
        """Types the question, presses Enter and waits for its turn to end. Gives the turn."""
        self.page.fill(BOX, question)
        self.page.press(BOX, "Enter")
        return self.arrived()

    def until(self, expression: str) -> None:
        """Waits until a JavaScript expression is true. `wait_for_function` needs eval, which the page's policy refuses."""
        deadline = time.monotonic() + 15
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, f"never true: {expression}"
            self.page.wait_for_timeout(50)

    def arrived(self, state: str = "done") -> Any:
        turn = self.page.locator(f"#lb-turn-{self.turns}[data-state={state}]")
        turn.wait_for()
        if state == "done":  # the evidence follows in the same message; the script shows it in the next frame
            self.page.wait_for_selector(
                f"#lb-evidence .lb-evidence[data-turn='{self.turns}'][data-seen]", state="attached"
            )
        self.turns += 1
        return turn


@pytest.fixture
def screen(browser: Any, served: Any) -> Iterator[Callable[..., Screen]]:
    """Opens a page of a size and colour scheme. At the end: no request left the machine and no script failed."""
    opened: list[tuple[Any, Screen]] = []

    def open_(size: str = "desktop", scheme: str = "light", motion: str = "reduce") -> Screen:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion=motion,
            permissions=["clipboard-read", "clipboard-write"],
        )
        opened.append((context, Screen(context, served.url)))
        return opened[-1][1]

    yield open_
    outside = [u for _, s in opened for u in s.outside]
    errors = [e for _, s in opened for e in s.errors]
    for context, _ in opened:
        context.close()
    assert outside == []
    assert errors == []
