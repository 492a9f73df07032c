"""Phrase look-up: one trie of word sequences with stems, optional fillers, spelling and slips of the pen.

Mechanism only; the phrases are data (`cues.yaml`, `concepts.yaml`). In a phrase, `numb*` is a stem, `a|b` an alternative of one word, `{a b|c}` of several,
`~` at most one filler word ("between ~ legs" meets "between my legs"), a leading `^` asks for capitals in the text (ED, SA): the
label then ends in `^` and the reader of hits checks. Time is linear in the number of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

FILLERS = frozenset(
    "my his her the their your our its a an any both pts patients own that this these those some of in hers mine all very such him he she i himself herself myself themselves whole entire".split()
)
_STEM_MIN = 3


_OWNERS = ("my", "his", "her", "the", "your", "their", "a", "own", "_")


class Hit(NamedTuple):
    """A phrase found: first token, one past its last token, its label. Sorts by place."""

    first: int
    end: int
    label: str


Found = tuple[int, int, "Label"]


class Label(NamedTuple):
    """A label "kind:name" taken apart; `capitals` asks for capitals in the text."""

    kind: str
    name: str
    capitals: bool


class Speller:
    """Plain word -> the word the data uses: US to UK stems, listed variants, and near misses of long words."""

    def __init__(self, stems: dict[str, str], variants: dict[str, str], keep: Iterable[str]) -> None:
        self._stems = tuple(stems.items())
        self._variants = variants
        self._keep = frozenset(keep)
        self._deletes: dict[str, str] = {}
        self._vocabulary: frozenset[str] = frozenset()
        self._memo: dict[str, str] = {}

    def settle(self, word: str) -> str:
        """Listed variants and UK/US stems only; used for the data itself."""
        word = self._variants.get(word, word)
        for old, new in self._stems:
            if old in word and new not in word:
                word = word.replace(old, new)
        return word

    def learn(self, vocabulary: Iterable[str]) -> None:
        """Words worth recognising when misspelt: all letters, at least six of them."""
        words = sorted({w for w in vocabulary if len(w) >= 6 and w.isalpha()})
        self._vocabulary = frozenset(words)
        for word in words:
            for form in _deletions(word, 2 if len(word) >= 9 else 1):
                self._deletes.setdefault(form, word)

    def correct(self, word: str) -> str:
        """The word meant; the word itself when nothing near is known. At most one edit (two from nine letters on)."""
        known = self._memo.get(word)
        if known is None:
            known = self._memo[word] = self._correct(self.settle(word))
            if len(self._memo) > 50_000:
                self._memo.clear()
        return known

    def _correct(self, word: str) -> str:
        if len(word) < 6 or len(word) > 20 or not word.isalpha() or word in self._vocabulary or word in self._keep:
            return word
        limit = 2 if len(word) >= 9 else 1
        best, least = word, limit + 1
        for form in _deletions(word, limit):
            near = self._deletes.get(form)
            if near and near[0] == word[0] and near != best:
                allowed = min(limit, 2 if len(near) >= 9 else 1)
                apart = distance(word, near)
                if apart <= allowed and apart < least:
                    best, least = near, apart
        return best


_LETTER_DIGIT = re.compile(r"(?<![a-z\d])(?![clstd]\d{1,2}(?![\da-z]))([a-z]+)(\d)|(\d)([a-z])")

_DIGIT = re.compile(r"\d")


def _apart(phrase: str) -> str:
    """Letters and digits apart, as the text's tokens are ("b27" is "b 27"); spine levels stay whole."""
    if not _DIGIT.search(phrase):
        return phrase
    return _LETTER_DIGIT.sub(lambda m: f"{m[1]} {m[2]}" if m[1] else f"{m[3]} {m[4]}", phrase)


def _deletions(word: str, depth: int) -> set[str]:
    once = {word[:k] + word[k + 1 :] for k in range(1, len(word))}
    if depth == 1:
        return once | {word}
    return once | {word} | {w[:k] + w[k + 1 :] for w in once for k in range(1, len(w))}


