"""The form for the clinic's documents: for someone at this machine, through no proxy, with refusals in plain words."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant import library
from assistant.settings import Settings
from tests.assistant import small_corpus
from ui import documents
from ui.loading import Background


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    small_corpus.use(small_corpus.write_corpus(tmp_path / "corpus"), monkeypatch.setattr)
    return Settings(home=tmp_path / "home", LUMBAR_TODAY="2026-11-24")


def request(peer: str, **headers: str) -> Any:
    return SimpleNamespace(client=SimpleNamespace(host=peer), headers={k.replace("_", "-"): v for k, v in headers.items()})


def test_only_someone_at_this_machine_may_add() -> None:
    assert documents.here(request("127.0.0.1", host="127.0.0.1:7860"))
    assert documents.here(request("::1"))
    assert not documents.here(request("10.0.0.7"))
    assert not documents.here(request("127.0.0.1", X_Forwarded_For="10.0.0.7"))
    assert not documents.here(request("127.0.0.1", Via="1.1 proxy"))
    assert not documents.loopback("0.0.0.0") and not documents.loopback(None)


def test_the_form_stands_on_a_page_of_this_machine_only() -> None:
    import gradio as gr

    for host, wanted in (("127.0.0.1", True), ("0.0.0.0", False)):
        with gr.Blocks() as demo:
            documents.panel(gr, SimpleNamespace(host=host))
        assert any(getattr(block, "elem_id", None) == "lb-documents" for block in demo.blocks.values()) is wanted


def test_adding_and_removing_say_what_happened(settings: Settings, tmp_path: Path) -> None:
    path = small_corpus.document(tmp_path, "a.md", 1)
    values = {"file": str(path), "id": "local-1", "title": "Local", "issuer": "Clinic", "year": "2026", "supersedes": ""}
    assert documents.add(settings, values) == "local-1 is added: 5 passages, 5 with a printed strength."
    seen = documents.version(settings)
    assert documents.add(settings, values) == "local-1 is in the library already, unchanged."
    assert "no source data" in documents.add(settings, {**values, "title": ""})
    assert "no year" in documents.add(settings, {**values, "year": "soon"})
    assert documents.remove(settings, "other").startswith("the library has no document 'other'. It has local-1")
    assert documents.remove(settings, " local-1 ") == "local-1 is removed."
    assert documents.version(settings) != seen and library.open_library(settings.home).entries == {}


def test_a_running_page_answers_from_the_library_as_it_is_now() -> None:
    versions, opened = ["one"], list[str]()

    class Answers:
        corpus = None

        def stream(self, messages: Any, **options: Any) -> Any:
            yield opened[-1]

    def factory() -> Answers:
        opened.append(versions[-1])
        return Answers()

    running = Background(factory, None, lambda: versions[-1])
    running.start()
    assert [*running.stream([], region="none")][-1] == "one"
    versions.append("two")
    assert [*running.stream([], region="none")] == ["two"]
    assert [*running.stream([], region="none")] == ["two"] and opened == ["one", "two"]
