"""The urgent block: what to do about the flags of a ledger, as claims with citations, the action first.

Words are data (`actions.yaml`). Exempt from retrieval and verification drops: passages are taken from the corpus at run time and
their relevant sentence is quoted; what no guideline here states says "safety default". Which flags are active is `ledger.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from assistant.guardrails.concepts import load_map
from assistant.guardrails.lexis import LexisError, load_yaml
from assistant.types import Citation, Claim, Finding

if TYPE_CHECKING:
    from assistant.guardrails.ledger import Ledger
    from corpus.load import Corpus

TITLE = "Red flag"
_RANK = {"now": 0, "today": 1, "two_weeks": 2, "note": 3}
_SENTENCE = re.compile(r"(?<=[.!?]) +(?=[A-Z0-9])")
_QUOTE_LIMIT = 70
_QUOTES = 3


@dataclass(frozen=True)
class UrgentBlock:
    """Claims in the order to show. `line` is set where the banner has shrunk to one line. `escalates`: a flag of tier now or today is active."""

    title: str
    claims: tuple[Claim, ...]
    line: Claim | None
    passage_ids: tuple[str, ...]
    escalates: bool


@lru_cache(maxsize=1)
def actions() -> dict[str, Any]:
    """The parsed actions.yaml. Raises LexisError when it is missing or malformed."""
    data = load_yaml("actions.yaml")
    known = set(load_map().categories)
    for plan in data["plans"]:
        if plan["category"] not in known or plan["tier"] not in _RANK or not plan["lines"]:
            raise LexisError(
                f"actions.yaml: plan {plan.get('category')!r}, tier {plan.get('tier')!r} is unknown or has no lines"
            )
    return dict(data)


def plan_for(finding: Finding) -> Mapping[str, Any] | None:
    """The plan for a flag: by category and tier, one named for its concept before the general one."""
    plans, at = actions()["plans"], precedence(finding)
    return dict(plans[at]) if at < len(plans) else None


def precedence(finding: Finding) -> int:
    """The place of the flag's plan in the order of precedence; after all plans when it has none."""
    plans = actions()["plans"]
    for at, plan in enumerate(plans):
        if (
            plan["category"] == finding.category
            and plan["tier"] == finding.tier
            and finding.concept in plan.get("concepts", [finding.concept])
        ):
            return at
    return len(plans)


def modality(finding: Finding) -> tuple[str, str] | None:
    """(modality, region) of the imaging that the flag's plan asks for, or None."""
    plan = plan_for(finding)
    return (plan["modality"], plan["region"]) if plan and plan.get("modality") else None


def urgent_block(
    ledger: Ledger, corpus: Corpus, region: str | None = None, first_time: bool | None = None
) -> UrgentBlock | None:
    """The block for this turn, or None when there is nothing to show.

    first_time: show the banner in full; default: when this turn raised, opened again or made more urgent a flag. Later turns get one line
    for tiers now and today; lower tiers are shown once.
    """
    full = ledger.fresh_urgent if first_time is None else first_time
    write = _Writer(corpus, region)
    active = ledger.active_urgent()
    claims: list[Claim] = []
    line = None
    if ledger.not_checked and (active or ledger.findings):
        claims.append(write.default_claim(actions()["not_checked"]))
    if active and ledger.lay:
        claims += _lay(active, write)
    elif active and full:
        claims += _full(active, write)
    elif active:
        line = _again(active, write)
        claims.append(line)
    else:
        acted = [f for f in ledger.flags if f.state == "acted_on" and f.raised.tier in ("now", "today")]
        if acted:
            line = write.claim(
                {"say": actions()["acted"]},
                quotes=_quotes([f.raised.item.quote for f in acted]),
                detail=_short(acted[-1].detail or "", 160),
            )
            claims.append(line)
    if not ledger.lay:
        lower = [f for f in ledger.new_this_turn if f.state == "present" and f.tier in ("two_weeks", "note")]
        claims += _lower(lower, active, write)
    if not claims:
        return None
    ids = tuple(dict.fromkeys(c.passage_id for claim in claims for c in claim.citations))
    return UrgentBlock(TITLE, tuple(claims), line, ids, bool(active))


def quiet_line(ledger: Ledger) -> str:
    """The line for a silent screen: what nobody has documented, and that this is no examination."""
    words = actions()
    if ledger.not_checked:
        return str(words["not_checked"])
    names = [words["categories"][c] for c in ledger.not_documented]
    if not names:
        return str(words["quiet_full"])
    return str(words["quiet_lower" if ledger.present else "quiet"]).format(missing="; ".join(names))


# ---- the parts


def _plans(active: Sequence[Finding]) -> list[tuple[Mapping[str, Any], list[Finding]]]:
    """Plans in order of precedence with the flags each answers. A deficit that another Now plan already covers is not said twice."""
    groups: dict[int, tuple[Mapping[str, Any], list[Finding]]] = {}
    for finding in active:
        plan = plan_for(finding)
        if plan is not None:
            groups.setdefault(precedence(finding), (plan, []))[1].append(finding)
    categories = {p["category"] for p, _ in groups.values() if p["tier"] == "now"}
    covered = (
        {"neurologic_deficit"} if categories & {"cauda_equina", "cord_compression", "malignancy", "bleeding"} else set()
    )
    urgent = {p["category"] for p, _ in groups.values() if p["tier"] == "now"}
    return [
        groups[k]
        for k in sorted(groups)
        if groups[k][0]["category"] not in covered
        and not (groups[k][0]["tier"] == "today" and groups[k][0]["category"] in urgent)
    ]


