"""The entry points of the pitfall side: check_text, check_plan, check_claims, find_premises."""

from __future__ import annotations

import pytest

from assistant.guardrails.check import check_claims, check_plan, check_text
from assistant.guardrails.premises import find_premises
from assistant.types import CaseFact, Finding, Where
from corpus.load import load_corpus


def fact(key: str, value: str | int | float | bool) -> CaseFact:
    return CaseFact(key=key, value=value, quote=str(value), turn=0, start=0, end=1)


def flag(category: str = "cauda_equina", tier: str = "now") -> Finding:
    return Finding(
        rule="RF01", category=category, kind="red_flag", stage="question", assertion="present", tier=tier, severity="emergency", action="Act.",  # type: ignore[arg-type]
        message="Flag present.", source="CES-002", where=Where(field="messages", turn=0), quote="saddle numbness", start=0, end=15, state="present",
    )  # fmt: skip


def test_every_statement_of_the_corpus_is_quiet() -> None:
    corpus = load_corpus()
    texts = {p.id: p.text for p in corpus.passages.values()} | {a.id: a.text for a in corpus.agreements.values()}
    loud = {
        key: [f.category for f in found]
        for key, text in sorted(texts.items())
        if (found := check_claims([text], [], []))
    }
    assert loud == {}


def test_the_plan_of_the_user_is_checked_with_stage_plan() -> None:
    message = "38M, LBP for a week, no red flags. I'm going to order an MRI and start prednisone 50 mg."
    found = check_plan([{"role": "user", "content": message}], [])
    assert {(f.category, f.stage) for f in found} == {
        ("imaging_without_red_flags", "plan"),
        ("systemic_corticosteroids", "plan"),
    }
    assert all(f.where.field == "messages" and f.where.turn == 0 and f.quote == message[f.start : f.end] for f in found)


def test_a_question_is_no_plan() -> None:
    for words in (
        "Should I order an MRI?",
        "Is bed rest useful?",
        "Would prednisone help sciatica?",
        "What do guidelines say about opioids?",
    ):
        assert check_plan([{"role": "user", "content": words}], []) == []


def test_a_proposed_dose_counts_while_there_is_no_answer() -> None:
    found = check_plan([{"role": "user", "content": "Can I give ibuprofen 1200 mg four times a day?"}], [])
    assert [(f.category, f.stage) for f in found] == [("dose_exceeded", "question")]
    assert check_text("Can I give ibuprofen 1200 mg four times a day?", "No, that is above the ceiling.") == []
    agreed = [
        f
        for f in check_text("Can I give ibuprofen 1200 mg four times a day?", "Yes, that is fine.")
        if f.category == "dose_exceeded"
    ]
    assert agreed and agreed[0].where.field == "answer" and agreed[0].quote == "Yes"


def test_a_yes_to_a_proposal_recommends_it() -> None:
    assert [f.quote for f in check_text("30F, LBP 3 days. Should I get an MRI?", "Absolutely.")] == ["Absolutely"]
    assert check_text("30F, LBP 3 days. Is it fine to skip the MRI?", "Yes.") == []
    assert check_text("30F, LBP 3 days. Should I get an MRI?", "Yes, but only if red flags appear.") == []


def test_corrected_case_facts_count() -> None:
    words = "Gabapentin 600 mg three times daily."
    assert "dose_exceeded" in {f.category for f in check_claims([words], [fact("egfr", 38)], [])}
    assert "dose_exceeded" not in {f.category for f in check_claims([words], [fact("egfr", 90)], [])}
    regimen = "Ibuprofen 800 mg four times a day."
    assert check_claims([regimen], [fact("region", "us")], []) == []
    assert check_claims([regimen], [fact("region", "uk")], []) != []
    assert "contraindicated" in {
        f.category for f in check_claims(["Start naproxen 250 mg twice daily."], [fact("gestation_weeks", 32)], [])
    }


def test_claims_carry_their_number_and_their_own_offsets() -> None:
    claims = ["Stay active.", "Order an MRI of the lumbar spine.", "Avoid bed rest."]
    found = check_claims(claims, [], [])
    assert [(f.where.field, f.where.turn) for f in found] == [("answer", 1)]
    assert found[0].quote == claims[1][found[0].start : found[0].end]


