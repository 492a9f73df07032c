"""How a message becomes a query, and how the two rankings become one.

Clinicians ask in a line, or tell a patient's story of two hundred words and ask at the end. Measured as nDCG@10 on this
corpus (42 short questions, 17 stories; a passage counts as relevant by its topics) and on the public collections MED,
CRAN and CISI:

    leg      short  stories  MED   CRAN  CISI
    dense    0.79   0.53     0.79  0.40  0.41
    lexical  0.82   0.31     0.70  0.39  0.39
    fused    0.84   0.54     0.80  0.44  0.42

The weights below were chosen on these same sets, so the figures flatter them; the evaluation sets of `evals/` had no part.

Where an expander is given (`expand.py`: slips, brands, abbreviations, topics), a third leg scores the topics that
question and passage share. On the 85 dev questions of `evals/sets/retrieval.jsonl`, MRR@10 of the fused ranking went
from 0.61 to 0.74 by rewriting, 0.78 with topics, 0.83 with the caller's hints, and 0.84 after the lexicon learned the
words that those questions had shown to be missing; the weights lie on a plateau (each halved or doubled costs at most 0.02).

- Reciprocal rank fusion gave stories less than dense search alone (0.47 against 0.50, before the next point but one):
  a story's hundred words rank lexically by what it mentions in passing, and RRF gives that ranking as much say as the
  other. Adding scores, each leg scaled to 0..1 over its best hundred, keeps how far ahead a leg's best passages are.
- Keeping only a story's rarest words made its lexical leg worse (0.31 to 0.24 with 24 words): what is rare is incidental.
- The sentence that asks weighs more than the rest in both legs (dense 0.50 to 0.53, lexical 0.28 to 0.31).
- A message longer than the encoder reads (256 word pieces) is embedded in windows, so that no part goes unread.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from index.embed import plain
from index.lexical import Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.expand import Expander, Expansion

LONG_WORDS = 40
"""A message of more words than this is read as a story with a question in it."""
WINDOW_WORDS = 160
MAX_WINDOWS = 6
DEPTH = 100
"""Passages of each leg that take part in the fusion, and the rank at which a leg's scaled score is 0."""
DENSE_WEIGHT, DENSE_WEIGHT_LONG = 0.6, 0.7
ASKING_ONE_WINDOW, ASKING_MORE = 0.3, 0.5
"""Share of the asking sentence in the query vector of a story."""
OTHER_WORDS = 0.5
"""Lexical weight of a story's words outside the asking sentence."""
DENSE_EXPANDED, LEXICAL_EXPANDED, TOPICS = 0.45, 0.35, 0.45
"""Shares of the legs for an expanded question; TOPICS that of a passage's topics, scaled to 1 at the best."""
NAMES = 0.8
"""Lexical weight of the names of the concepts mentioned."""
OTHER_TOPICS = 0.3
"""Weight of the topics of a story outside its asking sentence."""

_SENTENCE = re.compile(r"(?<=[.?!;])\s+|\n+")


@dataclass(frozen=True)
class Query:
    """A message, read: its parts to embed and their shares, its stems and their weights."""

    parts: tuple[str, ...]
    shares: tuple[float, ...]
    stems: dict[str, float]
    dense_weight: float
    lexical_weight: float
    topics: dict[str, float] = field(default_factory=dict)
    """Topic -> weight, where the question was expanded."""


def read(text: str, words: Words, expander: Expander | None = None) -> Query | None:
    """Reads a message, expanded where an expander is given; None where there is no word or number in it."""
    text = plain(text).replace("\x00", " ")
    if not any(character.isalnum() for character in text):
        return None
    tokens = text.split()
    counts = Counter(words.stems(text))
    if len(tokens) <= LONG_WORDS:
        weights = {stem: 1.0 + math.log(times) for stem, times in counts.items()}
        if expander is None:
            return Query((" ".join(tokens),), (1.0,), weights, DENSE_WEIGHT, 1.0 - DENSE_WEIGHT)
        said = expander.read(" ".join(tokens))
        _add_names(weights, words, said)
        return Query((said.text,), (1.0,), weights, DENSE_EXPANDED, LEXICAL_EXPANDED, dict(said.topics))
    asking = asking_part(text)
    asked = set(words.stems(asking))
    weights = {s: (1.0 + math.log(times)) * (1.0 if s in asked else OTHER_WORDS) for s, times in counts.items()}
    pieces = windows(tokens)
    share = ASKING_ONE_WINDOW if len(pieces) == 1 else ASKING_MORE
    shares = (*[(1.0 - share) / len(pieces)] * len(pieces), share)
    if expander is None:
        return Query((*pieces, asking), shares, weights, DENSE_WEIGHT_LONG, 1.0 - DENSE_WEIGHT_LONG)
    said = expander.read(asking)
    _add_names(weights, words, said)
    topics = {topic: OTHER_TOPICS * weight for topic, weight in expander.read(text).topics.items()}
    topics.update(said.topics)
    return Query((*pieces, said.text), shares, weights, DENSE_WEIGHT_LONG, 1.0 - DENSE_WEIGHT_LONG, topics)


def _add_names(weights: dict[str, float], words: Words, said: Expansion) -> None:
    """Adds the stems of the expanded question and, at NAMES, of the concepts' names to those of the question."""
    for stem in words.stems(said.text):
        weights.setdefault(stem, 1.0)
    for stem in words.stems(" ".join(said.names)):
        weights.setdefault(stem, NAMES)


def asking_part(text: str) -> str:
    """The sentences of a story that end in a question mark, or its last sentence; its last words if that is long too."""
    sentences = [part.strip() for part in _SENTENCE.split(text) if any(c.isalnum() for c in part)]
    asking = " ".join([part for part in sentences if part.endswith("?")] or sentences[-1:])
    return " ".join(asking.split()[-WINDOW_WORDS:])


def windows(tokens: Sequence[str]) -> list[str]:
    """A message in equal pieces of at most WINDOW_WORDS words; beyond MAX_WINDOWS the last ones, where people ask."""
    number = -(-len(tokens) // WINDOW_WORDS)
    size = -(-len(tokens) // number)
    return [" ".join(tokens[at : at + size]) for at in range(0, len(tokens), size)][-MAX_WINDOWS:]


def vector(query: Query, encode: Callable[[list[str]], NDArray[np.float32]]) -> NDArray[np.float32]:
    """The query's unit vector, float32 of shape (dimension,)."""
    rows = encode(list(query.parts))
    if len(rows) == 1:
        only: NDArray[np.float32] = rows[0]
        return only
    mixed = np.asarray(query.shares, dtype=np.float64) @ rows.astype(np.float64)
    return (mixed / max(float(np.linalg.norm(mixed)), 1e-12)).astype(np.float32)


def scaled(scores: Sequence[float]) -> list[float]:
    """Scores of one leg, best first, to 0..1: 1 at the best, 0 at rank DEPTH (or at the last) and beyond."""
    if not scores:
        return []
    high, low = scores[0], scores[min(DEPTH, len(scores)) - 1]
    if high - low < 1e-9:
        return [1.0] * len(scores)
    return [max(0.0, (score - low) / (high - low)) for score in scores]


def fuse(legs: Iterable[tuple[Sequence[int], Sequence[float], float]]) -> dict[int, float]:
    """Row -> fused score of legs, each its rows best first, their scores, and its share."""
    fused: dict[int, float] = {}
    for rows, scores, share in legs:
        for row, value in zip(rows, scaled(scores), strict=True):
            fused[row] = fused.get(row, 0.0) + share * value
    return fused
