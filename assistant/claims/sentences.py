"""A text cut into sentences, and a sentence into clauses. Decimals and abbreviations stay whole.

What stands in a clause is read by `reading.py`.
"""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)\]]*\s+(?=[\"'\u201c(\[]?[A-Z0-9])|\n+")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|vs|approx|Dr|et al|Fig|No|cf|etc|max|min|ca|St|[A-Z])\.)\s*$")
_CLAUSE = re.compile(
    r";\s*|,?\s+(?=(?:but(?! (?:only|solely|not|as|with|without|for|in|if|when|never|then)\b)|whereas|although|though|however)\b)|,\s+(?=(?:while|yet|and (?:do not|does not|did not|should|must|may|is not|are not|avoid|never|consider))\b)|\.\s+"
)
MAX_WORDS = 150
"""Words of one clause."""
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def sentences(text: str) -> list[str]:
    """Sentences of a text, abbreviations and decimals kept whole."""
    found: list[str] = []
    start = 0
    for match in _SENTENCE.finditer(text):
        if _ABBREVIATION.search(text[start : match.start()]):
            continue
        found.append(text[start : match.start()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return [s for s in found if s]


def clauses_of(sentence: str) -> list[str]:
    """Clauses of a sentence, at semicolons, "but", "whereas" and the like; a fragment stays with the clause before it."""
    parts: list[str] = []
    for piece in _CLAUSE.split(sentence):
        if piece and piece.strip():
            if parts and len(_WORD.findall(piece)) < 3:
                parts[-1] = f"{parts[-1]}; {piece.strip()}"
            else:
                parts.append(piece.strip())
    return [short for part in parts for short in _no_longer(part)]


def _no_longer(part: str) -> list[str]:
    """A stretch without punctuation is cut after MAX_WORDS words: it is a table or junk, and comparing is quadratic in words."""
    words = part.split()
    if len(words) <= MAX_WORDS:
        return [part]
    return [" ".join(words[i : i + MAX_WORDS]) for i in range(0, len(words), MAX_WORDS)]
