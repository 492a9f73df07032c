"""Cuts the blocks of a document into passages: a recommendation, a list with what leads to it, a table, a paragraph.

The words are the document's own and stay as they are: lines of a list and rows of a table are kept apart by line breaks, a
long paragraph is cut between sentences, a recommendation never. Topics come from the lexicon, strength from what is printed
(`grading.py`). Whom a passage is about is left open: no population is inferred.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from corpus.documents.blocks import Block, Document, is_bullet, reference, split_mark
from corpus.documents.grading import certainty_of, only_grading, strength_of, to_a_machine
from corpus.lexicon import Lexicon
from corpus.model import Passage

PROSE = 1_000
"""Characters from which a paragraph of prose is cut between sentences."""
WHOLE = 3_600
"""Longest passage. A longer list or table is cut between items or rows."""
MAX_TOPICS = 8
_SENTENCE = re.compile(r"(?<=[.!?])[\")\]\u201d\u2019]*\s+(?=[\"(\[\u201c\u2018]*[A-Z0-9])")
_CAPTION = re.compile(r"(?:Table|Box|Figure)\s+[A-Z]?\d", re.I)
_DOSE = re.compile(r"\d(?:[\d.,]*\d)?\s?(?:mg|mcg|\u00b5g|\u03bcg|micrograms?|milligrams?|g|ml|mL|units)\b")
_FACETS = frozenset("dose duration interaction contraindication caution harms efficacy monitoring stopping indication timing".split())
_TOO_BROAD = frozenset({"low-back-pain"})


@dataclass
class _Unit:
    """Blocks that belong together, and where they stand."""

    blocks: list[Block]
    heading: str | None
    above: tuple[str, ...] = field(default=())
    """All headings above, outermost first."""

    @property
    def last(self) -> Block:
        return self.blocks[-1]


def passages_of(document: Document, guideline_id: str, lexicon: Lexicon) -> tuple[list[Passage], tuple[str, ...]]:
    """The passages in reading order, ids "ID-0001" and up, and notes for whoever adds the document."""
    found: list[Passage] = []
    odd: list[str] = []
    for unit in _units(document.blocks):
        for text in _texts(unit):
            if not any(character.isalnum() for character in text):
                continue
            words = to_a_machine(text)
            passage = Passage(
                id=f"{guideline_id}-{len(found) + 1:04d}",
                guideline_id=guideline_id,
                section=_section(unit),
                page=unit.blocks[0].page,
                text=text,
                strength=_printed(unit, text, strength_of),
                certainty=_printed(unit, text, certainty_of),
                topics=() if words else topics_of(text, unit.above, lexicon),
                verified="seen",
                note="Reads like an instruction to a language model; kept as printed." if words else None,
            )
            found.append(passage)
            if words:
                where = f"page {passage.page}" if passage.page else passage.section or passage.id
                odd.append(f"{where} has text that reads like an instruction to a language model, kept as text: {words!r}")
    if len(odd) > 5:
        odd = [*odd[:5], f"{len(odd) - 5} more passages read like instructions to a language model"]
    return found, tuple(odd)


def topics_of(text: str, headings: Sequence[str], lexicon: Lexicon) -> tuple[str, ...]:
    """Topics that the words name, those of the text before those of its headings, the most frequent subject first."""
    counts = Counter[str]()
    order: list[str] = []
    for weight, part in ((2, text), *((1, heading) for heading in headings[-2:])):
        for mention in lexicon.find(part):
            if mention.concept in _TOO_BROAD:
                continue
            for topic in lexicon.concepts[mention.concept].topics:
                counts[topic] += weight
                order.append(topic)
    if _DOSE.search(text):
        order.append("dose")
        counts["dose"] += 1
    ranked = sorted(dict.fromkeys(order), key=lambda topic: (topic in _FACETS, -counts[topic], order.index(topic)))
    kept = ranked[:MAX_TOPICS]
    return (*kept[:-1], "dose") if "dose" in ranked and "dose" not in kept else tuple(kept)


# -- what belongs together ---------------------------------------------------------------------------------------------


def _units(blocks: Iterable[Block]) -> list[_Unit]:
    units: list[_Unit] = []
    stack: list[tuple[int, str]] = []
    fresh = True  # a heading came since the last unit: nothing joins across it
    for block in map(_numbered, blocks):
        if block.kind == "heading":
            while stack and stack[-1][0] >= block.level:
                stack.pop()
            stack.append((block.level, block.text))
            fresh = True
            continue
        above = tuple(title for _, title in stack)
        if not fresh and units and _belongs(block, units[-1]):
            units[-1].blocks.append(block)
        else:
            units.append(_Unit([block], above[-1] if above else None, above))
        fresh = False
    return units


def _numbered(block: Block) -> Block:
    """A paragraph that begins with the number of a recommendation is an item, whatever the format calls it."""
    mark, rest = split_mark(block.text) if block.kind == "paragraph" else ("", "")
    return Block("item", rest, block.page, 0, mark, True) if reference(mark) and rest else block


def _belongs(block: Block, unit: _Unit) -> bool:
    """Whether a block continues a unit: a grade on its own line, what a colon announces, the rest of a list."""
    if block.kind == "paragraph" and only_grading(block.text):
        return True
    first, last = unit.blocks[0], unit.last
    if last.kind == "paragraph" and len(unit.blocks) == 1:
        if _CAPTION.match(last.text) and block.kind == "table":
            return True
        if last.text.endswith(":"):
            return not (block.kind == "item" and reference(block.mark))
    if block.kind != "item" or reference(block.mark):
        return False
    if last.kind == "item":
        if block.level > last.level or last.text.endswith(":"):
            return True
        if first.text.endswith(":") and len(unit.blocks) > 1:
            return True
        if block.level > first.level and len(unit.blocks) > 1:
            return True
        return not (_stands_alone(first) and _stands_alone(block)) and is_bullet(first.mark) == is_bullet(block.mark)
    return False


def _stands_alone(item: Block) -> bool:
    """Whether an item of a list is a sentence of its own, and so a passage of its own."""
    words = item.text.split()
    return len(words) >= 5 and item.text[0].isupper() and item.text[-1] in ".!?)]"


# -- its words ---------------------------------------------------------------------------------------------------------


def _texts(unit: _Unit) -> list[str]:
    lines = [line for number, block in enumerate(unit.blocks) for line in _lines(block, number == 0)]
    whole = "\n".join(lines)
    if len(unit.blocks) == 1 and unit.blocks[0].kind == "paragraph":
        return [whole] if len(whole) <= PROSE or strength_of(whole) else _cut(_SENTENCE.split(whole), PROSE, " ", whole)
    if len(whole) <= WHOLE:
        return [whole]
    return _cut(lines, WHOLE, "\n", whole)


def _lines(block: Block, first: bool) -> list[str]:
    if block.kind == "table":
        return block.text.split("\n")
    if block.kind == "item" and not (first and _shown_as_section(block)):
        return [f"{block.mark} {block.text}"]
    return [block.text]


def _shown_as_section(block: Block) -> bool:
    """A number that becomes the passage's section, or a mark that means nothing on its own, is not part of its text."""
    return bool(reference(block.mark)) or is_bullet(block.mark)


