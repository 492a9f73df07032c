"""Finds the tables of a PDF page: grids of drawn rules, and rows between level rules. Each cell's words stay together.

Tables without any rule are found later, by `pdf_shape.py`, as lines of several fragments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.documents.pdf import Fragment, Page, Rule

NEAR = 3.0
"""Points within which two rules touch, or are one."""
MAX_CONNECTED = 1_500


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, empty ones included; box is x0, y0, x1, y1."""

    rows: tuple[tuple[str, ...], ...]
    box: tuple[float, float, float, float]


def take_tables(page: Page) -> tuple[list[Table], list[Fragment]]:
    """The tables of a page and the fragments that are in none."""
    rest = list(page.fragments)
    tables = []
    for group in _connected(page.rules):
        ys = _distinct([(r.y0 + r.y1) / 2 for r in group if r.level])
        xs = _distinct([(r.x0 + r.x1) / 2 for r in group if not r.level])
        if len(ys) < 2 or len(xs) < 3:
            continue
        inside = [f for f in rest if _within(f, xs[0], ys[0], xs[-1], ys[-1])]
        made = _grid(inside, xs, ys)
        if made and len(made[0]) > 1:
            tables.append(Table(made, (xs[0], ys[0], xs[-1], ys[-1])))
            taken = {id(f) for f in inside}
            rest = [f for f in rest if id(f) not in taken]
    found, rest = _level_only(page, rest)
    return [*tables, *found], rest


def _within(f: Fragment, x0: float, y0: float, x1: float, y1: float) -> bool:
    return x0 - NEAR <= (f.x0 + f.x1) / 2 <= x1 + NEAR and y0 - NEAR <= (f.y0 + f.y1) / 2 <= y1 + NEAR


def _connected(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Rules that touch, together. Two outlines that only lie near are apart."""
    if len(rules) > MAX_CONNECTED:
        return []
    parent = list(range(len(rules)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    order = sorted(range(len(rules)), key=lambda i: rules[i].x0)
    open_: list[int] = []
    for i in order:
        a = rules[i]
        open_ = [j for j in open_ if rules[j].x1 >= a.x0 - NEAR]
        for j in open_:
            b = rules[j]
            if b.y0 <= a.y1 + NEAR and a.y0 <= b.y1 + NEAR:
                parent[root(i)] = root(j)
        open_.append(i)
    groups: dict[int, list[Rule]] = defaultdict(list)
    for i, rule in enumerate(rules):
        groups[root(i)].append(rule)
    return sorted(groups.values(), key=lambda g: -max(r.y1 for r in g))


def _distinct(values: list[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > NEAR:
            found.append(value)
    return found


def _grid(inside: list[Fragment], xs: list[float], ys: list[float]) -> tuple[tuple[str, ...], ...]:
    """Cells by the centre of each fragment; rows and columns without a word are left out."""
    cells: dict[tuple[int, int], list[Fragment]] = defaultdict(list)
    for f in inside:
        column = max(0, min(len(xs) - 2, sum(x <= (f.x0 + f.x1) / 2 for x in xs) - 1))
        row = max(0, min(len(ys) - 2, sum(y <= (f.y0 + f.y1) / 2 for y in ys) - 1))
        cells[row, column].append(f)
    rows = sorted({row for row, _ in cells}, reverse=True)
    columns = sorted({column for _, column in cells})
    return tuple(tuple(words(cells.get((r, c), [])) for c in columns) for r in rows)


def words(fragments: list[Fragment]) -> str:
    """The text of one cell, line by line."""
    from corpus.documents.hyphens import joined
    from corpus.documents.pdf_layout import rows

    return joined([" ".join(f.text for f in line) for line in rows(fragments)])


def _level_only(page: Page, rest: list[Fragment]) -> tuple[list[Table], list[Fragment]]:
    """Tables with level rules alone: at least three of one extent, with several fragments on most lines between them."""
    from corpus.documents.pdf_layout import rows

    extents: dict[tuple[int, int], list[float]] = defaultdict(list)
    for rule in page.rules:
        if rule.level and rule.x1 - rule.x0 > 100:
            extents[round(rule.x0 / 4), round(rule.x1 / 4)].append(rule.y0)
    tables = []
    for (left, right), values in sorted(extents.items()):
        ys = _distinct(values)
        if len(ys) < 3 or ys[-1] - ys[0] > 0.7 * page.height:
            continue
        x0, x1 = left * 4.0, right * 4.0
        inside = [f for f in rest if _within(f, x0, ys[0], x1, ys[-1])]
        lines = rows(inside)
        if len(lines) < 2 or sum(len(line) > 1 for line in lines) < 0.6 * len(lines):
            continue
        starts = column_starts(lines)
        if len(starts) < 2:
            continue
        made = table_rows(lines, starts, breaks=ys[1:-1] if len(ys) > 4 else [])
        tables.append(Table(made, (x0, ys[0], x1, ys[-1])))
        taken = {id(f) for f in inside}
        rest = [f for f in rest if id(f) not in taken]
    return tables, rest


def column_starts(lines: Sequence[Sequence[Fragment]]) -> list[float]:
    """Left edges that the fragments of several lines share."""
    edges = sorted(f.x0 for line in lines for f in line)
    found: list[list[float]] = []
    for edge in edges:
        if found and edge - found[-1][-1] <= 6.0:
            found[-1].append(edge)
        else:
            found.append([edge])
    return [group[0] for group in found if len(group) >= 2]


def table_rows(
    lines: Sequence[Sequence[Fragment]], starts: Sequence[float], breaks: Sequence[float] = ()
) -> tuple[tuple[str, ...], ...]:
    """Cells by their left edges. A line without a first cell continues the row above; rules (`breaks`) part rows too."""
    rows: list[dict[int, list[Fragment]]] = []
    last = None
    for line in lines:
        middle = (line[0].y0 + line[0].y1) / 2
        parted = last is None or any(middle < y < last for y in breaks)
        cells = {max(0, sum(s <= f.x0 + 3 for s in starts) - 1): f for f in line}
        fresh = parted if breaks else 0 in cells
        if fresh or not rows:
            rows.append(defaultdict(list))
        for f in line:
            rows[-1][max(0, sum(s <= f.x0 + 3 for s in starts) - 1)].append(f)
        last = middle
    return tuple(tuple(words(row.get(c, [])) for c in range(len(starts))) for row in rows)
