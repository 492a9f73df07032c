"""`lumbar corpus list, check, conflicts`: what Lumbar answers from, how far it is checked, where guidelines differ."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from assistant.commands import lines
from assistant.commands.base import OK, UserError
from assistant.commands.lines import Row

if TYPE_CHECKING:
    from corpus.load import Corpus
    from corpus.model import Guideline


def list_(json: bool) -> int:
    from corpus.load import load_corpus

    corpus = load_corpus()
    counts = Counter(passage.guideline_id for passage in corpus.passages.values())
    if json:
        for guideline in corpus.guidelines.values():
            lines.write({**guideline.model_dump(mode="json"), "passages": counts[guideline.id]})
        return OK
    from assistant.commands import show

    show.table(
        ("id", "year", "where", "kind", "status", "passages", "title"),
        (
            (
                g.id,
                str(g.year or ""),
                g.jurisdiction or "",
                g.kind,
                status(g),
                str(counts[g.id]),
                f"{g.short}: {g.title}",
            )
            for g in corpus.guidelines.values()
        ),
    )
    return OK


def status(guideline: Guideline) -> str:
    """current, superseded, withdrawn or historical; a lapsed one says since when."""
    return f"lapsed {guideline.lapsed_since}" if guideline.lapsed_since else guideline.status


def check_row(corpus: Corpus) -> Row:
    """What a reader of the corpus has to know about it, in numbers."""
    passages = corpus.passages.values()
    groups = (corpus.guidelines.values(), corpus.agreements.values(), corpus.conflicts.values())
    reviews = [item.clinically_reviewed for group in groups for item in group]
    return {
        "hash": corpus.hash,
        "guidelines": len(corpus.guidelines),
        "passages": len(corpus.passages),
        "agreements": len(corpus.agreements),
        "conflicts": len(corpus.conflicts),
        "seen": sum(p.verified == "seen" for p in passages),
        "recalled": sum(p.verified == "recalled" for p in passages),
        "uncertain": sum(p.uncertain for p in passages),
        "recheck_before_use": sum(p.recheck for p in passages),
        "not_current": sum(p.status != "current" for p in passages),
        "lapsed_guidelines": sorted(g.id for g in corpus.guidelines.values() if g.lapsed_since),
        "reviewed_by_a_clinician": sum(review is not None for review in reviews),
        "to_be_reviewed": len(reviews),
    }


def check(json: bool) -> int:
    from corpus.load import load_corpus

    row = check_row(load_corpus())
    if json:
        lines.write(row)
        return OK
    from assistant.commands import show

    out = show.console()
    out.print("The corpus loads, and every rule of its loader holds.", style="bold")
    show.table(
        (), ((f"  {k.replace('_', ' ')}", ", ".join(v) if isinstance(v, list) else str(v)) for k, v in row.items())
    )
    return OK


def conflicts(topic: str | None, json: bool) -> int:
    from corpus.load import load_corpus

    corpus = load_corpus()
    chosen = [c for c in corpus.conflicts.values() if topic is None or topic in c.topics or topic == c.id]
    if topic is not None and not chosen:
        known = sorted({name for c in corpus.conflicts.values() for name in c.topics})
        raise UserError(
            f"no conflict is recorded for the topic {topic!r}", f"topics with conflicts: {', '.join(known)}"
        )
    if json:
        for conflict in chosen:
            lines.write(conflict.model_dump(mode="json"))
        return OK
    from assistant.commands import show

    out = show.console()
    for conflict in chosen:
        out.print(show.clean(f"{conflict.question} ({conflict.id})"), style="bold")
        out.print(show.clean(f"  {conflict.reading}"))
        if conflict.changed:
            out.print(show.clean(f"  Changed: {conflict.changed}"))
        rows = []
        for row in conflict.rows:
            doubt = "" if row.verified == "seen" else f" [{row.verified}: check before use]"
            about = "; ".join(part for part in (row.stance, row.strength, row.population) if part)
            rows.append((f"    {row.label}", str(row.year or ""), about + doubt + f" ({', '.join(row.passage_ids)})"))
        show.table((), rows)
        out.print()
    return OK
