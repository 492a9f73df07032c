"""A drug fact checked more than 12 months ago is shown with a banner; one checked more than 24 months ago shows no dose."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from assistant.pipeline import Assistant
from assistant.settings import Settings
from assistant.types import Reply
from corpus.lexicon import load_lexicon
from corpus.load import load_corpus
from tests.assistant.words_searcher import WordsSearcher

CORPUS = load_corpus()
LEXICON = load_lexicon()
SEARCHER: Any = WordsSearcher(CORPUS)
BANNER = "Last checked more than 12 months ago"
DOSE = re.compile(r"\d ?mg\b")
QUESTIONS = ["What is the dose of cyclobenzaprine?", "Ibuprofen dose for acute low back pain?", "Maximum dose of naproxen?"]


def at(home: Path, today: str, question: str) -> Reply:
    settings = Settings(home=home, LUMBAR_TODAY=datetime.date.fromisoformat(today))
    return Assistant(settings, CORPUS, LEXICON, SEARCHER).reply([{"role": "user", "content": question}])


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_fresh_dose_is_shown_without_a_banner(tmp_path: Path, question: str) -> None:
    for today in ("2026-11-24", "2027-11-30"):
        reply = at(tmp_path, today, question)
        assert DOSE.search(reply.answer) and BANNER not in reply.answer


@pytest.mark.parametrize("question", QUESTIONS)
def test_after_twelve_months_the_banner_names_the_label_and_when(tmp_path: Path, question: str) -> None:
    for today in ("2027-12-01", "2028-11-30"):
        answer = at(tmp_path, today, question).answer
        assert DOSE.search(answer)
        line = next(x for x in answer.splitlines() if x.startswith(BANNER))
        assert "checked, November 2026" in line


@pytest.mark.parametrize("question", QUESTIONS)
def test_after_twenty_four_months_no_dose_is_shown(tmp_path: Path, question: str) -> None:
    reply = at(tmp_path, "2028-12-01", question)
    assert not DOSE.search(reply.answer)
    assert not [s for s in reply.sources if "dose" in CORPUS.passage(s.passage_id).topics]


def test_what_is_no_drug_fact_does_not_age(tmp_path: Path) -> None:
    now, later = (at(tmp_path, d, "Should I advise bed rest?") for d in ("2026-11-24", "2030-01-01"))
    assert now.answer == later.answer
