"""Whether a claim keeps the strength of its evidence: `consider` never becomes `should`, `may` never `must`, no "not" is lost."""

from __future__ import annotations

import re

from assistant.claims.align import Alignment
from assistant.claims.conditions import restricts
from assistant.claims.conflict import Conflict
from assistant.claims.force import (
    CONSIDER,
    DO_NOT,
    MUST,
    MUST_NOT,
    NEGATIVE,
    OPEN,
    SHOULD,
    SHOULD_NOT,
    SUGGEST_NOT,
    UNNEEDED,
    WORDS,
)
from assistant.claims.limits import taken_up
from assistant.claims.reading import Clause


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


_VERBS = {
    "may": re.compile(r"\b(?:may|might|can|could) (?:also )?be \w+", re.IGNORECASE),
    "should": re.compile(r"\bshould (?:also )?be (?:considered|thought)", re.IGNORECASE),
}


def _same_verb(claim: Clause, found: Alignment) -> list[Conflict]:
    """ "may be considered" and "should be considered" differ; a bare "consider" goes with either."""
    text = " ".join(c.text for c in found.support)
    mine = {name: m.group() for name, p in _VERBS.items() if (m := p.search(claim.text))}
    theirs = {name: m.group() for name, p in _VERBS.items() if (m := p.search(text))}
    if mine and theirs and not set(mine) & set(theirs):
        said, stated = next(iter(mine.values())), next(iter(theirs.values()))
        return [
            Conflict("contradicts", "strength", f"claim says \u201c{said}\u201d, evidence says \u201c{stated}\u201d")
        ]
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
        return [
            Conflict("missing", "strength", "the evidence makes no recommendation or calls the evidence insufficient")
        ]
    if (
        found.primary.force.strong_hedge
        and not claim.force.hedged
        and not theirs & {SHOULD, MUST}
        and found.reverse > 0.6
    ):
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
    return {restricts(claim.text), restricts(primary.text)} == {"only", "unless"}
