"""Concepts of the screen: finds their mentions in a reading and gives each its assertion.

The map (words, patterns, categories, tiers, sources) is `concepts.yaml`; numbers come from `values.py`, assertions from
`assertion.py`. Which flags a text raises is left to `screen.py`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from assistant.guardrails.assertion import Verdict, judge
from assistant.guardrails.lexis import LexisError, load_lexis
from assistant.guardrails.match import Match, Pattern, Patterns, parse
from assistant.guardrails.phrases import Hit
from assistant.guardrails.reading import Reading, Sentence
from assistant.guardrails.scopes import Span
from assistant.guardrails.values import find_values, spelt_number
from assistant.types import Tier

TIERS = ("now", "today", "two_weeks", "note")
_KEYS = {
    "label", "in", "tier", "source", "find", "kept", "absent", "history", "tier_history", "family", "chronic", "recent", "state", "doubt", "emergency", "disease", "min_span", "denial",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Concept:
    """One row of the map. See the head of concepts.yaml for what each key means."""

    id: str
    label: str
    categories: tuple[str, ...]
    tier: Tier
    source: str
    history_counts: bool
    tier_history: Tier
    family_counts: bool
    chronic_quiet: bool
    recent_days: float
    state: bool
    doubt_counts: bool
    disease: bool
    min_span: float
    weak_denial: bool


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept in a text: tokens [first, end), code points [start, end_offset) of the words that say it, and its assertion."""

    concept: str
    kind: str
    first: int
    end: int
    start: int
    stop: int
    verdict: Verdict
    number: float | None = None


@dataclass(frozen=True)
class Map:
    """All concepts by id, the categories in order, and the patterns ready to match."""

    concepts: dict[str, Concept]
    categories: tuple[str, ...]
    patterns: Patterns


def _concept(name: str, row: dict[str, Any], categories: tuple[str, ...]) -> Concept:
    unknown = set(row) - _KEYS
    if unknown or not {"label", "in", "tier", "source", "find"} <= set(row):
        raise LexisError(
            f"concepts.yaml: {name} has unknown keys {sorted(unknown)} or lacks label, in, tier, source or find"
        )
    if (
        row["tier"] not in TIERS
        or row.get("tier_history", "note") not in TIERS
        or not set(row["in"]) <= set(categories)
    ):
        raise LexisError(f"concepts.yaml: {name} has an unknown tier or category")
    urgent = row["tier"] in ("now", "today")
    return Concept(
        id=name,
        label=row["label"],
        categories=tuple(row["in"]),
        tier=row["tier"],
        source=row["source"],
        history_counts=row.get("history") == "counts",
        tier_history=row.get("tier_history", row["tier"]),
        family_counts=row.get("family") == "counts",
        chronic_quiet=row.get("chronic") == "quiet",
        recent_days=float(row.get("recent", 0)),
        state=bool(row.get("state")),
        doubt_counts=bool(row.get("emergency", urgent)) or bool(row.get("doubt")),
        disease=bool(row.get("disease")),
        min_span=float(row.get("min_span", 0)),
        weak_denial=row.get("denial") == "weak",
    )


@lru_cache(maxsize=1)
def load_map() -> Map:
    """The concept map. Raises LexisError naming the entry at fault."""
    data = load_lexis().concepts
    categories = tuple(data["categories"])
    concepts: dict[str, Concept] = {}
    patterns: list[Pattern] = []
    for name, row in data["concepts"].items():
        concepts[name] = _concept(name, row, categories)
        for key, kind in (("find", "symptom"), ("kept", "function"), ("absent", "absent")):
            for form in row.get(key, []):
                try:
                    pattern = parse(form, name, kind)
                except ValueError as error:
                    raise LexisError(f"concepts.yaml: {error}") from error
                missing = [
                    n
                    for term in (*pattern.terms, pattern.veto, pattern.between)
                    for n in term
                    if n not in data["words"] and n != "tlevel"
                ]
                if missing:
                    raise LexisError(f"concepts.yaml: pattern {form!r} of {name} uses unknown words {missing}")
                patterns.append(pattern)
    return Map(concepts, categories, Patterns(patterns))


def _levels(reading: Reading) -> list[Hit]:
    """Spine levels as words: S2 to S5 name the saddle, T2 to T12 a level of the trunk."""
    hits = []
    for k, word in enumerate(reading.doc.words):
        if len(word) > 1 and word[0] in "std" and word[1].isdecimal():
            if word[0] == "s" and word[1] in "2345":
                hits.append(Hit(k, k + 1, "saddle"))
            elif word[0] != "s" and word[1:3].strip("-/, ").isdecimal():
                hits.append(Hit(k, k + 1, "tlevel"))
    return hits


def find_mentions(reading: Reading, this_year: int = 2026) -> list[Mention]:
    """Every mention of a concept, in order of the text, each with its assertion."""
    concepts = load_map()
    words = reading.words
    levels = _levels(reading)
    if levels:
        words = sorted([*words, *levels])
    starts = [h.first for h in words]
    found: list[Mention] = []
    told: dict[tuple[object, ...], list[Mention]] | None = {} if len(reading.sentences) > _MANY else None
    with_numbers = _numbered(reading)
    for number, sentence in enumerate(reading.sentences):
        low, high = bisect_left(starts, sentence.first), bisect_left(starts, sentence.end)
        if low == high and number not in with_numbers:
            continue
        key = _same(reading, sentence) if told is not None else None
        if told is not None and key in told:
            found += [_moved(m, sentence.first, reading) for m in told[key]]
            continue
        known = len(found)
        inside = words[low:high]
        matches = concepts.patterns.match(reading, inside) if inside else []
        for match in _sifted(matches):
            found.append(_mention(reading, match, this_year))
        for value in find_values(reading.doc, sentence.first, sentence.end) if number in with_numbers else ():
            match = Match(value.concept, "value", value.first, value.end, frozenset(range(value.first, value.end)))
            found.append(_valued(reading, match, value.present, value.number, this_year))
            if (
                value.concept in ("severe_motor_deficit", "mild_motor_deficit")
                and value.present
                and _both_sides(reading, value.first, sentence.first, sentence.end)
            ):
                both = Match("bilateral_leg_weakness", "value", value.first, value.end, match.parts)
                found.append(_valued(reading, both, True, value.number, this_year))
        if told is not None:
            told[key] = [_moved(m, -sentence.first, None) for m in found[known:]]  # type: ignore[index]
    found.sort(key=lambda m: (m.first, m.end, m.concept))
    return found


