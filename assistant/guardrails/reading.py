"""One text, read: its sentences with heading, kind of question and lead-in, and in token order the cues, answers and words found.

Everything that assertion and concept detection need to look up is laid out here once, in linear time. Judging a mention is
left to `assertion.py`, naming concepts to `concepts.py`.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import lru_cache

from assistant.guardrails.lexis import CueDef, Lexis, load_lexis
from assistant.guardrails.phrases import Found, Hit
from assistant.guardrails.text import Doc, read

DELIMITERS = frozenset(",;.:!?\n()/•") | {"[ ]", "[]", "[x]"}
_STOPS = frozenset(",;.!?\n•)")
_BOXES = {
    "[x]": "yes",
    "[*]": "yes",
    "[☑]": "yes",
    "[y]": "yes",
    "(x)": "yes",
    "☑": "yes",
    "[ ]": "no",
    "[]": "no",
    "( )": "no",
    "☐": "no",
}


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue where it stands: what it does, first token, one past its last."""

    what: CueDef
    first: int
    end: int


@dataclass(slots=True)
class Sentence:
    """Tokens [first, end) with what governs all of them."""

    first: int
    end: int
    section: str = ""
    """Class of the heading above or before it: historical, family, hypothetical, present or empty."""
    lead: CueDef | None = None
    """A cue that introduced this line as an item of its list ("Denies:" above bullets)."""
    lead_at: int = -1
    question: bool = False
    general: bool = False
    supposed: bool = False
    """Opens as a condition without "if": "Should bladder symptoms appear", "Were he to develop"."""
    answer: str = ""
    """yes or no where the next sentence answers this question."""
    postfix: bool = False
    """Answers stand after their items without punctuation: "fever no wt loss no saddle yes"."""


@dataclass(slots=True)
class Reading:
    """A Doc with its finds, each list in token order."""

    doc: Doc
    lexis: Lexis
    sentences: list[Sentence] = field(default_factory=list)
    cues: list[Cue] = field(default_factory=list)
    cue_starts: list[int] = field(default_factory=list)
    cue_at: dict[int, list[Cue]] = field(default_factory=dict)
    strong: set[int] = field(default_factory=set)
    medium: set[int] = field(default_factory=set)
    history: set[int] = field(default_factory=set)
    ors: set[int] = field(default_factory=set)
    linked: set[int] = field(default_factory=set)
    relatives: list[tuple[int, int]] = field(default_factory=list)
    relative_starts: list[int] = field(default_factory=list)
    answers: dict[int, tuple[str, int]] = field(default_factory=dict)
    """First token -> (yes, no or unknown, one past the last token)."""
    headings: dict[int, tuple[str, int]] = field(default_factory=dict)
    words: list[Hit] = field(default_factory=list)
    """Concept words, label without its prefix."""
    box_prefix: dict[int, str] = field(default_factory=dict)
    word_starts: list[int] = field(default_factory=list)
    relative_is_patient: bool = False

    def words_between(self, first: int, end: int) -> list[Hit]:
        """Concept words that start in [first, end)."""
        return self.words[bisect_left(self.word_starts, first) : bisect_left(self.word_starts, end)]

    def sentence(self, token: int) -> Sentence:
        """The sentence that holds `token`."""
        return self.sentences[bisect_left(self._firsts(), token + 1) - 1]

    def _firsts(self) -> list[int]:
        return self.doc.bounds

    def cues_between(self, first: int, end: int) -> list[Cue]:
        """Cues that start in [first, end)."""
        return self.cues[bisect_left(self.cue_starts, first) : bisect_left(self.cue_starts, end)]


def _pick_cues(best: dict[int, tuple[int, list[int]]], lexis: Lexis) -> list[Cue]:
    """Longest first from the left, no two overlapping; the same words may be a cue in two ways. `best`: first token -> end, cue numbers."""
    cues: list[Cue] = []
    free = 0
    for first in sorted(best):
        if first < free:
            continue
        end, numbers = best[first]
        if any(k in best and best[k][0] - k > end - first for k in range(first + 1, end)):
            continue
        cues.extend(Cue(lexis.cues[n], first, end) for n in numbers)
        free = end
    return cues


def _keep_longest(best: dict[int, tuple[int, list[int]]], first: int, end: int, number: int) -> None:
    known = best.get(first)
    if known is None or end > known[0]:
        best[first] = (end, [number])
    elif end == known[0] and number not in known[1]:
        known[1].append(number)


