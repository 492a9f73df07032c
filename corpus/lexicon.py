"""The lexicon: concepts of the field, and where a text names them, with exact offsets.

It knows words, not meaning: whether a mention is denied, historical or hypothetical is the guardrails' to say
(`assistant/guardrails/assertion.py`), and what follows from it is the rules'. The words are data, in `lexicon.yaml`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from corpus import cache
from corpus.model import Model
from corpus.quick_yaml import parse
from corpus.words import Token, key_of, keys_of, plurals, tokens

Kind = Literal[
    "drug", "class", "procedure", "imaging", "test", "finding", "sign", "condition", "tool", "guideline", "role",
    "care", "region", "population", "duration",
]  # fmt: skip

CONTEXT_WINDOW = 15
"""Tokens to either side in which a context word resolves an ambiguous form."""
FUZZY_MIN_LETTERS = 6
FUZZY_NAME_LETTERS = 7
"""Shorter drug names are too close to ordinary words to be guessed at."""
FUZZY_MIN_SCORE = 88.0


class LexiconError(ValueError):
    """The lexicon file cannot be used; the message names the concept and what to do."""


class Concept(Model):
    """One notion with the words for it.

    `forms` are matched anywhere, `capitals` only when written so (NICE, WHO); `ambiguous` forms only beside one of the
    `context` words, and in capitals if they have two letters; near one of the `unless` words neither counts. `body` is
    "other" for regions and diseases outside low back pain: the scope check reads it.
    """

    id: str
    kind: Kind
    label: str
    topics: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    body: Literal["lbp", "other"] = "lbp"


@dataclass(frozen=True, slots=True)
class Mention:
    """`text[start:end]` names `concept`, by the lexicon's `form`; `exact` is false for a misspelling."""

    start: int
    end: int
    concept: str
    form: str
    exact: bool = True


class _Entry(NamedTuple):
    concept: str
    form: str
    split: tuple[int, ...]
    mode: Literal["plain", "capitals", "ambiguous"]


