"""The nouns of the corpus, as frozen values: Guideline, Passage, Agreement, Conflict.

Shapes only. Reading files and checking them against each other is `corpus/load.py`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["current", "superseded", "withdrawn", "historical"]
Verified = Literal["seen", "recalled"]


class Model(BaseModel):
    """Frozen, equal by content, refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Review(Model):
    """A named clinician who has read this item; absent until one has."""

    by: str
    role: str
    date: str


class Population(Model):
    """Whom a passage is about. Empty tuples and null mean: not restricted."""

    duration: tuple[Literal["acute", "subacute", "chronic"], ...] = ()
    leg: Literal["either", "nonradicular", "radicular"] = "either"
    groups: tuple[str, ...] = ()
    """Special groups the passage is *for*: older_adults, renal, hepatic, pregnancy, lactation, anticoagulant,
    paediatric, postoperative, cancer, worker, cardiovascular, peptic_ulcer, military."""
    text: str | None = None
    """Population in words, as the source limits it."""


class Guideline(Model):
    """One registered source (guideline, drug label, trial or review)."""

    id: str
    short: str
    """How a reader names it in a sentence: "NICE NG59", "ACP 2017", "US label, cyclobenzaprine"."""
    title: str
    issuer: str
    year: int | None
    edition: str | None = None
    jurisdiction: str | None
    kind: Literal[
        "guideline", "label", "regulator", "trial", "study", "review", "tool", "pathway", "textbook"
    ]
    citation: str
    doi: str | None = None
    url: str | None = None
    licence: str | None = None
    content: Literal["digest", "full_text"] = "digest"
    status: Status = "current"
    status_since: str | None = None
    """Year, or year and month, since when it is superseded or withdrawn."""
    superseded_by: str | None = None
    lapsed_since: int | None = None
    """Year in which the issuer's own validity period ended without a replacement; null where it has not."""
    status_note: str | None = None
    checked: str
    """Year and month in which the source was last checked, "2026-11"."""
    clinically_reviewed: Review | None = None


class Passage(Model):
    """One recommendation-atomic statement, in our own words for digests, in the document's own for full text.

    `text` is never edited after load. It has one to three sentences that read well alone.
    """

    id: str
    guideline_id: str
    section: str | None = None
    """Recommendation number or section as the source prints it; never a fact id."""
    page: int | None = None
    text: str
    population: Population = Population()
    strength: str | None = None
    """Exactly as that guideline grades it, or null."""
    certainty: str | None = None
    topics: tuple[str, ...]
    status: Status = "current"
    status_since: str | None = None
    status_note: str | None = None
    verified: Verified
    uncertain: bool = False
    recheck: bool = False
    """A number that was seen but is to be rechecked: shown with "check the current label"."""
    note: str | None = None

    @property
    def established(self) -> bool:
        """Whether its numbers and grade may be shown as they are (design, section 5)."""
        return self.verified == "seen" and not self.uncertain


class Support(Model):
    """One passage that carries an agreement, with the words that do."""

    passage_id: str
    quote: str
    """Literal substring of the passage's text."""


class Agreement(Model):
    """One sentence of ours on which guidelines agree; the build verifies it against every quotation."""

    id: str
    text: str
    topics: tuple[str, ...]
    population: Population = Population()
    supports: tuple[Support, ...]
    clinically_reviewed: Review | None = None


class ConflictRow(Model):
    guideline_id: str
    label: str
    year: int | None
    stance: str
    strength: str | None = None
    population: str | None = None
    passage_ids: tuple[str, ...]
    verified: Literal["seen", "recalled", "mixed"]


class Conflict(Model):
    """A topic on which guidelines differ or have changed."""

    id: str
    topics: tuple[str, ...]
    question: str
    reading: str
    """How to say it, one or two sentences of ours."""
    changed: str | None = None
    rows: tuple[ConflictRow, ...]
    clinically_reviewed: Review | None = None
