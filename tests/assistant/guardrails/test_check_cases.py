"""Pitfalls in answers of many styles, both ways, and the cases that each rule carries; offsets, typography and white space."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.guardrails.check import check_text
from assistant.guardrails.rules import Rule, load_rules
from assistant.types import Finding

CASES: list[dict[str, Any]] = yaml.load(
    Path(__file__).with_name("check_cases.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
)
RULES = [r for r in load_rules().rules if r.kind != "red_flag"]
RULE_CASES = [(r, case, True) for r in RULES for case in r.fires] + [
    (r, case, False) for r in RULES for case in r.quiet
]


def parts(rule: Rule, case: str | Mapping[str, Any]) -> tuple[str, str, list[dict[str, str]]]:
    """Question, answer and history of a rule's case; a plain text is an answer, for a premise a question."""
    if isinstance(case, str):
        return (case, "", []) if rule.kind == "premise" else ("", case, [])
    return case.get("question", ""), case.get("answer", ""), list(case.get("history", []))


def found(question: str, answer: str, history: list[dict[str, str]] | None = None) -> list[Finding]:
    return [f for f in check_text(question, answer, history or []) if f.kind != "red_flag"]


def assert_exact(findings: list[Finding], question: str, answer: str) -> None:
    for finding in findings:
        if finding.where.field is None:
            assert finding.quote is None and finding.start is None and finding.end is None
        elif finding.where.field in ("question", "answer"):
            text = question if finding.where.field == "question" else answer
            assert finding.quote and finding.quote == text[finding.start : finding.end]


@pytest.mark.parametrize(("rule", "case", "fires"), RULE_CASES, ids=lambda v: v.id if isinstance(v, Rule) else None)
def test_the_cases_of_every_rule(rule: Rule, case: str | Mapping[str, Any], fires: bool) -> None:
    question, answer, history = parts(rule, case)
    findings = check_text(question, answer, history, only=[rule.id])
    assert any(f.rule == rule.id for f in findings) == fires
    assert_exact(findings, question, answer)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['category']}-{'fires' if c['fires'] else 'quiet'}")
def test_answers_of_many_styles(case: dict[str, Any]) -> None:
    findings = found(case["question"], case["answer"])
    of_category = [f for f in findings if case["category"] in ("any", f.category)]
    assert bool(of_category) == case["fires"], [(f.category, f.quote) for f in findings]
    assert_exact(findings, case["question"], case["answer"])


def typographic(text: str) -> str:
    """The same words with curly quotes, en dashes between figures and non-breaking spaces before units."""
    text = text.replace("'", "\u2019")
    text = re.sub(r"(?<=\d)-(?=\d)", "\u2013", text)
    return re.sub(r"(?<=\d) (?=mg|g\b|days|weeks)", "\u00a0", text)


def spaced(text: str) -> str:
    """The same words with doubled spaces and a zero-width space here and there."""
    return text.replace(" ", "  ").replace("e  ", "e\u200b  ", 2)


@pytest.mark.parametrize("change", [typographic, spaced])
def test_typography_and_white_space_change_nothing(change: Any) -> None:
    for case in CASES[::3]:
        plain = {f.rule for f in found(case["question"], case["answer"])}
        question, answer = change(case["question"]), change(case["answer"])
        changed = found(question, answer)
        assert {f.rule for f in changed} == plain, case
        assert_exact(changed, question, answer)


def test_findings_are_deterministic_and_ordered() -> None:
    answer = "Get an MRI now, strict bed rest for a week, and start prednisone 60 mg. Ibuprofen 800 mg every 4 hours."
    first = check_text("Acute low back pain.", answer)
    assert first == check_text("Acute low back pain.", answer)
    assert {f.category for f in first} >= {
        "imaging_without_red_flags",
        "bed_rest",
        "systemic_corticosteroids",
        "dose_exceeded",
    }
    assert [f.start for f in first] == sorted(f.start or 0 for f in first)


def test_an_empty_answer_has_no_omission() -> None:
    findings = check_text("Saddle numbness since yesterday.", "")
    assert [f for f in findings if f.kind == "omission"] == []
    assert any(f.kind == "red_flag" and f.category == "cauda_equina" for f in findings)


def test_every_pitfall_names_what_to_do_and_a_source() -> None:
    for finding in found(
        "Acute low back pain.", "MRI today. Bed rest for a week. Diazepam 5 mg tid. Gabapentin 300 mg tid."
    ):
        assert finding.action and finding.message and finding.source
        assert "safe" not in finding.message.lower().replace("safety", "")
