"""Tables that take long to build from their files, kept between processes: the corpus, the lexicon, the screen's word lists.

A convenience only. A kept table is used when it was built from exactly the files that are there now, data and code; when it
is missing, older, cut short, altered, or could have been written by another user, the table is built as if there were no
cache. It is a pickle, and to load one is to run it: hence the care about whose file it is. Nothing is kept until `use` has
named a folder, which the caller that knows the settings does. What is in a table is left to the module that builds it.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_DIGEST = hashlib.sha256().digest_size
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_folder: Path | None = None


def use(folder: Path | None) -> None:
    """Names the folder in which this process keeps tables; None: it keeps none. Its parent must exist for it to be made."""
    global _folder
    _folder = folder


def kept(name: str, kind: type[T], files: Iterable[Path], build: Callable[[], T]) -> T:
    """The table `name`: as kept, if that was built from `files` as they are now, else what `build` returns, which is kept.

    `files` are all that the table depends on: its data (a missing file counts as such) and the source of what builds it.
    Raises what `build` raises, and nothing of its own.
    """
    folder = _folder
    if folder is None:
        return build()
    files = list(files)
    key = _key(files)
    table = _load(folder, name, key)
    if isinstance(table, kind):
        return table
    built = build()
    if _key(files) == key:  # else a file changed meanwhile, and nobody knows what the table was built from
        _save(folder, name, key, built)
    return built


def _key(files: Iterable[Path]) -> bytes:
    from pydantic import VERSION

    whole = hashlib.sha256(f"{sys.version}\n{VERSION}\n".encode())
    for path in files:
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            digest = "missing"
        whole.update(f"{len(str(path))}:{path} {digest}\n".encode("utf-8", "surrogateescape"))
    return whole.digest()


def _load(folder: Path, name: str, key: bytes) -> object:
    """The table as kept, or None where there is none to be trusted."""
    import pickle

    try:
        if not _private(os.lstat(folder), stat.S_ISDIR):
            return None
        with open(os.open(folder / f"{name}.pickle", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            if not _private(os.fstat(file.fileno()), stat.S_ISREG) or file.read(_DIGEST) != key:
                return None
            digest, content = file.read(_DIGEST), file.read()
        if hashlib.sha256(content).digest() != digest:
            return None
        found: object = pickle.loads(content)
        return found
    except Exception:  # whatever is wrong with it, the table can be built
        return None


def _save(folder: Path, name: str, key: bytes, table: object) -> None:
    import pickle
    import tempfile

    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not _private(os.lstat(folder), stat.S_ISDIR):
            return
        content = pickle.dumps(table, pickle.HIGHEST_PROTOCOL)
        handle, new = tempfile.mkstemp(prefix=f".{name}-", dir=folder)  # made with mode 0600
        try:
            with open(handle, "wb") as file:
                file.write(key + hashlib.sha256(content).digest() + content)
            os.replace(new, folder / f"{name}.pickle")
        except BaseException:
            os.unlink(new)
            raise
    except Exception:  # a full disk, a folder that cannot be written: the next process builds the table again
        return


def _private(found: os.stat_result, of_kind: Callable[[int], bool]) -> bool:
    return of_kind(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_WRITE
