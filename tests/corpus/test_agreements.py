"""Agreements: one sentence each, standing on quotations of passages in force that say it to the same patients."""

from __future__ import annotations

import re

import pytest

from assistant.citations import verify_claim
from corpus.load import Corpus, load_corpus
from corpus.model import Agreement, Passage

NUMBER = re.compile(r"\d[\d,.]*\d|\d")
WEAK = re.compile(r"consider|weak( for)?|conditional for|Grade [BC]|may be appropriate|category B|weak recommendation")
CORPUS = load_corpus()
AGREEMENTS = sorted(CORPUS.agreements.values(), key=lambda a: a.id)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return CORPUS


@pytest.fixture(params=AGREEMENTS, ids=lambda a: a.id)
def agreement(request: pytest.FixtureRequest) -> Agreement:
    found: Agreement = request.param
    return found


def passages(corpus: Corpus, agreement: Agreement) -> list[Passage]:
    return [corpus.passages[s.passage_id] for s in agreement.supports]


def test_there_are_enough() -> None:
    assert len(AGREEMENTS) >= 70


def test_one_sentence_of_at_most_32_words(agreement: Agreement) -> None:
    assert len(agreement.text.split()) <= 32
    assert re.fullmatch(r"[A-Z][^\n]*\.", agreement.text)
    assert not re.search(r"[.!?] [A-Z]", agreement.text)


def test_quotes_are_literal_and_cut_at_words(corpus: Corpus, agreement: Agreement) -> None:
    for support in agreement.supports:
        text = corpus.passages[support.passage_id].text
        start = text.find(support.quote)
        assert start >= 0, support
        end = start + len(support.quote)
        assert start == 0 or not text[start - 1].isalnum(), support
        assert end == len(text) or not text[end].isalnum(), support


def test_no_support_twice(agreement: Agreement) -> None:
    keys = [(s.passage_id, s.quote) for s in agreement.supports]
    assert len(keys) == len(set(keys))


def test_every_support_is_in_force_and_may_be_shown(corpus: Corpus, agreement: Agreement) -> None:
    for passage in passages(corpus, agreement):
        assert passage.status == "current", passage.id
        assert passage.established or not NUMBER.search(passage.text), f"{passage.id} is unconfirmed and has a number"
    assert any(p.established for p in passages(corpus, agreement))


def test_two_sources_at_least(corpus: Corpus, agreement: Agreement) -> None:
    assert len({p.guideline_id for p in passages(corpus, agreement)}) >= 2


def test_every_number_stands_in_a_quote(agreement: Agreement) -> None:
    quoted = set(NUMBER.findall(" ".join(s.quote for s in agreement.supports)))
    assert set(NUMBER.findall(agreement.text)) <= quoted


def test_population_overlaps_with_every_support(corpus: Corpus, agreement: Agreement) -> None:
    for passage in passages(corpus, agreement):
        mine, theirs = agreement.population, passage.population
        assert not mine.duration or not theirs.duration or set(mine.duration) & set(theirs.duration), passage.id
        assert "either" in (mine.leg, theirs.leg) or mine.leg == theirs.leg, passage.id
        if theirs.groups and set(theirs.groups) - {"worker"}:
            assert set(mine.groups) & set(theirs.groups) or not mine.groups, passage.id


def test_a_consider_never_becomes_a_should(corpus: Corpus, agreement: Agreement) -> None:
    grades = [p.strength for p in passages(corpus, agreement) if p.established and p.strength]
    if grades and all(WEAK.fullmatch(g) for g in grades):
        assert not re.search(r"\b(should|must|offer|recommended)\b(?! not)", agreement.text), grades


def test_the_first_topic_is_one_of_a_support(corpus: Corpus, agreement: Agreement) -> None:
    assert len(set(agreement.topics)) == len(agreement.topics)
    theirs = {t for p in passages(corpus, agreement) for t in p.topics}
    assert agreement.topics[0] in theirs


def test_the_verifier_supports_it(agreement: Agreement) -> None:
    verdict = verify_claim(agreement.text, [s.quote for s in agreement.supports])
    assert verdict.label == "supported", verdict.reasons


def test_the_verifier_refuses_its_opposite() -> None:
    supports = [s.quote for s in CORPUS.agreements["ag-no-bed-rest-48h"].supports]
    assert (
        verify_claim("Bed rest for more than 48 hours is recommended for low back pain.", supports).label != "supported"
    )


CENTRAL = (
    "red-flags triage assessment neuro-exam slr activity bed-rest education prognosis heat manipulation exercise nsaid "
    "paracetamol muscle-relaxant cyclobenzaprine opioid gabapentinoid systemic-steroid benzodiazepine tca ssri imaging "
    "imaging-indications imaging-harms start-back risk-stratification psychosocial follow-up safety-net cauda-equina "
    "motor-deficit infection fracture cord-compression malignancy epidural surgery tens traction ultrasound "
    "lumbar-support work resorption older-adults pregnancy renal anticoagulant inflammatory vascular bleeding stopping"
).split()


@pytest.mark.parametrize("topic", CENTRAL)
def test_the_centre_of_the_field_is_covered(topic: str) -> None:
    assert [a.id for a in AGREEMENTS if topic in a.topics[:3]]


def test_what_guidelines_dispute_is_not_called_agreed() -> None:
    """Acupuncture and duloxetine are conflicts: no sentence recommends them."""
    disputed = re.compile(r"\b(acupuncture|duloxetine)\b", re.I)
    assert [a.id for a in AGREEMENTS if disputed.search(a.text)] == []
