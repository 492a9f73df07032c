"""`lumbar index build, status`: the index is a rebuildable artefact of the corpus; `index/` makes, checks and swaps it."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from assistant.commands import lines
from assistant.commands.base import OK, SOME_FAILED, UserError, say

if TYPE_CHECKING:
    from assistant.settings import Settings
    from corpus.load import Corpus
    from index.embed import Encoder
    from index.state import IndexStatus


def prepared_encoder(settings: Settings) -> Encoder:
    """The encoder, exported first where that has not been done."""
    from index.embed import ensure_encoder

    return ensure_encoder(
        settings.home / "models",
        settings.embedder,
        threads=settings.threads,
        allow_download=settings.allow_download,
        say=Progress(),
    )


def fixed_phrases() -> tuple[str, ...]:
    """The texts that every turn compares a question with; embedded once, at build, they cost a new process nothing."""
    from assistant.planning import plans
    from assistant.scope import scope_data

    slots = (slot for plan in plans().values() for section in plan.sections for slot in section.slots)
    scope = scope_data()
    return tuple(sorted({*scope["outside"], *scope["inside"], *(slot.query for slot in slots if slot.query)}))


class Progress:
    """Says what the build does: each kind of work once, and how far a long one is every five seconds."""

    def __init__(self) -> None:
        self.what, self.said = "", 0.0

    def __call__(self, what: str, done: int = 0, total: int = 0) -> None:
        now = time.monotonic()
        if what == self.what and now - self.said < 5:
            return
        said = f"Lumbar: {what}" if what != self.what or not total else f"Lumbar: {what}, {done} of {total}"
        self.what, self.said = what, now
        say(said)


def build(json: bool, force: bool) -> int:
    from assistant.library import open_corpus, writing
    from assistant.settings import get_settings
    from index.build import build_index
    from index.build import status as index_status

    began = time.perf_counter()
    settings = get_settings()
    settings.make_home()
    with writing(settings.home):  # so that no document comes or goes between reading the corpus and swapping its index
        corpus = open_corpus(settings.home)
        encoder = prepared_encoder(settings)
        if force or index_status(settings.home, corpus, encoder.id, settings.chroma_url).state != "current":
            refuse_unsupported(corpus)
        report = build_index(
            corpus,
            settings.home,
            encoder=encoder,
            chroma_url=settings.chroma_url,
            progress=Progress(),
            force=force,
            phrases=fixed_phrases(),
        )
    if json:
        lines.write({**asdict(report), "path": str(report.path)})
    elif report.unchanged:
        print(f"Lumbar: the index is current ({report.passages} passages)")
    else:
        print(
            f"Lumbar: the index is built: {report.passages} passages, {report.embedded} embedded, {report.reused} reused, "
            f"in {time.perf_counter() - began:.1f} s"
        )
    for note in report.notes:
        say(f"Lumbar: {note}")
    return OK


def refuse_unsupported(corpus: Corpus) -> None:
    """Raises UserError where an agreement says more than the passages it quotes: such a sentence may not be shown to anyone."""
    from assistant.citations import verify_agreements

    for agreement, reasons in verify_agreements(corpus).items():
        raise UserError(
            f"agreements.yaml: {agreement} is not carried by its quotations: {'; '.join(reasons)}",
            "correct its text or its quotations, then build again",
        )


def status_of(settings: Settings) -> IndexStatus:
    """The state of the index for these settings; loads neither the model's weights nor Chroma."""
    from assistant.library import open_corpus
    from index.build import status
    from index.embed import load_encoder
    from index.errors import ModelMissing

    corpus = open_corpus(settings.home)
    try:
        encoder_id = load_encoder(settings.home / "models", settings.embedder).id
    except ModelMissing:
        encoder_id = ""  # then the index is missing, or stale for that reason
    return status(settings.home, corpus, encoder_id, settings.chroma_url)


def status(json: bool) -> int:
    from assistant.settings import get_settings

    found = status_of(get_settings())
    if json:
        lines.write({**asdict(found), "path": str(found.path) if found.path else None})
    else:
        from assistant.commands import show

        out = show.console()
        out.print(
            f"The index is {found.state}." + (f" {show.clean(found.reason)}" if found.reason else ""), style="bold"
        )
        if found.help:
            out.print(show.clean(f"What to do: {found.help}"))
        facts = {
            "passages": found.passages,
            "embedder": found.embedder,
            "store": found.store,
            "built": found.built,
            "size": f"{found.bytes / 1e6:.1f} MB",
            "folder": found.path,
        }
        if found.generation:
            show.table((), ((f"  {name}", str(value)) for name, value in facts.items()))
    return OK if found.state == "current" else SOME_FAILED
