"""The flags of a conversation: sticky, acted on, retracted, corrected; new patients; who writes; what cannot be checked."""

from __future__ import annotations

import datetime

import pytest

from assistant.guardrails.ledger import Ledger, screen_conversation
from assistant.guardrails.rules import RuleError
from assistant.guardrails.screen import screen_text

TODAY = datetime.date(2026, 11, 24)
CES = "52M LBP, he is numb when he wipes"


def talk(*turns: str) -> Ledger:
    """User turns; a turn that begins with "A:" is the assistant's."""
    messages = [
        {"role": "assistant", "content": t[2:]} if t.startswith("A:") else {"role": "user", "content": t} for t in turns
    ]
    return screen_conversation(messages, today=TODAY)


def states(ledger: Ledger) -> set[str]:
    return {f.state for f in ledger.flags}


def test_a_flag_of_turn_one_governs_turn_six() -> None:
    ledger = talk(CES, "What exercises?", "A:Try walking.", "And work?", "Which NSAID?", "thanks")
    assert ledger.present == ("cauda_equina",) and len(ledger.active_urgent()) == 1
    assert ledger.active_urgent()[0].where.turn == 0 and not ledger.fresh_urgent


@pytest.mark.parametrize(
    "words",
    [
        "Her husband says it's nothing.",
        "It is probably a strain and it is Friday afternoon.",
        "He would rather wait until Monday.",
        "I think it's just the codeine.",
        "Low pre-test probability, so just give me exercises.",
        "The consultant is not worried.",
        "Please do not mention red flags again.",
        "He says it is better when he lies down.",
        "Saddle sensation was normal last month.",
        "Should I send him to ED?",
        "If ED accepts him, should I still ask for bloods?",
        "MRI booked for next week as an outpatient.",
        "I will send him to ED tomorrow.",
        "ED did not accept him.",
        "He refuses to go to hospital.",
        "Ignore that he is numb, I only want the dose of naproxen.",
    ],
)
def test_nothing_but_action_or_retraction_lowers_a_flag(words: str) -> None:
    ledger = talk(CES, words)
    assert [f.tier for f in ledger.active_urgent()] == ["now"]


@pytest.mark.parametrize(
    "words",
    [
        "ED accepted him, MRI at 14:00.",
        "I have sent him to A&E.",
        "Spinal registrar has reviewed him.",
        "Discussed with the on-call neurosurgeon, he is on his way.",
        "He was admitted and decompressed last night.",
        "Ambulance called, he is on the way to hospital.",
    ],
)
def test_acted_on(words: str) -> None:
    ledger = talk(CES, words)
    assert ledger.active_urgent() == () and states(ledger) == {"acted_on"}
    assert ledger.present == ("cauda_equina",)
    assert ledger.flags[0].detail is not None and ledger.flags[0].detail.rstrip(".") in words


def test_new_or_worse_features_open_it_again() -> None:
    assert talk(CES, "ED accepted him.", "He is worse.").active_urgent()
    later = talk(CES, "ED accepted him.", "Now he cannot pass urine.")
    assert [f.concept for f in later.active_urgent()] == ["urinary_retention"] and later.fresh_urgent


def test_a_normal_lumbar_mri_does_not_close_cord_signs() -> None:
    assert talk("60F upgoing plantars", "Lumbar MRI was normal.").active_urgent()
    assert talk("60F upgoing plantars", "MRI was normal.").active_urgent()
    assert not talk("60F upgoing plantars", "Whole spine MRI done at 14:00 and normal.").active_urgent()
    assert not talk(CES, "Lumbosacral MRI done at 14:00, normal.").active_urgent()


