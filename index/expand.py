"""What a question means in the words of the corpus: slips corrected, brands and abbreviations by their names, topics.

Measured on the dev half of `evals/sets/retrieval.jsonl` (85 questions, `python -m evals.retrieval --half dev`): see
`query.py` for the figures. Leaves searching to `searcher.py`; the synonyms are `corpus/lexicon.yaml`'s.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from corpus.language import ordinary
from corpus.lexicon import Concept, Lexicon, Mention
from corpus.model import Passage
from index.chunk import topic_words

_WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")
_SHORT = 5
"""Letters up to which a form with capitals is an abbreviation, to be replaced by its name rather than joined by it."""
ABOVE = 0.5
"""Weight of the topics of what a concept belongs to (ibuprofen is an NSAID), against 1 for its own."""


@dataclass(frozen=True)
class Expansion:
    """A question in the corpus's words."""

    text: str
    """The question with slips corrected, and names in place of or beside abbreviations, brands and lay words."""
    names: tuple[str, ...]
    """Names of the concepts mentioned, and of their topics, for the lexical search."""
    topics: Mapping[str, float]
    """Topic -> weight, 0..1."""


class Expander:
    """Reads questions with the lexicon and the vocabulary of a corpus. Keeps no state between questions."""

    def __init__(self, passages: Mapping[str, Passage], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        texts = (passages[key].text.lower() for key in sorted(passages))
        self._counts = Counter(word for text in texts for word in _WORD.findall(text))
        self._vocabulary = sorted(self._counts)
        self._drugs = sorted({c.label.lower() for c in lexicon.concepts.values() if c.kind == "drug" and c.topics})

    def read(self, text: str) -> Expansion:
        """The question expanded; what the lexicon does not know stays as it is."""
        text = _WORD.sub(lambda match: self._spelt(match.group()), text)
        mentions = self._lexicon.find(text)
        concepts = [self._lexicon.concepts[key] for key in dict.fromkeys(m.concept for m in mentions)]
        topics: dict[str, float] = {}
        for concept in concepts:
            for above in self._lexicon.ancestors(concept.id):
                topics.update({t: ABOVE for t in self._lexicon.concepts[above].topics if t not in topics})
        topics.update({t: 1.0 for concept in concepts for t in concept.topics})
        names = [c.label for c in concepts] + [topic_words(t) for c in concepts for t in c.topics]
        return Expansion(self._rewritten(text, mentions), tuple(dict.fromkeys(names)), topics)

    def _rewritten(self, text: str, mentions: list[Mention]) -> str:
        parts, at = [], 0
        for mention in mentions:
            written = text[mention.start : mention.end]
            parts += [text[at : mention.start], _named(written, self._lexicon.concepts[mention.concept], mention.exact)]
            at = mention.end
        return "".join([*parts, text[at:]])

    def _spelt(self, word: str) -> str:
        """The drug that a word is cut from ("amitrip"), or the word of the corpus that a slip was meant to be: one letter off, two in a
        word of eight or more."""
        from rapidfuzz import process
        from rapidfuzz.distance import DamerauLevenshtein

        low = word.lower()
        if len(low) < 4 or low in self._counts or ordinary(low) or any(m.exact for m in self._lexicon.find(word)):
            return word
        cut = [drug for drug in self._drugs if drug.startswith(low)]
        if len(cut) == 1:
            return cut[0]
        if len(low) < _SHORT:
            return word
        limit = 2 if len(low) >= 8 else 1
        near = process.extract(
            low, self._vocabulary, scorer=DamerauLevenshtein.distance, score_cutoff=limit, limit=8, processor=None
        )
        return min(near, key=lambda n: (n[1], -self._counts[n[0]], n[0]))[0] if near else word


def _named(written: str, concept: Concept, exact: bool) -> str:
    """A mention as the corpus would write it."""
    if not concept.topics or written.lower() == concept.label.lower():
        return written
    if concept.kind == "drug" or (len(written) <= _SHORT and not written.islower()) or not exact:
        return concept.label
    return f"{written} ({concept.label})"
