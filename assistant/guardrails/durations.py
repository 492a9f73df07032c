"""How long, asked of a drug and answered without its name: "How long can she stay on Flexeril?" - "Three months is fine."

Lengths beside a drug's name are read in `pitfalls.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.guardrails import sigs
from assistant.guardrails.case import Case, Text
from assistant.guardrails.mentions import named
from assistant.guardrails.pitfalls import Check, Found, case_excuses
from assistant.guardrails.polarity import negators
from assistant.guardrails.rules import Rule

_HOW_LONG = re.compile(r"\b(?:how long|for how (?:many|long)|how many (?:days|weeks|months))\b")


def answered_length(rule: Rule, case: Case, text: Text) -> Iterator[Found]:
    """A length above `max_days` in an answer that names none of the rule's drugs, where the question asks how long one may be taken."""
    if text.user or not case.user or case_excuses(rule, case) or named(rule, text):
        return
    question = case.user[-1]
    if not _HOW_LONG.search(question.reading.text) or not named(rule, question):
        return
    folded = text.reading.text
    for element in sigs.ELEMENT.finditer(folded):
        days = sigs.days_of(element) if element["length"] else None
        if days is None or days <= float(rule.params["max_days"]):
            continue
        clause = text.reading.clause_at(element.start())
        if clause is None or clause.kind == "condition" or negators(folded[clause.start : element.start()]) % 2:
            continue
        if text.stance(element.start(), element.end()).value in ("against", "historical", "reported", "question"):
            continue
        yield Found(text, element.start(), element.end())
        return


CHECKS: dict[str, tuple[Check, ...]] = {"long_course": (answered_length,)}
"""Name in a rule's `check` -> what it runs besides."""
