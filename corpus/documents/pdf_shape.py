"""Turns the ordered lines of a PDF into blocks: headings by size, weight and number, lists by marks, paragraphs by spacing.

Paragraphs that run on in the next column or page are joined; hyphens at line ends are `hyphens.py`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from corpus.documents.blocks import BULLETS, TABLE_CELL, Block, is_bullet, looks_like_heading, reference, split_mark
from corpus.documents.hyphens import hyphenated, joined
from corpus.documents.pdf_layout import Line
from corpus.documents.pdf_tables import column_starts, table_rows

_ENDS = (".", "!", "?", ":", ";", ")", "]", "\u201d", '"')
_UNITS = frozenset("mg g mcg kg ml l mm cm m % h hours days weeks months years minutes mmol units to and or per".split())


@dataclass(slots=True)
class _Piece:
    """A block in the making: the lines that belong together."""

    lines: list[Line]
    mark: str = ""
    texts: list[str] = field(default_factory=list)
    """Rows of a table."""
    follows: bool = False
    """A table that is the first thing in its column."""

    @property
    def height(self) -> float:
        return self.lines[0].height

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Measures:
    """What is usual in this document: the height of its text, the gap between two lines of a paragraph."""

    body: float
    gap: float
    known: frozenset[str]


def blocks(pages: Sequence[Sequence[Line]]) -> list[Block]:
    """The blocks of all pages, in reading order."""
    measures = _measure(pages)
    pieces: list[_Piece] = []
    for lines in pages:
        at = 0
        while at < len(lines):
            used = _unruled(lines, at)
            if used:
                pieces.append(_table(lines[at : at + used]))
                at += used
                continue
            _place(lines[at], lines[at - 1] if at else None, pieces, measures)
            at += 1
    return _finished(pieces, measures)


def _measure(pages: Sequence[Sequence[Line]]) -> _Measures:
    heights: Counter[float] = Counter()
    gaps: list[float] = []
    words: set[str] = set()
    for lines in pages:
        for number, line in enumerate(lines):
            heights[round(line.height * 2) / 2] += len(line.text)
            words |= hyphenated(line.text)
            above = lines[number - 1] if number else None
            if above and above.region == line.region and not line.table and not above.table:
                gaps.append((above.y0 - line.y1) / max(line.height, 1.0))
    close = sorted(gap for gap in gaps if -0.6 < gap < 1.0)
    usual = median(close[: max(1, len(close) * 3 // 4)]) if close else 0.0
    return _Measures(heights.most_common(1)[0][0] if heights else 10.0, usual, frozenset(words))


def _unruled(lines: Sequence[Line], at: int) -> int:
    """How many lines from here form a table without rules: two or more with several fragments under each other."""
    end, several = at, 0
    while end < len(lines) and lines[end].table is None and lines[end].region == lines[at].region:
        cells = _cells(lines[end])
        if len(cells) < 2 and (several < 1 or lines[end].x0 <= lines[at].x0 + 3):
            break
        several += len(cells) > 1
        end += 1
    if several < 2:
        return 0
    starts = column_starts([line.fragments for line in lines[at:end]])
    return end - at if len(starts) >= 2 else 0


def _cells(line: Line) -> list[str]:
    """The fragments of a line as cells; a list mark and its text are one."""
    texts = [fragment.text for fragment in line.fragments]
    if len(texts) > 1 and split_mark(f"{texts[0]} x")[1] == "x":
        texts = [" ".join(texts[:2]), *texts[2:]]
    return texts


def _table(lines: Sequence[Line]) -> _Piece:
    rows = [line.fragments for line in lines]
    cells = table_rows(rows, column_starts(rows))
    return _Piece([lines[0]], texts=[TABLE_CELL.join(row) for row in cells])


def _place(line: Line, above: Line | None, pieces: list[_Piece], usual: _Measures) -> None:
    """Adds a line to the piece before it, or begins a new one."""
    if line.table is not None:
        first = above is None or above.region != line.region
        pieces.append(_Piece([line], "", [TABLE_CELL.join(row) for row in line.table.rows], first))
        return
    piece = pieces[-1] if pieces and not pieces[-1].texts else None
    mark, _ = split_mark(line.text)
    if piece is None or above is None or above is not piece.lines[-1]:
        mark = mark if _real_mark(mark, line, None) else ""
        if piece is not None and not mark and _runs_on(piece, line):
            piece.lines.append(line)
            return
        pieces.append(_Piece([line], mark))
        return
    if mark and _real_mark(mark, line, above):
        pieces.append(_Piece([line], mark))
    elif _starts_anew(line, above, piece, usual):
        if line.region != above.region and _runs_on(piece, line):
            piece.lines.append(line)
        else:
            pieces.append(_Piece([line]))
    else:
        piece.lines.append(line)


def _real_mark(mark: str, line: Line, above: Line | None) -> bool:
    """Whether a mark begins an item, and is not the number or dash of a sentence that runs on."""
    if not mark:
        return False
    if mark in BULLETS:
        return True
    rest = split_mark(line.text)[1].split(" ")[0]
    if reference(mark) and (rest.lower().strip(".,;)") in _UNITS or rest[:1].islower()):
        return False
    if above is None or above.region != line.region:
        return True
    return above.text.endswith(_ENDS) or above.x1 < above.right - 0.2 * (above.right - above.x0) or line.bold != above.bold


def _starts_anew(line: Line, above: Line, piece: _Piece, usual: _Measures) -> bool:
    """Whether a line begins a paragraph: by region, size, space above, indent, or because the line above could have held its first word."""
    if line.region != above.region:
        return True
    if abs(line.height - above.height) > 0.12 * max(line.height, above.height):
        return True
    gap = (above.y0 - line.y1) / max(line.height, 1.0)
    if gap > usual.gap + 0.25:
        return True
    if line.bold != above.bold and (gap > usual.gap + 0.1 or looks_like_heading(" ".join(x.text for x in piece.lines))):
        return True
    ended = above.text.endswith(_ENDS)
    first = next(x for x in piece.lines if (x.page, x.region) == (line.page, line.region))
    if piece.mark and first is piece.lines[0]:
        return line.x0 < first.x0 - 3 or (ended and line.x0 < first.x0 + 3 and len(piece.lines) > 1 and piece.lines[1].x0 > first.x0 + 3)
    if ended and line.x0 > above.x0 + 0.8 * line.height and len(piece.lines) > 1:
        return True
    letters = max(1, len(line.text))
    word = (line.x1 - line.x0) / letters * (len(line.text.split(" ")[0]) + 1)
    return ended and above.x1 + word < above.right - 0.06 * (above.right - above.x0)


def _runs_on(piece: _Piece, line: Line) -> bool:
    """Whether a paragraph goes on in the next column or page: it has not ended, and the line begins in the middle of a sentence."""
    last = piece.lines[-1]
    same = abs(last.height - line.height) <= 0.12 * line.height
    return same and not last.text.endswith((".", "!", "?", ":")) and (line.text[:1].islower() or last.text.endswith(("-", ",")))


def _finished(pieces: Sequence[_Piece], usual: _Measures) -> list[Block]:
    sizes = sorted({round(p.height) for p in pieces if not p.texts and _is_heading(p, usual)}, reverse=True)
    found: list[Block] = []
    for piece in pieces:
        page = piece.lines[0].page
        if piece.texts:
            _add_table(found, piece, page)
            continue
        text = joined([line.text for line in piece.lines], usual.known)
        mark, rest = split_mark(text) if piece.mark else ("", text)
        if _is_heading(piece, usual):
            number = split_mark(text)[0].rstrip(".:)")
            level = number.count(".") + 1 if number[:1].isdigit() else sizes.index(round(piece.height)) + 1
            found.append(Block("heading", text, page, level))
        elif mark and rest:
            depth = _depth(piece, found)
            found.append(Block("item", rest, page, depth, mark, not is_bullet(mark)))
        else:
            found.append(Block("paragraph", text, page))
    return found


def _add_table(found: list[Block], piece: _Piece, page: int) -> None:
    """A table, or the rest of the one before it where that ran on in the next column or page; a repeated head goes."""
    rows = piece.texts
    last = found[-1] if found and found[-1].kind == "table" else None
    columns = rows[0].count(TABLE_CELL)
    if last is not None and piece.follows and last.text.split("\n")[0].count(TABLE_CELL) == columns:
        rows = rows[1:] if rows[0] == last.text.split("\n")[0] else rows
        found[-1] = Block("table", "\n".join([last.text, *rows]), last.page)
    else:
        found.append(Block("table", "\n".join(rows), page))


def _is_heading(piece: _Piece, usual: _Measures) -> bool:
    text = " ".join(line.text for line in piece.lines)
    if len(piece.lines) > 3 or not looks_like_heading(text) or (piece.mark and is_bullet(piece.mark)):
        return False
    return piece.height > 1.12 * usual.body or (piece.bold and piece.height > 0.92 * usual.body and len(piece.lines) <= 2)


def _depth(piece: _Piece, found: Sequence[Block]) -> int:
    """1 for an item whose kind of mark differs from that of the list that it stands in, else 0."""
    before = found[-1] if found and found[-1].kind == "item" else None
    if before is None or reference(piece.mark):
        return 0
    same = is_bullet(before.mark) == is_bullet(piece.mark) and (piece.mark[0] == before.mark[0] or not is_bullet(piece.mark))
    return before.level if same else (0 if before.level else 1)
