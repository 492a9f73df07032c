"""What the pitfall checks look at: the texts of one exchange with their readings, drugs and regimens, the patient, the flags.

Built once for each check and read by all rules. Deciding is left to `pitfalls.py`, `dose.py`, `interactions.py` and
`drugs.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

from assistant.guardrails.clauses import Reading, read
from assistant.guardrails.patient import Patient, read_patient, region_of
from assistant.guardrails.regimen import DrugAt, Regimen, read_regimens
from assistant.guardrails.stance import Stance, stance
from assistant.types import CaseFact, Finding, Where
from corpus.lexicon import Lexicon, load_lexicon

Field = Literal["text", "question", "answer", "history", "messages"]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon of the package, read once."""
    return load_lexicon()


_DRUG_KINDS = frozenset({"drug", "class"})


class Text:
    """One string with its place in the exchange. `user`: the clinician's own words; `default`: the drug it is about if it names none.
    `asked_against`: it answers a question that asks what to avoid."""

    def __init__(
        self,
        raw: str,
        field: Field,
        *,
        turn: int | None = None,
        user: bool = False,
        default: str | None = None,
        asked_against: bool = False,
    ) -> None:
        self.raw, self.field, self.turn, self.user = raw, field, turn, user
        self.default, self.asked_against = default, asked_against
        self.kept: dict[str, Any] = {}
        """What a check has read from this text and another may read again."""
        self._stances: dict[tuple[int, int, bool], Stance] = {}

    @cached_property
    def reading(self) -> Reading:
        return read(self.raw)

    @cached_property
    def drugs(self) -> tuple[DrugAt, ...]:
        """Drugs and drug classes named, by lexicon concept, with places in the folded text."""
        words = lexicon()
        folded = self.reading.folded
        found: list[DrugAt] = []
        for mention in words.find(self.raw):
            if words.concepts[mention.concept].kind not in _DRUG_KINDS:
                continue
            start, end = folded.place(mention.start), folded.place(mention.end)
            written = folded.text[start:end]
            if (
                not re.search(r"[a-z]{2}", written)
                or _ANOTHER.search(folded.text[max(0, start - 5) : start])
                or _WITHOUT.match(folded.text, end)
            ):
                continue
            strength = _TRAILING_STRENGTH.search(written)
            found.append(DrugAt(start, end - len(strength.group()) if strength else end, mention.concept))
        return tuple(found)

    @cached_property
    def regimens(self) -> tuple[Regimen, ...]:
        return tuple(
            read_regimens(self.reading, [d for d in self.drugs if d.concept not in _NEVER_DOSED], self.default)
        )

    @cached_property
    def dosed(self) -> frozenset[int]:
        """Places of the drugs that a dose belongs to."""
        return frozenset(r.drug_at[0] for r in self.regimens if r.steps and r.drug_at[1] > r.drug_at[0])

    @cached_property
    def region(self) -> str | None:
        """The region that the text names, if it names one."""
        return region_of(self.raw)

    def stance(self, start: int, end: int, *, verb: bool = False) -> Stance:
        """The stance to a mention. A bare list in answer to "what does NICE advise against?" is advised against."""
        key = (start, end, verb)
        if key not in self._stances:
            self._stances[key] = self._stance(start, end, verb)
        return self._stances[key]

    def _stance(self, start: int, end: int, verb: bool) -> Stance:
        said = stance(self.reading, start, end, user=self.user, verb=verb)
        if said.value == "recommended" and said.cue == "bare" and self.asked_against:
            return Stance("against", said.conditions, "asked what to avoid")
        return said

    @property
    def stage(self) -> Literal["question", "draft", "plan"]:
        return "plan" if self.user else "draft"

    def where(self) -> Where:
        return Where(field=self.field, turn=self.turn)

    def quote(self, start: int, end: int) -> tuple[str, int, int]:
        """The original words of a folded stretch, trimmed, with their exact offsets."""
        first, last = self.reading.folded.span(start, end)
        while first < last and self.raw[first].isspace():
            first += 1
        while last > first and self.raw[last - 1].isspace():
            last -= 1
        return self.raw[first:last], first, last


_ANOTHER = re.compile(r"\b(?:non|anti)[- ]$")
_WITHOUT = re.compile(r"[- ](?:free|sparing|na[i\u00ef]ve)\b")
_TRAILING_STRENGTH = re.compile(r"(?<=[a-z]) \d{2,4}$")
_NEVER_DOSED = frozenset({"naloxone", "analgesic", "topical", "herbal", "ppi", "antibiotic"})


@dataclass(frozen=True)
class Flags:
    """Red flags of the user's words. `urgent`: active findings of tier now or today; `answer`: categories that the answer states."""

    findings: tuple[Finding, ...] = ()
    urgent: tuple[Finding, ...] = ()
    present: frozenset[str] = frozenset()
    answer: frozenset[str] = frozenset()
    not_checked: str | None = None
    """Why the screen could not run; then nothing is known of red flags."""

    @property
    def any(self) -> bool:
        return bool(self.present or self.answer)


