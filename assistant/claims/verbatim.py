"""What a near-verbatim claim changes: a word exchanged, put in or cut out of the evidence's own sentence.

Works only on claims that follow the evidence's order of words; freer wording is left to `compare.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from assistant.claims.align import Alignment
from assistant.claims.conflict import Conflict
from assistant.claims.force import CONSIDER, MUST_NOT, OPEN, SHOULD_NOT, SUGGEST_NOT
from assistant.claims.items import MARKERS, NEGATORS, Item, items_of
from assistant.claims.limits import of_another, taken_up
from assistant.claims.reading import Clause
from assistant.claims.terms import Term
from assistant.claims.wording import load_wording

NEAR = 0.72
"""Share of a claim's content that must follow the evidence's order for the claim to count as near-verbatim."""
WHOLE = 0.6
"""Share of the evidence clause that a near-verbatim claim must repeat for what it leaves out to count as cut out."""
LONG = 3
"""A stretch with more content than this was left out as a whole: its words are not words dropped from the rest."""
_TRIVIAL = frozenset({"possible", "appropriate", "needed", "available", "necessary", "wanted"})
_NEGATIVE = frozenset(f"F:{level}" for level in (SUGGEST_NOT, SHOULD_NOT, MUST_NOT))
_EXCHANGEABLE = frozenset(
    "drug treatment test condition outcome quantity direction degree phase leg agegroup setting severity route formulation scope organ name".split()
)  # fmt: skip
_LIMITS = frozenset({"phase", "leg", "agegroup", "route", "formulation", "severity"})
_PREPOSITION = re.compile(
    r"\b(?:in|with|during|for|of|after)\s+(?:(?:an?|the|any|every|each|known|suspected)\s+)?$", re.IGNORECASE
)


def verbatim_conflicts(claim: Clause, found: Alignment) -> tuple[bool, list[Conflict]]:
    """(whether the claim is near-verbatim, conflicts seen by comparing word for word)."""
    mine = items_of(claim)
    content = sum(1 for i in mine if i.term is not None)
    ordered = sorted(found.support, key=lambda c: c.sentence)
    for theirs in (items_of(found.primary), [i for c in ordered for i in items_of(c)]):
        matcher = SequenceMatcher(None, [i.key for i in mine], [i.key for i in theirs], autojunk=False)
        blocks = [b for b in matcher.get_matching_blocks() if b.size]
        matched = sum(1 for b in blocks for k in range(b.size) if mine[b.a + k].term is not None)
        if content and (matched / content >= NEAR or (content in (3, 4) and matched == content - 1)):
            own = sum(1 for i in theirs if i.term is not None and i.clause is found.primary)
            return True, _changes(mine, theirs, matcher, found, matched >= WHOLE * own)
    return False, []


def _changes(
    mine: list[Item], theirs: list[Item], matcher: SequenceMatcher[str], found: Alignment, whole: bool
) -> list[Conflict]:
    out: list[Conflict] = []
    real = [b for b in matcher.get_matching_blocks() if b.size]
    first, last = real[0].b, real[-1].b + real[-1].size
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        ours = mine[i1:i2]
        near = theirs[j1:j2] if tag == "replace" and j2 - j1 <= LONG + 1 else theirs[max(j1, first - 2) : min(j2, last)]
        short = sum(i.term is not None for i in near) <= LONG
        out.extend(_words_changed(ours, near, mine, theirs, short=short))
        out.extend(_terms_changed(ours, near, same_place=i1 > 0 or j1 <= 1))
        if tag == "replace":
            out.extend(_items_exchanged(ours, theirs[j1:j2], mine, theirs))
        if whole or (j1 <= last <= j2 and theirs[last:] and theirs[last].key in MARKERS):
            out.extend(_cut_out(theirs[j1:j2], mine, theirs, found))
    return out


def _words_changed(
    ours: list[Item], theirs: list[Item], mine: list[Item], all_theirs: list[Item], *, short: bool
) -> list[Conflict]:
    have, had = {i.key for i in ours}, {i.key for i in theirs}
    out: list[Conflict] = []
    for one, other in (("f:and", "f:or"), ("f:or", "f:and")):
        if (
            one in have
            and other in had
            and one not in had
            and len(ours) <= 2
            and len(theirs) <= (4 if len(ours) == 1 else 2)
            and _same_side(mine, all_theirs)
        ):
            out.append(Conflict("missing", "and-or", "claim exchanges \u201cand\u201d and \u201cor\u201d"))
    ours_negated, theirs_negated = sorted(have & NEGATORS), sorted(had & NEGATORS)
    if (
        not short and not ours_negated
    ):  # a long stretch left out: only a negation that stood right before what is kept counts
        theirs_negated = sorted({i.key for i in theirs[-2:]} & {"f:not", "f:no", "f:never"})
    if bool(ours_negated) != bool(theirs_negated) and _count(mine, NEGATORS) != _count(all_theirs, NEGATORS):
        what, word = ("adds", ours_negated[0]) if ours_negated else ("drops", theirs_negated[0])
        out.append(Conflict("contradicts", "polarity", f"claim {what} \u201c{word[2:]}\u201d"))
    if short:
        out.extend(_force_changed(ours, theirs, mine, all_theirs))
    modals, had_modals = _starting(have, "m:"), _starting(had, "m:")
    if modals and had_modals and not modals & had_modals:
        out.append(
            Conflict("contradicts", "strength", f"claim says {_list(modals)}, evidence says {_list(had_modals)}")
        )
    return out


def _force_changed(ours: list[Item], theirs: list[Item], mine: list[Item], all_theirs: list[Item]) -> list[Conflict]:
    forces, had = _starting({i.key for i in ours}, "F:"), _starting({i.key for i in theirs}, "F:")
    if forces and had and not forces & had:
        return [
            Conflict(
                "contradicts",
                "strength",
                f"claim says \u201c{_said(ours, forces)}\u201d, evidence says \u201c{_said(theirs, had)}\u201d",
            )
        ]
    modals = _starting({i.key for i in ours}, "m:") | _starting({i.key for i in theirs}, "m:")
    if bool(forces) != bool(had) and modals:
        return [
            Conflict(
                "contradicts",
                "strength",
                f"claim says \u201c{_said(ours, forces or modals)}\u201d, evidence says \u201c{_said(theirs, had or modals)}\u201d",
            )
        ]
    offered = [
        i
        for i in ours
        if i.term is not None and i.raw.lower().startswith(("offer", "recommend", "give", "need", "requir"))
    ]
    if f"F:{CONSIDER}" in had and not forces and offered:
        return [
            Conflict(
                "contradicts",
                "strength",
                f"claim says \u201c{offered[0].raw}\u201d, evidence says \u201c{_said(theirs, had)}\u201d",
            )
        ]
    if had & _NEGATIVE and not forces and _count(mine, _NEGATIVE) < _count(all_theirs, _NEGATIVE):
        return [Conflict("contradicts", "polarity", f"claim drops \u201c{_said(theirs, had & _NEGATIVE)}\u201d")]
    if forces & _NEGATIVE and not had and _count(mine, _NEGATIVE) > _count(all_theirs, _NEGATIVE):
        return [Conflict("contradicts", "polarity", f"claim adds \u201c{_said(ours, forces & _NEGATIVE)}\u201d")]
    return []


def _terms_changed(ours: list[Item], theirs: list[Item], *, same_place: bool) -> list[Conflict]:
    """One notion exchanged for another of its kind, at the same place."""
    mine = [i.term for i in ours if i.term is not None and i.term.kind in _EXCHANGEABLE]
    other = [i.term for i in theirs if i.term is not None and i.term.kind in _EXCHANGEABLE]
    out: list[Conflict] = []
    opposites = load_wording().opposites
    for term in mine:
        if any(o.key == term.key for o in other):
            out.extend(_turned(ours, theirs, term))
            continue
        for old in other:
            if any(m.key == old.key for m in mine):
                continue
            exchanged = (
                same_place and len(mine) == 1 and len(other) == 1 and old.kind == term.kind and _comparable(term, old)
            )
            if exchanged or old.key in opposites.get(term.key, frozenset()):
                out.append(Conflict("contradicts", term.kind, f"claim says {term.raw}, evidence says {old.raw}"))
                break
    return out


def _items_exchanged(ours: list[Item], gone: Sequence[Item], mine: list[Item], theirs: list[Item]) -> list[Conflict]:
    """A word put where the evidence has another, while the evidence has this one elsewhere: an entry of a list taken for its neighbour."""
    new = [i for i in ours if i.term is not None and i.term.kind in ("other", "outcome")]
    old = [i for i in gone if i.term is not None and i.term.kind in ("other", "outcome")]
    if len(new) != 1 or len(old) != 1 or len(ours) > 2 or len(gone) > 2:
        return []
    place = theirs.index(old[0])
    elsewhere = [k for k, i in enumerate(theirs) if i.key == new[0].key]
    if elsewhere and min(abs(k - place) for k in elsewhere) > LONG and not any(i.key == old[0].key for i in mine):
        return [Conflict("contradicts", "exchange", f"claim says {new[0].raw}, evidence says {old[0].raw}")]
    return []


def _turned(ours: list[Item], theirs: list[Item], term: Term) -> list[Conflict]:
    """The same number under another comparison: "above 200 mL" for "below 200 mL"."""
    mine = {i.key[-1] for i in ours if i.term is term}
    had = {i.key[-1] for i in theirs if i.term is not None and i.term.key == term.key}
    if term.kind == "quantity" and mine | had == {"<", ">"} and not mine & had:
        return [Conflict("contradicts", "comparison", f"claim turns the comparison of {term.raw}")]
    return []


def _comparable(term: Term, old: Term) -> bool:
    if term.kind == "quantity":
        return term.key.split(":")[1] == old.key.split(":")[1] and term.key != old.key
    return term.kind != "direction"


def _cut_out(gone: Sequence[Item], mine: list[Item], theirs: list[Item], found: Alignment) -> list[Conflict]:
    """Limits that stood in a clause which the claim otherwise repeats: a condition, a phase, a population."""
    kept = {i.key for i in mine}
    out: list[Conflict] = []
    primary = found.primary
    items = [i for i in gone if i.clause is primary]
    stretches = {t.start for ts in taken_up(found, kept) for t in ts}
    for at, item in enumerate(items):
        if item.key in MARKERS and item.key not in kept and _binds(item, items[at + 1 :], kept, theirs):
            out.append(
                Conflict(
                    "missing",
                    "condition",
                    f"claim leaves out \u201c{item.raw} {' '.join(i.raw for i in items[at + 1 : at + 4])} \u2026\u201d",
                )
            )
        term = item.term
        if term is None or term.optional or term.aside or term.key in kept or term.key == "low-back-pain":
            continue
        limits = term.kind in _LIMITS or (
            term.kind == "condition" and _PREPOSITION.search(primary.text[: term.start]) is not None
        )
        if (
            limits
            and term.start in stretches
            and not _beside_kept(term, primary, kept)
            and not of_another(term, list(primary.terms), kept)
        ):
            out.append(Conflict("missing", "population", f"claim leaves out {term.raw}"))
    return out


def _binds(marker: Item, after: list[Item], kept: set[str], theirs: list[Item]) -> bool:
    """Whether a condition that was left out limits what the claim says: its words are gone, what it stood beside is kept."""
    heavy = [
        i
        for i in after[:5]
        if (i.term is None and i.key[:2] in ("w:", "F:")) or (i.term is not None and i.term.weight >= 0.5)
    ]
    if not heavy or after[0].raw.lower() in _TRIVIAL or sum(i.key in kept for i in heavy) > len(heavy) / 2:
        return False
    before = [i for i in theirs[: theirs.index(marker)] if i.term is not None and i.term.weight >= 0.5]
    return not before or before[-1].key in kept


def _beside_kept(term: Term, primary: Clause, kept: set[str]) -> bool:
    """One of a list of alternatives that the claim keeps another of ("acute or subacute")."""
    return any(
        t.kind == term.kind
        and t.key in kept
        and t.key != term.key
        and min(abs(t.start - term.end), abs(term.start - t.end)) <= 18
        for t in primary.terms
    )


def _same_side(mine: list[Item], theirs: list[Item]) -> bool:
    """False when one text denies before its list and the other after it: "do not offer A or B", "A and B should not be offered"."""
    negative = _NEGATIVE | {f"F:{OPEN}"}

    def early(items: list[Item]) -> bool | None:
        at = next((k for k, i in enumerate(items) if i.key in negative), None)
        return None if at is None else at < len(items) / 3

    def words(items: list[Item]) -> list[str]:
        return [i.raw.lower() for i in items if i.key in negative]

    return early(mine) == early(theirs) and (early(mine) is None or words(mine) == words(theirs))


def _count(items: list[Item], keys: frozenset[str]) -> int:
    return sum(i.key in keys for i in items)


def _starting(keys: set[str], prefix: str) -> set[str]:
    return {k for k in keys if k.startswith(prefix)}


def _said(items: list[Item], keys: set[str] | frozenset[str]) -> str:
    return ", ".join(i.raw for i in items if i.key in keys)


def _list(keys: set[str]) -> str:
    return " and ".join(sorted(k[2:] for k in keys))
