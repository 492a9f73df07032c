"""Every figure, pair and rule of the pitfall side stands on a passage of the corpus, and its words are in the lexicon."""

from __future__ import annotations

import re

import pytest

from assistant.guardrails.case import as_list
from assistant.guardrails.ceilings import limits
from assistant.guardrails.check import checks
from assistant.guardrails.clauses import cues
from assistant.guardrails.interactions import pairs
from assistant.guardrails.patient import condition_words, populations
from assistant.guardrails.rules import SAFETY_DEFAULT, load_rules
from corpus.lexicon import load_lexicon
from corpus.load import load_corpus

RULES = [r for r in load_rules().rules if r.kind != "red_flag"]
ROWS = [*limits()["limits"], *pairs(), *populations()["rules"]]


@pytest.mark.parametrize("source", sorted({r.source for r in RULES} | {str(r["source"]) for r in ROWS}))
def test_every_source_is_a_passage(source: str) -> None:
    assert source == SAFETY_DEFAULT or source in load_corpus().passages


def test_every_drug_is_a_concept_of_the_lexicon() -> None:
    named = [d for row in ROWS for key in ("drug", "a", "b", "not_a", "not_b", "also") for d in as_list(row.get(key))]
    named += [d for r in RULES for key in ("drugs", "not_drugs") for d in as_list(r.params.get(key))]
    assert sorted({d for d in named if d not in load_lexicon().concepts}) == []


def test_every_condition_has_words() -> None:
    wanted = {
        c
        for row in ROWS
        for key in ("conditions", "indication", "not_indication")
        for c in as_list((row.get("when") or {}).get(key))
    }
    assert sorted(wanted - set(condition_words())) == []


def test_every_check_exists() -> None:
    named = {r.check for r in RULES if r.kind != "premise"}
    assert named == set(checks())


def test_the_categories_of_the_design_have_rules() -> None:
    wanted = {
        "imaging_without_red_flags", "bed_rest", "muscle_relaxant_duration", "systemic_corticosteroids", "long_term_opioids",
        "dose_exceeded", "missed_cauda_equina", "delayed_urgent_action", "gabapentinoid_for_sciatica", "benzodiazepine",
        "routine_injection", "paracetamol_alone", "interaction", "contraindicated",
    }  # fmt: skip
    assert wanted <= {r.category for r in RULES}


def test_every_cue_compiles() -> None:
    for entry in cues().values():
        for words in entry if isinstance(entry, list) else [entry]:
            re.compile(words)


def test_severity_is_the_word_of_the_source() -> None:
    assert {r["severity"] for r in (*pairs(), *populations()["rules"])} <= {"contraindicated", "avoid", "caution"}


def test_a_limit_says_whose_it_is_and_what_it_rests_on() -> None:
    for row in limits()["limits"]:
        assert row["by"] and row["basis"] in {"label", "practice", "trial", "caution"}, row["id"]
    assert len({row["id"] for row in limits()["limits"]}) == len(limits()["limits"])


def test_a_recalled_or_rechecked_figure_is_marked() -> None:
    """The corpus tells how a passage was verified; a limit on an unestablished one must ask to be confirmed."""
    passages = load_corpus().passages
    for row in limits()["limits"]:
        passage = passages.get(str(row["source"]))
        if passage is not None and (not passage.established or passage.recheck):
            assert row.get("confirm"), row["id"]
