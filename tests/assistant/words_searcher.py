"""A searcher without a model, for fast tests: cosines of word counts, the same interface as `index.search.Searcher`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from corpus.load import Corpus
from corpus.model import Passage

DIMENSION = 2048
_STOP = frozenset("the a an of in or and to for with is are be on at as it this that how what can i he she".split())


def _slot(word: str) -> int:
    value = 7
    for letter in word[:6]:
        value = (value * 131 + ord(letter)) % DIMENSION
    return value


def vector(text: str) -> np.ndarray[Any, Any]:
    """Unit vector of the words of a text, cut to six letters."""
    found = np.zeros(DIMENSION, dtype=np.float32)
    for word in re.findall(r"[a-z0-9]+", text.lower()):
        if word not in _STOP:
            found[_slot(word)] += 1.0
    norm = float(np.linalg.norm(found))
    return found / norm if norm else found


class WordsSearcher:
    encoder_id = "words"

    def __init__(self, corpus: Corpus) -> None:
        self._passages = [corpus.passages[i] for i in sorted(corpus.passages)]
        self._matrix = np.stack([vector(" ".join((p.text, *p.topics)).replace("-", " ")) for p in self._passages])

    def scores(self, query: str, expand: bool = False) -> dict[str, float]:
        return {p.id: float(v) for p, v in zip(self._passages, self._matrix @ vector(query), strict=True)}

    def lexical_scores(self, query: str, expand: bool = False) -> dict[str, float]:
        return {}

    def encode(self, texts: list[str]) -> np.ndarray[Any, Any]:
        return np.stack([vector(t) for t in texts])

    def similarity(self, text: str, phrases: Sequence[str]) -> list[float]:
        rows = self.encode([text, *phrases])
        return [round(float(value), 6) for value in rows[1:] @ rows[0]]

    def search(
        self, query: str, k: int = 20, mode: str = "hybrid", allow: Callable[[Passage], bool] | None = None, hints: Any = None
    ) -> Sequence[Any]:
        ranked = sorted(self.scores(query).items(), key=lambda pair: (-pair[1], pair[0]))
        by_id = {p.id: p for p in self._passages}
        kept = [by_id[i] for i, _ in ranked if allow is None or allow(by_id[i])][:k]
        return [SimpleNamespace(passage=p, rank=n) for n, p in enumerate(kept, start=1)]
