"""Removes generations: old ones after a build, unfinished ones of a build that failed or was killed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index import store
from index.errors import IndexError_
from index.files import MANIFEST, PLAN, Layout
from index.lock import in_use


@contextmanager
def removed_on_failure(folder: Path, chroma_url: str | None) -> Iterator[None]:
    """A generation that was not finished goes away with its collection; the error stays."""
    try:
        yield
    except BaseException:
        with suppress(IndexError_, OSError):
            _remove(folder, chroma_url)
        raise


def clean(layout: Layout, keep: set[str], chroma_url: str | None) -> list[str]:
    """Removes every generation but those to keep and those that a reader holds. Returns what could not be done."""
    notes = []
    for folder in sorted(layout.generations.iterdir()):
        if folder.name in keep or in_use(folder / MANIFEST):
            continue
        try:
            _remove(folder, chroma_url)
        except (IndexError_, OSError) as error:
            notes.append(f"the old generation {folder.name} was not removed whole: {error}")
    for draft in layout.root.glob(".CURRENT.*.tmp"):
        draft.unlink(missing_ok=True)
    return notes


def _remove(folder: Path, chroma_url: str | None) -> None:
    """Removes one generation, its collection on a server first; one on another server than ours is left there."""
    try:
        plan = json.loads((folder / PLAN).read_bytes())
    except (OSError, ValueError):
        plan = {"kind": "unknown"}
    (folder / MANIFEST).unlink(missing_ok=True)
    trouble: IndexError_ | None = None
    if plan["kind"] == "server" and (chroma_url is None or store.plain_url(chroma_url) == plan["url"]):
        try:
            store.drop(plan, chroma_url)
        except IndexError_ as error:
            trouble = error
    shutil.rmtree(folder)
    if trouble is not None:
        raise trouble
