"""How a message is read, and how scores of a leg are scaled."""

from __future__ import annotations

import numpy as np
import pytest

from index import query
from index.lexical import Words

STORY = (
    "52 year old man, works nights. Back pain since Tuesday after lifting; no leg symptoms. He has hypertension and takes lisinopril. "
    "Sleeps badly, worried about work. Exam normal, power 5/5, reflexes equal. Wife gave him her tablets. He lives with two children and "
    "cycles to work on most days, smokes ten a day, drinks at weekends, no allergies known. Should he stay in bed for the week?"
)


def read(text: str) -> query.Query:
    found = query.read(text, Words())
    assert found is not None
    return found


@pytest.mark.parametrize("text", ["", "   ", "?!", "\n\t", "🙂", "--"])
def test_without_a_word_there_is_no_query(text: str) -> None:
    assert query.read(text, Words()) is None


def test_a_short_question_is_one_part() -> None:
    found = read("  Is  bed rest\nadvised? ")
    assert (found.parts, found.shares, found.dense_weight) == (("Is bed rest advised?",), (1.0,), 0.6)


def test_in_a_story_the_asking_sentence_weighs_more() -> None:
    found = read(STORY)
    assert found.parts[-1] == "Should he stay in bed for the week?"
    assert found.shares == (0.7, 0.3)
    assert found.stems["bed"] == 1.0
    assert found.stems["lisinopril"] == 0.5
    assert found.dense_weight == 0.7


def test_without_a_question_mark_the_last_sentence_asks() -> None:
    assert query.asking_part("He fell. No fever; walks well. Advise on imaging please.") == "Advise on imaging please."
    assert query.asking_part("one sentence only") == "one sentence only"


def test_a_long_message_is_read_whole() -> None:
    long = " ".join(f"word{n}" for n in range(700)) + " what now?"
    found = read(long)
    assert " ".join(found.parts[:-1]) == long
    assert all(len(part.split()) <= query.WINDOW_WORDS for part in found.parts)
    assert sum(found.shares) == pytest.approx(1.0)


def test_a_message_without_end_is_bounded() -> None:
    found = read("pain " * 50_000)
    assert len(found.parts) == query.MAX_WINDOWS + 1


def test_the_vector_of_a_story_is_the_weighted_mean_at_unit_length() -> None:
    found = query.Query(("a", "b"), (0.7, 0.3), {}, 0.7, 0.3)
    rows = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    assert query.vector(found, lambda parts: rows) == pytest.approx(np.array([0.7, 0.3]) / np.hypot(0.7, 0.3), abs=1e-6)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([], []), ([2.0], [1.0]), ([1.0, 1.0], [1.0, 1.0]), ([3.0, 2.0, 1.0], [1.0, 0.5, 0.0])],
)
def test_scaling(scores: list[float], expected: list[float]) -> None:
    assert query.scaled(scores) == pytest.approx(expected)


def test_scaling_is_the_same_for_any_k() -> None:
    scores = [float(200 - n) for n in range(150)]
    assert query.scaled(scores)[: query.DEPTH] == pytest.approx(query.scaled(scores[: query.DEPTH]))
    assert set(query.scaled(scores)[query.DEPTH - 1 :]) == {0.0}
