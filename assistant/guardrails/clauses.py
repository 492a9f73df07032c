"""Text as the pitfall checks read it: cut into sentences and clauses, conditions set apart, headings kept.

What a clause says about a thing (recommended, advised against ...) is read in `stance.py`; the folding of the text is
`folding.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from assistant.guardrails.folding import LIST_START, Folded, fold

Kind = Literal["main", "condition", "aside"]

_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|approx|dr|mr|mrs|ms|prof|st|fig|ca|cf|max|min|wt|pt|no|inc|al)|\b(?:[a-z]\.)+[a-z]|\b[a-z])$"
)
_SENTENCE_END = re.compile(r"[.!?]+[\"')\]]*(?=\s|$)|\n+|;")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: `start`, `end` in the folded text. `conditions` are the conditions under which it is said.

    `heading` is the label before a colon on the same line ("plan", "rx"), or else the heading that the line stands under; `joined` tells that a negation of the clause
    before runs on ("do not scan or start steroids"). `question` is true for a clause of a question.
    """

    start: int
    end: int
    kind: Kind
    conditions: tuple[str, ...] = ()
    heading: str = ""
    joined: bool = False
    question: bool = False
    sentence: tuple[int, int] = (0, 0)
    by: str = ""
    """What cut it off from the clause before: contrast, reason, join, comma, so, dash (a colon too), open, close, list ..."""
    depth: int = 0
    """Brackets around it."""
    section: bool = False
    """Whether the heading stands on a line of its own above."""
    scope: int = 0
    """Where in the clause its conditions begin to hold: "films today, MRI if ..." has one for the MRI alone."""


