"""A small corpus and a quick encoder, so that tests of the index need neither the real corpus nor the real model."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from corpus.model import Guideline, Passage, Population

DRUGS = ("naproxen", "tizanidine", "baclofen", "duloxetine", "gabapentin", "tramadol", "diazepam", "celecoxib")
THINGS = ("exercise", "heat", "massage", "yoga", "traction", "acupuncture", "surgery", "imaging", "walking", "rest")
VERBS = ("should be offered", "may be considered", "should not be used", "is not recommended", "can be continued")
WHOM = ("adults", "older people", "people with sciatica", "pregnant women", "workers", "people with kidney disease")


@dataclass(frozen=True)
class FakeCorpus:
    """What the index needs of a corpus."""

    passages: Mapping[str, Passage]
    guidelines: Mapping[str, Guideline]
    hash: str

    def guideline_of(self, passage: Passage) -> Guideline:
        return self.guidelines[passage.guideline_id]


def guideline(name: str, jurisdiction: str | None = "UK") -> Guideline:
    return Guideline(
        id=name, short=f"Guide {name.upper()}", title=f"The guide {name}", issuer="Issuer", year=2024,
        jurisdiction=jurisdiction, kind="guideline", citation="Issuer 2024", checked="2026-11",
    )  # fmt: skip


def passage(number: int, text: str | None = None, status: str = "current") -> Passage:
    rng = random.Random(number)
    drug, thing, whom = rng.choice(DRUGS), rng.choice(THINGS), rng.choice(WHOM)
    return Passage(
        id=f"p{number:04d}", guideline_id="ga" if number % 2 else "gb", section=f"1.{number}",
        text=text or f"For {whom}, {drug} {rng.choice(VERBS)} with {thing} number {number} in low back pain.",
        population=Population(duration=("acute",) if number % 3 else ("chronic",)), topics=(drug, thing),
        status=status, verified="seen",
    )  # fmt: skip


def make_corpus(count: int = 60, edited: Mapping[int, str] | None = None, note: str = "") -> FakeCorpus:
    """`count` passages; `edited` replaces the text of some; `note` changes the corpus's hash alone."""
    texts = dict(edited or {})
    passages = {
        p.id: p for p in (passage(n, texts.get(n), "superseded" if n % 10 == 9 else "current") for n in range(count))
    }
    guidelines = {"ga": guideline("ga"), "gb": guideline("gb", "US")}
    content = repr(sorted((p.id, p.text, p.status) for p in passages.values())) + note
    return FakeCorpus(passages, guidelines, hashlib.sha256(content.encode()).hexdigest())


@dataclass
class HashEncoder:
    """Sums a fixed random vector for each word: equal words, near vectors. Counts what it encodes."""

    name: str = "hash-1"
    dimension: int = 64
    delay: float = 0.0
    encoded: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.name

    def encode(self, texts: list[str]) -> np.ndarray:
        self.encoded += texts
        time.sleep(self.delay * len(texts))
        rows = [np.sum([self._word(w) for w in (t.lower().split() or ["nothing"])], axis=0) for t in texts]
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)

    def _word(self, word: str) -> np.ndarray:
        return _random_vector(self.name, word, self.dimension)


@cache
def _random_vector(name: str, word: str, dimension: int) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(f"{name} {word.strip('.,?')}".encode()).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=dimension)


QUESTIONS = (
    "tizanidine for older people",
    "yoga and massage in chronic low back pain",
    "imaging for workers?",
    "number 17",
)


def ranking(searcher: object, k: int = 10) -> list[list[tuple[str, float]]]:
    """Ids and scores for some questions: what must be equal between equal indexes."""
    return [[(hit.passage.id, hit.score) for hit in searcher.search(q, k=k)] for q in QUESTIONS]  # type: ignore[attr-defined]


def generations(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "index" / "generations").iterdir())
