"""How a text stands to a thing it names: recommended, advised against, told as history, asked about, reported of others.

Works on one mention inside one clause, with the cue words of `stance.yaml`. Which things matter, and which conditions make
a recommendation right, is data of the rules and is read in `pitfalls.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from assistant.guardrails.clauses import Clause, Reading, alternatives, cues

Value = Literal["recommended", "against", "historical", "reported", "question", "condition", "neutral"]

_NEAR_WORDS = 4
_DETERMINERS = (
    r"(?:(?:an?|the|his|her|their|this|that|your|any|some|such|more|plain|routine|repeat|urgent|early|formal|short|brief|oral|low-dose|strict|"
    r"lumbar|spinal|course|dose|of|further|another|new|old|own)[ -])*"
)


@dataclass(frozen=True, slots=True)
class Stance:
    """How a mention stands. `conditions` are the conditions it is said under; `cue` the words that decided it.

    `proposal`: a question that proposes the thing ("can I give ..."), so that a plain yes recommends it.
    """

    value: Value
    conditions: tuple[str, ...] = ()
    cue: str = ""
    proposal: bool = False


@lru_cache(maxsize=64)
def cue(name: str) -> re.Pattern[str]:
    """A cue list of `stance.yaml` as one pattern on word boundaries."""
    entry = cues()[name]
    body = entry if isinstance(entry, str) else alternatives(entry)
    return re.compile(rf"(?<![\w'])(?:{body})(?![\w])")


@lru_cache(maxsize=8)
def _beside(name: str) -> re.Pattern[str]:
    """The cue list, standing directly before a mention (only determiners between)."""
    return re.compile(rf"(?<![\w'])(?:{alternatives(cues()[name])}) {_DETERMINERS}$")


@lru_cache(maxsize=1)
def _verbs() -> re.Pattern[str]:
    data = cues()
    return re.compile(rf"(?<![\w'-])(?:{alternatives(data['directive_verbs'])}|{alternatives(data['directive_nounlike'])})(?![\w-])")


_NEAR_BREAK = re.compile(
    r",|\b(?:order|obtain|request|arrange|start|prescribe|give|refer|send|get|take|use|try|recommend|advise|consider|continue|proceed|treat|begin)\b"
)
_GERUND_SUBJECT = re.compile(r"^\W*(?:(?:simply|just|routinely|also|then|early|please|the|immediately|prolonged|continued) )*\w+ing\b")
_NOT_NEXT = re.compile(r"^ ?(?:(?:is|are|be|to)? ?not\b(?! (?:only|just|be (?:delayed|withheld|deferred|postponed))))")
_AUX_QUESTION = re.compile(r"^\W*(?:(?:so|and|but|also|ok|okay|hi|hello|thanks|please|q|question) ?[,:]? )*")


def stance(reading: Reading, start: int, end: int, *, user: bool = False, verb: bool = False) -> Stance:
    """The stance of the text to the mention at `start:end` of the folded text.

    user: the text is the user's own, where only a plan counts as recommended. verb: the mention is itself a call to act
    ("stay in bed", "scan her").
    """
    clause = reading.clause_at(start)
    if clause is None:
        return Stance("neutral")
    before, after = reading.text[clause.start : start], reading.text[end : clause.end]
    if clause.kind == "condition":
        return Stance("condition", clause.conditions)
    asked = _question(clause, before, user)
    if asked is not None:
        return asked
    if (found := cue("reported").search(before)) is not None:
        return Stance("reported", clause.conditions, found.group())
    if (found := _history(before, after)) is not None:
        return Stance("historical", clause.conditions, found.group())
    count = negators(before) + (_inherited(reading, clause) if clause.joined else 0)
    if count % 2:
        return Stance("against", clause.conditions, "negated before")
    governed = _governed(before, verb)
    if _NOT_NEXT.search(after) or (not governed and (found := _against_after(after)) is not None):
        return Stance("against", clause.conditions, "negated after")
    if _affirmed(clause, before, after, governed=governed or count > 0, user=user, verb=verb):
        return Stance("recommended", clause.conditions, before.strip()[-40:])
    return Stance("neutral", clause.conditions)


def _question(clause: Clause, before: str, user: bool) -> Stance | None:
    """A stance for a mention inside a question, marked when the question proposes the thing."""
    opening = _AUX_QUESTION.sub("", before, count=1)
    asks = clause.question or (user and cue("question_before").match(opening) is not None)
    if not asks:
        return None
    if user and cue("plan_before").search(before) and not cue("question_before").match(opening):
        return None
    return Stance("question", clause.conditions, before.strip()[:40], cue("proposal").search(before) is not None)


def _history(before: str, after: str) -> re.Match[str] | None:
    found = _beside("historical_before").search(before)
    if found is not None:
        directive = _verbs().search(before[: found.start()] + found.group().split(" ")[0])
        if directive is None or cue("plan_before").search(before) is None:
            governing = re.search(r"\b(?:keep|continue|continues|start|stay|remain|consider|recommend|suggest|try) $", before[: found.start()])
            return None if governing else found
    return cue("historical_after").match(after.lstrip(" :=-")) if after else None


def negators(before: str, *, near: bool = False) -> int:
    """How many negations reach the end of these words. near: only their last twelve words are read."""
    if near:
        before = " ".join(before.split(" ")[-12:])
    masked = cue("not_against").sub(lambda m: "~" * len(m.group()), before)
    count = len(cue("against").findall(masked))
    covered = cue("against").sub(lambda m: "~" * len(m.group()), masked)
    for match in cue("against_near").finditer(covered):
        between = covered[match.end() :]
        if len(between.split()) <= _NEAR_WORDS and not _NEAR_BREAK.search(between):
            count += 1
    return count


def _inherited(reading: Reading, clause: Clause) -> int:
    """The negation of the clause before, which runs on over "or" and "and"."""
    previous = reading.before(clause)
    if previous is None or previous.sentence != clause.sentence or previous.kind != "main":
        return 0
    words = cue("not_against").sub(lambda m: "~" * len(m.group()), reading.text[previous.start : previous.end])
    own = _RUNS_ON.search(words)
    if own is not None:
        return 1
    return _inherited(reading, previous) if previous.joined else 0


_RUNS_ON = re.compile(
    r"\b(?:do not|don't|never|should not|shouldn't|must not|mustn't|would not|wouldn't|will not|won't|cannot|can't|need not|needn't"
    r"|no (?:need|reason|indication|role|place) (?:to|for)|not (?:necessary|recommended|appropriate|indicated|advisable|advised|needed) to|against|refrain from|neither)\b"
)


def _governed(before: str, verb: bool) -> bool:
    """Whether a verb of doing or advising before the mention has it as its object."""
    if verb:
        return True
    if _GERUND_SUBJECT.match(before) or _beside("evidence_before").search(before):
        return False
    return cue("recommend_before").search(before) is not None


def _against_after(after: str) -> re.Match[str] | None:
    return cue("against_after").search(after)


def _affirmed(clause: Clause, before: str, after: str, *, governed: bool, user: bool, verb: bool) -> bool:
    headed = clause.heading in cues()["plan_headings"]
    if user:
        return headed or _planned(before, after, verb)
    if headed or governed or cue("recommend_after").search(after):
        return True
    return _bare(before, after)


def _planned(before: str, after: str, verb: bool) -> bool:
    """Whether a clause of the user's own text is a plan."""
    if cue("plan_before").search(before) or cue("plan_after").match(after.lstrip()):
        return True
    opening = before.strip(" ,.-\n")
    first = _verbs().match(opening) or _PAST_OPENING.match(opening)
    return first is not None or (verb and not opening)


_PAST_OPENING = re.compile(
    r"(?:started|ordered|prescribed|advised|gave|given|booked|requested|arranged|recommended|begun|commenced|starting|ordering|prescribing|giving|continuing|advising|rx|tx)\b"
)


def _bare(before: str, after: str) -> bool:
    """A bare order without a finite verb: "MRI L-spine stat", "first, a lumbar MRI"."""
    words = before.split()
    return len(words) <= 6 and not cue("finite").search(before) and not cue("finite").search(after)
