"""The second collection of notes: what must be found, what must stay quiet, and ordinary notes in which nothing may interrupt."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import yaml

from assistant.guardrails.screen import screen_mentions, screen_text

MORE: dict[str, Any] = yaml.load(
    (Path(__file__).parent / "screen_more.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)
TODAY = datetime.date(2026, 11, 24)


def wrong(key: str) -> list[tuple[str, list[str], list[str]]]:
    """(text, missed, raised in vain) of the notes under `key` that are read otherwise than labelled."""
    found = []
    for note in MORE[key]:
        present, wanted = set(screen_text(note["text"], today=TODAY).present), set(note["present"])
        extra = present - wanted - set(note.get("also", ()))
        if wanted - present or extra:
            found.append((note["text"], sorted(wanted - present), sorted(extra)))
    return found


def test_flags_are_found_in_many_wordings() -> None:
    assert wrong("fires") == []
    assert len(MORE["fires"]) >= 150


def test_near_misses_raise_nothing() -> None:
    assert wrong("quiet") == []
    assert len(MORE["quiet"]) >= len(MORE["fires"]) * 0.8


def test_ordinary_notes_do_not_interrupt() -> None:
    alarms = [
        (text, finding.category, finding.tier, finding.quote)
        for text in MORE["ordinary"]
        for finding in screen_text(text, today=TODAY).findings
        if finding.tier in ("now", "today")
    ]
    assert alarms == []
    assert len(MORE["ordinary"]) >= 100


def test_mentions_of_any_concept_get_their_assertion() -> None:
    rows = yaml.load(
        (Path(__file__).parent / "mentions.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )["mentions"]
    different = []
    for text, words, wanted in rows:
        at = text.index(words)
        said = screen_mentions(text, [{"start": at, "end": at + len(words)}], TODAY)[0]["assertion"]
        if said != wanted:
            different.append((text, words, wanted, said))
    assert different == []
    assert len(rows) >= 60