@dataclass(frozen=True)
class Reading:
    """A text cut into clauses, in reading order."""

    folded: Folded
    clauses: tuple[Clause, ...] = field(default_factory=tuple)

    @property
    def text(self) -> str:
        return self.folded.text

    def clause_at(self, place: int) -> Clause | None:
        """The clause that holds a place of the folded text, or None between clauses."""
        low, high = 0, len(self.clauses)
        while low < high:
            middle = (low + high) // 2
            clause = self.clauses[middle]
            if place < clause.start:
                high = middle
            elif place >= clause.end:
                low = middle + 1
            else:
                return clause
        return None

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Spans of the sentences, in order."""
        return tuple(sorted({c.sentence for c in self.clauses}))

    @cached_property
    def _places(self) -> dict[int, int]:
        return {clause.start: index for index, clause in enumerate(self.clauses)}

    def before(self, clause: Clause) -> Clause | None:
        index = self._places[clause.start]
        return self.clauses[index - 1] if index else None

    def parent(self, clause: Clause) -> Clause | None:
        """The clause that a bracket, or a list after a colon, belongs to."""
        earlier = self.before(clause)
        while earlier is not None and earlier.sentence == clause.sentence:
            if earlier.depth < clause.depth or (clause.by == "dash" and earlier.depth == clause.depth):
                return earlier
            earlier = self.before(earlier)
        return None

    def resumed(self, clause: Clause) -> Clause | None:
        """The clause in which a sentence goes on after a bracket that follows this clause."""
        later = self.after(clause)
        if later is None or later.depth <= clause.depth:
            return None
        while later is not None and later.sentence == clause.sentence:
            if later.depth == clause.depth:
                return later
            later = self.after(later)
        return None

    def after(self, clause: Clause) -> Clause | None:
        index = self._places[clause.start] + 1
        return self.clauses[index] if index < len(self.clauses) else None


@lru_cache(maxsize=1)
def cues() -> dict[str, Any]:
    """The cue words of `stance.yaml`."""
    data: dict[str, Any] = yaml.load(
        Path(__file__).with_name("stance.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
    )
    return data


def alternatives(words: list[str]) -> str:
    """A regular expression for any of the words, the longest first; a space stands for one space."""
    return "|".join(sorted(words, key=len, reverse=True))


@lru_cache(maxsize=1)
def _boundary() -> re.Pattern[str]:
    data = cues()
    verbs, nounlike = alternatives(data["directive_verbs"]), alternatives(data["directive_nounlike"])
    opening = (
        rf"(?:(?:{alternatives(data['opening_adverbs'])}) )*"
        rf"(?:(?:{verbs})\b|(?:{nounlike}) (?:the|a|an|her|his|him|them|this|that|it|with|for|in|at|to|as|up|only)\b"
        rf"|(?:i|we|you|he|she|they|it|there|this|the patient|patient|pt)(?: (?:also|then|now|really))? "
        rf"(?:would|will|should|can|could|must|may|might|is|are|has|have|had|does|do|did|was|needs?|wants?|feels?|says?|gets?|takes?)\b"
        rf"|(?:i|we|you|he|she|they|it)'(?:d|ll|ve|m|re|s)\b|do not\b|don't\b|never\b|avoid\b|no (?:need|role|place)\b)"
    )
    soon = r"(?:an?|the|mri|ct|x-?rays?|urgent|lumbar|imaging|him|her|them|to)\b"
    return re.compile(
        rf"(?P<contrast>,? ?\b(?:{alternatives(data['contrast'])})\b,?)"
        rf"|(?P<condition>,? ?\b(?:(?:and|or|but|then) )?(?:{alternatives(data['condition'])})\b)"
        rf"|(?P<reason>,? ?\b(?:{alternatives(data['reason'])})\b)"
        rf"|(?P<join>,? (?:and|or|nor|plus|then|and then|and also|or else|and/or) (?={opening}))"
        rf"|(?P<comma>, ?(?={opening}))"
        rf"|(?P<so>,? so (?=(?:i|we|you|he|she|they|it|the|an?|that means|this)\b|(?:{verbs}|use|do|image|scan|rest)\b))"
        r"|(?P<dash> - | -+> ?|:(?=\D)| \| )|(?P<open>[(\[])|(?P<close>[)\]])|(?P<list>, )"
        r"|(?P<turn> (?=(?:she|he|they|you|we|i) (?:can|should|may|must|could|will|would|needs? to)\b))"
        rf"|(?P<verb>(?<!\bto)(?<!\bnot)(?<!\bn't) (?=(?:order|obtain|request|arrange|prescribe|refer|send|start) {soon}))"
    )


@dataclass(slots=True)
class _Piece:
    start: int
    end: int
    kind: Kind
    by: str
    """The boundary before it: start, contrast, reason, join, comma, so, dash, open, close, list or verb."""
    heading: str = ""
    depth: int = 0
    trailing: bool = False
    """A condition set off by nothing from the clause before it."""
    conditions: tuple[str, ...] = ()
    scope: int = 0


@lru_cache(maxsize=32)
def read(raw: str) -> Reading:
    """Fold a text and cut it into clauses. Linear in its length."""
    folded = fold(raw)
    clauses: list[Clause] = []
    sections = _sections(folded.text)
    for start, end, question in _sentences(folded.text):
        pieces = _pieces(folded.text, start, end)
        _bind(folded.text, pieces)
        section = next((name for place, name in reversed(sections) if place <= start), "")
        for piece in pieces:
            joined = piece.by == "join" and piece.kind == "main"
            clauses.append(
                Clause(
                    piece.start,
                    piece.end,
                    piece.kind,
                    piece.conditions,
                    piece.heading or section,
                    joined,
                    question,
                    (start, end),
                    piece.by,
                    piece.depth,
                    not piece.heading and bool(section),
                    piece.scope,
                )
            )
    return Reading(folded, tuple(clauses))


_HEADING = re.compile(r"\n?[ ]*(?P<mark>#+ +)?(?P<words>(?!-)[^\n.!?;]{2,60}?)(?P<colon>:)?[ ]*(?=\n|$)")


def _sections(text: str) -> list[tuple[int, str]]:
    """Headings that stand on a line of their own, with the place where what they head begins."""
    found: list[tuple[int, str]] = []
    place = 0
    lines = text.split("\n")
    for index, line in enumerate(lines):
        following = next((later for later in lines[index + 1 :] if later.strip()), "")
        match = _HEADING.fullmatch(line)
        listed = LIST_START.match(following) is not None and LIST_START.match(line) is None
        opening = re.match(r"\W*([a-z&/]{1,16}(?: [a-z]{2,10})?) ?:", line)
        if opening is not None and opening[1] in cues()["plan_headings"]:
            found.append((place + len(line), opening[1]))
        elif (
            match is not None and following and (match["mark"] or match["colon"] or (listed and len(line.split()) <= 6))
        ):
            found.append((place + len(line), match["words"].strip(" :-#")))
        elif (
            found
            and not line.strip()
            and following
            and LIST_START.match(following) is None
            and not following.lstrip().startswith("#")
        ):
            found.append((place, ""))
        place += len(line) + 1
    return found


def _sentences(text: str) -> list[tuple[int, int, bool]]:
    found: list[tuple[int, int, bool]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.group()[0] == "." and _abbreviated(text, start, match):
            continue
        if (
            match.group() == ";"
            and text.count("(", start, match.start()) > text.count(")", start, match.start())
            and ")" in text[match.end() : match.end() + 160]
        ):
            continue
        found.append((start, match.end(), "?" in match.group()))
        start = match.end()
    if start < len(text):
        found.append((start, len(text), False))
    return [(s, e, q) for s, e, q in found if text[s:e].strip(" .;\n")]


def _abbreviated(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a full stop ends an abbreviation or a list number rather than a sentence."""
    if re.fullmatch(r"\s*\d{1,2}", text[start : match.start()]):
        return True
    before, after = text[max(0, match.start() - 8) : match.start()], text[match.end() : match.end() + 2].strip()
    if not after or not (after[0].islower() or after[0].isdigit()) or not _ABBREVIATION.search(before):
        return False
    return after[0].isdigit() or re.search(r"\b(?:no|pt|max|min|st)$", before) is None


