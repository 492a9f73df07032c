"""Reads the corpus files into one frozen Corpus, or refuses them: every error names file, id and what to do.

Leaves the shapes to `corpus/model.py`, and the house rules about content (grades, provenance, chains) to
`corpus/check.py`. Nothing is repaired here: what does not validate is not loaded.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from corpus import cache
from corpus.model import Agreement, Conflict, Guideline, Model, Passage

HERE = Path(__file__).resolve().parent

M = TypeVar("M", bound=Model)


class CorpusError(Exception):
    """The corpus cannot be used as it stands. The message names the file, the id and what to do."""


@dataclass(frozen=True)
class Corpus:
    """Everything that may be cited, each mapping in the order of its keys."""

    guidelines: dict[str, Guideline]
    passages: dict[str, Passage]
    agreements: dict[str, Agreement]
    conflicts: dict[str, Conflict]
    hash: str
    """sha256 over the canonical content; changes when any field of any entry changes."""
    merged: dict[str, str] = field(default_factory=dict)
    """Fact id without a passage of its own -> the passage that carries its statement."""

    def passage(self, passage_id: str) -> Passage:
        """The passage of that id, or CorpusError with the id to use instead where there is one."""
        found = self.passages.get(passage_id)
        if found is not None:
            return found
        other = self.passages_of(passage_id)
        hint = f"its statement stands in {', '.join(other)}: use that id" if other else "check the spelling"
        raise CorpusError(f"no passage {passage_id!r}; {hint}")

    def passages_of(self, fact_id: str) -> tuple[str, ...]:
        """Ids of the passages that carry a researched fact: itself, its parts (.a, .b), or what it was merged into."""
        if fact_id in self.passages:
            return (fact_id,)
        if fact_id in self.merged:
            return (self.merged[fact_id],)
        return tuple(key for key in self.passages if key.rpartition(".")[0] == fact_id)

    def guideline_of(self, passage: Passage) -> Guideline:
        """The registered source of a passage."""
        return self.guidelines[passage.guideline_id]

    def label(self, passage: Passage) -> str:
        """How a citation of this passage is named: "Lumbar's summary of NICE NG59 1.1.4".

        A document's own text (`full_text`) goes by the document's title instead.
        """
        guideline = self.guideline_of(passage)
        name = guideline.title if guideline.content == "full_text" else f"Lumbar's summary of {guideline.short}"
        if passage.section is None:
            return name
        return f"{name}{' ' if passage.section[0].isdigit() else ', '}{passage.section}"


def load_corpus(root: Path | None = None, extra: Path | None = None) -> Corpus:
    """Load the corpus at `root` (default: the one beside this file) and, where given, a clinic's own at `extra`.

    Both folders hold `sources.yaml` and `guidelines/*.yaml`; the vocabulary, agreements and conflicts come from
    `root`. Raises CorpusError.
    """
    root = root or HERE
    if extra is not None:  # never kept: a document that the clinic removes leaves no copy
        return _load(root, [root, extra])
    own = ("vocabulary.yaml", "sources.yaml", "agreements.yaml", "conflicts.yaml", "unused_facts.yaml")
    files = [*(root / name for name in own), *_guideline_files(root), *sorted(HERE.glob("*.py"))]
    return cache.kept("corpus", Corpus, files, lambda: _load(root, [root]))


def _guideline_files(folder: Path) -> list[Path]:
    return sorted((folder / "guidelines").glob("*.yaml"))


def _load(root: Path, roots: list[Path]) -> Corpus:
    topics, groups = _vocabulary(root / "vocabulary.yaml")
    guidelines: dict[str, Guideline] = {}
    passages: dict[str, Passage] = {}
    for folder in roots:
        _add_sources(folder / "sources.yaml", guidelines)
    for folder in roots:
        for path in _guideline_files(folder):
            _add_passages(path, guidelines, passages, topics, groups)
    _require(passages, str(root / "guidelines"), "has no passages; check that the corpus folder is complete")
    agreements = _agreements(root / "agreements.yaml", passages, topics, groups)
    conflicts = _conflicts(root / "conflicts.yaml", guidelines, passages, topics)
    return Corpus(
        guidelines=_ordered(guidelines),
        passages=_ordered(passages),
        agreements=_ordered(agreements),
        conflicts=_ordered(conflicts),
        hash=_hash(guidelines, passages, agreements, conflicts),
        merged=_merged(root / "unused_facts.yaml"),
    )


def _add_sources(path: Path, into: dict[str, Guideline]) -> None:
    added = []
    for row, where in _rows(path, "sources"):
        source = _build(Guideline, row, where)
        _require(source.id not in into, where, "is registered twice; keep one entry")
        into[source.id] = source
        added.append((source, where))
    for source, where in added:
        if source.superseded_by is not None:
            _require(
                source.superseded_by in into,
                where,
                f"superseded_by names {source.superseded_by!r}, which is not registered; add it or correct the name",
            )


def _add_passages(
    path: Path,
    guidelines: dict[str, Guideline],
    into: dict[str, Passage],
    topics: frozenset[str],
    groups: frozenset[str],
) -> None:
    data = _read(path)
    _require(isinstance(data, dict), str(path), "is not a mapping with the keys guideline_id and passages")
    unknown = sorted(set(data) - {"guideline_id", "passages"})
    _require(not unknown, str(path), f"has the unknown key {unknown[:1]}; use guideline_id and passages")
    default = {"guideline_id": data["guideline_id"]} if data.get("guideline_id") else {}
    for row, where in _entries(data.get("passages"), path):
        passage = _build(Passage, {**default, **row}, where)
        _require(passage.id not in into, where, "is a duplicate id; passage ids are unique in the whole corpus")
        _require(
            passage.guideline_id in guidelines,
            where,
            f"cites {passage.guideline_id!r}, which is not in sources.yaml; register the source or correct the name",
        )
        _require(bool(passage.text.strip()), where, "has an empty text; write it or remove the passage")
        own = guidelines[passage.guideline_id].content == "full_text"  # a document's text may be on nothing that we name
        _require(own or bool(passage.topics), where, "has no topics; give at least one from vocabulary.yaml")
        _known(passage.topics, topics, "topic", where)
        _known(passage.population.groups, groups, "group", where)
        into[passage.id] = passage


def _agreements(
    path: Path, passages: dict[str, Passage], topics: frozenset[str], groups: frozenset[str]
) -> dict[str, Agreement]:
    found: dict[str, Agreement] = {}
    if not path.exists():
        return found
    for row, where in _rows(path, "agreements"):
        agreement = _build(Agreement, row, where)
        _require(agreement.id not in found, where, "is a duplicate id")
        _known(agreement.topics, topics, "topic", where)
        _known(agreement.population.groups, groups, "group", where)
        _require(bool(agreement.supports), where, "has no supports; an agreement stands on quotations")
        for support in agreement.supports:
            passage = passages.get(support.passage_id)
            if passage is None:
                raise CorpusError(f"{where}: support {support.passage_id!r} is no passage; correct the id")
            _require(
                bool(support.quote.strip()) and support.quote in passage.text,
                where,
                f"the quote for {support.passage_id} is not a literal part of its text; copy it again: "
                f"{support.quote!r}",
            )
        found[agreement.id] = agreement
    return found


def _conflicts(
    path: Path, guidelines: dict[str, Guideline], passages: dict[str, Passage], topics: frozenset[str]
) -> dict[str, Conflict]:
    found: dict[str, Conflict] = {}
    if not path.exists():
        return found
    for row, where in _rows(path, "conflicts"):
        conflict = _build(Conflict, row, where)
        _require(conflict.id not in found, where, "is a duplicate id")
        _known(conflict.topics, topics, "topic", where)
        for cell in conflict.rows:
            _require(
                cell.guideline_id in guidelines,
                where,
                f"row {cell.label!r} names the source {cell.guideline_id!r}, which is not registered",
            )
            for passage_id in cell.passage_ids:
                _require(
                    passage_id in passages,
                    where,
                    f"row {cell.label!r} names the passage {passage_id!r}, which does not exist; correct the id",
                )
        found[conflict.id] = conflict
    return found


def _merged(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    return {row["id"]: row["into"] for row, _ in _rows(path, "unused") if row.get("into")}


def _vocabulary(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    data = _read(path)
    _require(
        isinstance(data, dict) and set(data) == {"topics", "groups"}, str(path), "needs the two keys topics and groups"
    )
    topics = [topic for row in data["topics"].values() for topic in row]
    return frozenset(topics), frozenset(data["groups"])


class _Loader(yaml.CSafeLoader):
    """Safe and fast, and refuses a key that stands twice in one mapping (YAML would keep the last in silence)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            keys = [str(key.value) for key, _ in node.value]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise yaml.YAMLError(f"line {node.start_mark.line + 1}: the key {twice!r} stands twice; keep one")
        return mapping


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        if text.startswith('{"'):  # what a clinic's library is written in: JSON is YAML, and read a hundred times faster
            with contextlib.suppress(ValueError):
                return json.loads(text)
        return yaml.load(text, Loader=_Loader)
    except FileNotFoundError:
        raise CorpusError(f"{path}: file not found; restore it from the release") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: not readable as YAML in UTF-8; correct it: {error}") from error


