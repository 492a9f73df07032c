"""One open index: ranks passages for a question by Chroma and BM25, exactly scored and fused. Read-only.

Leaves opening and checking to `search.py`, and how a message becomes a query to `query.py`.

Chroma's graph is approximate and may differ from one process to the next. So its candidates are scored again with the
exact vectors, ties go by passage id, and up to EXACT_LIMIT passages what the graph missed among the best is added and
counted (`graph_misses`): the same question gives the same ranking always, and no recommendation is lost to a graph.
"""

from __future__ import annotations

import math
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from corpus.model import Guideline, Passage
from index import query as queries
from index.chunk import CorpusLike, context
from index.embed import Encoder, encode_queries, plain
from index.files import Manifest
from index.hits import Allow, Allowed, Hints, Hit, Mode, Why
from index.lexical import Lexical, Words
from index.lock import Lease
from index.store import Store

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.expand import Expander

    Vector = NDArray[np.float32]

EXACT_LIMIT = 50_000
_REMEMBERED = 1024
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


class Searcher:
    """An open index. Safe to call from several threads; close it, or let the process end."""

    def __init__(
        self,
        corpus: CorpusLike,
        encoder: Encoder,
        manifest: Manifest,
        vectors: Vector,
        lexical: Lexical,
        store: Store | None,
        lease: Lease,
        phrases: dict[str, Vector],
        expander: Expander | None = None,
    ) -> None:
        self.ids = tuple(manifest.passages)
        """Passage ids in row order."""
        self.generation = manifest.generation
        self.encoder_id = manifest.embedder
        self.graph_misses = 0
        """How often Chroma's graph did not propose one of the best passages since opening."""
        self._passages = [corpus.passages[key] for key in self.ids]
        self._corpus, self._encoder, self._vectors, self._lexical = corpus, encoder, vectors, lexical
        self._store, self._lease, self._phrases = store, lease, phrases
        self._expander = expander
        self._topic_rows: dict[str, list[int]] = {}
        for row, passage in enumerate(self._passages):
            for topic in passage.topics:
                self._topic_rows.setdefault(topic, []).append(row)
        self._rows = {key: row for row, key in enumerate(self.ids)}
        self._words = Words()
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, Vector] = OrderedDict()
        self._written: dict[int, dict[str, str]] = {}
        """Row -> stem -> the word as the passage has it; filled as passages are found."""
        self._vocabulary: frozenset[str] | None = None

    # ---- asking -------------------------------------------------------------------------------------------------

    def search(
        self, query: str, k: int = 20, mode: Mode = "hybrid", allow: Allow | None = None, hints: Hints | None = None
    ) -> list[Hit]:
        """The best `k` passages that `allow` lets through, best first; [] for a text without a word."""
        return self.search_many([query], k, mode, allow, hints)[0]

    def search_many(
        self,
        texts: Sequence[str],
        k: int = 20,
        mode: Mode = "hybrid",
        allow: Allow | None = None,
        hints: Hints | None = None,
    ) -> list[list[Hit]]:
        """`search` for several questions, embedded together. Raises ValueError for an unknown mode or k below 1."""
        if mode not in ("hybrid", "dense", "lexical") or k < 1:
            raise ValueError(
                f"mode {mode!r} is not hybrid, dense or lexical" if k >= 1 else f"k is {k}; it must be 1 or more"
            )
        read = [queries.read(text, self._words, self._expander) for text in texts]
        self._remember([part for query in read if query for part in query.parts])
        allowed = Allowed(self._passages, allow)
        return [self._search(query, k, mode, allowed, hints or Hints()) if query else [] for query in read]

    def scores(self, query: str, expand: bool = False) -> dict[str, float]:
        """Cosine of every passage to the query, expanded on request, by passage id; empty for a text without a word."""
        read = queries.read(query, self._words, self._expander if expand else None)
        return dict(zip(self.ids, self._cosines(read).tolist(), strict=True)) if read else {}

    def lexical_scores(self, query: str, expand: bool = False) -> dict[str, float]:
        """BM25 of every passage that shares a word with the query, as a part of the best one's (0..1)."""
        read = queries.read(query, self._words, self._expander if expand else None)
        bm25 = self._bm25(read) if read else np.zeros(0)
        best = float(bm25.max(initial=0.0))
        return (
            {self.ids[row]: round(float(bm25[row]) / best, 6) for row in np.flatnonzero(bm25).tolist()} if best else {}
        )

    def encode(self, texts: list[str]) -> Vector:
        """Unit vectors of texts read as questions, float32 of shape (len(texts), dimension)."""
        tidy = [" ".join(plain(text).split()) for text in texts]
        self._remember(tidy)
        rows = [self._vector_of(text) for text in tidy]
        return np.stack(rows) if rows else np.zeros((0, self._vectors.shape[1]), dtype=np.float32)

    def similarity(self, text: str, phrases: Sequence[str]) -> list[float]:
        """Cosine of a text to each phrase."""
        rows = self.encode([text, *phrases])
        return [round(float(value), 6) for value in rows[1:] @ rows[0]]

    # ---- words --------------------------------------------------------------------------------------------------

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every word of the passages and their context, in lower case; hyphenated ones whole and in parts."""
        if self._vocabulary is None:
            found: set[str] = set()
            for passage in self._passages:
                for word in _WORD.findall(self._indexed(passage).lower()):
                    found.update([word, *re.split(r"['’-]", word)])
            self._vocabulary = frozenset(word for word in found if len(word) > 1)
        return self._vocabulary

    def common_word(self, word: str) -> bool:
        """Whether a word belongs to ordinary language, by the embedding model's vocabulary of whole words."""
        knows = getattr(self._encoder, "knows", None)
        return bool(knows(word)) if knows else word.lower() in self.vocabulary

    def guideline_of(self, passage: Passage) -> Guideline:
        """The registered source of a passage."""
        return self._corpus.guideline_of(passage)

    def close(self) -> None:
        """Lets go of the store and of the generation."""
        if self._store is not None:
            self._store.close()
        self._lease.release()

    # ---- one search ---------------------------------------------------------------------------------------------

    def _search(self, query: queries.Query, k: int, mode: Mode, allowed: Allowed, hints: Hints) -> list[Hit]:
        depth = max(queries.DEPTH, k)
        cosines, bm25 = self._cosines(query), self._bm25(query)
        dense = self._dense_rows(query, cosines, depth, allowed) if mode != "lexical" else []
        lexical = allowed.best(bm25, depth, above=0.0) if mode != "dense" else []
        fused: dict[int, float] = {}
        topics = {**hints.topics, **query.topics} if self._expander else {}
        if mode == "hybrid":
            legs = ((dense, cosines, query.dense_weight), (lexical, bm25, query.lexical_weight))
            fused = queries.fuse((rows, [float(scores[r]) for r in rows], share) for rows, scores, share in legs)
            self._add_topics(fused, topics, allowed)
            self._add_passages(fused, hints, allowed)
        else:
            fused = {row: float((cosines if mode == "dense" else bm25)[row]) for row in dense or lexical}
        order = sorted(fused, key=lambda row: (-round(fused[row], 6), -cosines[row], row))[:k]
        places = [{row: place for place, row in enumerate(rows, 1)} for rows in (dense, lexical)]
        weight = query.dense_weight if mode == "hybrid" else None
        shared = self._lexical.parts(order, query.stems)
        return [
            self._hit(row, rank, round(fused[row], 6), cosines, bm25, places, weight, parts, topics)
            for rank, (row, parts) in enumerate(zip(order, shared, strict=True), 1)
        ]

    def _add_topics(self, fused: dict[int, float], topics: dict[str, float], allowed: Allowed) -> None:
        """Adds the topics that question and passage share, rarer ones more, scaled to TOPICS at the best passage."""
        shared: dict[int, float] = {}
        for topic in sorted(topics):
            rows = self._topic_rows.get(topic, [])
            rarity = math.log(1.0 + len(self.ids) / (1.0 + len(rows)))
            for row in rows:
                if allowed(row):
                    shared[row] = shared.get(row, 0.0) + topics[topic] * rarity
        best = max(shared.values(), default=0.0)
        for row, value in shared.items():
            fused[row] = fused.get(row, 0.0) + queries.TOPICS * value / best

    def _add_passages(self, fused: dict[int, float], hints: Hints, allowed: Allowed) -> None:
        for key, value in hints.passages.items():
            row = self._rows.get(key)
            if row is not None and allowed(row):
                fused[row] = fused.get(row, 0.0) + value

    def _hit(
        self,
        row: int,
        rank: int,
        score: float,
        cosines: NDArray[np.float64],
        bm25: NDArray[np.float64],
        places: list[dict[int, int]],
        weight: float | None,
        parts: dict[str, float],
        topics: dict[str, float],
    ) -> Hit:
        by_dense, by_lexical = (place.get(row) for place in places)
        return Hit(
            passage=self._passages[row],
            rank=rank,
            score=score,
            found_by="both" if by_dense and by_lexical else "dense" if by_dense else "lexical",
            dense=float(cosines[row]),
            lexical=float(bm25[row]),
            explain=Why(
                dense_rank=by_dense,
                lexical_rank=by_lexical,
                dense_weight=weight,
                topics=tuple(t for t in self._passages[row].topics if t in topics),
                terms=self._terms(row, parts),
            ),
        )

    def _terms(self, row: int, parts: dict[str, float]) -> tuple[str, ...]:
        """The passage's words that the question has too, best first by their part of the BM25 score."""
        if not parts:
            return ()
        written = self._written.get(row)
        if written is None:
            pairs = self._words.pairs(self._indexed(self._passages[row]))
            written = self._written[row] = {stem: word for word, stem in reversed(pairs)}
        return tuple(written.get(stem, stem) for stem, _ in sorted(parts.items(), key=lambda item: (-item[1], item[0])))

    def _dense_rows(
        self, query: queries.Query, cosines: NDArray[np.float64], depth: int, allowed: Allowed
    ) -> list[int]:
        """Rows of the best `depth` allowed passages by cosine, from Chroma's candidates and, as said above, beyond."""
        number = min(len(self.ids), depth + depth // 4)
        nearest = self._store.nearest(self._vector(query), number) if self._store is not None else ()
        proposed = {self._rows[name] for name in nearest}
        rows = [row for row in proposed if allowed(row)]
        if len(self.ids) <= EXACT_LIMIT or len(rows) < depth:
            exact = allowed.best(cosines, depth)
            if allowed.everything and self._store is not None:
                self.graph_misses += len(set(exact[: queries.DEPTH]) - proposed)
            rows = list({*rows, *exact})
        return sorted(rows, key=lambda row: (-cosines[row], row))[:depth]

    def _indexed(self, passage: Passage) -> str:
        return f"{passage.text} {context(passage, self._corpus.guideline_of(passage))}"

    def _cosines(self, query: queries.Query) -> NDArray[np.float64]:
        """Cosine of every passage, rounded so that the last bits of a matrix product decide nothing."""
        return _rounded(self._vectors @ self._vector(query))

    def _bm25(self, query: queries.Query) -> NDArray[np.float64]:
        return _rounded(self._lexical.scores(query.stems))

    def _vector(self, query: queries.Query) -> Vector:
        return queries.vector(query, lambda parts: np.stack([self._vector_of(part) for part in parts]))

    def _vector_of(self, text: str) -> Vector:
        row = self._phrases.get(text)
        if row is not None:
            return row
        with self._lock:
            if text in self._remembered:
                self._remembered.move_to_end(text)
                return self._remembered[text]
        self._remember([text])
        with self._lock:
            row = self._remembered.get(text)
        return row if row is not None else encode_queries(self._encoder, [text])[0]

    def _remember(self, texts: Sequence[str]) -> None:
        """Embeds the texts that are not known yet, in one call."""
        with self._lock:
            new = sorted({text for text in texts if text not in self._phrases and text not in self._remembered})
        if not new:
            return
        rows = encode_queries(self._encoder, new)
        with self._lock:
            self._remembered.update(zip(new, rows, strict=True))
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)


def _rounded(scores: Vector) -> NDArray[np.float64]:
    wide: NDArray[np.float64] = scores.astype(np.float64)
    return wide.round(6)
