"""The screen of one text: rule cases, our notes, the fact pack's phrases, the urgency table, and the contract of its result."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.guardrails.concepts import load_map
from assistant.guardrails.rules import load_rules
from assistant.guardrails.screen import ScreenResult, screen_mentions, screen_text

HERE = Path(__file__).parent
TODAY = datetime.date(2026, 11, 24)
RANK = {"now": 0, "today": 1, "two_weeks": 2, "note": 3, None: 4}


def data(name: str) -> dict[str, Any]:
    return dict(yaml.load((HERE / name).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


NOTES = data("screen_notes.yaml")
PHRASES = data("screen_phrases.yaml")["phrases"]


def screen(text: str) -> ScreenResult:
    result = screen_text(text, today=TODAY)
    assert result.not_checked is None
    return result


def top(text: str) -> str | None:
    return min((f.tier for f in screen(text).findings), key=lambda t: RANK[t], default=None)


def rule_cases() -> list[tuple[str, str, bool]]:
    return [
        (rule.category, str(case), fires)
        for rule in load_rules(only="RF").rules
        for fires, cases in ((True, rule.fires), (False, rule.quiet))
        for case in cases
    ]


@pytest.mark.parametrize(("category", "text", "fires"), rule_cases())
def test_every_case_of_every_rule(category: str, text: str, fires: bool) -> None:
    assert (category in screen(text).present) is fires


def test_our_notes_raise_what_they_say_and_nothing_else() -> None:
    wrong = []
    for note in NOTES["notes"]:
        present = set(screen(note["text"]).present)
        if not set(note["present"]) <= present or present - set(note["present"]) - set(note.get("also", ())):
            wrong.append((note["text"], note["present"], sorted(present)))
    assert wrong == []
    assert len(NOTES["notes"]) >= 1400


def test_known_misses_do_not_grow() -> None:
    still = [n for n in NOTES["known"] if set(screen(n["text"]).present) != set(n["present"])]
    assert len(still) <= 12


# Phrases whose concept the screen names otherwise, or that it deliberately gives no category (reason beside each).
SAME = {
    "progressive_motor_deficit": "neurologic_deficit",
    "spinal_infection_history": "infection",
    "transplant": "infection",
    "contusion_abrasion": "fracture",
    "pregnancy_possible": "visceral",
    "axspa_family_history": "inflammatory",
}
NO_CATEGORY = {
    "age_onset_under_45": "a gate of the NG65 count, not a flag",
    "any_red_flag": "a blanket statement fills no single item (clinical-safety, section 2)",
    "anticoagulation": "bleeding needs acute severe pain, a deficit or a procedure beside it",
    "cancer_family_history": "family counts for inflammatory only",
    "catastrophising": "psychosocial",
    "compensation_claim": "psychosocial",
    "crossed_slr_positive": "a sign of radiculopathy",
    "diabetes": "note, no category (design, section 4)",
    "failure_to_improve": "note, no category (design, section 4)",
    "fear_avoidance": "psychosocial",
    "femoral_stretch_positive": "a sign of radiculopathy",
    "high_risk_stratification": "psychosocial",
    "job_dissatisfaction": "psychosocial",
    "low_mood": "psychosocial",
    "night_pain": "note, no category (design, section 4)",
    "no_red_flag_content": "must neither raise nor deny",
    "older_age": "note, no category (design, section 4)",
    "passive_coping": "psychosocial",
    "pregnancy": "a group, not a flag",
    "reflex_abnormal": "one-sided loss is radiculopathy; lost on both sides is cauda_equina",
    "rest_pain": "weak alone",
    "sensory_deficit": "dermatomal loss is radiculopathy",
    "slr_positive": "a sign of radiculopathy",
    "spinal_tenderness": "weak alone",
    "trauma_minor": "a flag only at 70 or over, with fragile bone or steroids",
}
# Where another concept of the same text keeps the category open.
OPEN_BY_ANOTHER = {
    "no urinary retention, but reports weak stream x1 wk",
    "weakness improving, now 4+/5 from 3/5",
    "afebrile but CRP 180",
}
# flag_active with a reading that raises nothing here: not assessed, not documented, short course, pending, intent unclear.
QUIET_THOUGH_ACTIVE = {
    "PVR 180 mL",  # a note: under 200 mL does not exclude
    "constipated since starting codeine",  # a note: ask the other questions
    "took a medrol pack last month",
    "labs for myeloma sent",
    "some wt loss but started dieting",
    "query inflammatory",
    "no new incontinence",  # implies a baseline; neither raised nor denied
    "DRE deferred",
    "PR not performed in GP surgery",
    "PVR not done, awaiting MRI",
    "bladder scan pending",
    "saddle area sensation not tested (pt declined)",
    "unable to assess perianal sensation",
    "can't assess power, too much pain",
    "neuro exam deferred (phone consult)",
    "B/B not documented",
    "pt poor historian, unable to clarify bladder sx",
    "interpreter unavailable, saddle sensation not explored",
}


def category_of(concept: str) -> str | None:
    concepts = load_map().concepts
    if concept in SAME:
        return SAME[concept]
    if concept in concepts and concepts[concept].categories:
        return concepts[concept].categories[0]
    return None


def test_every_phrase_concept_has_a_category_or_a_reason() -> None:
    assert {p["concept"] for p in PHRASES if category_of(p["concept"]) is None} == set(NO_CATEGORY)


@pytest.mark.parametrize("phrase", [p for p in PHRASES if category_of(p["concept"])], ids=lambda p: p["text"][:40])
def test_phrases_of_the_fact_pack(phrase: dict[str, Any]) -> None:
    category = category_of(phrase["concept"])
    present = category in screen(phrase["text"]).present
    if phrase["text"] in QUIET_THOUGH_ACTIVE:
        assert not present
    elif phrase["assertion"] == "affirmed":
        assert present
    elif phrase["assertion"] in ("negated", "hypothetical"):
        assert present is (phrase["text"] in OPEN_BY_ANOTHER)
    else:
        assert present is phrase["flag_active"]


@pytest.mark.parametrize(
    ("text", "category", "tier"),
    [
        ("numb between the legs for 3 days with back pain", "cauda_equina", "now"),
        ("CESI on MRI, taken to theatre", "cauda_equina", "now"),
        ("h/o breast cancer 2020, legs weak and unsteady", "malignancy", "now"),
        ("upgoing plantars, no cancer history", "cord_compression", "now"),
        ("prostate cancer, new thoracic back pain", "malignancy", "today"),
        ("right foot drop since Monday", "neurologic_deficit", "today"),
        ("EHL 3/5", "neurologic_deficit", "today"),
        ("progressive weakness of the left leg", "neurologic_deficit", "today"),
        ("bilateral foot drop", "cauda_equina", "now"),
        ("back pain and fever 38.6", "infection", "today"),
        ("back pain, CRP 140", "infection", "today"),
        ("IVDU with back pain", "infection", "today"),
        ("septic, back pain", "infection", "now"),
        ("fever 38.9, left leg weak since this morning", "infection", "now"),
        ("on warfarin, sudden severe back pain", "bleeding", "today"),
        ("on warfarin, sudden severe back pain, leg weakness now", "bleeding", "now"),
        ("decompression 4 days ago, severe back pain, numb in the saddle", "bleeding", "now"),
        ("collapse and back pain", "vascular", "now"),
        ("known AAA, back pain", "vascular", "now"),
        ("67M first renal colic", "vascular", "now"),
        ("tearing interscapular pain", "vascular", "now"),
        ("62F lost 9 kg without trying, back pain", "malignancy", "two_weeks"),
        ("81F slipped and fell, lumbar pain", "fracture", "today"),
        ("osteoporosis, tripped on the kerb", "fracture", "today"),
        ("long term steroids for COPD", "fracture", "two_weeks"),
        ("fall from height with leg weakness", "fracture", "now"),
        ("27M, LBP 2 years, morning stiffness 60 min, better with exercise", "inflammatory", "note"),
        ("bilateral sciatica", "cauda_equina", "today"),
        ("bilateral sciatica with reduced anal tone", "cauda_equina", "now"),
        ("new erectile dysfunction with back pain", "cauda_equina", "today"),
        ("breast cancer 2003, mild backache", "malignancy", "note"),
        ("14 y/o with LBP", "paediatric", "note"),
        ("14 y/o with LBP and night pain", "paediatric", "today"),
        ("took an overdose last night", "overdose_self_harm", "now"),
    ],
)
def test_urgency_table_and_combinations(text: str, category: str, tier: str) -> None:
    tiers = [f.tier for f in screen(text).findings if f.category == category]
    assert min(tiers, key=lambda t: RANK[t]) == tier


@pytest.mark.parametrize(
    "text",
    [
        "82F",
        "DM2",
        "no improvement after 6 weeks",
        "night pain",
        "thoracic pain",
        "on apixaban for AF",
        "SLR + at 30 on L",
    ],
)
def test_weak_alone_is_a_note_or_nothing(text: str) -> None:
    result = screen(text)
    assert result.present == () and result.findings == ()
    assert all(n.tier == "note" and n.category == "note" for n in result.notes)


def test_lists_partition_the_categories_in_order() -> None:
    order = load_map().categories
    assert order[:7] == (
        "cauda_equina",
        "neurologic_deficit",
        "malignancy",
        "infection",
        "fracture",
        "vascular",
        "inflammatory",
    )
    for note in NOTES["notes"][::7]:
        result = screen(note["text"])
        together = [*result.present, *result.absent, *result.not_documented]
        assert sorted(together) == sorted(order)
        for part in (result.present, result.absent, result.not_documented):
            assert list(part) == [c for c in order if c in part]
        assert {f.category for f in result.findings} == set(result.present)


def test_absent_is_asked_and_denied_and_blankets_fill_nothing() -> None:
    order = load_map().categories
    for text in (
        "no red flags",
        "No red flags identified.",
        "ROS negative",
        "neuro NAD",
        "red flags neg",
        "nil RF",
        "LBP x 3/52, no RF sx",
        "all systems fine",
    ):
        assert screen(text).not_documented == order, text
    result = screen("Denies saddle numbness, fever or weight loss. IVDU - no. Trauma: nil.")
    assert result.absent == ("cauda_equina", "malignancy", "infection", "fracture")
    assert screen("no leg pain").absent == ()
    assert screen("saddle sensation not tested, bladder not asked").absent == ()


def test_offsets_are_code_points_of_the_unmodified_text() -> None:
    text = "🙂 He said: “numb when I wipe”…\r\nT\u00a038.9 °C — sad\u00addle numbness, anæsthesia of perineum"
    result = screen(text)
    assert {"cauda_equina", "infection"} <= set(result.present)
    for finding in result.findings:
        assert finding.quote == text[finding.start : finding.end]
    for item in result.explain:
        assert item.quote == text[item.start : item.end]


def test_findings_say_flag_present_and_carry_their_rule_source_and_tier() -> None:
    by_id = load_rules(only="RF").by_id
    for note in NOTES["notes"][::11]:
        for finding in screen(note["text"]).findings:
            assert finding.message.startswith("Flag present:") and "disease" not in finding.message
            assert by_id[finding.rule].category == finding.category
            assert finding.kind == "red_flag" and finding.tier in RANK and finding.source
            assert (
                finding.severity
                == {"now": "emergency", "today": "emergency", "two_weeks": "warning", "note": "info"}[str(finding.tier)]
            )


def test_cord_signs_are_reported_as_a_deficit_too() -> None:
    assert {"cord_compression", "neurologic_deficit"} <= set(screen("clonus and upgoing plantars").present)


def test_explanation_names_the_cue() -> None:
    items = screen("fever: absent. Denies saddle numbness; now can't pee").explain
    said = {i.concept: (i.assertion, i.cue) for i in items}
    assert said["saddle_anaesthesia"] == ("absent", "Denies")
    assert {i.concept: i.scope for i in items}["saddle_anaesthesia"] == ";"
    assert said["urinary_retention"][0] == "present"


def test_mentions_of_any_concept() -> None:
    text = "SOB: n, night sweats: y, cough denied, rash ?, father had gout, return if vomiting"
    spans = [
        {"start": text.index(w), "end": text.index(w) + len(w)}
        for w in ("SOB", "night sweats", "cough", "gout", "vomiting")
    ]
    said = [m["assertion"] for m in screen_mentions(text, spans, TODAY)]
    assert said == ["absent", "present", "absent", "family", "hypothetical"]
    with pytest.raises(ValueError, match="not inside"):
        screen_mentions("abc", [{"start": 0, "end": 9}])


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n",
        "....",
        "?",
        "{}",
        "\x00",
        "🙂" * 50,
        "a" * 5000,
        "-",
        "[x]",
        "'",
        "no",
        "no no no",
        "()(",
        "3/5",
    ],
)
def test_odd_texts_do_not_break_it(text: str) -> None:
    assert isinstance(screen(text), ScreenResult)
