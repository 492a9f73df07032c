"""Puts the fragments of a PDF page into reading order: furniture away, tables aside, columns one after the other, lines.

A column gutter is a strip that hardly any line crosses, with well filled lines on its left: the cells of a table are not, so
a table without rules is not read column by column.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from corpus.documents.pdf import Fragment, Page
from corpus.documents.pdf_tables import Table, take_tables

MARGIN = 0.12
"""Share of a page's height, at its top and bottom, in which running headers and footers stand."""
APART = 0.9
"""Heights of a line between a running header and the text."""
_NUMBER = re.compile(r"(?:page|p\.?)?\s*[\u2013\-|]?\s*(?:#+|[ivxl]+)\s*[\u2013\-|]?(?:\s*(?:of|/)\s*#+)?", re.I)


@dataclass(slots=True)
class Line:
    """One printed line within a column."""

    fragments: list[Fragment]
    page: int
    region: int = 0
    """Lines of one column of one band share it."""
    right: float = 0.0
    """Where the lines of this region end."""
    table: Table | None = None
    text: str = field(init=False, default="")
    x0: float = field(init=False, default=0.0)
    x1: float = field(init=False, default=0.0)
    y0: float = field(init=False, default=0.0)
    y1: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        if self.table is not None:
            self.x0, self.y0, self.x1, self.y1 = self.table.box
            return
        self.fragments.sort(key=lambda f: f.x0)
        self.text = " ".join(f.text for f in self.fragments)
        self.x0, self.x1 = self.fragments[0].x0, max(f.x1 for f in self.fragments)
        self.y0, self.y1 = min(f.y0 for f in self.fragments), max(f.y1 for f in self.fragments)

    @property
    def height(self) -> float:
        """Of its largest run of letters."""
        return max(self.fragments, key=lambda f: len(f.text)).height if self.fragments else self.y1 - self.y0

    @property
    def bold(self) -> bool:
        return all(f.bold for f in self.fragments)


