"""Reads HTML with selectolax: the text that a browser would show, as blocks. Nothing in the file is ever run or fetched.

Scripts, styles, navigation and hidden elements are left out and counted. Leaves passages to `passages.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from corpus.documents.blocks import TABLE_CELL, Block, Document
from corpus.documents.clean import Cleaner
from corpus.documents.refuse import DocumentError
from corpus.documents.text import decode

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_DEPTH = 1_000
"""Deeper nesting than any page has; the parser's time grows with its square."""
_SCRIPTS = frozenset({"script", "noscript", "template", "object", "embed", "applet", "iframe", "canvas", "svg", "math"})
_ASIDE = frozenset({"head", "style", "nav", "select", "button", "input", "textarea", "audio", "video", "map", "title"})
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q ruby s samp small span strike strong sub sup time tt "
    "u var wbr".split()
)
_LOOSE = frozenset("p li td th tr dd dt option tbody thead tfoot colgroup caption rt rp optgroup".split())
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*?(/?)>")
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_\-]{1,40})", re.I)
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.I)


def read(data: bytes) -> Document:
    """An HTML page or fragment as blocks. Raises DocumentError."""
    from selectolax.lexbor import LexborHTMLParser

    if too_deep(data):
        raise DocumentError(
            "the HTML is nested too deeply to be a page", "open it in a browser and save its text, or print it as PDF"
        )
    declared = _CHARSET.search(data[:4096])
    text, notes = decode(data, declared[1].decode("ascii") if declared else None)
    walk = _Walk()
    # NUL ends a C string: it goes before the parser sees it
    body = LexborHTMLParser(text.replace("\x00", "").encode("utf-8", "replace").decode()).body
    if body is not None:
        walk.all(body)
    return Document(tuple(walk.blocks), None, (*notes, *walk.notes()))


def too_deep(data: bytes) -> bool:
    """Whether elements are nested beyond MAX_DEPTH, by their tags alone."""
    depth = 0
    for found in _TAG.finditer(data):
        name = found[2].lower().decode("ascii")
        if name in _VOID or name in _LOOSE or found[3]:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False


class _Walk:
    """Goes through the tree without recursion and collects blocks."""

    def __init__(self) -> None:
        self.cleaner = Cleaner()
        self.blocks: list[Block] = []
        self.left_out: Counter[str] = Counter()
        self._text: list[str] = []
        self._heading = 0
        self._lists: list[int | None] = []
        self._mark = ""
        self._pre = False

    def notes(self) -> tuple[str, ...]:
        said = [f"{count} {name} left out" for name, count in sorted(self.left_out.items())]
        return (*self.cleaner.notes(), *said)

    def all(self, root: LexborNode) -> None:
        """Enters and leaves every node below `root`, in order."""
        node: LexborNode | None = root.first_child
        while node is not None:
            inner = node.first_child if self._enter(node) else None
            if inner is not None:
                node = inner
                continue
            self._leave(node)
            while node is not None and node.next is None:
                node = node.parent
                if node is None or node == root:
                    node = None
                    break
                self._leave(node)
            node = node.next if node is not None else None
        self._flush()

    def _enter(self, node: LexborNode) -> bool:
        """Whether to go inside."""
        tag = node.tag or ""
        if tag == "-text":
            self._text.append(node.text_content or "")
            return False
        if tag.startswith("-") or tag in _ASIDE:
            return False
        if tag in _SCRIPTS:
            self.left_out["scripts and embedded objects"] += 1
            return False
        if _hidden(node):
            self.left_out["hidden elements"] += 1
            return False
        if tag == "br":
            self._text.append(" ")
        elif tag == "img":
            self._text.append(f" {node.attributes.get('alt') or ''} ")
        elif tag == "table" and not node.css("table table"):
            self._flush()
            self._table(node)
            return False
        elif tag not in _INLINE:
            self._flush()
            self._open(node, tag)
        return True

    def _open(self, node: LexborNode, tag: str) -> None:
        if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self._heading = int(tag[1])
        elif tag == "ol":
            start = node.attributes.get("start") or "1"
            self._lists.append(int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1)
        elif tag in ("ul", "menu", "dir"):
            self._lists.append(None)
        elif tag == "li":
            number = self._lists[-1] if self._lists else None
            self._mark = "\u2022" if number is None else f"{number}."
            if number is not None:
                self._lists[-1] = number + 1

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag.startswith("-") or tag in _INLINE or tag in ("br", "img", *_ASIDE, *_SCRIPTS):
            return
        self._flush()
        if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self._heading = 0
        elif tag in ("ol", "ul", "menu", "dir") and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._mark = ""

    def _flush(self) -> None:
        text = self.cleaner.line("".join(self._text))
        self._text = []
        if not text:
            return
        if self._heading:
            self.blocks.append(Block("heading", text, None, self._heading))
        elif self._lists and self._mark:
            depth, ordered = len(self._lists) - 1, self._lists[-1] is not None
            self.blocks.append(Block("item", text, None, depth, self._mark, ordered))
            self._mark = ""
        elif self._lists and self.blocks and self.blocks[-1].kind == "item":
            last = self.blocks[-1]
            self.blocks[-1] = Block("item", f"{last.text} {text}", None, last.level, last.mark, last.ordered)
        else:
            self.blocks.append(Block("paragraph", text))

    def _table(self, table: LexborNode) -> None:
        """One block; a table of one column is layout, and its cells are paragraphs."""
        rows = [[self._cell(cell) for cell in row.css("th, td")] for row in table.css("tr")]
        caption = table.css_first("caption")
        if caption is not None and (title := self._cell(caption)):
            self.blocks.append(Block("paragraph", title))
        rows = [row for row in rows if any(row)]
        if all(len(row) == 1 for row in rows):
            self.blocks += [Block("paragraph", row[0]) for row in rows]
        elif rows:
            self.blocks.append(Block("table", "\n".join(TABLE_CELL.join(row) for row in rows)))

    def _cell(self, cell: LexborNode) -> str:
        parts: list[str] = []
        for node in cell.traverse(include_text=True):
            if node.tag == "-text" and not any(_out(above, cell) for above in _above(node, cell)):
                parts.append(node.text_content or "")
            elif node.tag not in _INLINE:
                parts.append(" ")
        return self.cleaner.line("".join(parts))


def _above(node: LexborNode, stop: LexborNode) -> list[LexborNode]:
    found: list[LexborNode] = []
    up = node.parent
    while up is not None and up != stop:
        found.append(up)
        up = up.parent
    return found


def _out(node: LexborNode, stop: LexborNode) -> bool:
    return (node.tag or "") in _SCRIPTS or (node.tag or "") in _ASIDE or _hidden(node)


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return bool("hidden" in attributes or _HIDING.search(attributes.get("style") or ""))
