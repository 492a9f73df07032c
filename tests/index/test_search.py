"""Searching: modes, filters, ties, explanations, odd queries."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from corpus.model import Passage
from index.build import build_index
from index.search import Searcher
from tests.index.fakes import QUESTIONS, FakeCorpus, HashEncoder, guideline, make_corpus, ranking

Open = Callable[..., Searcher]


@pytest.fixture
def searcher(built: Path, opened: Open) -> Searcher:
    return opened(built)


def exact(searcher: Searcher, question: str) -> list[str]:
    """Ids by cosine, ties by id: what dense search must give."""
    scores = searcher.scores(question)
    return sorted(scores, key=lambda key: (-scores[key], key))


def test_dense_equals_exact_search(searcher: Searcher) -> None:
    for question in QUESTIONS:
        hits = searcher.search(question, k=15, mode="dense")
        assert [hit.passage.id for hit in hits] == exact(searcher, question)[:15]
        assert [hit.score for hit in hits] == [hit.dense for hit in hits]
        assert {hit.found_by for hit in hits} == {"dense"}


def test_lexical_finds_only_shared_words(searcher: Searcher) -> None:
    hits = searcher.search("yoga", k=60, mode="lexical")
    assert {h.passage.id for h in hits} == {k for k, p in make_corpus().passages.items() if "yoga" in p.text}
    assert all(hit.explain.terms == ("yoga",) and hit.score == hit.lexical > 0 for hit in hits)
    assert searcher.search("zzzz", mode="lexical") == []


def test_hybrid_orders_by_fused_score_and_says_why(searcher: Searcher) -> None:
    hits = searcher.search("tizanidine for older people", k=20)
    assert [hit.rank for hit in hits] == list(range(1, 21))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 <= hit.score <= 1 for hit in hits)
    top = hits[0]
    assert top.found_by == "both"
    assert (top.explain.dense_rank, top.explain.lexical_rank) == (1, 1)
    assert set(top.explain.terms) >= {"tizanidine", "older", "people"}
    assert top.explain.dense_weight == 0.6


def test_fewer_asked_for_are_the_first_of_more(searcher: Searcher) -> None:
    for mode in ("hybrid", "dense", "lexical"):
        most = searcher.search("massage for workers", k=60, mode=mode)  # type: ignore[arg-type]
        assert (
            [h.passage.id for h in searcher.search("massage for workers", k=7, mode=mode)]
            == [  # type: ignore[arg-type]
                h.passage.id for h in most[:7]
            ]
        )


def test_filters_never_starve_the_results(searcher: Searcher) -> None:
    for count in (1, 3, 6):
        wanted = set(sorted(make_corpus().passages)[-count:])
        for mode in ("hybrid", "dense"):
            hits = searcher.search("tizanidine", k=20, mode=mode, allow=lambda p, w=wanted: p.id in w)  # type: ignore[arg-type, misc]
            assert {hit.passage.id for hit in hits} == wanted


def test_filters_in_a_corpus_beyond_chromas_candidates(tmp_path: Path, opened: Open) -> None:
    corpus = make_corpus(700)
    build_index(corpus, tmp_path / "h", encoder=HashEncoder())
    searcher = opened(tmp_path / "h", corpus)
    order = exact(searcher, "yoga for adults")
    far = set(order[-5:])
    hits = searcher.search("yoga for adults", k=5, mode="dense", allow=lambda p: p.id in far)
    assert [hit.passage.id for hit in hits] == order[-5:]
    assert len(searcher.search("yoga for adults", k=300)) == 300
    assert searcher.graph_misses == 0


def test_the_filter_sees_status_and_is_asked_once_a_passage(searcher: Searcher) -> None:
    asked: list[str] = []

    def current(passage: Passage) -> bool:
        asked.append(passage.id)
        return passage.status == "current"

    lists = searcher.search_many(list(QUESTIONS), k=30, allow=current)
    assert all(hit.passage.status == "current" for hits in lists for hit in hits)
    assert len(asked) == len(set(asked))
    assert searcher.search("yoga", allow=lambda p: False) == []


def test_what_the_graph_missed_is_added_and_counted(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    best = exact(searcher, "yoga")
    nearest = searcher._store.nearest
    monkeypatch.setattr(searcher._store, "nearest", lambda v, n: [i for i in nearest(v, n) if i != best[0]])
    assert searcher.search("yoga", mode="dense", k=5)[0].passage.id == best[0]
    assert searcher.graph_misses == 1


def test_equal_passages_tie_by_id(tmp_path: Path, opened: Open) -> None:
    twins = FakeCorpus(
        {f"p{n}": make_corpus(1).passages["p0000"].model_copy(update={"id": f"p{n}"}) for n in (3, 1, 2)},
        {"gb": guideline("gb")},
        "0" * 64,
    )
    build_index(twins, tmp_path / "h", encoder=HashEncoder())
    for mode in ("hybrid", "dense", "lexical"):
        hits = opened(tmp_path / "h", twins).search(twins.passages["p1"].text, mode=mode)
        assert [hit.passage.id for hit in hits] == ["p1", "p2", "p3"]


def test_many_questions_at_once_give_the_same(searcher: Searcher, built: Path, opened: Open) -> None:
    together = searcher.search_many([*QUESTIONS, ""], k=10)
    assert together[-1] == []
    other = opened(built)
    assert together[:-1] == [other.search(question, k=10) for question in reversed(QUESTIONS)][::-1]


def test_a_question_is_embedded_once(built: Path, opened: Open) -> None:
    encoder = HashEncoder()
    searcher = opened(built, encoder=encoder)
    for _ in range(3):
        searcher.search("yoga for workers")
        searcher.scores("yoga  for workers ")
    searcher.search_many(["yoga for workers", "heat", "heat"])
    assert encoder.encoded == ["yoga for workers", "heat"]


@pytest.mark.parametrize("text", ["", "   ", "?", "…", "\x00", "\n"])
def test_nothing_asked_nothing_found(searcher: Searcher, text: str) -> None:
    assert searcher.search(text) == []
    assert searcher.scores(text) == {}
    assert searcher.lexical_scores(text) == {}


@pytest.mark.parametrize(
    "text", ["yoga \ud800 for workers", "yoga\x00massage", "YOGA" * 300, "ЙОГА йога 瑜伽 yoga", "'; DROP TABLE --", "a"]
)
def test_odd_questions_are_answered(searcher: Searcher, text: str) -> None:
    assert len(searcher.search(text, k=5)) == 5


def test_a_question_of_4000_characters(searcher: Searcher) -> None:
    story = ("He lifted a crate on Tuesday and has had pain since then. " * 80)[:3950] + " Is tizanidine any use?"
    hits = searcher.search(story, k=10)
    assert len(hits) == 10
    assert "tizanidine" in hits[0].passage.text


def test_wrong_calls_are_refused(searcher: Searcher) -> None:
    with pytest.raises(ValueError, match="fuzzy"):
        searcher.search("yoga", mode="fuzzy")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="k is 0"):
        searcher.search("yoga", k=0)


def test_scores_cover_every_passage_and_agree_with_hits(searcher: Searcher) -> None:
    scores = searcher.scores("yoga for workers")
    assert list(scores) == sorted(make_corpus().passages)
    for hit in searcher.search("yoga for workers", k=20):
        assert hit.dense == scores[hit.passage.id]


def test_lexical_scores_are_parts_of_the_best(searcher: Searcher) -> None:
    scores = searcher.lexical_scores("yoga for workers")
    hits = searcher.search("yoga for workers", k=60, mode="lexical")
    assert set(scores) == {hit.passage.id for hit in hits}
    assert max(scores.values()) == 1.0
    assert all(scores[h.passage.id] == pytest.approx(h.lexical / hits[0].lexical, abs=1e-5) for h in hits)


def test_encode_and_similarity(searcher: Searcher) -> None:
    assert searcher.encode([]).shape == (0, 64)
    assert np.linalg.norm(searcher.encode(["yoga", "heat"]), axis=1) == pytest.approx([1, 1], abs=1e-6)
    assert searcher.similarity("yoga", ["yoga", "heat"])[0] == pytest.approx(1.0, abs=1e-6)
    assert searcher.encoder_id == "hash-1"


def test_vocabulary_holds_the_words_of_passages(searcher: Searcher) -> None:
    assert {"tizanidine", "yoga", "pregnant", "guide"} <= searcher.vocabulary
    assert not {"Yoga", "ibuprofen", "17"} & searcher.vocabulary
    assert searcher.common_word("Yoga") and not searcher.common_word("blorbix")


def test_readers_in_several_threads_agree(searcher: Searcher) -> None:
    expected = ranking(searcher)
    results: list[object] = []
    threads = [threading.Thread(target=lambda: results.append(ranking(searcher))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8


def test_hits_are_frozen_values_with_json(searcher: Searcher) -> None:
    hit = searcher.search("yoga", k=1)[0]
    assert type(hit).model_validate_json(hit.model_dump_json()) == hit
    with pytest.raises(ValueError, match="frozen"):
        hit.rank = 2  # type: ignore[misc]
