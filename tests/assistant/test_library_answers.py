"""An answer quotes the clinic's document in its own words, beside Lumbar's summaries, and says which is which."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import yaml

from assistant.pipeline import Assistant
from assistant.settings import Settings
from corpus.documents.markdown import read
from corpus.documents.passages import passages_of
from corpus.lexicon import load_lexicon
from corpus.load import load_corpus
from tests.assistant.words_searcher import WordsSearcher

TEXT = b"# Imaging\n\nRequest MRI for low back pain through the spinal triage nurse on extension 4411. (Grade B)\n"


def clinic(folder: Path) -> Path:
    source = {
        "id": "riverside", "short": "Riverside pathway", "title": "Riverside pathway", "issuer": "Riverside", "year": 2026,
        "jurisdiction": None, "kind": "guideline", "citation": "Riverside 2026", "content": "full_text", "checked": "2026-11",
    }  # fmt: skip
    (folder / "guidelines").mkdir(parents=True)
    (folder / "sources.yaml").write_text(yaml.safe_dump({"sources": [source]}), encoding="utf-8")
    passages, _ = passages_of(read(TEXT), "riverside", load_lexicon())
    rows = [p.model_dump(mode="json", exclude_defaults=True) for p in passages]
    (folder / "guidelines" / "riverside.yaml").write_text(yaml.safe_dump({"passages": rows}), encoding="utf-8")
    return folder


def test_the_clinics_words_are_quoted_under_its_title_and_the_receipt_covers_them(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", LUMBAR_TODAY=datetime.date(2026, 11, 24))
    corpus = load_corpus(extra=clinic(tmp_path / "clinic"))
    searcher: Any = WordsSearcher(corpus)
    reply = Assistant(settings, corpus, load_lexicon(), searcher).reply(
        [{"role": "user", "content": "How do I request an MRI for low back pain through the spinal triage nurse?"}]
    )
    cited = {source.passage_id: source for source in reply.sources}
    ours = cited["riverside-0001"]
    assert (ours.label, ours.content, ours.strength) == ("Riverside pathway, Imaging", "full_text", "Grade B")
    quotes = [c.quote for s in reply.sections for claim in s.claims for c in claim.citations if c.passage_id == ours.passage_id]
    assert quotes and all(quote in ours.text for quote in quotes)
    assert any(source.label.startswith("Lumbar's summary of ") for source in reply.sources)
    assert reply.receipt.corpus == corpus.hash != load_corpus().hash
