"""`lumbar screen`: red flags in notes or questions. No model, no index, no network: it works when everything else is
down.

What is a flag is `assistant/guardrails/screen.py`'s business; here are its input, its output, and the ledger for
people.
"""

from __future__ import annotations

import datetime
from dataclasses import asdict
from typing import Any

from assistant.commands import lines
from assistant.commands.base import OK, SOME_FAILED, UserError
from assistant.commands.lines import LineError, Row

NOT_CHECKED = "Red flags were NOT checked"


def screen(file: str | None, text: bool, json: bool, explain: bool, today: str | None = None) -> int:
    import assistant.guardrails.screen  # noqa: F401  (what is broken stops here, once, before any line)
    from assistant.guardrails.rules import load_rules

    load_rules(only="RF")
    date = date_of(today)

    def handle(data: Row) -> Row:
        try:
            return screen_row(data, explain=explain, today=date)
        except LineError:
            raise
        except Exception as error:
            error.args = (f"{NOT_CHECKED}: {error}",)
            raise

    show = lines.write if json else ledger
    if text:
        note = lines.Line(1, 1, b"", {"text": lines.read_note(file)})
        row, good = lines.handle_line(note, handle)
        show(row)
        return OK if good else SOME_FAILED
    return lines.run_lines(file, handle, show)


def screen_row(data: Row, *, explain: bool, today: datetime.date | None = None) -> Row:
    """`{"text", "mentions"?}` -> the three lists, the findings and the assertion of each mention that was asked for."""
    from assistant.guardrails.screen import screen_mentions, screen_text

    text = lines.text_of(data, "text")
    spans = mentions_of(data.get("mentions"), len(text))
    result = screen_text(text, today=today)
    if result.not_checked:
        raise LineError("unavailable", f"{NOT_CHECKED}: {result.not_checked}")
    row: Row = {
        "present": list(result.present),
        "absent": list(result.absent),
        "not_documented": list(result.not_documented),
        "findings": [finding.model_dump(mode="json") for finding in result.findings],
        "mentions": screen_mentions(text, spans, today) if spans else [],
        "notes": [finding.model_dump(mode="json") for finding in result.notes],
    }
    if explain:
        row["explain"] = [asdict(item) for item in result.explain]
    return row


def date_of(today: str | None) -> datetime.date | None:
    """The date given, or None for that of the clock."""
    if not today:
        return None
    try:
        return datetime.date.fromisoformat(today.strip())
    except ValueError as error:
        raise UserError(f"{today!r} is no date", "correct or unset LUMBAR_TODAY (or --today): YYYY-MM-DD") from error


def mentions_of(value: Any, length: int) -> list[dict[str, int]]:
    """Checked spans: code points, half-open, inside the text."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise LineError("invalid_input", f"'mentions' must be a list, not {lines.kind(value)}")
    spans = []
    for place, mention in enumerate(value, 1):
        start, end = (mention.get("start"), mention.get("end")) if isinstance(mention, dict) else (None, None)
        if not (type(start) is int and type(end) is int and 0 <= start < end <= length):
            raise LineError(
                "invalid_input", f"mention {place} needs whole numbers start < end within the text (0 to {length})"
            )
        spans.append({"start": start, "end": end})
    return spans


def ledger(row: Row) -> None:
    """The result for people: flags first, then what was asked and denied, then what nobody has written down."""
    from assistant.commands import show

    if "error" in row:
        show.error(row)
        return
    out = show.console()
    out.print(show.clean(f"{row['id']}"), style="bold")
    show.findings(out, row["findings"] + row["notes"])
    for name, key in (
        ("Flag present", "present"),
        ("Asked and denied", "absent"),
        ("Not documented", "not_documented"),
    ):
        out.print(f"  {name}: {', '.join(row[key]) or 'none'}")
    for item in row.get("explain", []):
        cue = f", by '{item['cue']}'" if item["cue"] else f", by {item['by']}" if item["by"] else ""
        counts = "counts" if item["counts"] else "does not count"
        said = (
            f"    {item['label']}: {item['assertion']}{cue} ({item['start']}-{item['end']} '{item['quote']}'); {counts}"
        )
        out.print(show.clean(f"{said}; {item['source']}"), style="dim", soft_wrap=True)
    for mention in row["mentions"]:
        out.print(f"  {mention['start']}-{mention['end']}: {mention['assertion']}")
    if not row["present"]:
        out.print("  No red flag recognised in the text typed.", end=" ")
    else:
        out.print("  ", end="")
    out.print("This is a text check, not an examination.\n")
