"""What a question means in the corpus's words, and what that does to the ranking."""

from __future__ import annotations

import pytest

from corpus.lexicon import load_lexicon
from corpus.load import load_corpus
from index.expand import Expander


@pytest.fixture(scope="module")
def expander() -> Expander:
    return Expander(load_corpus().passages, load_lexicon())


@pytest.mark.parametrize(
    ("question", "text", "topic"),
    [
        ("How long can Flexeril be taken?", "cyclobenzaprine", "cyclobenzaprine"),
        ("ESI for sciatica?", "sciatica", "sciatica"),
        ("cronic pain, add a PPI?", "add a proton pump inhibitor", "peptic-ulcer"),
        ("numb when he wipes", "numb (sensory deficit) when he wipes", "cauda-equina"),
        ("the waterworks are fine", "waterworks (", "cauda-equina"),
    ],
)
def test_names_and_topics(expander: Expander, question: str, text: str, topic: str) -> None:
    said = expander.read(question)
    assert text in said.text
    assert said.topics[topic] == 1.0


def test_what_a_drug_belongs_to_weighs_less_than_the_drug(expander: Expander) -> None:
    topics = expander.read("naproxen?").topics
    assert topics["naproxen"] == 1.0 and 0 < topics["nsaid"] <= 1.0


@pytest.mark.parametrize("word", ["zorbiflex", "tricky", "NICE", "x" * 400, "Xgabapxx"])
def test_a_word_that_is_no_slip_stays(expander: Expander, word: str) -> None:
    assert word in expander.read(f"Does {word} help?").text


def test_nothing_known_changes_nothing(expander: Expander) -> None:
    said = expander.read("Lorem ipsum?")
    assert said.text == "Lorem ipsum?" and not said.topics and not said.names
