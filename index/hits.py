"""What a search gives back, and the caller's filter over passages. Leaves finding them to `search.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from corpus.model import Model, Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

Mode = Literal["hybrid", "dense", "lexical"]
Allow = Callable[[Passage], bool]


class Why(Model):
    """Why a passage was found."""

    dense_rank: int | None
    lexical_rank: int | None
    """Ranks from 1 in each leg among the allowed passages; null beyond the best hundred, or without a common word."""
    dense_weight: float | None
    """Share of the dense leg in the fused score; null outside hybrid mode."""
    topics: tuple[str, ...]
    """Topics of the question that the passage has."""
    terms: tuple[str, ...]
    """Words of the question that the passage has too, as written there, best first."""


class Hints(Model):
    """What the caller knows of a question beyond its words; both add to the ranking of hybrid search only."""

    topics: dict[str, float] = {}
    """Topic -> weight 0..1 (the type of the question, say)."""
    passages: dict[str, float] = {}
    """Passage id -> what to add to its fused score (a guideline named, the source of a flag)."""


class Hit(Model):
    """One passage found."""

    passage: Passage
    rank: int
    """From 1."""
    score: float
    """What the ranking is by: fused 0..1 (hybrid), cosine (dense) or BM25 (lexical)."""
    found_by: Literal["dense", "lexical", "both"]
    dense: float
    """Cosine to the question."""
    lexical: float
    """BM25; 0 where no word is shared."""
    explain: Why


class Allowed:
    """The caller's predicate over rows, asked at most once a passage and only as far down as needed."""

    def __init__(self, passages: Sequence[Passage], allow: Allow | None) -> None:
        self.everything = allow is None
        self._passages = passages
        self._allow = allow
        self._answers: dict[int, bool] = {}

    def __call__(self, row: int) -> bool:
        if self._allow is None:
            return True
        if row not in self._answers:
            self._answers[row] = bool(self._allow(self._passages[row]))
        return self._answers[row]

    def best(self, scores: NDArray[np.float64], depth: int, above: float | None = None) -> list[int]:
        """Rows of the best allowed scores, ties by row; only those greater than `above`, where given."""
        found: list[int] = []
        for row in np.argsort(-scores, kind="stable").tolist():
            if len(found) == depth or (above is not None and scores[row] <= above):
                break
            if self(row):
                found.append(row)
        return found