def _sort_hits(reading: Reading, found: list[Found]) -> None:
    doc = reading.doc
    cues: dict[int, tuple[int, list[int]]] = {}
    veils: list[tuple[int, int]] = []
    named: list[Hit] = []
    marks = {
        "strong": reading.strong,
        "medium": reading.medium,
        "history": reading.history,
        "or": reading.ors,
        "linked": reading.linked,
    }
    for first, end, label in found:
        kind = label.kind
        if label.capitals and not doc.slice(first, end - 1).isupper():
            continue
        if kind == "w":
            named.append(Hit(first, end, label.name))
        elif kind == "cue":
            _keep_longest(cues, first, end, int(label.name))
        elif kind == "mark":
            marks[label.name].add(first)
        elif kind in ("answer", "section"):
            target = reading.answers if kind == "answer" else reading.headings
            if first not in target or end > target[first][1]:
                target[first] = (label.name, end)
        elif label.name == "relative":
            reading.relatives.append((first, end))
        else:
            veils.append((first, end))
    reading.cues = _pick_cues(cues, reading.lexis)
    reading.cue_starts = [c.first for c in reading.cues]
    for cue in reading.cues:
        reading.cue_at.setdefault(cue.first, []).append(cue)
    reading.relative_starts = [r[0] for r in reading.relatives]
    reading.words = _unveiled(_apart(named), veils)
    reading.word_starts = [w.first for w in reading.words]


def _apart(named: list[Hit]) -> list[Hit]:
    """Without the legs of "between the legs" and of "inner thighs", which name the saddle."""
    saddles = {k for h in named if h.label == "saddle" and h.end - h.first > 1 for k in range(h.first, h.end)}
    return (
        [h for h in named if not (h.first in saddles and h.label in ("leg", "legs", "limb", "bileg"))]
        if saddles
        else named
    )


def _unveiled(named: list[Hit], veils: list[tuple[int, int]]) -> list[Hit]:
    """Words outside veiling phrases ("hay fever", "weak opioid"), unless they reach beyond the veil."""
    if not veils:
        return sorted(set(named))
    cover: dict[int, tuple[int, int]] = {}
    for first, end in veils:
        for token in range(first, end):
            known = cover.get(token, (first, end))
            cover[token] = (min(known[0], first), max(known[1], end))
    kept = []
    for hit in set(named):
        veil = cover.get(hit.first)
        if veil is None or hit.end > veil[1] or (hit.first == veil[0] and hit.end == veil[1]):
            kept.append(hit)
    return sorted(kept)


def _line_start(doc: Doc, first: int) -> bool:
    k = first - 1
    while k >= 0 and doc.words[k] in ("-", "•", "--"):
        k -= 1
    return k < 0 or doc.words[k] == "\n"


def _heading(reading: Reading, first: int, end: int) -> tuple[str, int]:
    """(class, one past the heading) of a heading that opens the sentence, or ("", first)."""
    doc = reading.doc
    at = first
    while at < end and doc.words[at] in ("-", "•", "--", "*", "#", "("):
        at += 1
    found = reading.headings.get(at)
    if found is None:
        return "", first
    kind, after = found
    following = doc.words[after] if after < len(doc.words) else "\n"
    marked = following in (":", "-", "--", "=") or (following == "\n" and _line_start(doc, first))
    if marked:
        return kind, after
    strong = (
        kind in ("historical", "family")
        and after - at == 1
        and doc.words[at] not in ("background", "comorbid", "comorbidities")
    )
    return (kind, after) if strong else ("", first)


def _sections(reading: Reading) -> None:
    """Headings and lead-ins, line by line."""
    words = reading.doc.words
    standing, lead, lead_at = "", None, -1
    for sentence in reading.sentences:
        first, end = sentence.first, sentence.end
        line_start = _line_start(reading.doc, first)
        if line_start and first < len(words) and words[first] == "\n" and end - first == 1:
            standing, lead = "", None
            continue
        kind, after = _heading(reading, first, end)
        if kind:
            sentence.section = "" if kind == "present" else kind
            rest = [w for w in words[after:end] if w not in (":", "-", "--", "\n", "=")]
            standing = "" if kind == "present" else (kind if not rest else "")
            bulleted_next = end < len(words) and words[end - 1] == "\n" and words[end] in ("-", "•")
            if rest and bulleted_next and kind != "present":
                standing = kind
            lead = None
        else:
            bullet = (
                words[first] in ("-", "•", "--", "☐", "☑", "✗")
                or words[first] in _BOXES
                or words[first].isdecimal()
                or words[first] == "*"
            )
            sentence.section = standing
            if lead is not None and line_start and (bullet or end - first <= 9):
                sentence.lead, sentence.lead_at = lead, lead_at
            elif line_start:
                lead = None
        colon = end - 2 if end >= 2 and words[end - 1] == "\n" else end - 1
        if colon > first and words[colon] == ":" and end <= len(words) and words[end - 1] == "\n":
            opening = [c for c in reading.cues_between(first, colon) if c.what.forward and colon - c.end <= 3]
            lead, lead_at = (opening[-1].what, opening[-1].first) if opening else (None, -1)


