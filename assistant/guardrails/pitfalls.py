"""The pitfall checks that read advice: a thing recommended that guidelines advise against, a course too long, an abrupt stop.

Each check takes a rule (its words are in the rule's `params`) and one text of a case, and gives the stretches at fault.
Doses are in `dose.py`, urgent action in `urgency.py`, interactions and patients in `drugs.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.guardrails.case import Case, Text
from assistant.guardrails.clauses import Clause
from assistant.guardrails.mentions import Named, named, words_of
from assistant.guardrails.polarity import cue, negators
from assistant.guardrails.regimen import Regimen
from assistant.guardrails.rules import Rule
from assistant.guardrails.stance import Stance


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of folded text at fault, or an omission (start is None). Words here replace those of the rule."""

    text: Text | None
    start: int | None = None
    end: int | None = None
    message: str | None = None
    action: str | None = None
    source: str | None = None
    severity: str | None = None
    stage: str | None = None


Check = Callable[[Rule, Case, Text], Iterator[Found]]


def recommended(rule: Rule, case: Case, text: Text) -> Iterator[Found]:
    """The thing is recommended, planned or affirmed, and nothing in the text or the case makes it right."""
    if case_excuses(rule, case):
        return
    seen: set[tuple[int, int]] = set()
    for item in named(rule, text):
        clause = text.reading.clause_at(item.start)
        if clause is None or clause.sentence in seen:
            continue
        stance = text.stance(item.start, item.end, verb=item.verb)
        if stance.value != "recommended" or _excused(rule, text, clause, stance, item):
            continue
        seen.add(clause.sentence)
        yield Found(text, *_stretch(clause, item))


def speaks_against(rule: Rule, answer: Text) -> bool:
    """Whether an answer advises against the thing a rule is about: then it has corrected the user's plan."""
    return any(answer.stance(n.start, n.end, verb=n.verb).value == "against" for n in named(rule, answer))


def endorsed(rule: Rule, case: Case, text: Text) -> Iterator[Found]:
    """A plain yes to a question that proposed the thing."""
    if text.user or not case.user or case_excuses(rule, case):
        return
    yes = endorsement(text)
    if yes is None:
        return
    question = case.user[-1]
    for item in named(rule, question):
        clause = question.reading.clause_at(item.start)
        stance = question.stance(item.start, item.end, verb=item.verb)
        turned = clause is not None and negators(question.reading.text[clause.start : item.start]) % 2
        if (
            clause is not None
            and not turned
            and stance.value == "question"
            and stance.proposal
            and not _excused(rule, question, clause, stance, item)
        ):
            yield Found(text, *yes)
            return


def endorsement(text: Text) -> tuple[int, int] | None:
    """Where an answer opens with a plain yes."""
    folded = text.reading.text
    match = re.match(rf"\W*(?:{cue('endorse').pattern})", folded)
    if match is None or re.match(r",? ?(?:but|however|except|provided|although|only if|if)\b", folded[match.end() :]):
        return None
    first = folded[match.start() : match.start() + 160]
    if re.search(
        r"\b(?:however|but|not|avoid|unless|only if|instead)\b",
        re.split(r"[.!?\n]", first, maxsplit=1)[0][match.end() :],
    ):
        return None
    start = match.start() + len(match.group()) - len(match.group().lstrip(" \"'(-\n"))
    return start, match.end()


def _stretch(clause: Clause, item: Named) -> tuple[int, int]:
    """What is quoted: the clause, or a part of a long one around the mention."""
    if clause.end - clause.start <= 200:
        return clause.start, max(clause.end, item.end)
    return max(clause.start, item.start - 80), min(clause.end, item.end + 80)


# -- what makes it right --------------------------------------------------------------------------------------------------------


def case_excuses(rule: Rule, case: Case) -> bool:
    """Whether the case as a whole makes the thing right: a red flag, or what the user tells of the patient."""
    if rule.params.get("flags_excuse") and case.flags.any:
        return True
    excuse = words_of(rule, "excused_case")
    return any(_stands(text, m) for text in case.user for m in excuse.finditer(text.reading.text))