def _pieces(text: str, start: int, end: int) -> list[_Piece]:
    pieces: list[_Piece] = []
    piece = _Piece(start, end, "main", "start")
    heading, depth = "", 0

    def close(at: int, after: int, kind: Kind, by: str, trailing: bool = False) -> None:
        nonlocal piece
        piece.end = at
        if text[piece.start : at].strip(" ,.;:-\n"):
            pieces.append(piece)
        piece = _Piece(after, end, kind, by, heading, depth, trailing)

    if (match := _LEADING_SHOULD.match(text, start, end)) is not None:
        piece.kind = "condition"
    for match in _boundary().finditer(text, start, end):
        if match.start() < piece.start:
            continue
        by, here = str(match.lastgroup), piece.kind == "condition"
        if by in ("list", "verb", "turn"):
            if by == "turn" and len(text[piece.start : match.start()].split()) < 4:
                continue
            if here and not (piece.trailing and by == "list"):
                close(match.start(), match.end(), "main", by)
        elif by == "condition":
            if not _plain_when(text, match):
                body = text[piece.start : match.start()].strip(" ,-\n")
                apart = match.group().startswith((",", " and", " or", " but", " then", "and ", "or ", "but ", "then "))
                close(match.start(), match.start(), "condition", by, bool(body) and not apart)
        elif by == "open":
            depth += 1
            close(match.start(), match.end(), "main", by)
        elif by == "close":
            depth = max(0, depth - 1)
            close(match.start(), match.end(), "main", by)
        elif by == "dash" and match.group()[0] == ":" and match.start() - piece.start <= 40:
            heading = text[piece.start : match.start()].strip(" ,.-\n0123456789)")
            close(match.start(), match.end(), "main", by)
        else:
            close(match.start(), match.end(), "main", by)
    close(end, end, "main", "start")
    return pieces


def _bind(text: str, pieces: list[_Piece]) -> None:
    """Give each main piece its conditions: one after a clause holds for it, one before holds for what follows it."""
    for index, piece in enumerate(pieces):
        if piece.kind != "condition":
            continue
        words = text[piece.start : piece.end].strip(" ,.;:\n")
        following = [
            p for p in pieces[index + 1 :] if p.kind == "main" and p.depth >= piece.depth and p.by not in ("close",)
        ]
        if (piece.trailing or piece.depth or not following) and index:
            for earlier in reversed(pieces[:index]):
                if earlier.kind == "main" and earlier.depth <= piece.depth:
                    earlier.conditions += (words,)
                    comma = text.rfind(", ", earlier.start, earlier.end)
                    if comma > 0 and not re.search(r"\b(?:or|and|plus|nor)\b", text[comma : earlier.end]):
                        earlier.scope = comma + 2
                    if earlier.by != "join" or earlier.scope:
                        break
        else:
            for later in following:
                if later.by == "contrast":
                    break
                later.conditions += (words,)


_LEADING_SHOULD = re.compile(r"\s*should (?!i\b|we\b|you\b|he\b|she\b|they\b|not\b|be\b)[a-z -]{2,60}?(?:,|$)")


def _plain_when(text: str, match: re.Match[str]) -> bool:
    """ "as if", "even when" and the like, which lay down no condition."""
    before = text[max(0, match.start() - 12) : match.start()].rstrip()
    return bool(
        re.search(
            r"\b(?:as|asks?|know|even|since|from|no|wonder|regardless of|to (?:see|determine|check|tell|decide|find out|assess|show|clarify|learn)|unsure|unclear)$",
            before,
        )
    )
