"""What is indexed of a passage: its text, unchanged, with a line of context.

A passage is one recommendation and is never cut or joined here (`corpus/load.py` delivers it whole). The context says
what a reader of the printed guideline would know from the page around it: whose guideline, which section, for whom,
on what. It goes into the embedding and the lexical index only, never into what is shown or quoted.

It stands after the text, not before: measured on 42 short questions and 17 patients' stories (a passage is relevant by
its topics, which the context names, so the gain over no context is partly by construction), dense nDCG@10 was 0.79
and 0.50 with the context behind, 0.76 and 0.46 with it in front, 0.73 and 0.49 without (lexically its place is nothing;
with it 0.81, without 0.71).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from corpus.model import Guideline, Passage, Population

CONTEXT_VERSION = 1
"""Raise it whenever `context` changes: every index built with another one is stale."""

_LEG = {"nonradicular": "without leg pain", "radicular": "with leg pain (sciatica, radiculopathy)"}
_UPPER = frozenset({"nsaid", "mri", "ct", "tens", "slr", "tca", "ssri"})


class CorpusLike(Protocol):
    """What the index needs of a corpus; `corpus.load.Corpus` has it."""

    @property
    def passages(self) -> Mapping[str, Passage]: ...

    @property
    def hash(self) -> str: ...

    def guideline_of(self, passage: Passage) -> Guideline: ...


@dataclass(frozen=True)
class Chunk:
    """One passage as it is indexed."""

    id: str
    text: str
    """The passage's text unchanged, newline, context."""
    digest: str
    """sha256 of `text`: equal digests mean that a stored vector may be used again."""


def chunks(corpus: CorpusLike) -> list[Chunk]:
    """One chunk a passage, in the order of passage ids (row order of every array in the index)."""
    found = []
    for passage_id in sorted(corpus.passages):
        passage = corpus.passages[passage_id]
        text = f"{passage.text}\n{context(passage, corpus.guideline_of(passage))}"
        found.append(Chunk(passage_id, text, hashlib.sha256(text.encode()).hexdigest()))
    return found


def content_hash(items: list[Chunk]) -> str:
    """sha256 over ids and digests: two corpora with the same one need the same index."""
    lines = "".join(f"{item.id}\t{item.digest}\n" for item in items)
    return hashlib.sha256(f"{CONTEXT_VERSION}\n{lines}".encode()).hexdigest()


def context(passage: Passage, guideline: Guideline) -> str:
    """ "NICE NG59 1.2.17. Acute low back pain with leg pain. NSAID, dose." """
    name = " ".join(part for part in (guideline.short, passage.section) if part)
    topics = ", ".join(topic_words(topic) for topic in passage.topics)
    if guideline.content == "full_text":  # its topics are words of its own text, and each word costs time at the adding
        topics = ""
    parts = [name, population_words(passage.population), topics]
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)


def population_words(population: Population) -> str:
    """Whom a passage is about, in words; empty where it is not restricted."""
    pain = " or ".join(population.duration)
    pain = f"{pain.capitalize()} low back pain" if pain else ""
    if leg := _LEG.get(population.leg, ""):
        pain = f"{pain or 'Low back pain'} {leg}"
    groups = ", ".join(group.replace("_", " ") for group in population.groups)
    return "; ".join(part for part in (pain, groups, population.text or "") if part)


def topic_words(topic: str) -> str:
    """A topic of the vocabulary as people write it: "red-flags" -> "red flags", "mri" -> "MRI"."""
    return topic.upper() if topic in _UPPER else topic.replace("-", " ")
