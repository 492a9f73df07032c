"""Patterns over concept words: "numb & saddle /7 -head" and the like, matched inside one sentence.

A pattern is compositional, so that phrasings nobody listed are met. Which patterns make which concept is data
(`concepts.yaml`); what the text asserts of a match is left to `assertion.py`. Linear: every word meets only its neighbours.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.guardrails.phrases import Hit
from assistant.guardrails.reading import Reading

_FORM = re.compile(r"[&>,~]|/\d+|[!-]?[a-z_0-9]+(?:\|[a-z_0-9]+)*")
_CONTRAST = frozenset("but however although though whereas".split())
_JOINED = frozenset(["and", "or", "/", "&", "+", ",", "plus"])
_LINKS = frozenset(
    "and or / & the her his my your their in of around inner upper back left right both bilateral area areas region regions l r with on at a , plus to from also even between skin ~".split()
)
_NEAR = 4


@dataclass(frozen=True, slots=True)
class Pattern:
    """terms: word names, alternatives together. gap: tokens allowed between neighbours. veto: words not near; between: not amid."""

    concept: str
    kind: str
    terms: tuple[tuple[str, ...], ...]
    ordered: bool
    gap: int
    veto: tuple[str, ...]
    between: tuple[str, ...]
    commas: str = ""
    single: tuple[str, ...] = ()
    """Names of the terms without alternatives: all must be there."""
    several: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Tokens [first, end) that make up a concept; `parts` are the tokens that matched."""

    concept: str
    kind: str
    first: int
    end: int
    parts: frozenset[int]


def parse(form: str, concept: str, kind: str) -> Pattern:
    """A pattern from its written form. Raises ValueError when it cannot be read."""
    if _FORM.sub("", form).strip():
        raise ValueError(f"pattern {form!r} of {concept}: cannot read {_FORM.sub('', form).strip()!r}")
    terms: list[tuple[str, ...]] = []
    veto: list[str] = []
    between: list[str] = []
    gap, signs = 5, set()
    for piece in _FORM.findall(form):
        if piece in "&>,~":
            signs.add(piece)
        elif piece[0] == "/":
            gap = int(piece[1:])
        elif piece[0] == "!":
            veto.append(piece[1:])
        elif piece[0] == "-":
            between.append(piece[1:])
        else:
            terms.append(tuple(piece.split("|")))
    if not terms:
        raise ValueError(f"pattern {form!r} of {concept} names no words")
    return Pattern(
        concept,
        kind,
        tuple(terms),
        ">" in signs,
        gap,
        tuple(veto),
        tuple(between),
        "free" if "~" in signs else "list" if "," in signs else "",
        tuple(t[0] for t in terms if len(t) == 1),
        tuple(t for t in terms if len(t) > 1),
    )