def distance(a: str, b: str) -> int:
    """Edits between two words, a swap of neighbours counting one (restricted Damerau-Levenshtein)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, last, row = row, before, [i] + [0] * len(b)
        for j, y in enumerate(b, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[j] = min(row[j], last[j - 2] + 1)
    return row[-1]


class Node:
    """One step of the trie: words, stems and the filler lead on; `labels` end here."""

    __slots__ = ("filler", "labels", "next")

    def __init__(self) -> None:
        self.next: dict[str, Node] = {}
        self.labels: list[Label] = []
        self.filler: Node | None = None


class Phrasebook:
    """Phrases with labels. `find` gives every match, overlapping ones included."""

    def __init__(self, speller: Speller) -> None:
        self.speller = speller
        self._root = Node()
        self._stems: set[str] = set()
        self._longest = 0
        self._atoms: dict[str, tuple[str, ...]] = {}
        self._starts: dict[str, tuple[Node, ...]] = {}
        self._written: dict[str, str] = {}
        """A word of the data as it was written -> as the trie has it; a word stands in many phrases."""
        self._labels: dict[str, Label] = {}
        self.words: set[str] = set()

    def add(self, phrase: str, label: str) -> None:
        """Register `phrase` under `label`. Raises ValueError for an empty phrase."""
        if phrase.startswith("^"):
            phrase, label = phrase[1:], label + "^"
        if "{" in phrase:
            before, _, rest = phrase.partition("{")
            choices, _, after = rest.partition("}")
            for wording in choices.split("|"):
                self.add(f"{before}{wording}{after}", label)
            return
        words = _apart(phrase.replace("'", "").lower()).split()
        if not words:
            raise ValueError(f"empty phrase under {label}")
        parsed = self._labels.get(label)
        if parsed is None:
            kind, _, name = label.rstrip("^").rpartition(":")
            parsed = self._labels[label] = Label(kind, name, label.endswith("^"))
        if "|" not in phrase and "_" not in phrase and words[0] != "~":
            self._add(words, parsed)
            return
        parts = [p.split("|") for p in words]
        if parts[0] == ["~"]:
            parts[0] = list(_OWNERS)
        for choice in product(*parts):
            self._add([c for c in choice if c != "_"], parsed)

    def _add(self, atoms: Sequence[str], label: Label) -> None:
        node = self._root
        for atom in atoms:
            if atom == "~":
                if node.filler is None:
                    node.filler = Node()
                node = node.filler
                continue
            known = self._written.get(atom)
            if known is None:
                known = self._written[atom] = self._word(atom)
            following = node.next.get(known)
            if following is None:
                following = node.next[known] = Node()
            node = following
        if label not in node.labels:
            node.labels.append(label)

    def _word(self, atom: str) -> str:
        """A word or stem of the data as the trie has it; registers it."""
        if atom.endswith("*") and len(atom) > _STEM_MIN:
            atom = self.speller.settle(atom[:-1]) + "*"
            self._stems.add(atom[:-1])
            self._longest = max(self._longest, len(atom) - 1)
        else:
            atom = self.speller.settle(atom)
        self.words.add(atom)
        return atom

    def atoms(self, word: str) -> tuple[str, ...]:
        """The word as the data knows it, and every stem that it begins with."""
        known = self._atoms.get(word)
        if known is None:
            known = self._atoms[word] = self._find_atoms(word)
            if len(self._atoms) > 50_000:
                self._atoms.clear()
        return known

    def _find_atoms(self, word: str) -> tuple[str, ...]:
        settled = self.speller.settle(word)
        found = self._exact(settled)
        if not found and len(word) >= 6:
            found = self._exact(self.speller.correct(word))
        return found

    def _exact(self, word: str) -> tuple[str, ...]:
        found = [word] if word in self.words else []
        for length in range(_STEM_MIN, min(len(word), self._longest) + 1):
            if word[:length] in self._stems:
                found.append(word[:length] + "*")
        return tuple(found)

    def find(self, words: Sequence[str], first: int = 0, end: int | None = None) -> list[Found]:
        """(first token, one past the last, label) of all phrases in `words[first:end]`, in order of their first word. Steps are linear: phrases are short."""
        end = len(words) if end is None else end
        hits: list[Found] = []
        known = self._starts
        for at in range(first, end):
            nodes = known.get(words[at])
            if nodes is None:
                nodes = self._start_nodes(words[at])
            for node in nodes:
                self._walk(node, words, at, at + 1, end, hits)
        return hits

    def _start_nodes(self, word: str) -> tuple[Node, ...]:
        if len(self._starts) > 50_000:
            self._starts.clear()
        found = tuple(self._root.next[a] for a in self.atoms(word) if a in self._root.next)
        self._starts[word] = found
        return found

    def _walk(self, node: Node, words: Sequence[str], first: int, at: int, end: int, hits: list[Found]) -> None:
        for label in node.labels:
            hits.append((first, at, label))
        if node.filler is not None:
            self._walk(node.filler, words, first, at, end, hits)
            if at < end and words[at] in FILLERS:
                self._walk(node.filler, words, first, at + 1, end, hits)
        if at < end and node.next:
            for atom in self.atoms(words[at]):
                child = node.next.get(atom)
                if child is not None:
                    self._walk(child, words, first, at + 1, end, hits)