_MANY = 200
"""Sentences from which on equal ones are read once: a long paste repeats itself."""


def _same(reading: Reading, sentence: Sentence) -> tuple[object, ...]:
    """What decides how a sentence is read: its letters, its place under headings and questions, and the words that follow it."""
    doc = reading.doc
    text = doc.raw[doc.starts[sentence.first] : doc.ends[sentence.end - 1]]
    after = tuple(doc.words[sentence.end : sentence.end + 5])
    return (
        text,
        sentence.section,
        sentence.lead,
        sentence.question,
        sentence.general,
        sentence.supposed,
        sentence.answer,
        sentence.postfix,
        after,
    )


def _moved(mention: Mention, by: int, reading: Reading | None) -> Mention:
    """The mention `by` tokens further on; with a reading, its code points are looked up there."""
    cue = mention.verdict.cue
    verdict = replace(mention.verdict, cue=(cue[0] + by, cue[1] + by)) if cue is not None else mention.verdict
    first, end = mention.first + by, mention.end + by
    if reading is None:
        return replace(mention, first=first, end=end, verdict=verdict)
    return replace(
        mention, first=first, end=end, verdict=verdict, start=reading.doc.starts[first], stop=reading.doc.ends[end - 1]
    )


def _numbered(reading: Reading) -> set[int]:
    """Sentences that hold a number, in digits or in words that a dose may be written in."""
    found = set()
    bounds = reading.doc.bounds
    for k, word in enumerate(reading.doc.words):
        if word[0].isdecimal() or spelt_number(word) is not None:
            found.add(bisect_right(bounds, k) - 1)
    return found


_BOTH = frozenset("both bilateral bilaterally bilat b/l bil".split())


def _both_sides(reading: Reading, at: int, low: int, high: int) -> bool:
    """Whether a grade of power is written for both sides ("both ankles 3/5", "EHL 2/5 bilaterally")."""
    words = reading.doc.words
    before = words[max(low, at - 4) : at]
    if "," in before:
        before = before[len(before) - before[::-1].index(",") :]
    return bool(_BOTH & set(before)) or bool(_BOTH & set(words[at : min(high, at + 6)]))


def _sifted(matches: list[Match]) -> list[Match]:
    """Without functions that a symptom of the same concept covers, and symptoms inside what says that they are absent."""
    by_concept: dict[str, list[Match]] = {}
    for match in matches:
        by_concept.setdefault(match.concept, []).append(match)
    kept: list[Match] = []
    for group in by_concept.values():
        absent = [m for m in group if m.kind == "absent"]
        symptoms = [m for m in group if m.kind == "symptom"]
        if absent:
            said = {k for m in absent for k in range(m.first, m.end)}
            symptoms = [m for m in symptoms if not (m.first in said and m.end - 1 in said)]
        symptoms = _shortest(symptoms)
        taken = {k for m in (*symptoms, *absent) for k in range(m.first, m.end)}
        functions = [m for m in group if m.kind == "function" and not taken.intersection(range(m.first, m.end))]
        kept += absent + symptoms + functions
    return sorted(kept, key=lambda m: (m.first, m.end, m.concept))


def _shortest(matches: list[Match]) -> list[Match]:
    """Of symptoms that share a part, the tightest; the others are the same words read wider."""
    kept: list[Match] = []
    taken: set[int] = set()
    for match in sorted(matches, key=lambda m: (m.end - m.first, m.first)):
        if taken & match.parts:
            continue
        taken |= match.parts
        kept.append(match)
    return kept


def _mention(reading: Reading, match: Match, this_year: int) -> Mention:
    doc = reading.doc
    if match.kind == "absent":
        verdict = judge(reading, Span(match.first, match.end, match.parts, "value"), this_year)
        if verdict.assertion in ("present", "uncertain"):
            verdict = Verdict("absent", "says so", (match.first, match.end), kept=True)
    else:
        verdict = judge(reading, Span(match.first, match.end, match.parts, match.kind), this_year)
    return Mention(
        match.concept, match.kind, match.first, match.end, doc.starts[match.first], doc.ends[match.end - 1], verdict
    )


def _valued(reading: Reading, match: Match, present: bool, number: float, this_year: int) -> Mention:
    doc = reading.doc
    verdict = judge(reading, Span(match.first, match.end, match.parts, "value"), this_year)
    if (
        match.first
        and doc.words[match.first - 1] in ("from", "was", "previously", "initially", "were", "usually")
        and verdict.assertion == "present"
    ):
        verdict = Verdict("historical", "earlier value", (match.first - 1, match.first))
    elif not present and verdict.assertion in ("present", "historical"):
        verdict = Verdict("absent", "value", (match.first, match.end), kept=True)
    return Mention(
        match.concept,
        "value",
        match.first,
        match.end,
        doc.starts[match.first],
        doc.ends[match.end - 1],
        verdict,
        number,
    )