def _cut(parts: Sequence[str], limit: int, between: str, whole: str) -> list[str]:
    """Runs of parts up to `limit` characters each, as they stand in `whole`; a part that is longer is cut between words."""
    texts: list[str] = []
    for part in [piece for whole_part in parts for piece in _pieces(whole_part)]:
        joined = f"{texts[-1]}{between}{part}" if texts else ""
        if texts and len(joined) <= limit and joined in whole:
            texts[-1] = joined
        else:
            texts.append(part)
    return texts


def _pieces(part: str) -> list[str]:
    pieces = []
    while len(part) > WHOLE:
        at = part.rfind(" ", WHOLE // 2, WHOLE)
        at = at if at > 0 else WHOLE
        pieces.append(part[:at].rstrip())
        part = part[at:].lstrip()
    return [*pieces, part] if part else pieces


def _printed(unit: _Unit, text: str, read: Callable[[str], str | None]) -> str | None:
    """The grade of a passage. Of a list: what its lead or a last line says, or all of its items; of a table with several rows: none."""
    if any(block.kind == "table" and block.text.count("\n") > 1 for block in unit.blocks):
        return None
    items = [block.text for block in unit.blocks if block.kind == "item"]
    if len(items) < 2:
        return read(text)
    around = [block.text for block in unit.blocks if block.kind != "item"]
    if around and (said := read("\n".join(around))):
        return said
    if unit.blocks[0].kind == "item" and items[0].endswith(":"):
        return read(items[0])
    each = {read(item) for item in items}
    return each.pop() if len(each) == 1 else None


def _section(unit: _Unit) -> str | None:
    """The recommendation's own number, else the heading that it stands under."""
    first = unit.blocks[0]
    own = reference(first.mark) if first.kind == "item" else ""
    if own:
        return own
    if unit.heading is None:
        return None
    mark, title = split_mark(unit.heading)
    return unit.heading if mark and not is_bullet(mark) else (title or unit.heading)