def _rows(path: Path, key: str) -> Iterator[tuple[dict[str, Any], str]]:
    data = _read(path)
    if isinstance(data, dict):
        _require(set(data) == {key}, str(path), f"must hold one key, {key}")
        data = data[key]
    return _entries(data, path)


def _entries(data: Any, path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Each entry with the words that name it in an error: file and id."""
    _require(isinstance(data, list), str(path), "must hold a list of entries")
    for number, row in enumerate(data, start=1):
        _require(isinstance(row, dict), str(path), f"entry {number} is not a mapping")
        yield row, f"{path}: {row.get('id') or f'entry {number}'}"


def _build(shape: type[M], row: dict[str, Any], where: str) -> M:
    try:
        return shape.model_validate(row)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'entry'}: {item['msg']}" for item in error.errors()
        )
        raise CorpusError(f"{where}: does not fit {shape.__name__} ({problems}); correct these fields") from None


def _known(values: tuple[str, ...], vocabulary: frozenset[str], kind: str, where: str) -> None:
    for value in values:
        _require(value in vocabulary, where, f"unknown {kind} {value!r}; use one of vocabulary.yaml or add it there")


def _require(condition: object, where: str, problem: str) -> None:
    if not condition:
        raise CorpusError(f"{where}: {problem}")


def _ordered(part: dict[str, M]) -> dict[str, M]:
    return dict(sorted(part.items()))


def _hash(*parts: Mapping[str, Model]) -> str:
    content = [[item.model_dump(mode="json") for _, item in sorted(part.items())] for part in parts]
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()
