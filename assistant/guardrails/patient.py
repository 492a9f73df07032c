"""The patient as the dose and drug rules need to know them: age, weight, kidney function, gestation, region, conditions.

Reads the user's words (and corrected case facts, which win). Conditions and their words are data of `populations.yaml`;
what follows from them for a drug is decided in `drugs.py` and `dose.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.guardrails.clauses import Reading, alternatives
from assistant.types import CaseFact

_AGE = (
    re.compile(
        r"(?<![\w./-])(\d{1,3}) ?-? ?(?:y ?/ ?o\b|yo\b|yrs?\b\.?(?: ?-?old)?|years?[ -]old|year[ -]olds?|years? of age|y\.o\b)"
    ),
    re.compile(r"(?:^|[\s(,;])(\d{1,3}) ?(?:m|f|male|female|man|woman|gentleman|lady)\b(?! ?/)"),
    re.compile(r"\b(?:aged?|age is|age of|age:) ?(\d{1,3})\b(?! ?(?:mg|kg|weeks?|%|days?|months?|or\b|and over))"),
    re.compile(
        r"\b(?:he|she|they|patient|pt|who|man|woman|lady|gentleman|mother|father|grandmother|grandfather)(?:'s| is| was| has just turned| turned)"
        r" (?:now |only |about |already )?(\d{1,3})(?= ?(?:years|[.,;]|and\b|with\b|on\b|$|\())"
    ),
    re.compile(
        r"\b(?:man|woman|lady|gentleman|patient|male|female|pt) ?(?:,|of) ?(?:aged )?(\d{2,3})\b(?! ?(?:mg|kg|weeks?|%|days?))"
    ),
)
_DECADE = re.compile(r"\bin (?:his|her|their) (?:early |mid[- ]?|late )?(\d)0s\b|\b(octo|nona|septua)genarian\b")
_EGFR = re.compile(r"\b(?:e?gfr)\b ?(?:is|of|=|:|~|about|only|down to|at|now|around|was|<|under|below| )* ?(\d{1,3})\b")
_EGFR_NOW = re.compile(
    r"\b(?:e?gfr)\b[^.;]{0,60}\b(?:now|currently|today|back to|recovered to|since recovered to|latest) ?(?:is |at |of |= ?|around |about )?(\d{2,3})\b(?! ?(?:mg|years|yo|weeks|days|kg|%))"
)
"""An earlier value and then the present one: "previous eGFR 28 during AKI, now 82"."""
_CRCL = re.compile(
    r"\b(?:cr ?cl|creatinine clearance)\b ?(?:is|of|=|:|~|about|only|down to|at|now|around|was|<|under|below| )* ?(\d{1,3})\b"
)
_CKD = re.compile(
    r"\b(?:ckd|chronic kidney disease)\b ?(?:stage|g|,|-| )* ?(3a|3b|[345])\b|\bstage (3a|3b|[345]) (?:ckd|chronic kidney|kidney)"
)
_CKD_EGFR = {"3": 45.0, "3a": 50.0, "3b": 38.0, "4": 25.0, "5": 12.0}
_WEIGHT = re.compile(
    r"(?<![\w.-])(\d{2,3})(?:\.\d)? ?(?:kg|kgs|kilos?)\b(?! ?(?:over|in|lost|loss|less|lighter|box|bag|weight loss|lift|load))"
)
_WEIGHT_LB = re.compile(
    r"(?<![\w.-])(\d{2,3}) ?(?:lb|lbs|pounds)\b(?! ?(?:over|in|lost|loss|less|lighter|box|bag|weight loss|lift|load))"
)
_LIFTED = re.compile(r"\b(?:lift\w*|carry\w*|carri\w*|lost|losing|dropped|weight loss(?: of)?)[^.;]{0,25}$")
_GESTATION = re.compile(
    r"\b(\d{1,2})(?:\+\d)? ?(?:/40\b|(?:weeks?|wks?|w)\b ?(?:pregnant|gestation|gravid|of (?:pregnancy|gestation)|antenatal|into (?:her|the) pregnancy))"
    r"|\b(?:pregnant|gestation|pregnancy)\b[^.;\d]{0,14}?\b(\d{1,2})(?:\+\d)? ?(?:/40\b|weeks?|wks?|w\b)|\b(\d{1,2})(?:\+\d)?/40\b"
)
_TRIMESTER = re.compile(r"\b(first|second|third|1st|2nd|3rd|early|last|late)[- ](?:trimester|pregnancy)\b")
_TRIMESTER_WEEKS = {
    "first": 8,
    "1st": 8,
    "early": 8,
    "second": 22,
    "2nd": 22,
    "third": 32,
    "3rd": 32,
    "last": 32,
    "late": 32,
}
_REGION_WORDS = {
    "uk": re.compile(
        r"\b(?:UK|NHS|BNF|SmPC|NICE|GP surgery|England|Scotland|Wales|Northern Ireland|United Kingdom|Britain|British)\b"
    ),
    "us": re.compile(r"\b(?:USA|U\.S\.A?\.?|US|FDA|United States|American|VA hospital|DailyMed)\b"),
}
_DENIED = re.compile(
    r"\b(?:no|not|never|denies|denied|without|negative for|nil|non|isn't|wasn't|hasn't|doesn't have|rules? out|ruled out|excluded|"
    r"no (?:known |past |prior |previous )?(?:history|hx|h/o)(?: of)?)\b(?: (?!but\b)[\w/-]+,?){0,5} ?$"
)
_OTHERS = re.compile(
    r"\b(?:mother|father|sister|brother|family|fh|grandmother|grandfather|aunt|uncle|husband|wife)(?:'s)?\b[^.;,]{0,30}$|\b(?:if|unless|in case)\b[^.;,]{0,40}$"
)


@dataclass(frozen=True)
class Patient:
    """What is known. Unknown is None; conditions are ids of `populations.yaml` with the words they were read from."""

    age: float | None = None
    egfr: float | None = None
    """mL/min: eGFR, creatinine clearance, or the middle of a CKD stage."""
    weight_kg: float | None = None
    pregnant: bool = False
    gestation_weeks: int | None = None
    region: str | None = None
    """us, uk, or None for none stated."""
    conditions: Mapping[str, str] = field(default_factory=dict)

    def has(self, condition: str) -> bool:
        return condition in self.conditions


@lru_cache(maxsize=1)
def populations() -> dict[str, Any]:
    """The data of `populations.yaml`: `conditions` (id -> words) and `rules`."""
    data: dict[str, Any] = yaml.load(
        Path(__file__).with_name("populations.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
    )
    return data


@lru_cache(maxsize=1)
def condition_words() -> dict[str, re.Pattern[str]]:
    """Condition id -> pattern over folded text."""
    found = populations()["conditions"]
    return {key: re.compile(rf"(?<![\w-])(?:{alternatives(words)})(?![\w])") for key, words in found.items()}


def read_patient(readings: Iterable[Reading], facts: Iterable[CaseFact] = (), region: str | None = None) -> Patient:
    """The patient of the user's texts, later texts over earlier ones. `facts` (corrected by the user) win over the text."""
    known: dict[str, Any] = {"conditions": {}}
    for reading in readings:
        _read_numbers(reading.text, known)
        known["region"] = region_of(reading.folded.raw) or known.get("region")
        known["conditions"].update(_read_conditions(reading.text))
    for fact in facts:
        _take_fact(fact, known)
    if region in ("us", "uk", "eu"):
        known["region"] = region
    if known.get("gestation_weeks") is not None or "pregnancy" in known["conditions"]:
        known["pregnant"] = True
    return Patient(**{k: v for k, v in known.items() if k in Patient.__dataclass_fields__})


