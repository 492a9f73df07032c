"""The rows of `limits.yaml`: which hold for a drug, its form, the indication, the region and this patient, and what a regimen amounts to.

Whether a regimen counts, and the finding about it, is `dose.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.guardrails.case import Case, Text, as_list, kin
from assistant.guardrails.patient import condition_words, region_of
from assistant.guardrails.regimen import Regimen, Step


@lru_cache(maxsize=1)
def limits() -> dict[str, Any]:
    """The data of `limits.yaml`."""
    data: dict[str, Any] = yaml.load(
        Path(__file__).with_name("limits.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
    )
    return data


@lru_cache(maxsize=64)
def words(pattern: str) -> re.Pattern[str]:
    """A pattern of `limits.yaml`, compiled once."""
    return re.compile(pattern)


def ceiling(case: Case, row: Mapping[str, Any]) -> float:
    """The ceiling of a row for this patient, in the row's unit."""
    if row["kind"] == "mg_per_kg":
        return float(row["max"]) * (case.patient.weight_kg or 0)
    return float(row["max"])


def figures(text: Text, regimen: Regimen, cap: float | None) -> Iterator[tuple[str, float, Step | None]]:
    """What a regimen amounts to, by kind of limit."""
    running = 0.0
    for step in regimen.steps:
        if step.single_high is not None:
            yield "single", step.single_high, step
        daily = step.daily
        if daily is not None:
            running = running + daily if step.summed else daily
            total = min(running, cap) if cap is not None and step.daily_written is None else running
            yield "daily", total, step
            yield "mg_per_kg", total, step
            yield "gel_g", total / 1000, step
        if step.per_day_low is not None:
            yield "doses", step.per_day_low, step
    if regimen.cap is not None:
        yield "daily", regimen.cap, None
        yield "gel_g", regimen.cap / 1000, None
    if regimen.days is not None:
        yield "days", regimen.days, None
    if regimen.mme is not None:
        yield "mme", regimen.mme, None
    yield from _patch_figures(text, regimen)


_PATCH = re.compile(r"\b(?P<n>\d+|one|two|three|four|five|six) (?:\S+ ){0,2}?(?:patches|plasters|patch\b)")
_WEAR = re.compile(
    r"\b(?:for|wear(?:ing)?|left? on(?: for)?|on for|up to) ?(?:up to )?(?P<h>\d{1,2}) ?(?:h\b|hours?|hrs?)|(?P<all>around the clock|all day and (?:all )?night|continuously|24/7)"
)
_INTERVAL = re.compile(
    r"\b(?:every|each|q) ?(?P<n>\d+|two|three|four|six)? ?(?P<u>day|week|month)s?\b|(?P<m>monthly|weekly)"
)
_SMALL = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}


def _patch_figures(text: Text, regimen: Regimen) -> Iterator[tuple[str, float, Step | None]]:
    sentence = text.reading.text[regimen.sentence[0] : regimen.sentence[1]]
    if regimen.drug == "lidocaine":
        for match in _PATCH.finditer(sentence):
            yield "patches", float(_SMALL.get(match["n"]) or match["n"]), None
        for match in _WEAR.finditer(sentence):
            yield "wear_hours", 24.0 if match["all"] else float(match["h"]), None
    elif regimen.drug == "capsaicin" and "8%" in sentence.replace(" ", ""):
        for match in _INTERVAL.finditer(sentence):
            if match["m"]:
                yield "interval_days", 30.0 if match["m"] == "monthly" else 7.0, None
            else:
                count = float(_SMALL.get(match["n"] or "one") or match["n"] or 1)
                yield "interval_days", count * {"day": 1, "week": 7, "month": 30}[match["u"]], None


def rows(case: Case, text: Text, regimen: Regimen, kind: str, step: Step | None) -> Iterator[Mapping[str, Any]]:
    """The rows of `limits.yaml` of one kind that hold for a regimen and this patient."""
    drug = str(limits()["component_of"].get(regimen.drug, regimen.drug))
    for row in _rows_of(drug, kind):
        if _holds(case, text, regimen, row.get("when") or {}, step):
            yield row


