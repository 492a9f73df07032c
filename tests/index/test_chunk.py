"""What is indexed of a passage."""

from __future__ import annotations

import pytest

from corpus.load import load_corpus
from corpus.model import Population
from index.chunk import chunks, content_hash, context, population_words, topic_words
from tests.index.fakes import make_corpus, passage


def test_the_text_is_unchanged_and_followed_by_its_context() -> None:
    corpus = make_corpus(3)
    first = chunks(corpus)[0]
    text, line = first.text.split("\n")
    assert text == corpus.passages["p0000"].text
    assert line == context(corpus.passages["p0000"], corpus.guidelines["gb"])
    assert line.startswith("Guide GB 1.0. Chronic low back pain. ")


@pytest.mark.parametrize(
    ("population", "words"),
    [
        (Population(), ""),
        (Population(duration=("acute", "subacute")), "Acute or subacute low back pain"),
        (Population(leg="nonradicular"), "Low back pain without leg pain"),
        (
            Population(duration=("chronic",), leg="radicular"),
            "Chronic low back pain with leg pain (sciatica, radiculopathy)",
        ),
        (Population(groups=("older_adults", "renal"), text="adults over 65"), "older adults, renal; adults over 65"),
    ],
)
def test_population_in_words(population: Population, words: str) -> None:
    assert population_words(population) == words


def test_topics_in_words() -> None:
    assert [topic_words(t) for t in ("red-flags", "mri", "nsaid", "start-back")] == [
        "red flags",
        "MRI",
        "NSAID",
        "start back",
    ]


def test_each_change_of_what_is_indexed_changes_the_hash_and_nothing_else_does() -> None:
    base = content_hash(chunks(make_corpus(5)))
    assert base == content_hash(chunks(make_corpus(5, note="elsewhere")))
    assert base != content_hash(chunks(make_corpus(5, {2: passage(2).text + " "})))
    assert base != content_hash(chunks(make_corpus(6)))


def test_every_real_passage_is_one_chunk_and_fits_the_encoder() -> None:
    corpus = load_corpus()
    found = chunks(corpus)
    assert [chunk.id for chunk in found] == sorted(corpus.passages)
    assert all(chunk.text.startswith(corpus.passages[chunk.id].text + "\n") for chunk in found)
    assert max(len(chunk.text.split()) for chunk in found) < 170
