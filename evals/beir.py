"""Reads a collection in BEIR layout: corpus.jsonl, queries.jsonl and qrels/test.tsv. Leaves ranking to `foreign.py`.

Judgements may be BEIR's three columns (query, passage, grade) or TREC's four (query, iteration, passage, grade), separated by tabs
or spaces, with or without a header line. Whatever is malformed is an error that names file and line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.errors import EvalError

LAYOUT = "a collection in BEIR layout has corpus.jsonl (_id, title, text), queries.jsonl (_id, text) and qrels/test.tsv"


@dataclass(frozen=True)
class Collection:
    """Passages to search, questions to ask, and what is judged relevant to each."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    """Title and text of each passage, in the order of `ids`."""
    queries: dict[str, str]
    """Only those with at least one relevant passage, in the order of the file."""
    grades: dict[str, dict[str, int]]
    """Query id -> passage id -> grade of 0 or more."""
    notes: tuple[str, ...]
    """What was left out, and why, for the reader."""


def read_collection(folder: Path) -> Collection:
    """The collection in a folder. Raises EvalError naming the file and the line that is wrong."""
    if not folder.is_dir():
        raise EvalError(f"{folder} is not a folder", LAYOUT)
    passages = dict(_texts(folder / "corpus.jsonl", titled=True))
    asked = dict(_texts(folder / "queries.jsonl", titled=False))
    judged = read_qrels(folder / "qrels" / "test.tsv")
    notes = []
    unknown = sorted(set(judged) - set(asked))
    if unknown:
        notes.append(f"{len(unknown)} judged queries are not in queries.jsonl, such as {unknown[0]!r}: left out")
    absent = {p for grades in judged.values() for p in grades} - set(passages)
    if absent:
        notes.append(f"{len(absent)} judged passages are not in corpus.jsonl, such as {min(absent)!r}: counted as never found")
    empty = [key for key in asked if key in judged and not any(judged[key].values())]
    if empty:
        notes.append(f"{len(empty)} queries have no relevant passage, such as {empty[0]!r}: skipped")
    unjudged = sum(key not in judged for key in asked)
    if unjudged:
        notes.append(f"{unjudged} queries have no judgement: skipped")
    queries = {key: text for key, text in asked.items() if any(judged.get(key, {}).values())}
    if not queries:
        raise EvalError(f"no query of {folder} has a relevant passage", "compare the ids of queries.jsonl and qrels/test.tsv")
    if not passages:
        raise EvalError(f"{folder / 'corpus.jsonl'} holds no passage", LAYOUT)
    return Collection(tuple(passages), tuple(passages.values()), queries, {q: judged[q] for q in queries}, tuple(notes))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Number and text of each line that is not blank; only a line feed ends a line."""
    try:
        with path.open("rb") as stream:
            for number, raw in enumerate(stream, 1):
                try:
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                except UnicodeDecodeError as error:
                    raise EvalError(f"{path}, line {number}: byte {error.start + 1} is not UTF-8", "save the file as UTF-8") from None
                if line.strip():
                    yield number, line
    except FileNotFoundError:
        raise EvalError(f"{path} is missing", LAYOUT) from None
    except OSError as error:
        raise EvalError(f"cannot read {path}: {error.strerror or error}", LAYOUT) from error


def _texts(path: Path, *, titled: bool) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for number, line in _lines(path):
        place = f"{path}, line {number}"
        try:
            row: Any = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EvalError(f"{place}: not JSON ({error})", LAYOUT) from None
        if not isinstance(row, dict):
            raise EvalError(f"{place}: expected an object with _id and text", LAYOUT)
        key, text, title = row.get("_id"), row.get("text"), row.get("title") or ""
        if isinstance(key, bool) or not isinstance(key, str | int) or key == "":
            raise EvalError(f"{place}: '_id' must be a string or a whole number", LAYOUT)
        if not isinstance(text, str) or not isinstance(title, str):
            raise EvalError(f"{place}: 'text' (and 'title', where given) must be a string", LAYOUT)
        if str(key) in seen:
            raise EvalError(f"{place}: the _id {key!r} stands in line {seen[str(key)]} already", "give each line an _id of its own")
        seen[str(key)] = number
        yield str(key), f"{title} {text}".strip() if titled else text


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Query id -> passage id -> grade; a grade below 0 counts as 0, as in trec_eval. Raises EvalError."""
    found: dict[str, dict[str, int]] = {}
    for place, (number, line) in enumerate(_lines(path)):
        tabbed = [cell.strip() for cell in line.split("\t")]
        cells = tabbed if len(tabbed) in (3, 4) else line.split()
        try:
            if len(cells) not in (3, 4):
                raise ValueError
            grade = int(float(cells[-1]))
        except (ValueError, OverflowError):
            if place == 0 and len(cells) in (3, 4) and not cells[-1][:1].isdigit():
                continue  # the header
            raise EvalError(
                f"{path}, line {number}: expected 'query passage grade' (or TREC's four columns), not {line[:80]!r}", LAYOUT
            ) from None
        query, passage = cells[0], cells[-2]
        known = found.setdefault(query, {})
        known[passage] = max(known.get(passage, 0), grade, 0)
    return found
