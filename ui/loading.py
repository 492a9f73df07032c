"""Opens the assistant in the background, so that the page is there first; to the app it is one whose `stream` waits."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ui.words import words

_FOLDERS = re.compile(r"(?<!\w)/(?:[^\s/]+/)+")


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

    def __init__(
        self,
        factory: Callable[[], Any],
        rescue: Callable[[Exception], Any] | None = None,
        version: Callable[[], str] = str,
    ) -> None:
        """`rescue` makes what answers instead when `factory` fails; it may fail too. `version` names what the assistant was opened on: when it
        changes, a document has come or gone, and the assistant is opened anew before the next question.
        """
        self._factory = factory
        self._rescue = rescue
        self._version = version
        self._on = ""
        self._renewing = threading.Lock()
        self._done = threading.Event()
        self._assistant: Any = None
        self._cause = ""
        self._help = ""

    def start(self) -> None:
        threading.Thread(target=self._open, name="open-assistant", daemon=True).start()

    def _open(self) -> None:
        try:
            self._on = self._version()
            self._assistant = self._factory()
            self._warm()
        except Exception as error:
            self._cause = f"{type(error).__name__}: {error}".splitlines()[0]
            self._help = str(getattr(error, "help", "run `lumbar doctor`"))
            print(f"Lumbar cannot answer: {self._cause}. What to do: {self._help}", file=sys.stderr, flush=True)
            self._try_rescue(error)
        finally:
            self._done.set()

    def _warm(self) -> None:
        """Answers one question, so that the first clinician does not wait for what is loaded at first use."""
        question = words()["examples"]["items"][-1]["question"]
        for _ in self._assistant.stream([{"role": "user", "content": question}], region="none"):
            pass

    def _renew(self) -> None:
        """Opens the assistant again where the index under it was exchanged: what was removed is in no further answer."""
        with self._renewing:
            now = self._version()
            if self._cause or now == self._on:
                return
            try:
                self._assistant = self._factory()
                self._on = now
            except Exception as error:
                self._assistant = None
                self._cause = f"{type(error).__name__}: {error}".splitlines()[0]
                self._help = str(getattr(error, "help", "run `lumbar doctor`"))
                self._try_rescue(error)

    def _try_rescue(self, error: Exception) -> None:
        if self._rescue is None:
            return
        try:
            self._assistant = self._rescue(error)
        except Exception as second:
            print(
                f"Lumbar cannot check red flags either: {type(second).__name__}: {second}", file=sys.stderr, flush=True
            )

    @property
    def state(self) -> Literal["loading", "ready", "limited", "failed"]:
        """limited: it cannot answer, but what `rescue` gave still checks red flags."""
        if not self._done.is_set():
            return "loading"
        if self._assistant is None:
            return "failed"
        return "limited" if self._cause else "ready"

    @property
    def problem(self) -> str:
        """Cause and what to do in one line, without folders of the server; empty while there is no problem."""
        return _FOLDERS.sub("", f"{self._cause}. What to do: {self._help}") if self._cause else ""

    @property
    def opened(self) -> Any:
        """The assistant, or None while it is not there."""
        return self._assistant

    def stream(self, messages: list[dict[str, str]], **options: Any) -> Iterator[Any]:
        """The assistant's own stream, after a first stage while it opens. Raises `NotReady` where opening failed."""
        if not self._done.is_set():
            yield Starting()
            self._done.wait()
        self._renew()
        if self._assistant is None:
            raise NotReady(self._cause, self._help)
        yield from self._assistant.stream(messages, **options)
