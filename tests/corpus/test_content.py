"""The house rules hold in the repository's corpus, and each rule notices what it is for."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpus.check import check
from corpus.load import HERE, Corpus, load_corpus
from corpus.model import Passage


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def changed(corpus: Corpus, passage_id: str, **fields: Any) -> Corpus:
    passage = corpus.passage(passage_id).model_copy(update=fields)
    return replace(corpus, passages={**corpus.passages, passage_id: passage})


def test_no_violation_in_the_repository(corpus: Corpus) -> None:
    assert check(corpus) == []


FORBIDDEN = ("recalled", "from memory", "could not be read", "see note", "in the pages", "LBP")


def test_no_reader_meets_words_about_how_a_fact_was_read(corpus: Corpus) -> None:
    for passage in corpus.passages.values():
        shown = " ".join(filter(None, (passage.text, passage.section, passage.strength, passage.population.text)))
        assert not [word for word in FORBIDDEN if word.casefold() in shown.casefold()], passage.id


BROKEN: dict[str, tuple[str, dict[str, Any], str]] = {
    "a NICE grade in ACP words": ("ng59-1.1.4", {"strength": "strong"}, "is no grade of ng59"),
    "an ACP grade with a verb": ("acp2017-3", {"strength": "consider"}, "is no grade of acp2017"),
    "a grade where the source grades nothing": ("cyc-dose-ir", {"strength": "strong"}, "is no grade of"),
    "a certainty where NICE prints none": ("ng59-1.1.4", {"certainty": "low"}, "prints none"),
    "a grade on a recalled passage": ("nassldh-8", {"strength": "Grade A"}, "carries no strength"),
    "a grade on an uncertain passage": ("apta2021-10", {"strength": "Grade B"}, "carries no strength"),
    "a grade on a withdrawn passage": (
        "ng59-1.2.13",
        {"strength": "consider"},
        "withdrawn passage carries no strength",
    ),
    "a withdrawal without a date": ("ng59-1.2.14", {"status_since": None}, "needs status_since"),
    "a current passage in a superseded source": ("vadod2017-3", {"status": "current"}, "source that is superseded"),
    "a dose without its topic": ("cyc-dose-ir", {"topics": ("cyclobenzaprine",)}, "without the topic dose"),
    "a limit without its topic": ("cyc-duration", {"topics": ("cyclobenzaprine",)}, "without the topic duration"),
    "a recalled dose": ("naloxone-dose", {"text": "Give naloxone 4 mg into one nostril."}, "prints '4 mg'"),
    "an uncertain share": ("INF-012", {"text": "A raised ESR was found in 98%."}, "prints '98%'"),
    "an abbreviation": ("ng59-1.2.6", {"text": "Traction should not be offered for LBP."}, "reader wording 'LBP'"),
    "a fragment": ("ng59-1.2.6", {"text": "no traction"}, "whole sentences"),
    "too many sentences": ("ng59-1.2.6", {"text": "One. Two. Three. Four."}, "is longer than 3 sentences"),
    "an id as section": ("ng59-1.2.6", {"section": "ng59-1.2.6"}, "section must be"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_notices_its_fault(corpus: Corpus, name: str) -> None:
    passage_id, fields, expected = BROKEN[name]
    found = check(changed(corpus, passage_id, **fields))
    assert any(v.id == passage_id and expected in v.problem for v in found), found


def test_duplicate_text_within_a_source_is_noticed(corpus: Corpus) -> None:
    found = check(changed(corpus, "ng59-1.2.6", text=corpus.passage("ng59-1.2.8").text))
    twice = [v.id for v in found if v.problem == "another passage of ng59 has the same text"]
    assert twice == ["ng59-1.2.6", "ng59-1.2.8"]


def test_a_source_that_nothing_cites_is_noticed(corpus: Corpus) -> None:
    left = {key: value for key, value in corpus.passages.items() if value.guideline_id != "cdc-2022"}
    found = check(replace(corpus, passages=left, agreements={}, conflicts={}))
    assert ("cdc-2022", "no passage cites this source") in {(v.id, v.problem) for v in found}


def test_a_fact_that_got_lost_is_noticed(corpus: Corpus, tmp_path: Path) -> None:
    left = {key: value for key, value in corpus.passages.items() if key != "CES-002"}
    found = check(replace(corpus, passages=left, agreements={}, conflicts={}))
    assert ("CES-002", "is neither a passage nor in unused_facts.yaml") in {(v.id, v.problem) for v in found}
    shutil.copytree(HERE / "guidelines", tmp_path / "guidelines")
    for path in HERE.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    unused = tmp_path / "unused_facts.yaml"
    unused.write_text(unused.read_text() + '  - id: CES-002\n    reason: ""\n    into: nowhere\n')
    problems = {v.problem for v in check(corpus, tmp_path) if v.id == "CES-002" and v.file == "unused_facts.yaml"}
    assert problems == {
        "is a passage and in unused_facts.yaml",
        "stands in unused_facts.yaml without a reason",
        "points to 'nowhere', which is no passage",
    }


def current(corpus: Corpus, *topics: str) -> list[Passage]:
    return [p for p in corpus.passages.values() if p.status == "current" and set(topics) <= set(p.topics)]


@pytest.mark.parametrize(
    ("topics", "expected"),
    [
        (("red-flags", "cauda-equina"), {"GL-003", "CES-002", "GL-008"}),
        (("safety-net",), {"SN-001", "urgency-safety-net"}),
        (("follow-up",), {"acp2007-11", "icsi2018-1.a", "op-cdc-review2wk"}),
        (("imaging-indications", "mri"), {"acp2007-4", "acr2021-v3.a", "acr2021-v4", "ng59-1.1.6"}),
        (("neuro-exam", "radiculopathy"), {"NEU-ROOT-L4", "NEU-ROOT-L5", "NEU-ROOT-S1", "NEU-BUTTOCK"}),
        (("cyclobenzaprine", "duration"), {"cyc-duration"}),
        (("cyclobenzaprine", "dose"), {"cyc-dose-ir", "cyc-dose-er"}),
        (("start-back", "grading"), {"RS-003"}),
        (("prognosis",), {"nh-wallwork", "acp2017-4"}),
    ],
)
def test_questions_of_the_clinic_have_passages(corpus: Corpus, topics: tuple[str, ...], expected: set[str]) -> None:
    assert expected <= {passage.id for passage in current(corpus, *topics)}


def test_states_that_a_reader_must_be_told(corpus: Corpus) -> None:
    assert corpus.guidelines["acp2017"].lapsed_since == 2022
    assert corpus.guidelines["acp2017"].status == "current"
    assert corpus.guidelines["acpaps2007"].lapsed_since == 2012
    assert corpus.passage("acp2007-7").status == "superseded"
    assert corpus.passage("acp2007-3").status == "current"
    for passage_id in ("ng59-1.2.13", "ng59-1.2.14"):
        assert corpus.passage(passage_id).status == "withdrawn"
        assert corpus.passage(passage_id).status_since == "2026-07-29"
    for passage_id in ("vadod2022-18", "vadod2022-19"):
        assert corpus.passage(passage_id).strength is None
