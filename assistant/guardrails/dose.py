"""Doses against ceilings: single dose, daily total and length of each regimen, per drug, form, indication, region and patient.

Regimens come from `regimen.py`, ceilings from `limits.yaml`. A row fires whatever its provenance and says "limit to be
confirmed" where its figure was recalled. Nothing here calls a dose safe: see `clean_words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from assistant.guardrails.case import Case, Text, lexicon
from assistant.guardrails.ceilings import by_region, ceiling, figures, limits, rows
from assistant.guardrails.regimen import Regimen, Step

_TOLERANCE = 1e-6
_KIND_WORDS = {
    "single": "a single dose of", "daily": "a daily total of", "days": "a course of", "doses": "doses a day:", "patches": "patches at once:",
    "wear_hours": "hours of wear a day:", "gel_g": "gel a day:", "mme": "a daily total of", "interval_days": "days between applications:",
    "mg_per_kg": "a daily total for the body weight of",
}  # fmt: skip
_UNITS = {
    "single": " mg",
    "daily": " mg",
    "days": " days",
    "gel_g": " g",
    "mme": " MME",
    "wear_hours": " h",
    "mg_per_kg": " mg",
}
_EVIDENCE = re.compile(
    r"\b(?:trials?|stud(?:y|ies|ied)|randomi[sz]ed|tested|toxic\w*|poison\w*|hepatotoxic\w*|fatal|lethal|ingest\w*|swallowed|"
    r"label(?:led|ed)? (?:maximum|ceiling) (?:for|in)|were given|was given in)\b|\boverdos\w+ (?:of|with|on)\b"
)
_EXCESS = re.compile(
    r"\b(?:exceed\w*|too (?:much|high|many|large|often|frequent\w*|long)|unsafe|not safe|dangerous|over(?:dose| the (?:max\w*|limit|ceiling|recommended|label\w*|daily|licensed))|"
    r"above (?:the )?(?:max\w*|limit|ceiling|recommended|label\w*|licensed|daily|safe|usual|4|3|2)|more than (?:the )?(?:max\w*|limit|recommended|label\w*|licensed|twice|double|is)|"
    r"beyond (?:the )?(?:max\w*|limit|label\w*|recommended)|in excess|supratherapeutic|excessive|should be (?:reduced|lowered|cut)|needs? (?:reducing|to be reduced|lowering|to come down)|"
    r"(?:reduce|lower|cut|bring|halve|drop)(?: down)? (?:the |this |that |his |her |it\b|their |total |daily |single |dose)+|well over|far over|double the (?:max\w*|recommended|limit)|twice the (?:max\w*|recommended)|"
    r"not (?:be )?(?:recommended|advised|appropriate|allowed|acceptable|ok|okay|within)|contraindicated|inappropriate|stop (?:this|that|it|taking)|avoid (?:this|that))\b"
)
_BACK_REFERENCE = re.compile(
    r"\s*(?:that|this|it|these|those|which|both|such|no\b|together|the (?:total|dose|daily|combined|proposed))"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One regimen above one limit. Places are in the folded text; `value` in the unit of the limit's kind."""

    text: Text
    start: int
    end: int
    drug: str
    kind: str
    value: float
    limit: Mapping[str, Any]
    others: tuple[str, ...] = ()
    proposal: bool = False
    reported: bool = False
    """What the patient takes already, as the user tells; neither a plan nor advice."""
    lower_region: bool = False

    @property
    def message(self) -> str:
        """What is over what, by whose figure, in plain words."""
        unit, name = _UNITS.get(self.kind, ""), lexicon().concepts[self.drug].label
        shown = f"{name}: {_KIND_WORDS[self.kind]} {_figure(self.value)}{unit}"
        if self.limit.get("hide"):
            text = f"{shown} may be too much for this patient ({self.limit['by']}): check a dose by weight"
        elif self.limit["basis"] == "caution":
            text = f"{shown} is above the caution point of {_figure(self.limit['max'])}{unit} ({self.limit['by']})"
        elif self.kind == "interval_days":
            text = f"{shown} is sooner than {_figure(self.limit['max'])} days ({self.limit['by']})"
        else:
            text = f"{shown} is above {_figure(self.limit['max'])}{unit} ({self.limit['by']})"
        if self.lower_region:
            text += "; no region is set, so the lower limit applies"
        if self.limit.get("note"):
            text += f"; {self.limit['note']}"
        if self.others:
            text += f"; counted together: {', '.join(self.others)}"
        return text + ("; limit to be confirmed." if self.limit.get("confirm") else ".")

    @property
    def action(self) -> str:
        text = "Keep the dose, the daily total and the length at or below the limit named, or choose another treatment"
        return text + ("; do not stop abruptly if it is already taken." if self.limit.get("stop") else ".")


