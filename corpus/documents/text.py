"""Reads plain text: paragraphs between blank lines, lists by their marks, tables by tabs or bars, pages by form feeds.

Also decodes text for the readers of HTML and Markdown. Leaves passages to `passages.py`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from corpus.documents.blocks import TABLE_CELL, Block, Document, is_bullet, looks_like_heading, split_mark
from corpus.documents.clean import Cleaner
from corpus.documents.refuse import DocumentError

_UNDERLINE = re.compile(r"[=\-~]{3,}\s*$")
_RULE = re.compile(r"[|:\-+=\s]{3,}$")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, declared: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Text and notes: by byte order mark, else as UTF-8, else as declared, else as Windows-1252, which is then said."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(name), ()
            except UnicodeDecodeError as error:
                raise DocumentError(
                    f"the text is damaged: it is not the {name.upper()} that it begins as (byte {error.start + 1})",
                    "save it again as UTF-8",
                ) from None
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    for wanted in (declared, "cp1252"):
        if wanted:
            try:
                return data.decode(wanted), (f"the text is not UTF-8 and was read as {wanted}",)
            except (LookupError, UnicodeDecodeError):
                continue
    return data.decode("latin-1"), ("the text is not UTF-8 and was read as latin-1: check its accents",)


def read(data: bytes) -> Document:
    """A plain text file as blocks. Raises DocumentError."""
    text, notes = decode(data)
    cleaner = Cleaner()
    pages = cleaner.text(text).split("\f")
    paged = len(pages) > 1
    blocks: list[Block] = []
    for number, page in enumerate(pages, start=1):
        blocks += _page(page.split("\n"), number if paged else None)
    return Document(tuple(blocks), len(pages) if paged else None, (*notes, *cleaner.notes()))


def _page(lines: list[str], page: int | None) -> Iterator[Block]:
    group: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            group.append(line.rstrip())
            continue
        if group:
            yield from _group(group, page)
        group = []


def _group(lines: list[str], page: int | None) -> Iterator[Block]:
    """The lines between two blank ones."""
    if len(lines) > 1 and _UNDERLINE.match(lines[1]):
        yield Block("heading", _plain(lines[0]), page, 1 if lines[1].lstrip().startswith("=") else 2)
        lines = lines[2:]
    if not lines:
        return
    if _is_table(lines):
        rows = [_cells(line) for line in lines if not _RULE.fullmatch(line.strip())]
        yield Block("table", "\n".join(TABLE_CELL.join(row) for row in rows), page)
        return
    if len(lines) == 1 and looks_like_heading(lines[0].strip()):
        mark, _ = split_mark(lines[0].strip())
        if not is_bullet(mark):
            yield Block("heading", _plain(lines[0]), page, mark.strip(".").count(".") + 1 if mark else 1)
            return
    yield from _prose(lines, page)


def _prose(lines: list[str], page: int | None) -> Iterator[Block]:
    """A paragraph, or a list with what leads to it. A line that begins with a mark begins an item."""
    parts: list[tuple[int, str, list[str]]] = []
    for line in lines:
        indent = len(line) - len(line.lstrip())
        mark, rest = split_mark(line.strip())
        if mark:
            parts.append((indent, mark, [rest]))
        elif parts:
            parts[-1][2].append(line)
        else:
            parts.append((indent, "", [line]))
    first = min((indent for indent, mark, _ in parts if mark), default=0)
    for indent, mark, words in parts:
        text = _plain(" ".join(words))
        if mark:
            yield Block("item", text, page, 1 if indent >= first + 2 else 0, mark, not is_bullet(mark))
        else:
            yield Block("paragraph", text, page)


def _is_table(lines: list[str]) -> bool:
    if len(lines) < 2:
        return False
    return all(line.strip("\t").count("\t") >= 1 for line in lines) or all(line.count("|") >= 1 for line in lines)


def _cells(line: str) -> list[str]:
    parts = line.strip().strip("|").split("|") if "|" in line else line.split("\t")
    return [_plain(part) for part in parts]


def _plain(text: str) -> str:
    return " ".join(text.split())
