"""The corpus card: what is indexed, from where, how far it is verified, and what a named clinician has read.

Values only. How many rules and answer plans a clinician has read is counted by `assistant/commands/corpus_card.py`,
which also writes the pages of `docs/`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from corpus.currency import standing, standing_of
from corpus.load import Corpus
from corpus.model import ConflictRow, Guideline, Passage, Population

Row = dict[str, Any]


def documents(corpus: Corpus) -> list[Row]:
    """One row a registered source, in order of id: its registry entry, its standing, and how its passages were verified."""
    passages: dict[str, list[Passage]] = defaultdict(list)
    for passage in corpus.passages.values():
        passages[passage.guideline_id].append(passage)
    return [_document(corpus, g, passages[g.id]) for g in corpus.guidelines.values()]


def _document(corpus: Corpus, guideline: Guideline, passages: list[Passage]) -> Row:
    now = standing_of(guideline)
    return {
        **guideline.model_dump(mode="json"),
        "standing": now.state,
        "since": now.since,
        "passages": len(passages),
        "in_force": sum(standing(corpus, p).in_force for p in passages),
        "verified": verified(passages),
    }


def verified(passages: Iterable[Passage]) -> dict[str, int]:
    """Passages by how they were verified: seen in a copy of the source, seen but to be rechecked, or to be confirmed."""
    counts = Counter("to_be_confirmed" if not p.established else "recheck" if p.recheck else "seen" for p in passages)
    return {kind: counts[kind] for kind in ("seen", "recheck", "to_be_confirmed")}


def reviewed(items: Iterable[Any]) -> dict[str, int]:
    """How many of the items a named clinician has read: {"reviewed": 0, "of": 284}."""
    marks = [item.clinically_reviewed is not None for item in items]
    return {"reviewed": sum(marks), "of": len(marks)}


def card(corpus: Corpus, others: Mapping[str, Iterable[Any]] | None = None) -> Row:
    """The whole card. `others` are further items that may carry `clinically_reviewed`, by name (rules, plans)."""
    states = Counter(standing(corpus, p).state for p in corpus.passages.values())
    groups: dict[str, Iterable[Any]] = {
        "guidelines": corpus.guidelines.values(),
        "agreements": corpus.agreements.values(),
        "conflicts": corpus.conflicts.values(),
        **(others or {}),
    }
    return {
        "corpus": corpus.hash,
        "counts": {
            "guidelines": len(corpus.guidelines),
            "passages": len(corpus.passages),
            "agreements": len(corpus.agreements),
            "conflicts": len(corpus.conflicts),
        },
        "content": _counted(g.content for g in corpus.guidelines.values()),
        "passages_by_standing": dict(sorted(states.items())),
        "passages_by_verification": verified(corpus.passages.values()),
        "clinically_reviewed": {name: reviewed(items) for name, items in groups.items()},
        "documents": documents(corpus),
    }


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def population_of(row: ConflictRow, corpus: Corpus) -> str:
    """Whom a position is about: in the row's words, else in those of its passages, else "not restricted"."""
    if row.population:
        return row.population
    said = dict.fromkeys(_population(corpus.passages[i].population) for i in row.passage_ids)
    return "; ".join(words for words in said if words) or "not restricted"


def _population(population: Population) -> str:
    if population.text:
        return population.text
    parts = [*population.duration, *(group.replace("_", " ") for group in population.groups)]
    if population.leg != "either":
        parts.append(population.leg)
    return ", ".join(parts)
