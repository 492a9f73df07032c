"""Tables: one from the Markdown of a reply, and the guidelines that differ, side by side by name and year."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assistant.types import Reply, Source
from ui.answer import inline
from ui.tags import Html, tag
from ui.widgets import fold, mark


def plain(rows: tuple[tuple[str, ...], ...], make: Callable[[int], Html | None]) -> Html:
    """A Markdown table; the first row is its head."""
    head = tag("tr", *(tag("th", inline(cell, make), scope="col") for cell in rows[0]))
    body = [tag("tr", *(tag("td", inline(cell, make)) for cell in row)) for row in rows[1:]]
    return _scrolling("Table", tag("table", tag("thead", head), tag("tbody", *body)))


def conflicts(reply: Reply, number: int) -> Html | None:
    """Where guidelines differ, row by row; a row needs a passage that this reply cites, so that it can be opened."""
    cited = {s.passage_id: s for s in reply.sources}
    blocks = []
    for conflict in reply.conflicts:
        rows = [r for r in conflict.get("rows", ()) if any(p in cited for p in r.get("passage_ids", ()))]
        if rows:
            blocks.append(_conflict(str(conflict.get("question", "")), rows, cited, number))
    return fold("Guidelines that differ, side by side", *blocks, cls="lb-differ") if blocks else None


def _conflict(question: str, rows: list[dict[str, Any]], cited: dict[str, Source], number: int) -> Html:
    names = ("Guideline", "What it says", "Strength, in its words")
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    body = [_row(row, cited, number) for row in rows]
    table = tag("table", tag("caption", question), tag("thead", head), tag("tbody", *body))
    return _scrolling(f"Where guidelines differ: {question}", table)


def _row(row: dict[str, Any], cited: dict[str, Source], number: int) -> Html:
    marks = [mark(cited[p], number) for p in row.get("passage_ids", ()) if p in cited]
    year = tag("span", str(row.get("year") or "no year"), cls="lb-year")
    return tag(
        "tr",
        tag("th", str(row.get("label") or row.get("guideline_id")), year, scope="row"),
        tag("td", str(row.get("stance", "")), " ", tag("span", *marks, cls="lb-marks")),
        tag("td", str(row.get("strength") or "not graded")),
    )


def _scrolling(name: str, table: Html) -> Html:
    """A table may be wider than a telephone: it scrolls in its own frame, also by keys."""
    return tag("div", table, cls="lb-table", tabindex="0", role="region", aria_label=name)