def _first(patterns: Iterable[re.Pattern[str]], text: str) -> float | None:
    for pattern in patterns:
        for match in pattern.finditer(text):
            if 0 < float(match.group(1)) <= 115 and not _OTHERS.search(
                text[max(0, match.start() - 40) : match.start()]
            ):
                return float(match.group(1))
    return None


def _read_numbers(text: str, known: dict[str, Any]) -> None:
    age = _first(_AGE, text)
    if age is None and (decade := _DECADE.search(text)) is not None:
        age = (
            float(decade.group(1)) * 10
            if decade.group(1)
            else {"octo": 80.0, "nona": 90.0, "septua": 70.0}[decade.group(2)]
        )
    if age is not None:
        known["age"] = age
    for pattern in (_EGFR, _CRCL):
        for match in pattern.finditer(text):
            known["egfr"] = float(match.group(1))
    for match in _EGFR_NOW.finditer(text):
        known["egfr"] = float(match.group(1))
    if known.get("egfr") is None and (stage := _CKD.search(text)) is not None:
        known["egfr"] = _CKD_EGFR[stage.group(1) or stage.group(2)]
    for pattern, factor in ((_WEIGHT, 1.0), (_WEIGHT_LB, 0.4536)):
        for match in pattern.finditer(text):
            value = float(match.group(1)) * factor
            if 30 <= value <= 250 and not _LIFTED.search(text[max(0, match.start() - 40) : match.start()]):
                known["weight_kg"] = round(value, 1)
    match_weeks = _GESTATION.search(text)
    if match_weeks is not None:
        weeks = int(next(g for g in match_weeks.groups() if g))
        if 3 <= weeks <= 44:
            known["gestation_weeks"] = weeks
    elif (trimester := _TRIMESTER.search(text)) is not None:
        known["gestation_weeks"] = _TRIMESTER_WEEKS[trimester.group(1)]


def region_of(raw: str) -> str | None:
    """The region that a text names ("UK", "NHS", "FDA" ...), or None for none or both."""
    named = [region for region, pattern in _REGION_WORDS.items() if pattern.search(raw)]
    return named[0] if len(named) == 1 else None


def _read_conditions(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, pattern in condition_words().items():
        for match in pattern.finditer(text):
            left = text[max(0, match.start() - 60) : match.start()]
            left = re.split(r"[.;\n]", left)[-1]
            if not _DENIED.search(left) and not _OTHERS.search(left) and not _doubted(text, match):
                found[key] = match.group()
                break
    return found


def _doubted(text: str, match: re.Match[str]) -> bool:
    after = text[match.end() : match.end() + 22]
    return bool(re.match(r" ?(?:(?::|\?) ?(?:no|nil|neg|none|n)\b|-ve|neg\b|negative|excluded|ruled out|absent|denied)", after))


def _take_fact(fact: CaseFact, known: dict[str, Any]) -> None:
    if fact.key in ("age", "egfr", "weight_kg", "gestation_weeks") and isinstance(fact.value, int | float):
        known[fact.key] = fact.value
    elif fact.key == "pregnant":
        known["pregnant"] = bool(fact.value)
    elif fact.key == "region" and str(fact.value) in ("us", "uk", "eu"):
        known["region"] = str(fact.value)
    elif fact.key == "condition" and str(fact.value) in condition_words():
        known["conditions"][str(fact.value)] = fact.quote
