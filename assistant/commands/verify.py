"""`lumbar verify`: a claim against its evidence. `assistant/citations.py` decides; here are input and output."""

from __future__ import annotations

from assistant.commands import lines
from assistant.commands.lines import LineError, Row


def verify(file: str | None, json: bool) -> int:
    import assistant.citations  # noqa: F401  (what is broken stops here, once, before any line)

    return lines.run_lines(file, verify_row, lines.write if json else show_row)


def verify_row(data: Row) -> Row:
    """`{"claim", "evidence": str | [str]}` -> `{"label", "score", "reasons"}`."""
    from assistant.citations import verify_claim

    claim = lines.text_of(data, "claim", empty=False)
    if "evidence" not in data:
        raise LineError("invalid_input", "'evidence' is missing")
    evidence = data["evidence"]
    if isinstance(evidence, str):
        evidence = [evidence]
    if not isinstance(evidence, list) or not all(isinstance(text, str) for text in evidence):
        raise LineError(
            "invalid_input", f"'evidence' must be a string or a list of strings, not {lines.kind(evidence)}"
        )
    verdict = verify_claim(claim, evidence)
    return {"label": verdict.label, "score": round(float(verdict.score), 4), "reasons": list(verdict.reasons)}


def show_row(row: Row) -> None:
    from assistant.commands import show

    if "error" in row:
        show.error(row)
        return
    out = show.console()
    style = {"supported": "bold", "contradicted": "bold red"}.get(row["label"], "yellow")
    out.print(show.clean(f"{row['id']}: {row['label']} ({row['score']:.2f})"), style=style)
    for reason in row["reasons"]:
        out.print("  " + show.clean(str(reason)), soft_wrap=True)
