"""Rules, words and the concept map as data: the loader fails closed, every list is usable, rules and map agree."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from assistant.guardrails import rules
from assistant.guardrails.concepts import load_map
from assistant.guardrails.lexis import CLASSES, load_lexis
from assistant.guardrails.phrases import distance
from assistant.guardrails.rules import RuleError, load_rules, parse_rule

RULES = Path(rules.__file__).parent / "rules"
GOOD = yaml.load((RULES / "RF01-cauda-equina.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def test_one_red_flag_rule_for_each_category_with_its_concepts() -> None:
    by_category = {r.category: r for r in load_rules(only="RF").rules}
    concepts = load_map().concepts
    assert set(by_category) == set(load_map().categories) and len(by_category) == 12
    for category, rule in by_category.items():
        assert {c.id for c in concepts.values() if category in c.categories} <= set(rule.concepts) <= set(concepts)
        assert len(rule.quiet) >= len(rule.fires) >= 1 and rule.tier is not None and rule.kind == "red_flag"


def test_the_map_has_some_eighty_concepts_with_source_and_tier() -> None:
    concepts = load_map().concepts
    assert len(concepts) >= 80
    assert all(c.source and c.label and c.tier in rules.TIERS for c in concepts.values())
    assert (
        concepts["bilateral_sciatica"].categories == ("cauda_equina",)
        and concepts["bilateral_sciatica"].tier == "today"
    )
    assert concepts["foot_drop"].categories == ("neurologic_deficit",)
    assert concepts["ivdu"].categories == concepts["immunosuppression"].categories == ("infection",)
    assert concepts["corticosteroids"].categories == ("fracture",)
    for name in ("older_age", "diabetes", "failure_to_improve", "night_pain"):
        assert concepts[name].categories == () and concepts[name].tier == "note"
    assert {c.id for c in concepts.values() if c.family_counts} == {"axspa_history", "tb_exposure"}


def test_cue_classes_are_all_used() -> None:
    assert {c.cls for c in load_lexis().cues} == CLASSES


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source": None}, "source"),
        ({"tier": "soon"}, "tier"),
        ({"tier": None}, "tier"),
        ({"severity": "high"}, "severity"),
        ({"stage": "later"}, "stage"),
        ({"id": "XX1"}, "id"),
        ({"id": "RF02"}, "begin the file"),
        ({"extra": 1}, "unknown keys: extra"),
        ({"concepts": [], "patterns": [], "check": None}, "patterns"),
        ({"patterns": ["("]}, "does not compile"),
        ({"check": "not a name"}, "Python check"),
        ({"params": []}, "mapping"),
        ({"cases": {"fires": ["a", "b"], "quiet": ["c"]}}, "as many quiet"),
        ({"cases": {"fires": []}}, "fires"),
        ({"cases": {"fires": [""], "quiet": ["a"]}}, "list of texts"),
    ],
)
def test_a_malformed_rule_is_refused_by_name(change: dict[str, object], said: str) -> None:
    with pytest.raises(RuleError, match="RF01-x.yaml") as error:
        parse_rule({**GOOD, **change}, "RF01-x.yaml")
    assert said in str(error.value)


def test_a_missing_key_and_a_list_are_refused() -> None:
    with pytest.raises(RuleError, match="missing keys: why"):
        parse_rule({k: v for k, v in GOOD.items() if k != "why"}, "RF01-x.yaml")
    with pytest.raises(RuleError, match="mapping"):
        parse_rule([GOOD], "RF01-x.yaml")


def test_loading_fails_closed_or_names_what_is_broken(tmp_path: Path) -> None:
    shutil.copy(RULES / "RF01-cauda-equina.yaml", tmp_path)
    (tmp_path / "RF02-broken.yaml").write_text("id: [", encoding="utf-8")
    with pytest.raises(RuleError, match="RF02-broken.yaml"):
        load_rules(tmp_path)
    book = load_rules(tmp_path, strict=False)
    assert [r.id for r in book.rules] == ["RF01"] and [b.file for b in book.broken] == ["RF02-broken.yaml"]
    with pytest.raises(RuleError, match="no rules"):
        load_rules(tmp_path, only="PF")


def test_two_rules_may_not_share_an_id(tmp_path: Path) -> None:
    shutil.copy(RULES / "RF01-cauda-equina.yaml", tmp_path)
    shutil.copy(RULES / "RF01-cauda-equina.yaml", tmp_path / "RF01-again.yaml")
    with pytest.raises(RuleError, match="already taken"):
        load_rules(tmp_path)


def test_the_hash_covers_words_and_rules(tmp_path: Path) -> None:
    copy = tmp_path / "guardrails"
    shutil.copytree(RULES.parent, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    before = rules.data_hash(copy)
    assert before == load_rules(only="RF").hash == rules.data_hash(copy)
    for name in ("cues.yaml", "concepts.yaml", "actions.yaml", "conversation.yaml", "rules/RF01-cauda-equina.yaml"):
        text = (copy / name).read_text(encoding="utf-8")
        (copy / name).write_text(text + "\n# changed\n", encoding="utf-8")
        after = rules.data_hash(copy)
        assert after != before
        before = after


def test_correctable_words_are_far_from_each_other_where_it_matters() -> None:
    speller = load_lexis().book.speller
    for wrong, right in (
        ("incontinance", "incontinence"),
        ("perenium", "perineum"),
        ("nubmness", "numbness"),
        ("saddel", "saddle"),
        ("siatica", "sciatica"),
        ("paresthesia", "paraesthesia"),
        ("fecal", "faecal"),
    ):
        assert speller.correct(wrong) == right
    for word in (
        "hypertensive",
        "direction",
        "palpation",
        "injection",
        "intention",
        "healing",
        "weekend",
        "rection",
        "avoid",
        "fewer",
    ):
        assert speller.correct(word) == word
    assert distance("saddel", "saddle") == 1 and distance("numbness", "nubmness") == 1 and distance("a", "abc") == 2
