"""A text as clauses of terms: what is named, how much, how strongly, and what is denied.

Reads one text at a time and judges nothing; comparing a claim with its evidence is `compare.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from assistant.claims.force import Force, negated_spans, read_force
from assistant.claims.wording import MAX_WORDS, load_wording, stem
from assistant.quantities import Quantity, find_quantities
from assistant.quantity_forms import BEFORE
from corpus.words import fold

STOP = frozenset(
    "a an the of to is are be been being was were it its this that these those there their they he she his her him we our i you your for in on by at as into onto "
    "from with and or nor but so than then thus also too very such both each any own same other others another which who whom whose what when where while how why "
    "do does did done doing has have had having will would shall can could may might must should not no if per via about just only up out off over under again here hence "
    "yet still rather quite whereas while well however therefore whether either neither upon within without between among through unless until except although though because since "
    "one ones thing things way ways case cases matter s t e g i.e eg ie etc vs".split()
)  # fmt: skip
LIGHT = frozenset(
    "patient treatment use give evidence trial show guideline option choose need want clinician tell approach effect associate cause level finding include-word per-day offer consider recommend "
    "compare combine because mainly result reach duration low-back-pain mean".split()
)
STRICT_KINDS = frozenset({"drug", "treatment", "test", "condition"})
QUALIFIERS = frozenset({"phase", "leg", "region", "agegroup", "setting", "route", "formulation", "scope", "severity"})
_WEIGHTS = {"drug": 2.5, "treatment": 2.0, "test": 2.0, "condition": 1.6, "quantity": 2.0, "outcome": 1.2, "direction": 1.0, "degree": 0.8, "name": 1.6}
_NOT_DRUGS = frozenset({"topical", "herbal", "analgesic", "alcohol", "antibiotic"})
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)\]]*\s+(?=[\"'\u201c(\[]?[A-Z0-9])|\n+")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|vs|approx|Dr|et al|Fig|No|cf|etc|max|min|ca|St|[A-Z])\.)\s*$")
_CLAUSE = re.compile(r";\s*|,?\s+(?=(?:but(?! (?:only|solely|not|as|with|without|for|in|if|when|never|then)\b)|whereas|although|though|however)\b)|,\s+(?=(?:while|yet|and (?:do not|does not|did not|should|must|may|is not|are not|avoid|never|consider))\b)|\.\s+")
_OPTIONAL = re.compile(r"(?:with or without|whether or not|with and without|regardless of|irrespective of|whether|alone or (?:together )?(?:with|in combination))\b[^,;.]{0,60}|\bor not\b", re.IGNORECASE)
_PLAIN = str.maketrans("\u00a0\u202f\u2009\u2010\u2011\u2012\u2212\u2018\u2019\u201c\u201d", "   ----''\"\"")
_SEGMENT = re.compile(r",(?!\d)\s*|[()]\s*|:\s+|\s(?:and|or|but|nor)\s(?=(?:in|with|for|on|at|during|after|it|exercise alone)\s)|\snor\s")
_ASIDE = re.compile(r"\([^)]*\)|\b(?:such as|including)\s[^,;]*|\b(?:for example|for instance|e\.g\.)\s[^;):]*|,?\s(?:because|since|owing to|due to|as (?=\w+ (?:is|are|was|were|has|have)\b))[^;]*", re.IGNORECASE)
_OP_WORDS = re.compile(r"\s?(?:or|and)\s(?:more|over|above|older|longer|later|greater|upwards?|less|fewer|below|under|younger|shorter|earlier|higher|lower)\b|\s?\+", re.IGNORECASE)
_MEASURE = re.compile(r"GFR|CrCl|clearance|CRP|ESR|BMI|temperature|dose", re.IGNORECASE)
_NAME = re.compile(r"[A-Z][A-Z0-9]{1,}s?$|.*[a-z][A-Z].*|.*\d.*[A-Za-z]|[A-Za-z]+\d")


@dataclass(frozen=True, slots=True)
class Term:
    """One notion in a text: canonical `key`, its `kind`, and where it stands (offsets into the clause's text)."""

    key: str
    kind: str
    start: int
    end: int
    raw: str
    negated: bool = False
    optional: bool = False
    aside: bool = False
    """In brackets, or in a reason ("because ..."): said, but not a limit of the recommendation."""

    @property
    def weight(self) -> float:
        return 0.25 if self.key in LIGHT else _WEIGHTS.get(self.kind, 1.0)


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
        for part in _parts(sentence):
            clause = _clause(part, number)
            if clauses:
                clause = replace(clause, heading=heading, carried=_carried(subject, clause, heading))
            else:
                heading = _heading(part, clause)
            subject = subject or tuple(t for t in clause.terms if t.kind in ("drug", "treatment", "formulation", "condition"))
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


def sentences(text: str) -> list[str]:
    """Sentences of a text, abbreviations and decimals kept whole."""
    found: list[str] = []
    start = 0
    for match in _SENTENCE.finditer(text):
        if _ABBREVIATION.search(text[start : match.start()]):
            continue
        found.append(text[start : match.start()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return [s for s in found if s]


def _parts(sentence: str) -> list[str]:
    parts: list[str] = []
    for piece in _CLAUSE.split(sentence):
        if piece and piece.strip():
            if parts and len(_TOKEN.findall(piece)) < 3:
                parts[-1] = f"{parts[-1]}; {piece.strip()}"
            else:
                parts.append(piece.strip())
    return parts


def _heading(part: str, clause: Clause) -> tuple[Term, ...]:
    colon = part.find(":")
    if 0 < colon <= 70:
        return tuple(t for t in clause.terms if t.end <= colon and t.kind in ("phase", "condition", "agegroup", "setting", "leg", "drug"))
    words = _TOKEN.findall(part)
    if len(words) <= 4 and not clause.force.levels:
        return tuple(t for t in clause.terms if t.kind in ("phase", "condition", "agegroup", "setting", "leg", "drug"))
    return ()


def _clause(text: str, sentence: int) -> Clause:
    force = read_force(text)
    quantities = tuple(q for q in find_quantities(text) if not (q.kind == "year" and _SOURCE_YEAR.search(text[: q.start])))
    negated = negated_spans(text, force)
    optional = [m.span() for m in _OPTIONAL.finditer(text)]
    aside = [m.span() for m in _ASIDE.finditer(text)]
    terms = [
        _settle(replace(
            term,
            negated=any(a <= term.start < b and (a < term.start or term.raw.lower() in _NEGATIVE_WORDS) for a, b in negated),
            optional=_within(term, optional), aside=_within(term, aside),
        ))
        for term in _terms(text, quantities, force)
    ]  # fmt: skip
    measures = tuple(_with_comparator(text, q) for q in quantities)
    return Clause(text, sentence, tuple(terms), quantities, force, measures=measures)


_SOURCE_YEAR = re.compile(r"(?:[A-Z]{2,}[\w/]*|Beers(?: Criteria)?|Wisely|PRECISE|the|In|in|Cochrane|Practice|update|version \d\.\d,|\w+ et al\.?,?)\s\(?$")
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


def _terms(text: str, quantities: tuple[Quantity, ...], force: Force) -> list[Term]:
    found: list[Term] = []
    taken = bytearray(len(text) + 1)
    for q in quantities:
        if q.kind != "prn":
            found.append(Term(f"q:{q.kind}:{q.low:g}-{q.high:g}", "quantity", q.start, q.end, q.text))
        start, end = _with_comparator(text, q)
        taken[start:end] = b"\x01" * (end - start)
    for start, end, concept in _drugs(text):
        if not any(taken[start:end]) or (start and text[start - 1] == "/"):
            found.append(Term(concept, "drug", start, end, text[start:end]))
            inner = [t for t in _notions(text, start, end) if t.kind in ("route", "formulation", "scope")]
            found.extend(inner)
            taken[start:end] = b"\x01" * (end - start)
    words = [(m.start(), m.end()) for m in _TOKEN.finditer(text)]
    for term in _walk(text, words, taken, force):
        found.append(term)
    found.sort(key=lambda t: (t.start, t.end, t.key))
    return found


def _with_comparator(text: str, quantity: Quantity) -> tuple[int, int]:
    start, end = quantity.start, quantity.end
    if quantity.op:
        after = _OP_WORDS.match(text, end)
        if after:
            return start, after.end()
        for op, pattern in BEFORE:
            before = pattern.search(text[:start]) if op == quantity.op else None
            if before and not before.group().lower().startswith(("limit", "cap")) and not _MEASURE.search(before.group()):
                return before.start(), end
    return start, end


def _walk(text: str, words: list[tuple[int, int]], taken: bytearray, force: Force) -> list[Term]:
    found: list[Term] = []
    at = 0
    while at < len(words):
        start, end = words[at]
        if taken[start]:
            at += 1
            continue
        notion, used = _longest(text, words, at, taken)
        if notion is not None:
            span = (start, words[at + used - 1][1])
            in_force = any(a <= span[0] and span[1] <= b for a, b in force.spans)
            if not (in_force and notion[1] == "plain"):
                kind = "source" if notion[1] == "sources" else notion[1]
                found.append(Term(notion[0], kind, span[0], span[1], text[span[0] : span[1]]))
            at += used
            continue
        raw = text[start:end]
        at += 1
        if raw.lower() in STOP or (len(raw) == 1 and not raw.isdigit()) or any(a <= start and end <= b for a, b in force.spans):
            continue
        kind = "name" if _NAME.match(raw) and not raw.isdigit() else "other"
        found.append(Term(stem(raw), kind, start, end, raw))
    return found


def _longest(text: str, words: list[tuple[int, int]], at: int, taken: bytearray) -> tuple[tuple[str, str] | None, int]:
    wording = load_wording()
    best: tuple[tuple[str, str] | None, int] = (None, 1)
    key: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    for used in range(1, MAX_WORDS + 1):
        if at + used > len(words):
            break
        start, end = words[at + used - 1]
        if taken[start] or (used > 1 and re.search(r"[^\s\-\u2010-\u2015/&']", text[words[at + used - 2][1] : start])):
            break
        key, folded = (*key, stem(text[start:end])), (*folded, fold(text[start:end]))
        notion = wording.find(folded, key)
        if notion is not None and not (used == 1 and text[start:end].lower() in STOP and notion[1] in ("plain", "degree")):
            best = (notion, used)
    return best


def _notions(text: str, start: int, end: int) -> list[Term]:
    words = [(m.start(), m.end()) for m in _TOKEN.finditer(text, start, end)]
    return _walk(text, words, bytearray(len(text) + 1), Force(frozenset(), (), False, False, False))


@lru_cache(maxsize=1)
def _lexicon():  # type: ignore[no-untyped-def]
    from corpus.lexicon import load_lexicon

    return load_lexicon()


def _drugs(text: str) -> list[tuple[int, int, str]]:
    lexicon = _lexicon()
    found: list[tuple[int, int, str]] = []
    for mention in lexicon.find(text):
        concept = lexicon.concepts[mention.concept]
        if concept.kind in ("drug", "class") and concept.id not in _NOT_DRUGS:
            found.append((mention.start, mention.end, "steroid" if concept.id == "systemic-steroid" else concept.id))
            slash = text.find("/", mention.start, mention.end)
            if slash > 0:  # "oxycodone/acetaminophen" names two drugs
                found.extend((slash + 1 + a, slash + 1 + b, c) for a, b, c in _drugs(text[slash + 1 : mention.end]) if c != concept.id)
    return found


def is_a(concept: str, parent: str) -> bool:
    """Whether a drug (or class) of the lexicon is below another."""
    return bool(_lexicon().is_a(concept, parent))
