"""Conflicts: each cell resolves to passages that carry it, with that source's grade, in words for a reader."""

from __future__ import annotations

import re

import pytest

from corpus.load import load_corpus
from corpus.model import Conflict, ConflictRow, Passage

NUMBER = re.compile(r"\d[\d,.]*\d|\d")
CORPUS = load_corpus()
CONFLICTS = sorted(CORPUS.conflicts.values(), key=lambda c: c.id)
ROWS = [(c, r) for c in CONFLICTS for r in c.rows]
UNCONFIRMED = ("not confirmed in the sources consulted", "inferred", "safety default")

every_conflict = pytest.mark.parametrize("conflict", CONFLICTS, ids=lambda c: c.id)
every_row = pytest.mark.parametrize(
    ("conflict", "row"), ROWS, ids=[f"{c.id}-{r.guideline_id}-{c.rows.index(r)}" for c, r in ROWS]
)


def passages(row: ConflictRow) -> list[Passage]:
    return [CORPUS.passages[i] for i in row.passage_ids]


@every_row
def test_the_cell_resolves_to_its_own_source(conflict: Conflict, row: ConflictRow) -> None:
    assert row.passage_ids
    assert {p.guideline_id for p in passages(row)} == {row.guideline_id}
    source = CORPUS.guidelines[row.guideline_id]
    assert (row.label, row.year) == (source.short, source.year)


@every_row
def test_the_grade_is_the_sources_own(conflict: Conflict, row: ConflictRow) -> None:
    if row.strength is not None:
        assert row.strength in {p.strength for p in passages(row) if p.established}


@every_row
def test_what_is_unconfirmed_says_so(conflict: Conflict, row: ConflictRow) -> None:
    kinds = {p.verified for p in passages(row)}
    expected = "seen" if all(p.established for p in passages(row)) else "recalled" if kinds == {"recalled"} else "mixed"
    assert row.verified == expected
    marked = any(words in row.stance.lower() for words in UNCONFIRMED)
    assert marked == (expected != "seen")
    if expected != "seen":
        assert row.strength is None


@every_row
def test_numbers_of_the_stance_stand_in_its_passages(conflict: Conflict, row: ConflictRow) -> None:
    theirs = set(NUMBER.findall(" ".join(p.text for p in passages(row))))
    assert set(NUMBER.findall(row.stance.replace("NASS 2020", ""))) <= theirs


@every_row
def test_a_stance_is_short(conflict: Conflict, row: ConflictRow) -> None:
    assert len(row.stance.split()) <= 24
    assert row.stance.endswith(".")


@every_conflict
def test_the_reading_is_for_a_reader(conflict: Conflict) -> None:
    text = f"{conflict.reading} {conflict.changed or ''} {conflict.question}"
    assert len(re.findall(r"[.!?](?:\s|$)", conflict.reading)) <= 2
    assert len(conflict.reading.split()) <= 62
    assert not re.search(r"\b(assistant|recalled|from memory|was read|could not be read|fact pack|LBP)\b", text)
    assert not re.match(r"(Say|State|Advise|Present|Give|Tell|Do not|Name|Keep|Note)\b", conflict.reading)
    assert conflict.question.endswith("?")


@every_conflict
def test_two_positions_at_least(conflict: Conflict) -> None:
    assert len(conflict.rows) >= 2


def test_the_first_topic_belongs_to_one_conflict_alone() -> None:
    first = [c.topics[0] for c in CONFLICTS]
    assert len(first) == len(set(first))


@pytest.mark.parametrize(
    "topic",
    "paracetamol nsaid muscle-relaxant benzodiazepine opioid gabapentinoid duloxetine tca systemic-steroid "
    "manipulation acupuncture massage epidural radiofrequency imaging red-flags bed-rest follow-up tens traction "
    "lumbar-support psychological exercise definition ibuprofen pregnancy rehabilitation decompression surgery "
    "prognosis".split(),
)
def test_every_known_topic_of_dispute_is_there(topic: str) -> None:
    assert [c.id for c in CONFLICTS if c.topics[0] == topic]


def test_nothing_of_va_dod_2022_is_stated_on_epidurals_or_acetaminophen() -> None:
    for conflict_id in ("conflict-epidural", "conflict-paracetamol"):
        rows = [r for r in CORPUS.conflicts[conflict_id].rows if r.guideline_id == "vadod2022"]
        assert [(r.stance, r.strength) for r in rows] == [("Not confirmed in the sources consulted.", None)]


def test_the_withdrawal_of_2026_is_told() -> None:
    conflict = CORPUS.conflicts["conflict-psychological"]
    assert "July 2026" in (conflict.changed or "")
    assert {"ng59-1.2.13", "ng59-1.2.14"} <= {i for r in conflict.rows for i in r.passage_ids}
