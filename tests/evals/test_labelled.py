"""`lumbar eval claims`: labels of other collections, and the figures worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.commands import evals as command
from evals.labelled import evidence_of, label_of, summary


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("SUPPORTS", "supported"), ("Support", "supported"), ("true", "supported"), (True, "supported"), ("entailment", "supported"),
        ("REFUTES", "contradicted"), ("Contradict", "contradicted"), (False, "contradicted"), ("contradiction", "contradicted"),
        ("NEI", "not_enough"), ("NOT ENOUGH INFO", "not_enough"), ("not-enough-info", "not_enough"), ("Neutral", "not_enough"),
        ("maybe", None), (None, None), (3, None),
    ],
)  # fmt: skip
def test_labels_of_other_collections(said: object, label: str | None) -> None:
    assert label_of(said) == label


def test_evidence_in_every_shape() -> None:
    assert evidence_of("a") == ["a"] and evidence_of(["a", {"text": "b"}]) == ["a", "b"] and evidence_of(None) == []
    assert evidence_of(7) is None and evidence_of(["a", 7]) is None


def test_figures_worked_out_by_hand() -> None:
    found = summary([("supported", "supported")] * 3 + [("supported", "not_enough")] + [("contradicted", "contradicted"), ("contradicted", "supported")])
    assert found["balanced_accuracy"] == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert found["macro_f1"] == pytest.approx((2 * 3 / (4 + 4) + 2 * 1 / (2 + 1)) / 2, abs=1e-6)
    assert found["n"] == 6 and found["confusion"]["supported"] == {"supported": 3, "contradicted": 0, "not_enough": 1}
    assert summary([])["balanced_accuracy"] is None


def test_bad_lines_are_counted_reported_and_left_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    good = {"id": 1, "claim": "Do not offer traction.", "evidence": "Do not offer traction.", "label": "SUPPORTS"}
    path = tmp_path / "claims.jsonl"
    path.write_text("\n".join([json.dumps(good), json.dumps({**good, "label": "perhaps"}), "{", json.dumps({**good, "evidence": 5})]) + "\n")
    assert command.claims(str(path), True) == 1
    out, err = capfd.readouterr()
    assert json.loads(out.splitlines()[-1])["n"] == 1
    assert "line 2: 'label' 'perhaps'" in err and "line 3:" in err and "line 4:" in err and "3 of 4 lines" in err
    path.write_text(json.dumps(good) + "\n")
    assert command.claims(str(path), True) == 0
