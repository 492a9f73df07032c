"""Writes a reply as Markdown: urgent block, sections, fixed lines. Numbers citations by first appearance, one number a passage.

Wording is decided before; this module adds nothing but headings and marks (design, section 6).
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answer import DraftSection
from assistant.types import Claim, Section


class Numbering:
    """Gives each passage its number in this reply."""

    def __init__(self) -> None:
        self._order: dict[str, int] = {}

    def number(self, claim: Claim) -> Claim:
        """The claim with its citations numbered."""
        cites = tuple(
            c.model_copy(update={"n": self._order.setdefault(c.passage_id, len(self._order) + 1)})
            for c in claim.citations
        )
        return claim.model_copy(update={"citations": cites})

    @property
    def passages(self) -> tuple[str, ...]:
        """Passage ids in the order of their numbers."""
        return tuple(self._order)


def marks(claim: Claim) -> str:
    """ "[1][3]" for a claim, each number once, in order; empty for a safety default."""
    return "".join(f"[{n}]" for n in dict.fromkeys(c.n for c in claim.citations))


def claim_line(claim: Claim) -> str:
    """A claim on one line, ending with its marks."""
    text = " ".join(claim.text.split())
    return f"{text} {marks(claim)}".rstrip()


def write(
    urgent: Sequence[Claim],
    urgent_title: str | None,
    drafts: Sequence[DraftSection],
    opening: Sequence[str],
    closing: Sequence[str],
    numbering: Numbering,
) -> tuple[str, tuple[Section, ...]]:
    """The Markdown and the numbered sections. `opening` stands after the bottom line, `closing` at the end."""
    blocks: list[str] = []
    sections: list[Section] = []
    if urgent:
        claims = tuple(numbering.number(c) for c in urgent)
        title = urgent_title or "Urgent"
        sections.append(Section(title=title, claims=claims))
        blocks.append("\n".join(["## " + title, "", *(claim_line(c) for c in claims)]))
    after = next((i for i, d in enumerate(drafts) if d.title == "Bottom line"), 0)
    for i, draft in enumerate(drafts):
        claims = tuple(numbering.number(c) for c in draft.claims)
        sections.append(Section(title=draft.title, claims=claims))
        single = len(claims) <= 2 and draft.title == "Bottom line"
        body = [*draft.lines, *((claim_line(c) if single else f"- {claim_line(c)}") for c in claims)]
        blocks.append("\n".join([f"## {draft.title}", "", *_spaced(body)]))
        if i == after and opening:
            blocks.append("\n\n".join(opening))
    if not drafts and opening:
        blocks.append("\n\n".join(opening))
    if closing:
        blocks.append("\n\n".join(closing))
    return "\n\n".join(blocks), tuple(sections)


def _spaced(lines: Sequence[str]) -> list[str]:
    """A blank line between paragraphs, none between list items."""
    out: list[str] = []
    for text in lines:
        if out and not (text.startswith("- ") and out[-1].startswith("- ")):
            out.append("")
        out.append(text)
    return out
