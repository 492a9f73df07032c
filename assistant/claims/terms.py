"""The terms of a clause: drugs, treatments, tests, conditions, quantities, directions, and the rest by their stems.

What a clause is, and what in it is denied or optional, is `reading.py`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.claims.force import Force
from assistant.claims.wording import MAX_WORDS, load_wording, stem
from assistant.quantities import Quantity
from assistant.quantity_forms import BEFORE
from corpus.lexicon import Lexicon, load_lexicon
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
_WEIGHTS = {
    "drug": 2.5,
    "treatment": 2.0,
    "test": 2.0,
    "condition": 1.6,
    "quantity": 2.0,
    "outcome": 1.2,
    "direction": 1.0,
    "degree": 0.8,
    "name": 1.6,
}
_NOT_DRUGS = frozenset({"topical", "herbal", "analgesic", "alcohol", "antibiotic"})
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_OP_WORDS = re.compile(
    r"\s?(?:or|and)\s(?:more|over|above|older|longer|later|greater|upwards?|less|fewer|below|under|younger|shorter|earlier|higher|lower)\b|\s?\+",
    re.IGNORECASE,
)
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


def terms_of(text: str, quantities: tuple[Quantity, ...], force: Force) -> list[Term]:
    """Terms of a clause in order: its quantities, drugs (by the lexicon), notions (by the wording), and all other content."""
    found: list[Term] = []
    taken = bytearray(len(text) + 1)
    for q in quantities:
        if q.kind != "prn":
            found.append(Term(f"q:{q.kind}:{q.low:g}-{q.high:g}", "quantity", q.start, q.end, q.text))
        start, end = with_comparator(text, q)
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


def with_comparator(text: str, quantity: Quantity) -> tuple[int, int]:
    """Span of a quantity and the words that compare it ("no more than 2 weeks")."""
    start, end = quantity.start, quantity.end
    if quantity.op:
        after = _OP_WORDS.match(text, end)
        if after:
            return start, after.end()
        for op, pattern in BEFORE:
            before = pattern.search(text[:start]) if op == quantity.op else None
            if (
                before
                and not before.group().lower().startswith(("limit", "cap"))
                and not _MEASURE.search(before.group())
            ):
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
        if (
            raw.lower() in STOP
            or (len(raw) == 1 and not raw.isdigit())
            or any(a <= start and end <= b for a, b in force.spans)
        ):
            continue
        kind = "name" if len(raw) <= 40 and not raw.isdigit() and _NAME.match(raw) else "other"
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
        if notion is not None and not (
            used == 1 and text[start:end].lower() in STOP and notion[1] in ("plain", "degree")
        ):
            best = (notion, used)
    return best


def _notions(text: str, start: int, end: int) -> list[Term]:
    words = [(m.start(), m.end()) for m in _TOKEN.finditer(text, start, end)]
    return _walk(text, words, bytearray(len(text) + 1), Force(frozenset(), (), False, False, False))


@lru_cache(maxsize=1)
def _lexicon() -> Lexicon:
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
                found.extend(
                    (slash + 1 + a, slash + 1 + b, c)
                    for a, b, c in _drugs(text[slash + 1 : mention.end])
                    if c != concept.id
                )
    return found


def is_a(concept: str, parent: str) -> bool:
    """Whether a drug (or class) of the lexicon is below another."""
    return bool(_lexicon().is_a(concept, parent))
