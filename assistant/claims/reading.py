"""A text as clauses of terms: what is named, how much, how strongly, and what is denied.

Reads one text at a time and judges nothing: the terms are found by `terms.py`, a claim is compared by `compare.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from assistant.claims.force import Force, negated_spans, read_force
from assistant.claims.sentences import clauses_of, sentences
from assistant.claims.terms import Term, terms_of, with_comparator
from assistant.quantities import Quantity, find_quantities

_TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_OPTIONAL = re.compile(
    r"(?:with or without|whether or not|with and without|regardless of|irrespective of|whether|alone or (?:together )?(?:with|in combination))\b[^,;.]{0,60}|\bor not\b",
    re.IGNORECASE,
)
_PLAIN = str.maketrans("\u00a0\u202f\u2009\u2010\u2011\u2012\u2212\u2018\u2019\u201c\u201d", "   ----''\"\"")
_SEGMENT = re.compile(
    r",(?!\d)\s*|[()]\s*|:\s+|\s(?:and|or|but|nor)\s(?=(?:in|with|for|on|at|during|after|it|exercise alone)\s)|\snor\s"
)
_ASIDE = re.compile(
    r"\([^)]*\)|\b(?:such as|including)\s[^,;]*|\b(?:for example|for instance|e\.g\.)\s[^;):]*|,?\s(?:because|since|owing to|due to|as (?=\w+ (?:is|are|was|were|has|have)\b))[^;]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch between semicolons, full stops or "but": its terms, quantities and force."""

    text: str
    sentence: int
    terms: tuple[Term, ...]
    quantities: tuple[Quantity, ...]
    force: Force
    heading: tuple[Term, ...] = ()
    """Terms of a heading before the first colon of the text ("Chronic LBP: ..."), which hold for every clause."""
    carried: tuple[Term, ...] = ()
    """Terms of the first clause of the sentence that this one leaves unsaid."""
    measures: tuple[tuple[int, int], ...] = ()
    """Quantities with the words that compare ("no more than 2 weeks")."""

    @property
    def known(self) -> tuple[Term, ...]:
        return (*self.terms, *self.heading, *self.carried)

    @property
    def segments(self) -> tuple[tuple[int, int], ...]:
        """Stretches between commas and brackets."""
        edges = [0, *[m.end() for m in _SEGMENT.finditer(self.text)], len(self.text)]
        return tuple((a, b) for a, b in zip(edges, edges[1:], strict=False) if b > a)

    @property
    def content(self) -> tuple[Term, ...]:
        return tuple(t for t in self.terms if t.kind != "source")

    @property
    def weight(self) -> float:
        return sum(t.weight for t in self.content)


@dataclass(frozen=True, slots=True)
class Reading:
    text: str
    clauses: tuple[Clause, ...]
    sources: frozenset[str] = field(default_factory=frozenset)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(t.key for c in self.clauses for t in c.known)


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """Read a claim or a piece of evidence."""
    text = text.translate(_PLAIN).replace("disk", "disc")
    clauses: list[Clause] = []
    heading: tuple[Term, ...] = ()
    for number, sentence in enumerate(sentences(text)):
        subject: tuple[Term, ...] = ()
        for part in clauses_of(sentence):
            clause = _clause(part, number)
            if clauses:
                clause = replace(clause, heading=heading, carried=_carried(subject, clause, heading))
            else:
                heading = _heading(part, clause)
            subject = subject or tuple(
                t for t in clause.terms if t.kind in ("drug", "treatment", "formulation", "condition")
            )
            if clause.content or clause.quantities:
                clauses.append(clause)
    return Reading(text, tuple(clauses), frozenset(t.key for c in clauses for t in c.terms if t.kind == "source"))


def _carried(subject: tuple[Term, ...], clause: Clause, heading: tuple[Term, ...]) -> tuple[Term, ...]:
    """What a later clause of a sentence leaves unsaid: "...; in severe impairment it is not recommended"."""
    kinds = {t.kind for t in clause.terms}
    known = {t.key for t in (*clause.terms, *heading)}
    named = bool(kinds & {"drug", "treatment"})
    return tuple(
        t for t in subject if t.key not in known and not (named and t.kind != "condition") and not (t.kind == "condition" and "condition" in kinds)
    )  # fmt: skip


def _heading(part: str, clause: Clause) -> tuple[Term, ...]:
    colon = part.find(":")
    if 0 < colon <= 70:
        return tuple(
            t
            for t in clause.terms
            if t.end <= colon and t.kind in ("phase", "condition", "agegroup", "setting", "leg", "drug")
        )
    words = _TOKEN.findall(part)
    if len(words) <= 4 and not clause.force.levels:
        return tuple(t for t in clause.terms if t.kind in ("phase", "condition", "agegroup", "setting", "leg", "drug"))
    return ()


def _clause(text: str, sentence: int) -> Clause:
    force = read_force(text)
    quantities = tuple(
        q for q in find_quantities(text) if not (q.kind == "year" and _SOURCE_YEAR.search(text[: q.start]))
    )
    negated = negated_spans(text, force)
    optional = [m.span() for m in _OPTIONAL.finditer(text)]
    aside = [m.span() for m in _ASIDE.finditer(text)]
    terms = [
        _settle(replace(
            term,
            negated=any(a <= term.start < b and (a < term.start or term.raw.lower() in _NEGATIVE_WORDS) for a, b in negated),
            optional=_within(term, optional), aside=_within(term, aside),
        ))
        for term in terms_of(text, quantities, force)
    ]  # fmt: skip
    measures = tuple(with_comparator(text, q) for q in quantities)
    return Clause(text, sentence, tuple(terms), quantities, force, measures=measures)


_SOURCE_YEAR = re.compile(
    r"(?:[A-Z]{2,}[\w/]*|Beers(?: Criteria)?|Wisely|PRECISE|the|In|in|Cochrane|Practice|update|version \d\.\d,|\w+ et al\.?,?)\s\(?$"
)
_NEGATIVE_WORDS = frozenset({"ineffective"})


def _within(term: Term, spans: list[tuple[int, int]]) -> bool:
    return any(a <= term.start < b for a, b in spans)


def _settle(term: Term) -> Term:
    """ "ineffective" is "not effective", "no difference" is "the same"."""
    if term.key == "ineffective":
        return replace(term, key="effective", negated=True)
    if term.key == "different" and term.negated:
        return replace(term, key="same", negated=False)
    return term
