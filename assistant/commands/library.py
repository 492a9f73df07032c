"""`lumbar corpus add, remove`: the clinic's own documents. What is done is `assistant/intake.py`'s; here are its words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.commands import lines
from assistant.commands.base import OK, UserError, say

if TYPE_CHECKING:
    from assistant.intake import Change, Progress, Source
    from assistant.settings import Settings

LISTING = "sources.yaml"


def add(file: str, json: bool, replace: bool, **said: Any) -> int:
    from assistant import intake
    from assistant.settings import get_settings

    began = time.perf_counter()
    settings = get_settings()
    path = Path(file)
    items = listed(path, settings, said) if path.is_dir() else [(path, intake.source_of(said, settings.today.year))]
    with bar() as progress:
        change = intake.add(settings, items, replace_file=replace, progress=progress)
    if json:
        lines.write(row(change))
    else:
        show_added(change, time.perf_counter() - began)
    return OK


def remove(id: str, json: bool) -> int:
    from assistant import intake
    from assistant.settings import get_settings

    with bar() as progress:
        change = intake.remove(get_settings(), id, progress=progress)
    if json:
        lines.write(row(change))
    else:
        print(f"Lumbar: {id} is removed from the library and from answers")
    for note in change.notes:
        say(f"Lumbar: {note}")
    return OK


def listed(place: Path, settings: Settings, said: dict[str, Any]) -> list[tuple[Path, Source]]:
    """The documents that a folder's sources.yaml registers. Raises UserError, IntakeError for all of its faults but the files'."""
    import yaml

    from assistant.intake import source_of
    from corpus.documents.refuse import ENDINGS

    if any(value is not None for value in said.values()):
        raise UserError("a folder takes its source data from its sources.yaml", "leave --id, --title and the others out")
    listing = place / LISTING
    try:
        data = yaml.load(listing.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except FileNotFoundError:
        raise UserError(
            f"{place} has no {LISTING}, so nothing says whose documents these are",
            "write one: a list `sources` with file, id, title, issuer and year for each document",
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{listing} cannot be read as YAML: {error}", "correct it") from None
    rows = data.get("sources") if isinstance(data, dict) else data
    if not isinstance(rows, list) or not rows or not all(isinstance(r, dict) and isinstance(r.get("file"), str) for r in rows):
        raise UserError(f"{listing} does not list documents", "give each entry of `sources` a file, id, title, issuer and year")
    items = []
    for entry in rows:
        path = place / entry["file"]
        if not path.resolve().is_relative_to(place.resolve()):
            raise UserError(f"{listing}: {entry['file']} lies outside the folder", "name files of the folder only")
        source = source_of({k: v for k, v in entry.items() if k != "file"}, settings.today.year, f"{LISTING}: {entry['file']}")
        items.append((path, source))
    registered = {path.resolve() for path, _ in items}
    loose = sorted(
        p.name for p in place.iterdir() if p.is_file() and p.suffix.lower() in ENDINGS and p.resolve() not in registered
    )
    if loose:
        raise UserError(
            f"{loose[0]} has no entry in {LISTING}{f', nor have {len(loose) - 1} more' if loose[1:] else ''}",
            "register every document of the folder, or move it away",
        )
    return items


def row(change: Change) -> dict[str, Any]:
    """A change as JSON values."""
    from dataclasses import asdict

    report = change.report
    return {
        "added": [{**asdict(a.entry), "unchanged": a.unchanged, "strengths": a.strengths} for a in change.added],
        "removed": list(change.removed),
        "notes": list(change.notes),
        "index": {"passages": report.passages, "embedded": report.embedded, "reused": report.reused} if report else None,
    }


def show_added(change: Change, seconds: float) -> None:
    from assistant.commands.show import clean

    for added in change.added:
        entry = added.entry
        if added.unchanged:
            print(f"Lumbar: {entry.id} is in the library already, unchanged")
            continue
        where = f" from {entry.pages} pages" if entry.pages else ""
        print(f"Lumbar: {entry.id} is added: {entry.passages} passages{where}, {added.strengths} with a printed strength")
        for note in entry.notes:
            say(clean(f"Lumbar: {entry.file}: {note}"))
    for note in change.notes:
        say(clean(f"Lumbar: {note}"))
    if change.report:
        print(
            f"Lumbar: the index holds {change.report.passages} passages, {change.report.embedded} newly embedded, in {seconds:.1f} s"
        )


@contextmanager
def bar() -> Iterator[Progress]:
    """A progress bar on standard error where that is a terminal; else a line for each kind of work, and every five seconds."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from assistant.commands.index import Progress as Plain

    console = Console(stderr=True, markup=False, highlight=False)
    if not console.is_terminal:
        yield Plain()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("starting", total=None)

        def tell(what: str, done: int, total: int) -> None:
            shown.update(task, description=what, completed=done, total=total or None)

        yield tell
