"""What the conversation tells the search beyond the words of the question: its type, its flags, the guideline named, the past.

Data in plans/hints.yaml; the weights were chosen on the dev half of evals/sets/retrieval.jsonl (`python -m evals.retrieval`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from assistant.guardrails.ledger import Ledger
from assistant.naming import named_guidelines
from assistant.planning import Plan
from assistant.question import Reading
from assistant.types import Finding
from corpus.lexicon import Lexicon
from corpus.load import Corpus
from corpus.model import Passage
from index.hits import Hints

TYPE_WEIGHT = 0.6
"""Of a type's or a flag's topics, against 1 for those of what is asked about."""
NAMED, PAST, FLAG, GROUP = 0.3, 0.35, 0.2, 0.25
"""Added to the fused score of passages of a guideline named, of the past when asked for, of the source of a flag, and on what is asked about in a
group that the patient belongs to."""
_TYPES = 2
"""Question types that are looked at, the most decisive first."""


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((files("assistant") / "plans" / "hints.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return loaded


def hints_of(reading: Reading, ledger: Ledger | None, plan: Plan, lexicon: Lexicon, corpus: Corpus) -> Hints:
    """Topics and passages that the search should prefer for this reading."""
    data = _data()
    topics = [t for kind in reading.types[:_TYPES] for t in data["types"].get(kind, ())]
    if sum(lexicon.concepts[c].kind in {"drug", "class"} for c in reading.focus) > 1:
        topics.append("interaction")
    passages: dict[str, float] = {}
    for finding in (*ledger.findings, *ledger.notes) if ledger else ():
        passages[str(finding.source)] = FLAG
    topics += flag_topics(ledger.findings if ledger else ())
    patient = {topic: 1.0 for group in reading.case.groups for topic in data["groups"].get(group, ())}
    about = {t for c in reading.focus for t in lexicon.concepts[c].topics} - patient.keys()
    for passage in corpus.passages.values() if patient and about else ():
        if patient.keys() & set(passage.topics) and about & set(passage.topics):
            passages[passage.id] = passages.get(passage.id, 0.0) + GROUP
    named = named_guidelines(reading.text, corpus, lexicon)
    for passage in corpus.passages.values() if named or plan.past else ():
        if passage.guideline_id in named:
            passages[passage.id] = passages.get(passage.id, 0.0) + NAMED
        if plan.past and _past(passage, corpus):
            passages[passage.id] = passages.get(passage.id, 0.0) + PAST
    return Hints(topics=dict.fromkeys(topics, TYPE_WEIGHT) | patient, passages=passages)


def flag_topics(findings: Iterable[Finding]) -> frozenset[str]:
    """The corpus's topics for the categories of red flags."""
    names = _data()["categories"]
    return frozenset(names.get(f.category, f.category) for f in findings)


def _past(passage: Passage, corpus: Corpus) -> bool:
    gone = passage.status != "current" or corpus.guideline_of(passage).status != "current"
    return gone or "older-evidence" in passage.topics