class Patterns:
    """All patterns, looked up by the words of their last term."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._by_last: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            for name in pattern.terms[-1]:
                self._by_last.setdefault(name, []).append(pattern)

    def match(self, reading: Reading, words: list[Hit]) -> list[Match]:
        """Matches among the concept words of one sentence, in order of their first token."""
        by_name: dict[str, list[Hit]] = {}
        for hit in words:
            by_name.setdefault(hit.label, []).append(hit)
        covered: set[int] = set()
        for hit in words:
            covered.update(range(hit.first, hit.end))
        seen: set[int] = set()
        found: list[Match] = []
        for name in by_name:
            for pattern in self._by_last.get(name, ()):
                if not all(map(by_name.__contains__, pattern.single)) or id(pattern) in seen:
                    continue
                if pattern.several and not all(any(map(by_name.__contains__, term)) for term in pattern.several):
                    continue
                seen.add(id(pattern))
                found.extend(_match(pattern, by_name, reading, covered))
        found.sort(key=lambda m: (m.first, m.end, m.concept))
        return found


def _hits(term: tuple[str, ...], by_name: dict[str, list[Hit]]) -> list[Hit]:
    if len(term) == 1:
        return by_name.get(term[0], [])
    return sorted({h for name in term for h in by_name.get(name, [])})


def _match(pattern: Pattern, by_name: dict[str, list[Hit]], reading: Reading, covered: set[int]) -> list[Match]:
    lists = [_hits(term, by_name) for term in pattern.terms]
    starts = [[h.first for h in hits] for hits in lists]
    vetoes = sorted({h.first for name in pattern.veto for h in by_name.get(name, [])})
    amid = {h.first for name in pattern.between for h in by_name.get(name, [])}
    found: dict[tuple[int, int], Match] = {}
    for anchor in lists[-1]:
        for chain in _chains(pattern, lists, starts, anchor, reading, covered, amid):
            first, end = min(h.first for h in chain), max(h.end for h in chain)
            near = bisect_left(vetoes, first - _NEAR)
            own = frozenset(k for h in chain for k in range(h.first, h.end))
            if any(v < end + _NEAR and v not in own for v in vetoes[near : near + 6]):
                continue
            found.setdefault((first, end), Match(pattern.concept, pattern.kind, first, end, own))
    return list(found.values())


def _chains(
    pattern: Pattern,
    lists: list[list[Hit]],
    starts: list[list[int]],
    anchor: Hit,
    reading: Reading,
    covered: set[int],
    amid: set[int],
) -> list[list[Hit]]:
    """For one hit of the last term, the nearest hits of the others: to the left, and to the right where order is free."""
    sides = ("left",) if pattern.ordered else ("left", "right")
    if len(lists) == 1:
        return [[anchor]]
    chains = []
    for side in sides:
        chain = [anchor]
        for at in range(len(lists) - 2, -1, -1):
            sought = side if pattern.ordered or at == len(lists) - 2 else "any"
            best = _nearest(pattern, lists[at], starts[at], chain, sought, reading, covered, amid)
            if best is None:
                break
            chain.append(best)
        if len(chain) == len(lists):
            chains.append(chain)
    return chains


def _nearest(
    pattern: Pattern,
    hits: list[Hit],
    starts: list[int],
    chain: list[Hit],
    side: str,
    reading: Reading,
    covered: set[int],
    amid: set[int],
) -> Hit | None:
    low, high = min(h.first for h in chain), max(h.end for h in chain)
    taken = {k for h in chain for k in range(h.first, h.end)}
    best, least = None, pattern.gap + 1
    if side in ("left", "any"):
        limit = chain[-1].first if pattern.ordered else low
        for hit in reversed(
            hits[bisect_left(starts, low - pattern.gap - 8) : bisect_left(starts, limit if pattern.ordered else high)]
        ):
            if (
                hit.end <= limit
                and limit - hit.end < least
                and _linkable(hit.end, limit, True, reading, covered, amid, pattern.commas)
            ):
                best, least = hit, limit - hit.end
            elif (
                not pattern.ordered
                and hit.first >= low
                and hit.end <= high
                and not taken & set(range(hit.first, hit.end))
                and least > 0
            ):
                best, least = hit, 0
    if side in ("right", "any"):
        for hit in hits[bisect_left(starts, high) : bisect_left(starts, high + pattern.gap + 1)]:
            if hit.first - high < least and _linkable(high, hit.first, False, reading, covered, amid, pattern.commas):
                best, least = hit, hit.first - high
            break
    return best


def _linkable(
    first: int, end: int, forward: bool, reading: Reading, covered: set[int], amid: set[int], commas: str
) -> bool:
    """Whether the tokens between two parts let them belong together. `forward`: the new part stands before the others."""
    words = reading.doc.words
    joint = -1
    for k in range(first, end):
        word = words[k]
        if word in _CONTRAST or word in (";", "."):
            return False
        if k in amid and not (k > first and words[k - 1] in _JOINED and joint in (-1, k - 1)):
            return False
        if word in (",", "and", "or", "/", "+"):
            joint = k
            if word == "," and commas != "free":
                if not forward or not commas:
                    return False
                if not all(words[j] in _LINKS or j in covered for j in range(k + 1, end)):
                    return False
    if first < end and any(c.what.cls == "normal" for c in reading.cues_between(first, end)):
        return False
    if joint >= 0 and _normal_follows(reading, end):
        return False
    return True


def _normal_follows(reading: Reading, part: int) -> bool:
    """ "numb toes and saddle normal": what follows the second part says that it is kept."""
    words = reading.doc.words
    return any(
        c.what.cls == "normal" and c.what.backward and "," not in words[part : c.first]
        for c in reading.cues_between(part + 1, part + 5)
    )
