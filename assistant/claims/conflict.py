"""One disagreement between a claim and its evidence, as all the checks of this package report it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Conflict:
    """`contradicts`: the evidence says otherwise. `missing`: the evidence does not say it, or the claim leaves out a limit."""

    kind: Literal["contradicts", "missing"]
    what: str
    reason: str
