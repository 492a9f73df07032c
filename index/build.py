"""Builds the index: a new generation beside the one that serves, checked from a fresh process, then swapped in.

Killed at any moment, the old generation goes on serving: until CURRENT is replaced, nothing that a reader looks at has
been touched. Only passages whose indexed text changed are embedded; the other vectors are taken from the generation
that serves. Where nothing has changed, nothing is done and nothing heavy is imported.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index import child, store
from index.chunk import Chunk, CorpusLike, chunks, content_hash
from index.clean import clean, removed_on_failure
from index.embed import Encoder
from index.errors import ChromaDown, IndexCorrupt, IndexError_
from index.files import (
    FORMAT,
    LEXICAL,
    MANIFEST,
    PHRASE_VECTORS,
    PHRASES,
    PLAN,
    VECTORS,
    Layout,
    Manifest,
    check_files,
    digest,
    point_to,
    read_manifest,
    sync,
    sync_tree,
    tree_digests,
    write_atomic,
)
from index.lock import writing
from index.state import SETTINGS, IndexStatus, compare, require_fit, require_sound, status

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BuildReport", "IndexStatus", "Progress", "build_index", "status"]

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, how many are done, how many there are)."""

_STEP = 32


@dataclass(frozen=True)
class BuildReport:
    """What a build did. `seconds` has its parts: embed, lexical, store, verify, swap, total."""

    generation: str
    path: Path
    passages: int
    embedded: int
    reused: int
    removed: int
    unchanged: bool
    why: str
    """Why there was something to do; empty where nothing was."""
    seconds: dict[str, float]
    notes: tuple[str, ...] = ()


def build_index(
    corpus: CorpusLike,
    home: Path,
    *,
    encoder: Encoder,
    chroma_url: str | None = None,
    progress: Progress | None = None,
    force: bool = False,
    phrases: Sequence[str] = (),
) -> BuildReport:
    """Brings the index under `home` up to date with the corpus.

    `force` builds even where nothing has changed (vectors are still reused). `phrases` are fixed questions of the
    caller, embedded now so that asking them later costs nothing. Raises IndexBusy, IndexCorrupt (the new index failed
    its check; the old one still serves), ChromaDown, ModelCorrupt, OSError.
    """
    begun = time.perf_counter()
    layout = Layout(home)
    items = chunks(corpus)
    if not items:
        raise IndexError_("the corpus has no passages", "check it with `lumbar corpus check`")
    wanted = sorted({" ".join(phrase.split()) for phrase in phrases if phrase.strip()})
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with writing(layout.lock):
        old, why = _reason(layout, corpus, items, encoder, chroma_url, wanted)
        if old and not why and not force:
            total = {"total": time.perf_counter() - begun}
            path = layout.generation(old.generation)
            return BuildReport(old.generation, path, len(items), 0, len(items), 0, True, "", total)
        work = _Work(layout, corpus, items, encoder, chroma_url, progress, wanted, old)
        with removed_on_failure(work.folder, chroma_url):
            work.write()
            with work.timed("verify"):
                work.tell("checking", 0, len(items))
                work.check()
        with work.timed("swap"):
            point_to(layout, work.name)
            notes = clean(layout, {work.name, old.generation if old else work.name}, chroma_url)
    return BuildReport(
        generation=work.name,
        path=work.folder,
        passages=len(items),
        embedded=work.embedded,
        reused=len(items) - work.embedded,
        removed=len(compare(old.passages, items).removed) if old else 0,
        unchanged=False,
        why=why or "asked for",
        seconds={**work.seconds, "total": time.perf_counter() - begun},
        notes=tuple(notes),
    )


def _reason(
    layout: Layout, corpus: CorpusLike, items: list[Chunk], encoder: Encoder, chroma_url: str | None, phrases: list[str]
) -> tuple[Manifest | None, str]:
    """The manifest that serves, if it can be read, and why a new generation is needed ("" where it is not)."""
    try:
        manifest = read_manifest(layout)
    except IndexError_ as error:
        return None, str(error)
    try:
        require_fit(manifest, items, encoder.id, chroma_url)
        require_sound(layout, manifest)
    except ChromaDown:
        raise
    except IndexError_ as error:
        return manifest, str(error)
    if manifest.corpus_hash != corpus.hash:
        return manifest, "the corpus has changed outside its passages"
    if manifest.phrases_hash != _phrases_hash(phrases):
        return manifest, "the fixed questions have changed"
    return manifest, ""


