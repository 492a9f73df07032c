"""The urgent block: every plan's citations, the action within forty words, what it never says, banner once, region, lay line."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest

from assistant.guardrails.concepts import load_map
from assistant.guardrails.ledger import Ledger, screen_conversation
from assistant.guardrails.urgent import UrgentBlock, actions, plan_for, quiet_line, urgent_block
from assistant.types import Finding, Where
from corpus.load import Corpus, load_corpus

TODAY = datetime.date(2026, 11, 24)
DEFAULT = "(safety default, not from a guideline)"
FORBIDDEN = re.compile(
    r"\b(reassur\w*|natural history|most people|usually settles|self-limiting|no imaging|six weeks|STarT|exercise\w*|routine|likely|unlikely|probab\w*|"
    r"consider|may wish|might want|ASAP|soon|urgently|mg|ibuprofen|naproxen|dexamethasone|cleared|safe to|excluded)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def talk(*turns: str) -> Ledger:
    return screen_conversation([{"role": "user", "content": t} for t in turns], today=TODAY)


def block(corpus: Corpus, *turns: str, region: str | None = None) -> UrgentBlock:
    found = urgent_block(talk(*turns), corpus, region)
    assert found is not None
    return found


def test_every_plan_quotes_passages_of_the_corpus(corpus: Corpus) -> None:
    for plan in actions()["plans"]:
        for line in plan["lines"]:
            cited = line.get("cite", {})
            assert cited or "{default}" in line["say"], line["say"]
            for fact, word in cited.items():
                texts = [corpus.passages[i].text for i in corpus.passages_of(fact)]
                assert any(word.lower() in t.lower() for t in texts), (plan["category"], plan["tier"], fact, word)


def test_every_source_of_the_map_stands_in_the_corpus(corpus: Corpus) -> None:
    for concept in load_map().concepts.values():
        assert concept.source == "safety default" or corpus.passages_of(concept.source), (concept.id, concept.source)


def test_every_category_and_tier_that_can_be_raised_has_a_plan() -> None:
    for concept in load_map().concepts.values():
        for category in concept.categories:
            for tier in {concept.tier, concept.tier_history}:
                finding = _finding(category, tier, concept.id)
                assert plan_for(finding) is not None, (category, tier, concept.id)


def _finding(category: str, tier: Any, concept: str) -> Finding:
    return Finding(
        rule="RF01",
        category=category,
        kind="red_flag",
        stage="question",
        tier=tier,
        severity="info",
        action="-",
        message="-",
        source=None,
        where=Where(field="text"),
        concept=concept,
    )


EMERGENCIES = [
    "52M LBP, numb when he wipes, PVR 480cc",
    "upgoing plantars",
    "prostate cancer, legs weak since yesterday",
    "fever 39, right leg weak since this morning",
    "known AAA, back pain",
    "tearing interscapular pain, BP diff 30 mmHg",
    "on warfarin, sudden severe back pain, new leg weakness",
    "fall from height, legs weak",
    "took 40 paracetamol tablets last night",
    "foot drop R, new",
    "bilateral sciatica",
    "IVDU, back pain",
    "T 38.9, back pain",
    "82F tripped and fell",
    "MVC 55 mph",
    "stage IV NSCLC, back pain",
    "on rivaroxaban, sudden severe back pain",
    "CVA tenderness",
    "6 weeks pregnant, bleeding, back pain",
    "14 y/o with night pain",
    "crushing chest pain",
]


@pytest.mark.parametrize("text", EMERGENCIES)
@pytest.mark.parametrize("region", [None, "uk", "us", "eu"])
def test_the_action_stands_within_forty_words(corpus: Corpus, text: str, region: str | None) -> None:
    found = block(corpus, text, region=region)
    assert found.escalates and found.line is None
    head = found.claims[0].text
    assert re.match(r"\*\*(Now|Today):\*\* \"", head)
    forty = " ".join(head.split()[:40])
    assert re.search(
        r"\b(Send|Ring|Keep the spine still and send|Arrange|use your poisons|Take|Before the patient leaves|Do a pregnancy test|Check)\b",
        forty,
    )
    assert not FORBIDDEN.search(forty)
    assert text.casefold().find(re.findall(r'"([^"]+)"', head)[0].casefold().rstrip(" .")) >= 0


@pytest.mark.parametrize("text", EMERGENCIES)
def test_each_line_is_quoted_exactly_or_says_that_it_is_a_default(corpus: Corpus, text: str) -> None:
    for claim in block(corpus, text).claims:
        for citation in claim.citations:
            assert citation.quote in corpus.passages[citation.passage_id].text
        assert claim.safety_default is claim.text.endswith(DEFAULT)
        assert claim.citations or claim.safety_default
        assert "disease" not in claim.text.lower().replace("connective-tissue disease", "")


def test_modality_and_region_are_named(corpus: Corpus) -> None:
    assert "lumbosacral MRI" in block(corpus, "numb when he wipes").claims[0].text
    assert "MRI of the whole spine" in block(corpus, "upgoing plantars").claims[0].text
    both = " ".join(c.text for c in block(corpus, "prostate cancer, legs weak, can't pee").claims)
    assert "whole spine" in both and "emergency lumbosacral MRI" not in both


def test_what_must_not_delay_what_to_record_and_the_handover(corpus: Corpus) -> None:
    text = " ".join(c.text for c in block(corpus, "numb when he wipes").claims)
    for words in (
        "Do not wait for a trial of treatment, an X-ray or an outpatient MRI",
        "under 200 mL does not exclude",
        "Record: onset, saddle sensation",
        "Handover:",
        "flag present",
    ):
        assert words in text
    assert text.index("Send to") < text.index("Do not wait") < text.index("Record:") < text.index("Handover:")


def test_numbers_to_ring_only_with_a_region(corpus: Corpus) -> None:
    numbers = re.compile(r"\b(999|911|112|111)\b")
    for text in EMERGENCIES:
        unset = " ".join(c.text for c in block(corpus, text).claims)
        assert not numbers.search(unset) and "A&E" not in unset
    assert "999" in block(corpus, "numb when he wipes", region="uk").claims[0].text
    assert "911" in block(corpus, "numb when he wipes", region="us").claims[0].text
    assert "112" in block(corpus, "numb when he wipes", region="eu").claims[0].text


def test_full_once_then_one_line(corpus: Corpus) -> None:
    later = block(corpus, "52M numb when he wipes", "Which exercises?")
    assert len(later.claims) == 1 and later.line == later.claims[0] and later.escalates
    assert later.line.text.startswith("**Now:** flag present, not recorded as acted on")
    assert len(block(corpus, "52M numb when he wipes", "now he cannot pass urine").claims) > 3


def test_acted_on_shrinks_to_a_line_that_does_not_escalate(corpus: Corpus) -> None:
    acted = block(corpus, "52M numb when he wipes", "ED accepted him, MRI at 14:00")
    assert len(acted.claims) == 1 and not acted.escalates
    assert "ED accepted him, MRI at 14:00" in acted.claims[0].text
    assert urgent_block(talk("52M numb when he wipes", "Sorry, wrong patient."), corpus) is None


def test_lower_tiers_are_one_line_shown_once(corpus: Corpus) -> None:
    first = block(corpus, "62F lost 9 kg without trying, back pain")
    assert [c.text.split(":**")[0] for c in first.claims] == ["**Within 2 weeks"] and not first.escalates
    assert urgent_block(talk("62F lost 9 kg without trying, back pain", "Which NSAID?"), corpus) is None


def test_lay_writers_get_a_lay_line(corpus: Corpus) -> None:
    found = block(corpus, "I have back pain and I can't feel when I pee", region="uk")
    assert "call 999" in found.claims[0].text and "can't feel when I pee" in found.claims[0].text
    assert not any("MRI" in c.text or "ring the on-call" in c.text for c in found.claims)


def test_a_missing_passage_makes_a_line_a_default(corpus: Corpus) -> None:
    import dataclasses

    bare = dataclasses.replace(corpus, passages={}, merged={})
    found = urgent_block(talk("52M numb when he wipes"), bare)
    assert found is not None and all(
        c.safety_default and c.text.endswith(DEFAULT) and not c.citations for c in found.claims
    )


def test_the_quiet_line() -> None:
    line = quiet_line(talk("34M LBP, denies saddle numbness and fever"))
    assert line.startswith("No red flag recognised in the text typed. Not documented: ")
    assert line.endswith("This is a text check, not an examination.")
    assert "saddle" not in line and "trauma" in line
    assert not re.search(r"\b(clear|cleared|safe|ok|excluded)\b", line)
    assert (
        quiet_line(talk("Me duele la espalda desde hace tres semanas y no puedo orinar"))
        == "Red flags were NOT checked."
    )


def test_flags_beside_a_message_that_could_not_be_read(corpus: Corpus) -> None:
    found = block(corpus, "52M numb when he wipes", "Me duele la espalda desde hace tres semanas y no puedo orinar")
    assert found.claims[0].text == "Red flags were NOT checked." and found.escalates
