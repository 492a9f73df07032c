"""Every setting of Lumbar, read once from `LUMBAR_*` environment variables; the only module that reads the environment.

Lower packages (corpus, index) take plain values; `cli.py`, `pipeline.py`, `ui` and `evals` take a `Settings`. What a setting does is said
here in its description, and `lumbar doctor` prints the values in force.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "LUMBAR_"
DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"

ANSWER_FIELDS = ("region", "model", "model_base_url", "embedder", "jurisdictions", "top_k")
"""Settings that can change what an answer says. Where it is kept, served or timed out does not; `today` stands in the receipt by itself."""

QUIET: dict[str, str] = {
    "LANGSMITH_TRACING": "false",
    "LANGSMITH_TRACING_V2": "false",
    "LANGCHAIN_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""Forced at start, whatever the shell says: no library here may send what a clinician typed anywhere."""


class SettingsError(Exception):
    """A setting cannot be used. `help` says what to do."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


def _default_home() -> Path:
    base = os.environ.get("XDG_DATA_HOME", "")
    if base and os.path.isabs(base):  # the XDG rules say to ignore relative paths
        return Path(base) / "lumbar"
    try:
        return Path.home() / ".local" / "share" / "lumbar"
    except RuntimeError as error:
        raise SettingsError(
            "no home folder is known for this user", f"set {PREFIX}HOME to a folder that Lumbar may write to"
        ) from error


class Settings(BaseSettings):
    """All settings; frozen. Change one for a single call with `settings.with_(region="uk")`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, validate_default=True
    )

    home: Path = Field(default_factory=_default_home, description="run-time data: index, encoder, conversations (0700)")
    fixed_today: datetime.date | None = Field(
        None, validation_alias=f"{PREFIX}TODAY", description="the date that answers assume; unset means the date of the turn"
    )
    region: Literal["none", "us", "uk", "eu"] = Field("none", description="whose emergency numbers and labels apply")
    jurisdictions: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="comma-separated: only guidelines of these jurisdictions; empty means all"
    )
    top_k: int = Field(20, ge=1, le=200, description="passages retrieved for a question")
    embedder: str = Field(DEFAULT_EMBEDDER, min_length=1, description="embedding model, by name or folder")
    allow_download: bool = Field(False, description="let a model that is not on this machine be downloaded")
    chroma_url: str | None = Field(None, description="address of a Chroma server; unset means the embedded store")
    model: str | None = Field(None, description="language model as provider:name; unset means none is used")
    model_base_url: str | None = Field(None, description="address of an OpenAI-compatible server for the model")
    model_api_key: SecretStr | None = Field(None, description="key for the model, never printed or hashed")
    model_timeout: float = Field(30.0, gt=0, le=600, description="seconds to wait for the model")
    threads: int = Field(1, ge=1, le=64, description="threads for one query of the encoder")
    storage: bool = Field(False, description="keep conversations on this machine")
    host: str = Field("127.0.0.1", min_length=1, description="address that the web UI listens on")
    port: int = Field(7860, ge=1, le=65535, description="port that the web UI listens on")

    @model_validator(mode="before")
    @classmethod
    def _today(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name in ("fixed_today", "today"):
            if name in values:
                values = {**values, f"{PREFIX}TODAY": values[name]}
                values.pop(name)
        return values

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        try:
            return value.expanduser().absolute()
        except RuntimeError as error:
            raise ValueError(str(error)) from error

    @field_validator("region", "jurisdictions", mode="before")
    @classmethod
    def _tidy(cls, value: Any, info: Any) -> Any:
        if info.field_name == "region":
            return value.strip().lower() if isinstance(value, str) else value
        if isinstance(value, str):
            value = value.split(",")
        return tuple(sorted({item.strip() for item in value if item.strip()}))

    @property
    def today(self) -> datetime.date:
        """The date that answers assume: a fixed one where set, else that of now, so that a server running for weeks moves on."""
        return self.fixed_today or datetime.date.today()

    @property
    def hash(self) -> str:
        """sha256 over the settings that can change an answer, as hexadecimal."""
        values = {name: getattr(self, name) for name in ANSWER_FIELDS}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def with_(self, **changes: Any) -> Settings:
        """A checked copy with some settings changed; unset (None) changes are left out."""
        given = {name: value for name, value in changes.items() if value is not None}
        return _checked({**{name: getattr(self, name) for name in type(self).model_fields}, **given})

    def make_home(self) -> Path:
        """Creates the home folder, private to this user, and returns it. Raises `SettingsError` where that fails."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            if stat.S_IMODE(self.home.stat().st_mode) & 0o077:
                self.home.chmod(0o700)
        except OSError as error:
            raise SettingsError(
                f"cannot use the folder {self.home}: {error.strerror or error}",
                f"set {PREFIX}HOME to a folder that you may write to",
            ) from error
        return self.home


def _checked(values: dict[str, Any]) -> Settings:
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        name = name.removeprefix(PREFIX).lower()
        shown = "" if name == "model_api_key" else f" (it is {first['input']!r})"
        raise SettingsError(
            f"the setting {name} cannot be used{shown}: {first['msg']}",
            f"correct or unset {PREFIX}{name.upper()}",
        ) from error


def quiet_libraries() -> None:
    """Turns off tracing, analytics and telemetry of every library, before any of them is imported."""
    os.environ.update(QUIET)


def get_settings(**changes: Any) -> Settings:
    """Reads the settings from the environment; `changes` (command line options, None = not given) win over it.

    Raises `SettingsError` with what to do. Also calls `quiet_libraries`, and keeps model hubs offline unless `allow_download` is set.
    """
    quiet_libraries()
    settings = _checked({name: value for name, value in changes.items() if value is not None})
    if not settings.allow_download:
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["TRANSFORMERS_OFFLINE"] = "1"
    return settings
