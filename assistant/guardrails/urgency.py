"""Urgent action: a red flag of tier Now or Today in the question, and an answer that does not act on it or puts it off.

The flags come from the screen. The words for emergency action and for delay are in the rules' `params`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.guardrails.case import Case, Text
from assistant.guardrails.clauses import Clause
from assistant.guardrails.mentions import words_of
from assistant.guardrails.pitfalls import Check, Found
from assistant.guardrails.polarity import negators
from assistant.guardrails.rules import Rule
from assistant.guardrails.stance import Stance

_CAUDA = "cauda_equina"
_UPPER = re.compile(r"(?:ED|ER|A&E|AE|A & E)")


def acts(rule: Rule, case: Case, text: Text, *, today: bool) -> bool:
    """Whether a text sends the patient for emergency action now (tier Today: today), without waiting for more to happen."""
    only_fracture = today and all(f.category == "fracture" for f in case.flags.urgent)
    keys = ["actions", *(["actions_today"] if today else []), *(["actions_fracture"] if only_fracture else [])]
    return _action(rule, text, keys) is not None


def _action(rule: Rule, text: Text, keys: list[str]) -> tuple[int, int] | None:
    for key in keys:
        for match in words_of(rule, key).finditer(text.reading.text):
            words = match.group()
            if words in ("ed", "er", "a&e", "ae") and not _UPPER.fullmatch(text.reading.folded.original(*match.span())):
                continue
            if _holds(rule, text, match):
                return match.span()
    return None


def _holds(rule: Rule, text: Text, match: re.Match[str]) -> bool:
    stance = text.stance(match.start(), match.end())
    if stance.value in ("against", "reported", "historical", "condition", "question"):
        return False
    if _deferred(rule, stance):
        return False
    clause = text.reading.clause_at(match.start())
    whole = text.reading.text[clause.start : clause.end] if clause else ""
    return not words_of(rule, "later").search(whole.replace(match.group(), " "))


def _deferred(rule: Rule, stance: Stance) -> bool:
    """Whether the action waits for something that has not happened yet."""
    ready = words_of(rule, "ready_conditions")
    return any(not ready.search(condition) for condition in stance.conditions)


def missed(rule: Rule, case: Case, text: Text) -> Iterator[Found]:
    """The category of the rule is flagged as urgent, and the answer sends for no emergency action."""
    if case.answer is None or text is not case.answer:
        return
    wanted = rule.params.get("flag")
    flags = [f for f in case.flags.urgent if (f.category == _CAUDA) == (wanted == _CAUDA)]
    if wanted != _CAUDA and any(f.category == _CAUDA for f in case.flags.urgent):
        return
    if not flags:
        return
    today = all(f.tier == "today" for f in flags)
    if acts(rule, case, text, today=today) or (wanted != _CAUDA and _delay(rule, text) is not None):
        return
    words = ", ".join(dict.fromkeys(f'"{f.quote}"' for f in flags[:3] if f.quote))
    yield Found(
        None,
        message=f"{rule.message} Flagged: {words}." if words else rule.message,
        source=flags[0].source if wanted != _CAUDA else None,
    )


def delayed(rule: Rule, case: Case, text: Text) -> Iterator[Found]:
    """Urgent action is put off: a routine scan, a review in weeks, a trial of treatment first."""
    if not case.flags.urgent or (text.user and case.answer is not None and not case.user):
        return
    today = all(f.tier == "today" for f in case.flags.urgent)
    if acts(rule, case, text, today=today):
        return
    place = _delay(rule, text)
    if place is not None:
        yield Found(text, *place)


def _delay(rule: Rule, text: Text) -> tuple[int, int] | None:
    for match in words_of(rule, "delays").finditer(text.reading.text):
        stance = text.stance(match.start(), match.end())
        clause = text.reading.clause_at(match.start())
        if stance.value in ("reported", "historical", "condition", "question") or _denied(text, clause, match.start()):
            continue
        if text.user and stance.value != "recommended":
            continue
        if clause is not None and clause.end - clause.start <= 160:
            return clause.start, max(clause.end, match.end())
        return match.span()
    return None


_WAITING = re.compile(r"\b(?:wait|waiting|delay|delaying|delayed|defer|deferring|postpone|hold off|put off|hesitate)\b")
_NOT_AFTER = re.compile(
    r"^[^.;,]{0,40}\b(?:(?:is|are|should|must|will|would|can|do|does) ?(?:not|n't|never)\b|must never|inappropriate|unsafe|too late|not (?:appropriate|safe|acceptable|enough)|no place)"
)


def _denied(text: Text, clause: Clause | None, at: int) -> bool:
    """Whether putting off is spoken against: words of waiting are no negation here."""
    if clause is None:
        return False
    before = _WAITING.sub("~", text.reading.text[clause.start : at])
    return negators(before) % 2 == 1 or _NOT_AFTER.search(text.reading.text[at : clause.end]) is not None


CHECKS: dict[str, tuple[Check, ...]] = {"missed_urgent": (missed,), "delayed_urgent": (delayed,)}
"""Name in a rule's `check` -> the functions that run it."""
