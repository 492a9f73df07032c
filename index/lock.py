"""One writer at a time, many readers. The locks are the kernel's (`flock`): they end with their process, however it ends.

POSIX only. A writer holds `write.lock` exclusively; a reader holds its generation's manifest shared, so that the
cleaning up after a build spares a generation that a running server still reads.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import IndexBusy


@contextmanager
def writing(path: Path, what: str = "building this index") -> Iterator[None]:
    """Holds the exclusive lock. Raises IndexBusy at once, naming the holder, where another process has it; `what` says
    what that process is then doing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
            raise IndexBusy(
                f"another process{f' (pid {holder})' if holder else ''} is {what}",
                "wait until it has finished; the present index serves meanwhile",
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


class Lease:
    """A reader's hold on a generation, until `release` or the end of the process."""

    def __init__(self, manifest: Path) -> None:
        self._handle = os.open(manifest, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def release(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def in_use(manifest: Path) -> bool:
    """Whether a reader holds a lease on this generation."""
    try:
        handle = os.open(manifest, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
