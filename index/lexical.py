"""Lexical search: words of a text as stems, and BM25 over them.

bm25s builds and saves the score matrix at build time. At query time the saved arrays are read by a few lines of
numpy (`Lexical.scores`), which give the same scores (a test compares them): importing bm25s pulls scipy and tqdm and
would cost a cold question 0.15 s, and its `get_scores` takes no weights for query words. Synonyms are not looked up
here: that is the question's business (`corpus/lexicon.py`), so that this index depends on the passages alone.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

K1 = 1.2
B = 0.6
WORDS_VERSION = 1
"""Raise it whenever `Words` gives other stems: every index built with another one is stale."""
FILES = ("data.csc.index.npy", "indices.csc.index.npy", "indptr.csc.index.npy", "vocab.index.json", "params.index.json")

_STOP = frozenset(
    """a about after again all also am an and any are as at be because been before being both but by can could did do
    does doing done down during each few for from further get got had has have having he her here hers him his how i if
    in into is it its itself just like me more most my no nor not now of off on once only or other our ours out over own
    please same she should so some such than that the their them then there these they this those through to too under
    until up us very was we were what when where which while who whom why will with would you your yours s t m re ve ll d
    im ive hes shes""".split()
)
_WORD = re.compile(r"\d+(?:[.]\d+)+|[^\W_]+(?:-[^\W_]+)*")
_SPELLING = (  # British and Latin spellings meet the American ones; the same on both sides, so odd results do no harm
    (re.compile(r"[ao]e(?!$)"), "e"),
    (re.compile(r"our(?=$|s$|ed$|ing$|al$)"), "or"),
    (re.compile(r"is(?=(?:e|es|ed|ing|ation|ations)$)"), "iz"),
    (re.compile(r"lys(?=(?:e|es|ed|ing)$)"), "lyz"),
    (re.compile(r"(?<=[nt])re(?=s?$)"), "er"),
)


class Words:
    """Turns text into stems (Snowball English). One instance a thread: the stemmer keeps state."""

    def __init__(self) -> None:
        import Stemmer

        self._stemmer: Any = Stemmer.Stemmer("english")
        self._known: dict[str, str] = {}

    def stems(self, text: str) -> list[str]:
        """Stems of the content words of a text, in order, with repeats."""
        return [stem for _, stem in self.pairs(text)]

    def pairs(self, text: str) -> list[tuple[str, str]]:
        """(word as written in lower case, stem); a hyphenated word gives its parts and the joined form."""
        plain = unicodedata.normalize("NFKC", text).replace("’", "'").lower()
        found = []
        for match in _WORD.finditer(plain):
            word = match.group()
            parts = word.split("-")
            for part in [*parts, "".join(parts)] if len(parts) > 1 else parts:
                if part not in _STOP:
                    found.append((part, self._stem(part)))
        return found

    def _stem(self, word: str) -> str:
        stem = self._known.get(word)
        if stem is None:
            folded = word
            if len(word) > 4:
                for pattern, replacement in _SPELLING:
                    folded = pattern.sub(replacement, folded)
            stem = self._known[word] = self._stemmer.stemWord(folded)
        return stem


def save(texts: Iterable[str], folder: Path) -> None:
    """Builds BM25 (Lucene's variant) over the texts with bm25s and saves it; the same texts give the same bytes."""
    import bm25s

    words = Words()
    stems = [words.stems(text) for text in texts]
    vocab = {stem: number for number, stem in enumerate(sorted({stem for row in stems for stem in row}))}
    model = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy")
    ids = [[vocab[stem] for stem in row] for row in stems]
    model.index((ids, vocab), show_progress=False)
    model.save(folder, show_progress=False)


@dataclass(frozen=True)
class Lexical:
    """A saved BM25 matrix, opened. Column = stem, row = passage, value = that stem's BM25 score in the passage."""

    data: NDArray[np.float32]
    indices: NDArray[np.int32]
    indptr: NDArray[np.int64]
    vocab: dict[str, int]
    count: int

    @classmethod
    def open(cls, folder: Path) -> Lexical:
        """Reads what `save` wrote. Raises OSError, ValueError or KeyError where a file is damaged."""
        data, indices, indptr = (np.load(folder / name, allow_pickle=False) for name in FILES[:3])
        vocab = json.loads((folder / FILES[3]).read_text(encoding="utf-8"))
        params = json.loads((folder / FILES[4]).read_text(encoding="utf-8"))
        return cls(data, indices, indptr, vocab, int(params["num_docs"]))

    def scores(self, weights: dict[str, float]) -> NDArray[np.float32]:
        """BM25 of every passage for weighted query stems, float32 of shape (passages,)."""
        total = np.zeros(self.count, dtype=np.float32)
        for stem in sorted(weights):  # sorted: floating-point sums depend on their order
            column = self.vocab.get(stem)
            if column is not None:
                part = slice(int(self.indptr[column]), int(self.indptr[column + 1]))
                total[self.indices[part]] += np.float32(weights[stem]) * self.data[part]
        return total

    def parts(self, rows: list[int], weights: dict[str, float]) -> list[dict[str, float]]:
        """What each query stem adds to the score of each of some passages; only stems that a passage has."""
        found: list[dict[str, float]] = [{} for _ in rows]
        wanted = np.asarray(rows)
        for stem, weight in weights.items():
            column = self.vocab.get(stem)
            if column is None or not rows:
                continue
            part = slice(int(self.indptr[column]), int(self.indptr[column + 1]))
            having, data = self.indices[part], self.data[part]  # rows ascend within a column
            places = np.searchsorted(having, wanted).clip(max=len(having) - 1)
            for at in np.flatnonzero(having[places] == wanted).tolist():
                found[at][stem] = weight * float(data[places[at]])
        return found
