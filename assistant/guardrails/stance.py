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
from assistant.guardrails.polarity import (
    against_after,
    beside,
    cue,
    denied_after,
    inherited,
    negators,
    one_cue,
    resumed_words,
    undone_next,
)

Value = Literal["recommended", "against", "historical", "current", "reported", "question", "condition", "neutral"]


@dataclass(frozen=True, slots=True)
class Stance:
    """How a mention stands. `conditions` are the conditions it is said under; `cue` the words that decided it.

    `proposal`: a question that proposes the thing ("can I give ..."), so that a plain yes recommends it.
    """

    value: Value
    conditions: tuple[str, ...] = ()
    cue: str = ""
    proposal: bool = False


@lru_cache(maxsize=1)
def _verbs() -> re.Pattern[str]:
    data = cues()
    return re.compile(
        rf"(?<![\w'-])(?:{alternatives(data['directive_verbs'])}|{alternatives(data['directive_nounlike'])})(?![\w-])"
    )


_GERUND_SUBJECT = re.compile(
    r"^\W*(?:(?:simply|just|routinely|also|then|early|please|the|immediately|prolonged|continued) )*\w+ing\b"
)
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
    framed = _framed(reading, clause, before, after, (start, end), user)
    if framed is not None:
        return framed
    count = negators(before)
    if not count and clause.joined:
        count = inherited(reading, clause)
    governed = _governed(before, verb)
    after += resumed_words(reading, clause)
    if count % 2 or denied_after(reading, clause, before, after, governed):
        return Stance("against", clause.conditions, "denied")
    if count == 0 and undone_next(reading, clause, governed):
        return Stance("against", clause.conditions, "taken back after")
    listed = None if governed else _from_parent(reading, clause, before, after)
    if listed is not None:
        return listed
    how = _affirmed(clause, before, after, governed=governed or count > 0, user=user, verb=verb)
    return Stance("recommended" if how else "neutral", _conditions(clause, start), how)


def _framed(
    reading: Reading, clause: Clause, before: str, after: str, at: tuple[int, int], user: bool
) -> Stance | None:
    """The stance of a mention that its frame settles: a condition, a question, a quotation, a heading, history, what others say."""
    if clause.kind == "condition":
        return Stance("condition", clause.conditions)
    if not user and clause.question and _said_yes(reading, clause):
        return Stance("against" if negators(before) % 2 else "recommended", clause.conditions, "yes")
    asked = _question(clause, reading.text[clause.start : clause.end], before, user)
    if asked is not None:
        return asked
    if _WHETHER.search(before) or _RELATIVE.search(reading.text[max(0, clause.start - 8) : clause.start]):
        return Stance("neutral", clause.conditions, "whether, who")
    if _quoted(reading, clause, *at):
        return Stance("reported", clause.conditions, "in quotation marks")
    headed = _headed(clause, user)
    if headed is not None:
        return headed
    if (found := cue("reported").search(before)) is not None and not (user and _OWN.search(before)):
        return Stance("reported", clause.conditions, found.group())
    if (found := _history(before, after, "historical_before")) is not None:
        return Stance("historical", clause.conditions, found.group())
    if (found := _history(before, "", "current_before") or _KEPT_GOING.search(before)) is not None:
        return Stance("current", clause.conditions, found.group())
    return None


_OWN = re.compile(
    r"\b(?:i|we)(?:'ve|'m|'d|'ll| have| am| would| will)?(?: just| already| now| also)? (?:ordered|requested|asked|booked|arranged|like|going|sent|told|suggested|advised)\b"
)
_KEPT_GOING = re.compile(
    r"\b(?:do not|don't|never|should not|must not|shouldn't|mustn't|not|without) (?:be )?(?:suddenly |abruptly )?(?:stop\w*|discontinu\w*|withdraw\w*|ceas\w*)[^,;]*$"
)
_WHETHER = re.compile(r"\bwhether\b(?! or not)[^,;]*$")
_RELATIVE = re.compile(r"\bwho ?$")