def corrects(answer: Text) -> bool:
    """Whether an answer says that a dose is too much."""
    return _EXCESS.search(answer.reading.text) is not None


def clean_words(drug_label: str) -> str:
    """What may be said of a regimen that no row objects to."""
    return f"{drug_label}: below the label ceiling in our data."


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value - round(value)) < 0.05 else f"{value:,.1f}"


def check_doses(case: Case, text: Text) -> list[Hit]:
    """Regimens of a text that are above a limit, at most one hit a drug and kind, the strictest limit first."""
    live = [
        (r, proposal)
        for r in (*text.regimens, *_patches(text))
        for proposal in [_live(text, r)]
        if proposal is not None
    ]
    caps = {r.drug: r.cap for r in text.regimens if r.cap is not None}
    hits: list[Hit] = []
    for regimen, proposal in live:
        hits.extend(_check_regimen(case, text, regimen, caps.get(regimen.drug), proposal))
    hits.extend(_check_sums(case, text, [r for r, proposal in live if not proposal]))
    hits = [h if _planned(h) else replace(h, reported=True) for h in hits] if text.user else hits
    return _strictest(hits)


def _patches(text: Text) -> list[Regimen]:
    """Patches named without a dose: their number, hours of wear and interval count."""
    dosed = {r.drug_at for r in text.regimens}
    named = [d for d in text.drugs if d.concept in ("lidocaine", "capsaicin") and (d.start, d.end) not in dosed]
    spans = text.reading.sentences
    return [
        Regimen(
            d.concept,
            (d.start, d.end),
            at=(d.start, next(e for s, e in spans if s <= d.start < e)),
            sentence=next((s, e) for s, e in spans if s <= d.start < e),
        )
        for d in named
    ]


def _planned(hit: Hit) -> bool:
    return hit.text.stance(hit.start, hit.start).value == "recommended"


def _strictest(hits: list[Hit]) -> list[Hit]:
    kept: dict[tuple[str, int], Hit] = {}
    order = {"daily": 0, "single": 1, "doses": 2}
    for hit in sorted(hits, key=lambda h: (order.get(h.kind, 3), float(h.limit["max"]))):
        kept.setdefault((hit.drug, hit.start), hit)
    return sorted(kept.values(), key=lambda h: h.start)


# -- which regimens count --------------------------------------------------------------------------------------------------------


def _live(text: Text, regimen: Regimen) -> bool | None:
    """None for a regimen that is denied, past, quoted or called too much; else whether it is only proposed in a question."""
    at = regimen.steps[0].start if regimen.steps else regimen.cap_at[0] if regimen.cap_at else regimen.drug_at[0]
    at = (
        min(at, regimen.drug_at[0])
        if regimen.drug_at[1] > regimen.drug_at[0] and regimen.drug_at[0] > regimen.sentence[0]
        else at
    )
    stance = text.stance(at, at)
    start, end = regimen.sentence
    sentence = text.reading.text[start:end]
    if _EVIDENCE.search(sentence) or _called_too_much(text, regimen):
        return None
    capped = regimen.cap is not None and not regimen.steps
    if stance.value in ("historical", "reported", "condition") or (stance.value == "against" and not capped):
        return None
    if stance.value == "question":
        return True if stance.proposal or not text.user else None
    return False


def _called_too_much(text: Text, regimen: Regimen) -> bool:
    """Whether the text itself says that the dose is too much, in its sentence or in the next that points back to it."""
    start, end = regimen.sentence
    whole = text.reading.text
    rest = re.sub(
        r"\b(?:do not|don't|not to|not|never|without|and not) exceed\w*|\bnever exceed", " ", whole[start:end]
    )
    if _EXCESS.search(rest):
        return True
    following = re.split(r"(?<=[.!?])\s|\n", whole[end : end + 220].lstrip(), maxsplit=1)[0]
    if _BACK_REFERENCE.match(following) and _EXCESS.search(following):
        return True
    preceding = whole[max(0, start - 60) : start].rstrip()
    return (
        bool(
            re.search(
                r"(?:^|[.!?\n] ?)no[.,!]?$|\b(?:too much|too high|exceeds the (?:max\w*|limit)|unsafe|wrong)[.:]?$",
                preceding,
            )
        )
        and not text.user
    )


