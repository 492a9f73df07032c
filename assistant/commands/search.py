"""`lumbar search`: passages for a query, without an answer. How they are found is `index/search.py`'s business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from assistant.commands import lines
from assistant.commands.base import OK, UserError
from assistant.commands.lines import Row

if TYPE_CHECKING:
    from assistant.settings import Settings
    from corpus.load import Corpus
    from corpus.model import Passage
    from index.search import Hit, Mode, Searcher

MODES = ("hybrid", "dense", "lexical")


def open_searcher(settings: Settings, corpus: Corpus) -> Searcher:
    """The searcher that `Assistant.open` uses, without the rest of the assistant."""
    from corpus.lexicon import load_lexicon
    from index.embed import load_encoder
    from index.search import open_searcher as open_

    encoder = load_encoder(
        settings.home / "models", settings.embedder, threads=settings.threads, allow_download=settings.allow_download
    )
    return open_(
        corpus, settings.home, encoder=encoder, chroma_url=settings.chroma_url, lexicon=load_lexicon()
    )


def search(query: str, k: int, mode: str, json: bool, explain: bool) -> int:
    from assistant.library import open_corpus
    from assistant.settings import get_settings

    if mode not in MODES:
        raise UserError(f"there is no mode {mode!r}", f"use one of {', '.join(MODES)}")
    if not query.strip():
        raise UserError("the query is empty", "say what to look for")
    settings = get_settings()
    corpus = open_corpus(settings.home)

    def in_force(passage: Passage) -> bool:  # an old edition of a clinic's own document is found no more
        source = corpus.guideline_of(passage)
        return source.content == "digest" or source.status == "current"

    hits = open_searcher(settings, corpus).search(query, k=k, mode=cast("Mode", mode), allow=in_force)
    rows = [hit_row(hit, corpus, explain=explain) for hit in hits]
    if json:
        for row in rows:
            lines.write(row)
    else:
        _show(rows)
    return OK


def hit_row(hit: Hit, corpus: Corpus, *, explain: bool) -> Row:
    """A hit as JSON; with `explain`, its score and rank in each search, and the status and population that filters see."""
    passage = hit.passage
    row: Row = {
        "rank": hit.rank,
        "passage_id": passage.id,
        "guideline": passage.guideline_id,
        "label": corpus.label(passage),
        "section": passage.section,
        "score": _rounded(hit.score),
        "found_by": hit.found_by,
        "text": passage.text,
    }
    if explain:
        row["explain"] = {
            "dense": _rounded(hit.dense),
            "lexical": _rounded(hit.lexical),
            **hit.explain.model_dump(mode="json"),
            "status": passage.status,
            "verified": passage.verified,
            "topics": list(passage.topics),
            "population": passage.population.model_dump(mode="json"),
        }
    return row


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 6)


def _show(rows: list[Row]) -> None:
    from assistant.commands import show

    out = show.console()
    if not rows:
        out.print("No passage was found.")
    for row in rows:
        out.print(show.clean(f"{row['rank']}. {row['label']}  ({row['passage_id']})"), style="bold", soft_wrap=True)
        out.print(f"   score {row['score']}, found by {row['found_by']}", style="dim")
        for key, value in row.get("explain", {}).items():
            shown = ", ".join(value) if isinstance(value, list) else value
            out.print(show.clean(f"   {key}: {shown}"), style="dim")
        out.print(show.clean(f"   {row['text']}"))
