"""The clinic's own documents on disk: a library beside the index, in generations, of which one is in force.

    library/CURRENT                  name of the generation in force
    library/NEXT                     a generation on its way in, and the corpus hash that its index will carry
    library/generations/NAME/        sources.yaml, guidelines/*.yaml (what `load_corpus(extra=...)` reads), documents.json
    library/originals/SHA256.pdf     the files as they were added

The swap of the index is the one act that puts a new generation in force: NEXT counts as soon as the serving index was built
from it, and not before. So whoever is killed at any moment leaves the library and its index as before or as after. What
is added or removed is `intake.py`'s.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from corpus.load import Corpus, CorpusError, load_corpus

if TYPE_CHECKING:
    from corpus.model import Guideline, Passage

SOURCES, GUIDELINES, DOCUMENTS = "sources.yaml", "guidelines", "documents.json"


@dataclass(frozen=True)
class Entry:
    """One document of the library: its file, and what its reading said."""

    id: str
    file: str
    """Name of the file as it was added."""
    sha256: str
    kind: str
    bytes: int
    pages: int | None
    passages: int
    reader: int
    """Version of the readers that made its passages."""
    notes: tuple[str, ...] = ()

    @property
    def original(self) -> str:
        ending = {"markdown": "md", "text": "txt"}.get(self.kind, self.kind)
        return f"{self.sha256}.{ending}"


@dataclass(frozen=True)
class Shelf:
    """Paths of the library under the run-time home."""

    home: Path

    @property
    def root(self) -> Path:
        return self.home / "library"

    @property
    def current(self) -> Path:
        return self.root / "CURRENT"

    @property
    def next(self) -> Path:
        return self.root / "NEXT"

    @property
    def lock(self) -> Path:
        return self.root / "write.lock"

    @property
    def originals(self) -> Path:
        return self.root / "originals"

    def generation(self, name: str) -> Path:
        return self.root / "generations" / name


@dataclass(frozen=True)
class Library:
    """What is in force: documents by id and their registered sources."""

    entries: dict[str, Entry]
    sources: dict[str, Guideline]
    name: str | None
    """Of the generation; null where nothing was ever added."""


def folder(home: Path) -> Path | None:
    """The folder of the clinic's own corpus, for `load_corpus(extra=...)`; None where there is none."""
    name = _in_force(Shelf(home))
    return Shelf(home).generation(name) if name else None


def open_corpus(home: Path) -> Corpus:
    """Lumbar's corpus with the clinic's documents. Raises CorpusError."""
    return load_corpus(extra=folder(home))


def open_library(home: Path) -> Library:
    """What the library holds. Raises CorpusError where its files are damaged."""
    shelf = Shelf(home)
    name = _in_force(shelf)
    if name is None:
        return Library({}, {}, None)
    from corpus.model import Guideline

    place = shelf.generation(name)
    try:
        rows = json.loads((place / DOCUMENTS).read_bytes())
        entries = [Entry(**{**row, "notes": tuple(row["notes"])}) for row in rows]
        sources = [Guideline(**row) for row in yaml.load((place / SOURCES).read_bytes(), yaml.CSafeLoader)["sources"]]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise CorpusError(
            f"{place}: the library is damaged ({type(error).__name__}); restore it from a backup, or move the folder "
            f"{shelf.root} away and add the documents again"
        ) from error
    return Library({e.id: e for e in entries}, {s.id: s for s in sources}, name)


def _in_force(shelf: Shelf) -> str | None:
    pending = _pending(shelf)
    if pending and _serves(shelf.home, pending["corpus_hash"]):
        return str(pending["generation"]) or None
    try:
        return shelf.current.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def _pending(shelf: Shelf) -> dict[str, str] | None:
    try:
        found = json.loads(shelf.next.read_bytes())
        return {"generation": str(found["generation"]), "corpus_hash": str(found["corpus_hash"])}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return None  # never written whole, so never in force


def _serves(home: Path, corpus_hash: str) -> bool:
    """Whether the index that serves was built from the corpus of that hash."""
    from index.errors import IndexError_
    from index.files import Layout, read_manifest

    try:
        return read_manifest(Layout(home)).corpus_hash == corpus_hash
    except (IndexError_, OSError, ValueError, TypeError):
        return False


# -- writing -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def writing(home: Path) -> Iterator[None]:
    """The library's exclusive lock, with what a killed writer left put in order. Raises IndexBusy."""
    from index.lock import writing as locked

    shelf = Shelf(home)
    for path in (home, shelf.root, shelf.originals, shelf.root / "generations"):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(shelf.lock, "changing the library or building its index"):
        settle(home)
        yield


