"""`lumbar corpus check`, as far as it concerns the corpus alone: every rule of the house that goes beyond its shape.

Shapes, references and vocabulary are `corpus/load.py`'s, which refuses the first fault that it meets; what a rule, a
limit or an answer plan cites, and whether a claim follows from its quotations, is checked in `assistant`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from corpus.check_lexicon import lexicon_faults
from corpus.check_links import agreement_faults, conflict_faults, fact_faults, id_faults, review_faults
from corpus.check_passages import pair_faults, passage_faults
from corpus.check_sources import source_faults
from corpus.load import HERE, Corpus, CorpusError, load_corpus
from corpus.violations import Violation, files_of_passages


def check_folder(root: Path | None = None) -> list[Violation]:
    """Every violation in the corpus at `root` (default: the package's own); a fault that stops loading stands alone."""
    root = root or HERE
    try:
        corpus = load_corpus(root)
    except CorpusError as error:
        return [_refused(str(error), root)]
    return check(corpus, root)


def check(corpus: Corpus, root: Path | None = None) -> list[Violation]:
    """Every violation, sorted; empty when the corpus keeps its rules.

    `root` holds the lexicon and the lists of researched facts, and the files that are named (default: the package's own).
    """
    return sorted(_all(corpus, root or HERE))


def _all(corpus: Corpus, root: Path) -> Iterator[Violation]:
    files = files_of_passages(root)
    yield from source_faults(corpus)
    for passage in corpus.passages.values():
        for problem, do in passage_faults(corpus, passage):
            yield Violation(files.get(passage.id, "guidelines"), passage.id, problem, do)
    for passage_id, problem, do in pair_faults(corpus):
        yield Violation(files.get(passage_id, "guidelines"), passage_id, problem, do)
    yield from id_faults(corpus)
    yield from agreement_faults(corpus)
    yield from conflict_faults(corpus)
    yield from review_faults(corpus)
    yield from fact_faults(corpus, root)
    yield from lexicon_faults(corpus, root)


def _refused(message: str, root: Path) -> Violation:
    """The loader's own words, split into file, id, problem and what to do."""
    parts = message.removeprefix(f"{root}/").split(": ", 2)
    file, named, problem = parts if len(parts) == 3 else (parts[0], "file", parts[-1])
    what, _, do = problem.partition("; ")
    return Violation(file, named, what, do or "correct the entry; nothing else was checked")