def _quoted(reading: Reading, clause: Clause, start: int, end: int) -> bool:
    """Whether a mention stands in quotation marks inside its sentence."""
    first, last = clause.sentence
    return reading.text.count('"', first, start) % 2 == 1 and '"' in reading.text[end:last]


def _headed(clause: Clause, user: bool) -> Stance | None:
    """The stance that a heading gives to all that stands under it."""
    if not clause.heading or _plan_heading(clause):
        return None
    against = (
        one_cue("sections_against").search(clause.heading)
        if clause.section
        else one_cue("headings_against").fullmatch(clause.heading)
    )
    if against:
        return Stance("against", clause.conditions, clause.heading)
    if one_cue("headings_reported").match(clause.heading):
        return Stance("reported", clause.conditions, clause.heading)
    if user and one_cue("headings_current").fullmatch(clause.heading):
        return Stance("current", clause.conditions, clause.heading)
    return None


def _plan_heading(clause: Clause) -> bool:
    return clause.heading in cues()["plan_headings"]


def _conditions(clause: Clause, at: int) -> tuple[str, ...]:
    """The conditions of a clause, and its heading where that lays one down ("image if", "red flags")."""
    held = clause.conditions if at >= clause.scope else ()
    if clause.heading and one_cue("headings_condition").search(clause.heading):
        return (*held, clause.heading)
    return held


def _question(clause: Clause, words: str, before: str, user: bool) -> Stance | None:
    """A stance for a mention inside a question, marked when the question proposes the thing."""
    opening = _AUX_QUESTION.sub("", before, count=1)
    asks = clause.question or (user and cue("question_open").match(opening) is not None)
    if not asks:
        return None
    if user and cue("plan_before").search(before) and not cue("question_open").match(opening):
        return None
    proposes = cue("proposal").search(before) is not None or one_cue("yes_recommends").search(words) is not None
    return Stance(
        "question", clause.conditions, before.strip()[:40], proposes and one_cue("yes_warns").search(words) is None
    )


_GOVERNS = re.compile(
    r"\b(?:keep|continue|continues|start|starts|stay|remain|consider|recommend|suggest|try|put|place|begin|maintain|go|switch|rely|keeping|kept|continued|started|putting|starting|plan(?:s|ning)?|advise|on)(?: (?:him|her|them|the patient|patients?))? $"
)


def _history(before: str, after: str, name: str) -> re.Match[str] | None:
    found = beside(name).search(before)
    if found is not None and not _GOVERNS.search(before[: found.start()]):
        return found
    return cue("historical_after").match(after.lstrip(" :=-")) if after else None


def _governed(before: str, verb: bool) -> bool:
    """Whether a verb of doing or advising before the mention has it as its object."""
    if one_cue("evidence_says").search(before):
        return False
    if verb:
        return _VERB_PLACE.search(before) is not None or not before.strip(" .,-\n0123456789)")
    if _GERUND_SUBJECT.match(before) or beside("evidence_before").search(before):
        return False
    said = max((m.end() for m in _COMPLEMENT.finditer(before)), default=0)
    own = before[said:]
    if cue("recommend_before").search(own) or any(
        not own[: m.start()].endswith(" of ") for m in cue("recommend_forms").finditer(own)
    ):
        return True
    return any(_VERB_PLACE.search(own[: m.start()]) for m in cue("recommend_verbs").finditer(own))


_COMPLEMENT = re.compile(r"\b(?:that|whether|why|how|because)\b")
_VERB_PLACE = re.compile(
    r"(?:^[^\w]*|[,;:(/&+-] ?|\b(?:i|we|you|he|she|they|patients?|pt|doctors?|clinicians?|should|could|can|may|might|must|will|would|shall|to|and|or|then|please|also|just|often|usually|sometimes|"
    r"now|next|first|second|third|simply|not|do|does|who|always|never|still|therefore|so|but|consider|recommend|suggest|advise|help|let|instead|today|initially|plan|yes|no|ok|okay|sure|"
    r"cannot|'d|'ll|let's|n't|either|even|rather|better|\w+ly|him|her|them|it|me|us|be|step|again|would rather|people|usually) )$"
)


