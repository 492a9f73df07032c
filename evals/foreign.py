"""Ranks a foreign collection with our own encoder, BM25 and fusion, and scores it as trec_eval does: `lumbar eval retrieval`.

The index is a throw-away one, in memory and a temporary folder. The lexicon takes no part: it knows low back pain and nothing else.
Ties go as in trec_eval: by score, then by passage id, backwards. Reading the collection is `beir.py`'s, the measures `ranking.py`'s.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evals.beir import Collection
from evals.progress import Progress
from evals.ranking import ndcg_at, recall_at, reciprocal_rank
from index import query as queries
from index.embed import Encoder, encode_queries
from index.lexical import Lexical, Words, save

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODES = ("dense", "lexical", "hybrid")
BATCH = 256
"""Passages encoded between two steps of the progress bar, and questions scored together."""
MEASURES = ("ndcg@10", "recall@100", "mrr@10")

Ranking = list[tuple[str, float]]
"""Passage ids with their scores, best first."""


@dataclass(frozen=True)
class Index:
    """Vectors (float32, passages x dimension), BM25 matrix and ids of a collection; `place` orders ties."""

    ids: tuple[str, ...]
    vectors: NDArray[np.float32]
    lexical: Lexical
    place: NDArray[np.int64]


def build(collection: Collection, encoder: Encoder) -> Index:
    """Encodes and indexes every passage; what is too long is cut as the encoder does."""
    with tempfile.TemporaryDirectory(prefix="lumbar-eval-") as folder:
        save(collection.texts, Path(folder))
        lexical = Lexical.open(Path(folder))
    bar = Progress("encoding passages", len(collection.ids))
    parts = []
    for at in range(0, len(collection.ids), BATCH):
        part = encoder.encode(list(collection.texts[at : at + BATCH]))
        parts.append(part)
        bar.step(len(part))
    bar.end()
    place = np.empty(len(collection.ids), dtype=np.int64)
    for rank, row in enumerate(sorted(range(len(collection.ids)), key=lambda r: collection.ids[r].encode(), reverse=True)):
        place[row] = rank
    return Index(collection.ids, np.concatenate(parts), lexical, place)


def best(scores: NDArray[np.float64], place: NDArray[np.int64], depth: int, above: float | None = None) -> list[int]:
    """Rows of the `depth` best scores greater than `above`, ties by `place`."""
    rows = np.arange(len(scores))
    if len(scores) > 4 * depth:
        rows = np.flatnonzero(scores >= np.partition(scores, len(scores) - depth)[len(scores) - depth])
    if above is not None:
        rows = rows[scores[rows] > above]
    order = np.lexsort((place[rows], -scores[rows]))
    return [int(row) for row in rows[order][:depth]]


def rank(index: Index, query: queries.Query, vector: NDArray[np.float32], depth: int) -> dict[str, Ranking]:
    """The best `depth` passages of each mode."""
    cosines = (index.vectors @ vector).astype(np.float64).round(6)
    bm25 = index.lexical.scores(query.stems).astype(np.float64).round(6)
    legs = {
        "dense": (best(cosines, index.place, max(depth, queries.DEPTH)), cosines, query.dense_weight),
        "lexical": (best(bm25, index.place, max(depth, queries.DEPTH), above=0.0), bm25, query.lexical_weight),
    }
    fused = queries.fuse([(rows, [float(scores[r]) for r in rows], share) for rows, scores, share in legs.values()])
    order = sorted(fused, key=lambda row: (-round(fused[row], 6), int(index.place[row])))
    found = {mode: [(index.ids[r], float(scores[r])) for r in rows[:depth]] for mode, (rows, scores, _) in legs.items()}
    found["hybrid"] = [(index.ids[row], round(fused[row], 6)) for row in order[:depth]]
    return found


def rank_all(collection: Collection, index: Index, encoder: Encoder, depth: int) -> dict[str, dict[str, Ranking]]:
    """Query id -> mode -> ranking; nothing is found for a text without a word."""
    words = Words()
    found: dict[str, dict[str, Ranking]] = {}
    bar = Progress("asking", len(collection.queries))
    asked = list(collection.queries.items())
    for at in range(0, len(asked), BATCH):
        read = {key: queries.read(text, words) for key, text in asked[at : at + BATCH]}
        parts = sorted({part for query in read.values() if query for part in query.parts})
        rows = dict(zip(parts, encode_queries(encoder, parts), strict=True))

        def encode(texts: list[str], rows: dict[str, NDArray[np.float32]] = rows) -> NDArray[np.float32]:
            return np.stack([rows[text] for text in texts])

        for key, query in read.items():
            found[key] = rank(index, query, queries.vector(query, encode), depth) if query else {mode: [] for mode in MODES}
            bar.step()
    bar.end()
    return found


def measures(ranking: Sequence[tuple[str, float]], grades: dict[str, int]) -> dict[str, float]:
    """The measures of one ranking."""
    ids = [key for key, _ in ranking]
    values = (ndcg_at(ids, grades, 10), recall_at(ids, grades, 100), reciprocal_rank(ids, grades, 10))
    return dict(zip(MEASURES, values, strict=True))


def evaluate(collection: Collection, encoder: Encoder, depth: int) -> tuple[dict[str, Any], dict[str, dict[str, Ranking]]]:
    """The summary that `lumbar eval retrieval --json` prints, and every ranking to `depth` (100 or more)."""
    began = time.monotonic()
    found = rank_all(collection, build(collection, encoder), encoder, max(depth, 100))
    summary: dict[str, Any] = {}
    for mode in MODES:
        rows = [measures(found[key][mode], collection.grades[key]) for key in collection.queries]
        summary[mode] = {name: round(float(np.mean([row[name] for row in rows])), 6) for name in MEASURES}
    counted = {"queries": len(collection.queries), "passages": len(collection.ids)}
    return {**summary, **counted, "seconds": round(time.monotonic() - began, 1)}, found


def run_lines(found: dict[str, dict[str, Ranking]], depth: int, mode: str = "hybrid") -> list[str]:
    """The lines of a TREC run: `query Q0 passage rank score lumbar`."""
    return [
        f"{key} Q0 {passage} {place} {score:.6f} lumbar"
        for key, rankings in found.items()
        for place, (passage, score) in enumerate(rankings[mode][:depth], 1)
    ]
