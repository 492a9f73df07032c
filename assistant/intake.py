"""Adds documents to the clinic's library and removes them, with the index brought up to date in the same act.

A file and its registered source become passages (`corpus/documents/`), the library a new generation (`library.py`), the index
a new generation (`index/build.py`); what was there before serves until the index is swapped. Leaves command-line words to
`commands/library.py`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import library
from assistant.library import Entry, Library
from corpus.documents.refuse import MAX_BYTES, DocumentError, kind_of
from corpus.load import Corpus, CorpusError, load_corpus

if TYPE_CHECKING:
    from assistant.settings import Settings
    from corpus.model import Guideline, Passage
    from index.build import BuildReport

READER = 1
"""Raise it when readers or cutting change, so that adding a file again reads it anew."""
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_URL = re.compile(r"https?://[^\s<>\"]{3,500}")
Progress = Callable[[str, int, int], None]


class IntakeError(Exception):
    """Nothing was added or removed. `help` says what to do."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True)
class Source:
    """What whoever adds a document says about it."""

    id: str
    title: str
    issuer: str
    year: int
    url: str | None = None
    licence: str | None = None
    jurisdiction: str | None = None
    supersedes: str | None = None


@dataclass(frozen=True)
class Added:
    """What became of one document."""

    entry: Entry
    unchanged: bool
    strengths: int
    """Passages with a strength that the document prints."""


@dataclass(frozen=True)
class Change:
    """What an act on the library did; `report` is null where nothing had to be built."""

    added: tuple[Added, ...] = ()
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    report: BuildReport | None = None


def source_of(values: dict[str, Any], today: int, where: str = "") -> Source:
    """A checked source. Raises IntakeError naming what is missing or cannot be."""
    at = f"{where}: " if where else ""
    unknown = sorted(set(values) - set(Source.__dataclass_fields__))
    if unknown:
        raise IntakeError(f"{at}unknown key {unknown[0]!r}", f"use {', '.join(Source.__dataclass_fields__)} and file")
    given = {k: (v.strip() if isinstance(v, str) else v) for k, v in values.items() if v not in (None, "")}
    missing = [name for name in ("id", "title", "issuer", "year") if not given.get(name)]
    if missing:
        raise IntakeError(
            f"{at}no source data: {', '.join(missing)} missing",
            "say whose document it is with --id, --title, --issuer and --year, or add a folder with a sources.yaml",
        )
    strings: dict[str, Any] = {k: v for k, v in given.items() if k != "year"}
    wrong = next((k for k, v in strings.items() if not isinstance(v, str) or not v.isprintable() or len(v) > 500), None)
    if wrong:
        raise IntakeError(f"{at}the {wrong} is not one line of text", "correct it")
    if not _ID.fullmatch(given["id"]):
        raise IntakeError(
            f"{at}{given['id']!r} cannot be an id", "use 2 to 40 lower-case letters, digits and hyphens: back-pain-2026"
        )
    year = given["year"]
    if isinstance(year, bool) or not isinstance(year, int) or not 1900 <= year <= today + 1:
        raise IntakeError(f"{at}{year!r} is no year of publication", f"give a year from 1900 to {today + 1}")
    if given.get("url") and not _URL.fullmatch(given["url"]):
        raise IntakeError(f"{at}{given['url']!r} is no web address", "give one that begins with https://")
    return Source(**{**strings, "year": year})


def add(
    settings: Settings, items: Sequence[tuple[Path, Source]], *, replace_file: bool = False, progress: Progress | None = None
) -> Change:
    """Adds all of the files or none. Raises DocumentError, IntakeError, CorpusError, IndexError_, OSError."""
    settings.make_home()
    tell: Progress = progress or (lambda what, done, total: None)
    with library.writing(settings.home):
        now = library.open_library(settings.home)
        after, fresh, added, notes = now, dict[str, "list[Passage]"](), list[Added](), list[str]()
        _no_twins([source for _, source in items])
        for number, (path, source) in enumerate(items):
            tell("reading", number, len(items))
            after, done, passages = _take(settings, after, path, source, replace_file)
            added.append(done)
            if passages is not None:
                fresh[source.id] = passages
        tell("reading", len(items), len(items))
        report = _put_in_force(settings, now, after, fresh, tell) if after != now else None
    return Change(tuple(added), (), tuple(notes), report)


def remove(settings: Settings, key: str, *, progress: Progress | None = None) -> Change:
    """Removes one document with its passages and its file. An edition that it had superseded stays out of answers."""
    with library.writing(settings.home):
        now = library.open_library(settings.home)
        if key not in now.entries:
            raise IntakeError(f"the library has no document {key!r}", _known(now))
        after = library.without(now, key)
        notes = []
        for name, source in sorted(after.sources.items()):
            if source.superseded_by == key:
                note = f"superseded by {key}, which was removed"
                after = library.with_entry(
                    after, after.entries[name], library.marked(source, superseded_by=None, status_note=note)
                )
                notes.append(f"{name} stays out of answers, as {key} had superseded it; to bring it back, add it again")
        report = _put_in_force(settings, now, after, {}, progress or (lambda what, done, total: None))
    return Change((), (key,), tuple(notes), report)


def _known(now: Library) -> str:
    names = ", ".join(sorted(now.entries))
    return f"it has {names}" if names else "it is empty; only documents that were added can be removed"