def drop_furniture(pages: Sequence[Page]) -> int:
    """Takes running headers, footers and page numbers off the pages; returns how many lines went."""
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    marginal: list[tuple[Page, Fragment, tuple[str, int]]] = []
    for page in pages:
        for fragment in _outside(page):
            middle = (fragment.y0 + fragment.y1) / 2
            key = (re.sub(r"\d+", "#", fragment.text.casefold()), round(middle / 6))
            seen[key].add(page.number)
            marginal.append((page, fragment, key))
    enough = min(max(2, -(-len(pages) * 3 // 10)), 5)
    gone: dict[int, set[int]] = defaultdict(set)
    for page, fragment, key in marginal:
        near = seen[key] | seen.get((key[0], key[1] - 1), set()) | seen.get((key[0], key[1] + 1), set())
        if len(near) >= enough or _NUMBER.fullmatch(key[0]):
            gone[page.number].add(id(fragment))
    for page in pages:
        page.fragments = [f for f in page.fragments if id(f) not in gone[page.number]]
    return sum(len(ids) for ids in gone.values())


def _outside(page: Page) -> list[Fragment]:
    """Fragments near the top and the bottom edge that a gap sets apart from the text."""
    lines = rows(page.fragments)
    found: list[Fragment] = []
    for ordered, top in ((lines, True), (lines[::-1], False)):
        held: list[Fragment] = []
        for number, line in enumerate(ordered):
            middle = (line[0].y0 + line[0].y1) / 2
            from_edge = page.height - middle if top else middle
            if from_edge > MARGIN * page.height:
                break
            held += line
            following = ordered[number + 1] if number + 1 < len(ordered) else None
            gap = (line[0].y0 - following[0].y1 if top else following[0].y0 - line[0].y1) if following else page.height
            if gap > APART * line[0].height:
                found += held
                held = []
    return list({id(f): f for f in found}.values())


def rows(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Fragments that share a line, lines from the top down, each from left to right."""
    found: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda f: (-(f.y0 + f.y1), f.x0)):
        for line in reversed(found[-3:]):
            low, high = max(line[0].y0, fragment.y0), min(line[0].y1, fragment.y1)
            if high - low > 0.5 * min(line[0].height, fragment.height):
                line.append(fragment)
                break
        else:
            found.append([fragment])
    return [sorted(line, key=lambda f: f.x0) for line in found]


def arrange(pages: Sequence[Page]) -> list[list[Line]]:
    """The lines and tables of each page in reading order. A page that is too empty to show its columns has those of the others."""
    parts = [take_tables(page) for page in pages]
    found = [gutter for _, rest in parts if (gutter := _gutter(rest)) is not None]
    usual = median(found) if len(found) >= max(1, 0.3 * len(pages)) else None
    return [_lines(page, [*rest, *tables], usual) for page, (tables, rest) in zip(pages, parts, strict=True)]


def _lines(page: Page, items: list[Fragment | Table], usual: float | None) -> list[Line]:
    lines: list[Line] = []
    for number, part in enumerate(_regions(items, 0, usual)):
        loose = [item for item in part if isinstance(item, Fragment)]
        made = [Line(row, page.number, number) for row in rows(loose)]
        made += [Line([], page.number, number, table=item) for item in part if isinstance(item, Table)]
        right = max((line.x1 for line in made), default=0.0)
        for line in sorted(made, key=lambda line: -(line.y0 + line.y1)):
            line.right = right
            lines.append(line)
    return lines


def _regions(items: list[Fragment | Table], depth: int, usual: float | None = None) -> list[list[Fragment | Table]]:
    """Columns of bands, in reading order: what crosses the gutter divides the page into bands."""
    loose = [item for item in items if isinstance(item, Fragment)]
    gutter = _gutter(loose) if depth < 2 else None
    if gutter is None and usual is not None and sum(f.x0 < usual < f.x1 for f in loose) <= 0.25 * len(loose):
        gutter = usual
    if gutter is None:
        return [items] if items else []
    bands: list[tuple[list[Fragment | Table], list[Fragment | Table], list[Fragment | Table]]] = [([], [], [])]
    for item in sorted(items, key=lambda i: -_middle(i)):
        x0, x1 = (item.x0, item.x1) if isinstance(item, Fragment) else (item.box[0], item.box[2])
        if x0 < gutter - 2 and x1 > gutter + 2:
            if bands[-1][1] or bands[-1][2]:
                bands.append(([], [], []))
            bands[-1][0].append(item)
        else:
            bands[-1][1 if (x0 + x1) / 2 < gutter else 2].append(item)
    found: list[list[Fragment | Table]] = []
    for across, left, right in bands:
        found += [part for part in (across, *_regions(left, depth + 1), *_regions(right, depth + 1)) if part]
    return found


def _middle(item: Fragment | Table) -> float:
    y0, y1 = (item.y0, item.y1) if isinstance(item, Fragment) else (item.box[1], item.box[3])
    return (y0 + y1) / 2 if isinstance(item, Fragment) else y1


def _gutter(fragments: list[Fragment]) -> float | None:
    """The x of a column gutter, or None."""
    if len(fragments) < 10:
        return None
    left, right = min(f.x0 for f in fragments), max(f.x1 for f in fragments)
    width = right - left
    if width < 150:
        return None
    best: tuple[int, float, float] | None = None
    start, run, low = 0.0, 0, -1
    spans = [(f.x0, f.x1) for f in fragments]
    at = left + 0.28 * width
    while at <= left + 0.72 * width:
        crossing = sum(x0 < at < x1 for x0, x1 in spans)
        if crossing == low:
            run += 1
        else:
            start, run, low = at, 1, crossing
        candidate = (low, -run * 2.0, start + run)
        if best is None or candidate < best:
            best = candidate
        at += 2.0
    if best is None or -best[1] < 6.0:
        return None
    crossing, gutter = best[0], best[2]
    sides = ([f for f in fragments if f.x1 <= gutter + 1], [f for f in fragments if f.x0 >= gutter - 1])
    if min(len(side) for side in sides) < 4 or crossing > 0.4 * len(fragments):
        return None
    if not _like_text(sides[0], left, gutter) or not _like_text(sides[1], gutter, right):
        return None
    return gutter


def _like_text(side: list[Fragment], left: float, right: float) -> bool:
    """Whether the lines of a column fill it, as prose does and cells do not."""
    lines = rows(side)
    starts = Counter(round(line[0].x0 / 4) for line in lines)
    edge = starts.most_common(1)[0][0] * 4
    room = right - min(edge, left + 0.3 * (right - left))
    filled = median(max(f.x1 for f in line) - line[0].x0 for line in lines) / max(room, 1.0)
    return filled > 0.55
