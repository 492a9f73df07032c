"""A regimen as frozen values: the drug, its dose steps, a written maximum, length, quantity, with their places in the folded text."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One dose step. Masses in mg, `per_day` in doses a day; `daily` is what is written or follows; None is unknown."""

    start: int
    end: int
    single_low: float | None = None
    single_high: float | None = None
    per_day_low: float | None = None
    per_day_high: float | None = None
    daily_written: float | None = None
    tablets: float | None = None
    second: float | None = None
    """Strength of the second component of a combination tablet (paracetamol), mg a tablet."""
    summed: bool = False
    """Taken beside the step before it, not in place of it."""
    first: bool = False
    rises: bool = False

    @property
    def daily(self) -> float | None:
        """Largest plausible daily total, mg: a dose range meets the matching end of an interval range."""
        if self.daily_written is not None:
            return self.daily_written
        if self.single_high is None or self.per_day_high is None:
            return None
        if self.single_low != self.single_high and self.per_day_low != self.per_day_high:
            return max(self.single_high * (self.per_day_low or 0), (self.single_low or 0) * self.per_day_high)
        return self.single_high * self.per_day_high


@dataclass(frozen=True)
class Regimen:
    """What one text says of taking one drug. Places are in the folded text."""

    drug: str
    drug_at: tuple[int, int]
    steps: tuple[Step, ...] = ()
    cap: float | None = None
    """A written daily maximum, mg."""
    cap_at: tuple[int, int] | None = None
    days: float | None = None
    days_at: tuple[int, int] | None = None
    quantity: int | None = None
    refills: int | None = None
    mme: float | None = None
    at: tuple[int, int] = (0, 0)
    sentence: tuple[int, int] = (0, 0)
    sources: tuple[tuple[int, int], ...] = field(default=())

    @property
    def supply_days(self) -> float | None:
        """Days that a dispensed quantity with its refills lasts, at the written frequency or four a day."""
        if self.quantity is None:
            return None
        rate = next((s.per_day_high * (s.tablets or 1) for s in self.steps if s.per_day_high), None) or 4.0
        return self.quantity * (1 + (self.refills or 0)) / rate


@dataclass(frozen=True, slots=True)
class DrugAt:
    """A drug mention: lexicon concept and place in the folded text."""

    start: int
    end: int
    concept: str
