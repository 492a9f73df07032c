"""The fixed words of the UI, read once from `words.yaml`. What is said of a patient comes from a reply alone."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """All fixed words. Callers do not change what they get."""
    loaded: dict[str, Any] = yaml.load((files("ui") / "words.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    return loaded


def named(group: str, key: str | None) -> str:
    """The label of `key` in a flat group such as "categories"; an unknown key is shown readably, never hidden."""
    if not key:
        return ""
    label = words()[group].get(key)
    return str(label) if label is not None else key.replace("_", " ").replace("-", " ").capitalize()
