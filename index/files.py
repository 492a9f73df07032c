"""Where the index lies and how its files are written: generations, manifest, the CURRENT pointer, digests.

A generation is a folder that is complete or does not count: `manifest.json` is its last file, and CURRENT names the
generation that serves together with the sha256 of its manifest. Replacing CURRENT by rename is the only act that
changes what readers see. Leaves what is in a generation to `build.py`, and opening one to `search.py`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from index.errors import IndexCorrupt, IndexMissing, IndexStale

FORMAT = 1
"""Version of the layout below. An index of another format is stale, never read."""

MANIFEST = "manifest.json"
VECTORS = "vectors.npy"
PHRASES = "phrases.json"
PHRASE_VECTORS = "phrases.npy"
LEXICAL = "lexical"
CHROMA = "chroma"
PLAN = "plan.json"
"""Written first into a generation, so that a build that died leaves word of its collection on a server."""
SUSPECT = "suspect.txt"
"""Left by a reader that found the vector store damaged, so that the next build does not take it for current."""


@dataclass(frozen=True)
class Layout:
    """Paths of the index under the run-time home."""

    home: Path

    @property
    def root(self) -> Path:
        return self.home / "index"

    @property
    def generations(self) -> Path:
        return self.root / "generations"

    @property
    def current(self) -> Path:
        return self.root / "CURRENT"

    @property
    def lock(self) -> Path:
        return self.root / "write.lock"

    def generation(self, name: str) -> Path:
        return self.generations / name


@dataclass(frozen=True)
class Manifest:
    """What a generation was built from and what it holds; equal inputs give an equal manifest (embedded store)."""

    format: int
    generation: str
    corpus_hash: str
    content_hash: str
    """Hash over the indexed text of every passage: what staleness is judged by."""
    embedder: str
    dimension: int
    phrases_hash: str
    settings: dict[str, Any]
    store: dict[str, Any]
    """kind: embedded or server; collection; url (without password) for a server."""
    passages: dict[str, str]
    """Passage id -> digest of its indexed text, in row order of the vectors."""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Relative path -> sha256 and size."""

    def dump(self) -> bytes:
        return (json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n").encode()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """sha256 of a file, hexadecimal. Raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe(path: Path) -> dict[str, Any]:
    """A file's entry in a manifest."""
    return {"sha256": digest_file(path), "size": path.stat().st_size}


def differs(path: Path, entry: dict[str, Any]) -> str | None:
    """What is wrong with a file, by its manifest entry ("is missing", "is cut short", "was altered"); None if nothing."""
    try:
        size = path.stat().st_size
        if size != entry["size"]:
            return "is cut short" if size < entry["size"] else "has grown"
        return None if digest_file(path) == entry["sha256"] else "was altered"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def sync(path: Path) -> None:
    """Flushes one file or folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Flushes every file and folder below `folder`, and the folder itself."""
    for base, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync(Path(base) / name)
        sync(Path(base))


def write_atomic(path: Path, data: bytes) -> None:
    """Writes a file so that after a crash either the old or the new content is there, whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync(path.parent)


def point_to(layout: Layout, generation: str) -> None:
    """Makes a complete generation the one that serves."""
    seal = digest_file(layout.generation(generation) / MANIFEST)
    write_atomic(layout.current, f"{generation} {seal}\n".encode())


def read_pointer(layout: Layout) -> tuple[str, str]:
    """(generation, sha256 of its manifest). Raises IndexMissing, IndexCorrupt."""
    try:
        text = layout.current.read_bytes()
    except FileNotFoundError:
        raise IndexMissing("no index has been built yet") from None
    except OSError as error:
        raise IndexCorrupt(f"{layout.current} cannot be read: {error.strerror}") from error
    parts = text.decode("utf-8", "replace").split(" ")
    well_formed = len(parts) == 2 and len(parts[1]) == 65 and parts[1].endswith("\n")
    if not well_formed or not parts[0] or "/" in parts[0] or parts[0].startswith("."):
        raise IndexCorrupt(f"{layout.current} does not name a generation")
    return parts[0], parts[1].strip()


def read_manifest(layout: Layout) -> Manifest:
    """The manifest of the generation that serves. Raises IndexMissing, IndexCorrupt, IndexStale (other format)."""
    generation, seal = read_pointer(layout)
    path = layout.generation(generation) / MANIFEST
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise IndexCorrupt(f"{layout.current} names the generation {generation}, and {path} is missing") from None
    except OSError as error:
        raise IndexCorrupt(f"{path} cannot be read: {error.strerror}") from error
    if digest(data) != seal:
        raise IndexCorrupt(f"{path} was altered, or {layout.current} was")
    loaded = json.loads(data)
    if loaded.get("format") != FORMAT:
        raise IndexStale(f"the index has format {loaded.get('format')}; this version of Lumbar reads format {FORMAT}")
    return Manifest(**loaded)


def check_files(folder: Path, manifest: Manifest, only: Iterable[str] | None = None) -> None:
    """Compares the files of a generation with its manifest. Raises IndexCorrupt naming the first that differs."""
    for name in sorted(manifest.files if only is None else only):
        trouble = differs(folder / name, manifest.files[name])
        if trouble:
            raise IndexCorrupt(f"{folder / name} {trouble}")


def tree_digests(folder: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Manifest entries of the named files."""
    return {name: describe(folder / name) for name in sorted(names)}
