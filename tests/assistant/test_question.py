"""Reading a question with its conversation: type, focus, facts of the patient, standalone question."""

from __future__ import annotations

import pytest

from assistant.question import Questioner, Reading
from corpus.lexicon import load_lexicon

QUESTIONER = Questioner(load_lexicon())


def read(*turns: str) -> Reading:
    return QUESTIONER.read([{"role": "user", "content": t} for t in turns])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("How long can he take cyclobenzaprine?", "duration"),
        ("max daily dose of naproxen", "dose"),
        ("When would an MRI be right?", "imaging"),
        ("What is first-line treatment for acute low back pain?", "management"),
        ("58-year-old woman, low back pain for 8 months. What should I offer first?", "management"),
        ("Which red flags should I ask about?", "red_flags"),
        ("What should I examine when there are leg symptoms?", "examination"),
        ("Is acupuncture recommended?", "option"),
        ("Do the guidelines agree on acupuncture?", "comparison"),
        ("Does NICE still recommend CBT?", "history"),
        ("When should I refer for surgery?", "referral"),
        ("When should I review him?", "follow_up"),
        ("What safety-net advice should I give?", "safety_net"),
        ("What is the outlook for acute low back pain?", "prognosis"),
        ("How is STarT Back scored?", "risk_tool"),
        ("Can naproxen be combined with warfarin?", "interaction"),
    ],
)
def test_the_type_of_a_question(text: str, kind: str) -> None:
    assert read(text).type == kind


def test_what_was_done_is_not_what_is_asked() -> None:
    asked = read("He was seen today, MRI done at 14:00 and normal. When should I review him?")
    assert asked.type == "follow_up"


def test_a_follow_up_takes_over_what_it_does_not_say() -> None:
    first = "Initial management for a patient with low back pain and spasm?"
    how_long = read(first, "How long can he take the muscle relaxant?")
    assert how_long.follow_up and "patient with low back pain and spasm" in how_long.standalone
    old = read(first, "How long can he take the muscle relaxant?", "and if he is 78?")
    assert old.types[0] == "duration" and old.focus == ("muscle-relaxant",)
    assert old.case.get("age") == 78 and "older_adults" in old.case.groups


def test_a_branch_holds_for_its_own_turn() -> None:
    turns = ("Can I give ibuprofen for acute low back pain?", "What if she is pregnant?")
    assert "pregnancy" in read(*turns).case.groups
    assert "pregnancy" not in read(*turns, "Which dose of ibuprofen?").case.groups


def test_a_full_question_stands_alone() -> None:
    asked = read("Is gabapentin useful for sciatica?", "What is the usual course of acute low back pain?")
    assert not asked.follow_up and asked.standalone == "What is the usual course of acute low back pain?"


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("72M, eGFR 38, on ramipril, LBP x3d", {"age": 72, "sex": "male", "egfr": 38, "takes": "ramipril"}),
        ("A 58\u2011year\u2011old woman with back pain for 8 months", {"age": 58, "sex": "female"}),
        ("She is 30 weeks pregnant with back pain", {"pregnant": True, "gestation_weeks": 30}),
        ("low back pain, tingling to the buttock", {"leg_pain": "buttock"}),
        ("low back pain for 8 months, no leg pain", {"leg_pain": "none"}),
        ("acute sciatica below the knee", {"leg_pain": "radicular", "duration_class": "acute"}),
        ("weight 45 kg, back pain", {"weight_kg": 45}),
    ],
)
def test_facts_of_the_patient(text: str, facts: dict[str, object]) -> None:
    case = read(text).case
    assert {k: case.get(k) for k in facts} == facts


def test_spans_are_of_the_unmodified_message() -> None:
    text = "Hx\u00a0of CKD 3b \u2013 78\u2010year\u2010old man, back pain x3d"
    for fact in read(text).case.facts:
        assert text[fact.start : fact.end] == fact.quote


def test_a_prognosis_in_years_is_no_age() -> None:
    assert read("prognosis of new acute LBP at 6 weeks and 1 yr").case.get("age") is None


def test_the_last_message_must_be_the_users() -> None:
    with pytest.raises(ValueError, match="last message"):
        QUESTIONER.read([{"role": "user", "content": "back pain?"}, {"role": "assistant", "content": "yes"}])
