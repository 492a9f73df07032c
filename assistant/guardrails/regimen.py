"""Drug regimens in text: "flexeril 10 tid x 6 wks" -> drug, single dose, daily total, length, quantity, with exact places.

Reads sigs as they are written on charts, in notes and in prose, combination tablets and tablet counts included. Whether
a regimen is too much is decided in `dose.py` against `limits.yaml`. Works on folded text (`clauses.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.guardrails.clauses import Reading
from assistant.guardrails.regimen_parts import Builder
from assistant.guardrails.regimen_types import DrugAt, Regimen, Step
from assistant.guardrails.sigs import ELEMENT

__all__ = ["DrugAt", "Regimen", "Step", "read_regimens"]


_MEASURED = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|an?|few|couple|several|once|twice|thrice|daily|nightly|nocte|mane|night|bedtime|morning|"
    r"every|each|b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|bd|tds|qds|od|qhs|refills?)\b"
)
"""What a sentence with a regimen cannot be without."""


def read_regimens(reading: Reading, drugs: Sequence[DrugAt], default: str | None = None) -> list[Regimen]:
    """Regimens of a text in reading order. `default` is the drug that a sentence without a drug is about, if known."""
    found: list[Regimen] = []
    last: str | None = default
    for start, end in reading.sentences:
        here = [d for d in drugs if start <= d.start < end]
        if (not here and last is None) or _MEASURED.search(reading.text, start, end) is None:
            last = here[-1].concept if here else last
            continue
        elements = list(ELEMENT.finditer(reading.text, start, end))
        if here:
            found.extend(_regimens_of_sentence(reading.text, (start, end), here, elements))
            last = here[-1].concept
        elif last is not None and any(
            e.lastgroup in ("mass", "times", "abbr", "every", "hourly", "plural", "length", "tabs") for e in elements
        ):
            regimen = _assemble(reading.text, DrugAt(start, start, last), elements, (start, end), carried=True)
            if regimen is not None and (regimen.steps or regimen.days):
                found.append(_with_strength(regimen, found))
    return found


def _with_strength(regimen: Regimen, earlier: list[Regimen]) -> Regimen:
    """Tablet counts without a strength take the strength last named for the drug."""
    known = next(
        (s for r in reversed(earlier) if r.drug == regimen.drug for s in reversed(r.steps) if s.single_high), None
    )
    if known is None or not regimen.steps:
        return regimen
    strength = known.single_high if not known.tablets else (known.single_high or 0) / known.tablets
    steps = tuple(
        replace(
            s,
            single_low=strength * (s.tablets or 1),
            single_high=strength * (s.tablets or 1),
            second=s.second or known.second,
        )
        if s.single_high is None and s.daily_written is None and s.tablets and strength
        else s
        for s in regimen.steps
    )
    return replace(regimen, steps=steps)


def _regimens_of_sentence(
    text: str, sentence: tuple[int, int], drugs: list[DrugAt], elements: list[re.Match[str]]
) -> list[Regimen]:
    shares: list[list[re.Match[str]]] = [[] for _ in drugs]
    for element in elements:
        owner = _owner(text, drugs, element)
        if owner is not None:
            shares[owner].append(element)
    found: list[Regimen] = []
    for drug, share in zip(drugs, shares, strict=True):
        regimen = _assemble(text, drug, share, sentence)
        if regimen is not None:
            found.append(regimen)
    return found


def _owner(text: str, drugs: list[DrugAt], element: re.Match[str]) -> int | None:
    """Index of the drug that an element belongs to: the one before it, unless it stands right before the next."""
    for index, drug in enumerate(drugs):
        if element.start() >= drug.start and element.end() <= drug.end:
            return None
        if drug.start >= element.end():
            gap = text[element.end() : drug.start]
            close = re.fullmatch(
                r"[ ,]*(?:(?:of|po|oral|the|x|mg|tablets?|tabs?|extra|strength|[a-z-]+ ?release|er|sr|xr|ir|generic|tabs of|tablets of|capsules of)[ ,]*){0,4}",
                gap,
            )
            kind = element.lastgroup
            if index == 0 or (close and kind in ("mass", "plural", "tabs", "combo")):
                return index
            return index - 1
    return len(drugs) - 1


def _assemble(
    text: str, drug: DrugAt, elements: Sequence[re.Match[str]], sentence: tuple[int, int], *, carried: bool = False
) -> Regimen | None:
    builder = Builder(text, drug, carried)
    for element in elements:
        builder.take(element)
    return builder.done(sentence)
