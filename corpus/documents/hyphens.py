"""Joins printed lines into running text: a hyphen at a line's end is dropped where it only divided a word.

Whether "long-" and "term" are one word or two is asked of a list of ordinary English (that of symspellpy) and of what the
document writes elsewhere, so that long-term stays long-term.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_END = re.compile(r"([^\W\d_]+)[-\u2010\u2011]$")
_BEGIN = re.compile(r"[^\W\d_]+")
_PREFIXES = frozenset("self non well long short high low post pre co follow over-the anti mid half evidence dose cost".split())


@lru_cache(maxsize=1)
def english() -> frozenset[str]:
    """Some 80,000 ordinary words."""
    from importlib.resources import files

    name = "frequency_dictionary_en_82_765.txt"
    lines = files("symspellpy").joinpath(name).read_text(encoding="utf-8").splitlines()
    return frozenset(line.lstrip("\ufeff").split(" ")[0] for line in lines)


def joined(lines: Sequence[str], known: frozenset[str] = frozenset()) -> str:
    """Lines as one text. `known`: lower-case words that the document writes with a hyphen inside a line."""
    text = ""
    for line in lines:
        end, begin = _END.search(text), _BEGIN.match(line)
        if not text:
            text = line
        elif end and begin and begin[0][0].islower():
            kept = _keeps(end[1].lower(), begin[0].lower(), known)
            text = f"{text}{line}" if kept else f"{text[:-1]}{line}"
        elif text.endswith(("/", "\u2013")) and not text.endswith((" /", " \u2013")):
            text += line
        else:
            text = f"{text} {line}"
    return " ".join(text.split())


def _keeps(first: str, second: str, known: frozenset[str]) -> bool:
    if f"{first}-{second}" in known:
        return True
    words = english()
    if first + second in words or (first + second).rstrip("s") in words:
        return False
    return first in _PREFIXES or (first in words and second in words and len(first) > 2 and len(second) > 2)


def hyphenated(text: str) -> frozenset[str]:
    """The words with a hyphen inside, in lower case."""
    return frozenset(word.lower() for word in re.findall(r"[^\W\d_]+-[^\W\d_]+", text))
