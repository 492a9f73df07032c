"""Words and BM25."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.lexical import FILES, Lexical, Words, save
from tests.index.fakes import make_corpus

TEXTS = [p.text for p in make_corpus(40).passages.values()]


@pytest.fixture(scope="module")
def lexical(tmp_path_factory: pytest.TempPathFactory) -> Lexical:
    folder = tmp_path_factory.mktemp("lexical")
    save(TEXTS, folder)
    return Lexical.open(folder)


def test_scores_are_those_of_bm25s(lexical: Lexical, tmp_path: Path) -> None:
    import bm25s

    save(TEXTS, tmp_path)
    reference = bm25s.BM25.load(tmp_path)
    words = Words()
    for query in ("tizanidine for older people", "yoga", "number 17 with heat", "nothing of this is there zzz"):
        stems = sorted(set(words.stems(query)))
        expected = reference.get_scores(stems) if stems else np.zeros(len(TEXTS))
        assert np.allclose(lexical.scores(dict.fromkeys(stems, 1.0)), expected, atol=1e-6)


def test_weights_scale_and_unknown_stems_count_nothing(lexical: Lexical) -> None:
    stem = Words().stems("yoga")[0]
    assert np.allclose(lexical.scores({stem: 2.0, "zzz": 5.0}), 2 * lexical.scores({stem: 1.0}))
    assert lexical.scores({}).tolist() == [0.0] * len(TEXTS)


def test_parts_add_up_to_the_score(lexical: Lexical) -> None:
    weights = {
        stem: 1.0 + n / 10 for n, stem in enumerate(Words().stems("tizanidine should be offered with yoga for adults"))
    }
    total = lexical.scores(weights)
    for row, parts in zip((order := list(range(len(TEXTS)))[::-1]), lexical.parts(order, weights), strict=True):
        assert sum(parts.values()) == pytest.approx(float(total[row]), abs=1e-5)
        assert all(value > 0 for value in parts.values())
    assert lexical.parts([], weights) == []


def test_the_same_texts_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save(TEXTS, tmp_path / name)
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in FILES)


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("anaesthesia", "anesthesia"), ("oedema", "edema"), ("ischaemic", "ischemic"), ("paediatric", "pediatric"),
        ("tumour", "tumor"), ("randomised", "randomized"), ("analyse", "analyze"), ("centre", "center"),
        ("haemorrhage", "hemorrhage"), ("behaviour", "behavior"), ("X-rays", "xray"), ("non-steroidal", "nonsteroidal"),
        ("patient’s", "patient's"), ("ＮＳＡＩＤ", "nsaid"), ("exercises", "exercise"),
    ],
)  # fmt: skip
def test_spellings_meet(british: str, american: str) -> None:
    words = Words()
    assert set(words.stems(british)) & set(words.stems(american))


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("", []), ("The of and", []), ("7.5 mg/day", ["7.5", "mg", "day"]), ("NG59 1.2.17", ["ng59", "1.2.17"]),
        ("L4/L5", ["l4", "l5"]), ("10–20 mg", ["10", "20", "mg"]), ("low\u00a0back", ["low", "back"]),
        ("30mg", ["30mg"]), ("🙂", []),
    ],
)  # fmt: skip
def test_words_are_cut_as_clinicians_write_them(text: str, stems: list[str]) -> None:
    assert Words().stems(text) == stems


def test_a_damaged_folder_does_not_open(tmp_path: Path) -> None:
    save(TEXTS, tmp_path)
    (tmp_path / FILES[0]).write_bytes(b"no array")
    with pytest.raises((OSError, ValueError)):
        Lexical.open(tmp_path)
