"""What all tests share: where a browser is, and a home folder of their own.

Browser tests skip with a message where no Chromium is installed; `--require-browser` (CI) makes that a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--require-browser", action="store_true", help="fail, not skip, where no Chromium is installed")


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Path:
    """The installed Chromium; skips, or with --require-browser fails, where there is none."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return Path(found)
    message = "no Chromium found: install it (Debian: apt-get install chromium) to run the browser tests"
    if request.config.getoption("--require-browser"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the real encoder and a current index: the one that `make test` has built, else one built now (a
    minute).
    """
    from assistant.commands.index import status_of
    from assistant.settings import get_settings

    settings = get_settings()
    if status_of(settings).state == "current":
        return settings.home
    path = tmp_path_factory.mktemp("lumbar") / "home"
    command = [sys.executable, "-m", "assistant.cli", "index", "build"]
    environment = {**os.environ, "LUMBAR_HOME": str(path)}
    subprocess.run(command, check=True, cwd=Path(__file__).parents[1], env=environment, timeout=600)
    return path


@pytest.fixture
def real_home(built_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A LUMBAR_HOME of the test's own that shares the encoder and the index of `built_home`."""
    path = tmp_path / "real-home"
    path.mkdir(mode=0o700)
    for name in ("models", "index"):
        (path / name).symlink_to(built_home / name)
    monkeypatch.setenv("LUMBAR_HOME", str(path))
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty LUMBAR_HOME of the test's own."""
    path = tmp_path / "home"
    monkeypatch.setenv("LUMBAR_HOME", str(path))
    return path
