"""The red-flag screen of one text: which categories are present, absent or not documented, and the findings behind it.

No model, no index, no network. A category is present when one item counts, absent when none counts and one is explicitly
denied, else not documented. A conversation is `ledger.py`; what to do is `urgent.py`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from assistant.guardrails.assertion import assert_spans
from assistant.guardrails.combine import Evidence, Rise, more_urgent, rises
from assistant.guardrails.concepts import Concept, Mention, find_mentions, load_map
from assistant.guardrails.lexis import LexisError
from assistant.guardrails.reading import Reading, Sentence, reading_of
from assistant.guardrails.rules import SAFETY_DEFAULT, Rule, RuleError, load_rules
from assistant.guardrails.values import find_ages
from assistant.guardrails.when import near, time_at
from assistant.types import Assertion, Finding, Severity, Tier, Where

if TYPE_CHECKING:
    from assistant.guardrails.ledger import Ledger

Field = Literal["text", "question", "answer", "history", "messages"]
_SEVERITY: dict[str, Severity] = {"now": "emergency", "today": "emergency", "two_weeks": "warning", "note": "info"}
_WORSE = frozenset(
    "new newly worse worsening worsened changed different increased increasing acute acutely deteriorating deteriorated now suddenly sudden progressive".split()
)
_LASTING = frozenset(
    "longstanding lifelong chronic stress usual baseline habitual childbirth childhood chronically".split()
)
_QUERIED = frozenset(
    "ces_suspected spinal_infection_suspected vertebral_fracture known_metastases spinal_haematoma".split()
)
_SEVERE = frozenset(
    "instantly exploded floored writhing agonizing stabbed bang knifed doubled awful terrible horrendous horrific crushing crippling screaming intense severe sudden suddenly excruciating worst agony agonising abrupt abruptly unbearable intractable thunderclap crescendo".split()
)
_SUSPICIOUS = frozenset(
    "new progressive worsening unremitting nocturnal night thoracic constant severe increasing worse midthoracic relentless escalating".split()
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


@dataclass(frozen=True, slots=True)
class ScreenResult:
    """present, absent and not_documented partition the categories in the map's order.

    findings: what raises a category; notes: what is worth a line but raises none (age, diabetes, night pain); explain: every
    mention with its cue and scope. `not_checked` holds the reason when the screen could not run: then nothing is known.
    """

    present: tuple[str, ...]
    absent: tuple[str, ...]
    not_documented: tuple[str, ...]
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...] = ()
    explain: list[Item] = field(default_factory=list)
    not_checked: str | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """A flag before it is worded: one mention under one category with its tier."""

    category: str
    concept: str
    tier: Tier
    item: Item
    source: str
    reason: str = ""


@dataclass(slots=True)
class Case:
    """All items of a text (or of one patient's messages) and what follows from them."""

    items: list[Item]
    raised: list[Raised]
    denied: set[str]
    notes: list[Raised]


# ---- which mentions count


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
    return when is not None and when.kind in ("ago", "year") and when.days > concept.recent_days


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
        tier=tier if counts else None,  # type: ignore[arg-type]
        by=mention.verdict.by,
        cue=cue,
        quote=reading.doc.raw[mention.start : mention.stop],
        start=mention.start,
        end=mention.stop,
        source=concept.source,
    )


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
            )  # type: ignore[arg-type]
    return items


# ---- from items to flags


def evidence_of(items: list[Item], text: str, year: int) -> Evidence:
    """The counted concepts and the context that combinations need."""
    reading = reading_of(text)
    words = reading.doc.words[:20_000]
    tiers: dict[str, str] = {}
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


def case_of(items: list[Item], evidence: Evidence) -> Case:
    """Flags, denials and notes of one case. Combinations only raise a tier, except that remote cancer alone is a note."""
    raised: list[Raised] = []
    notes: list[Raised] = []
    seen: set[tuple[str, str]] = set()
    for item in items:
        if not item.counts or item.tier is None:
            continue
        for category in item.categories or ("note",):
            if (category, item.concept) in seen:
                continue
            seen.add((category, item.concept))
            (raised if item.categories else notes).append(Raised(category, item.concept, item.tier, item, item.source))
    for rise in rises(evidence):
        _apply(rise, raised, items)
    weak = load_map().concepts
    denied = {c for i in items if i.assertion == "absent" and not weak[i.concept].weak_denial for c in i.categories}
    return Case(items, raised, denied, notes)