def _no_twins(sources: Sequence[Source]) -> None:
    ids = [source.id for source in sources]
    twice = next((key for key in ids if ids.count(key) > 1), None)
    if twice:
        raise IntakeError(f"the id {twice!r} stands twice", "give each document an id of its own")


def _take(
    settings: Settings, now: Library, path: Path, source: Source, replace_file: bool
) -> tuple[Library, Added, list[Passage] | None]:
    """The library with one more document, and its passages; None where they are those that it had."""
    data = _bytes(path)
    kind = kind_of(path.name, data)
    digest = hashlib.sha256(data).hexdigest()
    old = now.entries.get(source.id)
    _check_place(now, source, bool(old and old.sha256 != digest and not replace_file), settings)
    wanted = _guideline(source, now.sources.get(source.id), settings.today.strftime("%Y-%m"))
    if old and (old.sha256, old.kind, old.reader) == (digest, kind, READER):
        after = _superseding(library.with_entry(now, old, wanted), source)
        return after, Added(old, after == now, 0), None
    entry, passages = _read(settings, path.name, data, Entry(source.id, path.name, digest, kind, len(data), None, 0, READER))
    after = _superseding(library.with_entry(now, entry, wanted), source)
    return after, Added(entry, False, sum(p.strength is not None for p in passages)), passages


def _bytes(path: Path) -> bytes:
    if path.is_dir() or not path.exists():
        what = "a folder" if path.is_dir() else "not there"
        raise IntakeError(f"{path} is {what}", "name a file that you may read")
    if not path.is_file():
        raise IntakeError(f"{path} is no ordinary file", "copy it to a file first")
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise IntakeError(f"cannot read {path}: {error.strerror or error}", "name a file that you may read") from error


def _check_place(now: Library, source: Source, other_file: bool, settings: Settings) -> None:
    if source.id not in now.entries and source.id in load_corpus().guidelines:
        raise IntakeError(f"{source.id!r} is the id of a source of Lumbar's own", "choose another id")
    if other_file:
        raise IntakeError(
            f"the library already has a document {source.id!r}, made from another file",
            f"add a new edition under a new id with --supersedes {source.id}, or use --replace to correct this one",
        )
    if source.supersedes == source.id or (source.supersedes and source.supersedes not in now.entries):
        raise IntakeError(
            f"{source.supersedes!r} cannot be superseded: it is not another document of this library", _known(now)
        )


def _guideline(source: Source, old: Guideline | None, checked: str) -> Guideline:
    from corpus.model import Guideline

    made = Guideline(
        id=source.id,
        short=source.title if len(source.title) <= 60 else f"{source.issuer} {source.year}",
        title=source.title,
        issuer=source.issuer,
        year=source.year,
        jurisdiction=source.jurisdiction,
        kind="guideline",
        citation=f"{source.issuer.rstrip('.')}. {source.title.rstrip('.')}. {source.year}.",
        url=source.url,
        licence=source.licence,
        content="full_text",
        checked=checked,
    )
    # the day on which it was added again is no news
    return old if old is not None and old == made.model_copy(update={"checked": old.checked}) else made


def _superseding(now: Library, source: Source) -> Library:
    if not source.supersedes:
        return now
    old = now.sources[source.supersedes]
    note = f"superseded by {source.title} ({source.year})"
    changed = library.marked(old, status="superseded", superseded_by=source.id, status_note=note)
    return library.with_entry(now, now.entries[source.supersedes], changed)


def _read(settings: Settings, name: str, data: bytes, entry: Entry) -> tuple[Entry, list[Passage]]:
    """Keeps the file, reads it in a process of its own and cuts it into passages. Raises DocumentError."""
    from corpus.documents.child import read_document
    from corpus.documents.passages import passages_of
    from corpus.lexicon import load_lexicon

    library.keep_original(settings.home, entry, data)
    path = library.Shelf(settings.home).originals / entry.original
    try:
        document = read_document(path, kind_of(name, data))
        passages, odd = passages_of(document, entry.id, load_lexicon())
        if not passages:
            raise DocumentError("it holds no text", "check that it is the right file")
    except DocumentError as error:
        library.tidy(settings.home)
        raise DocumentError(f"{name}: {error}", error.help) from None
    return replace(entry, pages=document.pages, passages=len(passages), notes=(*document.notes, *odd)), passages


def _put_in_force(
    settings: Settings, now: Library, after: Library, fresh: dict[str, list[Passage]], tell: Progress
) -> BuildReport:
    """Stages the new library, builds its index, and lets the swap of the index decide."""
    from assistant.commands.index import fixed_phrases, prepared_encoder
    from index.build import build_index

    place = library.stage(settings.home, after, fresh)
    try:
        corpus = _loaded(place)
        encoder = prepared_encoder(settings)
        library.announce(settings.home, place.name, corpus.hash)
        report = build_index(
            corpus,
            settings.home,
            encoder=encoder,
            chroma_url=settings.chroma_url,
            progress=tell,
            phrases=fixed_phrases(),
        )
    finally:
        library.settle(settings.home)
        library.tidy(settings.home)
    return report


def _loaded(place: Path) -> Corpus:
    try:
        return load_corpus(extra=place)
    except CorpusError as error:
        raise IntakeError(f"the library would not load: {error}", "correct the source data and add it again") from error
