"""The context that combinations of flags need: age, severe or suspicious pain, how long ago an operation or a cancer was.

The combinations themselves are `combine.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from assistant.guardrails.ages import find_ages
from assistant.guardrails.combine import Evidence, more_urgent
from assistant.guardrails.items import Item
from assistant.guardrails.reading import Reading, Sentence, reading_of
from assistant.guardrails.when import near, time_at
from assistant.types import Tier

_SEVERE = frozenset(
    "instantly exploded floored writhing agonizing stabbed bang knifed doubled awful terrible horrendous horrific crushing crippling screaming intense severe sudden suddenly excruciating worst agony agonising abrupt abruptly unbearable intractable thunderclap crescendo".split()
)


_SUSPICIOUS = frozenset(
    "new progressive worsening unremitting nocturnal night thoracic constant severe increasing worse midthoracic relentless escalating".split()
)


def evidence_of(items: list[Item], text: str, year: int) -> Evidence:
    """The counted concepts and the context that combinations need."""
    reading = reading_of(text)
    words = reading.doc.words[:20_000]
    tiers: dict[str, Tier] = {}
    historical: set[str] = set()
    for item in items:
        if item.counts and item.tier:
            if item.assertion in ("historical", "family") and item.concept not in tiers:
                historical.add(item.concept)
            elif item.assertion not in ("historical", "family"):
                historical.discard(item.concept)
            tiers[item.concept] = more_urgent(item.tier, tiers.get(item.concept, "note"))
    ages = list(find_ages(reading.doc, relative=reading.relative_is_patient))
    evidence = Evidence(tiers, historical, age=ages[0].years if ages else None)
    evidence.severe_pain = _severe_pain(words)
    evidence.suspicious_pain = any(
        w in _SUSPICIOUS and any(p.startswith(("pain", "ache", "lbp", "back")) for p in words[k : k + 4])
        for k, w in enumerate(words)
    )
    evidence.rapid = any(w in ("rapidly", "rapid", "overnight", "hours") for w in words)
    evidence.remote_cancer = _remote_cancer(reading, items, year)
    evidence.operated_weeks = _operated(reading, items, year)
    evidence.duration_days = next(
        (t.days for k in range(min(len(words), 400)) if (t := time_at(reading.doc, k, year)) and t.kind == "span"), None
    )
    return evidence


def _severe_pain(words: list[str]) -> bool:
    for k, word in enumerate(words):
        if word in _SEVERE and words[max(0, k - 1)] not in ("no", "not", "less"):
            if any(w.startswith(("pain", "ache", "lbp", "back")) for w in words[max(0, k - 8) : k + 6]):
                return True
        elif word in ("10", "9") and words[k + 1 : k + 3] == ["/", "10"]:
            return True
    return False


def _remote_cancer(reading: Reading, items: list[Item], year: int) -> bool:
    known = [i for i in items if i.concept == "cancer_history" and i.counts]
    if not known or any(i.assertion != "historical" for i in known):
        return False
    for item in known:
        first = reading.doc.token_at(item.start)
        sentence = reading.sentence(first)
        when = near(reading.doc, first, first + 1, sentence.first, sentence.end, year) or _first_time(
            reading, first, sentence, year
        )
        words = reading.doc.words[sentence.first : sentence.end]
        if not ((when is not None and when.days >= 3650) or "remote" in words or "childhood" in words):
            return False
    return True


def _first_time(reading: Reading, first: int, sentence: Sentence, year: int) -> Any:
    return next(
        (
            t
            for k in range(first, min(sentence.end, first + 10))
            if (t := time_at(reading.doc, k, year)) and t.kind in ("year", "ago")
        ),
        None,
    )


def _operated(reading: Reading, items: list[Item], year: int) -> float | None:
    for item in items:
        if item.concept == "recent_spinal_procedure" and item.counts:
            first, end = reading.doc.token_at(item.start), reading.doc.token_at(item.end - 1) + 1
            sentence = reading.sentence(first)
            inside = (t for k in range(first, end) if (t := time_at(reading.doc, k, year)) is not None)
            when = next(inside, None) or near(reading.doc, first, end, sentence.first, sentence.end, year)
            return when.days / 7 if when is not None else None
    return None


def tested(items: list[Item], text: str) -> list[Item]:
    """ "Thought the leg was weak, power 5/5": weakness that the same sentence then finds to be full power is not counted."""
    if not any(i.concept == "motor_deficit" and i.counts for i in items):
        return items
    reading = reading_of(text)
    full = [
        i
        for i in items
        if i.assertion == "absent" and i.concept in ("mild_motor_deficit", "motor_deficit") and i.kind != "symptom"
    ]
    if not full or any(
        i.counts and i.concept in ("mild_motor_deficit", "severe_motor_deficit", "foot_drop") for i in items
    ):
        return items
    return [
        replace(i, counts=False, tier=None, by="power tested full") if _refuted(reading, i, full) else i for i in items
    ]


def _refuted(reading: Reading, item: Item, full: list[Item]) -> bool:
    if item.concept != "motor_deficit" or not item.counts:
        return False
    at = reading.doc.token_at(item.start)
    sentence = reading.sentence(at)
    for other in full:
        then = reading.doc.token_at(other.start)
        between = reading.doc.words[at:then]
        if at < then < sentence.end and not {
            "left",
            "right",
            "l",
            "r",
            "other",
            "otherwise",
            "elsewhere",
            "else",
        } & set(between):
            return True
    return False


def graded(items: list[Item]) -> list[Item]:
    """Weakness without a grade takes the tier of the grade that is written: 4/5 is not "power unknown"."""
    counted = {i.concept for i in items if i.counts}
    if "mild_motor_deficit" not in counted or counted & {
        "severe_motor_deficit",
        "foot_drop",
        "progressive_deficit",
        "bilateral_leg_weakness",
    }:
        return items
    return [replace(i, tier="two_weeks") if i.concept == "motor_deficit" and i.counts else i for i in items]
