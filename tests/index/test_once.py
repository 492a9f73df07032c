"""A process that asks once leaves Chroma shut, finds what one that opened it finds, and still refuses a damaged store."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from index.errors import IndexCorrupt
from index.search import open_searcher
from tests.index.fakes import HashEncoder, generations, make_corpus
from tests.index.test_imports import run

QUESTIONS = ("yoga", "tizanidine dose", "bed rest in acute pain", "pregnant")


def test_the_ranking_is_the_same(built: Path) -> None:
    with_chroma = open_searcher(make_corpus(), built, encoder=HashEncoder())
    without = open_searcher(make_corpus(), built, encoder=HashEncoder(), once=True)
    for question in QUESTIONS:
        for mode in ("hybrid", "dense", "lexical"):
            found = [s.search(question, 20, mode) for s in (with_chroma, without)]  # type: ignore[arg-type]
            assert found[0] == found[1] and found[0]
    with_chroma.close()
    without.close()


def test_chroma_is_not_imported(built: Path) -> None:
    script = (
        "import sys, pathlib\n"
        "from tests.index.fakes import make_corpus, HashEncoder\n"
        "from index.search import open_searcher\n"
        "searcher = open_searcher(make_corpus(), pathlib.Path(sys.argv[1]), encoder=HashEncoder(), once=True)\n"
        "assert searcher.search('yoga')\n"
        "print('chromadb' in sys.modules)\n"
    )
    assert sys.executable and run(script, str(built)) == "False"


@pytest.mark.parametrize("damage", [b"", b"no database at all"])
def test_a_damaged_store_is_refused_all_the_same(home: Path, damage: bytes) -> None:
    (home / "index" / "generations" / generations(home)[0] / "chroma" / "chroma.sqlite3").write_bytes(damage)
    with pytest.raises(IndexCorrupt):
        open_searcher(make_corpus(), home, encoder=HashEncoder(), once=True)
