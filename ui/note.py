"""Plain text to copy: a reply as a note for the record, and one citation in Vancouver style. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.types import Reply, Source
from ui.answer import parse
from ui.denied import Denied
from ui.words import named, words

COUNTS = ("present", "uncertain", "historical", "family")


def spans(reply: Reply, denied: Sequence[Denied], state: str) -> list[tuple[str, list[str]]]:
    """The categories of one state of the red-flag ledger, each with the words of the text that say so."""
    rows = []
    for category in reply.red_flags.get(state, []):
        if state == "absent":
            said = [d.words for d in denied if d.category == category]
        else:
            flags = [f for f in reply.findings if f.kind == "red_flag" and f.category == category]
            said = [f.quote for f in flags if f.quote and (f.assertion or "present") in COUNTS]
        rows.append((category, list(dict.fromkeys(said))))
    return rows


def note(reply: Reply, denied: Sequence[Denied] = ()) -> str:
    """Question, answer, references, versions, date and receipt. Negatives only where words in the text say so."""
    parts = [
        "LUMBAR NOTE (AI system; supports and does not replace clinical judgement)",
        f"Date: {reply.receipt.today}",
        f"Question: {reply.question.strip()}",
    ]
    if reply.standalone_question.strip() != reply.question.strip():
        parts.append(f"Read as: {reply.standalone_question.strip()}")
    parts += ["", f"{words()['outcomes'][reply.outcome]['label'].upper()}", _answer(reply.answer)]
    parts += _red_flags(reply, denied)
    if reply.notices:
        parts += ["", "About this reply:", *(f"- {n}" for n in reply.notices)]
    if reply.sources:
        parts += ["", "References", *(f"[{s.n}] {reference(s)}" for s in reply.sources)]
    receipt = reply.receipt
    versions = f"Lumbar {receipt.version}; corpus {receipt.corpus[:12]}; rules {receipt.rules[:12]}"
    parts += ["", f"{versions}; model {receipt.model or 'none'}", f"Receipt: {receipt.reply_id}"]
    return "\n".join(parts).strip() + "\n"


def _answer(answer: str) -> str:
    """The answer without Markdown signs: headings in capitals, claims as list items with their marks, fixed lines as they are."""
    out = []
    for part in parse(answer):
        out += ["", *([part.title.upper()] if part.title else [])]
        for line in part.lines:
            text = "\n".join(" | ".join(row) for row in line.rows) if line.rows else line.text.replace("**", "")
            out.append(f"- {text}" if line.cited and not line.rows else text)
    return "\n".join(out).strip()


def _red_flags(reply: Reply, denied: Sequence[Denied]) -> list[str]:
    lines = []
    for category, said in spans(reply, denied, "present"):
        lines.append(f"- {named('categories', category)}: flag present{_quoted(said)}")
    for category, said in spans(reply, denied, "absent"):
        if said:
            lines.append(f"- {named('categories', category)}: asked and denied{_quoted(said)}")
    missing = [named("categories", c) for c in reply.red_flags.get("not_documented", [])]
    if missing:
        lines.append(f"- Not documented: {', '.join(missing)}")
    return ["", "Red flags (text check, not an examination)", *lines] if lines else []


def _quoted(said: Sequence[str]) -> str:
    """The words, without those that stand within others."""
    said = [w for w in said if not any(w != other and w in other for other in said)]
    return f" ({'; '.join(f'“{words}”' for words in said)})" if said else ""


def pinpoint(source: Source) -> str:
    """Section and page: "section 1.1.4, p. 12", "Recommendation 2"."""
    numbered = bool(source.section) and str(source.section)[0].isdigit()
    section = f"section {source.section}" if numbered else source.section or ""
    parts = [section, f"p. {source.page}" if source.page is not None else ""]
    return ", ".join(p for p in parts if p)


def reference(source: Source) -> str:
    """One reference of a note: label, issuer, year, pinpoint, grade, status, address."""
    year = str(source.year) if source.year else "no year"
    parts = [f"{source.label}. {source.issuer}, {source.edition or year}"]
    if pinpoint(source):
        parts.append(pinpoint(source))
    grade = ", ".join(g for g in (source.strength, source.certainty) if g)
    parts.append(f"graded: {grade}" if grade else "not graded")
    if source.status != "current":
        parts.append(f"status: {source.status}")
    if not source.verified.startswith("seen"):
        parts.append(words()["verified"]["recalled"].lower())
    if source.checked:
        parts.append(source.checked)
    return "; ".join(parts) + "." + (f" {source.url}" if source.url else "")


def vancouver(source: Source, accessed: str) -> str:
    """The original in Vancouver style: issuer, title, edition, year, pinpoint, address, date of access."""

    def stop(value: str) -> str:
        return value if value.endswith((".", "?", "!")) else value + "."

    parts = [stop(source.issuer), stop(source.title)]
    if source.edition and source.edition != str(source.year):
        parts.append(stop(source.edition))
    parts.append(f"{source.year}." if source.year else "[date unknown].")
    if pinpoint(source):
        parts.append(stop(pinpoint(source)[0].upper() + pinpoint(source)[1:]))
    if source.url:
        parts.append(f"Available from: {source.url} [accessed {accessed}].")
    return " ".join(parts)
