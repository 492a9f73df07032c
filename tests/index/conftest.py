"""Fixtures that are dear to make: an index that tests copy, and the real encoder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.settings import get_settings
from index import child, store, verify
from index.build import build_index
from index.embed import Encoder, OnnxEncoder, export, load_encoder
from index.errors import IndexError_
from index.search import Searcher, open_searcher
from tests.index.fakes import FakeCorpus, HashEncoder, make_corpus


def _in_process(task: str, folder: Path, **values: Any) -> dict[str, Any]:
    return store.write_collection(folder, **values) if task == "write" else verify.check_generation(folder, **values)


@pytest.fixture
def real_children() -> None:
    """Ask for it to have a build start its real child processes, at two seconds each."""


@pytest.fixture(autouse=True)
def quick_builds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the same functions run in the test's own process."""
    if "real_children" not in request.fixturenames:
        monkeypatch.setattr(child, "run", _in_process)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an index of `make_corpus()` by `HashEncoder()`. Not to be changed: take `home`."""
    home = tmp_path_factory.mktemp("built")
    build_index(make_corpus(), home, encoder=HashEncoder())
    return home


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    shutil.copytree(built, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def opened() -> Iterator[Callable[..., Searcher]]:
    """Opens searchers and closes them after the test."""
    searchers: list[Searcher] = []

    def open_(home: Path, corpus: FakeCorpus | None = None, encoder: Encoder | None = None, **kwargs: str) -> Searcher:
        searcher = open_searcher(corpus or make_corpus(), home, encoder=encoder or HashEncoder(), **kwargs)
        searchers.append(searcher)
        return searcher

    yield open_
    for searcher in searchers:
        searcher.close()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the exported encoder: that of this machine's installation where it is sound, else a new export."""
    installed = get_settings().home / "models"
    try:
        encoder = load_encoder(installed)
        assert isinstance(encoder, OnnxEncoder)
        encoder.check()
        return installed
    except IndexError_:
        target = tmp_path_factory.mktemp("models")
        export(target)
        return target
