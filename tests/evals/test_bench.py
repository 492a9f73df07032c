"""The benchmark's own arithmetic and output; how fast Lumbar is, `make bench` says, and no test asserts."""

from __future__ import annotations

import json

import pytest

from evals import bench


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3.0], 95, 3.0), ([float(n) for n in range(1, 101)], 95, 95.0), ([1.0, 9.0], 50, 1.0)],
)
def test_percentile(values: list[float], share: int, expected: float) -> None:
    assert bench.percentile(values, share) == expected


def test_table_and_json_show_what_was_missed() -> None:
    figures = [bench.Figure("quick", 0.1, "s", 0.4, {"part": 0.05}), bench.Figure("slow", 9.0, "s", 2.0)]
    quick, part, slow = bench.table(figures).splitlines()[1:]
    assert "missed" not in quick and "part" in part and "missed" in slow
    assert json.loads(json.dumps(bench.as_json(figures)))["slow"]["met"] is False


def test_imports_of_a_real_process_are_counted() -> None:
    parts = bench.import_parts(["--help"])
    assert parts["modules (count)"] > 50
    assert "import typer" in parts


def test_a_command_that_fails_is_not_timed() -> None:
    with pytest.raises(RuntimeError, match="ended with 2"):
        bench.run([*bench.lumbar(), "nonsense"])


def test_questions_are_fifty_and_all_different() -> None:
    import yaml

    questions = yaml.safe_load((bench.HERE / "bench.yaml").read_text("utf-8"))["questions"]
    assert len(set(questions)) == 50
