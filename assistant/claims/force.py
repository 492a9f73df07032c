"""How strongly a clause speaks, and what it denies: must, should, consider, no recommendation, should not, must not.

Words only: which clause of the evidence a claim is held against is left to `compare.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

MUST, SHOULD, CONSIDER, OPEN, UNNEEDED, SUGGEST_NOT, SHOULD_NOT, MUST_NOT, DO_NOT, NONE = (
    3,
    2,
    1,
    0,
    -9,
    -1,
    -2,
    -3,
    -4,
    99,
)
WORDS = {
    MUST: "must",
    SHOULD: "should",
    CONSIDER: "may or consider",
    OPEN: "no recommendation either way",
    UNNEEDED: "not needed",
    SUGGEST_NOT: "suggests against",
    SHOULD_NOT: "should not",
    MUST_NOT: "must not",
    DO_NOT: "do not",
}
NEGATIVE = frozenset({SUGGEST_NOT, SHOULD_NOT, MUST_NOT, DO_NOT})  # fmt: skip

_DONE = (
    r"(?:be |been )?(?:routinely |usually |generally )?(?:offer|us|consider|given?|recommend|prescrib|advis|order|perform|combin|obtain|do|request|suggest|tak|start|stop|"
    r"decid|cover|includ|exceed|appl|delay|assum|diagnos|cited|tried|try|regard|allow|continu|repeat|plac|plan|add|shown?|stated?|reassur)\w*"
)
_LEVELS = {
    "must": MUST, "should": SHOULD, "consider": CONSIDER, "open": OPEN, "unneeded": UNNEEDED, "suggest-not": SUGGEST_NOT, "should-not": SHOULD_NOT,
    "must-not": MUST_NOT, "do-not": DO_NOT, "none": NONE,
}  # fmt: skip


@lru_cache(maxsize=1)
def _tables() -> tuple[tuple[tuple[int, re.Pattern[str]], ...], re.Pattern[str]]:
    """Cues in order, and the pattern of an instruction, from `force.yaml`."""
    raw = yaml.load(Path(__file__).with_name("force.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    cues = tuple(
        (_LEVELS[c["level"]], re.compile(rf"(?<![\w-])(?:{'|'.join(c['words'])})(?![\w])", re.IGNORECASE))
        for c in raw["cues"]
    )
    verbs = "|".join(raw["imperatives"].split())
    heading = r"(?:[^:;,]{0,90}(?::|\s[\u2013-])\s?)?"
    opening = (
        r"(?:(?:in|for|if|when|with|at|before|after|during|on|from|among|once|where|as|outside|unless|within|because)\b[^;:]{2,150}?,\s?"
        r"|(?:in|for|with)\s(?:[\w-]+\s){1,6}?(?=(?:do|start|give|use|offer|consider)\s))?"
    )
    adverb = r"(?:(?:also|then|always|routinely|only|and|please|instead|otherwise|first|next|usually|generally) )?"
    instruction = re.compile(
        rf"^\W*{heading}{opening}{adverb}(?P<verb>{verbs})\b(?! of\b| back\b| is\b| are\b| was\b|s\b)", re.IGNORECASE
    )
    return cues, instruction


_HEDGE = re.compile(
    r"(?<![\w-])(?:may|might|could|possib(?:ly|le)|probab(?:ly|le)|perhaps|appears?|seems?|suggest(?:s|ed|ing)?|unclear|uncertain|likely|potential(?:ly)?|tend(?:s|ed)? to|not clearly|can|hint|about|thought to"
    r"|chance|risk of|sometimes|often|usually|some)(?![\w])", re.IGNORECASE,
)  # fmt: skip
_STRONG_HEDGE = re.compile(
    r"(?<![\w-])(?:may|might|could|possibly|probably|perhaps|unclear|uncertain)(?! (?:be )?(?:considered|offered|used|given|tried|added))(?![\w])",
    re.IGNORECASE,
)

_PSEUDO = re.compile(
    r"(?:do|does|must|should|may|can)? ?(?:not|never|n't) (?:be )?(?:exceed\w*|go (?:above|over|beyond)|more than|less than|above|over)|(?:cannot|not) be avoided|no (?:more|less|fewer|later|longer|earlier|more often) than|not (?:more|less|fewer|only|just|necessarily|merely|above|below|over|under|exceed\w*|to exceed)\b|whether or not|with or without|if not|no doubt|no single"
    r"|\bnon[- ]\w+|no[- ]red[- ]flags?|without (?:red flags?|radiculopathy|sciatica|contrast|and with)", re.IGNORECASE,
)  # fmt: skip
_NEGATION = re.compile(
    r"(?<![\w-])(?:not|no|none|never|neither|nor|cannot|can't|\w+n't|without|lack(?:s|ed|ing)?|fail(?:s|ed|ing)? to|failed|unable to|absence of|free of|unlikely|unrelated|independent of|little or no|hardly|rules? out|nothing|"
    r"ineffective|inefficacious|unproven|unaffected|unchanged|insensitive|uninformative|fails|refuted?|denies|negligible|unsupported|useless|prevent(?:s|ed) any)(?![\w])", re.IGNORECASE,
)  # fmt: skip
_SCOPE_END = re.compile(
    r"[,;:.()]|\b(?:but|although|though|whereas|while|because|since|however|yet|except|unless|which|who|in|at|among|during|versus|vs|compared|over)\b|\band\b(?=\s(?:\w+\s){1,2}(?:is|are|was|were|has|have|had|did|does)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Force:
    """`levels`: strengths that the clause states; `marks`: (start, end, level) of the words that do; `imperative`: one of
    them is a bare verb."""

    levels: frozenset[int]
    marks: tuple[tuple[int, int, int], ...]
    imperative: bool
    hedged: bool
    strong_hedge: bool

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        return tuple((start, end) for start, end, _ in self.marks)

    @property
    def negative(self) -> bool:
        return bool(self.levels & NEGATIVE)


def read_force(text: str) -> Force:
    """Strengths in one clause. Offsets are into `text`."""
    cues, instruction = _tables()
    marks: list[tuple[int, int, int]] = []
    rest = text
    for level, pattern in cues:
        for match in pattern.finditer(rest):
            if level == CONSIDER and _epistemic(text, match):
                continue
            marks.append((*match.span(), level))
        if marks:
            rest = _blank(text, [m[:2] for m in marks])
    imperative = False
    opening = instruction.match(text)
    if (
        opening
        and not any(a < opening.end("verb") and opening.start("verb") < b for a, b, _ in marks)
        and not any(m[2] in (SHOULD_NOT, MUST_NOT, DO_NOT) for m in marks)
    ):
        imperative = True
        marks.append((*opening.span("verb"), SHOULD))
    marks = [m for m in marks if m[2] != NONE]
    hedged = _HEDGE.search(text) is not None
    return Force(
        frozenset(m[2] for m in marks), tuple(sorted(marks)), imperative, hedged, _STRONG_HEDGE.search(text) is not None
    )


def _epistemic(text: str, match: re.Match[str]) -> bool:
    """ "may flush the skin", "can cause soreness": a chance, not a recommendation."""
    if match.group().lower() not in ("may", "might", "can", "could"):
        return False
    after = text[match.end() : match.end() + 40].lower()
    return re.match(rf"\s(?:also |only |then |sometimes )?{_DONE}\b", after) is None


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    chars = list(text)
    for start, end in spans:
        chars[start:end] = "\x00" * (end - start)
    return "".join(chars)


def negated_spans(text: str, force: Force) -> list[tuple[int, int]]:
    """Stretches that a plain negation covers: from the cue to the next comma, "but", "although" ... Those of `force` are not counted."""
    rest = _blank(text, [m.span() for m in _PSEUDO.finditer(text)] + list(force.spans))
    found: list[tuple[int, int]] = []
    for match in _NEGATION.finditer(rest):
        word = re.match(r"\W*\w+", rest[match.end() :])
        end = _SCOPE_END.search(rest, match.end() + (word.end() if word else 0))
        found.append((match.start(), end.start() if end else len(text)))
    return found
