"""Looks at a finished generation before it may serve: digests, both indexes opened, every id and vector in Chroma, and a
sample of passages that must find themselves. `child.py` runs it in a fresh process.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import IndexCorrupt
from index.files import LEXICAL, MANIFEST, VECTORS, Manifest, check_files
from index.lexical import Lexical
from index.store import Store

_SAMPLE = 100


def check_generation(folder: Path, chroma_url: str | None) -> dict[str, Any]:
    """Checks a generation and returns its counts. Raises IndexCorrupt, ChromaDown."""
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
