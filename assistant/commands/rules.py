"""`lumbar rules`: the rule book, or one rule in full. Rules are data; `assistant/guardrails/rules.py` loads them."""

from __future__ import annotations

from assistant.commands import lines
from assistant.commands.base import OK, UserError
from assistant.commands.lines import Row


def rules(id: str | None, json: bool) -> int:
    from assistant.guardrails.rules import Rule, load_rules

    book = load_rules()
    chosen: tuple[Rule, ...] = book.rules
    if id is not None:
        found = book.by_id.get(id.strip().upper())
        if found is None:
            raise UserError(f"there is no rule {id!r}", "`lumbar rules` lists them all")
        chosen = (found,)
    if json:
        for rule in chosen:
            lines.write(rule_row(rule))
    elif id is not None:
        _explain(rule_row(chosen[0]))
    else:
        from assistant.commands import show
        from assistant.types import TIER_WORDS

        show.table(
            ("rule", "kind", "tier", "name"),
            ((r.id, r.kind, TIER_WORDS.get(r.tier or "", ""), r.name) for r in chosen),
        )
    return OK


def rule_row(rule: object) -> Row:
    """A rule as JSON: every field of its file."""
    import dataclasses

    row = {f.name: getattr(rule, f.name) for f in dataclasses.fields(rule)}  # type: ignore[arg-type]
    for key, value in row.items():
        if isinstance(value, tuple):
            row[key] = list(value)
        elif hasattr(value, "items"):
            row[key] = dict(value)
    return row


def _explain(row: Row) -> None:
    from assistant.commands import show

    out = show.console()
    out.print(f"{row['id']} {show.clean(row['name'])}", style="bold")
    pairs = [
        (key, row[key])
        for key in ("kind", "category", "stage", "severity", "tier", "action", "message", "why", "source", "file")
    ]
    review = row.get("clinically_reviewed")
    pairs.append(
        (
            "reviewed",
            f"{review['by']}, {review['role']}, {review['date']}" if review else "not yet by a named clinician",
        )
    )
    for key in ("concepts", "patterns", "check"):
        if row[key]:
            value = row[key]
            pairs.append((key, value if isinstance(value, str) else "\n".join(value)))
    show.table((), ((f"  {key}", str(value)) for key, value in pairs if value))
    for key in ("fires", "quiet"):
        out.print(f"  {key} on" if key == "fires" else "  stays quiet on", style="bold")
        for case in row[key]:
            out.print(
                "    " + show.clean(case if isinstance(case, str) else "; ".join(f"{k}: {v}" for k, v in case.items()))
            )
