"""Conditions and exceptions: "only if", "unless", "except", "when", "as part of", "no more than".

A claim must keep those of the evidence clause it repeats; dropping one widens a recommendation.
"""

from __future__ import annotations

import re

from assistant.claims.align import Alignment, covers
from assistant.claims.conflict import Conflict
from assistant.claims.limits import is_binding, taken_up
from assistant.claims.reading import Clause
from assistant.claims.terms import Term

_ONLY_WORD = r"only(?! (?:as much|drug|benefit|\d|reduced|small|slight|modest|one|the|conventional|very|a proportion|medicine|treatment|class))"
_EXCLUSIVE = re.compile(
    rf"\b(?:{_ONLY_WORD}|solely|purely|exclusively|unless|except(?:ion|ing|ions)?|other than|until|provided(?: that)?|as long as|apart from|excluding"
    r"|reserve[sd]?|restrict(?:s|ed)?|confined? to|outside (?:a|an|of|the)\b(?! specialist)|(?:should|do|must|can) not (?:\w+ ){0,9}?(?<!with or )(?<!with and )(?:without|before)|no \w+ without|just (?:when|if|for)|on condition|limit(?:s|ed)? (?:\w+ )?to (?=those|people|patients|cases)|nothing but)\b",
    re.IGNORECASE,
)  # fmt: skip
_WHEN = re.compile(r"\b(?:(?:if|when|whenever|where)(?! (?:possible|available|appropriate|needed|necessary|required|used|they are|it is possible|wanted)\b)|once(?! (?:daily|a|per|weekly|or|and|every|plus|in)\b)|in case|in (?:those|people|patients|someone|anyone|adults|women|men) (?:who|with|whose|at|on|aged)|for (?:those|people|patients|someone|anyone) (?:who|with|whose|on)|whose|with exactly)\b", re.IGNORECASE)  # fmt: skip
_WITH = re.compile(
    r"\b(?:together with|as (?:one )?part of|within (?:a|the) (?:\w+ )?(?:package|programme|program)|in addition to|as an? add-?on to|alongside|in combination with|combined with|plus|not alone|add-on)\b",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^\W*(?:in|for|with|at|during|among|from|outside|over|under|below|above|after|before|following|once|where)\b[^,;:]{3,120}[,:]",
    re.IGNORECASE,
)
_INDICATION = re.compile(
    r"\b(?:in|with|during|for|of|by)\s+(?:(?:an?|the|any|every|each|known|suspected|current|past|previous|acute|chronic|severe|mild|moderate|significantly|impaired|advanced)\s+|\w+\s+or\s+){0,4}$",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"\b(?:no more than|not (?:more than|above|exceed(?:ing)?)|never (?:more than|exceeds?|above)|at most|maximum|max|ceiling|for up to|limited to|no longer than|not to exceed|for no more than|limit)\b",
    re.IGNORECASE,
)
_STOPS = re.compile(r"[;:]|,\s(?=(?:and|but|or)?\s?(?:do|use|consider|then|it|this|they|the)\b)")
_SHARE = 0.4
"""Of a condition's weight that a claim must repeat. Less than half, because conditions are often lists of alternatives."""


_UNLESS = re.compile(
    r"\b(?:unless|except\w*|until|other than|apart from|outside (?:a|an|of)|without|before)\b", re.IGNORECASE
)
_ONLY = re.compile(r"\b(?:only|solely|reserve[sd]?|restrict\w*|limit\w*|provided|as long as|just)\b", re.IGNORECASE)


def restricts(text: str) -> str:
    """ "only" or "unless", the two ways of limiting a statement; "" for neither."""
    return "only" if _ONLY.search(text) else "unless" if _UNLESS.search(text) else ""


def has_exclusive(text: str) -> bool:
    """Whether a text limits what it says ("only", "unless", "reserve for" ...)."""
    return _EXCLUSIVE.search(text) is not None


def condition_conflicts(claim: Clause, found: Alignment, all_claim: tuple[Clause, ...]) -> list[Conflict]:
    """Conditions of the evidence that the claim drops, and exclusiveness that it adds."""
    primary = found.primary
    out: list[Conflict] = []
    said = " ".join(c.text for c in all_claim)
    if is_binding(found):
        out.extend(_exclusive_dropped(said, all_claim, found))
        if primary.force.levels or found.reverse >= 0.6:
            out.extend(_dropped(_WHEN, all_claim, primary))
            out.extend(_dropped(_WITH, all_claim, primary))
            out.extend(_leading_dropped(all_claim, primary))
            out.extend(_indication_dropped(all_claim, found))
        out.extend(_limit_dropped(claim, all_claim, primary))
    if _ADDED.search(claim.text) and not any(has_exclusive(c.text) for c in found.support) and found.coverage > 0.5:
        if not _ONLY_SOFT.search(claim.text) and not _LIMIT.search(" ".join(c.text for c in found.support)):
            out.append(Conflict("missing", "condition", "claim adds a restriction that the evidence does not state"))
    return out


_ADDED = re.compile(
    rf"\b(?:{_ONLY_WORD}|solely|exclusively|unless|except(?: for| when| if| in)?|until)\b", re.IGNORECASE
)
_ONLY_SOFT = re.compile(r"\bonly (?:as|within|while)\b(?=.*\bpart of\b)", re.IGNORECASE)


