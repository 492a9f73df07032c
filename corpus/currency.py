"""Whether a passage still stands, since when it does not, and how old the check of a drug fact is.

Pure functions of values and a date. Which passages are shown is `assistant/select.py`'s, and how a reply says it is
`assistant/wording.py`'s.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from corpus.load import Corpus
from corpus.model import Guideline, Passage

State = Literal["current", "lapsed", "superseded", "withdrawn", "historical"]
Freshness = Literal["fresh", "warn", "withhold"]

WARN_MONTHS = 12
WITHHOLD_MONTHS = 24
"""Age of the last check above which a drug fact is shown with a banner, and above which its dose is not shown
(clinical safety, section 6)."""
VALID_YEARS = {"American College of Physicians": 5, "American College of Physicians and American Pain Society": 5}
"""Years for which an issuer says that its guidelines stand."""
AMOUNT = re.compile(
    r"\b\d[\d,]*(\.\d+)?(?: ?(?:to|-|\u2013) ?\d[\d,]*(\.\d+)?)? ?(mg|g|mcg|micrograms?|mL|MME)\b(?! ?/ ?[dm]?L)"
)
"""A dose in a text: a number, or a range, with a unit of mass or volume."""


@dataclass(frozen=True)
class Standing:
    """The state of a passage, since when ("2017", "2026-07-29"; null where current), and what took its place."""

    state: State
    since: str | None = None
    by: str | None = None

    @property
    def in_force(self) -> bool:
        """Whether it may answer a question of today: current, or past its validity but never replaced."""
        return self.state in ("current", "lapsed")


def standing(corpus: Corpus, passage: Passage) -> Standing:
    """A passage's own state where it has one, else its source's."""
    source = corpus.guideline_of(passage)
    if passage.status != "current":
        own = passage.status_since or (source.status_since if source.status == passage.status else None)
        return Standing(passage.status, own, source.superseded_by)
    return standing_of(source)


def standing_of(guideline: Guideline) -> Standing:
    """The state of a source."""
    if guideline.status != "current":
        return Standing(guideline.status, guideline.status_since, guideline.superseded_by)
    if guideline.lapsed_since is not None:
        return Standing("lapsed", str(guideline.lapsed_since))
    return Standing("current")


def valid_years(guideline: Guideline) -> int | None:
    """Years for which the issuer says that its guidelines stand; null where it says nothing."""
    return VALID_YEARS.get(guideline.issuer) if guideline.kind == "guideline" else None


def months_since_check(guideline: Guideline, today: datetime.date) -> int:
    """Whole months from the month in which the source was last checked to `today`'s."""
    year, month = (int(part) for part in guideline.checked.split("-"))
    return (today.year - year) * 12 + today.month - month


def drug_fact(passage: Passage, guideline: Guideline) -> bool:
    """Whether a passage is a fact on a drug: from a label or a regulator, or one that gives a dose."""
    return guideline.kind in ("label", "regulator") or "dose" in passage.topics


def freshness(passage: Passage, guideline: Guideline, today: datetime.date) -> Freshness:
    """How a passage may be shown at `today`.

    fresh: as it stands. warn: with a banner that its source was checked more than 12 months ago. withhold: checked more
    than 24 months ago and it prints a dose, so it is not shown; a drug fact without a dose is then shown with the banner.
    What is no drug fact is always fresh.
    """
    if not drug_fact(passage, guideline):
        return "fresh"
    age = months_since_check(guideline, today)
    if age > WITHHOLD_MONTHS and ("dose" in passage.topics or AMOUNT.search(passage.text)):
        return "withhold"
    return "warn" if age > WARN_MONTHS else "fresh"


def checked_words(guideline: Guideline) -> str:
    """When a source was checked, as a reader is told: "label checked, November 2026"."""
    year, month = (int(part) for part in guideline.checked.split("-"))
    name = "label" if guideline.kind == "label" else "source"
    return f"{name} checked, {datetime.date(year, month, 1):%B} {year}"


def out_of_date(passages: Iterable[Passage], corpus: Corpus, today: datetime.date) -> tuple[Guideline, ...]:
    """The sources behind drug facts among `passages` that call for the banner, in order of id."""
    stale = {p.guideline_id for p in passages if freshness(p, corpus.guideline_of(p), today) != "fresh"}
    return tuple(corpus.guidelines[i] for i in sorted(stale))
