"""What a near-verbatim claim changes: a word exchanged, put in or cut out of the evidence's own sentence.

Works only on claims that follow the evidence's order of words; freer wording is left to `compare.py`.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from assistant.claims.align import Alignment
from assistant.claims.compare import Conflict
from assistant.claims.reading import STOP, Clause, Term
from assistant.claims.wording import load_wording

NEAR = 0.72
"""Share of a claim's content that must follow the evidence's order for the claim to count as near-verbatim."""
_NEGATORS = frozenset({"not", "no", "never", "without", "cannot", "none", "neither", "nor"})
_MODALS = {"may": "may", "might": "may", "can": "may", "could": "may", "should": "should", "ought": "should", "must": "must", "consider": "consider", "offer": "offer", "recommend": "recommend", "suggest": "suggest",
           "require": "must", "advise": "recommend", "avoid": "avoid"}  # fmt: skip
_FUNCTION = frozenset({"and", "or", "only", "unless", "except", "if", "when", "but", "with", "until", "over", "under", "up", "down", "from", "to"}) | _NEGATORS
_EXCHANGEABLE = frozenset({"drug", "treatment", "test", "condition", "outcome", "quantity", "direction", "degree", "phase", "leg", "agegroup", "setting", "severity", "route", "formulation", "scope", "name"})
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_SYMBOLS = {"&": "and", "+": "with"}


class _Item:
    """One place in the sequence: `key` is compared; `term` is set for content."""

    __slots__ = ("key", "raw", "term")

    def __init__(self, key: str, raw: str, term: Term | None = None) -> None:
        self.key, self.raw, self.term = key, raw, term


def verbatim_conflicts(claim: Clause, found: Alignment) -> tuple[bool, list[Conflict]]:
    """(whether the claim is near-verbatim, conflicts seen by comparing word for word)."""
    support = sorted(found.support, key=lambda c: (c.sentence, c is not found.primary)) if len(found.support) > 1 else found.support
    mine = _items(claim)
    for theirs in (_items(found.primary), [i for c in support for i in _items(c)]):
        matcher = SequenceMatcher(None, [i.key for i in mine], [i.key for i in theirs], autojunk=False)
        blocks = matcher.get_matching_blocks()
        matched = sum(1 for b in blocks for k in range(b.size) if mine[b.a + k].term is not None)
        content = sum(1 for i in mine if i.term is not None)
        if content >= 3 and matched / content >= NEAR:
            return True, _changes(mine, theirs, matcher, blocks)
    return False, []


def _items(clause: Clause) -> list[_Item]:
    found: list[_Item] = []
    by_start = {t.start: t for t in clause.terms if t.kind != "source"}
    skip_to = 0
    for match in _WORD.finditer(clause.text):
        if match.start() < skip_to:
            continue
        term = by_start.get(match.start())
        word = match.group().lower().replace("\u2019", "'")
        if term is not None:
            found.append(_Item(term.key, term.raw, term))
            skip_to = term.end
            continue
        base = _modal(word)
        if base is not None:
            found.append(_Item(f"m:{base}", word))
        elif word.endswith("n't"):
            found.append(_Item("f:not", word))
        elif word in _FUNCTION:
            found.append(_Item(f"f:{word}", word))
        elif word not in STOP:
            found.append(_Item(f"w:{word}", word))
    return found


def _modal(word: str) -> str | None:
    for form, base in _MODALS.items():
        if word == form or (len(form) > 4 and word.startswith(form[:-1]) and word not in ("considerable", "considerably", "offering")):
            return base
    return None


def _changes(mine: list[_Item], theirs: list[_Item], matcher: SequenceMatcher[str], blocks: list) -> list[Conflict]:  # type: ignore[type-arg]
    out: list[Conflict] = []
    real = [b for b in blocks if b.size]
    first, last = real[0].b, real[-1].b + real[-1].size
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        ours, evidence = mine[i1:i2], theirs[max(j1, first) : min(j2, last)]
        out.extend(_words_changed(ours, evidence, mine, theirs))
        out.extend(_terms_changed(ours, evidence))
    return out


def _words_changed(ours: list[_Item], theirs: list[_Item], mine: list[_Item], all_theirs: list[_Item]) -> list[Conflict]:
    have, had = {i.key for i in ours}, {i.key for i in theirs}
    out: list[Conflict] = []
    if ("f:and" in have and "f:or" in had and "f:and" not in had) or ("f:or" in have and "f:and" in had and "f:or" not in had):
        out.append(Conflict("missing", "and-or", "claim exchanges \u201cand\u201d and \u201cor\u201d"))
    negated = [k for k in (f"f:{n}" for n in _NEGATORS)]
    ours_negated, theirs_negated = [k for k in negated if k in have], [k for k in negated if k in had]
    if bool(ours_negated) != bool(theirs_negated):
        total_ours = sum(i.key in negated for i in mine)
        total_theirs = sum(i.key in negated for i in all_theirs)
        if total_ours != total_theirs:
            what = "adds" if ours_negated else "drops"
            word = (ours_negated or theirs_negated)[0][2:]
            out.append(Conflict("contradicts", "polarity", f"claim {what} \u201c{word}\u201d"))
    modals, had_modals = {k for k in have if k.startswith("m:")}, {k for k in had if k.startswith("m:")}
    if modals and had_modals and modals != had_modals and not (modals & had_modals):
        out.append(Conflict("contradicts", "strength", f"claim says {_list(modals)}, evidence says {_list(had_modals)}"))
    if "f:only" in had and "f:only" not in {i.key for i in mine}:
        out.append(Conflict("missing", "condition", "claim drops \u201conly\u201d"))
    return out


def _terms_changed(ours: list[_Item], theirs: list[_Item]) -> list[Conflict]:
    """One notion exchanged for another of its kind, at the same place."""
    mine = [i.term for i in ours if i.term is not None and i.term.kind in _EXCHANGEABLE]
    other = [i.term for i in theirs if i.term is not None and i.term.kind in _EXCHANGEABLE]
    out: list[Conflict] = []
    opposites = load_wording().opposites
    for term in mine:
        if any(o.key == term.key for o in other):
            continue
        for old in other:
            if any(m.key == old.key for m in mine):
                continue
            exchanged = len(mine) == 1 and len(other) == 1 and (old.kind == term.kind and _comparable(term, old))
            if exchanged or old.key in opposites.get(term.key, frozenset()):
                out.append(Conflict("contradicts", term.kind, f"claim says {term.raw}, evidence says {old.raw}"))
                break
    return out


def _comparable(term: Term, old: Term) -> bool:
    if term.kind == "quantity":
        return term.key.split(":")[1] == old.key.split(":")[1]
    if term.kind == "direction":
        return False
    return True


def _list(keys: set[str]) -> str:
    return " and ".join(sorted(k[2:] for k in keys))
