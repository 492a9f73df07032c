"""The lexicon against the corpus: known topics, and no concept that neither the corpus nor the lexicon itself uses.

Whether each single form occurs somewhere is counted over rules and evaluation sets too, by `evals/lexicon.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from corpus.lexicon import Concept, Lexicon, LexiconError, load_lexicon
from corpus.load import Corpus
from corpus.model import Passage
from corpus.violations import Violation

FILE, UNUSED = "lexicon.yaml", "lexicon_unused.yaml"


def lexicon_faults(corpus: Corpus, root: Path) -> Iterator[Violation]:
    """Unknown topics and orphan concepts; a lexicon that does not load is the only fault then."""
    try:
        lexicon = load_lexicon(root / FILE)
    except LexiconError as error:
        yield Violation(FILE, "concept", str(error), "correct the concept")
        return
    known = _topics(root)
    for concept in lexicon.concepts.values():
        for topic in concept.topics:
            if topic not in known:
                yield Violation(FILE, concept.id, f"unknown topic {topic!r}", "use one of vocabulary.yaml")
    kept = {concept: why for why, row in unused(root)["concepts"].items() for concept in row}
    found = orphans(corpus, lexicon)
    for orphan in found:
        if orphan not in kept:
            yield Violation(
                FILE, orphan, "is an orphan: no passage has its topics or names it, and no concept stands below it",
                f"give it the topics under which passages stand, take it out, or say in {UNUSED} why it stays",
            )  # fmt: skip
    for concept_id in sorted(set(kept) - set(found)):
        yield Violation(UNUSED, concept_id, "is listed as unused, and is used or gone", "take it out of the list")


def orphans(corpus: Corpus, lexicon: Lexicon) -> list[str]:
    """Concepts that nothing uses: no passage carries a topic of theirs or of a class above, none names them, nothing
    stands below them, and they do not mark what lies outside low back pain. In order of id."""
    carried = {topic for passage in _own(corpus) for topic in passage.topics}
    parents = {parent for concept in lexicon.concepts.values() for parent in concept.parents}
    left: dict[str, Concept] = {}
    for concept in lexicon.concepts.values():
        above = {t for a in lexicon.ancestors(concept.id) for t in lexicon.concepts[a].topics}
        if not carried & (set(concept.topics) | above) and concept.id not in parents and concept.body != "other":
            left[concept.id] = concept
    starts = tuple({_start(form) for c in left.values() for form in (c.label, *c.forms, *c.capitals, *c.ambiguous)})
    likely = [text for text in texts(corpus) if any(start in text.casefold() for start in starts)]
    named = {m.concept for text in likely for m in lexicon.find(text)}
    return sorted(set(left) - named)


def _own(corpus: Corpus) -> list[Passage]:
    """Lumbar's own passages: the lexicon is kept for them, and a clinic's document is read by it."""
    return [p for p in corpus.passages.values() if corpus.guideline_of(p).content == "digest"]


def _start(form: str) -> str:
    """The first letters of a form: a text without them cannot hold it in any spelling."""
    return re.split(r"[^a-z0-9]", form.casefold())[0][:3]


def texts(corpus: Corpus) -> list[str]:
    """Every text of the corpus that a reader may meet."""
    passages = [f"{p.text} {p.population.text or ''} {p.note or ''}" for p in _own(corpus)]
    agreements = [a.text for a in corpus.agreements.values()]
    rows = [row.stance for c in corpus.conflicts.values() for row in c.rows]
    conflicts = [f"{c.question} {c.reading} {c.changed or ''}" for c in corpus.conflicts.values()]
    sources = [f"{g.short}. {g.title}. {g.issuer}" for g in corpus.guidelines.values()]
    return [*passages, *agreements, *conflicts, *rows, *sources]


def unused(root: Path) -> dict[str, dict[str, Any]]:
    """What is kept although nothing uses it: {"concepts": {reason: [ids]}, "forms": {reason: {concept: [forms]}}}."""
    loaded: dict[str, dict[str, Any]] = yaml.load((root / UNUSED).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return loaded


def _topics(root: Path) -> frozenset[str]:
    data: Any = yaml.load((root / "vocabulary.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return frozenset(topic for row in data["topics"].values() for topic in row)
