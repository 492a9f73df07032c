"""How far a long job is, on standard error: a bar on a terminal, elsewhere a line now and then. Measures nothing itself."""

from __future__ import annotations

import sys
import time


class Progress:
    """Call `step` as work is done and `end` at last. Standard output is never touched."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done = what, total, 0
        self.began = self.said = time.monotonic()
        self.bar = sys.stderr is not None and sys.stderr.isatty()

    def step(self, number: int = 1) -> None:
        """`number` more are done."""
        self.done += number
        now = time.monotonic()
        if now - self.said < (0.1 if self.bar else 10) and not (self.bar and self.done >= self.total):
            return
        self.said = now
        left = (now - self.began) / max(1, self.done) * (self.total - self.done)
        if self.bar:
            filled = 30 * self.done // max(1, self.total)
            bar = f"[{'#' * filled}{'.' * (30 - filled)}]"
            print(f"\r{self.what} {bar} {self.done}/{self.total}, {left:.0f} s left   ", end="", file=sys.stderr, flush=True)
        else:
            print(f"{self.what}: {self.done} of {self.total}, {left:.0f} s left", file=sys.stderr, flush=True)

    def end(self) -> float:
        """Ends the bar, says how long it took and returns that, in seconds."""
        seconds = time.monotonic() - self.began
        if self.bar:
            print(file=sys.stderr)
        print(f"{self.what}: {self.done} in {seconds:.1f} s", file=sys.stderr, flush=True)
        return seconds
