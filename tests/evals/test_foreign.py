"""`lumbar eval retrieval`: reading BEIR layout, ties, and measures against values worked out by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from assistant.commands import evals as command
from evals import foreign
from evals.beir import read_collection, read_qrels
from evals.errors import EvalError
from index import query as queries

CORPUS = [("d1", "Naproxen", "relieves pain"), ("d2", "", "traction"), ("d3", "", "banana bread"), ("d4", "", "traction")]


class Axes:
    """An encoder whose vectors are the words naproxen, traction and bread; texts without one lie on a fourth axis."""

    id = "axes"

    def encode(self, texts: list[str]) -> np.ndarray:
        rows = np.zeros((len(texts), 4), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for axis, word in enumerate(("naproxen", "traction", "bread")):
                row[axis] = word in text.lower()
            row[3] = not row[:3].any()
            row /= np.linalg.norm(row)
        return rows


def write(folder: Path, qrels: str, queries: str | None = None) -> Path:
    (folder / "qrels").mkdir(parents=True)
    corpus = [json.dumps({"_id": key, "title": title, "text": text}) for key, title, text in CORPUS]
    (folder / "corpus.jsonl").write_text("\n".join(corpus) + "\n")
    asked = queries or '{"_id": "q1", "text": "naproxen"}\n{"_id": 2, "text": "traction"}\n\n{"_id": "q3", "text": "bread"}\n'
    (folder / "queries.jsonl").write_text(asked)
    (folder / "qrels" / "test.tsv").write_text(qrels)
    return folder


def test_measures_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    folder = write(tmp_path / "c", "query-id\tcorpus-id\tscore\nq1\td1\t1\n2\td2\t2\n2\td3\t1\n")
    collection = read_collection(folder)
    assert list(collection.queries) == ["q1", "2"] and any("no judgement" in note for note in collection.notes)
    summary, found = foreign.evaluate(collection, Axes(), 100)
    # Both texts "traction" score alike for query 2: trec_eval puts the greater id, d4, before d2; then come d3 and d1 (cosine 0), d3 first.
    assert [key for key, _ in found["2"]["dense"]] == ["d4", "d2", "d3", "d1"]
    assert [key for key, _ in found["2"]["lexical"]] == ["d4", "d2"]
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    dense = (2 / math.log2(3) + 1 / math.log2(4)) / ideal
    lexical = (2 / math.log2(3)) / ideal
    assert summary["dense"] == pytest.approx({"ndcg@10": (1 + dense) / 2, "recall@100": 1.0, "mrr@10": (1 + 0.5) / 2}, abs=1e-6)
    assert summary["lexical"] == pytest.approx({"ndcg@10": (1 + lexical) / 2, "recall@100": (1 + 0.5) / 2, "mrr@10": 0.75}, abs=1e-6)
    assert summary["queries"] == 2 and summary["passages"] == 4 and summary["seconds"] >= 0


def test_run_file_and_the_last_line_of_json(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "c", "q1 0 d1 1\n2\t0\td2\t1\n")
    monkeypatch.setattr("assistant.commands.index.prepared_encoder", lambda settings: Axes())
    assert command.retrieval(str(folder), 2, True, str(tmp_path / "run")) == 0
    out, err = capfd.readouterr()
    assert set(json.loads(out.splitlines()[-1])) == {"dense", "lexical", "hybrid", "queries", "passages", "seconds"}
    assert "encoding passages" in err
    rows = [line.split() for line in (tmp_path / "run").read_text().splitlines()]
    assert [r[:4] for r in rows] == [["q1", "Q0", "d1", "1"], ["q1", "Q0", "d4", "2"], ["2", "Q0", "d4", "1"], ["2", "Q0", "d2", "2"]]
    assert all(r[5] == "lumbar" for r in rows) and float(rows[0][4]) == 1.0


def test_fusion_of_the_foreign_index_is_that_of_search(tmp_path: Path) -> None:
    fused = queries.fuse([([5, 3, 1], [0.9, 0.5, 0.1], 0.6), ([3], [7.0], 0.4)])
    assert fused == pytest.approx({5: 0.6, 3: 0.6 * 0.5 + 0.4, 1: 0.0})


def test_best_keeps_every_tie_at_the_edge() -> None:
    scores = np.array([1.0, 2.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    place = np.array([8, 7, 6, 5, 4, 3, 2, 1, 0])
    assert foreign.best(scores, place, 2) == [1, 3]
    assert foreign.best(scores, place, 9, above=0.5) == [1, 3, 2, 0]


@pytest.mark.parametrize(
    ("qrels", "wanted"),
    [
        ("q1\td1\t1\n", {"q1": {"d1": 1}}),
        ("query-id\tcorpus-id\tscore\nq1\td1\t2\n", {"q1": {"d1": 2}}),
        ("q1 0 d1 1\nq1 0 d2 -1\n", {"q1": {"d1": 1, "d2": 0}}),
        ("\ufeffq1 d1 1.0\r\n\n", {"q1": {"d1": 1}}),
    ],
)
def test_judgements_in_every_layout(tmp_path: Path, qrels: str, wanted: dict[str, dict[str, int]]) -> None:
    path = tmp_path / "test.tsv"
    path.write_text(qrels, encoding="utf-8", newline="")
    assert read_qrels(path) == wanted


def test_errors_name_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="is not a folder"):
        read_collection(tmp_path / "none")
    folder = write(tmp_path / "a", "q1\td1\t1\nq1\td2\tmany\n")
    with pytest.raises(EvalError, match=r"test\.tsv, line 2: expected"):
        read_collection(folder)
    (folder / "qrels" / "test.tsv").unlink()
    with pytest.raises(EvalError, match=r"test\.tsv is missing"):
        read_collection(folder)
    with pytest.raises(EvalError, match=r"queries\.jsonl, line 2: the _id 'q1' stands in line 1 already"):
        read_collection(write(tmp_path / "b", "q1\td1\t1\n", '{"_id":"q1","text":"a"}\n{"_id":"q1","text":"b"}\n'))
    with pytest.raises(EvalError, match=r"queries\.jsonl, line 1: not JSON"):
        read_collection(write(tmp_path / "d", "q1\td1\t1\n", "{\n"))
    with pytest.raises(EvalError, match="no query of"):
        read_collection(write(tmp_path / "e", "zz\td1\t1\nq1\td1\t0\n"))


def test_what_is_missing_ends_with_2_and_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from assistant.commands.base import run

    options = {"folder": str(tmp_path), "k": 10, "json": True, "run": None}
    assert run("evals", "retrieval", options) == 2
    assert "corpus.jsonl is missing" in capfd.readouterr().err