def _apply(rise: Rise, raised: list[Raised], items: list[Item]) -> None:
    for at, flag in enumerate(raised):
        if flag.category == rise.category and flag.concept == rise.concept:
            lower = rise.tier == "note" and rise.category == "malignancy"
            tier = rise.tier if lower else more_urgent(flag.tier, rise.tier)
            raised[at] = Raised(flag.category, flag.concept, tier, flag.item, rise.source, rise.reason)  # type: ignore[arg-type]
            return
    item = next((i for i in items if i.counts and i.concept == rise.concept), None)
    if item is not None and rise.tier != "note":
        raised.append(Raised(rise.category, rise.concept, rise.tier, item, rise.source, rise.reason))  # type: ignore[arg-type]


# ---- the result


@lru_cache(maxsize=1)
def red_flag_rules() -> tuple[dict[str, Rule], str | None]:
    """The RF rule of each category, and why the screen cannot run when one is missing or broken."""
    try:
        book = load_rules(only="RF", strict=False)
        by_category = {r.category: r for r in book.rules}
        missing = [c for c in load_map().categories if c not in by_category]
    except (RuleError, LexisError) as error:
        return {}, str(error)
    problem = str(book.broken[0]) if book.broken else f"no rule for {', '.join(missing)}" if missing else None
    return by_category, problem


def finding_of(flag: Raised, where: Where, rules: Mapping[str, Rule]) -> Finding:
    """A flag as the Finding that users see."""
    rule = rules[flag.category] if flag.category in rules else None
    reason = f" ({flag.reason})" if flag.reason else ""
    return Finding(
        rule=rule.id if rule else "RF00",
        category=flag.category,
        kind="red_flag",
        stage="question",
        assertion=flag.item.assertion,
        tier=flag.tier,
        severity=_SEVERITY[flag.tier],
        action=rule.action if rule else "Note it.",
        message=f"Flag present: {flag.item.label}{reason}.",
        source=flag.source or SAFETY_DEFAULT,
        where=where,
        quote=flag.item.quote,
        start=flag.item.start,
        end=flag.item.end,
        state="present" if rule else None,
        concept=flag.concept,
    )


def partition(present: set[str], denied: set[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Categories present, absent and not documented, each in the map's order."""
    order = load_map().categories
    return (
        tuple(c for c in order if c in present),
        tuple(c for c in order if c not in present and c in denied),
        tuple(c for c in order if c not in present and c not in denied),
    )


def unchecked(reason: str, categories: tuple[str, ...] = ()) -> ScreenResult:
    """The result when the screen could not run: everything not documented, and why."""
    return ScreenResult((), (), categories, (), not_checked=reason)


def this_year(today: datetime.date | None = None) -> int:
    """The year that "in 2015" is measured from; `today` comes from the settings, else the calendar."""
    return (today or datetime.date.today()).year


def screen_text(text: str, field: Field = "text", today: datetime.date | None = None) -> ScreenResult:
    """Screen one text. Offsets in `findings` are code points in `text`. Never raises for bad text or broken rules: see `not_checked`."""
    try:
        rules, problem = red_flag_rules()
        categories = load_map().categories
    except LexisError as error:
        return unchecked(str(error))
    if problem is not None:
        return unchecked(problem, categories)
    year = this_year(today)
    items = graded(items_of(text, year))
    case = case_of(items, evidence_of(items, text, year))
    where = Where(field=field)
    present, absent, unknown = partition({f.category for f in case.raised}, case.denied)
    order = {c: n for n, c in enumerate(categories)}
    raised = sorted(case.raised, key=lambda f: (f.item.start, order[f.category], f.item.end, f.concept))
    return ScreenResult(
        present,
        absent,
        unknown,
        tuple(finding_of(f, where, rules) for f in raised),
        tuple(finding_of(f, where, rules) for f in case.notes),
        items,
    )


def screen_conversation(
    messages: Sequence[Mapping[str, str]], question_field: Field = "messages", today: datetime.date | None = None
) -> Ledger:
    """The ledger of a conversation; see `ledger.py`, which does the work."""
    from assistant.guardrails.ledger import screen_conversation as run

    return run(messages, question_field, today)


def screen_mentions(
    text: str, mentions: Iterable[Mapping[str, int]], today: datetime.date | None = None
) -> list[dict[str, Any]]:
    """The assertion of each {"start", "end"} (code points) of `text`, any concept. Raises ValueError on a span outside the text."""
    spans = [(int(m["start"]), int(m["end"])) for m in mentions]
    said = assert_spans(text, spans, this_year(today))
    return [{"start": start, "end": end, "assertion": a} for (start, end), a in zip(spans, said, strict=True)]
