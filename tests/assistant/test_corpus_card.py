"""`lumbar corpus list, check, conflicts` and the corpus card of `docs/`, which a change of the corpus must not leave behind."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import assistant.library
import corpus.load
from assistant.cli import app
from assistant.commands import corpus_card
from assistant.corpus_links import HERE, link_faults
from assistant.guardrails.rules import parse_rule
from assistant.planning import Plan
from corpus.load import load_corpus

ROOT = Path(__file__).resolve().parents[2]
CORPUS = load_corpus()
REVIEW = {"by": "Dr A. Reader", "role": "GP", "date": "2026-12-01"}


@pytest.fixture(autouse=True)
def no_documents_of_a_clinic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A run-time home without a library, so that the corpus in use is the built-in one."""
    monkeypatch.setenv("LUMBAR_HOME", str(tmp_path / "home"))


def lumbar(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output
    return result.stdout


@pytest.mark.parametrize(("name", "kind"), [("corpus-card.md", "markdown"), ("corpus-card.json", "json")])
def test_the_pages_are_current(name: str, kind: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == corpus_card.page(kind), "run `make docs`"


def test_the_page_of_data_is_the_card() -> None:
    assert json.loads(corpus_card.page("json")) == corpus_card.full_card(CORPUS)


def test_the_card_lists_every_source_and_says_that_nobody_has_reviewed_it() -> None:
    page = lumbar("corpus", "list", "--markdown")
    for guideline in CORPUS.guidelines.values():
        assert f"| `{guideline.id}` " in page
    for items in ("guidelines", "agreements", "conflicts", "rules", "answer plans"):
        assert f"| {items} | 0 of " in page
    assert "lapsed since 2022" in page and "superseded since 2022 by vadod2022" in page


def test_list_has_a_line_a_source() -> None:
    rows = [json.loads(line) for line in lumbar("corpus", "list", "--json").splitlines()]
    assert {row["id"] for row in rows} >= set(CORPUS.guidelines)
    assert {"content", "edition", "checked", "licence", "passages", "verified", "clinically_reviewed"} <= set(rows[0])
    assert "lapsed 2022" in lumbar("corpus", "list")


def test_check_passes_and_counts_reviews() -> None:
    row = json.loads(lumbar("corpus", "check", "--json"))
    assert row["violations"] == []
    assert row["clinically_reviewed"]["rules"]["reviewed"] == 0 < row["clinically_reviewed"]["rules"]["of"]
    assert "keeps every rule" in lumbar("corpus", "check")


def test_check_names_drug_sources_that_have_to_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for today, named in (("2027-11-30", False), ("2027-12-01", True)):
        monkeypatch.setenv("LUMBAR_TODAY", today)
        row = json.loads(lumbar("corpus", "check", "--json"))
        assert ("lbl-tizanidine" in row["drug_sources_checked_over_12_months_ago"]) is named
        assert row["violations"] == []


def test_check_fails_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    passage = CORPUS.passage("ng59-1.2.6").model_copy(update={"strength": "strong"})
    broken = replace(CORPUS, passages={**CORPUS.passages, passage.id: passage})
    monkeypatch.setattr(assistant.library, "open_corpus", lambda _: broken)
    out = lumbar("corpus", "check", code=1)
    assert "breaks 2 of its rules" in out and "conflict-traction: row NICE NG59" in out
    assert "guidelines/ng59.yaml: ng59-1.2.6: strength 'strong' is no grade of ng59; write the issuer's own word" in out


DISPUTES = set(yaml.load((corpus.load.HERE / "fact_ids.yaml").read_text("utf-8"), yaml.CSafeLoader)["conflicts"])


def test_every_known_dispute_is_printed_with_every_position() -> None:
    shown = {row["id"]: row for row in map(json.loads, lumbar("corpus", "conflicts", "--json").splitlines())}
    assert len(DISPUTES) >= 24 and set(shown) >= DISPUTES
    text = "".join(lumbar("corpus", "conflicts").split())
    for conflict in shown.values():
        assert f"({conflict['id']})" in text
        for row in conflict["rows"]:
            assert "".join(row["label"].split()) in text and all(i in text for i in row["passage_ids"])


def test_a_position_has_year_strength_stance_population_and_passage() -> None:
    out = " ".join(lumbar("corpus", "conflicts", "tca").split())
    assert "WHO 2023 2023 conditional against Tricyclics not as routine care; chronic primary low back pain; who2023-D" in out


# -- links from guardrails and plans ----------------------------------------------------------------

Plant = Callable[[Path], None]


def edit(name: str, old: str, new: str) -> Plant:
    def plant(root: Path) -> None:
        text = (root / name).read_text(encoding="utf-8")
        assert old in text, old
        (root / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return plant


BED_REST = "guardrails/rules/PF02-bed-rest.yaml"
REVIEWED = "clinically_reviewed: {by: Dr A. Reader, role: GP, date: yesterday}\n"
LINKS: dict[str, tuple[Plant, str, str, str]] = {
    "a rule's source": (edit(BED_REST, "source: cw-nass-2", "source: cw-nass-22"), BED_REST, "PF02", "'cw-nass-22' is no passage"),
    "a rule on what was superseded": (edit(BED_REST, "source: cw-nass-2", "source: vadod2017-3"), BED_REST, "PF02", "no longer in force"),
    "a rule's concept": (
        edit("guardrails/rules/RF01-cauda-equina.yaml", "[saddle_anaesthesia,", "[sadle_anaesthesia,"),
        "guardrails/rules/RF01-cauda-equina.yaml", "RF01", "'sadle_anaesthesia' is not in concepts.yaml",
    ),
    "a rule's review": (edit(BED_REST, "source: cw-nass-2\n", f"source: cw-nass-2\n{REVIEWED}"), BED_REST, "PF02", "'yesterday' is no day"),
    "a limit's source": (
        edit("guardrails/limits.yaml", "source: cyc-dose-ir", "source: cyc-dose"), "guardrails/limits.yaml", "cyc-ir-single", "'cyc-dose' is no passage",
    ),
    "an interaction's source": (
        edit("guardrails/interactions.yaml", "source: cyc-ci-maoi", "source: cyc-maoi"), "guardrails/interactions.yaml", "pairs 1", "'cyc-maoi' is no passage",
    ),
    "an urgent line's passage": (
        edit("guardrails/actions.yaml", "cite: {SN-001:", "cite: {SN-100:"), "guardrails/actions.yaml", "cauda_equina", "'SN-100' is no passage",
    ),
    "a plan's topic": (
        edit("plans/plans.yaml", "{all: [activity],", "{all: [activty],"), "plans/plans.yaml", "management", "no passage has the topic 'activty'",
    ),
}  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The data of guardrails and plans, in a folder of their own."""
    for folder in ("guardrails", "plans"):
        shutil.copytree(HERE / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path


def test_every_link_holds() -> None:
    assert link_faults(CORPUS) == []


@pytest.mark.parametrize("name", LINKS)
def test_a_broken_link_is_named(copy: Path, name: str) -> None:
    plant, file, entry, problem = LINKS[name]
    plant(copy)
    (found,) = link_faults(CORPUS, copy)
    assert (found.file, found.id) == (file, entry) and problem in found.problem and found.do


# -- clinically_reviewed ----------------------------------------------------------------------------


def test_a_rule_and_a_plan_may_say_who_has_reviewed_them() -> None:
    data = yaml.load((HERE / BED_REST).read_text(encoding="utf-8"), yaml.CSafeLoader)
    assert parse_rule({**data, "clinically_reviewed": REVIEW}, "PF02-bed-rest.yaml").clinically_reviewed == REVIEW
    plan = Plan.model_validate({"id": "dose", "sections": [], "words": 100, "clinically_reviewed": REVIEW})
    assert plan.clinically_reviewed is not None and plan.clinically_reviewed.by == "Dr A. Reader"
