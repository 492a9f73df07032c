"""Opens the index that serves, for searching, and checks it first: digests, ids, vectors, and whether it fits.

What does not fit is refused with what to do. Nothing is repaired, and no leg of the search stands in for the other.
Leaves the ranking to `searcher.py`.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.chunk import CorpusLike, chunks
from index.embed import Encoder
from index.errors import ChromaDown, IndexCorrupt, IndexError_, IndexMissing, IndexStale
from index.expand import Expander
from index.files import (
    LEXICAL,
    MANIFEST,
    PHRASE_VECTORS,
    PHRASES,
    SUSPECT,
    VECTORS,
    Layout,
    Manifest,
    check_files,
    read_manifest,
)
from index.hits import Allow, Hints, Hit, Mode, Why
from index.lexical import Lexical
from index.lock import Lease
from index.searcher import EXACT_LIMIT, Searcher
from index.state import require_fit
from index.store import Store, check_folder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corpus.lexicon import Lexicon

    Vector = NDArray[np.float32]

__all__ = [
    "Allow",
    "ChromaDown",
    "Hints",
    "Hit",
    "IndexCorrupt",
    "IndexError_",
    "IndexMissing",
    "IndexStale",
    "Mode",
    "Searcher",
    "Why",
    "open_searcher",
]


def open_searcher(
    corpus: CorpusLike,
    home: Path,
    *,
    encoder: Encoder,
    chroma_url: str | None = None,
    lexicon: Lexicon | None = None,
    once: bool = False,
) -> Searcher:
    """Opens the generation that serves; with a lexicon, questions are expanded by it.

    `once`, for a process that asks one question: an embedded store is checked as a file but not opened with Chroma, whose import and
    opening cost more than all the rest. Up to EXACT_LIMIT passages the ranking is the same with and without it: Chroma's candidates
    are scored again exactly, and what it missed is added (`searcher.py`).
    Raises IndexMissing, IndexStale, IndexCorrupt, ChromaDown, ModelCorrupt."""
    warm = getattr(encoder, "warm", None)
    if warm:
        warm()
    layout = Layout(home)
    manifest, lease = _lease(layout)
    folder = layout.generation(manifest.generation)
    try:
        require_fit(manifest, chunks(corpus), encoder.id, chroma_url)
        check_files(folder, manifest)
        vectors = np.load(folder / VECTORS, allow_pickle=False)
        lexical = Lexical.open(folder / LEXICAL)
        phrases: dict[str, Vector] = {}
        if PHRASES in manifest.files:
            names = json.loads((folder / PHRASES).read_text(encoding="utf-8"))
            phrases = dict(zip(names, np.load(folder / PHRASE_VECTORS, allow_pickle=False), strict=True))
        store = _open_store(manifest, folder, vectors, chroma_url, once and len(vectors) <= EXACT_LIMIT)
        try:
            ready = getattr(encoder, "ready", None)
            if ready:
                ready()
            expander = Expander(corpus.passages, lexicon) if lexicon else None
            return Searcher(corpus, encoder, manifest, vectors, lexical, store, lease, phrases, expander)
        except BaseException:
            if store is not None:
                store.close()
            raise
    except BaseException:
        lease.release()
        raise


def _lease(layout: Layout) -> tuple[Manifest, Lease]:
    """The manifest that serves, held against removal; tried again if a build swapped it in between."""
    for attempt in (1, 2, 3):
        manifest = read_manifest(layout)
        with suppress(FileNotFoundError):
            lease = Lease(layout.generation(manifest.generation) / MANIFEST)
            if attempt == 3 or read_manifest(layout).generation == manifest.generation:
                return manifest, lease
            lease.release()
    raise IndexCorrupt(f"{layout.current} names a generation that goes away while it is read")


def _open_store(
    manifest: Manifest, folder: Path, vectors: Vector, chroma_url: str | None, only_check: bool
) -> Store | None:
    try:
        if only_check and manifest.store["kind"] == "embedded":
            check_folder(folder)
            return None
        store = Store.open(manifest.store, folder, chroma_url)
        try:
            store.check(list(manifest.passages), vectors)
        except BaseException:
            store.close()
            raise
        return store
    except IndexCorrupt as error:
        with suppress(OSError):  # a read-only home: the reader still refuses, only the build will not know
            (folder / SUSPECT).write_text(f"{error}\n", encoding="utf-8")
        raise
