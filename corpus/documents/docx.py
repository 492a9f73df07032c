"""Reads a Word document with python-docx: headings by style, lists with the numbers that Word would show, tables row by row.

Walks the document's own elements, since inserted text, content controls and text boxes stand outside what the library lists. Deleted text
is left out. A page is known only where Word has noted its page breaks in the file. Archive bombs are refused before (`refuse.py`).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from corpus.documents.blocks import TABLE_CELL, Block, Document, is_bullet, split_mark
from corpus.documents.clean import Cleaner
from corpus.documents.docx_numbers import Numbers
from corpus.documents.refuse import DocumentError

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = frozenset({f"{W}del", f"{W}moveFrom", f"{W}instrText", f"{W}delText", f"{W}pPr", f"{W}rPr", f"{W}txbxContent", _FALLBACK})
_TEXTS = {f"{W}tab": "\t", f"{W}br": " ", f"{W}cr": " ", f"{W}noBreakHyphen": "-", f"{W}softHyphen": ""}
_HEADING = re.compile(r"(?:heading|\u00fcberschrift|titre)\s*([1-9])", re.I)
MAX_DEPTH = 200


def read(data: bytes) -> Document:
    """A DOCX as blocks. Raises DocumentError."""
    from docx import Document as open_docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml.etree import XMLSyntaxError

    _refuse_doctypes(data)
    try:
        document = open_docx(io.BytesIO(data))
    except (PackageNotFoundError, KeyError, ValueError, XMLSyntaxError, zipfile.BadZipFile, AttributeError) as error:
        raise DocumentError(
            f"it is damaged, or no Word document ({type(error).__name__})", "open it in a word processor and save it again"
        ) from None
    walk = _Walk(document)
    body = document.element.body
    if body is None:
        raise DocumentError("it has no text", "check that it is the right file")
    walk.all(body)
    return Document(tuple(walk.blocks), walk.page if walk.paged else None, (*walk.cleaner.notes(), *walk.notes()))


def _refuse_doctypes(data: bytes) -> None:
    """No part of a Word document declares a document type; one that does is made to trip XML parsers."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if not member.filename.endswith((".xml", ".rels")):
                continue
            try:
                with archive.open(member) as stream:
                    start = stream.read(4096)
            except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError) as error:
                raise DocumentError(f"it is damaged ({error})", "open it in a word processor and save it again") from None
            if b"<!DOCTYPE" in start or b"<!ENTITY" in start or b"\x00<\x00!\x00D" in start:
                raise DocumentError("its XML declares a document type, as no word processor writes", "save it again in a word processor")


