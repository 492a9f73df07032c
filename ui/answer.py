"""Reads the Markdown of a reply: sections of lines that end in marks `[1][3]`. Anything else in it is plain text.

The subset is headings, bold, lists, tables and marks. No links, images, code or raw HTML: what looks like them is shown
as typed. Turning the parts into HTML is `render.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant.guardrails.urgent import TITLE
from assistant.lines import line as fixed
from assistant.types import Claim, Reply, Source
from ui.tags import Html, join, tag

_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+(.*)$")
_MARKS = re.compile(r"(?:\s*\[\d+\])+\s*$")
_MARK = re.compile(r"\[(\d+)\]")
_INLINE = re.compile(r"\*\*(.+?)\*\*|((?:\[\d+\])+)")
_RULE = re.compile(r"^\s*\|?\s*:?-{2,}")
MARKS = ("check_label", "unconfirmed", "superseded", "withdrawn", "safety_default")
"""Keys of the fixed lines that an attribution may consist of."""
_TRAILING = re.compile(r"^(.*\S)\s+\(((?:[^()]|\([^()]*\))+)\)$", re.S)


@dataclass(frozen=True)
class Line:
    """One claim or fixed line. `rows` is set for a table, whose first row is its head."""

    text: str
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def words(self) -> int:
        return len(_MARK.sub(" ", self.text).split())

    @property
    def cited(self) -> tuple[int, ...]:
        return tuple(int(n) for n in _MARK.findall(self.text))


@dataclass
class Part:
    """A section as printed: its title (empty before the first heading) and its lines."""

    title: str
    lines: list[Line] = field(default_factory=list)


def parse(answer: str) -> list[Part]:
    """Splits an answer into parts. Never raises: an unknown construct is a line of text."""
    parts = [Part("")]
    table: list[tuple[str, ...]] = []
    gap = False
    for raw in [*answer.splitlines(), ""]:
        stripped = raw.strip()
        if stripped.startswith("|"):
            if not _RULE.match(stripped):
                table.append(tuple(cell.strip() for cell in stripped.strip("|").split("|")))
            continue
        if table:
            parts[-1].lines.append(Line(" ".join(c for row in table for c in row), tuple(table)))
            table = []
        if not stripped:
            gap = True
            continue
        heading = _HEADING.match(stripped)
        item = _ITEM.match(raw)
        line = Line(item[1].strip() if item else stripped)
        if heading:
            parts.append(Part(heading[2].strip().strip("*").strip()))
        else:
            if gap and not item and not line.cited and any(x.cited for x in parts[-1].lines):
                parts.append(Part(""))  # a fixed line after a section's claims belongs to no section
            parts[-1].lines.append(line)
        gap = False
    return [p for p in parts if p.title or p.lines]


def split_urgent(reply: Reply) -> tuple[Part | None, list[Part]]:
    """The block about red flags, where the reply opens with one, and the rest."""
    parts = parse(reply.answer)
    if parts and (reply.outcome == "escalated" or parts[0].title == TITLE):
        return parts[0], parts[1:]
    return None, parts


def in_full(reply: Reply) -> bool:
    """Whether the reply shows an emergency in full, and not as the one line of later turns."""
    block, _ = split_urgent(reply)
    return block is not None and reply.outcome == "escalated" and len(block.lines) > 1


def without_marks(line: str) -> str:
    return _MARKS.sub("", line).strip()


class Quotes:
    """Which quotation supports which mark: per source the distinct quotations in order, per sentence its own."""

    def __init__(self, reply: Reply) -> None:
        self.of_source: dict[int, list[str]] = {s.n: [] for s in reply.sources}
        self._of_claim: dict[tuple[str, int], int] = {}
        for section in reply.sections:
            for claim in section.claims:
                self._add(claim)

    def _add(self, claim: Claim) -> None:
        for citation in claim.citations:
            quotes = self.of_source.setdefault(citation.n, [])
            if citation.quote not in quotes:
                quotes.append(citation.quote)
            self._of_claim.setdefault((_plain(claim.text), citation.n), quotes.index(citation.quote))

    def index(self, line: str, n: int) -> int:
        """Which of the quotations of source `n` supports this line; 0 where the line is no claim of the reply."""
        return self._of_claim.get((_plain(without_marks(line)), n), 0)


def _plain(sentence: str) -> str:
    return " ".join(sentence.replace("**", "").split())


def grade(line: str, sources: Sequence[Source]) -> tuple[str, str]:
    """Parts a sentence from the attribution that closes it: ("Do not use bed rest.", "NICE NG59: do not offer").

    The bracket counts as attribution only when it opens with the name of a source that the line cites, or is all grades of such
    sources and fixed marks ("check the current label").
    """
    found = _TRAILING.match(without_marks(line))
    if not found:
        return without_marks(line), ""
    opens = re.split(r":| · ", found[2], maxsplit=1)[0].strip()
    grades = {g for s in sources for g in (s.strength, s.certainty) if g} | {fixed(k) for k in MARKS}
    if any(opens in s.label for s in sources) or found[2] in grades or set(found[2].split("; ")) <= grades:
        return found[1], found[2]
    return without_marks(line), ""


def inline(value: str, mark: Callable[[int], Html | None]) -> Html:
    """Text with bold and marks, all else escaped. `mark(n)` gives the button, or None for a non-source."""
    out: list[Html | str] = []
    at = 0
    for found in _INLINE.finditer(value):
        out.append(value[at : found.start()])
        out.append(tag("strong", inline(found[1], mark)) if found[1] else _buttons(found[2], mark))
        at = found.end()
    out.append(value[at:])
    return join(out)


def _buttons(marks: str, mark: Callable[[int], Html | None]) -> Html:
    shown = [mark(int(n)) or f"[{n}]" for n in _MARK.findall(marks)]
    return tag("span", *shown, cls="lb-marks")
