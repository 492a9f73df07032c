"""Where a claim clause and its evidence do not agree: numbers, names, strength, negation, direction, population.

Each check gives `Conflict`s with a readable reason. Conditions ("only if", "unless") are `conditions.py`; word order is
`verbatim.py`; the verdict is `assistant/citations.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from assistant.claims.align import Alignment, covers, equal_quantities, quantity_of
from assistant.claims.force import CONSIDER, DO_NOT, MUST, MUST_NOT, NEGATIVE, OPEN, SHOULD, SHOULD_NOT, SUGGEST_NOT, UNNEEDED, WORDS
from assistant.claims.reading import QUALIFIERS, STRICT_KINDS, Clause, Term, is_a
from assistant.claims.wording import load_wording
from assistant.quantities import Quantity

SITES = frozenset(
    "low-back-pain nonspecific-lbp neck-pain leg-pain sciatica claudication stenosis herniation facet-pain spasm spasticity cauda-equina cord-compression neuralgia "
    "diabetic-neuropathy fibromyalgia spondyloarthritis osteomyelitis abscess".split()
)
_BINDING_SCOPE = frozenset("routine alone elective long-term short-term urgent emergency immediate bilateral unilateral lower-limb upper-limb".split())
_BENEFIT = {"better": "effective", "effective": "effective"}
_EFFECTS = frozenset({"effective", "better", "worse", "harm", "safe", "increase", "decrease"})
_PREDICATES = frozenset({"direction", "degree", "other", "plain", "outcome"})


@dataclass(frozen=True, slots=True)
class Conflict:
    """`contradicts`: the evidence says otherwise. `missing`: the evidence does not say it, or the claim leaves out a limit."""

    kind: Literal["contradicts", "missing"]
    what: str
    reason: str


def quantity_conflicts(claim: Clause, found: Alignment) -> list[Conflict]:
    out: list[Conflict] = []
    pool = found.quantities
    for term in claim.terms:
        quantity = quantity_of(term, claim) if term.kind == "quantity" else None
        if quantity is None:
            continue
        equal = [q for q in pool if equal_quantities(quantity, q)]
        equal = [q for q in equal if (q.low, q.high) == (quantity.low, quantity.high)] or equal
        if not equal and quantity.kind == "duration" and quantity.low == 1.0 and any(q.unit.endswith("/day") for q in pool):
            continue  # "4 g in 24 hours", said apart
        if not equal and quantity.kind == "frequency" and quantity.low == quantity.high == 1.0 and any(q.unit.endswith("/day") for q in pool):
            continue  # "40 mg daily" of "40 mg a day"
        if not equal:
            out.append(_unmatched(quantity, pool))
        elif all(_opposed(quantity.op, q.op) for q in equal):
            out.append(Conflict("contradicts", "comparison", f"claim says {_shown(quantity)}, evidence says {_shown(equal[0])}"))
    return out


def _unmatched(quantity: Quantity, pool: tuple[Quantity, ...]) -> Conflict:
    alike = [q for q in pool if q.kind == quantity.kind]
    if alike:
        nearest = min(alike, key=lambda q: (abs(q.low - quantity.low), q.start))
        return Conflict("contradicts", "number", f"claim says {_shown(quantity)}, evidence says {_shown(nearest)}")
    return Conflict("contradicts" if pool else "missing", "number", f"claim says {_shown(quantity)}, which the evidence does not state")


def _shown(quantity: Quantity) -> str:
    words = {"<": "under ", "<=": "at most ", ">": "over ", ">=": "at least ", "~": "about ", "": ""}
    return f"{words[quantity.op]}{quantity.text}"


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
                out.append(Conflict("missing" if term.kind == "condition" else "contradicts", term.kind, f"claim says {term.raw}, evidence says {here[0].raw}"))
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


def force_conflicts(claim: Clause, found: Alignment) -> list[Conflict]:
    """Strength: `consider` never becomes `should`, `may` never `must`, and neither loses its "not"."""
    mine, theirs = claim.force.levels, _levels_taken_up(claim, found)
    if not theirs and not found.primary.force.levels:
        theirs = frozenset(level for c in found.support for level in c.force.levels)
    if not mine and not theirs:
        return []
    if not mine:
        return _unstated(claim, found, theirs)
    if not theirs:
        return _only_described(claim, found)
    if mine & theirs:
        return _same_verb(claim, found) if CONSIDER in mine & theirs else []
    if (DO_NOT in mine and theirs & {SHOULD_NOT, MUST_NOT}) or (DO_NOT in theirs and mine & {SHOULD_NOT, MUST_NOT}):
        return []
    mild = {CONSIDER}
    if mine <= mild and theirs <= {UNNEEDED} | mild:
        return []
    said, stated = _strongest(mine), _strongest(theirs)
    if (said in NEGATIVE) != (stated in NEGATIVE) and OPEN not in (said, stated) and UNNEEDED not in (said, stated):
        if equivalent_exception(claim, found.primary):
            return []
        return [Conflict("contradicts", "polarity", f"claim says {WORDS[said]}, evidence says {WORDS[stated]}")]
    return [Conflict("contradicts", "strength", f"claim says {WORDS[said]}, evidence says {WORDS[stated]}")]


def _levels_taken_up(claim: Clause, found: Alignment) -> frozenset[int]:
    """Strengths stated in the stretches that the claim repeats; all of the clause's when it is near a repeat or none stands out."""
    primary = found.primary
    have = {t.key for t in claim.known}
    taken = [ts for ts in taken_up(found, have) if ts]
    spans = [(a, b) for a, b in primary.segments if any(a <= ts[0].start < b for ts in taken)]
    near = frozenset(level for start, _, level in primary.force.marks if any(a <= start < b for a, b in spans))
    if near or len(primary.segments) == 1 or found.reverse >= 0.85:
        return near or primary.force.levels
    agrees = claim.force.levels & primary.force.levels or (claim.force.negative and primary.force.negative)
    return primary.force.levels if agrees else frozenset()


