"""A clause as a sequence that can be compared word for word: its terms, its strength, and the small words that change meaning.

What changed between two sequences is found by `verbatim.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.claims.align import quantity_of
from assistant.claims.force import DO_NOT, MUST_NOT, SHOULD_NOT
from assistant.claims.reading import Clause
from assistant.claims.terms import STOP, Term

NEGATORS = frozenset(f"f:{w}" for w in "not no never without cannot none neither nor".split())
_UNCHANGED = frozenset({"unchanged", "ineffective", "unproven", "unaffected", "unlikely", "unrelated"})
_MODALS = {"may": "may", "might": "may", "can": "may", "could": "may", "should": "should", "must": "must", "will": "will", "probably": "may", "possibly": "may"}  # fmt: skip
MARKERS = frozenset(f"f:{w}" for w in "only unless except if when until once where solely provided".split())
_FUNCTION = frozenset("and or with over under up down from to".split()) | {k[2:] for k in NEGATORS | MARKERS}
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_INSIDE = re.compile(r"\b(?:not|no|never)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Item:
    """One place in the sequence: `key` is compared; `term` is set for content."""

    key: str
    raw: str
    clause: Clause
    term: Term | None = None


def items_of(clause: Clause) -> list[Item]:
    """The sequence of one clause, in its order."""
    found: list[Item] = []
    by_start = {t.start: t for t in clause.terms if t.kind != "source"}
    skip_to = 0
    for match in _WORD.finditer(clause.text):
        if match.start() < skip_to:
            continue
        mark = next((m for m in clause.force.marks if m[0] <= match.start() < m[1]), None)
        if mark is not None:
            level = SHOULD_NOT if mark[2] in (MUST_NOT, DO_NOT) else mark[2]
            found.append(Item(f"F:{level}", clause.text[mark[0] : mark[1]], clause))
            inner = [t for t in clause.terms if mark[0] <= t.start < mark[1] and t.kind == "direction"]
            found.extend(Item(t.key, t.raw, clause, t) for t in inner)
            skip_to = mark[1]
            continue
        term = by_start.get(match.start())
        if term is None and any(a <= match.start() < b for a, b in clause.measures):
            continue
        word = match.group().lower().replace("\u2019", "'")
        if word in _UNCHANGED:
            found.append(Item("f:not", word, clause))
        if term is not None:
            found.append(Item(_key(term, clause), term.raw, clause, term))
            if term.key == "unresponsive" or (
                _INSIDE.search(term.raw) and term.key not in ("maximum", "minimum", "nonsurgical", "same")
            ):
                found.append(Item("f:not", "not", clause))
            skip_to = term.end
        elif word in _MODALS:
            found.append(Item(f"m:{_MODALS[word]}", word, clause))
        elif word.endswith("n't"):
            found.append(Item("f:not", word, clause))
        elif word in _FUNCTION:
            found.append(Item(f"f:{word}", word, clause))
        elif word not in STOP:
            found.append(Item(f"w:{word}", word, clause))
    return found


def _key(term: Term, clause: Clause) -> str:
    quantity = quantity_of(term, clause) if term.kind == "quantity" else None
    return f"{term.key}{quantity.op[0]}" if quantity is not None and quantity.op[:1] in ("<", ">") else term.key
