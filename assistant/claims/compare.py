"""Where a claim clause and its evidence do not agree: numbers, names, negation, direction, order.

Each check gives `Conflict`s with a readable reason. Strength is `strength.py`, limits are `limits.py`, conditions ("only if") `conditions.py`, word
order `verbatim.py`; the verdict is `assistant/citations.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterable

from assistant.claims.align import Alignment, covers, equal_quantities, quantity_of
from assistant.claims.conflict import Conflict
from assistant.claims.limits import SITES, shown, taken_up
from assistant.claims.reading import Clause
from assistant.claims.terms import STRICT_KINDS, Term, is_a
from assistant.claims.wording import load_wording
from assistant.quantities import Quantity

_BENEFIT = {"better": "effective", "effective": "effective"}
_EFFECTS = frozenset({"effective", "better", "worse", "harm", "safe", "increase", "decrease"})
_PREDICATES = frozenset({"direction", "degree", "other", "plain", "outcome"})


def quantity_conflicts(claim: Clause, found: Alignment) -> list[Conflict]:
    out: list[Conflict] = []
    pool = found.quantities
    for term in claim.terms:
        quantity = quantity_of(term, claim) if term.kind == "quantity" else None
        if quantity is None:
            continue
        equal = [q for q in pool if equal_quantities(quantity, q)]
        equal = [q for q in equal if (q.low, q.high) == (quantity.low, quantity.high)] or equal
        if (
            not equal
            and quantity.kind == "duration"
            and quantity.low == 1.0
            and any(q.unit.endswith("/day") for q in pool)
        ):
            continue  # "4 g in 24 hours", said apart
        if (
            not equal
            and quantity.kind == "frequency"
            and quantity.low == quantity.high == 1.0
            and any(q.unit.endswith("/day") for q in pool)
        ):
            continue  # "40 mg daily" of "40 mg a day"
        if not equal:
            out.append(_unmatched(quantity, pool))
        elif all(_opposed(quantity.op, q.op) for q in equal):
            out.append(
                Conflict("contradicts", "comparison", f"claim says {shown(quantity)}, evidence says {shown(equal[0])}")
            )
    return out


def _unmatched(quantity: Quantity, pool: tuple[Quantity, ...]) -> Conflict:
    alike = [q for q in pool if q.kind == quantity.kind]
    if alike:
        nearest = min(alike, key=lambda q: (abs(q.low - quantity.low), q.start))
        return Conflict("contradicts", "number", f"claim says {shown(quantity)}, evidence says {shown(nearest)}")
    return Conflict(
        "contradicts" if pool else "missing",
        "number",
        f"claim says {shown(quantity)}, which the evidence does not state",
    )


def _opposed(one: str, other: str) -> bool:
    return bool(one and other) and one[0] != other[0] and {one[0], other[0]} == {"<", ">"}


def name_conflicts(claim: Clause, found: Alignment, whole: Iterable[Clause]) -> list[Conflict]:
    """Drugs, treatments, tests and conditions that the claim names and the evidence does not."""
    out: list[Conflict] = []
    everything = tuple(whole)
    pool = found.terms
    for term in found.missing:
        if term.kind not in STRICT_KINDS | {"outcome", "name", "organ"}:
            continue
        if any(covers(term, claim, c) for c in everything) and term.kind not in ("drug",):
            continue
        here = [t for t in pool if t.kind == term.kind and t.key not in {c.key for c in claim.terms}]
        widened = [t for t in pool if term.kind == "drug" and t.kind == "drug" and is_a(t.key, term.key)]
        if widened:
            out.append(Conflict("missing", "drug", f"claim says {term.raw}, evidence says only {widened[0].raw}"))
        elif any(t.key in load_wording().narrower.get(term.key, frozenset()) for t in pool):
            if not any(t.key in load_wording().narrower[term.key] for t in claim.terms):
                out.append(Conflict("missing", term.kind, f"claim says {term.raw}, which is wider than the evidence"))
        elif term.key in SITES:
            out.extend(_site_conflict(term, pool))
        elif term.kind in ("outcome", "condition", "organ"):
            if here and term.key != "adverse-effect":
                out.append(
                    Conflict(
                        "missing" if term.kind == "condition" else "contradicts",
                        term.kind,
                        f"claim says {term.raw}, evidence says {here[0].raw}",
                    )
                )
        elif here and term.kind != "name":
            out.append(Conflict("contradicts", term.kind, f"claim says {term.raw}, evidence says {here[0].raw}"))
        else:
            out.append(Conflict("missing", term.kind, f"the evidence does not name {term.raw}"))
    return out


def _site_conflict(term: Term, pool: tuple[Term, ...]) -> list[Conflict]:
    there = [t for t in pool if t.key in SITES]
    if there and not any(t.key == "low-back-pain" and term.key == "nonspecific-lbp" for t in there):
        return [Conflict("contradicts", "condition", f"claim is about {term.raw}, evidence about {there[0].raw}")]
    if not there and term.key != "low-back-pain":
        return [Conflict("missing", "condition", f"the evidence does not name {term.raw}")]
    return []


def polarity_conflicts(claim: Clause, found: Alignment) -> list[Conflict]:
    """Plain negation ("did not improve") that one side has and the other has not."""
    if found.primary.force.negative and (claim.force.negative or not claim.force.levels):
        return []  # strength is compared instead
    have = {t.key for t in claim.known}
    relevant = [t for ts in taken_up(found, have) for t in ts] or list(found.primary.terms)
    both = any(t.negated for t in claim.terms) == any(t.negated for t in relevant)
    against, agree, words = 0.0, 0.0, []
    theirs: dict[str, set[bool]] = {}
    for clause in found.support if found.reverse < 0.3 else (found.primary,):
        for term in clause.terms:
            theirs.setdefault(_BENEFIT.get(term.key, term.key), set()).add(term.negated)
    for term in claim.terms:
        key = _BENEFIT.get(term.key, term.key)
        if term.kind not in _PREDICATES or key not in theirs or (both and term.key not in _EFFECTS):
            continue
        weight = 1.5 if term.kind == "direction" else 1.0 if term.kind in ("other", "degree") else 0.5
        if term.negated in theirs[key]:
            agree += weight
        else:
            against += weight
            words.append(term.raw)
    if against > agree and (not both or against >= 3.0):
        return [
            Conflict("contradicts", "polarity", f"claim and evidence differ on a negation ({', '.join(words[:3])})")
        ]
    return []


def direction_conflicts(claim: Clause, found: Alignment) -> list[Conflict]:
    """Opposites: increase and decrease, better and worse, acute and chronic, small and large ..."""
    out: list[Conflict] = []
    opposites = load_wording().opposites
    pool = {t.key for t in found.terms}
    near = found.primary.terms if found.reverse >= 0.3 else found.terms
    mine = {t.key for t in claim.terms}
    first = {t.key for t in found.primary.terms}
    for term in claim.terms:
        against = opposites.get(term.key, frozenset()) - mine
        if term.key in first or (
            term.key in pool and not (against & first and found.reverse >= 0.4 and term.key in _RANKS)
        ):
            continue
        for other in near:
            if (
                other.key in against
                and other.negated == term.negated
                and not other.optional
                and not (term.kind == "scope" and other.kind == "direction")
            ):
                out.append(Conflict("contradicts", "direction", f"claim says {term.raw}, evidence says {other.raw}"))
                break
        else:
            out.extend(_degree_conflict(term, near))
    return out


def _degree_conflict(term: Term, near: tuple[Term, ...]) -> list[Conflict]:
    sizes = ("small", "moderate", "large")
    if term.key in sizes:
        other = next((t for t in near if t.key in sizes), None)
        if other is not None:
            return [Conflict("contradicts", "degree", f"claim says {term.raw}, evidence says {other.raw}")]
    return []


_RANKS = frozenset({"first", "second", "last", "low", "high"})
_RANKING = frozenset({"better", "worse", "more", "before", "after", "fast", "slow", "effective"})


def order_conflicts(claim: Clause, found: Alignment) -> list[Conflict]:
    """ "A beat B" is not "B beat A": the names on either side of a comparison."""
    mine = _ranked(claim)
    if mine is None:
        return []
    for clause in found.support:
        theirs = _ranked(clause)
        if theirs is not None and theirs[0] == mine[0] and theirs[1:] == (mine[2], mine[1]):
            return [Conflict("contradicts", "order", f"claim exchanges {mine[1]} and {mine[2]}")]
    return []


def _ranked(clause: Clause) -> tuple[str, str, str] | None:
    for term in clause.terms:
        if term.kind == "direction" and term.key in _RANKING:
            named = [t for t in clause.terms if t.kind in ("drug", "treatment", "test") and t.key != "education"]
            before = [t for t in named if t.end <= term.start]
            after = [t for t in named if t.start >= term.end]
            if before and after and before[-1].key != after[0].key:
                key = _BENEFIT.get(term.key, term.key)
                return (key, before[-1].key, after[0].key)
    return None
