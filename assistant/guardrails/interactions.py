"""Drugs that should not be taken together: pairs of `interactions.yaml` met in one exchange.

Classes are expanded by the lexicon. A pair counts when one drug is planned or recommended and the patient takes, or is to
take, the other; a warning against the pair does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.guardrails.case import Case, Text, as_list, kin, lexicon, taken
from assistant.guardrails.regimen import DrugAt

_RANK = {"contraindicated": 0, "avoid": 1, "caution": 2}
_REACH = 400
"""Characters between two drugs of one text beyond which they are not read as given together."""
_TOPICAL = re.compile(r"^[^.;,]{0,25}\b(?:gel|cream|topical|patch|emulgel|plaster|ointment|rub)\b")
_TOPICAL_BEFORE = re.compile(r"\btopical(?:ly)?(?: \w+){0,2} $")
_TOPICAL_NAME = re.compile(r"\b(?:gel|cream|topical|patch|plaster|emulgel|ointment)\b")
_LEVELS = re.compile(
    r"^[ -](?:levels?|toxicity|concentrations?|interactions?|effects?|dose adjust\w*|monitoring|free|related|induced|associated|users?|use)\b"
)
_WARNED = re.compile(
    r"\b(?:interact\w*|(?:do not|don't|never|avoid|should not|must not|cannot|can't|not to|not be) (?:\w+ ){0,4}(?:combin\w*|together|co-?prescri\w*|co-?administ\w*|mix\w*|add\w*|with)|"
    r"bleeding|bleed|serotonin syndrome|contraindicat\w+|washout|caution (?:with|when)|increases? the risk|monitor (?:the )?inr|check (?:the )?(?:inr|lithium))\b"
)


@dataclass(frozen=True, slots=True)
class Met:
    """A pair met: the drug that is planned, with its place, and the other drug's label."""

    text: Text
    start: int
    end: int
    pair: Mapping[str, Any]
    first: str
    second: str
    severity: str

    @property
    def message(self) -> str:
        names = lexicon().concepts
        text = f"{names[self.first].label} with {names[self.second].label}: {self.severity} ({self.pair['effect']})"
        return text + ("; to be confirmed against the current label." if self.pair.get("confirm") else ".")

    @property
    def action(self) -> str:
        first = {
            "contraindicated": "Do not combine them",
            "avoid": "Avoid the combination",
            "caution": "Use only with care and monitoring, or choose another drug",
        }[self.severity]
        return first + ("; do not stop abruptly a drug that is already taken." if self.pair.get("stop") else ".")


