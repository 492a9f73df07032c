"""Properties of the screen: denial never raises, an emergency never lowers, form does not matter, time is linear, results repeat."""

from __future__ import annotations

import datetime
import random
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.guardrails.ledger import screen_conversation
from assistant.guardrails.phrases import Phrasebook, Speller
from assistant.guardrails.reading import reading_of
from assistant.guardrails.screen import screen_text
from assistant.guardrails.text import read

TODAY = datetime.date(2026, 11, 24)
RANK = {"now": 0, "today": 1, "two_weeks": 2, "note": 3, None: 4}
NOTES = yaml.load((Path(__file__).parent / "screen_notes.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)[
    "notes"
]
TEXTS = [n["text"] for n in NOTES]
DENIALS = [
    "Denies saddle numbness.",
    "No fever, chills or weight loss.",
    "No history of cancer.",
    "Bladder and bowels normal.",
    "No weakness in either leg.",
    "No trauma, no IVDU, no steroids.",
    "Anal tone normal, perianal sensation intact.",
    "Not on anticoagulants.",
    "Power 5/5 throughout, plantars downgoing.",
    "Afebrile, CRP 3.",
    "Told to return if he becomes incontinent.",
    "Her mother had breast cancer.",
    "Neuro exam deferred.",
]
EMERGENCIES = [
    "He is numb when he wipes.",
    "Cannot pass urine since last night.",
    "PVR 480 mL.",
    "Both legs are weak since yesterday.",
    "Upgoing plantars and clonus.",
    "BP 82/40 and collapsed.",
    "She took an overdose of codeine last night.",
]
texts, denials, emergencies = st.sampled_from(TEXTS), st.sampled_from(DENIALS), st.sampled_from(EMERGENCIES)


def present(text: str) -> set[str]:
    return set(screen_text(text, today=TODAY).present)


def top(text: str) -> int:
    return min((RANK[f.tier] for f in screen_text(text, today=TODAY).findings), default=4)


@settings(max_examples=150, deadline=None)
@given(texts, denials)
def test_adding_a_denial_never_raises_a_flag(text: str, denial: str) -> None:
    assert present(text.rstrip(" .?!") + ".\n\n" + denial) <= present(text.rstrip(" .?!") + ".")


@settings(max_examples=150, deadline=None)
@given(texts, emergencies)
def test_adding_an_emergency_never_lowers(text: str, emergency: str) -> None:
    for joined in (text.rstrip(" .?!") + ".\n\n" + emergency, emergency + "\n\n" + text):
        assert top(joined) == 0
        assert present(emergency) <= present(joined)


@settings(max_examples=150, deadline=None)
@given(st.lists(texts, min_size=1, max_size=4), emergencies)
def test_in_a_conversation_later_turns_never_lower_an_emergency(turns: list[str], emergency: str) -> None:
    quiet = [
        t
        for t in turns
        if not any(w in t.lower() for w in ("patient", "sorry", "accepted", "admitted", "year", "yo", "mrs"))
    ]
    quiet = [t for t in quiet if not any(c.isdigit() for c in t)]
    messages = [{"role": "user", "content": t} for t in [emergency, *quiet]]
    assert any(f.tier == "now" for f in screen_conversation(messages, today=TODAY).active_urgent())


def _fancy(text: str) -> str:
    return text.replace("'", "\u2019").replace(" - ", " \u2013 ").replace(" ", "\u00a0").replace('"', "\u201d")


@pytest.mark.parametrize("text", TEXTS[::3])
def test_typography_and_outer_space_do_not_matter(text: str) -> None:
    assert present(_fancy(text)) == present(text)
    assert present("  \n" + text + " \n ") == present(text)


@pytest.mark.parametrize(
    ("uk", "us"),
    [
        ("saddle anaesthesia", "saddle anesthesia"),
        ("perianal paraesthesia", "perianal paresthesia"),
        ("faecal incontinence", "fecal incontinence"),
        ("haematuria and loin pain", "hematuria and loin pain"),
        ("MSSA bacteraemia last month", "MSSA bacteremia last month"),
        ("catheterised for retention", "catheterized for retention"),
        ("haemodialysis", "hemodialysis"),
        ("legs paralysed", "legs paralyzed"),
        ("bone tumour", "bone tumor"),
    ],
)
def test_uk_and_us_spelling_agree(uk: str, us: str) -> None:
    assert present(uk) == present(us) != set()
    assert present(f"denies {uk}") == present(f"denies {us}") == set()


@pytest.mark.parametrize(
    "text",
    [
        "numb when i wipe",
        "denies saddle numbness",
        "cannot pass urine",
        "no fever, weight loss or trauma",
        "left foot drop since monday",
    ],
)
def test_case_does_not_matter(text: str) -> None:
    assert present(text) == present(text.upper()) == present(text.capitalize())


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_screened_and_offsets_hold(text: str) -> None:
    result = screen_text(text, today=TODAY)
    assert result.not_checked is None
    for finding in result.findings:
        assert finding.quote == text[finding.start : finding.end]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab '\u2019\u00ad\u200b\u00e6\ufb01-/?.\n3", max_size=80))
def test_tokens_cover_exact_slices(text: str) -> None:
    doc = read(text)
    assert all(0 <= a < b <= len(text) for a, b in zip(doc.starts, doc.ends, strict=True))
    assert doc.starts == sorted(doc.starts)


def test_results_repeat() -> None:
    once = [screen_text(t, today=TODAY) for t in TEXTS[::20]]
    for text in TEXTS[::20]:
        reading_of(text + " ")
    assert once == [screen_text(t, today=TODAY) for t in TEXTS[::20]]


class _Counting(list[str]):
    """Counts how often a word is looked at."""

    looks = 0

    def __getitem__(self, at):  # type: ignore[no-untyped-def]
        _Counting.looks += 1
        return super().__getitem__(at)


def test_phrase_search_is_linear_in_the_words() -> None:
    book = Phrasebook(Speller({}, {}, ()))
    for phrase in ("numb", "numb ~ saddle", "saddle area", "saddle area numb*"):
        book.add(phrase, "w:x")
    looks = []
    for size in (1000, 2000, 4000):
        words = _Counting(random.Random(size).choices(["numb", "saddle", "area", "my", "other"], k=size))
        _Counting.looks = 0
        book.find(words)
        looks.append(_Counting.looks)
    assert looks[1] <= 2.3 * looks[0] and looks[2] <= 2.3 * looks[1]


@pytest.mark.parametrize(
    "piece",
    [
        "no numb saddle and pain no ",
        "no fever, ",
        "numb ",
        "3/5 ",
        "((((",
        "\n",
        "?",
        "hay fever ",
        "Denies saddle numbness. PVR 480cc. ",
        "pt. ",
    ],
)
def test_long_and_hostile_texts_end(piece: str) -> None:
    import time

    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        begun = time.process_time()
        screen_text(text, today=TODAY)
        return time.process_time() - begun

    seconds(2_000)
    small, large = seconds(50_000), seconds(200_000)
    assert large < 6 * small + 0.5


def test_a_repeated_note_keeps_its_flags_and_exact_offsets() -> None:
    note = "Denies fever, chills or trauma. Works as a builder. Sleeps well. "
    text = note * 900 + "Since this morning he is numb when he wipes. " + note * 900
    result = screen_text(text, today=TODAY)
    assert result.present == ("cauda_equina",) and "infection" in result.absent
    assert [text[f.start : f.end] for f in result.findings] == ["numb when he wipes"]
