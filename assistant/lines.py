"""The fixed lines of plans/lines.yaml: scope and status wording that carries no citation, because it gives no clinical advice."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import yaml


@lru_cache(maxsize=1)
def _lines() -> dict[str, str]:
    loaded: dict[str, str] = yaml.load(
        (files("assistant") / "plans" / "lines.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader
    )
    return loaded


def line(key: str, **slots: object) -> str:
    """The line `key` with its slots filled. Raises KeyError on an unknown key or a missing slot."""
    return _lines()[key].format(**slots)
