"""`lumbar corpus list, check, conflicts`: what Lumbar answers from, how far it is checked, where guidelines differ."""

from __future__ import annotations

import dataclasses
import datetime
import sys
from typing import TYPE_CHECKING

from assistant.commands import lines
from assistant.commands.base import OK, SOME_FAILED, UserError
from assistant.commands.lines import Row

if TYPE_CHECKING:
    from corpus.load import Corpus
    from corpus.model import ConflictRow


def list_(json: bool, markdown: bool = False) -> int:
    from assistant.library import open_corpus
    from assistant.settings import get_settings
    from corpus.card import documents

    corpus = open_corpus(get_settings().home)
    if markdown:
        from assistant.commands import corpus_card

        sys.stdout.write(corpus_card.markdown(corpus_card.full_card(corpus)))
        return OK
    rows = documents(corpus)
    if json:
        for row in rows:
            lines.write(row)
        return OK
    from assistant.commands import show

    head = ("id", "year", "where", "kind", "standing", "content", "passages", "checked", "title")
    table = (
        (
            row["id"], str(row["year"] or ""), row["jurisdiction"] or "", row["kind"],
            " ".join(filter(None, (row["standing"], row["since"]))), row["content"].replace("_", " "),
            f"{row['passages']} ({row['verified']['seen']} seen)", row["checked"], f"{row['short']}: {row['title']}",
        )
        for row in rows
    )  # fmt: skip
    show.table(head, table)
    return OK


def check_row(corpus: Corpus, today: datetime.date) -> Row:
    """What a reader of the corpus has to know about it at `today`, in numbers, and every rule that it breaks."""
    from assistant.commands.corpus_card import full_card
    from assistant.corpus_links import link_faults
    from corpus.check import check
    from corpus.currency import out_of_date

    passages = corpus.passages.values()
    made = full_card(corpus)
    return {
        "hash": corpus.hash,
        **made["counts"],
        "seen": sum(p.verified == "seen" for p in passages),
        "recalled": sum(p.verified == "recalled" for p in passages),
        "uncertain": sum(p.uncertain for p in passages),
        "recheck_before_use": sum(p.recheck for p in passages),
        "not_current": sum(p.status != "current" for p in passages),
        "lapsed_guidelines": sorted(g.id for g in corpus.guidelines.values() if g.lapsed_since),
        "drug_sources_checked_over_12_months_ago": [g.id for g in out_of_date(passages, corpus, today)],
        "clinically_reviewed": made["clinically_reviewed"],
        "violations": [dataclasses.asdict(v) for v in [*check(corpus), *link_faults(corpus)]],
    }


def check(json: bool) -> int:
    from assistant.library import open_corpus
    from assistant.settings import get_settings

    settings = get_settings()
    row = check_row(open_corpus(settings.home), settings.today)
    if json:
        lines.write(row)
    else:
        _show_check(row)
    return SOME_FAILED if row["violations"] else OK


def _show_check(row: Row) -> None:
    from assistant.commands import show

    out = show.console()
    broken = row["violations"]
    verdict = f"breaks {len(broken)} of its rules:" if broken else "keeps every rule."
    out.print(f"The corpus loads, and {verdict}", style="bold")
    for fault in broken:
        out.print(show.clean(f"  {fault['file']}: {fault['id']}: {fault['problem']}; {fault['do']}"), soft_wrap=True)
    shown = {k: v for k, v in row.items() if k not in ("violations", "clinically_reviewed")}
    shown |= {f"reviewed {name}": f"{r['reviewed']} of {r['of']}" for name, r in row["clinically_reviewed"].items()}
    show.table(
        (), ((f"  {k.replace('_', ' ')}", ", ".join(v) if isinstance(v, list) else str(v)) for k, v in shown.items())
    )


def conflicts(topic: str | None, json: bool) -> int:
    from assistant.library import open_corpus
    from assistant.settings import get_settings

    corpus = open_corpus(get_settings().home)
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
        show.table(
            ("  guideline", "year", "strength", "stance; population; passages"),
            (_cells(row, corpus) for row in conflict.rows),
        )
        out.print()
    return OK


def _cells(row: ConflictRow, corpus: Corpus) -> tuple[str, ...]:
    """One position: who, when, what, how strongly, about whom, and where it stands."""
    from corpus.card import population_of

    doubt = "" if row.verified == "seen" else f" [{row.verified}: check before use]"
    about = f"{row.stance.rstrip('.')}{doubt}; {population_of(row, corpus)}; {', '.join(row.passage_ids)}"
    return f"  {row.label}", str(row.year or ""), row.strength or "not graded", about
