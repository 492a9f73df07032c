"""The tables of `wording.yaml`, folded and stemmed once: which notion a run of words names, and what is its opposite.

Drugs and classes come from the lexicon, in `reading.py`; strength and negation of a sentence are in `force.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from corpus.words import fold, tokens

MAX_WORDS = 6


@dataclass(frozen=True, slots=True)
class Wording:
    """`exact`: folded words of a form -> (notion, kind); `stemmed`: the same by stems, for inflected forms; `opposites`:
    notion -> notions that deny it; `narrower`: notion -> notions that it takes in."""

    exact: dict[tuple[str, ...], tuple[str, str]]
    stemmed: dict[tuple[str, ...], tuple[str, str]]
    opposites: dict[str, frozenset[str]]
    narrower: dict[str, frozenset[str]]

    def find(self, folded: tuple[str, ...], stems_: tuple[str, ...]) -> tuple[str, str] | None:
        """Notion and kind of a run of words, or None."""
        return self.exact.get(folded) or self.stemmed.get(stems_)


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
    return tuple(stem(phrase[t.start : t.end]) for t in tokens(phrase))


@lru_cache(maxsize=1)
def load_wording() -> Wording:
    """Read the tables. Two notions may share a stem ("several", "severe"): inflected forms then go to the shorter form."""
    raw = yaml.load(Path(__file__).with_name("wording.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    exact: dict[tuple[str, ...], tuple[str, str]] = {}
    stemmed: dict[tuple[str, ...], tuple[int, tuple[str, str]]] = {}
    for kind in (k for k in raw if k not in ("opposites", "narrower")):
        for notion, forms in raw[kind].items():
            names = [f.strip() for f in str(forms).split("|")]
            if not notion.startswith("_") and kind != "sources":
                names.append(notion)
            for name in names:
                exact.setdefault(tuple(t.key for t in tokens(name)), (notion, kind))
                key, size = stems(name), len(name)
                if key not in stemmed or size < stemmed[key][0]:
                    stemmed[key] = (size, (notion, kind))
    opposites: dict[str, set[str]] = {}
    for pair in raw["opposites"]:
        one, other = pair.split()
        opposites.setdefault(one, set()).add(other)
        opposites.setdefault(other, set()).add(one)
    narrower = {k: frozenset(v.split()) for k, v in raw["narrower"].items()}
    by_stem = {key: notion for key, (_, notion) in stemmed.items()}
    return Wording(exact, by_stem, {k: frozenset(v) for k, v in opposites.items()}, narrower)
