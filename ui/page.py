"""The parts of the page that belong to no turn: header, notice, examples, footer, state line, keys. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ui.tags import Html, tag
from ui.widgets import button, pairs
from ui.words import words


@dataclass(frozen=True)
class About:
    """What the footer says of the corpus and the rules. None where the assistant is not loaded yet."""

    guidelines: int
    reviewed_guidelines: int
    rules: int
    reviewed_rules: int
    checked: str
    """Year and month in which the newest source was last checked, "2026-11"."""


def about(corpus: Any, rulebook: Any) -> About | None:
    """Counts what named clinicians have reviewed. None where there is no corpus to count yet."""
    if corpus is None:
        return None
    guidelines, rules = list(corpus.guidelines.values()), list(rulebook.rules)
    return About(
        guidelines=len(guidelines),
        reviewed_guidelines=sum(g.clinically_reviewed is not None for g in guidelines),
        rules=len(rules),
        reviewed_rules=sum(r.clinically_reviewed is not None for r in rules),
        checked=max((g.checked for g in guidelines), default="unknown"),
    )


def header() -> Html:
    w = words()
    brand = tag("div", tag("h1", w["name"]), tag("p", w["tagline"], cls="lb-tagline"), cls="lb-brand")
    return tag("header", brand, cls="lb-header")


def welcome() -> Html:
    """What stands before the first question: who this is for, what it is not, and questions to start with."""
    w = words()
    points = [tag("li", tag("strong", p["head"]), " ", p["text"]) for p in w["notice"]["points"]]
    lead = tag("p", w["notice"]["lead"], cls="lb-notice-lead")
    chips = [tag("li", _example(e["task"], e["question"])) for e in w["examples"]["items"]]
    return tag(
        "div",
        _section("lb-notice", w["notice"]["title"], lead, tag("ul", *points)),
        _section("lb-examples", w["examples"]["title"], tag("ul", *chips)),
        cls="lb-welcome",
    )


def _section(name: str, title: str, *body: Html) -> Html:
    return tag("section", tag("h2", title, id=f"{name}-h"), *body, cls=name, aria_labelledby=f"{name}-h")


def _example(task: str, question: str) -> Html:
    what = tag("span", question, cls="lb-task-question")
    return button(tag("span", task, cls="lb-task"), what, cls="lb-example", data_ask="")


def evidence_placeholder() -> Html:
    told = [tag("p", line) for line in words()["placeholder"]]
    look = "lb-evidence lb-evidence-empty"
    return tag("section", tag("h2", "Evidence"), *told, cls=look, data_turn="-1", aria_label="Evidence")


def state(name: str, cause: str = "") -> Html:
    """The state line in words: loading, ready, limited or failed."""
    said = words()["states"][name].format(cause=cause)
    role = "alert" if name in ("limited", "failed") else None
    return tag("p", tag("span", cls="lb-dot", aria_hidden="true"), said, cls=f"lb-state lb-state-{name}", role=role)


def lost() -> Html:
    """What the script shows when the server no longer answers in the middle of a question."""
    again = button(words()["reload"], cls="lb-button", data_reload="")
    return tag("div", tag("p", words()["lost"]), again, id="lb-lost", role="alert", hidden=True)


def footer(known: About | None, *, model: str | None = None, stored: bool = False) -> Html:
    """The notice in one line, what has been reviewed by a named clinician, where the words go, and the keys."""
    w = words()
    lines = [tag("p", tag("strong", w["short_notice"])), tag("p", w["about"])]
    if known is not None:
        lines.append(tag("p", w["reviewed"].format(**vars(known)), cls="lb-reviewed"))
    privacy = [w["privacy"]["model"].format(model=model)] if model else []
    privacy += [w["privacy"]["stored"]] if stored else []
    lines.append(tag("p", " ".join(privacy or [w["privacy"]["local"]])))
    keys = pairs((key, does) for key, does in w["keys"].items())
    off = button("Turn single-key shortcuts off", id="lb-keys-toggle", aria_pressed="false")
    shortcuts = tag("details", tag("summary", "Keyboard shortcuts"), keys, off, cls="lb-keys", id="lb-keys")
    return tag("footer", *lines, shortcuts, cls="lb-footer")
