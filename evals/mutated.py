"""Claims made from the corpus by seed: statements of passages as they are or reworded without harm, and mutated so that they no longer hold.

Each is to be judged against the passage it came from: `supported` where nothing of substance changed, else not. A further part is
judged against another passage on the same topic that does not say it. Mutations are made by machine and not read one by one, so a
few leave the meaning as it was: no verifier can reach 1.0, and `docs` says so. Which mutations there are is `mutations.py`'s.
"""

from __future__ import annotations

import random
from typing import Any

from corpus.load import Corpus
from evals.mutations import MUTATIONS, harmless

PER_PASSAGE = 3
"""Most mutations kept of one passage, each of another kind."""
HARMLESS = 1


def generate(corpus: Corpus, seed: int) -> list[dict[str, Any]]:
    """`{"id", "half", "claim", "evidence", "supported", "mutation"}`, the same for the same corpus and seed."""
    rows: list[dict[str, Any]] = []
    ids = sorted(corpus.passages)
    for number, key in enumerate(ids):
        passage = corpus.passages[key]
        rng = random.Random(f"{seed}/{key}")
        half = ("dev", "test")[number % 2]
        kinds = sorted(MUTATIONS)
        rng.shuffle(kinds)
        made: list[tuple[str, str, str, bool]] = []
        for kind in kinds:
            texts = [text for text in MUTATIONS[kind](passage.text) if text != passage.text]
            if texts and len(made) < PER_PASSAGE:
                made.append((kind, rng.choice(texts), passage.text, False))
        same = [text for text in harmless(passage.text) if text.strip()]
        made += [("none", text, passage.text, True) for text in rng.sample(same, min(HARMLESS, len(same)))]
        other = _neighbour(corpus, key, ids, rng)
        if other is not None:
            made.append(("other passage", passage.text, corpus.passages[other].text, False))
        rows += [
            {"id": f"{key}~{place}", "half": half, "claim": claim, "evidence": [evidence], "supported": supported, "mutation": kind}
            for place, (kind, claim, evidence, supported) in enumerate(made)
        ]
    return rows


def _neighbour(corpus: Corpus, key: str, ids: list[str], rng: random.Random) -> str | None:
    """Every fourth passage: another of a different guideline that shares a topic."""
    passage = corpus.passages[key]
    if rng.random() > 0.25:
        return None
    near = [i for i in ids if corpus.passages[i].guideline_id != passage.guideline_id and set(corpus.passages[i].topics) & set(passage.topics)]
    return rng.choice(near) if near else None
