"""Composes an answer without a model: fills the slots of a plan with the best statements and words each as a cited claim.

A claim's words are an agreement's sentence or a passage's own sentences, unchanged, followed by who says it and how strongly.
Retrieval and choice are `select.py`'s; checking a claim against its quotation is `citations.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.lines import line
from assistant.planning import Plan, PlanSection, Slot
from assistant.select import OTHER_INDICATION, Choice, Statement, candidates, dose_withheld, overlap, showable
from assistant.types import Citation, Claim
from corpus.load import Corpus
from corpus.model import Conflict, Passage

BOTTOM_LINE = "Bottom line"
ALSO = "Also asked"
BOTTOM_WORDS = 40
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])")
_EXCEPTION = re.compile(
    r"^(?:but|unless|except|only|however|not|if|this|it|otherwise|in that|then|that|these|both)\b", re.I
)
_POINTS_BACK = re.compile(
    r"^(?:it|they|this|that|these|the (?:recommendation|guideline|review|panel|latter|former))\b|\bit (?:found|judged|gave|left|added)\b",
    re.I,
)
_LIMITS = re.compile(
    r"\b(?:unless|except\w*|only (?:if|when|after)|but not|however|does not (?:exclude|apply)|medium risk|high risk)\b",
    re.I,
)
OWN_TABLE = "lumbar-urgency"
"""Our own compilation of what is urgent: it says so wherever it is shown."""
GRADE_WORDS = 5
"""A grade of more words is shown beside the source, not in the sentence."""
REPEATED = 0.72
"""Content-word overlap from which two statements count as the same."""


@dataclass
class DraftSection:
    title: str
    claims: list[Claim] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """Fixed lines of this section, shown before its claims."""
    stands_alone: bool = False
    """Whether the lines are worth showing without a claim."""


@dataclass
class Draft:
    """What step 4 hands to the verifier: sections of claims with citations still numbered 0."""

    sections: list[DraftSection]
    missing: list[str]
    """Topics of must-slots for which nothing was found."""
    conflicts: list[Conflict]
    best: float
    """Score of the best statement of the bottom line, for the decision to abstain; 0 when there is none."""

    @property
    def claims(self) -> list[Claim]:
        return [c for s in self.sections for c in s.claims]


def attribution(passages: Iterable[Passage], corpus: Corpus, brief: bool = False) -> str:
    """Who says it and how strongly, in the source's own grade words; the graded and the marked sources first, at most three.

    Every source stands behind its number all the same; certainty and long grades are shown there. `brief`, for broad answers: the first
    grade or mark only, without the name.
    """
    graded: list[str] = []
    plain: list[str] = []
    for passage in passages:
        guideline = corpus.guideline_of(passage)
        marks = []
        printed = guideline.content == "full_text" and (passage.strength or "") in passage.text
        if passage.established and passage.strength and len(passage.strength.split()) <= GRADE_WORDS and not printed:
            marks.append(passage.strength)
        if passage.recheck:
            marks.append(line("check_label"))
        if guideline.id == OWN_TABLE:
            marks.append(line("safety_default"))
        elif not passage.established:
            marks.append(line("unconfirmed"))
        if passage.status != "current":
            marks.append(f"{passage.status}{f' {passage.status_since}' if passage.status_since else ''}")
        (graded if marks else plain).append(f"{guideline.short}{': ' if marks else ''}{'; '.join(marks)}")
    if brief:
        return next((g.split(": ", 1)[1] for g in graded), "")
    named = list(dict.fromkeys(graded or plain))
    shorts = {g.split(": ")[0] for g in graded}
    guidelines = [p for p in dict.fromkeys(plain) if p not in shorts] if len(named) < 2 and graded else []
    return " \u00b7 ".join([*named, *guidelines[:1]][:3])


_NUMBERED = re.compile(r"^(?:\d+(?:\.\d+)*[.)]?|[a-z][.)]|[\u2022\u2013*-])\s+(?=\S)")
"""The number or bullet before a recommendation in a clinic's document; the section beside the citation says it."""


def claim_of(statement: Statement, corpus: Corpus, *, first_only: bool = False, brief: bool = False) -> Claim:
    """The statement as a claim; `first_only` shows its first sentence alone (bottom line)."""
    text = _NUMBERED.sub("", statement.text)
    text = _SENTENCE.split(text)[0] if first_only else text
    quotes = statement.quotes if statement.agreement else (text,)
    cites = tuple(Citation(n=0, passage_id=p.id, quote=q) for p, q in zip(statement.passages, quotes, strict=True))
    by = attribution(statement.passages, corpus, brief)
    return Claim(text=f"{text} ({by})" if by else text, citations=cites)


