"""The red-flag screen of one text: which categories are present, absent or not documented, and the findings behind it.

No model, no index, no network. A category is present when one item counts, absent when none counts and one is explicitly
denied, else not documented. A conversation is `ledger.py`; what to do is `urgent.py`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from assistant.guardrails.assertion import assert_spans
from assistant.guardrails.combine import Evidence, Rise, more_urgent, rises
from assistant.guardrails.concepts import load_map
from assistant.guardrails.context import evidence_of, graded, tested
from assistant.guardrails.items import Item, items_of
from assistant.guardrails.lexis import LexisError
from assistant.guardrails.rules import SAFETY_DEFAULT, Rule, RuleError, load_rules
from assistant.types import Finding, Severity, Tier, Where

if TYPE_CHECKING:
    from assistant.guardrails.ledger import Ledger

Field = Literal["text", "question", "answer", "history", "messages"]
_SEVERITY: dict[str, Severity] = {"now": "emergency", "today": "emergency", "two_weeks": "warning", "note": "info"}


@dataclass(frozen=True, slots=True)
class ScreenResult:
    """present, absent and not_documented partition the categories in the map's order.

    findings: what raises a category; notes: what is worth a line but raises none (age, diabetes, night pain); explain: every
    mention with its cue and scope. `not_checked` holds the reason when the screen could not run: then nothing is known.
    """

    present: tuple[str, ...]
    absent: tuple[str, ...]
    not_documented: tuple[str, ...]
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...] = ()
    explain: list[Item] = field(default_factory=list)
    not_checked: str | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """A flag before it is worded: one mention under one category with its tier."""

    category: str
    concept: str
    tier: Tier
    item: Item
    source: str
    reason: str = ""


@dataclass(slots=True)
class Case:
    """All items of a text (or of one patient's messages) and what follows from them."""

    items: list[Item]
    raised: list[Raised]
    denied: set[str]
    notes: list[Raised]


# ---- which mentions count


# ---- from items to flags


def case_of(items: list[Item], evidence: Evidence) -> Case:
    """Flags, denials and notes of one case. Combinations only raise a tier, except that remote cancer alone is a note."""
    raised: list[Raised] = []
    notes: list[Raised] = []
    seen: set[tuple[str, str]] = set()
    for item in items:
        if not item.counts or item.tier is None:
            continue
        for category in item.categories or ("note",):
            if (category, item.concept) in seen:
                continue
            seen.add((category, item.concept))
            (raised if item.categories else notes).append(Raised(category, item.concept, item.tier, item, item.source))
    for rise in rises(evidence):
        _apply(rise, raised, items)
    weak = load_map().concepts
    denied = {c for i in items if i.assertion == "absent" and not weak[i.concept].weak_denial for c in i.categories}
    return Case(items, raised, denied, notes)


def _apply(rise: Rise, raised: list[Raised], items: list[Item]) -> None:
    for at, flag in enumerate(raised):
        if flag.category == rise.category and flag.concept == rise.concept:
            lower = rise.tier == "note" and rise.category == "malignancy"
            tier = rise.tier if lower else more_urgent(flag.tier, rise.tier)
            raised[at] = Raised(flag.category, flag.concept, tier, flag.item, rise.source, rise.reason)
            return
    item = next((i for i in items if i.counts and i.concept == rise.concept), None)
    if item is not None and rise.tier != "note":
        raised.append(Raised(rise.category, rise.concept, rise.tier, item, rise.source, rise.reason))


# ---- the result


@lru_cache(maxsize=1)
def red_flag_rules() -> tuple[dict[str, Rule], str | None]:
    """The RF rule of each category, and why the screen cannot run when one is missing or broken."""
    try:
        book = load_rules(only="RF", strict=False)
        by_category = {r.category: r for r in book.rules}
        missing = [c for c in load_map().categories if c not in by_category]
    except (RuleError, LexisError) as error:
        return {}, str(error)
    problem = str(book.broken[0]) if book.broken else f"no rule for {', '.join(missing)}" if missing else None
    return by_category, problem


def finding_of(flag: Raised, where: Where, rules: Mapping[str, Rule]) -> Finding:
    """A flag as the Finding that users see."""
    rule = rules[flag.category] if flag.category in rules else None
    reason = f" ({flag.reason})" if flag.reason else ""
    return Finding(
        rule=rule.id if rule else "RF00",
        category=flag.category,
        kind="red_flag",
        stage="question",
        assertion=flag.item.assertion,
        tier=flag.tier,
        severity=_SEVERITY[flag.tier],
        action=rule.action if rule else "Note it.",
        message=f"Flag present: {flag.item.label}{reason}.",
        source=flag.source or SAFETY_DEFAULT,
        where=where,
        quote=flag.item.quote,
        start=flag.item.start,
        end=flag.item.end,
        state="present" if rule else None,
        concept=flag.concept,
    )


def partition(present: set[str], denied: set[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Categories present, absent and not documented, each in the map's order."""
    order = load_map().categories
    return (
        tuple(c for c in order if c in present),
        tuple(c for c in order if c not in present and c in denied),
        tuple(c for c in order if c not in present and c not in denied),
    )


def unchecked(reason: str, categories: tuple[str, ...] = ()) -> ScreenResult:
    """The result when the screen could not run: everything not documented, and why."""
    return ScreenResult((), (), categories, (), not_checked=reason)


def this_year(today: datetime.date | None = None) -> int:
    """The year that "in 2015" is measured from; `today` comes from the settings, else the calendar."""
    return (today or datetime.date.today()).year


def screen_text(text: str, field: Field = "text", today: datetime.date | None = None) -> ScreenResult:
    """Screen one text. Offsets in `findings` are code points in `text`. Never raises for bad text or broken rules: see `not_checked`."""
    try:
        rules, problem = red_flag_rules()
        categories = load_map().categories
    except LexisError as error:
        return unchecked(str(error))
    if problem is not None:
        return unchecked(problem, categories)
    year = this_year(today)
    items = graded(tested(items_of(text, year), text))
    case = case_of(items, evidence_of(items, text, year))
    where = Where(field=field)
    present, absent, unknown = partition({f.category for f in case.raised}, case.denied)
    order = {c: n for n, c in enumerate(categories)}
    raised = sorted(case.raised, key=lambda f: (f.item.start, order[f.category], f.item.end, f.concept))
    return ScreenResult(
        present,
        absent,
        unknown,
        tuple(finding_of(f, where, rules) for f in raised),
        tuple(finding_of(f, where, rules) for f in case.notes),
        items,
    )


def screen_conversation(
    messages: Sequence[Mapping[str, str]], question_field: Field = "messages", today: datetime.date | None = None
) -> Ledger:
    """The ledger of a conversation; see `ledger.py`, which does the work."""
    from assistant.guardrails.ledger import screen_conversation as run

    return run(messages, question_field, today)


def screen_mentions(
    text: str, mentions: Iterable[Mapping[str, int]], today: datetime.date | None = None
) -> list[dict[str, Any]]:
    """The assertion of each {"start", "end"} (code points) of `text`, any concept. Raises ValueError on a span outside the text."""
    spans = [(int(m["start"]), int(m["end"])) for m in mentions]
    said = assert_spans(text, spans, this_year(today))
    return [{"start": start, "end": end, "assertion": a} for (start, end), a in zip(spans, said, strict=True)]
