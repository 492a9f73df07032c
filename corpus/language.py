"""Which words are known: those of the corpus, and those of ordinary English. Leaves what an unknown word means to its callers."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from corpus.load import Corpus

_WORD = re.compile(r"[a-z\u00c0-\u024f][a-z\u00c0-\u024f'-]+")


def corpus_words(corpus: Corpus) -> frozenset[str]:
    """Lower-case words of all passages, topics and source names; hyphenated words whole and in parts."""
    found: set[str] = set()
    for passage in corpus.passages.values():
        guideline = corpus.guideline_of(passage)
        text = " ".join((passage.text, *passage.topics, guideline.short, guideline.title)).lower()
        for word in _WORD.findall(text):
            found.add(word)
            found.update(word.split("-"))
    return frozenset(found)


def corpus_text(corpus: Corpus) -> str:
    """All passages as one lower-case text of words with single spaces, for looking up a name of several words."""
    return plain_words(" \n ".join(p.text for p in corpus.passages.values()))


def plain_words(text: str) -> str:
    """Lower case, hyphens and other signs as spaces, plural s and es of long words dropped: "Disc-replacements" is "disc replacement"."""
    words = re.findall(r"[a-z0-9\u00c0-\u024f]+", text.lower())
    return f" {' '.join(re.sub(r'(?<=[a-z]{4})(?<!s)s$', '', w) for w in words)} "


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    """The 82,000 English words that symspellpy ships."""
    path = files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    return frozenset(row.split(" ", 1)[0] for row in path.read_text("utf-8-sig").splitlines() if row)


@lru_cache(maxsize=1)
def common_words() -> tuple[str, ...]:
    """The 20,000 most frequent of those words, of five letters or more."""
    path = files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    rows = path.read_text("utf-8-sig").splitlines()[:20_000]
    return tuple(word for word in (row.split(" ", 1)[0] for row in rows) if len(word) >= 5)


def ordinary(word: str) -> bool:
    """Whether a lower-case word is ordinary English."""
    known = _english()
    return word in known or (word.endswith("s") and word[:-1] in known) or word.replace("'", "") in known
