"""Errors planted in good replies are caught, at a rate that `python -m evals.planted` prints."""

from __future__ import annotations

import json
import sys

import pytest

from corpus.load import load_corpus
from evals import planted
from evals.cases import load


def test_every_kind_of_planted_error_is_caught() -> None:
    found = planted.planted(load_corpus(), 15)
    assert set(found) == set(planted.PLANTED)
    for kind, row in found.items():
        assert row["planted"] >= 3, kind
        assert row["full_marks_before"] == row["planted"], kind
        assert row["caught"] >= 0.9 * row["planted"], (kind, row)


def test_missing_and_misplaced_key_points_are_caught() -> None:
    found = planted.missing_points(load_corpus(), load(["answers"], "dev")[0].cases[:12])
    assert found["missing key point"]["planted"] >= 10 and found["key point cited wrongly"]["planted"] >= 10
    for kind, row in found.items():
        assert row["caught"] == row["planted"], kind


def test_planting_is_the_same_for_the_same_seed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["planted", "--number", "3", "--json"])
    planted.main()
    first = json.loads(capsys.readouterr().out)
    planted.main()
    assert json.loads(capsys.readouterr().out) == first
