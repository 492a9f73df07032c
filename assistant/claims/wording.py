"""The tables of `wording.yaml`, folded and stemmed once: which notion a run of words names, and what is its opposite.

Drugs and classes come from the lexicon, in `reading.py`; strength and negation of a sentence are in `force.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from corpus.words import fold

MAX_WORDS = 6


@dataclass(frozen=True, slots=True)
class Wording:
    """`phrases`: stems of a form -> (notion, kind); `opposites`: notion -> notions that deny it."""

    phrases: dict[tuple[str, ...], tuple[str, str]]
    opposites: dict[str, frozenset[str]]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Snowball stem of a folded word ("manipulative" and "manipulation" both give "manipul")."""
    return str(_stemmer().stemWord(fold(word)))


@lru_cache(maxsize=1)
def _stemmer():  # type: ignore[no-untyped-def]
    import Stemmer

    return Stemmer.Stemmer("english")


def stems(phrase: str) -> tuple[str, ...]:
    """Stems of the words of a phrase; hyphens and slashes part words, apostrophes do not."""
    from corpus.words import tokens

    return tuple(stem(phrase[t.start : t.end]) for t in tokens(phrase))


@lru_cache(maxsize=1)
def load_wording() -> Wording:
    """Read the tables. Raises ValueError when one form is given to two notions of different kinds."""
    raw = yaml.load(Path(__file__).with_name("wording.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    phrases: dict[tuple[str, ...], tuple[str, str]] = {}
    kinds = [k for k in raw if k != "opposites"]
    for kind in kinds:
        for notion, forms in raw[kind].items():
            names = [f.strip() for f in str(forms).split("|")]
            if not notion.startswith("_") and kind != "sources":
                names.append(notion)
            for name in names:
                phrases.setdefault(stems(name), (notion, kind))
    opposites: dict[str, set[str]] = {}
    for pair in raw["opposites"]:
        one, other = pair.split()
        opposites.setdefault(one, set()).add(other)
        opposites.setdefault(other, set()).add(one)
    return Wording(phrases, {k: frozenset(v) for k, v in opposites.items()})
