"""Drug checks as rules call them: dose above a ceiling, interaction, and a drug that does not suit this patient.

Turns the hits of `dose.py`, `interactions.py` and `populations.yaml` into findings; whether a drug is planned is decided there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from assistant.guardrails.case import Case, Text, as_list, kin
from assistant.guardrails.dose import check_doses, corrects
from assistant.guardrails.interactions import check_interactions, planned
from assistant.guardrails.patient import Patient, populations
from assistant.guardrails.pitfalls import Check, Found, endorsement
from assistant.guardrails.regimen import DrugAt
from assistant.guardrails.rules import Rule

_SEVERITY = {"contraindicated": "warning", "avoid": "warning", "caution": "info"}
_EXTENDED = re.compile(r"\b(?:er|xr|sr|mr|xl|extended|prolonged|modified|amrix|conzip)\b")
_WARNS = re.compile(
    r"\b(?:contraindicat\w+|avoid\w*|not (?:recommended|advised|suitable|appropriate|safe)|caution|beers|adjust\w*|reduc\w+ (?:the )?dose|lower dose|with care|monitor\w*|renal function|only if|unless|risk)\b"
)
_SHORT = re.compile(r"\b(?:short(?:est)?|few days|(?:[1-7]|one|two|three|five|seven) days|brief)\b")


def dose(rule: Rule, case: Case, text: Text) -> Iterator[Found]:
    """Doses above a ceiling. A dose that a question only proposes counts where there is no answer, or the answer says yes."""
    for hit in check_doses(case, text):
        stage = text.stage
        if hit.reported and case.answer is not None and corrects(case.answer):
            continue
        if hit.proposal:
            if case.answer is not None:
                continue
            stage = "question"
        severity = "info" if hit.limit["basis"] == "caution" else "warning"
        yield Found(text, hit.start, hit.end, hit.message, hit.action, str(hit.limit["source"]), severity, stage)
    if not text.user and case.user and (yes := endorsement(text)) is not None:
        for hit in check_doses(case, case.user[-1]):
            if hit.proposal:
                yield Found(text, *yes, hit.message, hit.action, str(hit.limit["source"]))


def interaction(rule: Rule, case: Case, text: Text) -> Iterator[Found]:
    """Pairs of drugs that should not be taken together."""
    for met in check_interactions(case, text):
        yield Found(text, met.start, met.end, met.message, met.action, str(met.pair["source"]), _SEVERITY[met.severity])


def population(rule: Rule, case: Case, text: Text) -> Iterator[Found]:
    """A planned drug that its label, or guidance, advises against in this patient."""
    done: set[tuple[str, str]] = set()
    for drug in planned(text):
        best = _strictest(case, text, drug)
        if best is None or (drug.concept, str(best["source"])) in done:
            continue
        done.add((drug.concept, str(best["source"])))
        confirm = "; to be confirmed against the current source" if best.get("confirm") else ""
        message = f"{text.reading.folded.original(drug.start, drug.end)}: {best['severity']} here. {best['by']}: {best['say']}{confirm}."
        yield Found(
            text, drug.start, drug.end, message, f"{best['do']}.", str(best["source"]), _SEVERITY[best["severity"]]
        )


_RANK = {"contraindicated": 0, "avoid": 1, "caution": 2}


def _strictest(case: Case, text: Text, drug: DrugAt) -> Mapping[str, Any] | None:
    rows = [r for r in populations()["rules"] if _concerns(r, drug) and _matches(r["when"], case.patient, text, drug)]
    rows = [r for r in rows if not _already_said(r, text, drug)]
    return min(rows, key=lambda r: _RANK[r["severity"]], default=None)


def _concerns(row: Mapping[str, Any], drug: DrugAt) -> bool:
    wanted = as_list(row["drug"])
    return drug.concept in wanted if row.get("exact") else kin(drug.concept, wanted)


def _already_said(row: Mapping[str, Any], text: Text, drug: DrugAt) -> bool:
    """Whether the answer itself names the reservation beside the drug, or keeps to the short course that it asks for."""
    clause = text.reading.clause_at(drug.start)
    if clause is None or text.user:
        return False
    sentence = text.reading.text[slice(*clause.sentence)]
    return row["severity"] == "caution" and (_WARNS.search(sentence) is not None or _SHORT.search(sentence) is not None)


def _matches(when: Mapping[str, Any], patient: Patient, text: Text, drug: DrugAt) -> bool:
    near = text.reading.text[max(0, drug.start - 24) : drug.end + 24]
    weeks = patient.gestation_weeks
    checks: dict[str, Callable[[Any], bool]] = {
        "age_min": lambda v: patient.age is not None and patient.age >= v,
        "age_over": lambda v: patient.age is not None and patient.age > v,
        "egfr_below": lambda v: patient.egfr is not None and patient.egfr < v,
        "egfr_from": lambda v: patient.egfr is not None and patient.egfr >= v,
        "pregnant": lambda v: patient.pregnant == v,
        "gestation_from": lambda v: weeks is not None and weeks >= v,
        "gestation_before": lambda v: weeks is not None and weeks < v,
        "gestation_unknown": lambda v: (weeks is None) == v,
        "conditions": lambda v: any(patient.has(c) for c in v),
        "formulation": lambda v: v != "extended" or _EXTENDED.search(near) is not None,
    }
    return all(checks[key](value) for key, value in when.items())


CHECKS: dict[str, tuple[Check, ...]] = {"dose": (dose,), "interaction": (interaction,), "population": (population,)}
"""Name in a rule's `check` -> the functions that run it."""
