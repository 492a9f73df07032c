"""Denial in a clause: how many negations reach a thing, and what is said against it after it or in the clause that follows.

The cue words are `stance.yaml`. How a clause stands to a thing as a whole is `stance.py`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.guardrails.clauses import Clause, Reading, alternatives, cues

_NEAR_WORDS = 4
_LISTED = r"(?:(?:an? |the )?[\w-]+(?: [\w-]+)?(?:, (?:or |and )?|/| or | and )){0,4}"
_DETERMINERS = _LISTED + (
    r"(?:(?:an?|the|his|her|their|this|that|your|any|some|such|more|plain|routine|repeat|urgent|early|formal|short|brief|oral|low-dose|strict|"
    r"lumbar|spinal|course|dose|of|long-term|short-term|late|subsequent|later|prolonged|standard|usual|further|another|new|old|own)[ -])*"
)


@lru_cache(maxsize=64)
def cue(name: str) -> re.Pattern[str]:
    """A cue list of `stance.yaml` as one pattern on word boundaries."""
    entry = cues()[name]
    body = entry if isinstance(entry, str) else alternatives(entry)
    return re.compile(rf"(?<![\w'])(?:{body})(?![\w])")


@lru_cache(maxsize=8)
def beside(name: str) -> re.Pattern[str]:
    """The cue list, standing directly before a mention (only determiners between)."""
    return re.compile(rf"(?<![\w'])(?:{alternatives(cues()[name])}) {_DETERMINERS}$")


_COORDINATED = re.compile(r",|\b(?:and|or|nor)\b")
_NEAR_BREAK = re.compile(
    r",|\b(?:order|obtain|request|arrange|start|prescribe|give|refer|send|get|take|use|try|recommend|advise|consider|continue|proceed|treat|begin)\b"
)

_NOT_NEXT = re.compile(
    r"^ ?(?:as |to be )?(?:\w+ly )?(?:inappropriate|unnecessary|unhelpful|unwarranted|contraindicated|ineffective|low[- ]value)|^ ?(?:\w+ly )?(?:(?:is|are|be|to)? ?not\b(?! (?:only|just|unreasonable|inappropriate|wrong|a bad|be (?:delayed|withheld|deferred|postponed|missed))))"
)
_VERDICT = re.compile(
    r"\W{0,3}(?:\([^)]{0,60}\)|[^()\n]{0,40}\))?\W{1,4}(?:not\b|no\b|avoid|against|contra|never|don't|do not|weak(?:ly)? against|strong(?:ly)? against|discouraged|unhelpful|ineffective|insufficient|limited evidence|lack of|unclear|uncertain|unproven|(?:nice|acp|who|guidelines?|evidence) [^.;]{0,20}\b(?:no|against|not|avoid)\b|none\b|nil\b|n/a|unnecessary|rarely)"
)


@lru_cache(maxsize=8)
def one_cue(name: str) -> re.Pattern[str]:
    """A cue of `stance.yaml` that is one piece of regular expression."""
    return re.compile(rf"(?<![\w-])(?:{cues()[name]})(?![\w])")


def negators(before: str, *, near: bool = False) -> int:
    """How many negations reach the end of these words. near: only their last twelve words are read."""
    if near:
        before = " ".join(before.split(" ")[-12:])
    masked = cue("not_against").sub(lambda m: "~" * len(m.group()), before)
    if "neither" in masked:
        masked = masked.replace(" nor ", " ~~~ ")
    full = [m.span() for m in cue("against").finditer(masked)]
    covered = cue("against").sub(lambda m: "~" * len(m.group()), masked)
    near_by = [m.span() for m in cue("against_near").finditer(covered) if _reaches(covered[m.end() :])]
    count, last, after_full = 0, 0, False
    for start, stop in sorted(full + near_by[-1:]):
        gap, is_full = masked[last:start], (start, stop) in full
        nested = after_full and not _COORDINATED.search(gap) and (is_full or len(gap.split()) <= 1)
        count, last, after_full = (count + 1 if nested else 1), stop, is_full
    return count


def _reaches(between: str) -> bool:
    """Whether a near negator reaches over these words."""
    return len(between.split()) <= _NEAR_WORDS and not _NEAR_BREAK.search(between)


def inherited(reading: Reading, clause: Clause) -> int:
    """The negation of the clause before, which runs on over "or" and "and"."""
    previous = reading.before(clause)
    if previous is None or previous.sentence != clause.sentence or previous.kind != "main":
        return 0
    words = cue("not_against").sub(lambda m: "~" * len(m.group()), reading.text[previous.start : previous.end])
    own = _RUNS_ON.search(words)
    if own is not None:
        return 1
    return inherited(reading, previous) if previous.joined else 0


_RUNS_ON = re.compile(
    r"\b(?:do not|don't|never|should not|shouldn't|must not|mustn't|would not|wouldn't|will not|won't|cannot|can't|need not|needn't"
    r"|no (?:need|reason|indication|role|place) (?:to|for)|not (?:necessary|recommended|appropriate|indicated|advisable|advised|needed) to|against|refrain from|neither)\b"
)


def against_after(after: str) -> re.Match[str] | None:
    """What is said against a clause's subject in the words after it."""
    return cue("against_after").search(cue("not_against_after").sub(lambda m: "~" * len(m.group()), after))


