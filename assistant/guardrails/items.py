"""Items: mentions as the screen takes them, with what only their concept knows (intended weight loss, lasting symptoms, old events, short courses).

Which flags follow is left to `screen.py`, the context of combinations to `context.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assistant.guardrails.ages import find_ages
from assistant.guardrails.concepts import Concept, Mention, find_mentions, load_map
from assistant.guardrails.reading import Reading, Sentence, reading_of
from assistant.guardrails.when import near, time_at
from assistant.types import Assertion, Tier

_WORSE = frozenset(
    "new newly worse worsening worsened changed different increased increasing acute acutely deteriorating deteriorated now suddenly sudden progressive".split()
)


_LASTING = frozenset(
    "longstanding lifelong chronic stress usual baseline habitual childbirth childhood chronically".split()
)


_QUERIED = frozenset(
    "ces_suspected spinal_infection_suspected vertebral_fracture known_metastases spinal_haematoma".split()
)


@dataclass(frozen=True, slots=True)
class Item:
    """A mention that counts or is denied, as the explanation shows it. Offsets are code points in the text."""

    concept: str
    label: str
    categories: tuple[str, ...]
    assertion: Assertion
    counts: bool
    tier: Tier | None
    by: str
    cue: str | None
    quote: str
    start: int
    end: int
    source: str
    turn: int | None = None
    kind: str = "symptom"
    scope: str | None = None
    """Where the cue's scope ends: the mark or word that closes it, or "end"."""


def _window(reading: Reading, mention: Mention) -> tuple[Sentence, list[str]]:
    sentence = reading.sentence(mention.first)
    return sentence, reading.doc.words[max(sentence.first, mention.first - 12) : min(sentence.end, mention.end + 12)]


def _long_standing(reading: Reading, mention: Mention, year: int) -> bool:
    """A symptom that has been there for a year or more, and nothing says that it changed."""
    sentence, words = _window(reading, mention)
    if any(w in _WORSE and words[max(0, k - 1)] not in ("nothing", "no", "not") for k, w in enumerate(words)):
        return False
    if "having" in words and ("kids" in words or "children" in words):
        return True
    if any(w in _LASTING for w in words) or ("long" in words and "standing" in words):
        return True
    when = near(reading.doc, mention.first, mention.end, sentence.first, sentence.end, year)
    return when is not None and when.kind in ("span", "year") and when.days >= 365


def _old_event(concept: Concept, reading: Reading, mention: Mention, year: int) -> bool:
    if not concept.recent_days:
        return False
    sentence, _ = _window(reading, mention)
    when = _inside(reading, mention, year) or near(
        reading.doc, mention.first, mention.end, sentence.first, sentence.end, year
    )
    if when is not None and when.kind in ("ago", "year") and when.days > concept.recent_days:
        return True
    return _when_young(reading, mention) or ("fracture" in concept.categories and _told_before(concept, reading, mention, year))


def _told_before(concept: Concept, reading: Reading, mention: Mention, year: int) -> bool:
    """ "MVC 2009, rear-ended": the year of the event stands with the words before the comma, and no other time follows."""
    sentence = reading.sentence(mention.first)
    times = [t for k in range(sentence.first, sentence.end) if (t := time_at(reading.doc, k, year)) is not None]
    before = [t for t in times if mention.first - 5 <= t.first < mention.first]
    return len(times) == len(before) == 1 and before[0].kind in ("year", "ago") and before[0].days > concept.recent_days


def _when_young(reading: Reading, mention: Mention) -> bool:
    """ "Fell off a bike aged 12" of someone who is 30."""
    words = reading.doc.words[mention.end : mention.end + 5]
    at = next((k for k, w in enumerate(words) if w in ("aged", "age")), None)
    if at is None or "," in words[:at] or at + 1 >= len(words) or not words[at + 1].isdecimal():
        return False
    ages = [a.years for a in find_ages(reading.doc, relative=reading.relative_is_patient)]
    return bool(ages) and float(words[at + 1]) + 2 <= max(ages)


def _names(reading: Reading, mention: Mention, name: str) -> bool:
    sentence = reading.sentence(mention.first)
    low, high = max(sentence.first, mention.first - 20), min(sentence.end, mention.end + 20)
    return any(h.label == name and low <= h.first < high for h in reading.words_between(low, high))