def settle(home: Path) -> None:
    """Makes a pending generation the current one where its index serves, else drops it. Call it with the lock held."""
    shelf = Shelf(home)
    if not shelf.next.exists():
        return
    name = _in_force(shelf)
    old = shelf.current.read_text(encoding="utf-8").strip() if shelf.current.exists() else ""
    if name and name != old:
        _swap(shelf.current, f"{name}\n".encode())
    shelf.next.unlink(missing_ok=True)


def stage(home: Path, library: Library, fresh: Mapping[str, Sequence[Passage]]) -> Path:
    """Writes a complete generation with these entries and sources; passages not in `fresh` are those of the one in force.

    Returns its folder. Nothing of it counts before `announce` and the swap of the index.
    """
    from index.files import sync_tree

    shelf = Shelf(home)
    now = _in_force(shelf)
    numbers = [int(p.name) for p in (shelf.root / "generations").iterdir() if p.name.isdigit()]
    place = shelf.generation(f"{max(numbers, default=0) + 1:06d}")
    (place / GUIDELINES).mkdir(mode=0o700, parents=True)
    place.chmod(0o700)
    for entry in library.entries.values():
        target = place / GUIDELINES / f"{entry.id}.yaml"
        if entry.id in fresh:
            _write(target, _passages_file(entry.id, fresh[entry.id]))
        else:
            os.link(shelf.generation(str(now)) / GUIDELINES / f"{entry.id}.yaml", target)
    rows = [library.sources[key].model_dump(mode="json", exclude_defaults=True) for key in sorted(library.sources)]
    _write(place / SOURCES, _yaml({"sources": rows}))
    entries = [asdict(library.entries[key]) for key in sorted(library.entries)]
    _write(place / DOCUMENTS, json.dumps(entries, indent=1, ensure_ascii=False).encode() + b"\n")
    sync_tree(place)
    return place


def announce(home: Path, generation: str, corpus_hash: str) -> None:
    """Says which generation comes into force when the index of that corpus does."""
    _swap(Shelf(home).next, json.dumps({"generation": generation, "corpus_hash": corpus_hash}).encode())


def keep_original(home: Path, entry: Entry, data: bytes) -> None:
    """Keeps the file as it was added, readable by this user only."""
    path = Shelf(home).originals / entry.original
    if not path.exists():
        _swap(path, data)


def tidy(home: Path) -> None:
    """Removes generations and originals that nothing needs; the generation before the present one stays for its readers."""
    shelf = Shelf(home)
    name = _in_force(shelf)
    folders = sorted(p for p in (shelf.root / "generations").iterdir() if p.name.isdigit())
    before = [p.name for p in folders if name and p.name < name]
    keep = {name, before[-1] if before else name}
    for place in folders:
        if place.name not in keep:
            shutil.rmtree(place, ignore_errors=True)
    wanted = {entry.original for entry in open_library(home).entries.values()}
    for path in shelf.originals.iterdir():
        if path.name not in wanted:
            path.unlink(missing_ok=True)


def marked(source: Guideline, **changes: Any) -> Guideline:
    return source.model_copy(update=changes)


def with_entry(library: Library, entry: Entry, source: Guideline) -> Library:
    return replace(
        library,
        entries={**library.entries, entry.id: entry},
        sources={**library.sources, source.id: source},
    )


def without(library: Library, key: str) -> Library:
    return replace(
        library,
        entries={k: v for k, v in library.entries.items() if k != key},
        sources={k: v for k, v in library.sources.items() if k != key},
    )


def _passages_file(guideline_id: str, passages: Sequence[Passage]) -> bytes:
    rows = [
        {k: v for k, v in p.model_dump(mode="json", exclude_defaults=True).items() if k != "guideline_id"}
        for p in passages
    ]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f'{{"guideline_id": {json.dumps(guideline_id)}, "passages": [\n{lines}\n]}}\n'.encode()


def _yaml(data: Any) -> bytes:
    text: str = yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=10_000)
    return text.encode()


def _swap(path: Path, data: bytes) -> None:
    """Writes a file so that after a crash either the old or the new content is there, whole."""
    from index.files import sync

    draft = path.with_name(f".{path.name}.tmp")  # one writer at a time: the name is free
    _write(draft, data)
    draft.replace(path)
    sync(path.parent)


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