def _applies(slot: Slot, choice: Choice) -> bool:
    case = choice.case
    radicular, chronic = case.radicular is True, choice.phase == "chronic"
    conditions = {
        None: True,
        "radicular": radicular,
        "not_radicular": not radicular,
        "buttock": case.get("leg_pain") == "buttock",
        "chronic": chronic,
        "not_chronic": not chronic,
        "acute_nongroup": not chronic and not choice.groups,
        "groups": bool(choice.groups),
        "no_groups": not choice.groups,
        "no_focus": not choice.focus,
        "flagged": bool(choice.flagged),
        "operated": "postoperative" in choice.groups,
        "not_operated": "postoperative" not in choice.groups,
    }
    return conditions[slot.when]


class Composer:
    """Fills one plan. Keeps what was used, so that nothing is said twice."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._shown: list[Statement] = []
        self._words = 0
        self._best = 0.0

    def compose(self, plan: Plan, also: Sequence[Plan] = ()) -> Draft:
        """The sections of `plan`, then what decides each further question of the message."""
        sections: list[DraftSection] = []
        missing: list[str] = []
        conflicts: list[Conflict] = []
        for part in plan.sections:
            if part.drugs_only and not set(self._choice.focus) & DRUG_TOPICS:
                continue
            section = DraftSection(part.title)
            conflicts += self._conflicts(part, section, plan)
            for slot in part.slots:
                if _applies(slot, self._choice):
                    found = self._fill(slot, part, plan)
                    section.claims += found
                    if slot.must and not found and not self._covered(slot):
                        missing.append(" or ".join(t.replace("-", " ") for t in self._named(slot)))
            if part.check_line and not self._choice.groups:
                section.lines.append(line("check_before"))
                section.stands_alone = True
            if section.claims or (section.lines and part.check_line):
                sections.append(section)
        for other in also:
            asked = next((p for p in other.sections if p.title == BOTTOM_LINE), None)
            slots = [x for x in asked.slots if _applies(x, self._choice)] if asked else []
            claims = [c for slot in slots for c in self._fill(slot, PlanSection(title=ALSO), other)]
            if claims:
                sections.append(DraftSection(ALSO, claims))
        return Draft(sections, missing, conflicts, self._best)

    def _named(self, slot: Slot) -> list[str]:
        names = [t for t in (*slot.all, *slot.any) if t != "$focus"]
        return names[:2] or list(self._choice.focus[:1]) or ["this question"]

    def _covered(self, slot: Slot) -> bool:
        """Whether an earlier section already said something on the slot's topics."""
        wanted = set(slot.all) - {"$focus"} or set(slot.any) - {"$focus"}
        return any(wanted & set(s.topics) for s in self._shown)

    def _fill(self, slot: Slot, part: PlanSection, plan: Plan) -> list[Claim]:
        bottom = part.title == BOTTOM_LINE
        ranked = candidates(slot, self._choice, part.role)
        if bottom and ranked and slot.must:
            self._best = max(self._best, ranked[0][0])
        claims: list[Claim] = []
        sources: set[str] = set()
        doses = "dose" in slot.all
        for value, statement in self._own_first(ranked) if doses else self._short_first(ranked) if bottom else ranked:
            own_dose = doses and self._own(statement) and not OTHER_INDICATION.search(statement.text)
            if len(claims) >= slot.max or (claims and value < ranked[0][0] - 0.22 and not own_dose):
                break
            if not (slot.must and not claims) and self._words + statement.words > plan.words:
                continue
            if self._said(statement) or (slot.distinct and statement.passages[0].guideline_id in sources):
                continue
            first_only = bottom and not statement.agreement and _can_shorten(statement.text)
            claim = claim_of(statement, self._choice.corpus, first_only=first_only, brief=plan.broad)
            length = len(claim.text.split())
            if bottom and not own_dose and self._words and self._words + length > BOTTOM_WORDS + 20:
                continue
            claims.append(claim)
            sources.add(statement.passages[0].guideline_id)
            self._shown.append(statement)
            self._words += length
        return claims

    def _own(self, statement: Statement) -> bool:
        """Whether a statement is first of all about what was asked."""
        return statement.topics[:1] == self._choice.focus[:1]

    def _own_first(self, ranked: list[tuple[float, Statement]]) -> list[tuple[float, Statement]]:
        return sorted(ranked, key=lambda pair: not self._own(pair[1]))

    @staticmethod
    def _short_first(ranked: list[tuple[float, Statement]]) -> list[tuple[float, Statement]]:
        """Of the statements nearly as good as the best, those that decide in few words come first."""
        if not ranked:
            return []
        top = ranked[0][0]
        near = [r for r in ranked if r[0] >= top - 0.02]
        brief = [r for r in near if r[1].words <= 26 or _can_shorten(r[1].text)]
        return [*brief, *(r for r in ranked if r not in brief)]

    def _said(self, statement: Statement) -> bool:
        ids = {p.id for p in statement.passages}
        for shown in self._shown:
            if statement.id == shown.id or overlap(statement.text, shown.text) >= REPEATED:
                return True
            if shown.agreement and ids <= {p.id for p in shown.passages} and overlap(statement.text, shown.text) >= 0.5:
                return True
        return False

    def _conflicts(self, part: PlanSection, section: DraftSection, plan: Plan) -> list[Conflict]:
        wanted = [t for w in part.conflicts for t in (self._choice.focus if w == "$focus" else (w,))]
        found: list[Conflict] = []
        for topic in dict.fromkeys(wanted):
            for _, conflict in sorted(self._choice.corpus.conflicts.items()):
                if conflict.topics and conflict.topics[0] == topic and conflict not in found:
                    found.append(conflict)
        for conflict in found[:1]:
            section.lines.append(line("conflict", topic=conflict.topics[0].replace("-", " ")))
            room = max(2, (plan.words - self._words) // 25)
            rows = self._rows(conflict, limit=2 if plan.broad else min(5, room), past=plan.past)
            self._words += sum(len(r.text.split()) for r in rows)
            section.claims += rows
        return found[:1] if section.claims else []

    def _rows(self, conflict: Conflict, limit: int, past: bool) -> list[Claim]:
        """One claim a guideline: the passage's own sentence. What was said before is not said again."""
        rows: list[Claim] = []
        seen: set[str] = set()
        for row in conflict.rows:
            for passage_id in row.passage_ids:
                passage = self._choice.corpus.passages[passage_id]
                guideline = self._choice.corpus.guideline_of(passage)
                if passage.guideline_id in seen or not showable(
                    passage, guideline, past or passage.status == "superseded", self._choice.today
                ):
                    continue
                if dose_withheld(passage.population, passage.topics, self._choice):
                    continue
                seen.add(passage.guideline_id)
                self._shown.append(Statement.of(passage))
                text = _row_text(passage.text, row.stance)
                by = attribution((passage,), self._choice.corpus)
                claim = Claim(text=f"{text} ({by})", citations=(Citation(n=0, passage_id=passage.id, quote=text),))
                rows.append(claim)
                break
            if len(rows) >= limit:
                break
        return rows


def _row_text(text: str, stance: str) -> str:
    """The sentence of a passage that carries a stance, or all of it where another sentence limits that one."""
    sentences = [x for x in _SENTENCE.split(text) if len(x.split()) >= 6 and not _POINTS_BACK.search(x)] or [text]
    best = max(sentences, key=lambda x: (overlap(x, stance) + (0.2 if x == sentences[0] else 0.0), -sentences.index(x)))
    later = _SENTENCE.split(text[text.index(best) + len(best) :].strip())
    return (
        text
        if any(_LIMITS.search(x) or re.match(r"(?:but|unless|except|only|however)\b", x, re.I) for x in later if x)
        else best
    )


def _can_shorten(text: str) -> bool:
    """Whether the first sentence stands alone: nothing after it limits or completes it."""
    parts = _SENTENCE.split(text)
    return len(parts) == 1 or not any(_EXCEPTION.search(p) or _LIMITS.search(p) for p in parts[1:])


DRUG_TOPICS = frozenset(
    "nsaid ibuprofen naproxen diclofenac celecoxib meloxicam ketorolac topical paracetamol muscle-relaxant cyclobenzaprine tizanidine "
    "methocarbamol baclofen carisoprodol metaxalone orphenadrine benzodiazepine opioid tramadol codeine gabapentinoid gabapentin "
    "pregabalin duloxetine antidepressant tca ssri systemic-steroid antiepileptic".split()
)
