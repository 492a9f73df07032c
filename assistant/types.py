"""The values that flow through one turn: CaseFact, Finding, Claim, Citation, Reply, Receipt.

All frozen, equal by content, JSON in and out. The invariants of `Reply` are enforced where it is built
(`assistant/pipeline.py`): an uncited answer cannot be constructed.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator

from corpus.model import Model

Outcome = Literal["escalated", "unavailable", "declined", "no_evidence", "answered"]
Tier = Literal["now", "today", "two_weeks", "note"]
Kind = Literal["red_flag", "pitfall", "omission", "premise"]
Severity = Literal["emergency", "warning", "info"]
Assertion = Literal[
    "present", "absent", "historical", "family", "hypothetical", "uncertain", "not_assessed", "general"
]
FlagState = Literal["present", "acted_on", "retracted", "corrected"]

TIER_WORDS: dict[str, str] = {"now": "Now", "today": "Today", "two_weeks": "Within 2 weeks", "note": "Note"}


class Where(Model):
    """Which string a span belongs to. `turn` counts messages of the conversation from 0; null for single texts.

    `field` is null for an omission, which stands nowhere.
    """

    field: Literal["text", "question", "answer", "history", "messages"] | None
    turn: int | None = None


class Finding(Model):
    """One thing a guardrail saw. Offsets are Python code points, half-open, in the unmodified string."""

    rule: str
    category: str
    kind: Kind
    stage: Literal["question", "draft", "plan"]
    assertion: Assertion | None = None
    tier: Tier | None = None
    severity: Severity
    action: str
    message: str
    source: str | None
    """Passage id, or "safety default"."""
    where: Where
    quote: str | None = None
    start: int | None = None
    end: int | None = None
    state: FlagState | None = None
    concept: str | None = None
    semantic: bool = False


class CaseFact(Model):
    """A fact read from the conversation, with the words it came from. Users may correct `value`."""

    key: str
    """age, sex, duration_weeks, duration_class, leg_pain, drug, allergy, condition, pregnant, gestation_weeks, egfr, weight_kg,
    setting, region, role, plan ..."""
    value: str | int | float | bool
    quote: str
    turn: int
    start: int
    end: int
    branch: bool = False
    """True for "what if she is pregnant?": holds for this question only."""


class Citation(Model):
    n: int
    passage_id: str
    quote: str


class Claim(Model):
    """One sentence shown to the reader. Every clinical sentence has at least one citation."""

    text: str
    citations: tuple[Citation, ...]
    safety_default: bool = False
    """True for an urgent line that no guideline here states; then it says so and may stand without citation."""

    @field_validator("citations")
    @classmethod
    def _distinct(cls, value: tuple[Citation, ...]) -> tuple[Citation, ...]:
        if len({(c.passage_id, c.quote) for c in value}) != len(value):
            raise ValueError("a citation is repeated")
        return value


class Section(Model):
    title: str
    claims: tuple[Claim, ...]


class Source(Model):
    """A cited passage with what a reader needs to judge it. `text` is the full passage."""

    n: int
    passage_id: str
    guideline: str
    title: str
    issuer: str
    year: int | None
    edition: str | None
    section: str | None
    page: int | None
    strength: str | None
    certainty: str | None
    population: str | None
    status: str
    verified: str
    content: str
    url: str | None
    text: str
    checked: str | None = None
    """Of a drug fact: "label checked, November 2026"."""
    label: str
    """"Lumbar's summary of NICE NG59 1.1.4" or the document's own title where its own words are quoted."""


class DroppedClaim(Model):
    text: str
    passage_ids: tuple[str, ...]
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, claim: Claim, *reasons: str) -> DroppedClaim:
        """A claim that is not shown, and why."""
        return cls(text=claim.text, passage_ids=tuple(c.passage_id for c in claim.citations), reasons=reasons)


class Receipt(Model):
    reply_id: str
    corpus: str
    rules: str
    prompts: str
    settings: str
    embedder: str
    model: str | None
    today: str
    version: str


class Reply(Model):
    """One answer. Field order is the JSON contract (design, section 6)."""

    id: str | int | None = None
    outcome: Outcome
    question: str
    standalone_question: str
    answer: str
    sections: tuple[Section, ...] = ()
    findings: tuple[Finding, ...] = ()
    red_flags: dict[str, list[str]]
    case_facts: tuple[CaseFact, ...] = ()
    imaging: dict[str, Any] = {}
    conflicts: tuple[dict[str, Any], ...] = ()
    dropped_claims: tuple[DroppedClaim, ...] = ()
    sources: tuple[Source, ...] = ()
    suggested_questions: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    """What the reader must know about this reply itself: fallback to the composer, a broken rule, red flags not checked."""
    receipt: Receipt