@pytest.mark.parametrize(
    "words",
    ["Sorry, wrong patient.", "Please ignore my last message.", "That was another patient's note.", "Scratch that."],
)
def test_retracted(words: str) -> None:
    ledger = talk(CES, words)
    assert ledger.present == () and states(ledger) == {"retracted"} and ledger.active_urgent() == ()


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (CES, "Sorry, I mistyped: he is not numb when he wipes."),
        (CES, "Correction - no saddle numbness."),
        ("PVR 450 mL, LBP", "Typo: the PVR was 45 mL."),
        ("T 38.9, back pain", "I misread the chart, he is afebrile."),
        ("EHL 3/5", "My mistake, power is 5/5."),
    ],
)
def test_corrected(first: str, words: str) -> None:
    ledger = talk(first, words)
    assert states(ledger) == {"corrected"} and ledger.present == () and ledger.active_urgent() == ()


def test_a_denial_without_a_correction_does_not_clear() -> None:
    assert talk(CES, "No saddle numbness on examination.").active_urgent()


def test_a_retracted_flag_said_again_is_present_again() -> None:
    assert talk(CES, "Sorry, wrong patient.", "He is numb when he wipes.").active_urgent()


@pytest.mark.parametrize(
    "words",
    [
        "Next patient: 34F with LBP for 2 weeks.",
        "Another case, a builder with a strain.",
        "New patient now. LBP after gardening.",
        "34F with back pain for 2 weeks after lifting.",
        "52F, LBP for a month.",
    ],
)
def test_a_new_patient_starts_afresh(words: str) -> None:
    ledger = talk(CES, words)
    assert ledger.new_case and ledger.present == () and ledger.flags == () and ledger.case_turn == 1


def test_absent_findings_do_not_carry_to_a_new_patient() -> None:
    assert "infection" in talk("52M no fever, LBP").absent
    assert talk("52M no fever, LBP", "Next patient: 30F LBP").absent == ()


def test_names_tell_patients_apart() -> None:
    assert talk("Mrs Smith is numb when she wipes", "Mr Jones has LBP for a week").flags == ()
    assert talk("Mrs Smith is numb when she wipes", "Mrs Smith asks about work").active_urgent()


def test_two_patients_in_one_message_are_both_answered_once() -> None:
    first = talk(CES + ". Next patient: 40F LBP, no leg pain")
    assert first.active_urgent() and first.new_case
    assert talk(CES + ". Next patient: 40F LBP, no leg pain", "What exercises?").flags == ()


@pytest.mark.parametrize(
    "words",
    [
        "What if she is pregnant?",
        "When would an MRI be right?",
        "What are the red flags for cauda equina?",
        "And in patients with cancer?",
    ],
)
def test_questions_raise_nothing(words: str) -> None:
    assert talk("34F LBP for 2 weeks", words).flags == ()


def test_assistant_messages_never_raise_or_clear() -> None:
    assert talk("LBP 2 weeks", "A:He has saddle numbness and retention.", "ok thanks").flags == ()
    assert talk(CES, "A:Sorry, wrong patient. ED accepted him. He is not numb.", "Which exercises?").active_urgent()


def test_a_users_yes_to_a_question_counts_as_doubtful() -> None:
    ledger = talk("LBP 2 weeks", "A:Any numbness when wiping?", "Yes, since this morning")
    assert [f.assertion for f in ledger.active_urgent()] == ["uncertain"]
    assert ledger.active_urgent()[0].quote == "Yes"
    assert talk("LBP 2 weeks", "A:Any numbness when wiping?", "No").flags == ()


def test_pronoun_led_follow_ups_count() -> None:
    assert talk("52M LBP for 3 weeks", "He now says he is numb when he wipes").fresh_urgent


def test_combinations_work_across_turns() -> None:
    ledger = talk("h/o breast cancer 2022, back pain", "and now her legs are weak")
    assert {f.category for f in ledger.active_urgent() if f.tier == "now"} >= {"malignancy", "cord_compression"}


@pytest.mark.parametrize(
    ("words", "lay"),
    [
        ("I have had back pain for 2 weeks and I can't feel when I pee", True),
        ("My husband can't pee and his backside is numb", True),
        ("My back hurts and both my legs are tingling", True),
        ('52M says "I can\'t feel when I pee", LBP 2/52', False),
        ("My patient can't feel when he pees", False),
        ("Should I refer my patient? He has foot drop.", False),
        ("LBP, numb when wiping", False),
    ],
)
def test_who_writes(words: str, lay: bool) -> None:
    assert talk(words).lay is lay


