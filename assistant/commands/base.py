"""Runs one command and turns what happened into an exit code and, where the user can mend it, into two plain lines.

0: all processed; 1: a line failed or an outcome was unavailable; 2: nothing could run; 130: interrupted. Standard error
gets everything that is not a result. A defect of ours keeps its traceback: hiding it would help nobody.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

OURS = ("corpus", "index", "assistant", "ui", "evals")

OK, SOME_FAILED, NOTHING_RAN, INTERRUPTED = 0, 1, 2, 130

_OBJECTS = 100_000
"""New objects between two searches for garbage. Libraries, word lists and corpus make a million that all stay: at Python's
own 700, a start spends a tenth of its time on looking through them again and again.
"""


class UserError(Exception):
    """Something that the user can mend. `help` says how."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


def say(message: str) -> None:
    """One line on standard error; a closed standard error is no reason to stop."""
    try:
        print(message, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        return


def user_can_mend(error: BaseException) -> bool:
    """Whether an exception is a message to the user: every error type that our five packages define is."""
    return type(error).__module__.split(".")[0] in OURS


def explain(error: BaseException) -> None:
    """Says what is wrong and what to do; with a traceback only where the fault is ours."""
    if user_can_mend(error):
        say(f"lumbar: {error}")
        help_ = getattr(error, "help", "")
        if isinstance(help_, str) and help_:
            say(f"        {help_[0].upper()}{help_[1:]}{'' if help_.endswith('.') else '.'}")
    elif isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] not in OURS:
        say(f"lumbar: the Python package {error.name} is missing")
        say("        Run 'make install' in the folder of Lumbar.")
    elif isinstance(error, OSError):
        say(f"lumbar: {error.strerror or error}{f': {error.filename}' if error.filename else ''}")
    elif isinstance(error, MemoryError):
        say("lumbar: out of memory")
    else:
        tell_defect(error)
        say("lumbar: this is a defect in Lumbar, not in what you did; the lines above say where")


_told: set[str] = set()


def tell_defect(error: BaseException) -> None:
    """The traceback of a defect, once: a thousand lines that fail alike need one."""
    trace = "".join(traceback.format_exception(error)).rstrip()
    if trace not in _told:
        _told.add(trace)
        say(trace)


def run(module: str, name: str, options: dict[str, Any]) -> int:
    """Calls `assistant.commands.<module>.<name>(**options)`, which returns an exit code; returns the exit code to leave
    with.
    """
    gc.set_threshold(_OBJECTS, 20, 20)
    try:
        command: Callable[..., int] = getattr(importlib.import_module(f"assistant.commands.{module}"), name)
        code = command(**options)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        say("lumbar: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _give_up_on_stdout()  # the reader has gone, as in `lumbar ... | head`
        return SOME_FAILED
    except Exception as error:
        explain(error)
        if isinstance(error, OSError):
            _give_up_on_stdout()
        return NOTHING_RAN


def _give_up_on_stdout() -> None:
    """What is still buffered could not be written; without this, Python would try and complain once more at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
