"""Loads the answer plans: which topics an answer of a type must look for, in which section. Data in plans/plans.yaml."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from corpus.model import Model

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


@lru_cache(maxsize=1)
def named_drugs() -> dict[str, str]:
    """Topic of a class -> topic of the drug that our own answers name for it, to which a follow-up ("the muscle relaxant") refers."""
    raw: dict[str, Any] = yaml.load(
        (files("assistant") / "plans" / "plans.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader
    )
    named: dict[str, str] = raw["named"]
    return named


@lru_cache(maxsize=1)
def plans() -> dict[str, Plan]:
    """Plans by question type. Raises pydantic.ValidationError on an unknown key."""
    raw: dict[str, Any] = yaml.load(
        (files("assistant") / "plans" / "plans.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader
    )
    return {name: Plan(id=name, **body) for name, body in raw["plans"].items()}
