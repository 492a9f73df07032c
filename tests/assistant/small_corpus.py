"""A corpus of two passages in the place of Lumbar's own, and a quick encoder, so that a library can be built in a second."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
WORDS = ("exercise", "heat", "massage", "naproxen", "walking", "imaging", "traction")


def write_corpus(folder: Path) -> Path:
    """A folder that `load_corpus` takes."""
    (folder / "guidelines").mkdir(parents=True)
    shutil.copy(ROOT / "corpus" / "vocabulary.yaml", folder)
    source = {
        "id": "own", "short": "Own 2024", "title": "Own guide", "issuer": "Issuer", "year": 2024, "jurisdiction": None,
        "kind": "guideline", "citation": "Own 2024", "checked": "2026-11",
    }  # fmt: skip
    (folder / "sources.yaml").write_text(yaml.safe_dump({"sources": [source]}), encoding="utf-8")
    passages = [
        {"id": f"own-{n}", "text": f"Offer {word} to people with low back pain.", "topics": ["exercise"], "verified": "seen"}
        for n, word in enumerate(WORDS[:2])
    ]
    data = {"guideline_id": "own", "passages": passages}
    (folder / "guidelines" / "own.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    return folder


def use(folder: Path, patch: Callable[[Any, str, Any], None] = setattr) -> None:
    """Makes the library work on that corpus, with the hash encoder and without child processes for the index."""
    import assistant.commands.index as commands
    import corpus.load
    from index import child, store, verify
    from tests.index.fakes import HashEncoder

    def in_process(task: str, folder: Path, **values: Any) -> dict[str, Any]:
        return store.write_collection(folder, **values) if task == "write" else verify.check_generation(folder, **values)

    patch(corpus.load, "HERE", folder)
    patch(commands, "prepared_encoder", lambda settings: HashEncoder())
    patch(commands, "fixed_phrases", lambda: ())
    patch(child, "run", in_process)


def document(folder: Path, name: str, number: int, paragraphs: int = 5) -> Path:
    """A Markdown file whose words depend on `number`."""
    path = folder / name
    lines = [f"{n}.1 Offer {WORDS[(n + number) % 7]} number {n} of edition {number}. (Grade B)" for n in range(1, paragraphs + 1)]
    path.write_text("# Care\n\n" + "\n\n".join(lines) + "\n", encoding="utf-8")
    return path
