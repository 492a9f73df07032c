"""The word lists of the screen as one trie: cues of assertion (`cues.yaml`) and words of concepts (`concepts.yaml`).

Read once, on first use. A malformed list raises LexisError naming the file. What the lists mean is left to `assertion.py`
and `concepts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.guardrails.phrases import Phrasebook, Speller
from corpus import cache
from corpus.quick_yaml import parse

HERE = Path(__file__).parent
CLASSES = frozenset(
    "negated normal no_new no_change historical family hypothetical uncertain not_assessed general affirmed pseudo end except worry asked".split()
)
_OPTIONS = {"class", "way", "reach", "say", "list", "stop", "closing", "only", "starts_item", "after_any", "whole"}


class LexisError(Exception):
    """A word list that cannot be used; the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class CueDef:
    """What a cue does. reach is in tokens; the flags narrow it (see the head of cues.yaml)."""

    cls: str
    forward: bool
    backward: bool
    reach: int
    strong_list: bool
    stop_comma: bool
    closing: bool
    only_function: bool
    starts_item: bool
    after_any: bool
    whole: bool


@dataclass(frozen=True)
class Lexis:
    """`book` finds labels: "cue:N", "mark:strong", "answer:no", "section:family", "relative", "veil" and "w:NAME" for concept words."""

    book: Phrasebook
    cues: tuple[CueDef, ...]
    concepts: dict[str, Any]


def load_yaml(name: str) -> Any:
    """The parsed YAML `name` beside this module. Raises LexisError when it is missing or malformed."""
    try:
        return parse((HERE / name).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise LexisError(f"{name}: {str(error).splitlines()[0]}") from error


def _strings(value: Any, file: str, entry: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
        raise LexisError(f"{file}: '{entry}' must be a list of quoted strings")
    return value


def _cue(entry: dict[str, Any]) -> CueDef:
    unknown = set(entry) - _OPTIONS
    if unknown or entry.get("class") not in CLASSES or entry.get("way") not in ("forward", "backward", "both"):
        raise LexisError(
            f"cues.yaml: unknown keys {sorted(unknown)}, class {entry.get('class')!r} or way {entry.get('way')!r}"
        )
    forward, backward = entry["way"] != "backward", entry["way"] != "forward"
    return CueDef(
        cls=entry["class"],
        forward=forward,
        backward=backward,
        reach=int(entry.get("reach", 45 if forward else 6)),
        strong_list=bool(entry.get("list")),
        stop_comma=entry.get("stop") == "comma",
        closing=bool(entry.get("closing")),
        only_function=entry.get("only") == "function",
        starts_item=bool(entry.get("starts_item")),
        after_any=bool(entry.get("after_any")),
        whole=bool(entry.get("whole")),
    )


def _add_cues(book: Phrasebook, data: dict[str, Any]) -> tuple[CueDef, ...]:
    defs = []
    for number, entry in enumerate(data["cues"]):
        defs.append(_cue(entry))
        for phrase in _strings(entry.get("say"), "cues.yaml", f"cue {number}"):
            book.add(phrase, f"cue:{number}")
    for group, prefix in (("marks", "mark"), ("answers", "answer"), ("sections", "section")):
        for key, phrases in data[group].items():
            for phrase in _strings(phrases, "cues.yaml", f"{group}.{key}"):
                book.add(phrase, f"{prefix}:{key}")
    for phrase in _strings(data["relatives"], "cues.yaml", "relatives"):
        book.add(phrase, "relative")
    return tuple(defs)


@lru_cache(maxsize=1)
def load_lexis() -> Lexis:
    """Cues and concept words, ready to find. Raises LexisError on malformed data."""
    files = [HERE / name for name in ("cues.yaml", "concepts.yaml", "lexis.py", "phrases.py")]
    return cache.kept("lexis", Lexis, files, _build)


def _build() -> Lexis:
    cues, concepts = load_yaml("cues.yaml"), load_yaml("concepts.yaml")
    try:
        spelling = cues["spelling"]
        speller = Speller(spelling["stems"], spelling["variants"], spelling["keep"])
        book = Phrasebook(speller)
        defs = _add_cues(book, cues)
        for phrase in _strings(concepts["veil"], "concepts.yaml", "veil"):
            book.add(phrase, "veil")
        for name, phrases in concepts["words"].items():
            for phrase in _strings(phrases, "concepts.yaml", f"words.{name}"):
                book.add(phrase, f"w:{name}")
    except (KeyError, TypeError, AttributeError) as error:
        raise LexisError(f"cues.yaml or concepts.yaml: missing or malformed part {error}") from error
    speller.learn(_strings(cues["spelling"]["learn"], "cues.yaml", "spelling.learn"))
    return Lexis(book, defs, concepts)
