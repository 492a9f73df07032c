"""The card counts what is there, and shows a review as soon as one is entered."""

from __future__ import annotations

from dataclasses import replace

from corpus.card import card, documents, population_of, reviewed, verified
from corpus.check import check
from corpus.currency import standing
from corpus.load import load_corpus
from corpus.model import Review

CORPUS = load_corpus()
REVIEW = Review(by="Dr A. Reader", role="GP", date="2026-12-01")


def test_every_source_has_a_row_and_every_passage_is_counted_once() -> None:
    rows = documents(CORPUS)
    assert [row["id"] for row in rows] == list(CORPUS.guidelines)
    assert sum(row["passages"] for row in rows) == len(CORPUS.passages)
    for row in rows:
        assert sum(row["verified"].values()) == row["passages"] >= row["in_force"]


def test_a_row_says_what_a_reader_must_know() -> None:
    rows = {row["id"]: row for row in documents(CORPUS)}
    assert (rows["acp2017"]["standing"], rows["acp2017"]["since"]) == ("lapsed", "2022")
    assert (rows["vadod2017"]["standing"], rows["vadod2017"]["since"]) == ("superseded", "2022")
    assert rows["vadod2017"]["in_force"] == 0
    assert rows["ng59"]["in_force"] == rows["ng59"]["passages"] - 2
    assert rows["ng59"]["checked"] == "2026-11" and rows["ng59"]["licence"] and rows["ng59"]["content"] == "digest"


def test_verification_is_told_apart() -> None:
    counts = verified(CORPUS.passages.values())
    assert sum(counts.values()) == len(CORPUS.passages) and all(counts.values())
    assert verified([CORPUS.passage("nassldh-8")]) == {"seen": 0, "recheck": 0, "to_be_confirmed": 1}
    assert verified([CORPUS.passage("cyc-dose-ir")]) == {"seen": 0, "recheck": 1, "to_be_confirmed": 0}


def test_a_review_is_counted_where_it_is_entered() -> None:
    assert reviewed(CORPUS.agreements.values())["reviewed"] == 0
    first = next(iter(CORPUS.agreements))
    read = CORPUS.agreements[first].model_copy(update={"clinically_reviewed": REVIEW})
    made = card(replace(CORPUS, agreements={**CORPUS.agreements, first: read}), {"rules": [read]})
    assert made["clinically_reviewed"]["agreements"] == {"reviewed": 1, "of": len(CORPUS.agreements)}
    assert made["clinically_reviewed"]["guidelines"] == {"reviewed": 0, "of": len(CORPUS.guidelines)}
    assert made["clinically_reviewed"]["rules"] == {"reviewed": 1, "of": 1}


def test_a_clinics_own_document_may_be_replaced_and_need_not_state_its_licence() -> None:
    own = CORPUS.guidelines["ng59"].model_copy(
        update={"id": "own-2024", "content": "full_text", "status": "superseded", "superseded_by": "ng59", "licence": None, "year": 2014}
    )
    text = CORPUS.passage("ng59-1.2.6").model_copy(update={"id": "own-2024-1", "guideline_id": "own-2024", "strength": None})
    more = replace(CORPUS, guidelines={**CORPUS.guidelines, own.id: own}, passages={**CORPUS.passages, text.id: text})
    assert check(more) == []
    assert not standing(more, text).in_force


def test_every_position_says_whom_it_is_about() -> None:
    for conflict in CORPUS.conflicts.values():
        for row in conflict.rows:
            assert population_of(row, CORPUS)
    rows = {row.guideline_id: row for row in CORPUS.conflicts["conflict-tca-ssri"].rows}
    assert population_of(rows["ferreira-2021"], CORPUS) == "Adults with low back pain, sciatica or osteoarthritis"
    assert population_of(rows["acpaps2007"], CORPUS) == "pain of over 4 weeks"
