"""Settings: what is read from the environment, what is refused and how, what the hash covers."""

from __future__ import annotations

import datetime
import os
import stat
from pathlib import Path

import pytest

from assistant.settings import Settings, SettingsError, get_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("LUMBAR_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "untouched")


def test_defaults(tmp_path: Path) -> None:
    settings = get_settings()
    assert settings.home == tmp_path / "xdg" / "lumbar"
    assert (settings.region, settings.model, settings.storage) == ("none", None, False)
    assert (settings.host, settings.port, settings.allow_download) == ("127.0.0.1", 7860, False)
    assert settings.embedder == "all-MiniLM-L6-v2"
    assert settings.today == datetime.date.today()


def test_relative_xdg_folder_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert get_settings().home == tmp_path / ".local" / "share" / "lumbar"


def test_works_without_home_or_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.delenv("HOME", raising=False)
    assert get_settings().home.is_absolute()


def test_environment_and_empty_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMBAR_TODAY", "2026-02-28")
    monkeypatch.setenv("LUMBAR_REGION", " UK ")
    monkeypatch.setenv("LUMBAR_MODEL", "")
    monkeypatch.setenv("LUMBAR_STORAGE", "true")
    monkeypatch.setenv("LUMBAR_JURISDICTIONS", "US, UK,,US")
    settings = get_settings()
    assert settings.today == datetime.date(2026, 2, 28)
    assert (settings.region, settings.model, settings.storage) == ("uk", None, True)
    assert settings.jurisdictions == ("UK", "US")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LUMBAR_TODAY", "soon"),
        ("LUMBAR_PORT", "80a"),
        ("LUMBAR_PORT", "0"),
        ("LUMBAR_REGION", "fr"),
        ("LUMBAR_TOP_K", "0"),
    ],
)
def test_bad_value_names_the_variable_to_correct(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        get_settings()
    assert name in caught.value.help
    assert value in str(caught.value)


def test_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMBAR_MODEL_API_KEY", "sk-very-secret")
    settings = get_settings()
    assert settings.model_api_key is not None
    assert settings.model_api_key.get_secret_value() == "sk-very-secret"
    assert "secret" not in repr(settings) and "sk-very" not in settings.model_dump_json()


def test_hash_covers_answers_and_nothing_else(tmp_path: Path) -> None:
    base = Settings()
    for change in (
        {"region": "us"},
        {"model": "openai:x"},
        {"top_k": 5},
        {"jurisdictions": ("US",)},
        {"embedder": "other"},
    ):
        assert base.with_(**change).hash != base.hash, change
    for change in (
        {"home": tmp_path},
        {"port": 1234},
        {"threads": 2},
        {"storage": True},
        {"today": datetime.date(2020, 1, 1)},
    ):
        assert base.with_(**change).hash == base.hash, change
    assert len(base.hash) == 64


def test_with_keeps_the_rest_and_checks() -> None:
    settings = Settings(today="2025-05-05", region="us").with_(today=datetime.date(2026, 1, 1), model=None)
    assert (settings.today, settings.region) == (datetime.date(2026, 1, 1), "us")
    with pytest.raises(SettingsError, match="region"):
        settings.with_(region="mars")


def test_make_home_is_private(tmp_path: Path) -> None:
    home = tmp_path / "a" / "b"
    Settings(home=home).make_home()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    home.chmod(0o755)
    Settings(home=home).make_home()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_make_home_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsError) as caught:
        Settings(home=tmp_path / "file" / "home").make_home()
    assert "LUMBAR_HOME" in caught.value.help


def test_tracing_is_forced_off_and_hubs_are_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGCHAIN_TRACING_V2", "true")
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "True")
    get_settings()
    assert os.environ["LANGSMITH_TRACING"] == os.environ["LANGCHAIN_TRACING_V2"] == "false"
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"


def test_hubs_stay_as_they_are_when_downloads_are_allowed() -> None:
    get_settings(allow_download=True)
    assert os.environ["HF_HUB_OFFLINE"] == "untouched"
