"""Reads Markdown (CommonMark with tables) with markdown-it-py: the text that a reader would see, without its marks.

Raw HTML in it is handed to the reader of HTML, so that scripts are dropped here as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus.documents import html
from corpus.documents.blocks import TABLE_CELL, Block, Document
from corpus.documents.clean import Cleaner
from corpus.documents.text import decode

if TYPE_CHECKING:
    from markdown_it.token import Token


def read(data: bytes) -> Document:
    """A Markdown file as blocks. Raises DocumentError."""
    from markdown_it import MarkdownIt

    text, notes = decode(data)
    cleaner = Cleaner()
    tokens = MarkdownIt("commonmark").enable("table").parse(_body(cleaner.text(text).replace("\f", "\n")))
    walk = _Walk(cleaner)
    for token in tokens:
        walk.take(token)
    return Document(tuple(walk.blocks), None, (*notes, *cleaner.notes(), *walk.notes))


def _body(text: str) -> str:
    """The text without YAML front matter."""
    if text.startswith("---\n") and (end := text.find("\n---\n", 4)) > 0:
        return text[end + 5 :]
    return text


class _Walk:
    """Turns the flat tokens of markdown-it into blocks."""

    def __init__(self, cleaner: Cleaner) -> None:
        self.cleaner = cleaner
        self.blocks: list[Block] = []
        self.notes: list[str] = []
        self._lists: list[int | None] = []
        self._mark = ""
        self._heading = 0
        self._row: list[str] | None = None
        self._rows: list[str] = []

    def take(self, token: Token) -> None:
        kind = token.type
        if kind == "heading_open":
            self._heading = int(token.tag[1:])
        elif kind == "heading_close":
            self._heading = 0
        elif kind in ("bullet_list_open", "ordered_list_open"):
            self._lists.append(int(token.attrGet("start") or 1) if kind[0] == "o" else None)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif kind == "list_item_open":
            self._open_item(token)
        elif kind == "table_open":
            self._rows = []
        elif kind == "tr_open":
            self._row = []
        elif kind == "tr_close":
            self._rows.append(TABLE_CELL.join(self._row or []))
            self._row = None
        elif kind == "table_close":
            self.blocks.append(Block("table", "\n".join(self._rows)))
        elif kind == "inline":
            self._inline(self.cleaner.line(plain(token)))
        elif kind in ("fence", "code_block"):
            self._inline(self.cleaner.line(token.content))
        elif kind == "html_block":
            inner = html.read(token.content.encode())
            self.blocks += inner.blocks
            self.notes += [note for note in inner.notes if note not in self.notes]

    def _open_item(self, token: Token) -> None:
        number = self._lists[-1]
        if number is None:
            self._mark = "\u2022"
        else:
            self._mark = f"{number}{token.markup or '.'}"
            self._lists[-1] = number + 1

    def _inline(self, text: str) -> None:
        if self._row is not None:
            self._row.append(text)
        elif not text:
            return
        elif self._heading:
            self.blocks.append(Block("heading", text, None, self._heading))
        elif self._lists and self._mark:
            self.blocks.append(
                Block("item", text, None, len(self._lists) - 1, self._mark, self._lists[-1] is not None)
            )
            self._mark = ""
        elif self._lists and self.blocks and self.blocks[-1].kind == "item":
            last = self.blocks[-1]
            self.blocks[-1] = Block("item", f"{last.text} {text}", None, last.level, last.mark, last.ordered)
        else:
            self.blocks.append(Block("paragraph", text))


def plain(token: Token) -> str:
    """The visible text of an inline token; an image gives its description, a tag of raw HTML nothing."""
    parts = []
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            parts.append(plain(child))
        elif child.type != "html_inline":
            parts.append(child.content)
    return "".join(parts)
