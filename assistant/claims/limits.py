"""Whom and what a statement is limited to: population, phase, route, setting. A claim neither changes, adds nor drops a limit.

`taken_up` says which stretches of an evidence clause a claim repeats; only their limits bind it.
"""

from __future__ import annotations

from collections.abc import Iterable

from assistant.claims.align import Alignment, quantity_of
from assistant.claims.conflict import Conflict
from assistant.claims.reading import Clause
from assistant.claims.terms import QUALIFIERS, Term, is_a
from assistant.quantities import Quantity

SITES = frozenset(
    "low-back-pain nonspecific-lbp neck-pain leg-pain sciatica claudication stenosis herniation facet-pain spasm spasticity cauda-equina cord-compression neuralgia "
    "diabetic-neuropathy fibromyalgia spondyloarthritis osteomyelitis abscess".split()
)
_BINDING_SCOPE = frozenset(
    "routine alone elective long-term short-term urgent emergency immediate bilateral unilateral lower-limb upper-limb".split()
)


def qualifier_conflicts(claim: Clause, found: Alignment, all_claim: Iterable[Term]) -> list[Conflict]:
    """Population, phase, setting, route and scope: neither changed, nor added, nor left out."""
    out: list[Conflict] = []
    mine = tuple(all_claim)
    pool = [t for t in found.terms if t.kind in QUALIFIERS]
    for term in claim.terms:
        if term.kind not in QUALIFIERS or term.optional or any(t.key == term.key for t in found.terms):
            continue
        if term.key == "older-adult" and any(
            q.kind == "age" and q.low >= 60 and q.op[:1] == ">" for q in found.quantities
        ):
            continue
        rivals = [t for t in pool if t.kind == term.kind and not t.optional and not any(m.key == t.key for m in mine)]
        if term.kind in ("phase", "agegroup", "region", "setting", "route", "formulation", "leg") and rivals:
            out.append(Conflict("contradicts", "population", f"claim says {term.raw}, evidence says {rivals[0].raw}"))
        elif term.kind != "scope" and term.kind != "severity" or term.key in _BINDING_SCOPE:
            out.append(Conflict("missing", "population", f"the evidence does not say {term.raw}"))
    if is_binding(found):
        out.extend(_left_out(found, mine))
    return out


def is_binding(found: Alignment) -> bool:
    """Whether the evidence clause is one whose limits a claim must keep: a recommendation, a dose, or a near repeat."""
    return (
        bool(found.primary.force.levels)
        or any(q.kind in ("dose", "frequency") for q in found.primary.quantities)
        or found.reverse >= 0.45
    )


def _left_out(found: Alignment, mine: tuple[Term, ...]) -> list[Conflict]:
    out: list[Conflict] = []
    theirs = [*binding_terms(found, mine), *found.primary.heading]
    have = {m.key for m in mine}
    for kind in sorted(QUALIFIERS):
        bound = [t for t in theirs if t.kind == kind and (kind != "scope" or t.key in _BINDING_SCOPE)]
        if kind == "severity" and found.reverse < 0.45:
            continue
        if kind == "region" or kind in ("setting", "scope") and not found.primary.force.levels:
            continue
        if bound and not any(t.key in have for t in bound):
            out.append(Conflict("missing", "population", f"claim leaves out {bound[0].raw}"))
    sites = [t for t in theirs if t.key in SITES]
    if sites and not any(t.key == "low-back-pain" or t.key in have for t in sites):
        out.append(Conflict("missing", "population", f"claim leaves out {sites[0].raw}"))
    for term in theirs:
        quantity = quantity_of(term, found.primary) if term.kind == "quantity" else None
        if quantity is not None and quantity.kind in ("age", "clearance") and not _repeated(quantity, mine):
            out.append(Conflict("missing", "population", f"claim leaves out {shown(quantity)}"))
    return out


def _repeated(quantity: Quantity, mine: tuple[Term, ...]) -> bool:
    numbers = f"{quantity.low:g}-{quantity.high:g}"
    return any(
        m.kind == "quantity" and m.key.split(":")[2] == numbers or m.key.startswith(f"q:{quantity.kind}:") for m in mine
    )


def binding_terms(found: Alignment, mine: tuple[Term, ...]) -> list[Term]:
    """Terms of the primary clause in stretches that the claim takes up; asides and "with or without" are free."""
    have = {m.key for m in mine}
    out: list[Term] = []
    for terms in taken_up(found, have):
        out.extend(t for t in terms if not t.optional and not t.aside and not of_another(t, terms, have))
    return out


def taken_up(found: Alignment, have: set[str]) -> list[list[Term]]:
    """Stretches of the primary clause of which the claim repeats at least half, limits themselves not counted."""
    out: list[list[Term]] = []
    listed = {t.kind for t in found.primary.terms if t.kind in ("drug", "treatment") and t.key in have}
    for start, end in found.primary.segments:
        terms = [t for t in found.primary.terms if start <= t.start < end]
        weighed = [t for t in terms if not _is_limit(t) and not (t.kind in listed and t.key not in have)]
        total = sum(t.weight for t in weighed)
        kept = sum(t.weight for t in weighed if t.key in have or any(is_a(m, t.key) for m in have if t.kind == "drug"))
        if (total and kept >= 0.5 * total) or (not total and any(t.key in have for t in terms)):
            out.append(terms)
    return out


def _is_limit(term: Term) -> bool:
    band = term.kind == "quantity" and term.key.split(":")[1] in ("age", "clearance")
    return band or term.kind in QUALIFIERS or term.key in SITES or term.key in ("egfr", "gfr")


def of_another(term: Term, terms: list[Term], have: set[str]) -> bool:
    """A route or release form of a drug that the claim does not name: "... and intravenous glucocorticoids"."""
    if term.kind not in ("route", "formulation"):
        return False
    owner = next(
        (
            t
            for t in terms
            if t.kind in ("drug", "treatment") and (0 <= t.start - term.end <= 24 or t.start <= term.start < t.end)
        ),
        None,
    )
    return owner is not None and owner.key not in have


def shown(quantity: Quantity) -> str:
    words = {"<": "under ", "<=": "at most ", ">": "over ", ">=": "at least ", "~": "about ", "": ""}
    return f"{words[quantity.op]}{quantity.text}"