@dataclass(frozen=True)
class Case:
    """One exchange. `user` texts in order, the last being the question; `answer` is None where there is only a plan."""

    user: tuple[Text, ...]
    answer: Text | None
    patient: Patient
    flags: Flags

    @property
    def texts(self) -> tuple[Text, ...]:
        return (*self.user, self.answer) if self.answer is not None else self.user

    @cached_property
    def user_text(self) -> str:
        """All folded words of the user, newest last."""
        return "\n".join(t.reading.text for t in self.user)

    @cached_property
    def drugs_of_user(self) -> frozenset[str]:
        """Drugs that the patient takes, as the user tells: not denied, not stopped, not merely asked about."""
        found: set[str] = set()
        for text in self.user:
            for drug in text.drugs:
                if taken(text, drug):
                    found.add(drug.concept)
        if self.patient.has("alcohol_heavy"):
            found.add("alcohol")
        return frozenset(found)


_STOPPED = re.compile(
    r"^[^.;,]{0,20}\b(?:was |were |has been |been )?(?:stopped|discontinued|ceased|finished|ended|last (?:year|month)|\w+ (?:years|months) ago)\b"
)
_NOT_TAKEN = re.compile(
    r"\b(?:no|not|not on|never|wants?|asks? (?:for|about)|asking (?:for|about)|requests?|requesting|without|denies|denied|stopped|off|allerg\w+ to|intoleran\w+ (?:of|to)|declines?|declined|refus\w+|avoid\w*|can't take|cannot take|nor|nil|"
    r"free of|contraindicat\w+|previously|used to (?:take|be on)|was on|were on|had been on|came off|tried|failed|had|instead of|rather than|no longer)\b(?: (?!but\b)[\w/-]+,?){0,4} ?$"
)


_OTHERS = re.compile(
    r"\b(?:husband|wife|partner|mother|father|sister|brother|son|daughter|friend|neighbou?r|colleague|grand\w+|dog|family)(?:'s)?\b(?: (?:is|takes|uses|has|was|who|on|also|already|prescribed|gave|offered)\b)*[^.;,]{0,25}$"
)


_HAS = re.compile(r"\b(?:on|takes?|taking|with|his|her|their|uses?|using|already|prescribed|has|had)\b[^?]{0,30}$")


def taken(text: Text, drug: DrugAt) -> bool:
    """Whether a drug that the user names is one that the patient takes or is to take."""
    clause = text.reading.clause_at(drug.start)
    if clause is None or clause.kind == "condition":
        return False
    before, after = text.reading.text[clause.start : drug.start], text.reading.text[drug.end : clause.end]
    if clause.question and not _HAS.search(before):
        return False
    return not _NOT_TAKEN.search(before) and not _OTHERS.search(before) and not _STOPPED.match(after)


def build(
    user: Sequence[tuple[str, Field, int | None]],
    answer: str | None,
    flags: Flags,
    *,
    facts: Iterable[CaseFact] = (),
    region: str | None = None,
) -> Case:
    """A case of the user's texts (words, field, turn) and the answer, if there is one."""
    texts = tuple(Text(raw, field, turn=turn, user=True) for raw, field, turn in user)
    asked = bool(texts) and _ASKS_AGAINST.search(texts[-1].reading.text) is not None
    reply = Text(answer, "answer", default=_subject(texts), asked_against=asked) if answer is not None else None
    patient = read_patient((t.reading for t in texts), facts, region)
    return Case(texts, reply, patient, flags)


_ASKS_AGAINST = re.compile(
    r"\b(?:what|which|list|name|any|tell me)\b[^?.!]{0,90}\b(?:against|avoid\w*|not (?:be )?(?:recommend\w*|offer\w*|used?|given?|prescribed?)|should(?:n't| not)|contraindicat\w*|harmful|stop|myths?|ineffective|(?:do not|don't|doesn't|does not) (?:work|help)|no (?:benefit|role|place)|unhelpful|low[- ]value)"
)


def _subject(texts: Sequence[Text]) -> str | None:
    """The one drug that the last text is about: what an answer means that names no drug."""
    if not texts:
        return None
    named = list(dict.fromkeys(d.concept for d in texts[-1].drugs if lexicon().concepts[d.concept].kind == "drug"))
    return named[-1] if len(named) == 1 else None


def kin(concept: str, wanted: Sequence[str]) -> bool:
    """Whether a concept is one of the wanted concepts, or below one."""
    return _kin(concept, tuple(wanted))


@lru_cache(maxsize=8192)
def _kin(concept: str, wanted: tuple[str, ...]) -> bool:
    return any(concept == w or lexicon().is_a(concept, w) for w in wanted)


def as_list(value: object) -> list[str]:
    """A value of a YAML table that may be one word or a list of them."""
    return [str(v) for v in value] if isinstance(value, list | tuple) else [] if value is None else [str(value)]


def options(params: Mapping[str, object], key: str) -> list[str]:
    return as_list(params.get(key))
