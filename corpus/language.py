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
    """All passages and names of sources as one lower-case text of words with single spaces, for looking up a name of several words."""
    names = [f"{g.short} . {g.title}" for g in corpus.guidelines.values()]
    return plain_words(" . ".join([*(p.text for p in corpus.passages.values()), *names]))


def plain_words(text: str) -> str:
    """Lower case, hyphens and other signs as spaces, plural s and es of long words dropped: "Disc-replacements" is "disc replacement"."""
    words = re.findall(r"[a-z0-9\u00c0-\u024f]+", text.lower())
    return f" {' '.join(re.sub(r'(?<=[a-z]{4})(?<!s)s$', '', w) for w in words)} "


@lru_cache(maxsize=1)
def _english() -> str:
    """The 82,000 English words that symspellpy ships, most frequent first: one a line, then a space and its count."""
    return "\n" + (files("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text("utf-8-sig")


@lru_cache(maxsize=1)
def common_words() -> tuple[str, ...]:
    """The 20,000 most frequent of those words, of five letters or more."""
    rows = _english().split("\n", 20_001)[1:20_001]
    return tuple(word for word in (row.split(" ", 1)[0] for row in rows) if len(word) >= 5)


@lru_cache(maxsize=4096)
def ordinary(word: str) -> bool:
    """Whether a lower-case word is ordinary English. Looked up in the text as it is: few words are asked, and a set of all costs 0.1 s."""
    forms = {word, word.replace("'", ""), *([word[:-1]] if word.endswith("s") else ())}
    return any(f"\n{form} " in _english() for form in forms if form and " " not in form)
