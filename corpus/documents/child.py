"""Reads a document in a process of its own, with limits of time, memory and output, so that no file can hang or crash the caller.

The child gets no environment, opens the one file, and writes its answer into a temporary file that the parent has opened. What
a reader refuses comes back as the same DocumentError; a child that dies or is stopped is a refusal too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.documents.blocks import Document
from corpus.documents.refuse import MAX_CHARACTERS, DocumentError, Kind

_START = "import sys; sys.path.insert(0, sys.argv[1]); from corpus.documents.child import main; sys.exit(main(*sys.argv[2:]))"


@dataclass(frozen=True)
class Limits:
    """What one reading may take."""

    cpu_seconds: int = 90
    wall_seconds: int = 180
    memory: int = 2**30
    output: int = 128 * 2**20


def read_document(path: Path, kind: Kind, limits: Limits | None = None) -> Document:
    """The document as blocks. Raises DocumentError."""
    limits = limits or Limits()
    root = str(Path(__file__).resolve().parents[2])
    task = json.dumps({"path": str(path.resolve()), "kind": kind, "limits": vars_of(limits)})
    with tempfile.TemporaryFile() as answer:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-c", _START, root, task],
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env={},
                cwd=root,
                timeout=limits.wall_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _stopped(f"it took more than {limits.wall_seconds} seconds") from None
        answer.seek(0)
        said = answer.read()
    try:
        given = json.loads(said)
        if "refused" in given:
            raise DocumentError(given["refused"], given["help"])
        return Document.load(given)
    except (ValueError, KeyError, TypeError):
        raise _stopped(_why(done.returncode, limits)) from None


def vars_of(limits: Limits) -> dict[str, int]:
    return {"cpu": limits.cpu_seconds, "memory": limits.memory, "output": limits.output}


def _stopped(why: str) -> DocumentError:
    return DocumentError(
        f"the file could not be read: {why}",
        "if you trust it, open it in its own program and save it again, or print it as PDF, and add that",
    )


def _why(code: int, limits: Limits) -> str:
    if code in (-24, -9, 152):
        return f"it took more than {limits.cpu_seconds} seconds of computing"
    if code == 3:
        return f"it needed more than {limits.memory / 2**30:.0f} GB of memory"
    return "its reader stopped, as it does on damaged or hostile files"


def main(task: str) -> int:
    """Entry of the child: sets its own limits, reads, and prints the document or the refusal as JSON."""
    given = json.loads(task)
    _limit(given["limits"])
    sys.setrecursionlimit(2_000)
    try:
        answer: dict[str, Any] = _read(Path(given["path"]).read_bytes(), given["kind"]).dump()
    except DocumentError as error:
        answer = {"refused": str(error), "help": error.help}
    except MemoryError:
        return 3
    except RecursionError:
        answer = {"refused": "the file is nested too deeply to be a document", "help": "save its text and add that"}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    return 0


def _limit(limits: dict[str, int]) -> None:
    import resource

    for kind, value in (
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["output"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def _read(data: bytes, kind: Kind) -> Document:
    if kind == "pdf":
        from corpus.documents import pdf as reader
    elif kind == "docx":
        from corpus.documents import docx as reader  # type: ignore[no-redef]
    elif kind == "html":
        from corpus.documents import html as reader  # type: ignore[no-redef]
    elif kind == "markdown":
        from corpus.documents import markdown as reader  # type: ignore[no-redef]
    else:
        from corpus.documents import text as reader  # type: ignore[no-redef]
    document = reader.read(data)
    size = sum(len(block.text) for block in document.blocks)
    if size > MAX_CHARACTERS:
        raise DocumentError(f"its text has {size:,} characters and {MAX_CHARACTERS:,} can be read", "split the document")
    if not any(character.isalpha() for block in document.blocks for character in block.text):
        raise DocumentError("it holds no text", "check that it is the right file; a scanned one needs text recognition first")
    return document
