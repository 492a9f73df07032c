"""One text, read: its sentences with heading, kind of question and lead-in, and in token order the cues, answers and words found.

Everything that assertion and concept detection need to look up is laid out once, in linear time. Its values are `sentences.py`;
judging a mention is left to `assertion.py`, naming concepts to `concepts.py`.
"""

from __future__ import annotations

from functools import lru_cache

from assistant.guardrails.layout import mark_sections, sort_hits
from assistant.guardrails.lexis import load_lexis
from assistant.guardrails.questions import mark_questions, patient_is_relative
from assistant.guardrails.sentences import Cue, Reading, Sentence
from assistant.guardrails.text import read

__all__ = ["Cue", "Reading", "Sentence", "reading_of"]


@lru_cache(maxsize=16)
def _cached(text: str) -> Reading:
    return _read(text, False)


@lru_cache(maxsize=1)
def _latest(text: str) -> Reading:
    return _read(text, False)


def reading_of(text: str, *, whole: bool = False) -> Reading:
    """The reading of `text`; short texts and the latest long one are remembered. whole: keep repeated sentences of very long texts."""
    if len(text) <= 20_000:
        return _cached(text)
    return _read(text, True) if whole else _latest(text)


def _read(text: str, whole: bool) -> Reading:
    lexis = load_lexis()
    doc = read(text, whole=whole)
    reading = Reading(doc, lexis)
    ends = [*doc.bounds[1:], len(doc.words)]
    reading.sentences = [Sentence(first, end) for first, end in zip(doc.bounds, ends, strict=True)]
    sort_hits(reading, lexis.book.find(doc.words))
    if doc.words:
        mark_sections(reading)
        mark_questions(reading)
    reading.relative_is_patient = patient_is_relative(reading)
    return reading