# -- one regimen ------------------------------------------------------------------------------------------------------------------


def _check_regimen(case: Case, text: Text, regimen: Regimen, cap: float | None, proposal: bool) -> Iterator[Hit]:
    start, end = regimen.at
    for kind, value, step in figures(text, regimen, cap):
        for row in rows(case, text, regimen, kind, step):
            over = (
                value < float(row["max"]) - _TOLERANCE
                if kind == "interval_days"
                else value > ceiling(case, row) + _TOLERANCE
            )
            if over:
                yield Hit(
                    text,
                    start,
                    end,
                    regimen.drug,
                    kind,
                    value,
                    row,
                    proposal=proposal,
                    lower_region=by_region(case, text, row),
                )


# -- several lines together ------------------------------------------------------------------------------------------------------------


def _check_sums(case: Case, text: Text, regimens: list[Regimen]) -> Iterator[Hit]:
    """Paracetamol over all its sources, and one drug under two names, counted together."""
    yield from _sum_paracetamol(case, text, regimens)
    by_drug: dict[str, list[Regimen]] = {}
    for regimen in regimens:
        if regimen.drug != "paracetamol" and any(s.daily for s in regimen.steps):
            by_drug.setdefault(regimen.drug, []).append(regimen)
    for lines in by_drug.values():
        names = {text.reading.text[slice(*r.drug_at)] for r in lines} - {""}
        between = text.reading.text[lines[0].at[1] : lines[-1].at[0]]
        if len(names) < 2 or _INSTEAD.search(between):
            continue
        total = sum(max(s.daily or 0 for s in r.steps) for r in lines)
        yield from _total(case, text, lines, total, tuple(sorted(names)))


_INSTEAD = re.compile(r"\b(?:or|instead|switch\w*|rather|alternativ\w*|then|chang\w+|replac\w*|swap\w*|stop\w*)\b")


def _sum_paracetamol(case: Case, text: Text, regimens: list[Regimen]) -> Iterator[Hit]:
    lines = [(r, _paracetamol(r)) for r in regimens]
    lines = [
        (r, amount)
        for r, amount in lines
        if amount and not (r.drug == "paracetamol" and "(" in text.reading.text[max(0, r.at[0] - 2) : r.at[0]])
    ]
    own = [r for r, _ in lines]
    if not lines:
        return
    total = sum(amount for _, amount in lines)
    plain = [r for r in own if r.drug == "paracetamol"]
    if len(lines) > 1 and (
        len(plain) == len(lines) or _INSTEAD.search(text.reading.text[own[0].at[1] : own[-1].at[0]])
    ):
        total = max(amount for _, amount in lines)
    if not text.user and not _INSTEAD.search(text.reading.text):
        for earlier in case.user:
            added = [
                r
                for r in earlier.regimens
                if _live(earlier, r) is False and _paracetamol(r) and r.drug not in {x.drug for x in own}
            ]
            total += sum(_paracetamol(r) for r in added)
            own = own + added if added else own
    if len({r.drug for r in own}) == 1 and plain:
        return
    names = tuple(sorted({lexicon().concepts[r.drug].label for r in own}))
    yield from _total(case, text, [r for r, _ in lines], total, names, drug="paracetamol")


def _paracetamol(regimen: Regimen) -> float:
    """Paracetamol a day, mg, where the strength is written; 0 otherwise."""
    if regimen.drug == "paracetamol":
        daily = max((s.daily or 0 for s in regimen.steps), default=0)
        return min(daily, regimen.cap) if regimen.cap else daily
    if regimen.drug not in limits()["combinations"]:
        return 0.0
    return max(
        ((s.second or 0) * (s.tablets or 1) * (s.per_day_high or 0) for s in regimen.steps if _plausible(s)),
        default=0.0,
    )


def _plausible(step: Step) -> bool:
    return bool(step.second and step.per_day_high)


def _total(
    case: Case, text: Text, lines: list[Regimen], total: float, names: tuple[str, ...], drug: str | None = None
) -> Iterator[Hit]:
    first = lines[0]
    probe = Regimen(drug or first.drug, first.drug_at, (), None, None, first.days, at=first.at, sentence=first.sentence)
    start, end = min(r.at[0] for r in lines), max(r.at[1] for r in lines)
    for row in rows(case, text, probe, "daily", None):
        if total > float(row["max"]) + _TOLERANCE:
            yield Hit(
                text, start, end, probe.drug, "daily", total, row, others=names, lower_region=by_region(case, text, row)
            )
