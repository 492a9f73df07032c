"""What belongs to what: the number that goes with a drug, the "lower" that goes with a dose. Finds values and words exchanged.

A claim can name only what its evidence names and still pair it wrongly ("16 days with paracetamol and 17 with placebo").
"""

from __future__ import annotations

import re

from assistant.claims.align import Alignment, equal_quantities, quantity_of
from assistant.claims.conflict import Conflict
from assistant.claims.reading import Clause
from assistant.claims.terms import Term
from assistant.claims.wording import load_wording
from assistant.quantities import Quantity

_EDGE = re.compile(r",(?!\d)|[;:()]|\b(?:and|or|versus|vs|against|but|while|whereas)\b", re.IGNORECASE)
_CLOSE = 12
"""Characters between a modifier and what it modifies."""
_MODIFIERS = frozenset(
    "increase decrease better worse more small moderate large fast slow early late first second last".split()
)
_STAGES = frozenset({"start", "maximum", "minimum", "titrate", "taper"})
_ANCHORS = frozenset({"drug", "treatment", "test", "condition", "phase", "agegroup", "severity"})


def pairing_conflicts(claim: Clause, found: Alignment) -> list[Conflict]:
    """Numbers and modifiers that stand beside something else in the evidence."""
    return [*_values_exchanged(claim, found), *_values_turned_round(claim, found), *_modifiers_exchanged(claim, found)]


def _values_exchanged(claim: Clause, found: Alignment) -> list[Conflict]:
    """A number whose neighbours in the claim are, in the evidence, neighbours of another number only."""
    out: list[Conflict] = []
    theirs = [pair for c in found.support for pair in _contexts(c)]
    for quantity, keys in _contexts(claim):
        own = [k for q, k in theirs if equal_quantities(quantity, q)]
        rivals = [(q, k) for q, k in theirs if q.kind == quantity.kind and not equal_quantities(quantity, q)]
        if not own or not rivals:
            continue
        mine = frozenset().union(*own)
        for rival, rival_keys in rivals:
            moved = (keys & rival_keys) - mine
            if moved & _STAGES or (moved and mine - keys - rival_keys):
                out.append(
                    Conflict(
                        "contradicts",
                        "number",
                        f"claim pairs {quantity.text} with what the evidence pairs with {rival.text}",
                    )
                )
                break
    return out


def _values_turned_round(claim: Clause, found: Alignment) -> list[Conflict]:
    """Two numbers of the claim, each with the neighbours that the other has in the evidence."""
    mine = _contexts(claim, everything=True)
    theirs = [pair for c in found.support for pair in _contexts(c, everything=True)]
    for i, (one, near_one) in enumerate(mine):
        for other, near_other in mine[i + 1 :]:
            if one.kind != other.kind or equal_quantities(one, other):
                continue
            at_one = frozenset().union(*(k for q, k in theirs if equal_quantities(one, q)))
            at_other = frozenset().union(*(k for q, k in theirs if equal_quantities(other, q)))
            turned = ((near_one & at_other) - at_one - near_other) | ((near_other & at_one) - at_other - near_one)
            kept = ((near_one & at_one) - at_other) | ((near_other & at_other) - at_one)
            if turned and not kept:
                return [Conflict("contradicts", "number", f"claim exchanges {one.text} and {other.text}")]
    return []


def _contexts(clause: Clause, *, everything: bool = False) -> list[tuple[Quantity, frozenset[str]]]:
    """Each quantity with the notions of its own stretch of the clause; a stretch ends at commas, and at "and" between numbers."""
    quantities = [(t, q) for t in clause.terms if (q := quantity_of(t, clause)) is not None]
    edges = [
        m.start() for m in _EDGE.finditer(clause.text) if not any(t.start <= m.start() < t.end for t, _ in quantities)
    ]
    out: list[tuple[Quantity, frozenset[str]]] = []
    for term, quantity in quantities:
        start = max((e for e in edges if e < term.start), default=-1)
        end = min((e for e in edges if e >= term.end), default=len(clause.text))
        keys = {
            t.key if everything and t.weight >= 0.5 and t.kind != "quantity" else _anchor(t)
            for t in clause.terms
            if start < t.start < end and t is not term and t.key != "low-back-pain"
        } - {""}
        out.append((quantity, frozenset(keys)))
    return out


def _anchor(term: Term) -> str:
    """What a number is bound to: a drug, a treatment, a condition, a phase, an age or a clearance band."""
    bound = (
        term.kind in _ANCHORS
        or term.key in _STAGES
        or (term.kind == "quantity" and term.key.split(":")[1] in ("age", "clearance"))
    )
    return term.key if bound else ""


def _modifiers_exchanged(claim: Clause, found: Alignment) -> list[Conflict]:
    """ "higher doses" where the evidence has "lower doses"."""
    opposites = load_wording().opposites
    theirs = [pair for c in found.support for pair in _modified(c)]
    out: list[Conflict] = []
    for modifier, noun in _modified(claim):
        against = opposites.get(modifier.key, frozenset())
        same = [m for m, n in theirs if n.key == noun.key]
        wrong = next((m for m in same if m.key in against and m.negated == modifier.negated), None)
        if wrong is not None and not any(m.key == modifier.key for m in same):
            out.append(
                Conflict(
                    "contradicts",
                    "direction",
                    f"claim says {modifier.raw} {noun.raw}, evidence says {wrong.raw} {noun.raw}",
                )
            )
    return out


def _modified(clause: Clause) -> list[tuple[Term, Term]]:
    terms = [t for t in clause.terms if t.kind != "source"]
    return [
        (a, b)
        for a, b in zip(terms, terms[1:], strict=False)
        if a.key in _MODIFIERS and b.key not in _MODIFIERS and b.start - a.end <= _CLOSE
    ]
