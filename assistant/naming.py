"""Which guidelines and editions a message names, by short name, full name or year. Leaves what follows from it to the callers."""

from __future__ import annotations

import re

from corpus.lexicon import Lexicon
from corpus.load import Corpus
from corpus.model import Guideline

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def named_guidelines(text: str, corpus: Corpus, lexicon: Lexicon) -> frozenset[str]:
    """Guidelines that a message names ("NICE", "VA/DoD 2017", "the American physical therapy guideline"); of one name, those of a year named too."""
    names = {lexicon.concepts[m.concept].label.split()[0] for m in lexicon.find(text) if lexicon.concepts[m.concept].kind == "guideline"}
    found = {g.id: g for g in corpus.guidelines.values() if g.kind == "guideline" and _is_named(g, text, names)}
    years = {int(y) for y in _YEAR.findall(text)}
    dated = {g.short.split()[0] for g in found.values() if g.year in years}
    return frozenset(g.id for g in found.values() if g.short.split()[0] not in dated or g.year in years)


def names_the_past(named: frozenset[str], corpus: Corpus) -> bool:
    """Whether all guidelines named are superseded, withdrawn or of historical interest: then the past is asked for."""
    return bool(named) and all(corpus.guidelines[g].status != "current" for g in named)


def _is_named(guideline: Guideline, text: str, names: set[str]) -> bool:
    first = guideline.short.split()[0]
    words = [w for w in guideline.short.split() if w == first or re.fullmatch(r"[A-Z]+\d+", w)]
    return first in names or any(re.search(rf"(?<!\w){re.escape(w)}(?!\w)", text) for w in words)
