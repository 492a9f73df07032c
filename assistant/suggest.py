"""Suggests follow-up questions that the corpus answers: each is tried against the index before it is shown."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from corpus.load import Corpus

if TYPE_CHECKING:
    from assistant.pipeline import Turn
    from index.search import Searcher

SHOWN = 4
ANSWERABLE_FROM = 0.45
"""Cosine that the best passage on the question's topics must reach."""


@lru_cache(maxsize=1)
def _candidates() -> tuple[dict[str, Any], ...]:
    return tuple(
        yaml.load((files("assistant") / "plans" / "suggestions.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    )


def questions(turn: Turn, searcher: Searcher, corpus: Corpus) -> tuple[str, ...]:
    """Up to four follow-ups near the answer's topics and not yet asked; none when the turn broke."""
    if turn.broken is not None:
        return ()
    asked = " ".join(m["content"] for m in turn.messages if m["role"] == "user").lower()
    shown: dict[str, int] = {}
    if turn.draft is not None:
        for claim in turn.draft.claims:
            for cite in claim.citations:
                for topic in corpus.passages[cite.passage_id].topics:
                    shown[topic] = shown.get(topic, 0) + 1
    elif turn.scope is not None and turn.scope.kind == "declined":
        return ()
    ranked = sorted(
        enumerate(_candidates()),
        key=lambda pair: (
            -sum(shown.get(t, 0) for t in pair[1]["topics"]) / (1 + 0.5 * shown.get(pair[1]["topics"][0], 0)),
            pair[0],
        ),
    )
    out: list[str] = []
    for _, candidate in ranked:
        ask = candidate["ask"]
        if ask.lower() in asked or not _answered(ask, set(candidate["topics"]), searcher, corpus):
            continue
        out.append(ask)
        if len(out) == SHOWN:
            break
    return tuple(out)


def _answered(ask: str, topics: set[str], searcher: Searcher, corpus: Corpus) -> bool:
    """Whether a passage on all the topics is near the question."""
    scores = searcher.scores(ask)
    return any(
        score >= ANSWERABLE_FROM and topics <= set(corpus.passages[i].topics) and corpus.passages[i].status == "current"
        for i, score in scores.items()
    )
