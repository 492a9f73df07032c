"""Opens the assistant in the background, so that the page is there first; to the app it is one whose `stream` waits."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Starting:
    """A stage of ours before the pipeline's own: the assistant is still being opened."""

    name: str = "start"
    detail: str = ""


class NotReady(Exception):
    """The assistant could not be opened. The message is its cause in one line; `help` says what to do."""

    def __init__(self, cause: str, help: str) -> None:
        super().__init__(cause)
        self.help = help


class Background:
    """An assistant that opens by itself once `start()` was called."""

    def __init__(self, factory: Callable[[], Any]) -> None:
        self._factory = factory
        self._done = threading.Event()
        self._assistant: Any = None
        self._cause = ""
        self._help = ""

    def start(self) -> None:
        threading.Thread(target=self._open, name="open-assistant", daemon=True).start()

    def _open(self) -> None:
        try:
            self._assistant = self._factory()
        except Exception as error:
            self._cause = f"{type(error).__name__}: {error}".splitlines()[0]
            self._help = str(getattr(error, "help", "run `lumbar doctor`"))
            print(f"Lumbar could not open its index: {self.problem}", file=sys.stderr, flush=True)
        finally:
            self._done.set()

    @property
    def state(self) -> Literal["loading", "ready", "failed"]:
        if not self._done.is_set():
            return "loading"
        return "failed" if self._assistant is None else "ready"

    @property
    def problem(self) -> str:
        """Cause and what to do in one line; empty unless failed."""
        return f"{self._cause}. What to do: {self._help}" if self._cause else ""

    @property
    def opened(self) -> Any:
        """The assistant, or None while it is not there."""
        return self._assistant

    def stream(self, messages: list[dict[str, str]], **options: Any) -> Iterator[Any]:
        """The assistant's own stream, after a first stage while it opens. Raises `NotReady` where opening failed."""
        if not self._done.is_set():
            yield Starting()
            self._done.wait()
        if self._assistant is None:
            raise NotReady(self._cause, self._help)
        yield from self._assistant.stream(messages, **options)
