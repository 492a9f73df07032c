"""The answer plans: which topics an answer of a type must look for, in which section, and which plan a question gets. Data in plans/plans.yaml."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import yaml

from corpus.model import Model, Review

if TYPE_CHECKING:
    from assistant.question import Reading
    from corpus.lexicon import Lexicon

When = Literal[
    "radicular",
    "not_radicular",
    "buttock",
    "chronic",
    "not_chronic",
    "acute_nongroup",
    "groups",
    "no_groups",
    "no_focus",
    "operated",
    "flagged",
    "not_operated",
]


class Slot(Model):
    """One thing to look for. See the head of plans/plans.yaml for each key."""

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    query: str | None = None
    max: int = 1
    role: Literal["do", "avoid"] | None = None
    groups: bool = False
    when: When | None = None
    must: bool = False
    free: bool = False
    best: bool = False
    distinct: bool = False
    pair: bool = False
    single: bool = False
    any_phase: bool = False


class PlanSection(Model):
    title: str
    slots: tuple[Slot, ...] = ()
    role: Literal["do", "avoid"] | None = None
    conflicts: tuple[str, ...] = ()
    check_line: bool = False
    drugs_only: bool = False


class Plan(Model):
    id: str
    sections: tuple[PlanSection, ...]
    words: int
    broad: bool = False
    past: bool = False
    """Superseded and withdrawn passages may be shown."""
    clinically_reviewed: Review | None = None


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(
        (files("assistant") / "plans" / "plans.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader
    )
    return loaded


def named_drugs() -> dict[str, str]:
    """Topic of a class -> topic of the drug that our own answers name for it, to which a follow-up ("the muscle relaxant") refers."""
    named: dict[str, str] = _data()["named"]
    return named


@lru_cache(maxsize=1)
def plans() -> dict[str, Plan]:
    """Plans by question type. Raises pydantic.ValidationError on an unknown key."""
    return {name: Plan(id=name, **body) for name, body in _data()["plans"].items()}


ALSO_ASKED = frozenset(
    "dose duration interaction imaging referral evidence prognosis follow_up safety_net red_flags".split()
)
"""Question types that are answered in one sentence when another type leads."""
_STANDS_BELOW = frozenset({"dose", "duration", "interaction", "examination", "red_flags"})
"""Question types that keep their own plan under an active emergency."""


def plan_of(reading: Reading, urgent: bool, lexicon: Lexicon) -> Plan:
    """The plan of the question's leading type; under an active emergency (`urgent`) most questions get the emergency's own."""
    known = plans()
    if urgent and not reading.asks:
        return known["urgent"]
    drug = any(lexicon.concepts[c].kind in {"drug", "class"} for c in reading.focus)
    for kind in reading.types:
        if kind == "definition" and reading.case.facts and not reading.focus:
            continue  # "what would you do?" of a patient is no question of words
        if kind in known:
            return known[kind] if not urgent or kind in _STANDS_BELOW or (drug and kind == "option") else known["urgent"]
    if urgent:
        return known["urgent"]
    return known["option" if reading.focus and reading.asks else "management"]


def further_plans(plan: Plan, reading: Reading) -> list[Plan]:
    """Plans of the further questions in the message, at most two."""
    if plan.id in {"urgent", "management"}:
        return []
    wanted = [t for t in reading.own_types if t in ALSO_ASKED and t != plan.id]
    return [plans()[t] for t in wanted[:2]]