def _exclusive_dropped(said: str, claim: tuple[Clause, ...], found: Alignment) -> list[Conflict]:
    out: list[Conflict] = []
    for clause in _same_sentence(found):
        for match in _EXCLUSIVE.finditer(clause.text):
            terms = _phrase(clause, match.start(), match.end())
            if clause is not found.primary and not _linked(clause, match):
                continue
            if _elsewhere(clause, match.start(), claim):
                continue
            phrase = _words(clause.text, match.start())
            if not has_exclusive(said) and not (_WITH.search(said) and _WITH.search(clause.text)):
                out.append(Conflict("missing", "condition", f"claim leaves out the condition \u201c{phrase}\u201d"))
            elif terms and _share(terms, claim, clause) < _SHARE:
                out.append(Conflict("missing", "condition", f"claim changes the condition \u201c{phrase}\u201d"))
    return out[:1]


def _same_sentence(found: Alignment) -> list[Clause]:
    return [found.primary, *[c for c in found.support[1:] if c.sentence == found.primary.sentence]]


def _linked(clause: Clause, match: re.Match[str]) -> bool:
    return match.start() < 25


def _dropped(pattern: re.Pattern[str], claim: tuple[Clause, ...], primary: Clause) -> list[Conflict]:
    for match in pattern.finditer(primary.text):
        terms = _phrase(primary, match.start(), match.end())
        if _elsewhere(primary, match.start(), claim):
            continue
        if terms and _share(terms, claim, primary) < _SHARE:
            return [
                Conflict("missing", "condition", f"claim leaves out \u201c{_words(primary.text, match.start())}\u201d")
            ]
    return []


def _elsewhere(clause: Clause, position: int, claim: tuple[Clause, ...]) -> bool:
    """Whether the condition belongs to a part of the clause that the claim does not take up."""
    segment = next(((a, b) for a, b in clause.segments if a <= position < b), (0, 0))
    before = [t for t in clause.terms if segment[0] <= t.start < position and t.key != "low-back-pain"]
    named = [t for t in before if t.kind in ("drug", "treatment", "test", "condition")] or [
        t for t in before if t.weight >= 0.8
    ]
    return bool(named) and not any(covers(t, clause, c) for t in named for c in claim)


def _leading_dropped(claim: tuple[Clause, ...], primary: Clause) -> list[Conflict]:
    match = _LEADING.match(primary.text)
    if match is None:
        return []
    terms = [t for t in primary.terms if t.end <= match.end() and not t.optional]
    if terms and sum(t.weight for t in terms) >= 1.0 and _share(terms, claim, primary) < _SHARE:
        return [Conflict("missing", "condition", f"claim leaves out \u201c{match.group().strip(' ,:')}\u201d")]
    return []


def _indication_dropped(claim: tuple[Clause, ...], found: Alignment) -> list[Conflict]:
    """ "... in cirrhosis", "... with heart failure": at least one such condition must stay."""
    primary = found.primary
    have = {t.key for c in claim for t in c.known}
    stretches = [t for ts in taken_up(found, have) for t in ts]
    bound = [
        t
        for t in stretches
        if t.kind == "condition"
        and not t.optional
        and not t.aside
        and t.key != "low-back-pain"
        and _INDICATION.search(primary.text[: t.start])
    ]
    if bound and primary.force.levels and not any(covers(t, primary, c) for t in bound for c in claim):
        return [Conflict("missing", "condition", f"claim leaves out {bound[0].raw}")]
    return []


def _limit_dropped(claim: Clause, all_claim: tuple[Clause, ...], primary: Clause) -> list[Conflict]:
    """A dose without the limit that stands in the same clause."""
    if not any(q.kind in ("dose", "frequency") for q in claim.quantities):
        return []
    for match in _LIMIT.finditer(primary.text):
        following = next((t for t in primary.terms if t.kind == "quantity" and 0 <= t.start - match.end() <= 12), None)
        if following is not None and not any(covers(following, primary, c) for c in all_claim):
            return [
                Conflict(
                    "missing",
                    "condition",
                    f"claim leaves out the limit \u201c{_words(primary.text, match.start())}\u201d",
                )
            ]
    return []


def _phrase(clause: Clause, start: int, after: int) -> list[Term]:
    stop = _STOPS.search(clause.text, after)
    if start < 3:
        comma = clause.text.find(",", after)
        end = comma if comma > 0 else len(clause.text)
    else:
        end = stop.start() if stop else len(clause.text)
    return [t for t in clause.terms if after <= t.start < end and not t.optional and not t.aside and t.kind != "source"]


def _share(terms: list[Term], claim: tuple[Clause, ...], clause: Clause) -> float:
    total = sum(t.weight for t in terms)
    have = sum(t.weight for t in terms if any(covers(t, clause, c) for c in claim))
    return have / total if total else 1.0


def _words(text: str, start: int) -> str:
    words = text[start:].split()
    return " ".join(words[:9]).strip(" ,;.") + (" \u2026" if len(words) > 9 else "")