def _stands(text: Text, match: re.Match[str]) -> bool:
    """Whether an excuse is said of this patient and not denied."""
    clause = text.reading.clause_at(match.start())
    if clause is None:
        return True
    return negators(text.reading.text[clause.start : match.start()], near=True) % 2 == 0


def _excused(rule: Rule, text: Text, clause: Clause, stance: Stance, item: Named) -> bool:
    conditions = " ; ".join(stance.conditions)
    if (
        stance.conditions
        and rule.params.get("conditions_excuse")
        and not words_of(rule, "never_excused").search(conditions)
    ):
        return True
    if words_of(rule, "never_anyway").search(text.reading.text, clause.start, clause.end):
        return False
    start, end = clause.sentence
    if _names_excuse(rule, text, start, end) or (
        _leans_back(text, clause, item) and _names_excuse(rule, text, *_sentence_before(text, clause))
    ):
        return True
    sentence = text.reading.text[start:end]
    return words_of(rule, "limited_by").search(sentence) is not None and not words_of(rule, "unlimited").search(
        sentence
    )


def _names_excuse(rule: Rule, text: Text, start: int, end: int) -> bool:
    """Whether a stretch names what makes the thing right, and does not deny it or set out to rule it out."""
    whole = text.reading.text
    for match in words_of(rule, "excused_by").finditer(whole, start, end):
        inside = text.reading.clause_at(match.start())
        near = _NOT_EXCLUDED.sub("~", whole[inside.start if inside else start : match.start()]).replace("before", "~")
        if negators(near, near=True) % 2 == 0 and not _RULING_OUT.search(
            _NOT_EXCLUDED.sub("~", whole[start : match.start()])
        ):
            return True
    return False


def _sentence_before(text: Text, clause: Clause) -> tuple[int, int]:
    earlier = [s for s in text.reading.sentences if s[1] <= clause.sentence[0]]
    return earlier[-1] if earlier else (0, 0)


def _leans_back(text: Text, clause: Clause, item: Named) -> bool:
    """Whether a statement goes on about the sentence before it: it does not tell the reader to act, or says "they", "this"."""
    before = text.reading.text[clause.sentence[0] : item.start].strip(" ,\n")
    return (
        not before
        or re.match(r"(?:they|this|these|it|such|those|that|the \w+|an?|ct|mri|radiographs?|plain|other\w*)\b", before)
        is not None
    )


_NOT_EXCLUDED = re.compile(r"\b(?:does not|doesn't|do not|cannot|can't|not) (?:exclude|rule out)\b")
_RULING_OUT = re.compile(
    r"\b(?:rul(?:e|ing) out|exclud(?:e|ing)|check(?:ing)? for|look(?:ing)? for|make sure|be sure|ensure|confirm|reassur\w*|just in case|screen(?:ing)? for|no|without|absence of|absent|despite|even (?:if|when|without)|"
    r"whether or not|regardless of)\b[^.;]{0,45}$"
)


# -- courses --------------------------------------------------------------------------------------------------------------------


def long_course(rule: Rule, case: Case, text: Text) -> Iterator[Found]:
    """A drug for longer than `max_days`, in so many words, by a dispensed quantity, or "long-term"."""
    if case_excuses(rule, case):
        return
    limit = float(rule.params["max_days"])
    seen: set[tuple[int, int]] = set()
    for item in named(rule, text):
        clause = text.reading.clause_at(item.start)
        if clause is None or clause.sentence in seen or _sentence_excused(rule, text, clause):
            continue
        stance = text.stance(item.start, item.end)
        continued = stance.value == "current" and _continues(rule, text, clause)
        if stance.value in ("against", "historical", "current", "reported", "condition", "question") and not continued:
            continue
        if continued:
            seen.add(clause.sentence)
            yield Found(text, item.start, clause.sentence[1])
            continue
        place = _too_long(rule, case, text, clause, item, stance, limit)
        if place is not None:
            seen.add(clause.sentence)
            yield Found(text, min(item.start, place[0]), max(item.end, place[1]))


