"""`lumbar eval`: input, output and exit codes of the measuring commands. What is measured, and how, is in `evals/`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from assistant.commands import lines
from assistant.commands.base import OK, SOME_FAILED, UserError, say


def retrieval(folder: str, k: int, json: bool, run: str | None) -> int:
    from assistant.commands.index import prepared_encoder
    from assistant.settings import get_settings
    from evals import foreign
    from evals.beir import read_collection

    collection = read_collection(Path(folder))
    if run:
        _writable(Path(run))
    for note in collection.notes:
        say(f"lumbar: {note}")
    summary, found = foreign.evaluate(collection, prepared_encoder(get_settings()), k)
    if run:
        Path(run).write_text("\n".join(foreign.run_lines(found, k)) + "\n", encoding="utf-8")
        say(f"lumbar: the hybrid ranking is in {run}")
    if json:
        lines.write(summary)
        return OK
    out = [f"{summary['queries']} questions, {summary['passages']} passages, {summary['seconds']:.0f} s", ""]
    out.append(f"{'':10s}" + "".join(f"{name:>12s}" for name in foreign.MEASURES))
    for mode in foreign.MODES:
        out.append(f"{mode:10s}" + "".join(f"{summary[mode][name]:12.4f}" for name in foreign.MEASURES))
    sys.stdout.write("\n".join(out) + "\n")
    return OK


def _writable(path: Path) -> None:
    """Says so now, and not after minutes of work, where a file cannot be written."""
    try:
        path.open("a").close()
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}", "name another --run") from error


def claims(file: str | None, json: bool) -> int:
    from assistant.citations import verify_claim
    from evals.labelled import LABELS, evidence_of, label_of, summary

    pairs: list[tuple[str, str]] = []
    bad = 0

    def judge(data: lines.Row) -> lines.Row:
        claim, evidence = lines.text_of(data, "claim", empty=False), evidence_of(data.get("evidence"))
        wanted = label_of(data.get("label"))
        if wanted is None:
            raise lines.LineError("invalid_input", f"'label' {str(data.get('label'))[:40]!r} is not one that is known")
        if "evidence" not in data or evidence is None:
            raise lines.LineError("invalid_input", "'evidence' must be a string or a list of strings")
        return {"pair": (wanted, verify_claim(claim, evidence).label)}

    with lines.open_input(file) as stream:
        for line in lines.read_lines(stream):
            row, good = lines.handle_line(line, judge)
            if good:
                pairs.append(row["pair"])
            else:
                bad += 1
                say(f"lumbar: line {line.number}: {row['error']['message']}")
    if bad:
        say(f"lumbar: {bad} of {bad + len(pairs)} lines could not be scored and are left out")
    found: dict[str, Any] = summary(pairs)
    if json:
        lines.write(found)
    else:
        _show_claims(found, LABELS)
    return SOME_FAILED if bad else OK


def _show_claims(found: dict[str, Any], labels: tuple[str, ...]) -> None:
    def figure(value: float | None) -> str:
        return "no case" if value is None else f"{value:.4f}"

    out = [f"{found['n']} claims", f"balanced accuracy {figure(found['balanced_accuracy'])}", f"macro F1 {figure(found['macro_f1'])}", ""]
    out.append(f"{'label':14s}" + "".join(f"{got:>14s}" for got in labels))
    for want in labels:
        out.append(f"{want:14s}" + "".join(f"{found['confusion'][want][got]:14d}" for got in labels))
    sys.stdout.write("\n".join(out) + "\n")
