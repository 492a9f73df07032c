"""Every form of the lexicon is used somewhere, or is listed with the reason why it is kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus.lexicon import Lexicon, load_lexicon
from evals import lexicon as usage


@pytest.fixture(scope="module")
def row() -> dict[str, Any]:
    return usage.report()


def test_size_is_of_forms_in_use(row: dict[str, Any]) -> None:
    assert row["concepts"] >= 350
    assert row["used"] + row["concepts"] >= 2000


def test_nothing_is_unused_without_a_reason(row: dict[str, Any]) -> None:
    assert row["unmarked"] == [], "use it, take it out, or list it in corpus/lexicon_unused.yaml with the reason"
    assert row["gone"] == [], "corpus/lexicon_unused.yaml lists forms that the lexicon has no longer"


def test_reasons_are_sentences_and_no_form_has_two() -> None:
    groups = usage.unused(usage.CORPUS)["forms"]
    listed = [(concept, form) for group in groups.values() for concept, row in group.items() for form in row]
    assert len(listed) == len(set(listed))
    assert all(len(why.split()) >= 4 for why in groups)


def test_a_form_that_nothing_uses_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    concepts = load_lexicon().concepts
    more = concepts["traction"].model_copy(update={"forms": (*concepts["traction"].forms, "backstretcherama")})
    changed = Lexicon(tuple({**concepts, "traction": more}.values()))
    monkeypatch.setattr(usage, "load_lexicon", lambda: changed)
    monkeypatch.setattr(usage, "listed", lambda: {("traction", "no such form"): "because it is there"})
    monkeypatch.setattr(usage, "_all_texts", texts)
    row = usage.report()
    assert ("traction", "backstretcherama") in row["unmarked"]
    assert ("traction", "spinal traction") not in row["unmarked"]
    assert row["gone"] == [("traction", "no such form")]
    assert usage.main([]) == 1


def texts() -> Iterator[str]:
    """One text, which uses one form of traction."""
    yield "Spinal traction was offered."


def test_marking_lists_the_unmarked_and_takes_out_the_rest(tmp_path: Path) -> None:
    shutil.copy(usage.CORPUS / usage.UNUSED, tmp_path)
    before = usage.unused(tmp_path)["forms"]
    why, group = next(iter(before.items()))
    concept, words = next(iter(group.items()))
    gone = (concept, words[0])
    usage.mark({"unmarked": [("traction", "backstretcherama")], "gone": [gone], "used_by_now": []}, why, tmp_path)
    after = usage.unused(tmp_path)
    assert words[0] not in after["forms"][why].get(concept, [])
    assert after["forms"][why]["traction"][-1] == "backstretcherama"
    assert after["concepts"] == usage.unused(usage.CORPUS)["concepts"]
    assert (tmp_path / usage.UNUSED).read_text("utf-8").startswith("# What the lexicon keeps")


def test_strings_of_nested_data_are_all_read() -> None:
    assert list(usage._strings({"a": ["b", {"c": "d"}], "e": 1})) == ["b", "d"]
