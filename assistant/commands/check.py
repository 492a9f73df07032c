"""`lumbar check`: the guardrails over a question and a draft answer. The rules are `assistant/guardrails`' business."""

from __future__ import annotations

from functools import partial

from assistant.commands import lines
from assistant.commands.lines import Row


def check(file: str | None, json: bool, explain: bool) -> int:
    import assistant.guardrails.check  # noqa: F401  (what is broken stops here, once, before any line)
    from assistant.guardrails.rules import load_rules

    load_rules()
    handle = partial(check_row, explain=explain)
    return lines.run_lines(file, handle, lines.write if json else show_row)


def check_row(data: Row, *, explain: bool) -> Row:
    """`{"question", "answer", "history"?}` -> `{"findings"}`; with `explain`, each rule that fired says why."""
    from assistant.guardrails.check import check_text

    question = lines.text_of(data, "question")
    answer = lines.text_of(data, "answer")
    history = data.get("history")
    messages = lines.messages_of(history, "history") if history is not None else []
    found = check_text(question, answer, messages)
    row: Row = {"findings": [finding.model_dump(mode="json") for finding in found]}
    if explain:
        row["explain"] = rules_that_fired(sorted({finding.rule for finding in found}))
    return row


def rules_that_fired(ids: list[str]) -> list[Row]:
    """The rule behind each finding: what it is called, why it exists and which file holds it."""
    from assistant.guardrails.rules import load_rules

    by_id = load_rules().by_id
    return [
        {"rule": rule.id, "name": rule.name, "why": rule.why, "source": rule.source, "file": rule.file}
        for rule in (by_id[id_] for id_ in ids if id_ in by_id)
    ]


def show_row(row: Row) -> None:
    from assistant.commands import show

    if "error" in row:
        show.error(row)
        return
    out = show.console()
    out.print(show.clean(f"{row['id']}"), style="bold")
    if row["findings"]:
        show.findings(out, row["findings"])
    else:
        out.print("  No rule fired. The rules know the pitfalls in their list (`lumbar rules`) and no others.")
    for entry in row.get("explain", []):
        out.print("    " + show.clean(f"{entry['rule']} ({entry['file']}): {entry['why']}"), style="dim")
    out.print()