def _continues(rule: Rule, text: Text, clause: Clause) -> bool:
    """Whether what the patient takes already is to go on: "stable on oxycodone, so continue"."""
    if text.user:
        return False
    for match in words_of(rule, "continues").finditer(text.reading.text, *clause.sentence):
        inside = text.reading.clause_at(match.start())
        if (
            inside is not None
            and inside.kind == "main"
            and not negators(text.reading.text[inside.start : match.start()]) % 2
        ):
            return True
    return False


def _too_long(
    rule: Rule, case: Case, text: Text, clause: Clause, item: Named, stance: Stance, limit: float
) -> tuple[int, int] | None:
    regimen = next(
        (r for r in text.regimens if r.drug_at == (item.start, item.end) or r.drug_at[0] <= item.start < r.drug_at[1]),
        None,
    )
    planned = stance.value == "recommended"
    following = _carried(text, item)
    for known in [r for r in (regimen, following) if r is not None]:
        if (
            known.days is not None
            and known.days > limit
            and known.days_at is not None
            and (planned or known.steps)
            and not _undone(text, known.days_at[0], _lasts_until(text, known.days_at[0]))
        ):
            return known.days_at
        supply = known.supply_days
        if (
            supply is not None
            and supply > float(rule.params.get("max_supply_days", limit))
            and (planned or known.steps)
        ):
            return known.at
    if not planned:
        return None
    start, end = clause.sentence
    for match in words_of(rule, "long_words").finditer(text.reading.text, start, end):
        waits = match.group().startswith(("as long", "until"))
        if not _undone(text, match.start(), waits) and abs(match.start() - item.start) <= 140:
            return match.span()
    chronic = words_of(rule, "chronic_case")
    if any(_stands(t, m) for t in case.user for m in chronic.finditer(t.reading.text)):
        return item.start, item.end
    return None


def _carried(text: Text, item: Named) -> Regimen | None:
    """A regimen of the next sentence that names no drug and so goes on about this one."""
    clause = text.reading.clause_at(item.start)
    if clause is None:
        return None
    concept = next((d.concept for d in text.drugs if d.start == item.start), None)
    return next(
        (
            r
            for r in text.regimens
            if r.drug == concept and r.drug_at[0] == r.drug_at[1] and 0 <= r.sentence[0] - clause.sentence[1] <= 2
        ),
        None,
    )


def _lasts_until(text: Text, at: int) -> bool:
    """Whether a place stands in words that tell how long: "until the summer, around 12 weeks"."""
    clause = text.reading.clause_at(at)
    return clause is not None and text.reading.text[clause.start : clause.end].lstrip(" ,").startswith(
        ("until", "as long")
    )


def _undone(text: Text, at: int, waits: bool = False) -> bool:
    """Whether the words at a place are denied, or stand in a condition (unless they are one: "as long as he needs it")."""
    stance = text.stance(at, at + 1)
    return stance.value in ("against", "historical", "reported") or (stance.value == "condition" and not waits)


def _sentence_excused(rule: Rule, text: Text, clause: Clause) -> bool:
    return any(_stands(text, m) for m in words_of(rule, "excused_by").finditer(text.reading.text, *clause.sentence))


# -- stopping -------------------------------------------------------------------------------------------------------------------

_STOP = re.compile(r"\b(?:stop|discontinue|cease|withdraw|come off|quit|drop)\b")


def abrupt_stop(rule: Rule, case: Case, text: Text) -> Iterator[Found]:
    """A drug that must be tapered is to be stopped at once."""
    for item in named(rule, text):
        clause = text.reading.clause_at(item.start)
        if clause is None or clause.kind == "condition" or (clause.question and text.user):
            continue
        start, end = clause.sentence
        folded = text.reading.text
        for stop in _STOP.finditer(folded, clause.start, clause.end):
            sudden = words_of(rule, "sudden").search(folded, stop.start(), min(end, stop.end() + 120))
            slow = words_of(rule, "gradual").search(folded, start, end)
            if sudden and not slow and negators(folded[clause.start : stop.start()]) % 2 == 0:
                yield Found(text, min(stop.start(), item.start), max(sudden.end(), item.end))
                return


CHECKS: dict[str, tuple[Check, ...]] = {
    "recommended": (recommended, endorsed),
    "long_course": (long_course,),
    "abrupt_stop": (abrupt_stop,),
}
"""Name in a rule's `check` -> the functions that run it."""