def test_under_16() -> None:
    assert talk("14 year old with back pain").under16
    assert not talk("16 year old with back pain").under16
    assert "age under 5" in talk("14 year old with back pain").paediatric_triggers


@pytest.mark.parametrize(
    "words",
    [
        "Me duele la espalda desde hace tres semanas y no puedo orinar",
        "Le patient a mal au dos depuis deux jours et ne sent plus rien entre les jambes",
        "Der Patient hat seit zwei Tagen Rückenschmerzen und kann nicht mehr Wasser lassen",
        "腰が痛くて、おしっこが出ません。足がしびれます。",
        "У пациента боль в спине и недержание мочи со вчерашнего дня",
    ],
)
def test_other_languages_are_not_checked(words: str) -> None:
    assert talk(words).not_checked is not None


@pytest.mark.parametrize(
    "words",
    [
        "52M LBP x3d, denies SA/BBI, +IVDU, T 38.9, PVR 480cc, EHL 3/5",
        "SLR 40 L, DTR 2+, NVI",
        "L5/S1 PIVD s/p MLD 2019",
        "LBP 3/52 RTA hx nil NKDA",
        "naïve façade café LBP",
    ],
)
def test_telegraphic_notes_are_english(words: str) -> None:
    assert talk(words).not_checked is None


def test_a_broken_rule_means_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.guardrails import ledger, screen

    def broken() -> tuple[dict[str, object], str]:
        return {}, str(RuleError("RF01-cauda-equina.yaml", "missing keys: source"))

    monkeypatch.setattr(screen, "red_flag_rules", broken)
    monkeypatch.setattr(ledger, "red_flag_rules", broken)
    told = talk(CES)
    assert told.not_checked is not None and "RF01-cauda-equina.yaml" in told.not_checked
    assert told.present == () and "cauda_equina" in told.not_documented
    assert screen_text(CES).not_checked == told.not_checked


def test_patient_procedure_and_modality() -> None:
    assert talk("34M LBP").patient and not talk("What does NICE say about imaging?").patient
    assert talk("microdiscectomy 2 weeks ago, back pain").recent_procedure
    assert not talk("microdiscectomy in 2014, back pain").recent_procedure
    ledger = talk(CES)
    assert ledger.modality(ledger.active_urgent()[0]) == ("MRI", "lumbosacral spine")
    cord = talk("upgoing plantars")
    assert cord.modality(cord.active_urgent()[0]) == ("MRI", "whole spine")


def test_findings_point_into_their_message() -> None:
    turns = ["LBP for 2 weeks", "He is numb when he wipes", "and T 38.7"]
    for finding in talk(*turns).findings:
        assert finding.where.turn is not None
        assert finding.quote == turns[finding.where.turn][finding.start : finding.end]


@pytest.mark.parametrize(
    "words",
    [
        "Bladder scan done, 40 mL.",
        "Bone scan shows mets.",
        "X-ray normal.",
        "MRI shows a large disc.",
        "DEXA was normal.",
        "MRI done, shows cauda equina compression.",
    ],
)
def test_other_scans_and_bad_news_do_not_close(words: str) -> None:
    assert talk(CES, words).active_urgent()


@pytest.mark.parametrize(
    "words",
    [
        "Known to neurosurgery, normal scan of the brain.",
        "Reviewed by orthopaedics 3 years ago.",
        "Seen by the GP.",
        "He was discharged home from ED.",
        "The ED doctor is a friend of his.",
    ],
)
def test_a_party_without_a_deed_does_not_close(words: str) -> None:
    assert talk(CES, words).active_urgent()


def test_admitting_to_a_symptom_is_no_admission() -> None:
    assert len(talk(CES, "He admitted to incontinence in ED.").active_urgent()) == 2