class Lexicon:
    """Concepts by id, and look-up of their forms in a text."""

    def __init__(self, concepts: tuple[Concept, ...], not_misspellings: tuple[str, ...] = ()) -> None:
        self.concepts: dict[str, Concept] = {}
        for concept in concepts:
            if concept.id in self.concepts:
                raise LexiconError(f"concept {concept.id} occurs twice: merge the two or rename one")
            self.concepts[concept.id] = concept
        self._entries: dict[str, list[_Entry]] = {}
        self._known: set[str] = {key for word in not_misspellings for key in keys_of(word)}
        self._context = {c.id: frozenset(key_of(word) for word in c.context) for c in concepts}
        self._unless = {c.id: frozenset(key_of(word) for word in c.unless) for c in concepts}
        self._ancestors: dict[str, frozenset[str]] = {}
        for concept in concepts:
            self._add(concept)
        self._sorted = sorted(self._entries)
        self._check()
        self._drug_names = self._fuzzy_names()
        self._fuzzy_seen: dict[str, tuple[str, str] | None] = {}

    def find(self, text: str) -> list[Mention]:
        """Mentions in reading order, not overlapping, the longest form first at each place. Offsets are code points."""
        found: list[Mention] = []
        words = tokens(text)
        at = 0
        while at < len(words):
            mention, used = self._longest(text, words, at)
            if mention is None:
                mention = self._misspelt(words[at])
            if mention is not None:
                found.append(mention)
            at += max(used, 1)
        return found

    def expand(self, concept_id: str) -> tuple[str, ...]:
        """Search words for a concept: its label, its first synonyms, and the labels of its parents."""
        concept = self.concepts[concept_id]
        words = (concept.label, *concept.forms[:4], *(self.concepts[p].label for p in concept.parents))
        return tuple(dict.fromkeys(words))

    def is_a(self, concept: str, parent: str) -> bool:
        """Whether `concept` is `parent`, or stands somewhere below it."""
        return concept == parent or parent in self.ancestors(concept)

    def ancestors(self, concept: str) -> frozenset[str]:
        """All concepts above this one; empty for an unknown id."""
        if concept not in self._ancestors:
            above: set[str] = set()
            todo = list(self.concepts[concept].parents) if concept in self.concepts else []
            while todo:
                parent = todo.pop()
                if parent not in above:
                    above.add(parent)
                    todo.extend(self.concepts[parent].parents)
            self._ancestors[concept] = frozenset(above)
        return self._ancestors[concept]

    def members(self, parent: str) -> tuple[str, ...]:
        """Ids of the concepts below a class, sorted."""
        return tuple(sorted(c for c in self.concepts if c != parent and self.is_a(c, parent)))

    # -- building ------------------------------------------------------------

    def _add(self, concept: Concept) -> None:
        plain = concept.forms if "(" in concept.label else (concept.label, *concept.forms)
        modes: tuple[tuple[Literal["plain", "capitals", "ambiguous"], tuple[str, ...]], ...] = (
            ("plain", plain),
            ("capitals", concept.capitals),
            ("ambiguous", concept.ambiguous),
        )
        for mode, form in ((mode, form) for mode, forms in modes for form in forms):
            for variant in plurals(form):
                words = keys_of(variant)
                split = tuple(map(len, words))
                key = "".join(words)
                if not key:
                    raise LexiconError(f"concept {concept.id}: the form {form!r} has no letters")
                known = self._entries.get(key)
                if known is None:
                    self._entries[key] = [_Entry(concept.id, form, split, mode)]
                elif not any(e.concept == concept.id and e.split == split and e.mode == mode for e in known):
                    known.append(_Entry(concept.id, form, split, mode))
                self._known.update(words)

    def _check(self) -> None:
        for concept in self.concepts.values():
            for parent in concept.parents:
                if parent not in self.concepts:
                    raise LexiconError(f"concept {concept.id}: parent {parent} is not in the lexicon")
            if concept.id in self.ancestors(concept.id):
                raise LexiconError(f"concept {concept.id} is its own ancestor")
            if concept.ambiguous and not concept.context:
                raise LexiconError(f"concept {concept.id}: ambiguous forms need context words")
        for key, entries in self._entries.items():
            if len(entries) == 1:
                continue
            owners = {e.concept for e in entries if e.mode == "plain"}
            capitals = {e.concept for e in entries if e.mode == "capitals"}
            if len(owners) > 1 or len(capitals) > 1 or (owners and any(e.concept not in owners for e in entries)):
                names = ", ".join(sorted({f"{e.concept} ({e.form!r})" for e in entries}))
                raise LexiconError(f"the form {key!r} belongs to several concepts: {names}; make it ambiguous in each")

    def _fuzzy_names(self) -> dict[str, tuple[str, str]]:
        names: dict[str, tuple[str, str]] = {}
        for key in self._sorted:
            entry = self._entries[key][0]
            single = len(entry.split) == 1 and entry.mode == "plain"
            drug = single and self.concepts[entry.concept].kind == "drug"
            if drug and len(key) >= FUZZY_NAME_LETTERS and key.isalpha():
                names[key] = (entry.concept, entry.form)
        return names

    # -- looking up ------------------------------------------------------------

    def _longest(self, text: str, words: list[Token], at: int) -> tuple[Mention | None, int]:
        best: tuple[Mention, int] | None = None
        key = ""
        for used, word in enumerate(words[at:], start=1):
            if used > 1 and not word.joins:
                break
            key += word.key
            if not self._begins(key):
                break
            run = words[at : at + used]
            entry = self._choose(text, words, at, run, self._entries.get(key, []))
            if entry is not None:
                best = (Mention(run[0].start, run[-1].end, entry.concept, entry.form), used)
        return best if best is not None else (None, 0)

    def _begins(self, key: str) -> bool:
        """Whether a form begins with these letters."""
        at = bisect_left(self._sorted, key)
        return at < len(self._sorted) and self._sorted[at].startswith(key)

    def _choose(self, text: str, words: list[Token], at: int, run: list[Token], entries: list[_Entry]) -> _Entry | None:
        fitting = [e for e in entries if _same_words(run, e.split)]
        written = text[run[0].start : run[-1].end]
        after = at + len(run)
        scored: list[tuple[int, str, _Entry]] = []
        for entry in fitting:
            if entry.mode == "plain":
                return entry
            if self._distance(words, at, after, self._unless[entry.concept]) is not None:
                continue
            if entry.mode == "capitals":
                if written.rstrip("s").isupper():
                    return entry
                continue
            if len(entry.form) <= 2 and not written[:2].isupper():
                continue
            distance = self._distance(words, at, after, self._context[entry.concept])
            if distance is not None:
                scored.append((distance, entry.concept, entry))
        scored.sort(key=lambda item: item[:2])
        if not scored or (len(scored) > 1 and scored[0][0] == scored[1][0]):
            return None
        return scored[0][2]

    @staticmethod
    def _distance(words: list[Token], first: int, after: int, wanted: frozenset[str]) -> int | None:
        if not wanted:
            return None
        nearest: int | None = None
        for index in range(max(0, first - CONTEXT_WINDOW), min(len(words), after + CONTEXT_WINDOW)):
            if first <= index < after:
                continue
            distance = first - index if index < first else index - after + 1
            pair = words[index].key + (words[index + 1].key if index + 1 < len(words) and index + 1 != first else "")
            if (words[index].key in wanted or pair in wanted) and (nearest is None or distance < nearest):
                nearest = distance
        return nearest

    def _misspelt(self, word: Token) -> Mention | None:
        if len(word.key) < FUZZY_MIN_LETTERS or not word.key.isalpha() or word.key in self._known:
            return None
        if word.key not in self._fuzzy_seen:
            self._fuzzy_seen[word.key] = self._nearest_drug(word.key)
        near = self._fuzzy_seen[word.key]
        return None if near is None else Mention(word.start, word.end, near[0], near[1], exact=False)

    def _nearest_drug(self, key: str) -> tuple[str, str] | None:
        from rapidfuzz import fuzz, process

        names = [n for n in self._drug_names if n[0] == key[0] and abs(len(n) - len(key)) <= 2]
        hits = process.extract(key, names, scorer=fuzz.ratio, score_cutoff=FUZZY_MIN_SCORE, limit=4)
        ranked = sorted((-score, name) for name, score, _ in hits)
        if not ranked:
            return None
        best = [self._drug_names[name] for score, name in ranked if score == ranked[0][0]]
        return best[0] if len({concept for concept, _ in best}) == 1 else None


