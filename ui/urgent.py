"""How an emergency looks: its own frame on top of a reply, and one line on top of the page until it is settled."""

from __future__ import annotations

from assistant.types import Finding, Reply
from ui.tags import Html, join, tag
from ui.widgets import aside, button
from ui.words import words

TIERS = ("now", "today")
PLAIN_TITLES = ("", "urgent", "red flag", "red flag present")
"""Titles of an urgent block that say no more than its frame does."""
SETTLED = ("acted_on", "retracted", "corrected")


def fired(reply: Reply) -> list[Finding]:
    """The findings of a reply without those that only record a denial for the ledger."""
    return [f for f in reply.findings if f.assertion != "absent"]


def active(reply: Reply) -> list[Finding]:
    """Red flags of tier now or today that are neither acted on nor taken back, the highest tier first."""
    found = [
        f for f in fired(reply) if f.kind == "red_flag" and f.tier in TIERS and (f.state or "present") not in SETTLED
    ]
    return sorted(found, key=lambda f: TIERS.index(str(f.tier)))


def _icon() -> Html:
    return tag("span", "!", cls="lb-alert-icon", aria_hidden="true")


def unchecked(reply: Reply) -> Html | None:
    """The line that comes before everything else where the red flags were not checked."""
    said = words()["ledger"]["not_checked"]
    if not any(said.lower() in text.lower() for text in (*reply.notices, *reply.answer.splitlines())):
        return None
    return tag("div", tag("p", tag("strong", said)), cls="lb-alert lb-alert-unchecked", role="alert")


def alert(reply: Reply, number: int, title: str, lines: list[Html], *, full: bool) -> Html:
    """The urgent block with frame, icon and words. `full` when the flag is new; later one line, not read out again."""
    found = active(reply)
    tier = str(found[0].tier) if found else "now"
    named = words()["tiers"][tier]
    when = f"{named['word']} ({named['plain']})" if named["plain"] else named["word"]
    head = tag(
        "p",
        _icon(),
        tag("span", "Red flag present", cls="lb-alert-kind"),
        tag("span", when, cls="lb-alert-tier"),
        cls="lb-alert-head",
    )
    return tag(
        "div",
        head,
        tag("p", title, cls="lb-alert-title") if title.lower() not in (*PLAIN_TITLES, named["word"].lower()) else None,
        tag("ul", *lines, cls="lb-lines"),
        cls=f"lb-alert lb-alert-{tier}{'' if full else ' lb-alert-again'}",
        role="alert" if full else "note",
        id=f"lb-alert-{number}",
        tabindex="-1",
    )


def top_line(reply: Reply, number: int) -> Html:
    """The line on top of the page while a flag governs the conversation, with the way to turn `number`, its full frame.

    Empty when no flag is active; a flag that was acted on keeps one muted line.
    """
    found = active(reply)
    if found:
        row = _active_line(found, number)
    else:
        settled = [f for f in reply.findings if f.kind == "red_flag" and f.tier in TIERS and f.state == "acted_on"]
        if not settled:
            return Html("")
        row = tag("p", tag("strong", "Acted on:"), " ", settled[0].message, cls="lb-urgent lb-urgent-settled")
    return tag("div", row, role="region", aria_label="Red flags of this conversation")


def _active_line(found: list[Finding], number: int) -> Html:
    first = found[0]
    said = [" ", first.action]
    quoted = join([" Words: ", tag("q", first.quote), "."]) if first.quote else None
    more = f" And {len(found) - 1} more." if len(found) > 1 else None
    return tag(
        "p",
        _icon(),
        tag("strong", f"Red flag present · {words()['tiers'][str(first.tier)]['word']}"),
        tag("span", *said, quoted, more, cls="lb-urgent-text"),
        button("Show", aside(" the red flag"), data_alert=number),
        cls=f"lb-urgent lb-urgent-{first.tier}",
    )
