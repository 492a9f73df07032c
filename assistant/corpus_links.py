"""What the guardrails and the answer plans take from the corpus: every source that they name, every topic that a plan looks for.

The half of `lumbar corpus check` that `corpus/check.py` cannot do, since imports run one way. It reads data; nothing is
screened or answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from assistant.guardrails.rules import SAFETY_DEFAULT
from corpus.check_links import review_problem
from corpus.currency import standing
from corpus.load import Corpus
from corpus.model import Review
from corpus.violations import Violation

HERE = Path(__file__).resolve().parent
NAMED = ("limits.yaml", "interactions.yaml", "populations.yaml", "concepts.yaml", "actions.yaml", "premises.yaml")
"""Guardrail data beside the rules whose rows name a source."""
Row = tuple[str, dict[str, Any]]


def link_faults(corpus: Corpus, root: Path | None = None) -> list[Violation]:
    """Every link from guardrails and plans under `root` (default: this package) that does not hold, sorted."""
    root = root or HERE
    return sorted([*_rules(corpus, root / "guardrails"), *_tables(corpus, root / "guardrails"), *_plans(corpus, root)])


def _rules(corpus: Corpus, folder: Path) -> Iterator[Violation]:
    concepts = set(_data(folder / "concepts.yaml")["concepts"])
    for path in sorted((folder / "rules").glob("*.yaml")):
        rule = _data(path)
        file, rule_id = f"guardrails/rules/{path.name}", str(rule.get("id", path.stem))
        yield from _source(corpus, file, rule_id, rule.get("source"), about_the_past=rule_id.startswith("PR"))
        for concept in rule.get("concepts") or ():
            if concept not in concepts:
                yield Violation(file, rule_id, f"concept {concept!r} is not in concepts.yaml", "correct the name")
        yield from _review(file, rule_id, rule.get("clinically_reviewed"))


def _tables(corpus: Corpus, folder: Path) -> Iterator[Violation]:
    for name in NAMED:
        for row_id, row in _rows(_data(folder / name), ""):
            file = f"guardrails/{name}"
            if "source" in row:
                yield from _source(corpus, file, row_id, row["source"])
            cited = row.get("cite") or []
            for passage_id in cited if isinstance(cited, dict | list) else [cited]:
                yield from _source(corpus, file, row_id, passage_id)


def _rows(data: Any, name: str) -> Iterator[Row]:
    """Every mapping within `data`, by its id, or by the key or place under which it stands."""
    if isinstance(data, dict):
        yield str(data.get("id") or name or "file"), data
        for key, value in data.items():
            yield from _rows(value, str(data.get("id") or key))
    elif isinstance(data, list):
        for number, value in enumerate(data, start=1):
            own = value.get("id") if isinstance(value, dict) else None
            yield from _rows(value, str(own or f"{name} {number}"))


def _source(corpus: Corpus, file: str, row_id: str, source: Any, about_the_past: bool = False) -> Iterator[Violation]:
    if source == SAFETY_DEFAULT:
        return
    found = corpus.passages_of(source) if isinstance(source, str) else ()
    if not found:
        yield Violation(file, row_id, f"source {source!r} is no passage", f'name a passage, or "{SAFETY_DEFAULT}"')
    elif not about_the_past and not any(standing(corpus, corpus.passages[i]).in_force for i in found):
        yield Violation(file, row_id, f"source {source!r} is no longer in force", "rest it on a passage that is")


def _plans(corpus: Corpus, root: Path) -> Iterator[Violation]:
    file = "plans/plans.yaml"
    carried = {topic for passage in corpus.passages.values() for topic in passage.topics}
    disputed = {topic for conflict in corpus.conflicts.values() for topic in conflict.topics}
    for name, plan in _data(root / file)["plans"].items():
        yield from _review(file, name, plan.get("clinically_reviewed"))
        for section in plan["sections"]:
            for topic in section.get("conflicts") or ():
                if not topic.startswith("$") and topic not in disputed:
                    yield Violation(file, name, f"no conflict has the topic {topic!r}", "correct the topic")
            for slot in section.get("slots") or ():
                for topic in (*(slot.get("all") or ()), *(slot.get("any") or ())):
                    if not topic.startswith("$") and topic not in carried:
                        yield Violation(file, name, f"no passage has the topic {topic!r}", "correct the topic")


def _review(file: str, row_id: str, review: Any) -> Iterator[Violation]:
    if review is None:
        return
    try:
        problem = review_problem(Review.model_validate(review))
    except ValueError:
        problem = "must hold by, role and date, and nothing else"
    if problem:
        yield Violation(file, row_id, f"clinically_reviewed: {problem}", "give by, role and date (2026-11-30)")


def _data(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
