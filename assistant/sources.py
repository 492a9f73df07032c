"""The sources and the tables of disagreement as a reply shows them: passages and conflicts of the corpus as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.lines import line
from assistant.types import Source
from corpus.currency import checked_words, drug_fact
from corpus.load import Corpus
from corpus.model import Conflict, Guideline, Passage


def sources_of(ids: Sequence[str], corpus: Corpus) -> tuple[Source, ...]:
    """The cited passages, numbered from 1 in the order given."""
    out = []
    for n, passage_id in enumerate(ids, start=1):
        p = corpus.passages[passage_id]
        g = corpus.guideline_of(p)
        out.append(
            Source(
                n=n, passage_id=p.id, guideline=g.id, title=g.title, issuer=g.issuer, year=g.year, edition=g.edition, section=p.section,
                page=p.page, strength=p.strength if p.established else None, certainty=p.certainty if p.established else None,
                population=p.population.text, status=status_of(p, g), verified=verified_of(p), content=g.content, url=g.url,
                text=p.text, label=corpus.label(p), checked=checked_words(g) if drug_fact(p, g) else None,
            )
        )  # fmt: skip
    return tuple(out)


def status_of(passage: Passage, guideline: Guideline) -> str:
    """Status of the passage in words: current, superseded, withdrawn (since when), or lapsed with the year."""
    if passage.status != "current":
        return f"{passage.status}{f' since {passage.status_since}' if passage.status_since else ''}"
    if guideline.status != "current":
        return guideline.status
    return f"lapsed since {guideline.lapsed_since}, not replaced" if guideline.lapsed_since else "current"


def verified_of(passage: Passage) -> str:
    """How the passage was verified, with what is still to be checked."""
    if not passage.established:
        return f"{passage.verified}, to be confirmed"
    return f"seen; {line('check_label')}" if passage.recheck else "seen"


def conflict_table(conflict: Conflict, corpus: Corpus) -> dict[str, Any]:
    """A conflict as data for the reply: one row a guideline."""
    rows = [
        {
            "guideline": r.label, "guideline_id": r.guideline_id, "year": r.year, "stance": r.stance, "strength": r.strength,
            "population": r.population, "passage_ids": list(r.passage_ids), "verified": r.verified,
        }
        for r in conflict.rows
    ]  # fmt: skip
    return {
        "id": conflict.id,
        "topics": list(conflict.topics),
        "question": conflict.question,
        "reading": conflict.reading,
        "changed": conflict.changed,
        "rows": rows,
    }
