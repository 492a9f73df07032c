"""Looks at a generation from a process of its own, before it may serve: what is on the disk, not what memory holds.

Run as a child of the build (`check_fresh`). Digests, both indexes opened, every id and vector in Chroma, and a sample of
passages that must find themselves.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import ChromaDown, IndexCorrupt, IndexError_
from index.files import LEXICAL, MANIFEST, VECTORS, Manifest, check_files
from index.lexical import Lexical
from index.store import Store

_SAMPLE = 100
_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from index.verify import main; sys.exit(main(sys.argv[2:]))"


def check_fresh(folder: Path, chroma_url: str | None) -> dict[str, Any]:
    """Checks a finished generation in a new process. Returns its counts; raises IndexCorrupt, ChromaDown."""
    root = str(Path(__file__).resolve().parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, root, str(folder)],
        cwd=root,
        input=chroma_url or "",
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        tail = done.stderr.strip().splitlines()[-1:] or [f"it ended with code {done.returncode}"]
        raise IndexCorrupt(f"the new index could not be checked: {tail[0]}") from None
    if "error" in answer:
        kind = ChromaDown if answer["kind"] == "ChromaDown" else IndexCorrupt
        raise kind(f"the new index failed its check: {answer['error']}", answer["help"])
    return answer


def check_generation(folder: Path, chroma_url: str | None) -> dict[str, Any]:
    """The check itself, in this process. Raises IndexError_."""
    manifest = Manifest(**json.loads((folder / MANIFEST).read_bytes()))
    check_files(folder, manifest)
    ids = list(manifest.passages)
    vectors = np.load(folder / VECTORS, allow_pickle=False)
    if vectors.shape != (len(ids), manifest.dimension):
        raise IndexCorrupt(f"{folder / VECTORS} has the shape {vectors.shape} for {len(ids)} passages")
    lexical = Lexical.open(folder / LEXICAL)
    if lexical.count != len(ids):
        raise IndexCorrupt(f"{folder / LEXICAL} holds {lexical.count} passages, not {len(ids)}")
    store = Store.open(manifest.store, folder, chroma_url)
    try:
        store.check(ids, vectors)
        asked = self_recall(store, ids, vectors)
    finally:
        store.close()
    return {"passages": len(ids), "self_recall_of": asked}


def self_recall(store: Store, ids: list[str], vectors: np.ndarray[Any, np.dtype[np.float32]]) -> int:
    """Every sampled passage must be among the nearest to its own vector; how many were asked. Raises IndexCorrupt."""
    step = max(1, len(ids) // _SAMPLE)
    rows = {name: row for row, name in enumerate(ids)}
    sample = range(0, len(ids), step)
    for row in sample:
        found = store.nearest(vectors[row], min(10, len(ids)))
        best = max((float(vectors[rows[name]] @ vectors[row]) for name in found), default=0.0)
        if ids[row] not in found and best < 0.99999:  # twins of a text may crowd it out
            raise IndexCorrupt(f"the vector store does not find passage {ids[row]} by its own vector")
    return len(sample)


def main(arguments: list[str]) -> int:
    """Entry of the child: the generation's folder; the server's address comes by standard input (it may hold a password)."""
    try:
        print(json.dumps(check_generation(Path(arguments[0]), sys.stdin.read().strip() or None)))
        return 0
    except IndexError_ as error:
        print(json.dumps({"error": str(error), "kind": type(error).__name__, "help": error.help}))
        return 1
