"""A corpus of a few passages, for tests of scorers."""

from __future__ import annotations

from functools import cache

from corpus.load import Corpus
from corpus.model import Agreement, Guideline, Passage, Support

TEXTS = {
    "g1-1": "Do not offer traction for people with low back pain.",
    "g1-2": "Take naproxen 500 mg twice a day for at most 7 days.",
    "g1-3": "Offer exercise to people with chronic low back pain.",
    "g2-1": "Exercise should be offered to people with chronic low back pain.",
    "g2-2": "MRI within 24 hours is needed when cauda equina syndrome is suspected.",
}


@cache
def small() -> Corpus:
    """Two guidelines, five passages, one agreement."""
    guidelines = {
        name: Guideline(id=name, short=name.upper(), title=f"Guide {name}", issuer="Issuer", year=2024, jurisdiction=None, kind="guideline", citation="c", checked="2026-11")
        for name in ("g1", "g2")
    }  # fmt: skip
    passages = {key: Passage(id=key, guideline_id=key[:2], text=text, topics=("exercise",), verified="seen") for key, text in TEXTS.items()}
    support = tuple(Support(passage_id=key, quote=TEXTS[key]) for key in ("g1-3", "g2-1"))
    agreements = {"a": Agreement(id="a", text="Offer exercise.", topics=("exercise",), supports=support)}
    return Corpus(guidelines=guidelines, passages=passages, agreements=agreements, conflicts={}, hash="small")