_ASKING = frozenset(
    "what which when how why who where whose is are do does can could should would will did has have shall was were may".split()
)
_WH = frozenset("what which when how why who where whose".split())
_SUBJECTS = frozenset(
    "i we you it there nice acp guidelines patients people a an the any all every each most some these those one doctors gps".split()
)
_TELLING = frozenset("list explain describe define summarise summarize compare outline".split())
_TELLING_ME = frozenset("give tell show name teach remind".split())
_PERSON = frozenset(
    "he she his her him hers my im ive pt patient patients this these hes shes yo yrs aged male female man woman lady gentleman boy girl bloke chap lad guy mr mrs ms mine husband wife".split()
)
_INDEFINITE = frozenset(
    "patient man woman person someone somebody lady gentleman adult one bloke chap girl boy pt".split()
)
_FACTS = frozenset(
    "since yesterday today tonight ago overnight x presented presenting presents came tried seen sent woke started developed noticed".split()
)
_ACTING = frozenset(
    [
        "should i",
        "can i",
        "do i",
        "could i",
        "would you",
        "shall i",
        "must i",
        "may i",
        "am i",
        "will i",
        "need i",
        "should we",
        "can we",
        "do we",
        "what now",
    ]
)


def _specific(words: list[str], first: int, end: int) -> bool:
    """Whether tokens speak of one patient: a pronoun, an age, a time of onset, or the writer's own body."""
    for k in range(first, end):
        word = words[k]
        if word in _FACTS and not (word == "x" and k + 1 < end and words[k + 1] == "ray"):
            return True
        if word in _PERSON:
            before = words[k - 1] if k else ""
            if word in _INDEFINITE and before in ("a", "an", "any", "every", "each", "some", "adult", "the"):
                if word == "patient" and before == "the":
                    return True
                continue
            if word in ("patients", "these") or (
                word == "this"
                and k + 1 < end
                and words[k + 1] not in ("patient", "man", "woman", "pt", "lady", "gentleman", "case", "chap")
            ):
                continue
            return True
        if (
            word == "i"
            and k + 1 < end
            and words[k + 1]
            in (
                "have",
                "cant",
                "cannot",
                "feel",
                "felt",
                "am",
                "had",
                "get",
                "lost",
                "just",
                "keep",
                "woke",
                "still",
                "noticed",
                "wet",
                "leak",
                "dont",
                "didnt",
                "couldnt",
                "havent",
            )
        ):
            return True
        if (
            word.isdecimal()
            and k + 1 < end
            and words[k + 1] in ("m", "f", "yo", "y", "year", "yr", "yrs", "years", "y/o")
            and 1 <= int(word) <= 110
        ):
            return k + 2 >= end or words[k + 2] not in ("ago",)
    return False


