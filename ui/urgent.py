"""How an emergency looks: its own frame on top of a reply, and one line on top of the page until it is settled."""

from __future__ import annotations

from assistant.types import Finding, Reply
from ui.answer import in_full, inline, split_urgent
from ui.tags import Html, tag
from ui.widgets import aside, button, marker
from ui.words import words

TIERS = ("now", "today")
SETTLED = ("acted_on", "retracted", "corrected")


def active(reply: Reply) -> list[Finding]:
    """Red flags of tier now or today that are neither acted on nor taken back, the highest tier first."""
    found = [
        f for f in reply.findings if f.kind == "red_flag" and f.tier in TIERS and (f.state or "present") not in SETTLED
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


def alert(reply: Reply, number: int, lines: list[Html]) -> Html:
    """An emergency with frame, icon and words: read out when it is new, one quieter line in the turns that follow."""
    found, full = active(reply), in_full(reply)
    tier = str(found[0].tier) if found else "now"
    named = words()["tiers"][tier]
    when = f"{named['word']} ({named['plain']})"
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
        tag("ul", *lines, cls="lb-lines"),
        cls=f"lb-alert lb-alert-{tier}{'' if full else ' lb-alert-again'}",
        role="alert" if full else "note",
        id=f"lb-alert-{number}",
        tabindex="-1",
    )


def lower(lines: list[Html]) -> Html:
    """Flags that are no emergency, or that were acted on: said on top of the answer, not as an alarm."""
    head = tag("p", "Red flag noted", cls="lb-lower-head")
    return tag("div", head, tag("ul", *lines, cls="lb-lines"), cls="lb-lower", role="note", aria_label="Red flag noted")


def top_line(reply: Reply, number: int, full: int) -> Html:
    """The line on top of the page while a flag governs the conversation, in the words of the newest reply (turn `number`).

    `full` is the turn that shows it in full. Empty when no flag is active; one that was acted on keeps a muted line.
    """
    block, _ = split_urgent(reply)
    settled = any(f.state == "acted_on" and f.tier in TIERS for f in reply.findings)
    if block is None or not block.lines or not (reply.outcome == "escalated" or settled):
        return Html("")
    said = tag("span", inline(block.lines[0].text, marker(reply, number)), cls="lb-urgent-text")
    if reply.outcome == "escalated":
        head = [_icon(), tag("strong", "Red flag present")]
        row = tag("p", *head, said, button("Show", aside(" the red flag"), data_alert=full), cls="lb-urgent")
    else:
        row = tag("p", said, cls="lb-urgent lb-urgent-settled")
    return tag("div", row, role="region", aria_label="Red flags of this conversation")
