"""Whether an index fits what is asked of it. Used by the build (is there anything to do), by readers (may it serve) and
by `lumbar index status`; imports nothing heavy.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index import lexical, store
from index.chunk import CONTEXT_VERSION, Chunk, CorpusLike, chunks, content_hash
from index.errors import IndexCorrupt, IndexError_, IndexMissing, IndexStale
from index.files import MANIFEST, SUSPECT, Layout, Manifest, check_files, read_manifest

SETTINGS = {
    "context": CONTEXT_VERSION,
    "bm25": {"k1": lexical.K1, "b": lexical.B, "words": lexical.WORDS_VERSION},
    "hnsw": store.HNSW,
}


@dataclass(frozen=True)
class Changes:
    """Passage ids that differ between a corpus and an index."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def words(self) -> str:
        """ "3 new, 1 changed, 2 removed passages" """
        parts = [("new", self.added), ("changed", self.changed), ("removed", self.removed)]
        return ", ".join(f"{len(ids)} {name}" for name, ids in parts if ids) + " passages"


@dataclass(frozen=True)
class IndexStatus:
    """What `lumbar index status` shows."""

    state: Literal["current", "stale", "corrupt", "missing"]
    reason: str
    """Why it is not current; empty where it is."""
    help: str
    generation: str | None = None
    passages: int = 0
    changes: Changes | None = None
    embedder: str | None = None
    store: str | None = None
    """ "embedded", or the server's address."""
    built: str | None = None
    """Local date and time of the build, ISO."""
    bytes: int = 0
    path: Path | None = None


def compare(passages: Mapping[str, str], items: Sequence[Chunk]) -> Changes:
    """The index's passages (id -> digest) against the corpus's."""
    now = {item.id: item.digest for item in items}
    return Changes(
        tuple(key for key in now if key not in passages),
        tuple(key for key in now if key in passages and passages[key] != now[key]),
        tuple(key for key in passages if key not in now),
    )


def require_fit(manifest: Manifest, items: Sequence[Chunk], encoder_id: str, chroma_url: str | None) -> None:
    """Raises IndexStale, saying what differs, unless the index was built from these passages in this way."""
    if manifest.content_hash != content_hash(list(items)) and (changes := compare(manifest.passages, items)):
        raise IndexStale(f"the corpus has changed since the index was built: {changes.words()}")
    if manifest.embedder != encoder_id:
        raise IndexStale(
            f"the index was built with the embedder {manifest.embedder}, and the settings say {encoder_id}"
        )
    if manifest.settings != SETTINGS:
        raise IndexStale("the index was built by another version of Lumbar")
    wanted = store.plain_url(chroma_url) if chroma_url else None
    if manifest.store["url"] != wanted:
        names = [url or "the embedded store" for url in (manifest.store["url"], wanted)]
        raise IndexStale(f"the index was built for {names[0]}, and the settings say {names[1]}")


def require_sound(layout: Layout, manifest: Manifest) -> None:
    """Raises IndexCorrupt where a file differs or a reader has found the vector store damaged. Without Chroma."""
    folder = layout.generation(manifest.generation)
    check_files(folder, manifest)
    if manifest.store["kind"] == "embedded":
        store.check_folder(folder)
    if (folder / SUSPECT).exists():
        raise IndexCorrupt((folder / SUSPECT).read_text(encoding="utf-8", errors="replace").strip())


def status(home: Path, corpus: CorpusLike, encoder_id: str, chroma_url: str | None = None) -> IndexStatus:
    """The state of the index under `home`, without loading model or Chroma. Never raises an IndexError_."""
    layout = Layout(home)
    items = chunks(corpus)
    try:
        manifest = read_manifest(layout)
    except IndexError_ as error:
        return IndexStatus(_state(error), str(error), error.help)
    folder = layout.generation(manifest.generation)
    trouble: IndexError_ | None = None
    try:
        require_sound(layout, manifest)
        require_fit(manifest, items, encoder_id, chroma_url)
    except IndexError_ as error:
        trouble = error
    built = datetime.datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime).astimezone()
    return IndexStatus(
        state=_state(trouble),
        reason=str(trouble or ""),
        help=trouble.help if trouble else "",
        generation=manifest.generation,
        passages=len(manifest.passages),
        changes=compare(manifest.passages, items),
        embedder=manifest.embedder,
        store=manifest.store["url"] or "embedded",
        built=built.isoformat(timespec="seconds"),
        bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        path=folder,
    )


def _state(error: IndexError_ | None) -> Literal["current", "stale", "corrupt", "missing"]:
    if error is None:
        return "current"
    if isinstance(error, IndexMissing):
        return "missing"
    return "stale" if isinstance(error, IndexStale) else "corrupt"