def speaks_of_one(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence speaks of one patient."""
    return _specific(reading.doc.words, sentence.first, sentence.end)


def _is_general(reading: Reading, sentence: Sentence) -> bool:
    """A question of knowledge: asks or tells to explain, ends in a question mark or opens with an asking word, and names no patient."""
    words = reading.doc.words
    first, end = sentence.first, sentence.end
    while first < end and (
        words[first] in (",", "-", "•", '"', "(")
        or words[first]
        in (
            "so",
            "and",
            "ok",
            "okay",
            "hi",
            "hello",
            "please",
            "also",
            "but",
            "well",
            "then",
            "thanks",
            "question",
            "q",
            ":",
        )
    ):
        first += 1
    if first >= end:
        return False
    opening = words[first]
    if (
        opening in _TELLING_ME
        and first + 1 < end
        and words[first + 1] in ("me", "us", "three", "the", "two", "four", "five", "some", "all", "six", "ten", "any")
    ):
        opening = "explain"
    asks = (
        words[end - 1] == "?"
        or opening in _WH
        or (opening in _ASKING and first + 1 < end and words[first + 1] in _SUBJECTS)
    )
    starts = (
        opening in _ASKING
        or opening in _TELLING
        or (opening in ("in", "for", "if", "at", "with", "to", "under", "according") and words[end - 1] == "?")
    )
    if not ((asks and starts) or opening in _TELLING):
        return False
    if _specific(words, first, end):
        return False
    pair = " ".join(words[first : first + 2])
    acts = pair in _ACTING or any(" ".join(words[k : k + 2]) in _ACTING for k in range(first, min(end, first + 8)))
    indefinite = any(
        words[k] in _INDEFINITE
        and k
        and words[k - 1] in ("a", "an", "my", "this", "the", "someone")
        or words[k] in ("someone", "somebody")
        for k in range(first, end)
    )
    return not (acts and indefinite)


def _supposes(words: list[str], sentence: Sentence) -> bool:
    first = sentence.first
    if sentence.end - first < 4 or words[sentence.end - 1] == "?":
        return False
    opening, second = words[first], words[first + 1]
    if opening == "should":
        return second not in (
            "i",
            "we",
            "you",
            "have",
            "be",
            "improve",
            "settle",
            "not",
            "this",
            "it",
            "do",
            "take",
            "mobilise",
            "avoid",
            "continue",
            "return",
        )
    return (opening == "were" and second in ("he", "she", "they", "there", "i", "symptoms", "any")) or (
        opening == "had" and second in ("there",)
    )


def _questions(reading: Reading) -> None:
    words = reading.doc.words
    total = len(reading.sentences)
    for number, sentence in enumerate(reading.sentences):
        if sentence.end > sentence.first:
            sentence.question = words[sentence.end - 1] == "?"
            sentence.general = _is_general(reading, sentence)
            sentence.supposed = _supposes(words, sentence)
        if sentence.question and number + 1 < total:
            following = reading.sentences[number + 1]
            at = following.first
            while at < following.end and words[at] in ("\n", "-", "•", ":"):
                at += 1
            if at >= following.end and number + 2 < total:
                at = reading.sentences[number + 2].first
            found = reading.answers.get(at)
            if found is not None and (
                found[1] >= len(words)
                or words[found[1]] in _STOPS
                or words[at] in ("yes", "yep", "denies", "denied", "yeah")
                or words[found[1]] in ("but", "-", "to", "he", "she")
            ):
                sentence.answer = found[0]
        inner = [
            k
            for k in range(sentence.first, min(sentence.end, sentence.first + 80))
            if k in reading.answers and words[k] in ("yes", "no", "y", "n", "nil")
        ]
        if len(inner) >= 2:
            last = sentence.end - 1
            while last > sentence.first and words[last] in _STOPS:
                last -= 1
            sentence.postfix = (
                inner[-1] == last
                and inner[0] > sentence.first
                and not any(w in (",", ":", "-") for w in words[sentence.first : sentence.end])
            )


_STATES = frozenset(
    "has is cant cannot keeps woke started feels got lost hasnt couldnt developed isnt doesnt can had was".split()
)


def _patient_is_relative(reading: Reading) -> bool:
    """A carer writes of "my husband": then he is the patient, unless another one is described."""
    words = reading.doc.words
    for first, end in reading.relatives[:20]:
        if first and words[first - 1] in ("my", "our") and any(w in _STATES for w in words[end : end + 3]):
            others = {"pt", "patient", "yo", "pmh", "fh"} & set(words[:400])
            mine = any(
                words[k] == "i" and words[k + 1] in ("have", "am", "cant", "feel", "get")
                for k in range(min(len(words) - 1, 400))
            ) or any(
                words[k] == "my" and words[k + 1] in ("back", "leg", "legs", "pain", "patient", "bladder", "foot")
                for k in range(min(len(words) - 1, 400))
            )
            return not others and not mine
    return False


@lru_cache(maxsize=16)
def _cached(text: str) -> Reading:
    return _read(text, False)


@lru_cache(maxsize=1)
def _latest(text: str) -> Reading:
    return _read(text, False)


def reading_of(text: str, *, whole: bool = False) -> Reading:
    """The reading of `text`; short texts and the latest long one are remembered. whole: keep repeated sentences of very long texts."""
    if len(text) <= 20_000:
        return _cached(text)
    return _read(text, True) if whole else _latest(text)


def _read(text: str, whole: bool) -> Reading:
    lexis = load_lexis()
    doc = read(text, whole=whole)
    reading = Reading(doc, lexis)
    ends = [*doc.bounds[1:], len(doc.words)]
    reading.sentences = [Sentence(first, end) for first, end in zip(doc.bounds, ends, strict=True)]
    _sort_hits(reading, lexis.book.find(doc.words))
    if doc.words:
        _sections(reading)
        _questions(reading)
    reading.relative_is_patient = _patient_is_relative(reading)
    return reading