class _Work:
    """One generation in the making."""

    def __init__(
        self,
        layout: Layout,
        corpus: CorpusLike,
        items: list[Chunk],
        encoder: Encoder,
        chroma_url: str | None,
        progress: Progress | None,
        phrases: list[str],
        old: Manifest | None,
    ) -> None:
        self.layout, self.corpus, self.items = layout, corpus, items
        self.encoder, self.chroma_url, self.phrases, self.old = encoder, chroma_url, phrases, old
        self.tell: Progress = progress or (lambda what, done, total: None)
        self.content = content_hash(items)
        self.seconds: dict[str, float] = {}
        self.embedded = 0
        self.name = self._name()
        self.folder = layout.generation(self.name)
        self.plan = store.server_plan(self.name, chroma_url) if chroma_url else store.embedded_plan(self.name)

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - begun

    def write(self) -> None:
        """Every file of the generation, the manifest last, all of it flushed."""
        import numpy as np

        from index import lexical

        self.folder.mkdir(mode=0o700, parents=True)
        write_atomic(self.folder / PLAN, json.dumps(self.plan).encode())
        with self.timed("embed"):
            vectors = self._vectors()
            np.save(self.folder / VECTORS, vectors)
            names = [VECTORS, *self._write_phrases()]
        with self.timed("lexical"):
            lexical.save([item.text for item in self.items], self.folder / LEXICAL)
            names += [f"{LEXICAL}/{name}" for name in lexical.FILES]
        with self.timed("store"):
            self.tell("writing to Chroma", 0, len(self.items))
            self._write_store()
        manifest = Manifest(
            format=FORMAT,
            generation=self.name,
            corpus_hash=self.corpus.hash,
            content_hash=self.content,
            embedder=self.encoder.id,
            dimension=int(vectors.shape[1]),
            phrases_hash=_phrases_hash(self.phrases),
            settings=SETTINGS,
            store=self.plan,
            passages={item.id: item.digest for item in self.items},
            files=tree_digests(self.folder, names),
        )
        sync_tree(self.folder)
        write_atomic(self.folder / MANIFEST, manifest.dump())
        sync(self.layout.generations)

    def check(self) -> None:
        """The finished generation, looked at from a fresh process. Raises IndexCorrupt, ChromaDown."""
        child.run("check", self.folder, chroma_url=self.chroma_url)

    def _name(self) -> str:
        """From the content, so that equal builds are equal; with a number where that name is taken."""
        base = {
            "content": self.content,
            "embedder": self.encoder.id,
            "settings": SETTINGS,
            "server": bool(self.chroma_url),
        }
        stem = digest(json.dumps(base, sort_keys=True).encode())[:12]
        number = 1
        while self.layout.generation(name := stem if number == 1 else f"{stem}-{number}").exists():
            number += 1
        return name

    def _vectors(self) -> NDArray[np.float32]:
        """One row a passage: reused where its indexed text is unchanged, else encoded."""
        import numpy as np

        known = self._old_vectors()
        missing = [item for item in self.items if item.digest not in known]
        for at in range(0, len(missing), _STEP):
            self.tell("embedding", at, len(missing))
            part = missing[at : at + _STEP]
            for item, row in zip(part, self.encoder.encode([item.text for item in part]), strict=True):
                known[item.digest] = row
        if missing:
            self.tell("embedding", len(missing), len(missing))
        self.embedded = len(missing)
        vectors = np.stack([known[item.digest] for item in self.items]).astype(np.float32)
        if not np.isfinite(vectors).all():
            raise IndexError_(
                "the embedder gave numbers that are none (NaN)", "use the default embedder, or report this"
            )
        return vectors

    def _old_vectors(self) -> dict[str, Any]:
        """Digest of an indexed text -> its vector, from the generation that serves, if its file is sound."""
        import numpy as np

        if self.old is None or self.old.embedder != self.encoder.id:
            return {}
        folder = self.layout.generation(self.old.generation)
        try:
            check_files(folder, self.old, [VECTORS])
            rows = np.load(folder / VECTORS, allow_pickle=False)
        except (IndexCorrupt, OSError, ValueError):
            return {}
        return dict(zip(self.old.passages.values(), rows, strict=True))

    def _write_phrases(self) -> list[str]:
        import numpy as np

        from index.embed import encode_queries

        if not self.phrases:
            return []
        if not self._same_phrases():
            self.tell("embedding fixed questions", 0, len(self.phrases))
            np.save(self.folder / PHRASE_VECTORS, encode_queries(self.encoder, self.phrases))
        (self.folder / PHRASES).write_text(json.dumps(self.phrases, ensure_ascii=False), encoding="utf-8")
        return [PHRASES, PHRASE_VECTORS]

    def _same_phrases(self) -> bool:
        """Takes the vectors of the fixed questions from the generation that serves, where they are the same and sound."""
        old = self.old
        if old is None or old.embedder != self.encoder.id or old.phrases_hash != _phrases_hash(self.phrases):
            return False
        folder = self.layout.generation(old.generation)
        try:
            check_files(folder, old, [PHRASE_VECTORS])
            shutil.copyfile(folder / PHRASE_VECTORS, self.folder / PHRASE_VECTORS)
        except (IndexCorrupt, OSError, KeyError):
            return False
        return True

    def _write_store(self) -> None:
        ids = [item.id for item in self.items]
        child.run(
            "write",
            self.folder,
            plan=self.plan,
            chroma_url=self.chroma_url,
            ids=ids,
            texts=[self.corpus.passages[key].text for key in ids],
            digests=[item.digest for item in self.items],
        )
        if self.plan["kind"] == "embedded":
            store.seal_folder(self.folder)


def _phrases_hash(phrases: list[str]) -> str:
    return digest(json.dumps(phrases).encode())