def _full(active: Sequence[Finding], write: _Writer) -> list[Claim]:
    plans = _plans(active)
    whole = any(p["category"] in ("cord_compression", "malignancy") and p["tier"] == "now" for p, _ in plans)
    claims: list[Claim] = []
    for number, (plan, found) in enumerate(plans):
        lines = plan["lines"] if number == 0 else plan["lines"][:2]
        quotes = _quotes([f.quote or "" for f in found])
        for line in lines:
            claims.append(write.claim(line, quotes=quotes, whole=whole and plan["category"] == "cauda_equina"))
    first, found = plans[0]
    everything = [f for _, flags in plans for f in flags]
    if first.get("record", True):
        claims.append(write.claim({"say": actions()["record"]}))
    labels = ", ".join(dict.fromkeys(load_map().concepts[f.concept].label for f in everything if f.concept))
    asking = str(first.get("asking", "assessment"))
    if whole and first["category"] == "cauda_equina":
        asking = "emergency MRI of the whole spine"
    form = actions()["handover" if first.get("record", True) else "handover_short"]
    claims.append(
        write.claim({"say": form}, quotes=_quotes([f.quote or "" for f in everything]), labels=labels, asking=asking)
    )
    return claims


def _again(active: Sequence[Finding], write: _Writer) -> Claim:
    plans = _plans(active)
    plan = plans[0][0]
    cite = plan["lines"][0].get("cite", {})
    text = actions()["again"]
    line = {"say": text if cite and "{default}" not in plan["lines"][0]["say"] else text + " {default}", "cite": cite}
    tier = actions()["tiers"][plan["tier"]]
    return write.claim(
        line, quotes=_quotes([f.quote or "" for f in active]), tier=tier, short=write.fill(plan["short"])
    )


def _lower(found: Sequence[Finding], active: Sequence[Finding], write: _Writer) -> list[Claim]:
    """One line for each lower flag that is new this turn, unless its category is already urgent."""
    busy = {f.category for f in active}
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        if finding.category not in busy:
            groups.setdefault((finding.category, finding.tier or "note"), []).append(finding)
    claims = []
    for (_, _), flags in sorted(groups.items(), key=lambda g: (_RANK[g[0][1]], g[0][0])):
        plan = plan_for(flags[0])
        if plan is not None:
            claims.append(write.claim(plan["lines"][0], quotes=_quotes([f.quote or "" for f in flags])))
    return claims


def _lay(active: Sequence[Finding], write: _Writer) -> list[Claim]:
    words = actions()["lay"]
    claims = [write.claim({"say": words["head"]}, quotes=_quotes([f.quote or "" for f in active]))]
    if any(f.category == "cauda_equina" for f in active):
        claims.append(write.claim(words["cauda_equina"]))
    return [*claims, write.claim({"say": words["wait"]}), write.claim({"say": words["close"]})]


def _short(text: str, limit: int) -> str:
    text = " ".join(text.split()).replace('"', "'")
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0] + " ..."


def _quotes(quotes: Sequence[str]) -> str:
    """The words that triggered, each in quotation marks, at most three, no word said twice."""
    kept: list[str] = []
    for quote in sorted(dict.fromkeys(" ".join(q.split()) for q in quotes if q), key=len, reverse=True):
        if not any(quote.lower() in k.lower() for k in kept):
            kept.append(quote)
    order = [q for q in dict.fromkeys(" ".join(q.split()) for q in quotes if q) if q in kept][:_QUOTES]
    return ", ".join(f'"{_short(q, _QUOTE_LIMIT)}"' for q in order)


class _Writer:
    """Fills the words of actions.yaml and finds the sentence of each passage to quote."""

    def __init__(self, corpus: Corpus, region: str | None) -> None:
        words = actions()
        self._corpus = corpus
        self._default = words["default_words"]
        self._fields = {
            **words["regions"]["none"],
            **words["regions"].get(region or "none", {}),
            "spine": "the on-call spinal team",
        }

    def fill(self, text: str, **more: str) -> str:
        for key, value in {**self._fields, **more}.items():
            text = text.replace("{" + key + "}", value)
        return text

    def default_claim(self, text: str) -> Claim:
        return Claim(text=text, citations=(), safety_default=True)

    def claim(self, line: Mapping[str, Any], *, whole: bool = False, **fields: str) -> Claim:
        """One claim. Where a cited passage is not in the corpus, the line is marked as a safety default."""
        text = line["say"]
        if whole:
            text = text.replace("emergency lumbosacral MRI", "emergency MRI of the whole spine, lumbosacral included")
        cited = self._cite(line.get("cite", {}))
        default = "{default}" in text or not cited
        if default and "{default}" not in text:
            text = f"{text} {{default}}"
        return Claim(
            text=" ".join(self.fill(text, default=self._default, **fields).split()),
            citations=cited,
            safety_default=default,
        )

    def _cite(self, wanted: Mapping[str, str]) -> tuple[Citation, ...]:
        found: list[Citation] = []
        for fact_id, word in wanted.items():
            for passage_id in self._corpus.passages_of(fact_id):
                quote = _sentence(self._corpus.passages[passage_id].text, word)
                if quote is not None:
                    found.append(Citation(n=len(found) + 1, passage_id=passage_id, quote=quote))
                    break
        return tuple(found)


def _sentence(text: str, word: str) -> str | None:
    """The sentence of `text` that holds `word`; the whole text when it is one sentence and holds it; None when nothing does."""
    if word.lower() not in text.lower():
        return None
    return next((s for s in _SENTENCE.split(text) if word.lower() in s.lower()), text)
