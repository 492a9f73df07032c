"""Takes out of a text what a reader cannot see and a program may trip over, and counts it, so that it can be reported.

What is visible stays as it is; only ligatures are spelled out and exotic spaces made plain, so that a quotation can be typed
and found.
"""

from __future__ import annotations

import re
from collections import Counter

_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029\x0b\x1c-\x1e]")
_HIDDEN = (
    ("NUL characters", re.compile("\x00")),
    ("control characters", re.compile("[\x01-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")),
    (
        "marks that change the direction of writing",
        re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"),
    ),
    ("invisible characters", re.compile("[\u200b-\u200d\u2060-\u2064\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")),
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)


class Cleaner:
    """Cleans the texts of one document and remembers what it took out."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    def text(self, text: str) -> str:
        """Visible text with line feeds and form feeds kept. Soft hyphens go; lone surrogates become U+FFFD."""
        text = _BREAKS.sub("\n", text)
        for name, pattern in _HIDDEN:
            text, count = pattern.subn("", text)
            if count:
                self.taken[name] += count
        text = _SURROGATES.sub("\ufffd", text)
        return _SPACES.sub(" ", text).replace("\u00ad", "").translate(_LIGATURES)

    def line(self, text: str) -> str:
        """The same on one line, runs of white space made one space."""
        return " ".join(self.text(text).split())

    def notes(self) -> tuple[str, ...]:
        """One sentence a kind of character that was taken out."""
        return tuple(f"{count} {name} were taken out" for name, count in sorted(self.taken.items()))