def test_claims_that_do_not_act_on_an_urgent_flag_are_an_omission() -> None:
    missed = [f for f in check_claims(["Ibuprofen 400 mg three times daily."], [], [flag()]) if f.kind == "omission"]
    assert [f.category for f in missed] == ["missed_cauda_equina"]
    assert missed[0].where.field is None and missed[0].quote is None and "saddle numbness" in missed[0].message
    assert check_claims(["Send to the emergency department now for MRI."], [], [flag()]) == []
    other = check_claims(["Ibuprofen 400 mg three times daily."], [], [flag("infection", "today")])
    assert [f.category for f in other] == ["delayed_urgent_action"]


def test_imaging_is_right_with_a_red_flag() -> None:
    claim = ["Order an MRI of the lumbar spine."]
    assert check_claims(claim, [], [])
    assert check_claims(claim, [], [flag("malignancy", "two_weeks")]) == []


def test_the_history_tells_of_the_patient() -> None:
    history = [{"role": "user", "content": "She is 78 and on warfarin."}, {"role": "assistant", "content": "Noted."}]
    found = check_text("What for the pain?", "Naproxen 500 mg twice daily.", history)
    assert "interaction" in {f.category for f in found}
    spoken = [{"role": "assistant", "content": "She is on warfarin."}]
    assert "interaction" not in {
        f.category for f in check_text("What for the pain?", "Naproxen 500 mg twice daily.", spoken)
    }


@pytest.mark.parametrize(
    ("question", "answer", "word"),
    [
        ("on phenelzine", "Cyclobenzaprine 5 mg at night.", "contraindicated"),
        ("on warfarin", "Ibuprofen 400 mg three times daily.", "avoid"),
        ("takes sertraline", "Ibuprofen 400 mg three times daily.", "caution"),
        ("She is 60 and on oxycodone", "Add pregabalin 75 mg twice daily.", "caution"),
        ("She is 70 and on oxycodone", "Add pregabalin 75 mg twice daily.", "avoid"),
        ("on ramipril and furosemide", "Naproxen 250 mg twice daily.", "avoid"),
        ("on ramipril", "Naproxen 250 mg twice daily.", "caution"),
    ],
)
def test_interactions_use_the_word_of_the_source(question: str, answer: str, word: str) -> None:
    found = [f for f in check_text(question, answer) if f.category == "interaction"]
    assert found and any(word in f.message for f in found)
    assert {f.severity for f in found} <= ({"info"} if word == "caution" else {"warning", "info"})


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("not on warfarin", "Ibuprofen 400 mg three times daily."),
        ("warfarin was stopped last year", "Ibuprofen 400 mg three times daily."),
        ("on warfarin", "Do not give ibuprofen."),
        ("on warfarin", "Ibuprofen with warfarin raises the bleeding risk; choose paracetamol."),
        ("on diazepam", "Stop diazepam slowly; do not start oxycodone."),
        ("no drugs", "Ibuprofen 400 mg three times daily, or paracetamol 1 g four times daily."),
        ("no drugs", "An NSAID first; duloxetine 60 mg daily second-line."),
    ],
)
def test_no_interaction_without_a_pair_given_together(question: str, answer: str) -> None:
    assert [f for f in check_text(question, answer) if f.category == "interaction"] == []


def test_a_pregnancy_without_its_weeks_asks_for_them() -> None:
    found = [
        f
        for f in check_text("She is pregnant with back pain.", "Ibuprofen 400 mg three times daily.")
        if f.category == "contraindicated"
    ]
    assert found and found[0].action == "Ask the gestation first."


def test_premises_carry_a_correction_and_its_passage() -> None:
    question = "Given that lying flat for a week speeds recovery, what mattress should he buy?"
    found = find_premises(question)
    assert [(f.rule, f.kind, f.source) for f in found] == [("PR01", "premise", "act-dahm-acute")]
    assert found[0].quote == question[found[0].start : found[0].end]
    assert "stay active" in found[0].message


@pytest.mark.parametrize(
    "question",
    [
        "Does lying flat speed recovery?",
        "Is an MRI needed for all back pain, or only with red flags?",
        "My patient believes that opioids are first line. How do I explain?",
        "Since bed rest does not help, what should I advise?",
        "Are oral steroids recommended for sciatica?",
        "45M with LBP for 3 weeks, neuro intact, wants to know if traction is recommended.",
        "Which NSAID is recommended for acute low back pain?",
    ],
)
def test_open_questions_hold_no_premise(question: str) -> None:
    assert find_premises(question) == []


def test_the_findings_of_a_check_can_be_limited_to_rules() -> None:
    answer = "Order an MRI and advise bed rest for a week."
    assert {f.rule for f in check_text("LBP", answer, only=["PF02"])} == {"PF02"}