class _Walk:
    """Goes through the body and collects blocks."""

    def __init__(self, document: Any) -> None:
        self.cleaner = Cleaner()
        self.blocks: list[Block] = []
        self.left_out: Counter[str] = Counter()
        self._styles = {style.style_id: style for style in document.styles}
        self._names = {key: (style.name or "") for key, style in self._styles.items()}
        self._numbers = Numbers(document)
        body = document.element.body
        self._rendered = body is not None and body.find(f".//{W}lastRenderedPageBreak") is not None
        self.paged = self._rendered or (body is not None and _has_breaks(body))
        self.page = 1

    def notes(self) -> tuple[str, ...]:
        return tuple(f"{count} {name} left out" for name, count in sorted(self.left_out.items()))

    def all(self, parent: Any, depth: int = 0) -> None:
        """Paragraphs, tables and content controls below `parent`, in order."""
        if depth > MAX_DEPTH:
            raise DocumentError("its parts are nested too deeply", "save its text and add that")
        for child in parent.iterchildren():
            if child.tag == f"{W}p":
                self._paragraph(child)
            elif child.tag == f"{W}tbl":
                self._table(child)
            elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}moveTo", f"{W}customXml", f"{W}smartTag"):
                self.all(child, depth + 1)

    @property
    def _at(self) -> int | None:
        return self.page if self.paged else None

    def _paragraph(self, element: Any) -> None:
        page = self._at
        text = self.cleaner.line("".join(self._text(element)))
        if text:
            self._add(element, text, page if self._at == page or not _breaks_first(element) else self._at)
        for box in element.iter(f"{W}txbxContent"):
            if not any(up.tag == _FALLBACK for up in box.iterancestors()):
                self.all(box, 1)

    def _add(self, element: Any, text: str, page: int | None) -> None:
        style = _value(element, "pStyle")
        names = self._chain(style)
        level = next((int(found[1]) for name in names if (found := _HEADING.match(name))), 0)
        outline = next((int(v) + 1 for v in [_value(element, "outlineLvl")] if v and v.isdigit() and int(v) < 9), 0)
        label, depth = self._numbers.label(element, self._style_ids(style))
        if level or outline or names[:1] in (["Title"], ["Subtitle"]):
            number = label if label and not is_bullet(label) else ""
            self.blocks.append(Block("heading", f"{number} {text}".strip(), page, level or outline or 1))
            return
        mark = label or ("\u2022" if any("List Bullet" in name for name in names) else "")
        if mark:
            self.blocks.append(Block("item", text, page, depth, mark, not is_bullet(mark)))
            return
        typed, rest = split_mark(text)
        if typed and rest:
            self.blocks.append(Block("item", rest, page, depth, typed, not is_bullet(typed)))
        else:
            self.blocks.append(Block("paragraph", text, page))

    def _style_ids(self, style: str | None) -> list[str]:
        """A style and those that it is based on."""
        found: list[str] = []
        while style and style not in found and style in self._styles:
            found.append(style)
            based = self._styles[style].element.find(f"{W}basedOn")
            style = based.get(f"{W}val") if based is not None else None
        return found

    def _chain(self, style: str | None) -> list[str]:
        return [self._names[key] for key in self._style_ids(style)]

    def _text(self, element: Any) -> Iterator[str]:
        """Visible text of a paragraph; counts the page breaks that it meets."""
        for child in element.iterchildren():
            tag = child.tag
            if tag in _SKIPPED:
                if tag in (f"{W}del", f"{W}moveFrom"):
                    self.left_out["deleted passages"] += 1
                continue
            if tag == f"{W}t":
                yield child.text or ""
            elif tag == f"{W}lastRenderedPageBreak":
                self.page += 1
            elif tag in _TEXTS:
                if child.get(f"{W}type") == "page" and not self._rendered:
                    self.page += 1
                yield _TEXTS[tag]
            elif tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
                self.left_out["footnotes"] += 1
            elif isinstance(tag, str) and not (tag == f"{W}r" and _hidden(child)):
                yield from self._text(child)

    def _table(self, table: Any) -> None:
        page = self._at
        rows = []
        for row in table.iterchildren(f"{W}tr", f"{W}sdt"):
            cells = [cell for cell in row.iter(f"{W}tc") if next(cell.iterancestors(f"{W}tbl")) is table]
            texts = [self.cleaner.line(" ".join("".join(self._text(p)) for p in cell.iter(f"{W}p"))) for cell in cells]
            if any(texts):
                rows.append(texts)
        if all(len(row) == 1 for row in rows):
            self.blocks += [Block("paragraph", row[0], page) for row in rows]  # a frame, not a table
        else:
            self.blocks.append(Block("table", "\n".join(TABLE_CELL.join(row) for row in rows), page))


def _value(element: Any, name: str) -> str | None:
    properties = element.find(f"{W}pPr")
    found = properties.find(f"{W}{name}") if properties is not None else None
    value: str | None = found.get(f"{W}val") if found is not None else None
    return value


def _hidden(run: Any) -> bool:
    properties = run.find(f"{W}rPr")
    vanish = properties.find(f"{W}vanish") if properties is not None else None
    return vanish is not None and vanish.get(f"{W}val") not in ("0", "false")


def _has_breaks(body: Any) -> bool:
    return any(br.get(f"{W}type") == "page" for br in body.iter(f"{W}br"))


def _breaks_first(element: Any) -> bool:
    """Whether a page break stands before the first letter of a paragraph."""
    for node in element.iter(f"{W}t", f"{W}lastRenderedPageBreak", f"{W}br"):
        if node.tag == f"{W}t":
            if (node.text or "").strip():
                return False
        elif node.tag == f"{W}lastRenderedPageBreak" or node.get(f"{W}type") == "page":
            return True
    return False
