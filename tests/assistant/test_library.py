"""The clinic's library: adding, adding again, new editions, removing; all of it or nothing."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant import intake, library
from assistant.commands import library as command
from assistant.commands.base import UserError
from assistant.intake import IntakeError, Source
from assistant.settings import Settings
from corpus.documents.refuse import DocumentError
from index.build import status
from index.errors import IndexBusy
from index.search import open_searcher
from tests.assistant import small_corpus
from tests.index.fakes import HashEncoder


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    small_corpus.use(small_corpus.write_corpus(tmp_path / "corpus"), monkeypatch.setattr)
    return Settings(home=tmp_path / "home", LUMBAR_TODAY="2026-11-24")


def source(key: str = "local-2026", **more: Any) -> Source:
    return intake.source_of({"id": key, "title": f"Guide {key}", "issuer": "Clinic", "year": 2026, **more}, 2026)


def add(settings: Settings, path: Path, key: str = "local-2026", **more: Any) -> intake.Change:
    replace = more.pop("replace_file", False)
    return intake.add(settings, [(path, source(key, **more))], replace_file=replace)


def found(settings: Settings, query: str) -> list[str]:
    """Ids of what is found among what may be shown."""
    corpus = library.open_corpus(settings.home)
    assert status(settings.home, corpus, HashEncoder().id).state == "current"
    searcher = open_searcher(corpus, settings.home, encoder=HashEncoder())
    hits = searcher.search(query, k=50, allow=lambda p: corpus.guideline_of(p).status == "current")
    searcher.close()
    return [hit.passage.id for hit in hits]


def test_added_then_found_quoted_and_removed(settings: Settings, tmp_path: Path) -> None:
    before = library.open_corpus(settings.home).hash
    change = add(settings, small_corpus.document(tmp_path, "a.md", 1))
    assert (change.added[0].entry.passages, change.added[0].strengths, change.added[0].unchanged) == (5, 5, False)
    corpus = library.open_corpus(settings.home)
    passage = corpus.passages["local-2026-0003"]
    assert passage.text == "Offer walking number 3 of edition 1. (Grade B)"
    assert (passage.section, passage.strength) == ("3.1", "Grade B")
    assert corpus.label(passage) == "Guide local-2026 3.1"
    assert corpus.guideline_of(passage).content == "full_text" and corpus.hash != before
    assert "local-2026-0003" in found(settings, "walking number 3 of edition 1")
    intake.remove(settings, "local-2026")
    assert library.open_corpus(settings.home).hash == before
    assert not [key for key in found(settings, "walking number 3") if key.startswith("local")]
    assert list(library.Shelf(settings.home).originals.iterdir()) == []


def test_adding_again_changes_nothing_and_only_new_passages_are_embedded(settings: Settings, tmp_path: Path) -> None:
    path = small_corpus.document(tmp_path, "a.md", 1)
    first = add(settings, path)
    name = library.open_library(settings.home).name
    again = add(settings, path)
    assert again.added[0].unchanged and again.report is None
    assert library.open_library(settings.home).name == name
    second = add(settings, small_corpus.document(tmp_path, "b.md", 2), "other-2026")
    assert first.report and first.report.embedded == 7
    assert second.report and (second.report.embedded, second.report.reused) == (5, 7)


def test_a_new_edition_supersedes_the_old(settings: Settings, tmp_path: Path) -> None:
    add(settings, small_corpus.document(tmp_path, "a.md", 1))
    add(settings, small_corpus.document(tmp_path, "b.md", 2), "local-2027", supersedes="local-2026", year=2027)
    old = library.open_corpus(settings.home).guidelines["local-2026"]
    assert (old.status, old.superseded_by) == ("superseded", "local-2027")
    ids = found(settings, "offer number 3 of edition 1")
    assert "local-2027-0003" in ids and not [key for key in ids if key.startswith("local-2026")]
    change = intake.remove(settings, "local-2027")
    assert "stays out of answers" in change.notes[0]
    assert not [key for key in found(settings, "offer number 3") if key.startswith("local")]
    add(settings, tmp_path / "a.md")
    assert "local-2026-0003" in found(settings, "offer number 3 of edition 1")


def test_another_file_under_the_same_id_is_refused_unless_it_replaces(settings: Settings, tmp_path: Path) -> None:
    add(settings, small_corpus.document(tmp_path, "a.md", 1))
    other = small_corpus.document(tmp_path, "b.md", 2, paragraphs=3)
    with pytest.raises(IntakeError, match="another file") as caught:
        add(settings, other)
    assert "--supersedes local-2026" in caught.value.help
    add(settings, other, replace_file=True)
    assert library.open_library(settings.home).entries["local-2026"].passages == 3
    add(settings, other, title="Better title")
    assert library.open_corpus(settings.home).guidelines["local-2026"].title == "Better title"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "no source data"),
        ({"id": "a-1", "title": "T", "issuer": "I"}, "year missing"),
        ({"id": "A b", "title": "T", "issuer": "I", "year": 2026}, "cannot be an id"),
        ({"id": "../a", "title": "T", "issuer": "I", "year": 2026}, "cannot be an id"),
        ({"id": "a-1", "title": "T\x1b[2J", "issuer": "I", "year": 2026}, "not one line"),
        ({"id": "a-1", "title": "T", "issuer": "I", "year": 2126}, "no year"),
        ({"id": "a-1", "title": "T", "issuer": "I", "year": 2026, "url": "javascript:x"}, "no web address"),
        ({"id": "a-1", "title": "T", "issuer": "I", "year": 2026, "grade": "A"}, "unknown key"),
    ],
)
def test_source_data_is_required_and_checked(values: dict[str, Any], words: str) -> None:
    with pytest.raises(IntakeError, match=words) as caught:
        intake.source_of(values, 2026)
    assert caught.value.help


def test_refusals_leave_the_library_as_it_was(settings: Settings, tmp_path: Path) -> None:
    good = small_corpus.document(tmp_path, "a.md", 1)
    with pytest.raises(IntakeError, match="Lumbar's own"):
        add(settings, good, "own")
    with pytest.raises(IntakeError, match="cannot be superseded"):
        add(settings, good, supersedes="own")
    with pytest.raises(IntakeError, match="not there"):
        add(settings, tmp_path / "missing.md")
    empty = tmp_path / "b.html"
    empty.write_text("<p></p>", encoding="utf-8")
    with pytest.raises(DocumentError, match="b.html"):
        add(settings, empty)
    items = [(good, source("good-1")), (empty, source("bad-1"))]
    with pytest.raises(DocumentError):
        intake.add(settings, items)
    with pytest.raises(IntakeError, match="no document 'own'"):
        intake.remove(settings, "own")
    assert library.open_library(settings.home).entries == {}
    assert list(library.Shelf(settings.home).originals.iterdir()) == []


def test_a_folder_registers_its_files(settings: Settings, tmp_path: Path) -> None:
    place = tmp_path / "docs"
    place.mkdir()
    for number in (1, 2):
        small_corpus.document(place, f"{number}.md", number)
    rows = [{"file": f"{n}.md", "id": f"doc-{n}", "title": f"Doc {n}", "issuer": "Clinic", "year": 2026} for n in (1, 2)]
    listing = place / "sources.yaml"
    said = dict.fromkeys(("id", "title", "issuer", "year"))
    for data, words in (
        (None, "has no sources.yaml"),
        ("sources: 3", "does not list"),
        ("a: [", "cannot be read"),
        (yaml.safe_dump({"sources": rows[:1]}), "2.md has no entry"),
        (yaml.safe_dump({"sources": [{**rows[0], "file": "../a.md"}]}), "outside"),
    ):
        if data is not None:
            listing.write_text(data, encoding="utf-8")
        with pytest.raises(UserError, match=words):
            command.listed(place, settings, said)
    listing.write_text(yaml.safe_dump({"sources": rows}), encoding="utf-8")
    change = intake.add(settings, command.listed(place, settings, said))
    assert [a.entry.id for a in change.added] == ["doc-1", "doc-2"]
    assert intake.add(settings, command.listed(place, settings, said)).report is None


def test_one_writer_at_a_time_and_private_files(settings: Settings, tmp_path: Path) -> None:
    add(settings, small_corpus.document(tmp_path, "a.md", 1))
    with library.writing(settings.home), pytest.raises(IndexBusy):
        intake.remove(settings, "local-2026")
    for path in (settings.home / "library").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), (path, oct(mode))


def test_a_clinics_document_passes_the_checks_of_the_corpus(settings: Settings, tmp_path: Path) -> None:
    from corpus.check_passages import pair_faults, passage_faults

    path = small_corpus.document(tmp_path, "a.md", 1)
    path.write_text(path.read_text() + "\nWe suggest heat.\n\nWe suggest heat.\n", encoding="utf-8")
    add(settings, path)
    corpus = library.open_corpus(settings.home)
    own = [p for p in corpus.passages.values() if p.guideline_id == "local-2026"]
    assert len(own) == 7 and not [fault for p in own for fault in passage_faults(corpus, p)]
    assert not [fault for fault in pair_faults(corpus) if fault[0].startswith("local")]
    inferred = own[0].model_copy(update={"strength": "Grade A"})
    assert next(passage_faults(corpus, inferred))
