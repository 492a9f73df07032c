"""The values of one text, read: Cue, Sentence and Reading, each list in token order, with look-ups between two tokens.

Filling them is left to `layout.py` and `questions.py`, putting it all together to `reading.py`.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from assistant.guardrails.lexis import CueDef, Lexis
from assistant.guardrails.phrases import Hit
from assistant.guardrails.text import Doc

DELIMITERS = frozenset(",;.:!?\n()/•") | {"[ ]", "[]", "[x]"}


STOPS = frozenset(",;.!?\n•)")


BOXES = {
    "[x]": "yes",
    "[*]": "yes",
    "[☑]": "yes",
    "[y]": "yes",
    "(x)": "yes",
    "☑": "yes",
    "[ ]": "no",
    "[]": "no",
    "( )": "no",
    "☐": "no",
}


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue where it stands: what it does, first token, one past its last."""

    what: CueDef
    first: int
    end: int


@dataclass(slots=True)
class Sentence:
    """Tokens [first, end) with what governs all of them."""

    first: int
    end: int
    section: str = ""
    """Class of the heading above or before it: historical, family, hypothetical, present or empty."""
    lead: CueDef | None = None
    """A cue that introduced this line as an item of its list ("Denies:" above bullets)."""
    lead_at: int = -1
    question: bool = False
    general: bool = False
    supposed: bool = False
    """Opens as a condition without "if": "Should bladder symptoms appear", "Were he to develop"."""
    answer: str = ""
    """yes or no where the next sentence answers this question."""
    postfix: bool = False
    """Answers stand after their items without punctuation: "fever no wt loss no saddle yes"."""


@dataclass(slots=True)
class Reading:
    """A Doc with its finds, each list in token order."""

    doc: Doc
    lexis: Lexis
    sentences: list[Sentence] = field(default_factory=list)
    cues: list[Cue] = field(default_factory=list)
    cue_starts: list[int] = field(default_factory=list)
    cue_at: dict[int, list[Cue]] = field(default_factory=dict)
    strong: set[int] = field(default_factory=set)
    medium: set[int] = field(default_factory=set)
    history: set[int] = field(default_factory=set)
    ors: set[int] = field(default_factory=set)
    linked: set[int] = field(default_factory=set)
    relatives: list[tuple[int, int]] = field(default_factory=list)
    relative_starts: list[int] = field(default_factory=list)
    answers: dict[int, tuple[str, int]] = field(default_factory=dict)
    """First token -> (yes, no or unknown, one past the last token)."""
    headings: dict[int, tuple[str, int]] = field(default_factory=dict)
    words: list[Hit] = field(default_factory=list)
    """Concept words, label without its prefix."""
    box_prefix: dict[int, str] = field(default_factory=dict)
    word_starts: list[int] = field(default_factory=list)
    relative_is_patient: bool = False

    def words_between(self, first: int, end: int) -> list[Hit]:
        """Concept words that start in [first, end)."""
        return self.words[bisect_left(self.word_starts, first) : bisect_left(self.word_starts, end)]

    def sentence(self, token: int) -> Sentence:
        """The sentence that holds `token`."""
        return self.sentences[bisect_left(self._firsts(), token + 1) - 1]

    def _firsts(self) -> list[int]:
        return self.doc.bounds

    def cues_between(self, first: int, end: int) -> list[Cue]:
        """Cues that start in [first, end)."""
        return self.cues[bisect_left(self.cue_starts, first) : bisect_left(self.cue_starts, end)]
