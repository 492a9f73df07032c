"""Text folded for the pitfall checks: lower case, plain quotes and dashes, single spaces, with every place in the original kept.

A line break stays only where it ends a line of a list or a note. Sentences and clauses are cut in `clauses.py`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

_TRANSLATE = {
    "\u2018": "'", "\u2019": "'", "\u02bc": "'", "`": "", "\u00b4": "'", "\u201c": '"', "\u201d": '"', "\u2033": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2212": "-", "\u2014": " - ", "\u2015": " - ",
    "\u2026": "...", "\u00d7": "x", "\u2265": ">=", "\u2264": "<=", "\u2192": " -> ", "\u00bd": ".5", "\u00b5": "u", "\u03bc": "u",
    "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\ufeff": "", "\u2060": "", "*": "", "\u00b7": ".",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2007": " ", "\u3000": " ", "\t": " ", "\r": " ", "\f": " ", "\v": " ",
}  # fmt: skip
_SOFT_WORDS = frozenset(
    "a an the to of for and or nor not do don't no with without in on at by from as is are was be should would could can may if "
    "than rather instead avoid never her his their your this that any more her".split()
)
LIST_START = re.compile(r"\s*(?:[-\u2022\u25aa\u2023+>*#]|\d{1,2}[.)]\s)")
_LONG_LINE = 50


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` is the folded string; `at[i]` is the place of its i-th character in `raw` (one more at the end)."""

    raw: str
    text: str
    at: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The same stretch in the original string, half-open."""
        if end <= start:
            return self.at[start], self.at[start]
        return self.at[start], self.at[end - 1] + 1

    def place(self, raw_index: int) -> int:
        """Place in the folded text of a character of the original string."""
        return min(bisect_left(self.at, raw_index), len(self.text))

    def original(self, start: int, end: int) -> str:
        first, last = self.span(start, end)
        return self.raw[first:last]


def fold(raw: str) -> Folded:
    """Lower case, plain quotes and dashes, single spaces; a line break stays only where it ends a line of a list or note."""
    chars: list[str] = []
    at: list[int] = []
    breaks = _hard_breaks(raw)
    for match in _RUN.finditer(raw):
        start, words = match.start(), match.group()
        if len(words) > 1:
            chars.extend(words.lower())
            at.extend(range(start, match.end()))
        else:
            _fold_one(raw, start, words, start in breaks, chars, at)
    at.append(len(raw))
    return Folded(raw, "".join(chars), tuple(at))


_RUN = re.compile(r"[!-)+-^a-~]+(?: [!-)+-^a-~]+)*|.", re.DOTALL)
"""Plain words with single spaces between them, which fold one to one, or any one character."""


def _fold_one(raw: str, index: int, char: str, breaks: bool, chars: list[str], at: list[int]) -> None:
    """Fold one character that may vanish, widen, or end a line."""
    out = "\n" if breaks else " " if char == "\n" else _TRANSLATE.get(char)
    if out is None:
        out = char.lower()
        if char == "_" and not (0 < index < len(raw) - 1 and raw[index - 1].isalnum() and raw[index + 1].isalnum()):
            out = ""
    for piece in out:
        if piece == " " and chars and chars[-1] in " \n":
            continue
        if piece == "\n" and chars and chars[-1] == " ":
            chars.pop()
            at.pop()
        chars.append(piece)
        at.append(index)


def _hard_breaks(raw: str) -> frozenset[int]:
    """Line breaks that end a statement; the others only wrap a line."""
    hard: set[int] = set()
    lines = raw.split("\n")
    place = 0
    for line, following in zip(lines, lines[1:], strict=False):
        place += len(line)
        if not _wraps(line, following):
            hard.add(place)
        place += 1
    return frozenset(hard)


def _wraps(line: str, following: str) -> bool:
    before, after = line.rstrip(), following.lstrip()
    if not before or not after or before[-1] in ".!?;:" or LIST_START.match(following):
        return False
    if before[-1] == ",":
        return True
    last = before.rsplit(None, 1)[-1].lower()
    if last in _SOFT_WORDS or (after[0].islower() and len(before) >= _LONG_LINE):
        return True
    return after[0] in ",.;)" or (
        after[0].islower() and before[-1].islower() and len(before.split()) >= 6 and not before[0].islower()
    )
