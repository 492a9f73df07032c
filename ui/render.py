"""One turn as HTML: question, stages while it runs, then the reply in the look of its outcome. Pure functions.

Reading the Markdown of a reply is `answer.py`'s; the urgent block is `urgent.py`'s; the evidence beside it is
`panel.py`'s; text to copy is `note.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.types import Reply
from ui import note, panel, table, urgent
from ui.answer import Line, Part, Quotes, grade, inline, split_urgent
from ui.denied import Denied
from ui.session import Turn
from ui.tags import Html, join, tag
from ui.widgets import aside, button, fold, many, mark
from ui.words import words

FOLD_WORDS = 75
"""Words shown beyond the first line of each part; with the bottom line and what to ask that makes some 150 before "more"."""
KEY_WORDS = 5
"""Longest opening ("Assumes:") of a fixed line that stands out, and longest grade that is shown as a word of its own."""
PINNED = ("bottom line", "ask or examine", "review and safety", "refer if")
_CLOSING = re.compile(r"((?:\s*\[\d+\])+)\s*$")


def slug(title: str) -> str:
    return re.sub(r"[^a-z]+", "-", title.lower()).strip("-") or "opening"


def turn(item: Turn, number: int) -> Html:
    """The block of turn `number`, counted from 0."""
    question = tag("h2", aside("You asked: "), item.question, id=f"lb-q-{number}", tabindex="-1")
    if item.reply is not None:
        body = reply_card(item.reply, number, item.denied)
    elif item.state == "running":
        body = _stages(item)
    else:
        body = _unanswered(item)
    return tag(
        "article",
        tag("div", question, cls="lb-question"),
        body,
        cls="lb-turn",
        id=f"lb-turn-{number}",
        data_state=item.state,
        aria_labelledby=f"lb-q-{number}",
    )


def _stages(item: Turn) -> Html:
    """The stages that the pipeline has reported, the newest marked as the current one."""
    names = words()["stages"]
    stages = item.stages or (("read", ""),)
    rows = []
    for name, detail in stages:
        label = tag("span", names.get(name, name.capitalize()), cls="lb-stage-name")
        rows.append((label, tag("span", detail, cls="lb-stage-detail") if detail else None))
    done = [tag("li", *row, cls="lb-stage-done") for row in rows[:-1]]
    current = tag("li", *rows[-1], cls="lb-stage-now", aria_current="step")
    listed = tag("ol", *done, current, cls="lb-stages", aria_label="What Lumbar is doing")
    return tag("div", listed, cls="lb-card lb-working")


def _unanswered(item: Turn) -> Html:
    """A turn that was stopped, or whose reply never came: said as such, and that red flags were not checked."""
    w = words()
    if item.state == "stopped":
        head, lines = "Stopped", [w["stopped"], w["stopped_help"]]
    else:
        cause = w["failed"]["cause"].format(kind=item.cause or "unknown fault")
        head, lines = w["outcomes"]["unavailable"]["label"], [w["ledger"]["not_checked"], cause, w["failed"]["help"]]
    return tag(
        "div",
        tag("p", head, cls="lb-kind"),
        *(tag("p", line) for line in lines),
        _say(f"{head}. {lines[0]}") if item.state == "stopped" else None,
        cls=f"lb-card lb-{item.state}",
        role="alert" if item.state == "failed" else None,
    )


def reply_card(reply: Reply, number: int, denied: Sequence[Denied] = ()) -> Html:
    """The reply of turn `number`: urgent frame first where there is one, then notices, answer, what to do with it."""
    quotes = Quotes(reply)
    block, parts = split_urgent(reply)
    look = words()["outcomes"][reply.outcome]
    shown: list[Html | None] = [urgent.unchecked(reply)]
    if block is not None:
        lines = [line(reply, number, quotes, item) for item in block.lines]
        escalated = reply.outcome == "escalated"
        shown.append(urgent.alert(reply, number, lines) if escalated else urgent.lower(lines))
    if parts or block is None:
        kind = tag("p", tag("span", look["label"], cls="lb-kind-text"), _count(reply), cls="lb-kind")
        said = tag("p", look["note"], cls="lb-outcome-note") if look["note"] else None
        body = [kind, said, _notices(reply), *_folded(reply, number, quotes, parts), table.conflicts(reply, number)]
        shown.append(tag("div", *body, cls=f"lb-card lb-{reply.outcome}"))
    else:
        shown.append(_notices(reply))
    shown += [_dropped(reply), _actions(reply, number, denied), _follow_ups(reply), _say(spoken(reply))]
    return tag("div", *shown, cls="lb-reply")


def _count(reply: Reply) -> Html | None:
    if not reply.sources:
        return None
    guidelines = len({s.guideline for s in reply.sources})
    return tag("span", f"{many(len(reply.sources), 'passage')} from {many(guidelines, 'source')}", cls="lb-count")


def _notices(reply: Reply) -> Html | None:
    shown = [n for n in reply.notices if n.strip().lower() != words()["ledger"]["not_checked"].lower()]
    return tag("ul", *(tag("li", n) for n in shown), cls="lb-notices") if shown else None


def _folded(reply: Reply, number: int, quotes: Quotes, parts: list[Part]) -> list[Html]:
    """Every part with its first line; further lines while the budget lasts, the rest of a part under its own "more"."""
    left = FOLD_WORDS
    out = []
    for part in parts:
        pinned = not part.title or part.title.lower().startswith(PINNED)
        shown = 0
        for at, item in enumerate(part.lines):
            if at and not pinned:
                if item.words > left:
                    break
                left -= item.words
            shown = at + 1
        out.append(_part(reply, number, quotes, part, shown))
    return out


def _part(reply: Reply, number: int, quotes: Quotes, part: Part, shown: int) -> Html:
    lines = [line(reply, number, quotes, item) for item in part.lines]
    body = tag("ul", *lines[:shown], cls="lb-lines") if shown else None
    rest = lines[shown:]
    title = join([f"{len(rest)} more", aside(f" under {part.title}")])
    more = fold(title, tag("ul", *rest, cls="lb-lines"), cls="lb-more") if rest else None
    if not part.title:
        return tag("div", body, more, cls="lb-part lb-part-opening")
    return tag("div", tag("h3", part.title), body, more, cls=f"lb-part lb-part-{slug(part.title)}")


def line(reply: Reply, number: int, quotes: Quotes, item: Line) -> Html:
    """One claim with its attribution and marks, or a fixed line whose opening words ("Assumes:") stand out."""
    sources = {s.n: s for s in reply.sources}

    def make(n: int) -> Html | None:
        return mark(sources[n], number, quotes.index(item.text, n)) if n in sources else None

    if item.rows:
        return tag("li", table.plain(item.rows, make), cls="lb-line-table")
    if not item.cited:
        opens, colon, rest = item.text.partition(":")
        if colon and rest and "*" not in opens and len(opens.split()) <= KEY_WORDS:
            return tag("li", tag("span", opens + ":", cls="lb-line-key"), inline(rest, make), cls="lb-fixed")
        return tag("li", inline(item.text, make), cls="lb-fixed")
    said, who = grade(item.text, [sources[n] for n in item.cited if n in sources])
    closing = _CLOSING.search(item.text)
    marks = inline("".join(closing[1].split()), make) if closing else None
    word = len(who.split()) <= KEY_WORDS and not re.search("[:·]", who)
    source = tag("span", who, cls="lb-grade lb-grade-word" if word else "lb-grade") if who else None
    return tag("li", tag("span", inline(said, make), cls="lb-said"), " ", source, marks, cls="lb-claim")


def _dropped(reply: Reply) -> Html | None:
    """How many statements failed verification and why; their text is not shown, because nothing holds it."""
    if not reply.dropped_claims:
        return None
    rows = [tag("li", f"Left out: {'; '.join(d.reasons)}.") for d in reply.dropped_claims]
    title = f"{many(len(rows), 'statement')} left out because the citation did not hold"
    return fold(title, tag("ul", *rows), cls="lb-dropped")


def _actions(reply: Reply, number: int, denied: Sequence[Denied]) -> Html:
    def opens(tab: str, label: str) -> Html:
        return button(label, cls="lb-button lb-button-open", data_open=tab, data_turn=number)

    fired = len(panel.grouped(reply.findings))
    buttons = [
        opens("sources", f"Sources ({len(reply.sources)})") if reply.sources else None,
        opens("findings", f"Findings ({fired})") if fired else None,
        opens("flags", "Red flags"),
        opens("read", "How it was read"),
        button("Copy as note", data_copy=f"lb-note-{number}"),
    ]
    text = tag("pre", note.note(reply, denied), id=f"lb-note-{number}", hidden=True)
    return tag("div", *buttons, text, cls="lb-actions", role="group", aria_label="This reply")


def _follow_ups(reply: Reply) -> Html | None:
    if not reply.suggested_questions:
        return None
    chips = [tag("li", button(q, cls="lb-chip", data_ask="")) for q in reply.suggested_questions]
    return tag("div", tag("p", "Ask next", cls="lb-follow-title"), tag("ul", *chips), cls="lb-follow")


def _say(sentence: str) -> Html:
    """What a screen reader hears once, when this block arrives; the script moves it to the polite live region."""
    return tag("p", sentence, cls="lb-say", hidden=True)


def spoken(reply: Reply) -> str:
    """One plain sentence that announces a reply; an escalated one is announced by its alert already."""
    if reply.outcome == "escalated":
        return "The reply stands below the red flag."
    first = next((c.text for s in reply.sections for c in s.claims), "")
    count = f"{many(len(reply.sources), 'source')}." if reply.sources else ""
    return " ".join(p for p in (f"Reply ready. {words()['outcomes'][reply.outcome]['label']}.", first, count) if p)
