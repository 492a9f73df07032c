"""Which clauses of the evidence speak of what a claim says, and how much of the claim they cover.

Covering is by notions, drugs and quantities, not by letters; whether what is covered also agrees is `compare.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.claims.reading import Clause, Reading
from assistant.claims.terms import Term, is_a
from assistant.quantities import Quantity

MAX_SUPPORT = 4
NEXT = 1.2
"""Weight by which the clause that comes next is preferred."""
DURATION_TOLERANCE = 0.08
"""Between units ("12 weeks" and "3 months", "a year" and "52 weeks"); in the same unit numbers must be equal."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Evidence for one claim clause. `primary` covers most of it; `support` adds what else it takes, `primary` first.

    `coverage`: share of the claim's weight found in `support`. `reverse`: share of `primary` that the claim repeats.
    """

    primary: Clause
    support: tuple[Clause, ...]
    coverage: float
    reverse: float
    focus: float
    """Share of the claim's weight found in `primary` alone."""
    missing: tuple[Term, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(t for c in self.support for t in c.known)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return tuple(q for c in self.support for q in c.quantities)


def align(claim: Clause, evidence: Sequence[Reading], after: Clause | None = None) -> Alignment | None:
    """Best clauses of the evidence for a claim clause, or None when the evidence is empty.

    `after` is the evidence of the claim's clause before: the one that follows it is preferred a little.
    """
    clauses = [c for reading in evidence for c in reading.clauses]
    wanted = _unique(claim.content)
    if not clauses or not wanted:
        return None
    covered = [{t.key for t in wanted if covers(t, claim, c)} for c in clauses]
    weights = {t.key: t.weight for t in wanted}
    gains = [sum(weights[k] for k in keys) for keys in covered]
    fit = [gains[i] + _fit(claim, clauses[i]) - 0.5 * _borrowed(wanted, claim, clauses[i]) for i in range(len(clauses))]
    following = _following(after, evidence)
    if following is not None:
        fit = [
            f + (NEXT if c is following and gains[i] >= 0.6 * max(gains) else 0.0)
            for i, (f, c) in enumerate(zip(fit, clauses, strict=True))
        ]
    first = max(range(len(clauses)), key=lambda i: (round(fit[i], 4), -clauses[i].weight, -i))
    chosen, have = [first], set(covered[first])
    while len(chosen) < MAX_SUPPORT:
        best = max(
            range(len(clauses)),
            key=lambda i: (round(sum(weights[k] for k in covered[i] - have), 4), -abs(i - first), -i),
        )
        if sum(weights[k] for k in covered[best] - have) < 0.5:
            break
        chosen.append(best)
        have |= covered[best]
    total = sum(weights.values()) or 1.0
    primary = clauses[first]
    own = _unique(primary.content)
    claimed = claim.known
    back = sum(t.weight for t in own if any(same(t, primary, c, claim) for c in claimed))
    return Alignment(
        primary, tuple(clauses[i] for i in chosen), sum(weights[k] for k in have) / total,
        back / (sum(t.weight for t in own) or 1.0), gains[first] / total, tuple(t for t in wanted if t.key not in have),
    )  # fmt: skip


def _following(after: Clause | None, evidence: Sequence[Reading]) -> Clause | None:
    for reading in evidence:
        for one, other in zip(reading.clauses, reading.clauses[1:], strict=False):
            if one is after:
                return other
    return None


def _fit(claim: Clause, clause: Clause) -> float:
    """A little in favour of the clause that speaks with the same strength."""
    mine, theirs = claim.force.levels, clause.force.levels
    return 0.8 if mine & theirs or (claim.force.negative and clause.force.negative) else 0.0


def _borrowed(wanted: list[Term], claim: Clause, clause: Clause) -> float:
    """Weight of what a clause covers only by terms that it leaves unsaid."""
    if not clause.carried:
        return 0.0
    own = (*clause.terms, *clause.heading)
    return sum(t.weight for t in wanted if covers(t, claim, clause) and not any(same(t, claim, o, clause) for o in own))


def covers(term: Term, claim: Clause, evidence: Clause) -> bool:
    """Whether an evidence clause (or its heading) has a claim's term."""
    return any(same(term, claim, other, evidence) for other in evidence.known)


def same(term: Term, clause: Clause, other: Term, other_clause: Clause) -> bool:
    """Equal notions; a drug is covered by its class; quantities by value and unit."""
    if term.key == other.key:
        return True
    if term.kind == "quantity" and other.kind == "quantity":
        one, two = quantity_of(term, clause), quantity_of(other, other_clause)
        return one is not None and two is not None and equal_quantities(one, two)
    return term.kind == "drug" and other.kind == "drug" and is_a(term.key, other.key)


def quantity_of(term: Term, clause: Clause) -> Quantity | None:
    return next((q for q in clause.quantities if q.start == term.start and q.end == term.end), None)


_NUMBERS = {"count", "score", "percent", "ratio", "year", "factor", "clearance"}


def equal_quantities(claim: Quantity, evidence: Quantity) -> bool:
    """Whether a claim's number says what the evidence's says; directions of comparison are `compare.py`'s."""
    if claim.kind != evidence.kind:
        if claim.kind in _NUMBERS and evidence.kind in _NUMBERS:
            return _near(claim, evidence, 0.02 if "ratio" in (claim.kind, evidence.kind) else 1e-6)
        if {claim.kind, evidence.kind} == {"age", "duration"}:
            scale = 365.0 if claim.kind == "duration" else 1 / 365.0
            return any(
                abs(claim.low - end * scale) <= 1e-6 * max(1.0, claim.low) for end in (evidence.low, evidence.high)
            )
        if {claim.kind, evidence.kind} == {"age", "count"} or {claim.kind, evidence.kind} == {"age", "clearance"}:
            return _near(claim, evidence, 1e-6)
        return False
    if claim.kind == "dose" and claim.unit != evidence.unit:
        if {claim.unit, evidence.unit} <= {"mg", "mg/day"} or {claim.unit, evidence.unit} <= {"MME", "MME/day"}:
            return _near(claim, evidence, 1e-6)
        return False
    if claim.unit != evidence.unit:
        return False
    tolerance = DURATION_TOLERANCE if claim.kind == "duration" and _unit_word(claim) != _unit_word(evidence) else 1e-4
    return _near(claim, evidence, tolerance)


def _near(one: Quantity, two: Quantity, tolerance: float) -> bool:
    def close(a: float, b: float) -> bool:
        return abs(a - b) <= tolerance * max(abs(a), abs(b), 1e-9) + 1e-9

    if close(one.low, two.low) and close(one.high, two.high):
        return True
    if one.low == one.high and two.low != two.high:  # one end of a range
        ends = (close(one.low, two.high) and one.op in ("<", "<=", "")) or (
            close(one.low, two.low) and one.op in (">", ">=", "")
        )
        return ends and (one.op != "" or one.kind in _NUMBERS or one.kind in ("percent", "age"))
    if two.low == two.high and one.low != one.high:
        return False
    return False


def _unit_word(quantity: Quantity) -> str:
    letters = "".join(c for c in quantity.text.lower() if c.isalpha() or c == "/")
    for unit in ("year", "month", "week", "day", "hour", "min"):
        if unit in letters:
            return unit
    return letters[-2:]


def _unique(terms: Iterable[Term]) -> list[Term]:
    seen: dict[str, Term] = {}
    for term in terms:
        if term.key not in seen or term.weight > seen[term.key].weight:
            seen[term.key] = term
    return list(seen.values())
