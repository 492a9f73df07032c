"""What all tests share: where a browser is, and a home folder of their own.

Browser tests skip with a message where no Chromium is installed; `--require-browser` (CI) makes that a failure.
"""

from __future__ import annotations

import shutil
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


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty LUMBAR_HOME of the test's own."""
    path = tmp_path / "home"
    monkeypatch.setenv("LUMBAR_HOME", str(path))
    return path
