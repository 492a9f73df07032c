"""Words of a text in a form that compares: case, spelling and typography folded, places kept.

Only what the lexicon needs; sentences, numbers and negation are read elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['\u2019\u02bc\u2018`][^\W_]+)*")
_GAP = re.compile(
    r"(?:['\u2019]? *[\u00a0\u202f\u2009\t]* *\n?[ \u00a0]*|[-\u2010\u2011\u2012\u2013\u00ad/.+&]\n?| ?& ?|- )"
)
_APOSTROPHES = str.maketrans("", "", "'\u2019\u02bc\u2018`\u00ad")
_LAST_LETTERS = re.compile(r"[A-Za-z]+$")
_HISSES = re.compile(r"(?:s|x|z|ch|sh)$")
_ENDS_IN_Y = re.compile(r"[^aeiouy]y$")
_SPELLINGS = (
    (re.compile(r"(?<=[a-z])our(?=s?$|al|ist|less|ful|able|ed$|ing$)"), "or"),
    (re.compile(r"is(?=(?:e|es|ed|ing|er|ers|ation|ations|ational)$)"), "iz"),
    (re.compile(r"ys(?=(?:e|ed|es|ing)$)"), "yz"),
    (re.compile(r"(?<=[a-z]{2})tre(?=s?$)"), "ter"),
    (re.compile(r"programme"), "program"),
    (re.compile(r"sulph"), "sulf"),
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word: `text[start:end]`, its comparable `key`, whether it `joins` the word before, and whether `tight`ly."""

    start: int
    end: int
    key: str
    joins: bool
    tight: bool


def tokens(text: str) -> list[Token]:
    """Words in order. A word joins the one before it across a space, hyphen, slash or line break, not other marks."""
    found: list[Token] = []
    last = -1
    for match in _WORD.finditer(text):
        gap = text[last : match.start()] if last >= 0 else ""
        joins = last >= 0 and len(gap) <= 4 and _GAP.fullmatch(gap) is not None
        tight = joins and len(gap) == 1 and not gap.isspace()
        found.append(Token(match.start(), match.end(), fold(match.group()), joins, tight))
        last = match.end()
    return found


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """Comparable form of one word: casefolded, accents and apostrophes gone, British and American spelling alike."""
    key = word.casefold().translate(_APOSTROPHES)
    if not key.isascii():
        key = "".join(c for c in unicodedata.normalize("NFKD", key) if not unicodedata.combining(c))
    if len(key) >= 6:
        key = key.replace("ae", "e").replace("oe", "e")
        for pattern, spelling in _SPELLINGS:
            key = pattern.sub(spelling, key)
    return key


def key_of(phrase: str) -> str:
    """The words of a phrase folded and run together: "bed-rest", "bed rest" and "bedrest" have one key."""
    return "".join(keys_of(phrase))


def keys_of(phrase: str) -> list[str]:
    """The key of each word: what `tokens` gives, without their places, in a third of the time."""
    return [fold(word) for word in _WORD.findall(phrase)]


def plurals(form: str) -> tuple[str, ...]:
    """The form, and its regular plural where it has one."""
    last = _LAST_LETTERS.search(form)
    if last is None or (len(last.group()) < 3 and not last.group().isupper()):
        return (form,)
    if form.endswith("sis"):
        return (form, form[:-2] + "es")
    if _HISSES.search(form):
        return (form, form + "es") if not form.endswith("s") else (form,)
    if _ENDS_IN_Y.search(form):
        return (form, form[:-1] + "ies")
    return (form, form + "s")
