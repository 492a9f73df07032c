"""The second collection of draft answers: what must be raised and what must not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from assistant.guardrails.check import check_text

MORE: dict[str, list[list[object]]] = yaml.load(
    (Path(__file__).parent / "check_more.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)


def raised(question: object, answer: object) -> set[str]:
    return {f.category for f in check_text(str(question), str(answer)) if f.kind != "red_flag"}


@pytest.mark.parametrize("case", MORE["fires"], ids=lambda c: str(c[1])[:40])
def test_pitfalls_are_raised(case: list[object]) -> None:
    question, answer, categories = case
    assert isinstance(categories, list) and set(categories) <= raised(question, answer)


@pytest.mark.parametrize("case", MORE["quiet"], ids=lambda c: str(c[1])[:40])
def test_sound_answers_raise_nothing(case: list[object]) -> None:
    question, answer, categories = case
    assert isinstance(categories, list) and not set(categories) & raised(question, answer)


def test_known_misses_are_few() -> None:
    assert len(MORE["known"]) <= 3
    assert len(MORE["fires"]) >= 40 and len(MORE["quiet"]) >= len(MORE["fires"])
