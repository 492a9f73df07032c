"""HTML built so that text cannot become markup: plain strings are escaped, and the whole passes one allow-list (nh3).

Nothing else in `ui` makes HTML. `clean` is the last step before Gradio; it puts each block on one line, because for
Gradio's Markdown component a blank line ends raw HTML.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

TAGS = set(
    "a article aside b button caption dd details div dl dt em footer h1 h2 h3 h4 header kbd li mark ol p pre q section "
    "span strong summary table tbody td textarea th thead tr ul".split()
)
COMMON = {"class", "id", "role", "hidden", "tabindex", "title", "lang"}
ATTRIBUTES: dict[str, set[str]] = {
    "*": COMMON,
    "a": {"href", "target"},
    "button": {"type", "disabled"},
    "details": {"open"},
    "textarea": {"rows", "maxlength", "spellcheck"},
    "th": {"scope", "colspan"},
    "td": {"colspan"},
    "ol": {"start"},
}
VOID_CONTENT = {"script", "style", "iframe", "object", "embed", "svg", "math", "template", "noscript", "title"}


class Html(str):
    """Markup made by this module. A plain `str` is text and is escaped where it meets markup."""

    __slots__ = ()


def text(value: object) -> Html:
    """The value as escaped text; `Html` is passed through unchanged."""
    return value if isinstance(value, Html) else Html(html.escape(str(value), quote=True))


def join(parts: Iterable[Html | str], between: str = "") -> Html:
    return Html(html.escape(between).join(text(p) for p in parts))


def tag(name: str, *children: Html | str | None, **attributes: str | int | bool | None) -> Html:
    """One element. `cls` is class, underscores become hyphens; None and False drop an attribute, True makes it bare."""
    shown = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = "class" if key == "cls" else key.rstrip("_").replace("_", "-")
        shown.append(f" {key}" if value is True else f' {key}="{html.escape(str(value), quote=True)}"')
    return Html(f"<{name}{''.join(shown)}>{join(c for c in children if c is not None)}</{name}>")


def link(address: str | None) -> Html:
    """The original's address as text; a web address is a link that tells the site nothing of this page."""
    if not address:
        return Html("")
    if not address.lower().startswith(("https://", "http://")):
        return text(address)
    return tag("a", address, href=address, target="_blank")


@lru_cache(maxsize=1)
def _cleaner() -> Any:
    import nh3

    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags=VOID_CONTENT,
        attributes=ATTRIBUTES,
        url_schemes={"https", "http"},
        generic_attribute_prefixes={"data-", "aria-"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def clean(*blocks: Html) -> str:
    """What Gradio gets: each block through the allow-list and on one line, blocks parted by a blank line."""
    cleaner = _cleaner()
    lines = (str(cleaner.clean(block)).replace("\r", "").replace("\n", "&#10;") for block in blocks if block)
    return "\n\n".join(lines)
