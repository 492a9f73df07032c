"""Text for people at a terminal: the reply, the red-flag ledger, findings. Plain where standard output is not a
terminal.

Everything printed passes through `clean`: a note or a model may hold escape sequences, and a terminal would obey them.
What is shown and in which words is decided by the packages; here is only how it looks.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

from assistant.types import TIER_WORDS

Row = dict[str, Any]

_MARKS = re.compile(r"\*\*(.+?)\*\*|(\[\d+\])")


def clean(text: str) -> str:
    """Control and direction-changing characters made visible; line breaks and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(c) for c in text)


def _visible(char: str) -> str:
    if char in "\n\t":
        return char
    category = unicodedata.category(char)
    if char < " ":
        return chr(0x2400 + ord(char))
    if category in ("Cc", "Cs") or char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f":
        return f"<U+{ord(char):04X}>"
    return char


def console() -> Console:
    """A console on standard output that never reads markup or emoji codes in what it prints."""
    from rich.console import Console

    made = Console(markup=False, emoji=False, highlight=False)
    if not made.is_terminal:
        made.width = 100
    return made


def _styled(line: str) -> Any:
    """One line of our Markdown: `**bold**` and citation marks, nothing else."""
    from rich.text import Text

    text = Text()
    place = 0
    for match in _MARKS.finditer(line):
        text.append(line[place : match.start()])
        if match[1] is not None:
            text.append(match[1], style="bold")
        else:
            text.append(match[2], style="cyan")
        place = match.end()
    text.append(line[place:])
    return text


def _paragraph(out: Console, line: str, style: str = "") -> None:
    """Prints one line, wrapped under its own indent or behind its bullet."""
    body = line.strip()
    if not body:
        out.print()
        return
    indent = " " * (len(line) - len(line.lstrip()))
    first = indent
    if body.startswith("- "):
        first, indent, body = f"{indent}• ", f"{indent}  ", body[2:]
    wrapped = textwrap.wrap(
        body,
        width=max(20, out.width),
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    for piece in wrapped:
        out.print(_styled(piece), style=style, soft_wrap=True)


def markdown(out: Console, answer: str, *, urgent: bool) -> None:
    """An answer. Where `urgent`, its first part (up to the next heading) is boxed, so that nobody reads past it."""
    from rich.console import Group
    from rich.panel import Panel

    lines = clean(answer).strip("\n").split("\n")
    if urgent:
        title = lines.pop(0).lstrip("# ") if lines[0].startswith("## ") else "Red flag"
        end = next((i for i, line in enumerate(lines) if line.startswith("## ")), len(lines))
        box = Group(*(_styled(line) for line in "\n".join(lines[:end]).strip("\n").split("\n")))
        out.print(Panel(box, title=title, title_align="left", border_style="bold red"))
        lines = lines[end:]
    for line in lines:
        if line.startswith("#"):
            out.print(line.lstrip("# "), style="bold")
        else:
            _paragraph(out, line)


def source_list(out: Console, sources: Iterable[Row], quotes: dict[int, list[str]]) -> None:
    """`[1] Lumbar's summary of NICE NG59 1.1.4`, its grade, its address, and the words that carry the claims."""
    sources = list(sources)
    if not sources:
        return
    out.print("\nSources", style="bold")
    for source in sources:
        grade = ", ".join(
            str(part)
            for part in (source["strength"], source["certainty"] and f"certainty: {source['certainty']}")
            if part
        )
        facts = [source["label"], grade or "not graded", source["status"] if source["status"] != "current" else ""]
        if not source["verified"].startswith("seen"):
            facts.append("recalled: check before use")
        facts += [f"p. {source['page']}" if source["page"] else "", source["checked"] or ""]
        _paragraph(out, clean(f"[{source['n']}] " + "; ".join(f for f in facts if f)))
        if source["url"]:
            out.print("    " + clean(source["url"]), style="dim", soft_wrap=True)
        said = quotes.get(source["n"], [])
        for quote in said:
            if not any(quote in other and quote != other for other in said):
                _paragraph(out, "    " + clean(quote), style="dim")


def reply(row: Row) -> None:
    """One reply: answer, sources, what the guardrails saw in the draft or plan, what was left out, what to ask next."""
    out = console()
    markdown(out, row["answer"], urgent=row["outcome"] == "escalated")
    quotes: dict[int, list[str]] = {}
    for section in row["sections"]:
        for claim in section["claims"]:
            for citation in claim["citations"]:
                if citation["quote"] not in quotes.setdefault(citation["n"], []):
                    quotes[citation["n"]].append(citation["quote"])
    source_list(out, row["sources"], quotes)
    others = [f for f in row["findings"] if f["kind"] != "red_flag"]
    if others:
        out.print("\nChecks", style="bold")
        findings(out, others)
    _listed(out, "About this reply", row.get("notices", []))
    if row["dropped_claims"]:
        n = len(row["dropped_claims"])
        out.print(
            f"\n{n} drafted claim{'s' if n > 1 else ''} left out: not borne out by the passage cited.", style="dim"
        )
    _listed(out, "You may ask", row["suggested_questions"])
    out.print(f"\n{row['outcome']} · reply {row['receipt']['reply_id'][:16]}", style="dim")


def _listed(out: Console, title: str, items: Iterable[str]) -> None:
    items = list(items)
    if items:
        out.print(f"\n{title}", style="bold")
        for item in items:
            _paragraph(out, "- " + clean(item))


def findings(out: Console, rows: Iterable[Row]) -> None:
    """Findings, one a paragraph: what was seen, where, what to do, which rule and source say so."""
    for finding in rows:
        tier = TIER_WORDS.get(finding["tier"] or "", "")
        style = (
            "bold red" if finding["severity"] == "emergency" else "yellow" if finding["severity"] == "warning" else ""
        )
        head = " · ".join(part for part in (tier, finding["category"], finding["rule"]) if part)
        out.print("  " + clean(head), style=style, soft_wrap=True)
        if finding["quote"]:
            out.print(f"    typed: {clean(' '.join(finding['quote'].split()))}", soft_wrap=True)
        _paragraph(out, "    " + clean(finding["message"]))
        if finding["action"]:
            _paragraph(out, "    " + clean(f"Action: {finding['action']}"))
        out.print("    " + clean(f"Source: {finding['source'] or 'none'}"), style="dim", soft_wrap=True)


def error(row: Row) -> None:
    """A line that could not be processed, in its place among the results."""
    console().print(clean(f"{row['id']}: {row['error']['type']}: {row['error']['message']}"), style="bold red")


def table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """A plain table without rules or boxes; the last column wraps."""
    out = console()
    cells = [[" ".join(clean(cell).split("\n")) if i else clean(cell) for i, cell in enumerate(row)] for row in rows]
    lines = [list(columns), *cells] if columns else cells
    if not lines:
        return
    widths = [max(len(row[i]) for row in lines) for i in range(len(lines[0]) - 1)]
    for number, row in enumerate(lines):
        head = "".join(cell.ljust(width + 2) for cell, width in zip(row[:-1], widths, strict=True))
        rest = textwrap.wrap(row[-1], width=max(24, out.width - len(head)), break_long_words=False) or [""]
        style = "bold" if columns and number == 0 else ""
        for place, piece in enumerate(rest):
            out.print(f"{head if place == 0 else ' ' * len(head)}{piece}".rstrip(), style=style, soft_wrap=True)
