"""What a language model offers, read from whatever it wrote: JSON with fences, prose around it, trailing commas, one object.

Reading only. A draft is worth nothing until `citations.py` has verified it; talking to the model is `model.py`'s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_ANSWER = 200_000
"""Characters of an answer that are read; more is not an answer to our question."""
MAX_DRAFTS = 40
_FENCE = re.compile(r"```[a-zA-Z]*\s*(.*?)(?:```|\Z)", re.DOTALL)
_TRAILING = re.compile(r",(?=\s*[}\]])")
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_KEYS = {
    "text": ("text", "claim", "statement", "sentence"),
    "passage_id": ("passage_id", "passageId", "passage", "id", "source", "citation"),
    "quote": ("quote", "quotation", "evidence", "citation_text"),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """One statement of a model with the passage it cites and the words of that passage. Not verified."""

    text: str
    passage_id: str
    quote: str


class MalformedAnswer(ValueError):
    """The answer holds no claims that can be read; the message says what is wrong, for the model."""


def parse_drafts(answer: str) -> list[Draft]:
    """Drafts in an answer, in order; an empty list when the model says so. Raises MalformedAnswer."""
    if len(answer) > MAX_ANSWER:
        raise MalformedAnswer(f"it is {len(answer):,} characters long")
    text = _THINKING.sub("", answer).strip()
    if not text:
        raise MalformedAnswer("it is empty")
    problems: list[str] = []
    for candidate in _candidates(text):
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        rows = _rows(value)
        if rows is None:
            problems.append('it has no list "claims"')
            continue
        drafts = [d for d in map(_draft, rows[:MAX_DRAFTS]) if d is not None]
        if drafts or not rows:
            return drafts
        problems.append('its claims lack "text", "passage_id" or "quote"')
    raise MalformedAnswer(problems[0] if problems else "it is not JSON")


def _candidates(text: str) -> Iterator[str]:
    """The likeliest JSON first: the whole, fenced blocks, the outermost brackets, each also without trailing commas."""
    pieces = [text, *(m.group(1) for m in _FENCE.finditer(text)), *_bracketed(text)]
    for piece in dict.fromkeys(p.strip() for p in pieces if p.strip()):
        yield piece
        if _TRAILING.search(piece):
            yield _TRAILING.sub("", piece)


def _bracketed(text: str) -> list[str]:
    found = []
    for opening, closing in ("{}", "[]"):
        start, end = text.find(opening), text.rfind(closing)
        if 0 <= start < end:
            found.append(text[start : end + 1])
    whole = re.findall(r"\{[^{}]*\}", text)
    if whole:  # an answer cut off in mid-list, or objects without a list around them
        found.append(f"[{','.join(whole)}]")
    return found


def _rows(value: Any) -> list[Any] | None:
    if isinstance(value, dict):
        for key in ("claims", "statements", "answer", "results"):
            if isinstance(value.get(key), list):
                return list(value[key])
        return [value] if _draft(value) is not None else None
    return value if isinstance(value, list) else None


def _draft(row: Any) -> Draft | None:
    if not isinstance(row, dict):
        return None
    found: dict[str, str] = {}
    for name, keys in _KEYS.items():
        value = next((row[k] for k in keys if isinstance(row.get(k), str | int) and str(row[k]).strip()), None)
        if value is None:
            return None
        found[name] = str(value).strip()
    return Draft(text=found["text"], passage_id=found["passage_id"].strip("[]"), quote=found["quote"])