_WEAKLY, _FIRMLY = re.compile(r"\b(?:may|might|can|could) (?:also )?be \w+", re.IGNORECASE), re.compile(r"\bshould (?:also )?be (?:considered|thought)", re.IGNORECASE)


def _same_verb(claim: Clause, found: Alignment) -> list[Conflict]:
    """ "may be considered" and "should be considered" differ; a bare "consider" goes with either."""
    text = " ".join(c.text for c in found.support)
    weak, firm = (_WEAKLY.search(claim.text), _WEAKLY.search(text)), (_FIRMLY.search(claim.text), _FIRMLY.search(text))
    if (firm[0] and weak[1] and not firm[1] and not weak[0]) or (weak[0] and firm[1] and not firm[0] and not weak[1]):
        return [Conflict("contradicts", "strength", f"claim says \u201c{(firm[0] or weak[0]).group()}\u201d, evidence says \u201c{(firm[1] or weak[1]).group()}\u201d")]  # type: ignore[union-attr]
    return []


def _strongest(levels: frozenset[int]) -> int:
    for level in (MUST_NOT, SHOULD_NOT, DO_NOT, SUGGEST_NOT, OPEN, UNNEEDED, MUST, SHOULD, CONSIDER):
        if level in levels:
            return level
    return OPEN


def _unstated(claim: Clause, found: Alignment, theirs: frozenset[int]) -> list[Conflict]:
    negated = any(t.negated for t in claim.terms)
    if theirs & NEGATIVE and not theirs & {SHOULD, CONSIDER, MUST} and not negated:
        return [Conflict("contradicts", "polarity", f"evidence says {WORDS[_strongest(theirs)]}, the claim does not")]
    if OPEN in theirs and not negated and not claim.force.hedged:
        return [Conflict("missing", "strength", "the evidence makes no recommendation or calls the evidence insufficient")]
    if found.primary.force.strong_hedge and not claim.force.hedged and not theirs & {SHOULD, MUST} and found.reverse > 0.6:
        return [Conflict("missing", "strength", "the evidence says only that it may be so")]
    return []


def _only_described(claim: Clause, found: Alignment) -> list[Conflict]:
    said = _strongest(claim.force.levels)
    dosing = any(q.kind in ("dose", "frequency", "duration", "clearance") for q in found.primary.quantities)
    denied = any(t.negated and not t.aside for t in found.primary.terms)
    if said in (CONSIDER,) and not denied:
        return []
    if said == SHOULD and (dosing or (claim.force.imperative and not denied)):
        return []
    if said in (OPEN, UNNEEDED) and (denied or found.primary.force.hedged):
        return []
    if said in NEGATIVE and denied:
        return []
    return [Conflict("missing", "strength", f"claim says {WORDS[said]}, the evidence only describes")]


def equivalent_exception(claim: Clause, primary: Clause) -> bool:
    """ "Do not ... unless X" and "... only if X" say the same."""
    from assistant.claims.conditions import restricts

    return {restricts(claim.text), restricts(primary.text)} == {"only", "unless"}


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
        return [Conflict("contradicts", "polarity", f"claim and evidence differ on a negation ({', '.join(words[:3])})")]
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
        if term.key in first or (term.key in pool and not (against & first and found.reverse >= 0.4 and term.key in _RANKS)):
            continue
        for other in near:
            if other.key in against and other.negated == term.negated and not other.optional and not (term.kind == "scope" and other.kind == "direction"):
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


def qualifier_conflicts(claim: Clause, found: Alignment, all_claim: Iterable[Term]) -> list[Conflict]:
    """Population, phase, setting, route and scope: neither changed, nor added, nor left out."""
    out: list[Conflict] = []
    mine = tuple(all_claim)
    pool = [t for t in found.terms if t.kind in QUALIFIERS]
    for term in claim.terms:
        if term.kind not in QUALIFIERS or term.optional or any(t.key == term.key for t in found.terms):
            continue
        if term.key == "older-adult" and any(q.kind == "age" and q.low >= 60 and q.op[:1] == ">" for q in found.quantities):
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
    return bool(found.primary.force.levels) or any(q.kind in ("dose", "frequency") for q in found.primary.quantities) or found.reverse >= 0.45


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
            out.append(Conflict("missing", "population", f"claim leaves out {_shown(quantity)}"))
    return out


def _repeated(quantity: Quantity, mine: tuple[Term, ...]) -> bool:
    numbers = f"{quantity.low:g}-{quantity.high:g}"
    return any(m.kind == "quantity" and m.key.split(":")[2] == numbers or m.key.startswith(f"q:{quantity.kind}:") for m in mine)


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
    owner = next((t for t in terms if t.kind in ("drug", "treatment") and (0 <= t.start - term.end <= 24 or t.start <= term.start < t.end)), None)
    return owner is not None and owner.key not in have
