"""Small pieces of HTML that several parts of the page share: buttons, the mark of a source, lists of pairs, folds."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from assistant.types import Reply, Source
from ui.tags import Html, tag


def button(
    label: Html | str, *extra: Html | str | None, cls: str = "lb-button", **attributes: str | int | bool | None
) -> Html:
    """A button that submits nothing; what it does is said by its data attribute (assets/lumbar.js)."""
    return tag("button", label, *extra, type="button", cls=cls, **attributes)


def aside(words: str) -> Html:
    """Words for screen readers alone."""
    return tag("span", words, cls="lb-sr")


def mark(source: Source, turn: int, quote: int = 0) -> Html:
    """The mark `[n]` of a source: opens it with quotation number `quote` shown."""
    name = f"Source {source.n}: {source.label}"
    return button(str(source.n), cls="lb-mark", data_turn=turn, data_n=source.n, data_q=quote, aria_label=name)


def marker(reply: Reply, turn: int) -> Callable[[int], Html | None]:
    """Makes the mark of source `n` of a reply, with its first quotation; None for a number that is no source."""
    sources = {s.n: s for s in reply.sources}
    return lambda n: mark(sources[n], turn) if n in sources else None


def pairs(rows: Iterable[tuple[str, Html | str]]) -> Html:
    """A description list."""
    return tag("dl", *(part for key, value in rows for part in (tag("dt", key), tag("dd", value))))


def fold(summary: Html | str, *body: Html | str | None, cls: str) -> Html:
    """Closed until it is opened; nothing about an emergency stands in one."""
    return tag("details", tag("summary", summary), *body, cls=cls)


def many(count: int, noun: str) -> str:
    """ "1 source", "2 sources"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