def _said_yes(reading: Reading, clause: Clause) -> bool:
    """Whether a question that a text asks itself is answered with a plain yes."""
    following = reading.text[clause.sentence[1] : clause.sentence[1] + 24]
    return re.match(r"\W*(?:yes|absolutely|certainly|definitely|of course|sure)\b", following) is not None


_LISTS = re.compile(
    r"\b(?:avoid|offer(?:ed)?|used?|prescribed?|recommend(?:ed)?|advised?|against|order(?:ed)?|given?|started?|following|these|includ(?:e|es|ed|ing)|are|is|for \w+|groups?|drugs?|options?|treatments?|things|list)\W*$"
)


def _from_parent(reading: Reading, clause: Clause, before: str, after: str) -> Stance | None:
    """What a bare list in brackets or after a colon takes from the clause that it belongs to."""
    parent = reading.parent(clause) if clause.depth or clause.by == "dash" else None
    if parent is None or _plan_heading(clause) or not _bare(before, after, loose=True):
        return None
    words = reading.text[parent.start : parent.end]
    listed = clause.depth or _LISTS.search(words)
    if listed and (negators(words) % 2 or against_after(words) is not None):
        return Stance("against", clause.conditions, "negated in its clause")
    if (
        clause.depth
        and not _governed(words, False)
        and not cue("recommend_after").search(resumed_words(reading, parent))
    ):
        return Stance("neutral", clause.conditions, "in brackets")
    return None


def _affirmed(clause: Clause, before: str, after: str, *, governed: bool, user: bool, verb: bool) -> str:
    """How a clause recommends: plan, heading, verb, verdict or bare; empty where it does not."""
    headed = _plan_heading(clause)
    if user:
        return "plan" if headed or _planned(before, after, verb) else ""
    if headed:
        return "heading"
    if governed:
        return "verb"
    if cue("recommend_after").search(one_cue("comparative_after").sub("~", after)):
        return "verdict"
    return "bare" if clause.by != "close" and _bare(before, after) else ""


def _planned(before: str, after: str, verb: bool) -> bool:
    """Whether a clause of the user's own text is a plan."""
    if cue("plan_before").search(before) or cue("plan_after").match(after.lstrip()):
        return True
    opening = before.strip(" ,.-\n")
    first = _verbs().match(re.sub(r"^(?:will|would|to|going to|may|might) ", "", opening)) or _PAST_OPENING.match(
        opening
    )
    return first is not None or (verb and not opening)


_PAST_OPENING = re.compile(
    r"(?:started|ordered|prescribed|advised|gave|given|booked|requested|arranged|recommended|begun|commenced|starting|ordering|prescribing|giving|continuing|advising|rx|tx)\b"
)


_PAST = re.compile(
    r"\b(?!(?:need|requir|direct|advis|recommend|indicat|order|plann|schedul|book|tolerat|prefer|supervis|load|rest)ed\b)\w{3,}ed\b|\w (?:gave|took|made|found|saw|led|went)\b"
)


def _bare(before: str, after: str, loose: bool = False) -> bool:
    """A bare order without a finite verb: "MRI L-spine stat", "first, a lumbar MRI". loose: of any length."""
    opening, after = re.sub(r"^\W*\w+ed\b", "", before), re.sub(r"\bto (?:be )?\w+", "", after)
    if len(before.split()) > 7 and not loose:
        return False
    if any(cue("finite").search(words) or _PAST.search(words) for words in (opening, after)):
        return False
    near = re.split(r",| (?:to|for|because|so|until|before|after) ", after, maxsplit=1)[0]
    ordered = (
        5
        if re.search(r"\d|\bdays?\b|\bweeks?\b", before + after)
        else 3
        if not re.sub(r"\b(?:an?|the)\b|\W", "", before)
        else 2
    )
    return loose or (_other_words(before) <= 3 and _other_words(near) <= ordered)


def _other_words(words: str) -> int:
    """How many words are no part of a bare order."""
    return sum(1 for w in re.findall(r"[a-z][a-z'/-]+", words) if not cue("bare_words").fullmatch(w))