def _same_words(run: list[Token], split: tuple[int, ...]) -> bool:
    """Whether the run is divided as the form is, or is long enough for "bedrest" and "bed-rest" to be one."""
    if tuple(len(t.key) for t in run) == split:
        return True
    tight = all(t.tight for t in run[1:])
    return (sum(split) >= 6 and all(len(t.key) > 1 for t in run)) or (tight and len(run) > 1)


def load_lexicon(path: Path | None = None) -> Lexicon:
    """The lexicon of the package, or of another file. Raises `LexiconError` for a file that breaks a rule."""
    return _load(path or Path(__file__).with_name("lexicon.yaml"))


@lru_cache(maxsize=4)
def _load(path: Path) -> Lexicon:
    return cache.kept("lexicon", Lexicon, [path, *sorted(Path(__file__).parent.glob("*.py"))], lambda: _read(path))


def _read(path: Path) -> Lexicon:
    raw = parse(path.read_text(encoding="utf-8"))
    return Lexicon(tuple(_concepts(raw, path)), tuple(raw.get("not_misspellings", ())))


def _concepts(raw: dict[str, Any], path: Path) -> Iterator[Concept]:
    for item in raw["concepts"]:
        try:
            yield Concept.model_validate(item)
        except ValidationError as error:
            raise LexiconError(f"{path.name}: concept {item.get('id', '?')}: {error}") from error
