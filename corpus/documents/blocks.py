"""What every reader gives: a document as a flat list of blocks in reading order.

Also the marks by which printed text shows its structure (bullets, numbers), which the readers of PDF and plain text share.
Leaves how a file is read to the readers, and what a passage is to `passages.py`.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal

BlockKind = Literal["heading", "paragraph", "item", "table"]

BULLETS = "\u2022\u25e6\u25aa\u2023\u25cf\u25cb\u25a0\u25a1\u2043\u2219\u00b7\uf0b7\uf0a7"
_MARKER = re.compile(
    rf"""(?P<mark>
        [{BULLETS}](?=\s*\S) | [-\u2013\u2014*](?=\s+\S) | o(?=\s+[A-Z])
        | (?:Recommendation|Statement|Key\ (?:point|action|message)|Rec\.?|R)\s?\d{{1,3}}(?:\.\d{{1,3}})*[a-z]?[.:)]?(?=\s+\S)
        | \d{{1,2}}(?:\.\d{{1,3}}){{1,4}}[a-z]?[.:)]?(?=\s+\S)
        | \(?\d{{1,3}}[.)](?=\s+\S)
        | \(?[a-z][.)](?=\s+\S) | \(?[ivx]{{2,5}}[.)](?=\s+\S)
    )\s*""",
    re.VERBOSE,
)
_DOTTED = re.compile(r"\d{1,2}(?:\.\d{1,3}){1,4}[a-z]?")
_NAMED = re.compile(r"(?:Recommendation|Statement|Key (?:point|action|message)|Rec\.?|R)\s?\d", re.I)
TABLE_CELL = " | "


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document. Text has no line breaks, but for the rows of a table; cells stand between " | "."""

    kind: BlockKind
    text: str
    page: int | None = None
    """Counted from 1, as a viewer counts; null where the format has no pages."""
    level: int = 0
    """Depth of a heading from 1, or of a list item from 0."""
    mark: str = ""
    """Of an item: its bullet or number, as printed."""
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read. `notes` are for whoever adds it: what was left out, and what looked odd."""

    blocks: tuple[Block, ...]
    pages: int | None = None
    notes: tuple[str, ...] = ()

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def load(cls, data: dict[str, Any]) -> Document:
        """The inverse of `dump`, after JSON. Raises TypeError, KeyError on anything else."""
        return cls(tuple(Block(**row) for row in data["blocks"]), data["pages"], tuple(data["notes"]))


def split_mark(text: str) -> tuple[str, str]:
    """A printed line as (bullet or number, rest); the first is empty where it begins with neither.

    >>> split_mark("1.1.4 Do not offer imaging.")
    ('1.1.4', 'Do not offer imaging.')
    """
    found = _MARKER.match(text)
    return (found["mark"], text[found.end() :]) if found else ("", text)


def is_bullet(mark: str) -> bool:
    return bool(mark) and (mark in BULLETS or mark in "-\u2013\u2014*o")


def reference(mark: str) -> str:
    """The number by which a recommendation can be cited ("1.1.4", "Recommendation 3"); empty for plain list marks."""
    if found := _DOTTED.match(mark):
        return found[0]
    return mark.rstrip(".:)") if _NAMED.match(mark) else ""


def looks_like_heading(text: str) -> bool:
    """Whether a line that stands alone reads as a title: short, and not a sentence."""
    _, rest = split_mark(text)
    return (
        0 < len(rest) <= 110
        and len(rest.split()) <= 14
        and rest[0].isalnum()
        and (rest[0].isupper() or rest[0].isdigit())
        and rest[-1] not in ".;:,?!"
        and any(character.isalpha() for character in rest)
    )
