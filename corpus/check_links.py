"""What rests on passages: agreements, cells of conflicts, reviews and the list of researched facts."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from corpus.load import Corpus
from corpus.model import Agreement, ConflictRow, Review
from corpus.violations import Violation

AGREEMENTS, CONFLICTS, FACTS, UNUSED = "agreements.yaml", "conflicts.yaml", "fact_ids.yaml", "unused_facts.yaml"
NUMBER = re.compile(r"\d[\d,.]*\d|\d")
Fault = tuple[str, str]


def id_faults(corpus: Corpus) -> Iterator[Violation]:
    """Passages, agreements and conflicts share one space of ids, because an answer names its statements by them."""
    kinds = ((AGREEMENTS, corpus.agreements), (CONFLICTS, corpus.conflicts))
    counts = Counter([*corpus.passages, *corpus.agreements, *corpus.conflicts])
    for file, items in kinds:
        for key in items:
            if counts[key] > 1:
                yield Violation(file, key, "the id is taken by another kind of entry", "rename one")
            if not re.fullmatch(r"[a-z0-9-]+", key):
                yield Violation(file, key, "the id must be lower case letters, digits and hyphens", "rename it")


def agreement_faults(corpus: Corpus) -> Iterator[Violation]:
    """An agreement stands on passages in force, of two sources at least, with every number in a quotation."""
    for agreement in corpus.agreements.values():
        for problem, do in _agreement(corpus, agreement):
            yield Violation(AGREEMENTS, agreement.id, problem, do)


def _agreement(corpus: Corpus, agreement: Agreement) -> Iterator[Fault]:
    passages = [corpus.passages[support.passage_id] for support in agreement.supports]
    for passage in passages:
        if passage.status != "current":
            yield f"support {passage.id} is {passage.status}", "rest it on passages in force"
        if not passage.established and NUMBER.search(passage.text):
            yield f"support {passage.id} is unconfirmed and has a number", "take the support out"
    if len({p.guideline_id for p in passages}) < 2:
        yield "an agreement needs two sources, this has one", "add a second source, or cite the passage alone"
    if not any(p.established for p in passages):
        yield "no support is established", "rest it on a passage that was seen"
    missing = set(NUMBER.findall(agreement.text)) - set(NUMBER.findall(" ".join(s.quote for s in agreement.supports)))
    if missing:
        yield f"the number {sorted(missing)[0]} stands in no quotation", "quote the words that state it"


def conflict_faults(corpus: Corpus) -> Iterator[Violation]:
    """Every cell resolves to passages of its own source, in that source's name, year and grade."""
    first = Counter(conflict.topics[0] for conflict in corpus.conflicts.values() if conflict.topics)
    for conflict in corpus.conflicts.values():
        if len(conflict.rows) < 2:
            yield Violation(CONFLICTS, conflict.id, "has one position only", "add the other, or drop the topic")
        if not conflict.topics or first[conflict.topics[0]] > 1:
            yield Violation(CONFLICTS, conflict.id, "shares its first topic with another", "give it a topic of its own")
        for row in conflict.rows:
            for problem, do in _row(corpus, row):
                yield Violation(CONFLICTS, conflict.id, f"row {row.label}: {problem}", do)


def _row(corpus: Corpus, row: ConflictRow) -> Iterator[Fault]:
    source = corpus.guidelines[row.guideline_id]
    passages = [corpus.passages[i] for i in row.passage_ids]
    if not passages:
        yield "has no passage", "cite the passage that carries the stance"
        return
    for passage in passages:
        if passage.guideline_id != row.guideline_id:
            yield f"{passage.id} is of {passage.guideline_id}, not of {row.guideline_id}", "cite that source's own"
    if row.label != source.short or row.year != source.year:
        yield f"the source is called {source.short!r}, {source.year}", "write label and year as registered"
    if row.strength is not None and row.strength not in {p.strength for p in passages if p.established}:
        yield f"no passage of it is graded {row.strength!r}", "write the passage's grade, or none"
    established = [p.established for p in passages]
    expected = "seen" if all(established) else "recalled" if {p.verified for p in passages} == {"recalled"} else "mixed"
    if row.verified != expected:
        yield f"verified is {row.verified}, its passages are {expected}", f"write {expected}"
    extra = set(NUMBER.findall(row.stance.replace("NASS 2020", "")))
    extra -= set(NUMBER.findall(" ".join(p.text for p in passages)))
    if extra:
        yield f"the number {sorted(extra)[0]} stands in none of its passages", "correct the stance or cite the passage"


def review_faults(corpus: Corpus) -> Iterator[Violation]:
    """A review names a clinician, a role and a day."""
    kinds = (
        ("sources.yaml", corpus.guidelines.items()),
        (AGREEMENTS, corpus.agreements.items()),
        (CONFLICTS, corpus.conflicts.items()),
    )
    for file, items in kinds:
        for key, item in items:
            if item.clinically_reviewed is not None and (problem := review_problem(item.clinically_reviewed)):
                yield Violation(file, key, f"clinically_reviewed: {problem}", "give by, role and date (2026-11-30)")


def review_problem(review: Review) -> str | None:
    """What a review lacks, or null."""
    if not review.by.strip() or not review.role.strip():
        return "names nobody, or no role"
    try:
        datetime.date.fromisoformat(review.date)
    except ValueError:
        return f"date {review.date!r} is no day"
    return None


def fact_faults(corpus: Corpus, folder: Path) -> Iterator[Violation]:
    """Every researched fact is a passage, whole or split, or has a reason why not; every known dispute is a conflict."""
    data = _data(folder / FACTS)
    listed = [fact for part in data["facts"].values() for fact in part]
    unused = {row["id"]: row for row in _data(folder / UNUSED)["unused"]}
    present = set(corpus.passages) | {passage_id.rpartition(".")[0] for passage_id in corpus.passages}
    for fact, count in Counter(listed).items():
        if count > 1:
            yield Violation(FACTS, fact, "is listed twice", "keep one")
        if fact in present and fact in unused:
            yield Violation(UNUSED, fact, "is a passage and in unused_facts.yaml", "keep one")
        elif fact not in present and fact not in unused:
            yield Violation(FACTS, fact, "is neither a passage nor in unused_facts.yaml", "write it, or say why not")
    for fact, row in unused.items():
        if not str(row.get("reason") or "").strip():
            yield Violation(UNUSED, fact, "stands in unused_facts.yaml without a reason", "say why it is left out")
        if row.get("into") and row["into"] not in corpus.passages:
            yield Violation(UNUSED, fact, f"points to {row['into']!r}, which is no passage", "name the passage")
        if fact not in listed:
            yield Violation(UNUSED, fact, "is no researched fact", "correct the id, or list it in fact_ids.yaml")
    yield from _disputes(corpus, data.get("conflicts", {}))


def _disputes(corpus: Corpus, disputes: dict[str, list[list[str]]]) -> Iterator[Violation]:
    for conflict_id, positions in disputes.items():
        conflict = corpus.conflicts.get(conflict_id)
        if conflict is None:
            yield Violation(CONFLICTS, conflict_id, "the facts hold this dispute, and no conflict does", "write it")
            continue
        shown = {i for row in conflict.rows for i in row.passage_ids}
        for facts in positions:
            if not shown & {i for fact in facts for i in corpus.passages_of(fact)}:
                yield Violation(CONFLICTS, conflict_id, f"no row shows the position of {', '.join(facts)}", "add a row")


def _data(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