def _settle(concept: Concept, reading: Reading, mention: Mention, year: int) -> Assertion:
    """The assertion after what only the concept knows: intended weight loss, short courses, old events, lasting symptoms."""
    said = mention.verdict.assertion
    if (
        concept.id == "weight_loss"
        and said in ("present", "uncertain")
        and _names(reading, mention, "intended")
        and not _names(reading, mention, "unintended")
    ):
        return "uncertain" if "but" in _window(reading, mention)[1] else "absent"
    if (
        said == "not_assessed"
        and mention.verdict.by == "unanswered question"
        and (concept.disease or concept.doubt_counts)
        and concept.id in _QUERIED
    ):
        sentence = reading.sentence(mention.first)
        return "uncertain" if sentence.end - sentence.first <= 4 else said
    if said not in ("present", "uncertain"):
        return said
    if concept.chronic_quiet and mention.kind == "symptom" and _long_standing(reading, mention, year):
        return "historical"
    if _old_event(concept, reading, mention, year):
        return "historical"
    if concept.min_span or concept.id == "morning_stiffness":
        sentence = reading.sentence(mention.first)
        when = _inside(reading, mention, year) or near(
            reading.doc, mention.first, mention.end, sentence.first, sentence.end, year
        )
        if when is not None and concept.min_span and when.kind == "span" and when.days < concept.min_span:
            return "uncertain"
        if when is not None and concept.id == "morning_stiffness" and _minutes(reading, when.first) < 30:
            return "absent"
    return said


def _inside(reading: Reading, mention: Mention, year: int) -> Any:
    for k in range(mention.first, mention.end):
        found = time_at(reading.doc, k, year)
        if found is not None:
            return found
    return None


def _minutes(reading: Reading, at: int) -> float:
    words = reading.doc.words[at : at + 4]
    value = float(words[0]) if words and words[0].replace(".", "", 1).isdecimal() else 60.0
    return (
        value
        if any(w.startswith("min") for w in words)
        else value * 60
        if any(w.startswith("h") for w in words)
        else 60.0
    )


def _counts(concept: Concept, mention: Mention, said: Assertion) -> bool:
    if mention.kind == "function":
        return said == "present" and mention.verdict.explicit
    if said == "present":
        return True
    if said == "uncertain":
        return (
            concept.doubt_counts
            and not mention.verdict.no_new
            and not (mention.verdict.by == "worry" and concept.disease)
            and not concept.min_span
        )
    return (said == "historical" and concept.history_counts) or (said == "family" and concept.family_counts)


def _item(reading: Reading, mention: Mention, year: int) -> Item | None:
    concept = load_map().concepts[mention.concept]
    said = _settle(concept, reading, mention, year)
    if mention.kind == "function" and said == "present" and not mention.verdict.explicit:
        return None
    if mention.kind == "function" and said in ("historical", "family", "uncertain"):
        return None
    counts = _counts(concept, mention, said)
    tier = concept.tier_history if said in ("historical", "family") else concept.tier
    cue = (
        reading.doc.slice(mention.verdict.cue[0], mention.verdict.cue[1] - 1)
        if mention.verdict.cue and mention.verdict.cue[1] <= len(reading.doc.words)
        else None
    )
    return Item(
        concept=mention.concept,
        label=concept.label,
        categories=concept.categories,
        assertion=said,
        counts=counts,
        tier=tier if counts else None,
        by=mention.verdict.by,
        cue=cue,
        quote=reading.doc.raw[mention.start : mention.stop],
        start=mention.start,
        end=mention.stop,
        source=concept.source,
        kind=mention.kind,
        scope=_scope_end(reading, mention) if cue is not None else None,
    )


def _scope_end(reading: Reading, mention: Mention) -> str:
    """The first mark or word from the mention on that ends a scope."""
    sentence = reading.sentence(mention.first)
    for at in range(mention.end, sentence.end):
        word = reading.doc.words[at]
        if word in ".;!?\n" or any(c.what.cls in ("end", "except") for c in reading.cue_at.get(at, ())):
            return "line" if word == "\n" else word
    return "end"


def items_of(text: str, year: int) -> list[Item]:
    """Every mention of a concept in `text` with what the screen makes of it, ages included."""
    reading = reading_of(text)
    found = [item for m in find_mentions(reading, year) if (item := _item(reading, m, year)) is not None]
    return sorted([*found, *_age_items(reading)], key=lambda i: (i.start, i.end, i.concept))


def _age_items(reading: Reading) -> list[Item]:
    concepts, items = load_map().concepts, []
    for age in find_ages(reading.doc, relative=reading.relative_is_patient):
        name = "child" if age.years < 16 else "older_age" if age.years >= 70 else ""
        start, end = reading.doc.starts[age.first], reading.doc.ends[age.end - 1]
        if name and not reading.sentence(age.first).general:
            row = concepts[name]
            items.append(
                Item(
                    name,
                    row.label,
                    row.categories,
                    "present",
                    True,
                    row.tier,
                    "age",
                    None,
                    reading.doc.raw[start:end],
                    start,
                    end,
                    row.source,
                )
            )
    return items
