"""A reply of today rests on nothing that was replaced or withdrawn, says what has lapsed, and tells of a withdrawal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.types import Reply
from corpus.currency import standing
from corpus.load import load_corpus

CORPUS = load_corpus()
TODAY = [
    "38M, acute low back pain for 3 days, no leg pain. What is the plan?",
    "Is paracetamol useful for low back pain?",
    "Should I image acute low back pain at 2 weeks?",
    "Is spinal manipulation recommended?",
    "Which opioid for chronic low back pain?",
    "Is an epidural steroid injection recommended for sciatica?",
    "Tricyclics for back pain?",
    "Are systemic steroids useful in sciatica?",
    "Is acupuncture recommended for chronic low back pain?",
    "Muscle relaxant for acute low back pain?",
]


@pytest.mark.parametrize("question", TODAY)
def test_nothing_replaced_or_withdrawn_answers_a_question_of_today(ask: Callable[..., Reply], question: str) -> None:
    reply = ask(question)
    assert reply.outcome == "answered" and reply.sources
    for source in reply.sources:
        assert standing(CORPUS, CORPUS.passage(source.passage_id)).in_force, source.passage_id


@pytest.mark.parametrize("question", TODAY)
def test_an_answer_that_rests_on_a_lapsed_guideline_says_so(ask: Callable[..., Reply], question: str) -> None:
    reply = ask(question)
    shorts = {
        CORPUS.guidelines[s.guideline].short
        for s in reply.sources
        if standing(CORPUS, CORPUS.passage(s.passage_id)).state == "lapsed"
    }
    line = next((x for x in reply.answer.splitlines() if x.startswith("Past their issuer's validity")), "")
    assert all(short in line for short in shorts)
    assert bool(line) == bool(shorts)


def test_some_of_these_answers_do_rest_on_acp_2017(ask: Callable[..., Reply]) -> None:
    said = [q for q in TODAY if "ACP 2017 (2022)" in ask(q).answer]
    assert len(said) >= 5


def test_a_question_about_the_past_gets_what_was_replaced_with_its_mark(ask: Callable[..., Reply]) -> None:
    reply = ask("What does the superseded VA/DoD 2017 guideline say about acupuncture?")
    gone = [s for s in reply.sources if not standing(CORPUS, CORPUS.passage(s.passage_id)).in_force]
    assert gone and all(s.status.startswith(("superseded", "withdrawn", "historical")) for s in gone)
    assert "superseded" in reply.answer


@pytest.mark.parametrize(
    "question",
    ["Does NICE recommend psychological therapy for low back pain?", "Does NG59 still recommend CBT?"],
)
def test_a_withdrawal_is_told_to_who_asks_about_it(ask: Callable[..., Reply], question: str) -> None:
    answer = ask(question).answer
    assert "29 July 2026" in answer and "withdr" in answer