@lru_cache(maxsize=1)
def pairs() -> tuple[Mapping[str, Any], ...]:
    """The rows of `interactions.yaml`."""
    data = yaml.load(Path(__file__).with_name("interactions.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    sides = ("a", "b", "not_a", "not_b")
    return tuple({**row, **{side: tuple(as_list(row.get(side))) for side in sides}} for row in data["pairs"])


def planned(text: Text) -> list[DrugAt]:
    """Drugs that a text recommends or plans (systemic ones; a gel or patch is left out). Read once for a text."""
    known: list[DrugAt] | None = text.kept.get("planned")
    if known is None:
        known = text.kept["planned"] = _read_planned(text)
    return known


def _read_planned(text: Text) -> list[DrugAt]:
    found: list[DrugAt] = []
    for drug in text.drugs:
        after, before = (
            text.reading.text[drug.end : drug.end + 40],
            text.reading.text[max(0, drug.start - 30) : drug.start],
        )
        if _TOPICAL_NAME.search(text.reading.text, drug.start, drug.end):
            continue
        if _LEVELS.match(after) or _TOPICAL.match(after) or _TOPICAL_BEFORE.search(before):
            continue
        stance = text.stance(drug.start, drug.end)
        dosed = not text.user and stance.value == "neutral" and drug.start in text.dosed
        if stance.value == "recommended" or dosed:
            found.append(drug)
    return found


def check_interactions(case: Case, text: Text) -> list[Met]:
    """Pairs met through a drug that this text plans, one for each drug planned and other drug, the gravest."""
    mine = planned(text)
    taking = (
        set(case.drugs_of_user) if not text.user else {d.concept for t in case.user for d in t.drugs if taken(t, d)}
    )
    taking -= {d.concept for d in text.drugs if not text.user and text.stance(d.start, d.end).value == "against"}
    others = taking | {d.concept for d in mine}
    if text.user and not mine:
        mine = _current(case, text)
    met: dict[tuple[str, str], Met] = {}
    for drug in mine:
        for other in sorted(others):
            found = _worst(case, text, drug, other, others)
            if found is None or _warned(text, drug) or (found.severity == "caution" and _seen_to(case, text)):
                continue
            if other in taking or any(_together(text, drug, d) for d in mine if d.concept == other):
                key = (min(drug.concept, other), max(drug.concept, other))
                if key not in met or _RANK[found.severity] < _RANK[met[key].severity]:
                    met[key] = found
    return sorted(met.values(), key=lambda m: (m.start, m.second))


_ALTERNATIVE = re.compile(
    r"\b(?:or|either|instead|alternativ\w*|second[- ]line|third[- ]line|if|fails?|otherwise|then|rather|switch|next|later|after|options? (?:are|include)|choices?|not both|one of|compared)\b"
)


def _together(text: Text, one: DrugAt, other: DrugAt) -> bool:
    """Whether a text gives two drugs side by side, and not one in place of the other."""
    first, second = sorted((one, other), key=lambda d: d.start)
    if second.start - first.end > _REACH:
        return False
    between = text.reading.text[first.end : second.start]
    start = text.reading.clause_at(first.start)
    end = text.reading.clause_at(second.start)
    if start is None or end is None or _ALTERNATIVE.search(between):
        return False
    if start.sentence == end.sentence:
        return True
    dosed = [d.start in text.dosed for d in (first, second)]
    joined = (
        re.search(r"\b(?:add|plus|with|also|combine\w*|together)\b", text.reading.text[end.sentence[0] : second.start])
        is not None
    )
    return len(between) <= 160 and (all(dosed) or joined)


def _current(case: Case, text: Text) -> list[DrugAt]:
    """Two interacting drugs that the patient already takes: the first is the place of the finding."""
    return [
        d
        for d in text.drugs
        if taken(text, d) and text.stance(d.start, d.end).value not in ("question", "reported", "against")
    ]


def _worst(case: Case, text: Text, drug: DrugAt, other: str, present: set[str]) -> Met | None:
    if other == drug.concept:
        return None
    best: Met | None = None
    for pair in pairs():
        if not _applies(pair, drug.concept, other, present):
            continue
        if pair.get("regular") and not any(
            r.drug == drug.concept and any((s.daily or 0) >= 2000 for s in r.steps) for r in text.regimens
        ):
            continue
        older = case.patient.age is not None and case.patient.age >= 65
        severity = str(pair.get("severity_65") if older and pair.get("severity_65") else pair["severity"])
        if best is None or _RANK[severity] < _RANK[best.severity]:
            best = Met(text, drug.start, drug.end, pair, drug.concept, other, severity)
    return best


def _applies(pair: Mapping[str, Any], first: str, second: str, present: set[str]) -> bool:
    forward = _side(pair, "a", first) and _side(pair, "b", second)
    if not forward and not (_side(pair, "a", second) and _side(pair, "b", first)):
        return False
    if pair.get("also") and not any(kin(p, [pair["also"]]) for p in present):
        return False
    for combined in as_list(pair.get("unless_also")):
        if all(any(kin(p, [part]) for p in present) for part in combined.split("+")):
            return False
    return True


def _side(pair: Mapping[str, Any], side: str, concept: str) -> bool:
    wanted = pair[side]
    if pair.get(f"exact_{side}"):
        return concept in wanted
    return kin(concept, wanted) and not kin(concept, pair[f"not_{side}"])


_CARE = re.compile(
    r"\b(?:ppis?|proton pump|omeprazole|lansoprazole|esomeprazole|gastro-?protect\w*|monitor\w*|check\w*|watch\w*|caution\w*|warn\w*|separat\w+|apart|spaced?|"
    r"minutes (?:after|before)|hours (?:after|before)|lowest (?:effective )?dose|inr|levels?|creatinine|renal function|blood pressure|with care|careful\w*|respiratory|drows\w+|sedat\w+)\b"
)


def _seen_to(case: Case, text: Text) -> bool:
    """A caution that this text sees to itself; for what the user plans, the answer may see to it."""
    return _looked_after(text) or (text.user and case.answer is not None and _looked_after(case.answer))


def _looked_after(text: Text) -> bool:
    """Whether an answer sees to the caution that a pair calls for: monitoring, protection, timing."""
    return not text.user and _CARE.search(text.reading.text) is not None


def _warned(text: Text, drug: DrugAt) -> bool:
    """Whether the text itself warns of the combination in that sentence or the next."""
    clause = text.reading.clause_at(drug.start)
    if clause is None or text.user:
        return False
    start, end = clause.sentence
    return _WARNED.search(text.reading.text[start:end]) is not None
