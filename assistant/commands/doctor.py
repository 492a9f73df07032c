"""`lumbar doctor`: whether all that Lumbar needs is there, and what to do where it is not. Also `lumbar --version`.

Each check is one function that never raises: a fault is a result. Exit 0: all is well; 1: something is amiss.
"""

from __future__ import annotations

import platform
import re
import shutil
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from assistant.commands import lines
from assistant.commands.base import OK, SOME_FAILED, user_can_mend

if TYPE_CHECKING:
    from assistant.settings import Settings

LIBRARIES = (
    "bm25s",
    "chromadb",
    "gradio",
    "langchain",
    "langchain-core",
    "langchain-openai",
    "numpy",
    "onnxruntime",
    "pydantic",
    "rapidfuzz",
    "sentence-transformers",
    "tokenizers",
    "torch",
    "typer",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "firefox")


@dataclass(frozen=True)
class Check:
    """One result. `ok` is None where it is only for information."""

    name: str
    ok: bool | None
    detail: str
    help: str = ""


def version() -> int:
    """`lumbar --version`."""
    from assistant.receipt import VERSION

    print(f"lumbar {VERSION}")
    return OK


def doctor(json: bool) -> int:
    from assistant.settings import get_settings

    settings = get_settings()
    results = [_tried(name, check, settings) for name, check in CHECKS.items()]
    healthy = all(result.ok is not False for result in results)
    if json:
        lines.write({"ok": healthy, "checks": [asdict(result) for result in results], "settings": _in_force(settings)})
        return OK if healthy else SOME_FAILED
    from assistant.commands import show

    marks = {True: "ok", False: "AMISS", None: ""}
    show.table(("", "what", "found"), ((marks[r.ok], r.name, r.detail) for r in results))
    out = show.console()
    out.print("\nSettings in force", style="bold")
    show.table((), ((f"  {name}", value) for name, value in _in_force(settings).items()))
    for result in results:
        if result.ok is False and result.help:
            out.print(show.clean(f"\n{result.name}: {result.help}"), style="bold")
    return OK if healthy else SOME_FAILED


def _tried(name: str, check: Callable[[Settings], Check], settings: Settings) -> Check:
    try:
        return check(settings)
    except Exception as error:
        help_ = getattr(error, "help", "")
        said = str(error) if user_can_mend(error) else f"{type(error).__name__}: {error}"
        return Check(name, False, said, help_ if isinstance(help_, str) else "")


def _in_force(settings: Settings) -> dict[str, str]:
    """Every setting as it stands; the key only as set or not."""
    values = {name: str(getattr(settings, name)) for name in type(settings).model_fields if name != "fixed_today"}
    for name in ("chroma_url", "model_base_url"):
        values[name] = re.sub(r"//[^/@]*@", "//***@", values[name])
    values["model_api_key"] = "set" if settings.model_api_key else "None"
    return {**values, "today": str(settings.today), "hash": settings.hash[:16]}


def _python(settings: Settings) -> Check:
    good = sys.version_info >= (3, 11)
    return Check("python", good, f"{platform.python_version()} ({sys.platform})", "install Python 3.11 or newer")


def _libraries(settings: Settings) -> Check:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_of

    found, missing = [], []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version_of(name)}")
        except PackageNotFoundError:
            missing.append(name)
    detail = ", ".join(found) + (f"; missing: {', '.join(missing)}" if missing else "")
    return Check("libraries", not missing, detail, "run `make install`")


def _home(settings: Settings) -> Check:
    folder = settings.home
    if not folder.exists():
        return Check("home", None, f"{folder} is not there yet; it is made when needed")
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        return Check("home", False, f"{folder} has mode {mode:04o}: others can read it", f"run chmod 700 '{folder}'")
    free = shutil.disk_usage(folder).free // 2**20
    return Check("home", free > 200, f"{folder}, private, {free} MB free", "free some disk space")


def _corpus(settings: Settings) -> Check:
    from assistant.library import open_corpus

    corpus = open_corpus(settings.home)
    return Check(
        "corpus", True, f"{len(corpus.passages)} passages of {len(corpus.guidelines)} sources, {corpus.hash[:16]}"
    )


def _rules(settings: Settings) -> Check:
    from assistant.guardrails.rules import load_rules

    book = load_rules(strict=False)
    broken = "; ".join(str(error) for error in book.broken)
    return Check(
        "rules", not broken, broken or f"{len(book.rules)} rules, {book.hash[:16]}", "mend the rule file named"
    )


def _screen(settings: Settings) -> Check:
    from assistant.guardrails.screen import screen_text

    result = screen_text("Low back pain with numbness in the saddle area and urinary retention since this morning.")
    good = "cauda_equina" in result.present
    return Check("screen", good, "finds cauda equina in a test note" if good else "missed cauda equina in a test note")


def _embedder(settings: Settings) -> Check:
    from index.embed import OnnxEncoder, load_encoder

    encoder = load_encoder(settings.home / "models", settings.embedder, allow_download=settings.allow_download)
    if isinstance(encoder, OnnxEncoder):
        encoder.check()
    return Check("embedder", True, f"{encoder.id}, its files as they were exported")


def _index(settings: Settings) -> Check:
    from assistant.commands.index import status_of

    found = status_of(settings)
    detail = f"{found.state}: {found.reason}" if found.reason else f"{found.state}, {found.passages} passages"
    return Check("index", found.state == "current", detail, found.help)


def _search(settings: Settings) -> Check:
    from assistant.commands.search import open_searcher
    from assistant.library import open_corpus

    began = time.perf_counter()
    searcher = open_searcher(settings, open_corpus(settings.home))
    hits = searcher.search("numbness in the saddle area", k=3)
    searcher.close()
    where = re.sub(r"//[^/@]*@", "//***@", settings.chroma_url) if settings.chroma_url else "embedded"
    detail = f"Chroma ({where}) and BM25 answer, first result {hits[0].passage.id if hits else 'none'}"
    return Check("search", bool(hits), f"{detail}, {time.perf_counter() - began:.1f} s from a cold start")


def _model(settings: Settings) -> Check:
    if settings.model is None:
        return Check("model", None, "none is set: answers are composed from the passages alone")
    return Check("model", None, f"{settings.model}; it may only reword what survives verification")


def _browser(settings: Settings) -> Check:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return Check(
        "browser", None, found or "none on this machine; the page is for a browser, the browser tests need Chromium"
    )


CHECKS: dict[str, Callable[[Settings], Check]] = {
    "python": _python,
    "libraries": _libraries,
    "home": _home,
    "corpus": _corpus,
    "rules": _rules,
    "screen": _screen,
    "embedder": _embedder,
    "index": _index,
    "search": _search,
    "model": _model,
    "browser": _browser,
}
