"""Mentions of the things that a rule is about, by the patterns and drugs of its `params`.

Objects are things ("an MRI"), verbs call to act by themselves ("scan her"), anaphors point back ("order one"). How a text stands
to a mention is `stance.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.guardrails.case import Text, kin, options
from assistant.guardrails.rules import Rule


@lru_cache(maxsize=256)
def pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, on word boundaries; matches nothing when there are none."""
    return re.compile(rf"(?<![\w-])(?:{'|'.join(words)})(?![\w])") if words else re.compile(r"(?!)")


def words_of(rule: Rule, key: str) -> re.Pattern[str]:
    """The pattern of a list in the rule's params."""
    return pattern(tuple(options(rule.params, key)))


@dataclass(frozen=True, slots=True)
class Named:
    """A mention of the thing a rule is about. `verb`: the mention itself calls to act."""

    start: int
    end: int
    verb: bool = False


def named(rule: Rule, text: Text) -> list[Named]:
    """Mentions of the rule's objects in reading order, those in another sense (`not_objects`) left out. Read once for a text."""
    known: list[Named] | None = text.kept.get(rule.id)
    if known is None:
        known = text.kept[rule.id] = _named(rule, text)
    return known


def _named(rule: Rule, text: Text) -> list[Named]:
    folded = text.reading.text
    found = [Named(m.start(), m.end()) for m in words_of(rule, "objects").finditer(folded)]
    found += [Named(m.start(), m.end(), True) for m in words_of(rule, "verbs").finditer(folded)]
    drugs = options(rule.params, "drugs")
    if drugs:
        spared = options(rule.params, "not_drugs")
        found += [Named(d.start, d.end) for d in text.drugs if kin(d.concept, drugs) and not kin(d.concept, spared)]
    if not found:
        return []  # most rules at most texts: their other patterns need not be compiled
    found += _anaphors(rule, text, found)
    other = words_of(rule, "not_objects")
    kept: list[Named] = []
    for item in sorted(found, key=lambda n: (n.start, -n.end, not n.verb)):
        if kept and item.start < kept[-1].end:
            continue
        around = (max(0, item.start - 30), min(len(folded), item.end + 30))
        if any(m.start() < item.end and m.end() > item.start for m in other.finditer(folded, *around)):
            continue
        kept.append(item)
    return kept


def _anaphors(rule: Rule, text: Text, known: list[Named]) -> list[Named]:
    """ "request one", "order it": the thing named shortly before."""
    later = words_of(rule, "anaphors").finditer(text.reading.text)
    return [Named(m.start(), m.end(), True) for m in later if any(0 < m.start() - n.end <= 120 for n in known)]
