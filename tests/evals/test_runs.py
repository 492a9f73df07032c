"""Runs: sets and halves, resuming after a kill, equal bytes, what a failed or inapplicable case counts as, comparison and report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.commands import eval_runs
from evals import cases, runs
from evals.cases import Case
from evals.compare import differences
from evals.errors import EvalError
from evals.replies import Known
from evals.report import Scored, scorecard
from evals.scores import Measure, measure, show
from evals.solvers import not_applicable, open_solver
from tests.evals.planted_corpus import small


class Fake:
    """Finds the flags it is told to find; fails where it is told to."""

    def __init__(self, present: dict[str, list[str]], broken: frozenset[str] = frozenset()) -> None:
        self.present, self.broken, self.asked = present, broken, []
        self.timings = {"read": 1.0}

    def solve(self, case: Case) -> dict[str, Any]:
        self.asked.append(case.id)
        if case.id in self.broken:
            raise RuntimeError("planted")
        if case.id not in self.present:
            return not_applicable("not asked")
        return {"present": self.present[case.id], "findings": [{"rule": "RF", "category": c, "tier": "today", "quote": "x"} for c in self.present[case.id]]}


def flag(key: str, present: list[str], kind: str = "positive", tier: str | None = "today") -> Case:
    return Case("redflags", "redflags", key, {"id": key, "text": f"text {key}", "present": present, "tier": tier, "kind": kind})


CASES = [flag("a", ["infection"]), flag("b", ["fracture"], tier="two_weeks"), flag("c", [], "harmless", None), flag("d", [], "harmless", None)]
MANIFEST = {"fingerprint": "f", "solver": "fake", "model": None, "sets": {}}


def found(path: Path) -> dict[str, Measure]:
    rows = measure(runs.read_run(path), {c.key: c for c in CASES}, Known(small()))
    return {m.scorer.name: m for m in rows}


def test_sets_halves_and_slices() -> None:
    dev = cases.load(["redflags"], "dev")[0]
    assert dev.cases and {c.data["half"] for c in dev.cases} == {"dev"} and dev.name == "redflags"
    assert {c.set for one in cases.load(["redflags"]) for c in one.cases} == {"redflags"}, "a further slice is not opened unasked"
    assert {one.name for one in cases.load(["abstention"], None, 2)} == {"abstention_2"}
    assert cases.load(["abstention_2"])[0].kind == "abstention"
    with pytest.raises(EvalError, match="there is no set 'nothing'"):
        cases.load(["nothing"])
    with pytest.raises(EvalError, match="no case is left"):
        cases.load(["redflags"], None, 9)
    assert cases.sample([dev], 5) == cases.sample([dev], 5) and len(cases.sample([dev], 5)) == 5


def test_a_set_in_a_file_of_ones_own_and_its_errors(tmp_path: Path) -> None:
    path = tmp_path / "redflags_mine.jsonl"
    row = {"id": 1, "text": "t", "present": [], "tier": None, "kind": "harmless"}
    path.write_text(json.dumps(row) + "\n")
    assert cases.load([str(path)])[0].cases[0].key == "redflags_mine/1"
    path.write_text(json.dumps(row) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(EvalError, match="line 2: the id 1 is used twice"):
        cases.load([str(path)])
    path.write_text('{"id": 1}\n')
    with pytest.raises(EvalError, match="line 1: text, present, tier, kind missing"):
        cases.load([str(path)])


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    solver = Fake({"a": ["infection"], "b": [], "c": [], "d": ["fracture"]})
    whole, killed = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    assert runs.run(CASES, lambda: solver, whole, MANIFEST) == 0
    assert runs.run(CASES[:2], lambda: solver, killed, MANIFEST) == 0
    with killed.open("ab") as out:
        out.write(b'{"key": "redflags/c", "outp')
    again = Fake(solver.present)
    assert runs.run(CASES, lambda: again, killed, MANIFEST) == 0
    assert again.asked == ["c", "d"] and killed.read_bytes() == whole.read_bytes()
    assert set(runs.read_timings(killed)) == {c.key for c in CASES}

    def never() -> Fake:
        raise AssertionError("nothing is left to solve")

    assert runs.run(CASES, never, killed, MANIFEST) == 0
    with pytest.raises(EvalError, match="holds another run"):
        runs.run(CASES, never, killed, {**MANIFEST, "fingerprint": "g"})


def test_failed_and_inapplicable_cases_are_counted_and_never_zero(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    assert runs.run(CASES, lambda: Fake({"a": ["infection"], "c": []}, frozenset({"b"})), path, MANIFEST) == 1
    summary = found(path)["redflag_sensitivity"].summary()
    assert (summary["right"], summary["n"], summary["not_scored"], summary["failed"]) == (1, 1, 3, 1)
    again = Fake({"b": ["fracture"]})
    assert runs.run(CASES, lambda: again, path, MANIFEST) == 0 and again.asked == ["b"], "what failed is tried again"


def test_scores_say_why_and_carry_intervals(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    runs.run(CASES, lambda: Fake({"a": ["infection"], "b": ["fracture"], "c": [], "d": ["fracture"]}), path, MANIFEST, twice=True)
    scores = found(path)
    assert show(scores["redflag_sensitivity"].summary(), "rate") == "2/2 = 1.000 [0.342, 1.000]"
    assert scores["over_triage"].summary()["value"] == 50.0 and scores["under_triage"].summary()["value"] == 0.0
    assert scores["false_alarms"].misses() == [("redflags/d", 1.0, "RF on 'x'")]
    assert scores["redflag_specificity"].summary()["right"] == 1
    assert scores["determinism"].summary()["right"] == 4


def test_comparison_is_paired_and_names_what_changed(tmp_path: Path) -> None:
    one, other = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    runs.run(CASES, lambda: Fake({"a": ["infection"], "b": ["fracture"], "c": [], "d": []}), one, MANIFEST)
    runs.run(CASES, lambda: Fake({"a": [], "b": ["fracture"], "c": [], "d": ["fracture"]}), other, MANIFEST)
    rows = {r["scorer"]: r for r in differences(list(found(one).values()), list(found(other).values()))}
    assert rows["redflag_sensitivity"]["difference"] == -0.5 and rows["redflag_sensitivity"]["worse"]
    assert rows["redflag_sensitivity"]["changed"] == [["redflags/a", 1.0, 0.0, "infection missed: 'text a'"]]
    assert rows["false_alarms"]["worse"] and not rows["tier_accuracy"]["worse"]
    page = scorecard([Scored(one, MANIFEST, list(found(one).values()), {}), Scored(other, MANIFEST, list(found(other).values()), {})])
    assert "redflag_sensitivity" in page and "`redflags/b`" in page
    hidden = scorecard([Scored(other, MANIFEST, list(found(other).values()), {})], cases=False)
    assert "redflags/a" not in hidden and "text a" not in hidden


def test_worst_cases_of_a_further_slice_are_shown_only_on_demand(tmp_path: Path) -> None:
    late = Case("redflags_2", "redflags", "z", flag("z", ["infection"]).data)
    runs.run([late], lambda: Fake({"z": []}), tmp_path / "r.jsonl", MANIFEST)
    found_late = measure(runs.read_run(tmp_path / "r.jsonl"), {late.key: late}, Known(small()))
    scored = [Scored(tmp_path / "r.jsonl", MANIFEST, found_late, {})]
    assert "text z" not in scorecard(scored) and "0/1" in scorecard(scored) and "text z" in scorecard(scored, cases=True)


def test_commands_end_to_end(tmp_path: Path, capfd: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "checks.jsonl"
    options: dict[str, Any] = {"half": "dev", "slice": None, "limit": 12, "seed": 7, "model": None, "twice": False}
    assert eval_runs.run(sets="redflags,pitfalls", solver="checks", out=str(out), **options) == 0
    assert len(runs.read_run(out)) == 12
    assert eval_runs.score([str(out)], True, True) == 0
    printed = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert {row["set"] for row in printed["scores"]} == {"redflags", "pitfalls"} and printed["solver"] == "checks"
    saved = tmp_path / "saved.jsonl"
    assert eval_runs.run(sets="redflags,pitfalls", solver=f"saved:{out}", out=str(saved), **options) == 0
    assert [r["output"] for r in runs.read_run(saved)] == [r["output"] for r in runs.read_run(out)]
    assert eval_runs.compare(str(out), str(saved), True, 0.0) == 0
    assert eval_runs.report(str(tmp_path), None, None) == 0
    assert "## redflags" in (tmp_path / "scorecard.md").read_text()


def test_unknown_names_are_the_users_to_mend(tmp_path: Path, home: Path) -> None:
    from assistant.settings import get_settings

    with pytest.raises(EvalError, match="there is no solver 'oracle'") as error:
        open_solver("oracle", get_settings())
    assert "assistant" in error.value.help
    (tmp_path / "x.jsonl").write_text("{}\n")
    with pytest.raises(EvalError, match="line 1 is no record of a run"):
        runs.read_run(tmp_path / "x.jsonl")


def test_a_solver_that_cannot_be_opened_leaves_no_run(tmp_path: Path) -> None:
    def closed() -> Fake:
        raise EvalError("no index")

    opener: Callable[[], Fake] = closed
    with pytest.raises(EvalError, match="no index"):
        runs.run(CASES, opener, tmp_path / "r.jsonl", MANIFEST)
    assert not (tmp_path / "r.jsonl").exists()