_JUST_NO = re.compile(
    r"\W*(?:please )?(?:don't|do not|resist(?: it| that)?|avoid (?:it|this|that)|not (?:yet|now|recommended|advised)|no)\W*$"
)
_BACK = re.compile(
    r"\W*(?:but |yet |however,? |though |and )?(?:none|neither|all of these|both|these|those|they|it|this|that|which|each)\b"
)


def undone_next(reading: Reading, clause: Clause, governed: bool) -> bool:
    """Whether the clause that follows takes the thing back: "...; none is needed here"."""
    following = reading.after(clause)
    if following is None:
        return False
    words = reading.text[following.start : following.end]
    if _JUST_NO.match(words):
        return True
    if governed:
        return False
    back = _BACK.match(words)
    if back is None:
        return False
    return bool(re.match(r"\W*(?:none|neither)\b", words)) or against_after(words[back.end() :]) is not None


def _left_alone(before: str, after: str) -> bool:
    return re.search(r"\bleav(?:e|ing) (?:\w+ ){0,3}$", before) is not None and after.lstrip().startswith(
        ("alone", "out", "off", "aside", "be")
    )


def _labelled_against(reading: Reading, clause: Clause, end: int, after: str) -> bool:
    """Whether a mention is a label before a colon, and what follows speaks against it."""
    if reading.text[end : end + 1] != ":" or len(after.split()) > 4:
        return False
    rest = reading.text[end + 1 : clause.sentence[1]]
    return against_after(rest) is not None or _MORE_HARM.search(rest) is not None


_MORE_HARM = re.compile(
    r"\b(?:harms? (?:outweigh|exceed)\w*|more harm|not (?:offered|recommended|advised)|no (?:gain|benefit)|without (?:any |much )?(?:benefit|gain|relief|effect)|avoid\w*|against)\b"
)


def condition_after(reading: Reading, clause: Clause) -> Clause | None:
    """A condition that follows without a pause, whose end may carry the verdict: "bed rest until better is not advised"."""
    later = reading.after(clause)
    if (
        later is None
        or later.kind != "condition"
        or later.sentence != clause.sentence
        or reading.text[clause.end - 1 : clause.end] == ","
    ):
        return None
    return later


def resumed_words(reading: Reading, clause: Clause) -> str:
    """The words with which a sentence goes on after a bracket."""
    later = reading.resumed(clause)
    return "" if later is None else " " + reading.text[later.start : later.end]


def denied_after(reading: Reading, clause: Clause, before: str, after: str, governed: bool) -> bool:
    """Whether the words around and after a mention speak against it. `governed`: a verb of advice has it as its object."""
    end = clause.end
    if len(after.split()) <= 1 and (condition := condition_after(reading, clause)) is not None:
        after, end = after + reading.text[condition.start : condition.end], condition.end
    if _NOT_NEXT.search(after) or one_cue("held_back").match(after.lstrip()) or _left_alone(before, after):
        return True
    if _labelled_against(reading, clause, end, after) or _verdict(reading, clause, end, after):
        return True
    return not governed and against_after(after) is not None


def _verdict(reading: Reading, clause: Clause, end: int, after: str) -> bool:
    """Whether a short clause is followed by its verdict: "MRI: not indicated"."""
    if reading.text[end - 1] in ";.!?\n" or cue("finite").search(after):
        return False
    return len(after.split()) <= (4 if end == clause.end else 9) and _VERDICT.match(reading.text, end) is not None
