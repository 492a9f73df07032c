"""Does the evidence say what a claim says? Deterministic, without a model, a few milliseconds a claim.

`verify_claim` judges a sentence against texts; `check_citation` judges a cited claim against its passages. The reading of
sentences is in `assistant/claims/`; what happens to a claim that fails is `assistant/pipeline.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.claims.align import Alignment, align
from assistant.claims.compare import (
    Conflict,
    direction_conflicts,
    force_conflicts,
    name_conflicts,
    order_conflicts,
    polarity_conflicts,
    qualifier_conflicts,
    quantity_conflicts,
)
from assistant.claims.conditions import condition_conflicts
from assistant.claims.reading import Clause, Reading, read
from assistant.claims.verbatim import verbatim_conflicts

_MARKS = re.compile(r"\s*\[\d+\](?=[\s.,;:\[]|$)")
Label = Literal["supported", "contradicted", "not_enough"]
SUPPORT_AT = 0.55
"""Share of a claim's weight that the evidence must cover for `supported`."""
TOPIC_AT = 0.4
"""Share from which a conflict counts as a contradiction rather than as another topic."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`score` in [0, 1] is the confidence in `label`; `reasons` are for a reader, most serious first."""

    label: Label
    score: float
    reasons: tuple[str, ...]


def verify_claim(claim: str, evidence: Sequence[str]) -> Verdict:
    """Judge one claim (a sentence or a few) against one or more pieces of evidence, taken together."""
    said = read(_MARKS.sub("", claim))
    readings = [read(e) for e in evidence if e.strip()]
    if not said.clauses or not any(r.clauses for r in readings):
        return Verdict("not_enough", 0.9, ("the claim or the evidence is empty",))
    parts = [_judge(clause, said, readings) for clause in said.clauses]
    return _combine(parts)


@dataclass(frozen=True, slots=True)
class _Part:
    coverage: float
    conflicts: tuple[Conflict, ...]
    missing: tuple[str, ...]
    near: bool


def _judge(clause: Clause, said: Reading, readings: list[Reading]) -> _Part:
    found = align(clause, readings)
    if found is None:
        return _Part(1.0, (), (), True)
    near, conflicts = verbatim_conflicts(clause, found)
    whole = [c for r in readings for c in r.clauses]
    all_terms = tuple(t for c in said.clauses for t in c.known)
    conflicts = [
        *quantity_conflicts(clause, found),
        *name_conflicts(clause, found, whole),
        *force_conflicts(clause, found),
        *direction_conflicts(clause, found),
        *order_conflicts(clause, found),
        *([] if near else polarity_conflicts(clause, found)),
        *qualifier_conflicts(clause, found, all_terms),
        *condition_conflicts(clause, found, said.clauses),
        *conflicts,
        *_source_conflicts(said, readings),
    ]
    return _Part(found.coverage, tuple(conflicts), tuple(t.raw for t in found.missing), near)


def _source_conflicts(said: Reading, readings: list[Reading]) -> list[Conflict]:
    named = frozenset(s for r in readings for s in r.sources)
    wrong = said.sources - named
    if wrong and named and not said.sources & named:
        return [Conflict("contradicts", "source", f"claim names {', '.join(sorted(wrong))}, evidence names {', '.join(sorted(named))}")]
    return []


def _combine(parts: list[_Part]) -> Verdict:
    conflicts = [c for p in parts for c in p.conflicts]
    against = [p for p in parts if any(c.kind == "contradicts" for c in p.conflicts)]
    reasons = tuple(dict.fromkeys(c.reason for c in sorted(conflicts, key=lambda c: c.kind)))
    if against:
        topic = max(p.coverage for p in against)
        if topic >= TOPIC_AT:
            return Verdict("contradicted", round(min(0.99, 0.55 + 0.4 * topic), 3), reasons)
        return Verdict("not_enough", round(0.9 - 0.5 * topic, 3), reasons)
    low = min(parts, key=lambda p: p.coverage)
    if conflicts:
        return Verdict("not_enough", 0.75, reasons)
    if low.coverage < SUPPORT_AT:
        return Verdict("not_enough", round(min(0.95, 1.0 - low.coverage), 3), (f"the evidence does not speak of: {', '.join(low.missing[:6])}",))
    return Verdict("supported", round(min(0.99, 0.5 + 0.5 * low.coverage), 3), ("every part of the claim is in the evidence",))
