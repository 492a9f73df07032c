"""Does the evidence say what a claim says? Deterministic, without a model, a few milliseconds a claim.

`verify_claim` judges a sentence against texts; `check_citation` judges a cited claim against its passages. The reading of
sentences is in `assistant/claims/`; what happens to a claim that fails is `assistant/pipeline.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from assistant.claims.align import Alignment, align
from assistant.claims.compare import (
    direction_conflicts,
    name_conflicts,
    order_conflicts,
    polarity_conflicts,
    quantity_conflicts,
)
from assistant.claims.conditions import condition_conflicts
from assistant.claims.conflict import Conflict
from assistant.claims.limits import qualifier_conflicts
from assistant.claims.pairing import pairing_conflicts
from assistant.claims.reading import Clause, Reading, read
from assistant.claims.sentences import sentences
from assistant.claims.strength import equivalent_exception, force_conflicts
from assistant.claims.verbatim import verbatim_conflicts
from assistant.types import Claim
from corpus.load import Corpus

_MARKS = re.compile(r"\s*\[\d+\](?=[\s.,;:\[]|$)")
Label = Literal["supported", "contradicted", "not_enough"]
SUPPORT_AT = 0.6
"""Share of a claim's weight that the evidence must cover for `supported`."""
TOPIC_AT = 0.6
FOCUS_AT = 0.6
"""Shares, in all the evidence and in one clause of it, from which a conflict is a contradiction rather than another topic."""
BRIEF = 4
"""Clauses up to which evidence is about one thing, so that a number it does not have is a wrong one."""
MAX_TEXT = 4_000
"""Characters of a claim that is judged at all."""
MAX_CLAIM = 600
"""Characters of one drafted statement."""
_ATTRIBUTION = re.compile(r"\s*\((?:[^()]|\([^()]*\))*\)\s*$")
_SAYS_GONE = re.compile(
    r"\b(?:withdrawn|superseded|replaced|no longer|historical|earlier (?:version|edition|guideline)|older (?:version|edition|guideline)|until \d{4})\b",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(
    r"(?:unless|except|only|but|however|this does not|the exception|not (?:if|when|in)|otherwise)\b", re.IGNORECASE
)


class DraftLike(Protocol):
    """What a model offers: a statement, the passage it cites, and words of that passage."""

    @property
    def text(self) -> str: ...
    @property
    def passage_id(self) -> str: ...
    @property
    def quote(self) -> str: ...


DraftT = TypeVar("DraftT", bound=DraftLike)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`score` in [0, 1] is the confidence in `label`; `reasons` are for a reader, most serious first."""

    label: Label
    score: float
    reasons: tuple[str, ...]


def verify_claim(claim: str, evidence: Sequence[str]) -> Verdict:
    """Judge one claim (a sentence or a few) against one or more pieces of evidence, taken together."""
    if len(claim) > MAX_TEXT:
        return Verdict("not_enough", 0.9, ("the claim is too long to be judged",))
    said = read(_MARKS.sub("", claim))
    readings = [read(e) for e in evidence if e.strip()]
    if not said.clauses or not any(r.clauses for r in readings):
        return Verdict("not_enough", 0.9, ("the claim or the evidence is empty",))
    if _repeats(said.text, [r.text for r in readings]):
        return Verdict("supported", 0.99, ("the claim repeats the evidence",))
    return _combine(_judge_all(said, readings))


def _repeats(claim: str, evidence: list[str]) -> bool:
    """Whether the claim is one or more whole sentences of the evidence, letter for letter but for case and the last stop."""

    def plain(text: str) -> str:
        return " ".join(text.split()).casefold().rstrip(" .")

    wanted = plain(claim)
    for text in evidence:
        parts = [plain(s) for s in sentences(text)]
        for first in range(len(parts)):
            joined = ""
            for part in parts[first:]:
                joined = f"{joined}. {part}" if joined else part
                if joined == wanted:
                    return True
                if len(joined) > len(wanted):
                    break
    return False


@dataclass(frozen=True, slots=True)
class _Part:
    coverage: float
    topic: float
    focus: float
    """`coverage` of the claim, and the same in all the evidence and in one clause of it, wrong numbers not counted where it is brief."""
    conflicts: tuple[Conflict, ...]
    missing: tuple[str, ...]


def _judge_all(said: Reading, readings: list[Reading]) -> list[_Part]:
    parts: list[_Part] = []
    before: Clause | None = None
    for clause in said.clauses:
        found = align(clause, readings, before)
        if found is None:
            parts.append(_Part(1.0, 1.0, 1.0, (), ()))
            continue
        parts.append(_judge(clause, said, readings, found))
        before = found.primary
    return parts


def _judge(clause: Clause, said: Reading, readings: list[Reading], found: Alignment) -> _Part:
    near, conflicts = verbatim_conflicts(clause, found)
    if equivalent_exception(clause, found.primary):
        conflicts = [c for c in conflicts if c.what not in ("polarity", "strength")]
    whole = [c for r in readings for c in r.clauses]
    all_terms = tuple(t for c in said.clauses for t in c.known)
    conflicts = [
        *quantity_conflicts(clause, found),
        *name_conflicts(clause, found, whole),
        *force_conflicts(clause, found),
        *direction_conflicts(clause, found),
        *order_conflicts(clause, found),
        *pairing_conflicts(clause, found),
        *([] if near else polarity_conflicts(clause, found)),
        *qualifier_conflicts(clause, found, all_terms),
        *condition_conflicts(clause, found, said.clauses),
        *conflicts,
        *_source_conflicts(said, readings),
    ]
    brief = sum(len(r.clauses) for r in readings) <= BRIEF
    wrong = sum(t.weight for t in found.missing if t.kind == "quantity") if brief else 0.0
    share = 1.0 - wrong / (sum({t.key: t.weight for t in clause.content}.values()) or 1.0)
    topic, focus = (found.coverage / share, found.focus / share) if share > 0 else (1.0, 1.0)
    return _Part(found.coverage, topic, focus, tuple(conflicts), tuple(t.raw for t in found.missing))


def _source_conflicts(said: Reading, readings: list[Reading]) -> list[Conflict]:
    named = frozenset(s for r in readings for s in r.sources)
    wrong = said.sources - named
    if wrong and named and not said.sources & named:
        return [
            Conflict(
                "contradicts",
                "source",
                f"claim names {', '.join(sorted(wrong))}, evidence names {', '.join(sorted(named))}",
            )
        ]
    return []


def _combine(parts: list[_Part]) -> Verdict:
    conflicts = [c for p in parts for c in p.conflicts]
    against = [p for p in parts if any(c.kind == "contradicts" for c in p.conflicts)]
    reasons = tuple(dict.fromkeys(c.reason for c in sorted(conflicts, key=lambda c: c.kind)))
    if against:
        topic, focus = max(p.topic for p in against), max(p.focus for p in against)
        if topic >= TOPIC_AT and focus >= FOCUS_AT:
            return Verdict("contradicted", round(min(0.99, 0.55 + 0.4 * topic), 3), reasons)
        return Verdict("not_enough", round(0.9 - 0.5 * topic, 3), reasons)
    low = min(parts, key=lambda p: p.coverage)
    if conflicts:
        return Verdict("not_enough", 0.75, reasons)
    if low.coverage < SUPPORT_AT:
        return Verdict(
            "not_enough",
            round(min(0.95, 1.0 - low.coverage), 3),
            (f"the evidence does not speak of: {', '.join(low.missing[:6])}",),
        )
    return Verdict(
        "supported", round(min(0.99, 0.5 + 0.5 * low.coverage), 3), ("every part of the claim is in the evidence",)
    )


def check_citation(claim: Claim, corpus: Corpus) -> list[str]:
    """Reasons why a cited claim may not be shown; empty when it may. The attribution in brackets at its end is not judged."""
    if claim.safety_default and not claim.citations:
        return []
    if not claim.citations:
        return ["the claim has no citation"]
    reasons = [r for c in claim.citations for r in _quote_reasons(c.passage_id, c.quote, claim.text, corpus)]
    if reasons:
        return list(dict.fromkeys(reasons))
    text = _ATTRIBUTION.sub("", _MARKS.sub("", claim.text)).strip()
    quotes = [c.quote for c in claim.citations]
    return _against(text, quotes, [corpus.passages[c.passage_id].text for c in claim.citations])


def verify_agreements(corpus: Corpus) -> dict[str, list[str]]:
    """Agreements that their quotations do not carry, with the reasons; the build refuses them."""
    failed: dict[str, list[str]] = {}
    for key, agreement in sorted(corpus.agreements.items()):
        pairs = [(s.passage_id, s.quote) for s in agreement.supports]
        reasons = [r for passage_id, quote in pairs for r in _quote_reasons(passage_id, quote, agreement.text, corpus)]
        if not reasons:
            reasons = _against(agreement.text, [q for _, q in pairs], [corpus.passages[p].text for p, _ in pairs])
        if reasons:
            failed[key] = list(dict.fromkeys(reasons))
    return failed


def verified_drafts(
    drafts: Iterable[DraftT], corpus: Corpus, allowed_ids: Collection[str]
) -> tuple[list[DraftT], list[tuple[DraftT, list[str]]]]:
    """Split a model's drafts into those that verify and those that do not, the latter with reasons. Order is kept."""
    kept: list[DraftT] = []
    dropped: list[tuple[DraftT, list[str]]] = []
    for draft in drafts:
        reasons = _draft_reasons(draft, corpus, allowed_ids)
        if reasons:
            dropped.append((draft, reasons))
        else:
            kept.append(draft)
    return kept, dropped


def _draft_reasons(draft: DraftLike, corpus: Corpus, allowed_ids: Collection[str]) -> list[str]:
    if draft.passage_id not in allowed_ids:
        return [f"passage {draft.passage_id!r} was not given to the model"]
    if not draft.text.strip() or not draft.quote.strip():
        return ["the statement or its quotation is empty"]
    if len(draft.text) > MAX_CLAIM:
        return ["the statement is too long to be one claim"]
    reasons = _quote_reasons(draft.passage_id, draft.quote, draft.text, corpus)
    return reasons or _against(draft.text, [draft.quote], [corpus.passages[draft.passage_id].text])


def _quote_reasons(passage_id: str, quote: str, text: str, corpus: Corpus) -> list[str]:
    passage = corpus.passages.get(passage_id)
    if passage is None:
        return [f"no passage {passage_id!r} in the corpus"]
    if not quote.strip() or quote not in passage.text:
        return [f"the quotation is not in passage {passage_id}, letter for letter"]
    gone = next(
        (s for s in (passage.status, corpus.guideline_of(passage).status) if s in ("withdrawn", "superseded")), None
    )
    if gone and not _SAYS_GONE.search(text):
        return [f"passage {passage_id} is {gone} and the claim does not say so"]
    return []


def _against(text: str, quotes: list[str], passages: list[str]) -> list[str]:
    """The quotations must carry the claim, and what the passages add in the same sentence must not limit it."""
    verdict = verify_claim(text, quotes)
    if verdict.label != "supported":
        return [f"{verdict.label.replace('_', ' ')}: {reason}" for reason in verdict.reasons]
    wider = [_whole_sentences(quote, passage) for quote, passage in zip(quotes, passages, strict=True)]
    if wider == quotes:
        return []
    said, readings = read(text), [read(w) for w in wider]
    conflicts = [c for part in _judge_all(said, readings) for c in part.conflicts]
    return list(
        dict.fromkeys(f"the quotation cuts off: {c.reason}" for c in conflicts if c.what in ("condition", "population"))
    )


def _whole_sentences(quote: str, passage: str) -> str:
    """The sentences of the passage in which the quotation stands, and one more where that begins with an exception."""
    start = passage.index(quote)
    end = start + len(quote)
    spans: list[tuple[int, int]] = []
    at = 0
    for sentence in sentences(passage):
        begin = passage.index(sentence, at)
        at = begin + len(sentence)
        spans.append((begin, at))
    touched = [i for i, (a, b) in enumerate(spans) if a < end and start < b]
    if not touched:
        return quote
    last = touched[-1]
    if last + 1 < len(spans) and _EXCEPTION.match(passage[spans[last + 1][0] :]):
        last += 1
    return passage[spans[touched[0]][0] : spans[last][1]]
