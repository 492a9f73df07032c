"""Facts about the patient, read from the user's messages with the words each came from.

Numbers and phases are read here by short patterns; drugs and conditions come from the lexicon, and whether a mention is
affirmed from the assertion engine. What a fact means for an answer is decided in `select.py` and the guardrails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.guardrails.assertion import assert_spans
from assistant.types import CaseFact
from corpus.lexicon import Concept, Lexicon

GROUP_TOPICS = {
    "renal": "renal",
    "hepatic": "hepatic",
    "pregnancy": "pregnancy",
    "lactation": "lactation",
    "anticoagulant": "anticoagulant",
    "cardiovascular": "cardiovascular",
    "peptic-ulcer": "peptic_ulcer",
    "older-adults": "older_adults",
}
"""Lexicon topic -> population group of a passage."""
CONDITION_GROUPS = {"malignancy": "cancer"}
"""The same for topics that are subjects in their own right."""

_NUMBER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "a": 1, "an": 1, "couple of": 2, "few": 3, "several": 4,
}  # fmt: skip
_UNIT_WEEKS = {"d": 1 / 7, "w": 1.0, "m": 52 / 12, "y": 52.0}
_NUM = r"(?P<num>\d{1,3}(?:\.\d)?|(?:" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + r")(?=[\s-]))"
_UNIT = r"(?P<unit>days?|d|weeks?|wks?|w|months?|mos?|mths?|years?|yrs?|y)"

_AGE = (
    re.compile(
        r"\b(?P<age>\d{1,3})\s*[-\u2010-\u2013]?\s*(?:y/?o\b|yrs?\.?\s*old\b|years?[\s\u2010-\u2013-]*old\b|year[\s\u2010-\u2013-]olds?\b|years?\s+of\s+age\b)",
        re.I,
    ),
    re.compile(r"(?<![\w./-])(?P<age>\d{1,3})\s?(?P<sex>[MFmf])(?![\w/])"),
    re.compile(r"\b(?:aged?|age\s+is|age:)\s*(?P<age>\d{1,3})\b(?!\s*(?:mg|kg|weeks?|%|days?|months?))", re.I),
    re.compile(
        r"\b(?:he|she|they|patient|pt|who|man|woman)(?:['\u2019]s|\s+is|\s+was|\s+were|\s+turned|['\u2019]re|\s+are)\s+"
        r"(?:now\s+|only\s+|about\s+|already\s+)?(?P<age>\d{1,3})\b(?!\s*(?:mg|kg|weeks?|wks?|%|days?|months?|/|\.\d|mmol|ml|cm|degrees))",
        re.I,
    ),
)
_SEX = re.compile(
    r"\b(?P<m>he|him|his|man|male|gentleman|husband)\b|\b(?P<f>she|her|hers|woman|female|lady|wife)\b", re.I
)
_DURATION = re.compile(
    rf"\b(?:for|x|×|lasting|lasted|past|last|over|since|after|of|history of|hx of|about|now)?\s*(?:the\s+)?(?:past\s+|last\s+|about\s+|around\s+|over\s+)?{_NUM}\s*[-\u2010-\u2013]?\s*{_UNIT}\b",
    re.I,
)
_DURATION_SLASH = re.compile(r"\b(?P<num>\d{1,2})\s*/\s*(?P<den>7|52|12)\b")
_DURATION_X = re.compile(
    r"(?:\bx|×)\s*(?P<num>\d{1,3})\s*(?P<unit>d|w|wks?|m|mo|y|yrs?|days?|weeks?|months?|years?)\b", re.I
)
_SYMPTOM = re.compile(
    r"\b(?:pain|lbp|back|sciatica|symptoms?|sx|ache|aching|spasms?|radiculopath\w*|numb\w*|tingl\w*|history|onset|hurt\w*|sore)\b",
    re.I,
)
_PHASE = re.compile(
    r"\b(?P<phase>sub-?acute|acute|chronic|persistent|long[- ]?standing|longstanding|new[- ]onset)\b", re.I
)
_LEG_RADICULAR = re.compile(
    r"\b(?:sciatica|radiculopath\w*|radicular|sciatic)\b"
    r"|\b(?:pain|tingling|numbness|pins and needles|paraesthesia|paresthesia|shooting|radiat\w+|spread\w*)\b(?:(?!\bno\b)[^.;?!,]){0,40}\b(?:legs?|calf|calves|foot|feet|toes?|shin|below (?:the )?knee)\b"
    r"|\bleg\s+(?:pain|symptoms?)\b",
    re.I,
)
_WITHOUT = re.compile(r"\b(?:no|without|nil|non)[\s-]+(?:\w+\s+){0,1}$", re.I)
"""A denial that holds in a question of knowledge too ("for back pain without leg pain")."""
_OPERATED = re.compile(
    r"\b(?:had|previous|prior|earlier|past|after|since|following|post|s/p|status post|underwent|history of|hx of)\s+(?:\w+\s+){0,3}$", re.I
)
_LEG_BUTTOCK = re.compile(
    r"\b(?:tingl\w*|numb\w*|pain|pins and needles|paraesthesia|paresthesia|radiat\w+)\b[^.;?!]{0,30}\bbuttocks?\b", re.I
)
_EGFR = re.compile(r"\b(?:e?gfr|crcl|creatinine clearance|cr ?cl)\s*(?:is|of|=|:|~|about)?\s*(?P<v>\d{1,3})\b", re.I)
_CKD = re.compile(r"\bckd\s*(?:stage\s*|g)?(?P<stage>[1-5])\s*(?P<sub>[ab])?\b", re.I)
_WEIGHT = re.compile(r"\b(?P<v>\d{2,3})\s?(?:kg|kilos?)\b(?!\s*(?:over|in|lost|loss|less|lighter))", re.I)
_GESTATION = re.compile(
    r"\b(?P<v>\d{1,2})\s*(?:/40|(?:weeks?|wks?|w)['\u2019]?\s*(?:pregnant|gestation|gravid|of (?:pregnancy|gestation)))"
    r"|\b(?:pregnan\w+|gravid|gestation)\b[\s,:(]*(?:at|now|of|about|is|currently)?\s*(?P<after>\d{1,2})\s*(?:/40|weeks?\b|wks?\b|w\b)",
    re.I,
)
_PREGNANT = re.compile(r"\b(?:pregnan\w+|gravid|gestation|antenatal|trimester)\b", re.I)
_LACTATION = re.compile(r"\b(?:breast-?feeding|breastfeeding|lactating|lactation|nursing mother)\b", re.I)
_BRANCH = re.compile(
    r"\b(?:what if|suppose|supposing|if (?:he|she|they|the patient|it) (?:were|was|is|are|had|has))\b", re.I
)
_COUNTERFACTUAL = re.compile(r"\b(?:what if|suppos\w+|if (?:he|she|they|the patient|it) (?:were|was|had))\b", re.I)
_REGION = re.compile(r"\b(?P<uk>UK|NHS|England|Scotland|Wales)\b|\b(?P<us>USA?|United States|VA hospital)\b")
_TAKES = re.compile(
    r"\b(?:on|takes?|taking|already|prescribed|uses?|using|currently|current meds?|meds?:|medications?:|dh:)\b[^.;?!]{0,60}$",
    re.I,
)
_TAKER = re.compile(r"^[\s-]*(?:pts?|patients?|users?|man|woman|lady|gentleman|chap|bloke)\b", re.I)
"""After a drug, the one who takes it ("apixaban pt"). An anticoagulant named outright is taken: nobody gives one for back pain."""
_MAY_TAKE = re.compile(r"\b(?:can|could|should|may|might|would|to|if)\s+(?:\w+\s+){0,2}(?:takes?|uses?|using)\b[^.;?!]{0,60}$", re.I)
_CLAUSE_END = re.compile(r"[.;?!\n]")


class _Add(Protocol):
    def __call__(self, key: str, value: str | int | float | bool, start: int, end: int, /) -> None: ...


@dataclass(frozen=True)
class Case:
    """What the conversation says of the patient. Later statements replace earlier ones; branches hold for one turn."""

    facts: tuple[CaseFact, ...]

    def get(self, key: str) -> str | int | float | bool | None:
        """The latest value of a fact, a branch of this turn first; null when unknown."""
        for fact in reversed(self.facts):
            if fact.key == key:
                return fact.value
        return None

    def all(self, key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(f.value) for f in self.facts if f.key == key))

    @property
    def groups(self) -> frozenset[str]:
        """Population groups (as in `corpus.model.Population.groups`) that the patient is known to belong to."""
        found = set(self.all("group"))
        age = self.get("age")
        if isinstance(age, int):
            found |= {"older_adults"} if age >= 65 else set()
            found |= {"paediatric"} if age < 16 else set()
        egfr = self.get("egfr")
        if isinstance(egfr, (int, float)) and egfr < 60:
            found.add("renal")
        if self.get("pregnant"):
            found.add("pregnancy")
        return frozenset(found)

    @property
    def phase(self) -> str | None:
        """acute (under 4 weeks), subacute (4 to 12) or chronic (over 12), from weeks first and the word second."""
        weeks = self.get("duration_weeks")
        if isinstance(weeks, (int, float)):
            return "acute" if weeks < 4 else "subacute" if weeks <= 12 else "chronic"
        word = self.get("duration_class")
        return str(word) if word else None

    @property
    def radicular(self) -> bool | None:
        leg = self.get("leg_pain")
        return None if leg is None else leg == "radicular"


def was_operated(text: str, start: int, concept: Concept) -> bool:
    """Whether a mention that begins at `start` is an operation that the patient has had."""
    return concept.kind == "procedure" and "surgery" in concept.topics and bool(_OPERATED.search(text[:start]))


def _clause(text: str, start: int, end: int) -> str:
    left = max((m.end() for m in _CLAUSE_END.finditer(text, 0, start)), default=0)
    right = _CLAUSE_END.search(text, end)
    return text[left : right.start() if right else len(text)]


def _weeks(match: re.Match[str]) -> float:
    raw = match.group("num").lower()
    value = float(_NUMBER_WORDS.get(raw, 0) or raw)
    return round(value * _UNIT_WEEKS[match.group("unit")[0].lower()], 2)


class Reader:
    """Reads case facts from one message. Holds the lexicon; has no other state."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def read(self, text: str, turn: int) -> list[CaseFact]:
        """Facts in order of appearance; spans are code points into `text`."""
        branch = bool(_BRANCH.search(text))
        facts: list[CaseFact] = []

        given = branch and not _COUNTERFACTUAL.search(text)

        def add(key: str, value: str | int | float | bool, start: int, end: int) -> None:
            asked = branch and not (given and key in {"age", "sex"})  # "and if he is 78?" tells an age; nobody's age is tried out
            facts.append(
                CaseFact(key=key, value=value, quote=text[start:end], turn=turn, start=start, end=end, branch=asked)
            )

        self._numbers(text, add)
        self._duration(text, add)
        self._leg(text, add)
        self._concepts(text, add)
        return sorted(facts, key=lambda f: (f.start, f.key, str(f.value)))

    @staticmethod
    def _numbers(text: str, add: _Add) -> None:
        for pattern in _AGE:
            match = next((m for m in pattern.finditer(text) if 0 < int(m["age"]) <= 115), None)
            if match:
                add("age", int(match["age"]), match.start(), match.end())
                if match.groupdict().get("sex"):
                    add(
                        "sex", "male" if match["sex"].lower() == "m" else "female", match.start("sex"), match.end("sex")
                    )
                break
        sex = _SEX.search(text)
        if sex:
            add("sex", "male" if sex["m"] else "female", sex.start(), sex.end())
        for match in _EGFR.finditer(text):
            add("egfr", int(match["v"]), match.start(), match.end())
        for match in _CKD.finditer(text):
            add("group", "renal", match.start(), match.end())
        for match in _WEIGHT.finditer(text):
            if 25 <= int(match["v"]) <= 250:
                add("weight_kg", int(match["v"]), match.start(), match.end())
        gestation = _GESTATION.search(text)
        if gestation:
            add("gestation_weeks", int(gestation["v"] or gestation["after"]), gestation.start(), gestation.end())
        for pattern, key in ((_PREGNANT, "pregnant"), (_LACTATION, "lactation")):
            found = list(pattern.finditer(text))
            for match, assertion in zip(found, assert_spans(text, [(m.start(), m.end()) for m in found]), strict=True):
                if assertion in {"present", "uncertain", "hypothetical", "general"}:
                    add(key, True, match.start(), match.end())
                    if key == "lactation":
                        add("group", "lactation", match.start(), match.end())
                    break
        region = _REGION.search(text)
        if region:
            add("region", "uk" if region["uk"] else "us", region.start(), region.end())

    def _duration(self, text: str, add: _Add) -> None:
        gestation = _GESTATION.search(text)
        for pattern in (_DURATION_X, _DURATION):
            for match in pattern.finditer(text):
                if gestation and gestation.start() < match.end() and match.start() < gestation.end():
                    continue
                clause = _clause(text, match.start(), match.end())
                drug = any(
                    self._lexicon.concepts[m.concept].kind in {"drug", "class"} for m in self._lexicon.find(clause)
                )
                old = re.match(r"[\s-]*(?:old|ago)\b", text[match.end() :], re.I)
                if _SYMPTOM.search(clause) and not drug and not old:
                    start = match.start() + len(match.group()) - len(match.group().lstrip())
                    add("duration_weeks", _weeks(match), start, match.end())
                    return
        slash = _DURATION_SLASH.search(text)
        if slash:
            factor = {"7": 1 / 7, "52": 1.0, "12": 52 / 12}[slash["den"]]
            add("duration_weeks", round(int(slash["num"]) * factor, 2), slash.start(), slash.end())
            return
        for match in _PHASE.finditer(text):
            word = match["phase"].lower().replace("-", "").replace(" ", "")
            phase = {"subacute": "subacute", "acute": "acute", "newonset": "acute"}.get(word, "chronic")
            add("duration_class", phase, match.start(), match.end())
            return

    @staticmethod
    def _leg(text: str, add: _Add) -> None:
        found = list(_LEG_RADICULAR.finditer(text))
        states = assert_spans(text, [(m.start(), m.end()) for m in found]) if found else []
        denied = [bool(_WITHOUT.search(text[: match.start()])) for match in found]
        for match, assertion, without in zip(found, states, denied, strict=True):
            if assertion in {"present", "uncertain", "hypothetical", "general"} and not without:
                add("leg_pain", "radicular", match.start(), match.end())
                return
        if found and all(a == "absent" or without for a, without in zip(states, denied, strict=True)):
            add("leg_pain", "none", found[0].start(), found[0].end())
            return
        buttock = _LEG_BUTTOCK.search(text)
        if buttock:
            add("leg_pain", "buttock", buttock.start(), buttock.end())

    def _concepts(self, text: str, add: _Add) -> None:
        mentions = self._lexicon.find(text)
        for mention in mentions:
            if was_operated(text, mention.start, self._lexicon.concepts[mention.concept]):
                add("group", "postoperative", mention.start, mention.end)
        wanted = [
            m
            for m in mentions
            if self._lexicon.concepts[m.concept].kind in {"drug", "class", "condition", "population"}
        ]
        states = assert_spans(text, [(m.start, m.end) for m in wanted]) if wanted else []
        for mention, assertion in zip(wanted, states, strict=True):
            concept = self._lexicon.concepts[mention.concept]
            if assertion in {"absent", "family", "not_assessed"}:
                continue
            before = text[max(0, mention.start - 70) : mention.start]
            takes = bool(_TAKES.search(before)) and not _MAY_TAKE.search(before)
            takes = takes or bool(_TAKER.match(text[mention.end :]))
            takes = takes or (concept.kind == "drug" and "anticoagulant" in concept.topics and assertion == "present")
            if concept.kind in {"drug", "class"}:
                add("takes" if takes else "drug", concept.id, mention.start, mention.end)
            for topic in concept.topics:
                group = GROUP_TOPICS.get(topic)
                own = concept.kind in {"condition", "population"} or (takes and group == "anticoagulant")
                if concept.kind == "condition" and assertion in {"present", "historical", "uncertain"}:
                    group = group or CONDITION_GROUPS.get(topic)
                if group and own and assertion != "general":
                    add("group", group, mention.start, mention.end)
            if concept.kind == "condition" and assertion in {"present", "historical", "uncertain"}:
                add("condition", concept.id, mention.start, mention.end)


def merge(turns: Iterable[Sequence[CaseFact]], last_turn: int) -> Case:
    """One case from the facts of every user turn; a branch ("what if ...") counts only in the turn that asks it."""
    facts = [f for turn in turns for f in turn if not f.branch or f.turn == last_turn]
    return Case(tuple(facts))