@lru_cache(maxsize=512)
def _rows_of(drug: str, kind: str) -> tuple[Mapping[str, Any], ...]:
    """The rows of a drug, or of its class where the limit is one of equivalents."""
    found = [r for r in limits()["limits"] if r["kind"] == kind]
    return tuple(r for r in found if drug in as_list(r["drug"]) or (kind == "mme" and kin(drug, as_list(r["drug"]))))


def _holds(case: Case, text: Text, regimen: Regimen, when: Mapping[str, Any], step: Step | None) -> bool:
    patient = case.patient
    sentence = text.reading.text[regimen.sentence[0] : regimen.sentence[1]]
    first = (
        step is not None
        and step.first
        and regimen.steps[0] is step
        and (step.per_day_high is None or step.per_day_high <= 1)
        and len(regimen.steps) > 1
    )
    checks: dict[str, Callable[[Any], bool]] = {
        "form": lambda v: _form(text, regimen) == v,
        "region": lambda v: _region(case, text, regimen) in (v, None, "eu"),
        "region_stated": lambda v: (_region(case, text, regimen) is not None) == v,
        "indication": lambda v: _indicated(case, sentence, v),
        "not_indication": lambda v: not _indicated(case, sentence, v),
        "otc": lambda v: (
            bool(words(limits()["otc_words"]).search(sentence) or words(limits()["otc_words"]).search(case.user_text))
            == v
        ),
        "first_dose": lambda v: first == v,
        "first_day": lambda v: (
            (first or bool(re.search(r"\b(?:first day|day (?:1|one)|day-1|first 24 hours)\b", sentence))) == v
        ),
        "severe": lambda v: bool(words(limits()["severe_words"]).search(sentence + " " + case.user_text)) == v,
        "days_over": lambda v: (regimen.days or 0) > v or bool(words(limits()["long_words"]).search(sentence)),
        "age_over": lambda v: patient.age is not None and patient.age > v,
        "egfr_from": lambda v: patient.egfr is not None and patient.egfr >= v,
        "egfr_below": lambda v: patient.egfr is not None and patient.egfr < v,
        "weight_below": lambda v: patient.weight_kg is not None and patient.weight_kg < v,
        "conditions": lambda v: any(patient.has(c) for c in v),
    }
    return all(checks[key](value) for key, value in when.items())


def _indicated(case: Case, sentence: str, wanted: list[str]) -> bool:
    named = {w for w in _INDICATIONS if condition_words()[w].search(sentence)}
    alone = named if len(named) == 1 else set()
    return any(case.patient.has(w) or w in alone for w in wanted)


_INDICATIONS = ("spasticity", "arthritis", "depression", "diabetic_neuropathy", "fibromyalgia")


def _form(text: Text, regimen: Regimen) -> str | None:
    near = text.reading.text[
        max(regimen.sentence[0], regimen.at[0] - 30) : min(regimen.sentence[1], regimen.at[1] + 30)
    ]
    for entry in limits()["forms"].get(limits()["component_of"].get(regimen.drug, regimen.drug), []):
        if not entry["words"] or words(entry["words"]).search(near):
            return str(entry["form"])
    return None


def _region(case: Case, text: Text, regimen: Regimen | None = None) -> str | None:
    """The region set, named by the text, or named in the sentence of the regimen ("the US label ceiling is ...; UK practice is ...")."""
    known = case.patient.region or text.region
    if known is None and regimen is not None and regimen.sentence[1] > regimen.sentence[0]:
        return region_of(text.quote(*regimen.sentence)[0])
    return known


def by_region(case: Case, text: Text, row: Mapping[str, Any]) -> bool:
    """Whether a row of one region holds only because no region is stated."""
    return "region" in (row.get("when") or {}) and _region(case, text) is None
