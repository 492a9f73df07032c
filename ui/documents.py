"""The clinic's documents on the page, for someone at this machine: a form that adds a file and one that removes it.

What is done is `assistant/intake.py`'s. No file travels through the browser: its path is typed. Where the page is served to others,
or came through a proxy, the form is not there or does nothing, for there is no login yet.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ui.tags import clean, tag
from ui.words import words

FIELDS = ("file", "id", "title", "issuer", "year", "supersedes")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def version(settings: Any) -> str:
    """What answers are made from at this moment: another generation of the index, another version. Empty where there is none."""
    home = getattr(settings, "home", None)
    try:
        return (Path(home) / "index" / "CURRENT").read_text("utf-8") if home else ""
    except OSError:
        return ""


def loopback(host: str | None) -> bool:
    """Whether an address is one of this machine only."""
    try:
        return ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return (host or "").lower() == "localhost"


def here(request: Any) -> bool:
    """Whether a request comes from this machine and through no proxy."""
    headers = {str(name).lower() for name in request.headers}
    return loopback(getattr(request.client, "host", None)) and not headers & set(_FORWARDED)


def add(settings: Any, values: dict[str, str]) -> str:
    """Adds a file; what came of it in one line. A refusal is its message and what to do."""
    from assistant import intake
    from assistant.commands.base import user_can_mend

    given: dict[str, Any] = {key: (values.get(key) or "").strip() for key in FIELDS}
    path = Path(given.pop("file")).expanduser()
    given["year"] = int(given["year"]) if given["year"].isascii() and given["year"].isdigit() else given["year"]
    w = words()["documents"]
    try:
        source = intake.source_of(given, settings.today.year)
        done = intake.add(settings, [(path, source)]).added[0]
    except Exception as error:
        return _refusal(error, user_can_mend(error))
    said = w["unchanged"] if done.unchanged else w["added"]
    notes = " ".join(f"{note}." for note in done.entry.notes)
    return f"{said.format(id=source.id, passages=done.entry.passages, strengths=done.strengths)} {notes}".strip()


def remove(settings: Any, key: str) -> str:
    """Removes a document; what came of it in one line."""
    from assistant import intake
    from assistant.commands.base import user_can_mend

    try:
        notes = intake.remove(settings, key.strip()).notes
    except Exception as error:
        return _refusal(error, user_can_mend(error))
    return " ".join([words()["documents"]["removed"].format(id=key.strip()), *notes])


def _refusal(error: Exception, known: bool) -> str:
    if not known and not isinstance(error, OSError):
        print(f"ui: a document could not be taken: {type(error).__name__}", file=sys.stderr, flush=True)
        return f"That failed: {type(error).__name__}. Nothing was changed."
    help_ = str(getattr(error, "help", ""))
    return f"{error}. {help_[:1].upper()}{help_[1:]}".strip()


def panel(gr: Any, settings: Any) -> None:
    """The two forms, closed until opened; nothing where the page is not served on this machine only."""
    if not loopback(getattr(settings, "host", "")):
        return
    w = words()["documents"]
    with gr.Accordion(w["title"], open=False, elem_id="lb-documents"):
        said = gr.Markdown(clean(tag("p", w["hint"])), sanitize_html=False, latex_delimiters=[], elem_id="lb-documents-said")
        boxes = [gr.Textbox(label=w["fields"][key], elem_id=f"lb-doc-{key}", max_lines=1, max_length=1000) for key in FIELDS]
        put = gr.Button(w["add"], elem_id="lb-doc-add", variant="primary")
        key = gr.Textbox(label=w["remove"], elem_id="lb-doc-key", max_lines=1, max_length=60)
        drop = gr.Button(w["remove"], elem_id="lb-doc-remove")

    def adding(request: gr.Request, *values: str) -> Iterator[str]:
        if not here(request):
            yield clean(tag("p", w["away"]))
            return
        yield clean(tag("p", w["working"]))
        yield clean(tag("p", add(settings, dict(zip(FIELDS, values, strict=True)))))

    def removing(request: gr.Request, name: str) -> Iterator[str]:
        yield clean(tag("p", remove(settings, name) if here(request) else w["away"]))

    for function in (adding, removing):  # Gradio looks for its request type by the annotation itself
        function.__annotations__["request"] = gr.Request
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": 1, "concurrency_id": "library"}
    put.click(adding, boxes, said, **quiet)
    drop.click(removing, key, said, **quiet)
