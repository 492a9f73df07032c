"""Slows a fast sequence of states down to what a reader can see: each redraw costs the server more than a stage does."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import TypeVar

T = TypeVar("T")
PAUSE = 0.1
"""Seconds in which states are gathered before the newest is shown."""


def paced(states: Generator[T, None, None], final: Callable[[T], bool], pause: float = PAUSE) -> Iterator[T]:
    """The newest state every `pause` seconds, and every final one at once. A state that lasts is shown, however late it came.

    `states` runs in a thread of its own. When the caller stops early it is closed at its next state.
    """
    arrived: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()
    stopped = threading.Event()

    def work() -> None:
        try:
            for state in states:
                arrived.put((state,))
                if stopped.is_set():
                    break
        finally:
            states.close()
            arrived.put(None)

    threading.Thread(target=work, name="turn", daemon=True).start()
    try:
        item = arrived.get()
        while item is not None:
            item, following = _newest(item, arrived, final, pause)
            yield item[0]
            item = arrived.get() if following else None
    finally:
        stopped.set()


def _newest(
    item: tuple[T], arrived: queue.SimpleQueue[tuple[T] | None], final: Callable[[T], bool], pause: float
) -> tuple[tuple[T], bool]:
    """The last state that comes within the pause, and whether more may follow."""
    until = time.monotonic() + pause
    while not final(item[0]):
        try:
            later = arrived.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        if later is None:
            return item, False
        item = later
    return item, True
