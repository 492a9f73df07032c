"""The pitfall checks over an exchange: the question with its red flags, the user's own plan, and the draft answer.

Runs every PF, OM and PR rule of `rules/`; a rule names its check, and the checks live in `pitfalls.py`, `urgency.py`, `drugs.py` and
`premises.py`. A check that breaks is an error to the caller, or is named to one that hands in a list for it: nothing passes in silence.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from assistant.guardrails import drugs, durations, urgency
from assistant.guardrails.case import Case, Field, Flags, Text, build
from assistant.guardrails.flags import read_flags
from assistant.guardrails.pitfalls import CHECKS as PITFALLS
from assistant.guardrails.pitfalls import Check, Found, speaks_against
from assistant.guardrails.premises import find_premises
from assistant.guardrails.rules import SAFETY_DEFAULT, Rule, readable_rules
from assistant.types import CaseFact, Finding, Where

_ORDER = {"emergency": 0, "warning": 1, "info": 2}


def checks() -> Mapping[str, tuple[Check, ...]]:
    """Every Python check that a PF or OM rule may name."""
    found = {**PITFALLS, **drugs.CHECKS, **urgency.CHECKS}
    return {name: (*runs, *durations.CHECKS.get(name, ())) for name, runs in found.items()}


def check_text(
    question: str,
    answer: str,
    history: Sequence[Mapping[str, Any]] = (),
    *,
    corpus: object | None = None,
    region: str | None = None,
    only: Iterable[str] | None = None,
) -> list[Finding]:
    """Red flags of the question and history, then pitfalls of question and answer, omissions and premises.

    history: earlier messages ({"role", "content"}); only those of the user count. region: us, uk or eu, else read from the text.
    only: limits the run to these rule ids (for `lumbar rules` and the tests). `corpus` is not needed: a finding's source is a passage id.
    """
    messages = [dict(m) for m in history]
    flags = read_flags(messages, question, answer)
    user: list[tuple[str, Field, int | None]] = [
        (str(m.get("content", "")), "history", i) for i, m in enumerate(messages) if m.get("role") == "user"
    ]
    user.append((question, "question", None))
    case = build(user, answer if answer.strip() else None, flags, region=region)
    wanted = None if only is None else frozenset(only)
    found = list(_run(case, wanted))
    found += [f for f in find_premises(question) if wanted is None or f.rule in wanted]
    return [*flags.findings, *_not_checked(flags), *_ordered(found)]


def _not_checked(flags: Flags) -> list[Finding]:
    """What says that the screen could not run: silence would look like an absence of flags."""
    if flags.not_checked is None:
        return []
    return [
        Finding(
            rule="OM00", category="red_flags_not_checked", kind="omission", stage="question", severity="warning", where=Where(field=None),
            message=f"Red flags were NOT checked: {flags.not_checked}", action="Ask for the red flags yourself.", source=SAFETY_DEFAULT,
        )
    ]  # fmt: skip


def check_plan(
    messages: Sequence[Mapping[str, Any]],
    case_facts: Iterable[CaseFact],
    *,
    today: datetime.date | None = None,
    broken: set[str] | None = None,
) -> list[Finding]:
    """Pitfalls in the user's own plan (the last message, read with those before it). No red flags: the screen has them.

    `today`: the date that tells an old event from a new one; default the clock's.
    `broken`: where given, a rule that cannot be read or run is added to it by name and the others still run; else it raises.
    """
    turns = [(str(m.get("content", "")), i) for i, m in enumerate(messages) if m.get("role") == "user"]
    if not turns:
        return []
    flags = read_flags([dict(m) for m in messages[: turns[-1][1]]], turns[-1][0], None, today)
    user: list[tuple[str, Field, int | None]] = [(words, "messages", i) for words, i in turns]
    return _ordered(_run(build(user, None, flags, facts=case_facts), None, broken))


def check_claims(
    claim_texts: Sequence[str],
    case_facts: Iterable[CaseFact],
    flags_active: Sequence[Finding],
    *,
    broken: set[str] | None = None,
) -> list[Finding]:
    """Pitfalls in the claims of a draft. `where` is the answer, its turn the claim's number from 0; offsets are into that claim.

    `broken` as for `check_plan`.
    """
    flags = Flags(
        tuple(flags_active),
        tuple(f for f in flags_active if f.tier in ("now", "today")),
        frozenset(f.category for f in flags_active),
    )
    facts = tuple(case_facts)
    found: list[Finding] = []
    for number, words in enumerate(claim_texts):
        case = build([], words, flags, facts=facts)
        for finding in _run(case, None, broken):
            if finding.kind != "omission":
                found.append(finding.model_copy(update={"where": Where(field="answer", turn=number)}))
    if flags.urgent:
        case = build([], "\n".join(claim_texts), flags, facts=facts)
        found += [f for f in _run(case, None, broken) if f.kind == "omission"]
    return _ordered(found)


def _run(case: Case, only: frozenset[str] | None, broken: set[str] | None = None) -> Iterator[Finding]:
    for rule in readable_rules(broken).rules:
        if rule.kind not in ("pitfall", "omission") or rule.check is None or (only is not None and rule.id not in only):
            continue
        try:
            yield from list(_run_one(rule, case))
        except Exception:
            if broken is None:
                raise
            broken.add(f"{rule.id} {rule.name}")


def _run_one(rule: Rule, case: Case) -> Iterator[Finding]:
    for text in _texts(case):
        if text.user and case.answer is not None and speaks_against(rule, case.answer):
            continue
        for check in checks()[str(rule.check)]:
            for found in check(rule, case, text):
                yield _finding(rule, found, text)


def _texts(case: Case) -> list[Text]:
    """The texts that may be at fault: the last of the user's and the answer."""
    return [*case.user[-1:], *([case.answer] if case.answer is not None else [])]


def _finding(rule: Rule, found: Found, text: Text) -> Finding:
    common: dict[str, Any] = {
        "rule": rule.id,
        "category": rule.category,
        "kind": rule.kind,
        "severity": found.severity or rule.severity,
        "action": found.action or rule.action,
        "message": found.message or rule.message,
        "source": found.source or rule.source,
    }
    if found.text is None or found.start is None or found.end is None:
        return Finding(stage="draft", where=Where(field=None), **common)
    quote, start, end = found.text.quote(found.start, found.end)
    stage = found.stage or found.text.stage
    return Finding(
        stage=stage, where=found.text.where(), quote=quote, start=start, end=end, assertion="present", **common
    )


def _ordered(found: Iterable[Finding]) -> list[Finding]:
    """Distinct findings, the gravest first, then by place and rule."""
    distinct = {(f.rule, f.where.field, f.where.turn, f.start, f.end, f.message): f for f in found}
    return sorted(
        distinct.values(),
        key=lambda f: (_ORDER[f.severity], f.where.field or "", f.where.turn or 0, f.start or 0, f.rule, f.message),
    )
