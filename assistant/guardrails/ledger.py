"""The red flags of one conversation: sticky from turn to turn, until acted on, retracted or corrected; a new patient starts afresh.

Reads the user's messages only; what an assistant said never raises or clears a flag. Single texts are `screen.py`, the words
to the clinician `urgent.py`, the phrases that move states `conversation.yaml`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.guardrails.concepts import load_map
from assistant.guardrails.items import Item
from assistant.guardrails.lexis import LexisError
from assistant.guardrails.screen import Field, Raised, red_flag_rules, this_year
from assistant.guardrails.urgent import actions, modality, precedence
from assistant.types import Finding, FlagState

Key = tuple[str, str]
_RANK = {"now": 0, "today": 1, "two_weeks": 2, "note": 3}


@dataclass(slots=True)
class Flag:
    """One flag of the case. `turn`: message that raised it; `moved`: message that last raised its tier or opened it again."""

    raised: Raised
    turn: int
    moved: int
    state: FlagState = "present"
    detail: str | None = None
    """The words that acted on, retracted or corrected it."""

    @property
    def key(self) -> Key:
        return self.raised.category, self.raised.concept


@dataclass(frozen=True)
class Ledger:
    """What the screen holds of a conversation after its last message.

    present, absent, not_documented partition the categories; a flag acted on still counts as present, one retracted or corrected
    does not. `case_turn`: message that opened the case. `maybe_new_case`: ask whether this is another patient.
    """

    flags: tuple[Flag, ...] = ()
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    not_documented: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    new_this_turn: tuple[Finding, ...] = ()
    lay: bool = False
    under16: bool = False
    not_checked: str | None = None
    case_turn: int = 0
    new_case: bool = False
    maybe_new_case: bool = False
    explain: tuple[Item, ...] = ()
    patient: bool = False
    """Whether any message describes a patient, not only a question of knowledge."""
    recent_procedure: bool = False
    """Surgery, an injection or a block on the spine within six weeks."""

    @property
    def paediatric_triggers(self) -> str:
        """The triggers for prompt evaluation under 16, in words."""
        return str(actions()["paediatric_triggers"])

    def modality(self, finding: Finding) -> tuple[str, str] | None:
        """(modality, region) of the imaging that a flag asks for, or None where it asks for none."""
        return modality(finding)

    def active_urgent(self) -> tuple[Finding, ...]:
        """Findings of tier now or today that nobody has acted on: most urgent first, then by whose action leads, then as mentioned."""
        active = [f for f in self.findings if f.state == "present" and f.tier in ("now", "today")]
        return tuple(
            sorted(active, key=lambda f: (_RANK[f.tier or "note"], precedence(f), f.where.turn or 0, f.start or 0))
        )

    @property
    def fresh_urgent(self) -> bool:
        """Whether this turn raised, opened again or made more urgent a flag of tier now or today: then the banner is shown in full."""
        return any(f.state == "present" and f.tier in ("now", "today") for f in self.new_this_turn)


def screen_conversation(
    messages: Sequence[Mapping[str, str]], question_field: Field = "messages", today: datetime.date | None = None
) -> Ledger:
    """The ledger after all `messages` ({"role", "content"}). Where a rule or list is broken or a message is not English, `not_checked` says why."""
    try:
        _, problem = red_flag_rules()
        order = load_map().categories
    except LexisError as error:
        return Ledger(not_checked=str(error))
    if problem is not None:
        return Ledger(not_documented=order, not_checked=problem)
    from assistant.guardrails.casebook import Run  # it builds a Ledger, so it imports this module

    return Run(messages, question_field, this_year(today)).ledger()
