"""Decides whether a question is Lumbar's to answer: declined, silent guidelines, or in scope. Rules first, prototypes last.

Runs after the red-flag screen, never before it (clinical-safety, section 4). The wording is in plans/lines.yaml, the subjects and
requests in plans/scope.yaml. Whether the passages found are good enough is judged here too, by a measured threshold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from assistant.lines import line
from assistant.question import Reading, types_of
from assistant.select import FACETS
from corpus.language import common_words, plain_words
from corpus.lexicon import Concept, Lexicon

Kind = Literal["in", "declined", "silent"]
_BACK = re.compile(
    r"\b(?:lbp|clbp|cnslbp|albp|(?<!get )(?<!go )(?<!come )(?<!when )(?<!call )back(?! (?:to|at|in|on|home|from)\b)|backs|backache|sciatica|sciatic|lumbago|lumbar|lumbosacral|spine|spinal|vertebra\w*|discs?|disks?|radicul\w+|"
    r"cauda|coccyx|sacroiliac|sij|buttocks?|saddle|spasms?|stenosis|spondyl\w+|start ?back|l[1-5](?:[/-][ls]?[1-5])?|s1|discitis|"
    r"(?:red |yellow )?flags?(?! (?:this|that|up|it)\b)|ng59|mscc|metastatic cord|claudication)\b",
    re.I,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z\u00c0-\u024f'-]{2,}")
_NO_BACK = re.compile(
    r"\b(?:no|without|denies|nil|not)\s+(?:\w+\s+){0,2}back\s+(?:pain|trouble|symptoms?|problems?|issues?|complaints?)\b"
    r"|\b(?:back|spine)\s+(?:is|was|feels)\s+(?:now\s+)?(?:fine|ok(?:ay)?|good|well|not\s+(?:an?\s+)?(?:\w+\s+)?(?:problem|issue|concern))\b",
    re.I,
)
_STUDY = re.compile(r"\b(?P<x>[A-Z][A-Z0-9]{2,}(?:-\d+)?)\s+(?:study|trial|rct)\b")
_SOURCES = re.compile(r"\b(?:guidelines?|sources|positions|recommendations?)\b", re.I)
"""Words for what is registered here: with no other subject named, the guidelines meant are these."""
_PATIENT = re.compile(r"\b(?:he|she|they|him|her|them|the patient|pt)\b", re.I)
_OTHER_SPINE = re.compile(
    r"\b(?:neck|cervical|whiplash|thoracic|c[3-8](?:[/-]c?[3-8])?|t(?:[1-9]|1[0-2])/(?:t?[1-9]|1[0-2]))\b(?!\s*(?:red flag|myelopath))",
    re.I,
)
_LOW_BACK = re.compile(
    r"\b(?:lbp|clbp|low(?:er)?[\s-]back|lumbar|lumbosacral|sciatica|lumbago|back\s?(?:pain|ache)|backache|l[1-5]|s1|red flags?|cauda|cancer|metasta\w+|cord|myelopath\w+|"
    r"aort\w+|fracture|start ?back)\b",
    re.I,
)
OWN_NAME = frozenset({"dose", "duration"})
"""Question types that a statement on the class of a drug does not answer."""
BROAD_CLASSES = frozenset({"analgesic", "sedative"})
"""Classes so wide that speaking of them says nothing of a member."""
PRODUCT_KINDS = frozenset({"drug", "class", "procedure", "care", "tool", "test"})
_NEAR_MARGIN = -0.03
"""Without any word of the field the inside must be clearly nearer."""
_FAR_MARGIN = 0.08
"""With a drug or method that is used elsewhere too, the outside must be clearly nearer to decline."""
SILENT_BELOW = 0.30
"""Cosine of the best passage below which the guidelines are taken to be silent; measured by `python -m evals.abstention`."""


KNOWN_FROM = 0.50
"""Cosine of the nearest passage from which a product named in ordinary words counts as one that the corpus speaks of."""


@dataclass(frozen=True)
class Scope:
    """The decision, with the line that says it and why it was taken."""

    kind: Kind
    text: str = ""
    why: str = ""
    passages: tuple[str, ...] = ()
    """What is shown all the same (triggers for paediatrics, say)."""


@lru_cache(maxsize=1)
def scope_data() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(
        (files("assistant") / "plans" / "scope.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader
    )
    for decline in loaded["declines"]:
        decline["compiled"] = [re.compile(c, re.I) for c in decline["cues"]]
    loaded["frames_compiled"] = [re.compile(f, re.I) for f in loaded["frames"]]
    loaded["filler_words"] = frozenset(loaded["filler"].split())
    loaded["shared"] = frozenset(loaded["shared_topics"].split())
    loaded["weak"] = frozenset(loaded["weak_topics"].split()) | FACETS
    for key in ("cues", "keep"):
        loaded["elsewhere"][f"{key}_compiled"] = [re.compile(c, re.I) for c in loaded["elsewhere"][key]]
    return loaded


class ScopeJudge:
    """Judges one reading.

    `similarity(text, phrases)` gives cosines, `vocabulary` the words of the corpus, `text` all of it as plain words, `common(word)` whether a word belongs to ordinary
    language, `nearest(text)` the cosine of the nearest passage, `names` how guidelines and trials of the corpus are called.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        similarity: Callable[[str, Sequence[str]], Sequence[float]],
        vocabulary: frozenset[str],
        text: str,
        common: Callable[[str], bool],
        nearest: Callable[[str], float],
        names: frozenset[str] = frozenset(),
    ) -> None:
        self._lexicon = lexicon
        self._similarity = similarity
        self._vocabulary = vocabulary
        self._text = text
        self._common = common
        self._nearest = nearest
        self._names = names

    def judge(self, reading: Reading) -> Scope:
        """Before retrieval: declined by request or subject, silent on an unknown product, else in scope."""
        data = scope_data()
        for decline in data["declines"]:
            if any(c.search(reading.text) for c in decline["compiled"]):
                return Scope("declined", line(decline["line"]), f"request: {decline['id']}")
        elsewhere = data["elsewhere"]
        if any(c.search(reading.text) for c in elsewhere["cues_compiled"]) and not any(
            c.search(reading.text) for c in elsewhere["keep_compiled"]
        ):
            return Scope("declined", line("declined_scope_plain"), "not a question of care")
        subject = self._foreign_subject(reading)
        if subject:
            return Scope("declined", line("declined_scope", what=subject), f"subject: {subject}")
        unknown = self.unknown_focus(reading)
        if unknown:
            return self._unknown(reading, unknown)
        if not self._anchored(reading):
            return self._by_prototype(reading, _FAR_MARGIN if _SOURCES.search(reading.text) else _NEAR_MARGIN)
        if self._shared_only(reading):
            return self._by_prototype(reading, _FAR_MARGIN)
        return Scope("in")

    def _shared_only(self, reading: Reading) -> bool:
        """Whether all that ties a message to the back is a drug or method that is used elsewhere too."""
        if self._named(reading):
            return False
        if reading.own_back and (_PATIENT.search(reading.text) or (reading.follow_up and len(reading.text.split()) <= 7)):
            return False
        topics = {t for m in self._lexicon.find(reading.text) for t in self._lexicon.concepts[m.concept].topics}
        return bool(topics - scope_data()["weak"] <= scope_data()["shared"])

    def _named(self, reading: Reading) -> bool:
        """Whether the message itself names the back or a source of the corpus."""
        text = _NO_BACK.sub(" ", reading.text)
        return bool(_BACK.search(text)) or any(name in text for name in self._names)

    def _anchored(self, reading: Reading) -> bool:
        """Whether a word of the message, or the conversation it follows, ties it to the back."""
        if self._named(reading):
            return True
        text = _NO_BACK.sub(" ", reading.text)
        mentions = [self._lexicon.concepts[m.concept] for m in self._lexicon.find(text)]
        if any(c.body == "lbp" and set(c.topics) - scope_data()["weak"] for c in mentions):
            return True
        return reading.own_back and (reading.follow_up or bool(_PATIENT.search(reading.text)))

    def _foreign_subject(self, reading: Reading) -> str | None:
        """A body part or disease outside the back that the question is about, when nothing in the message ties it to the back."""
        text = _NO_BACK.sub(" ", reading.text)
        other = _OTHER_SPINE.search(text)
        if other and not _LOW_BACK.search(text):
            return other.group().lower()
        if _BACK.search(text):
            return None
        concepts = [self._lexicon.concepts[m.concept] for m in self._lexicon.find(text)]
        foreign = [c for c in concepts if c.body == "other"]
        if not foreign:
            return None
        if reading.follow_up and reading.own_back and not any(c.kind == "region" for c in foreign):
            return None if "management" not in types_of(reading.text, False) else foreign[0].label
        comorbid = [c for c in foreign if c.topics]
        own = [c for c in concepts if c.body == "lbp" and set(c.topics) - scope_data()["weak"]]
        if own and (len(comorbid) == len(foreign) or reading.own_back):
            return None
        return foreign[0].label

    def unknown_focus(self, reading: Reading) -> str | None:
        """The product or method asked about, when the corpus does not speak of it."""
        taken = {f.quote.lower() for f in reading.case.facts if f.key == "takes"}
        for start, end, phrase in focus_phrases(reading.text):
            if phrase.lower() in taken:
                continue
            words = [w for w in _WORD.findall(phrase) if w.lower() not in scope_data()["filler_words"]]
            absent = [w for w in words if self._absent(w) and (self._common(w.lower()) or not self._slip(w))]
            odd = [w for w in absent if self._product(w) or not self._common(w.lower())]
            known = any(self._lexicon.concepts[m.concept].topics for m in self._lexicon.find(phrase))
            if odd or (absent and not known and self._nearest(phrase) < KNOWN_FROM):
                return reading.text[start:end].strip(" ,.?;:")
        study = _STUDY.search(reading.text)
        if study and study["x"] not in self._names:
            return study.group()
        unnamed = self._unspoken(reading, taken)
        if unnamed:
            return unnamed
        short = len(reading.text.split()) <= 25
        for sentence in re.split(r"(?<=[.?!])\s+", reading.text):
            if short or "?" in sentence or not reading.text.rstrip().endswith("?"):
                strange = self._strange(sentence)
                if strange:
                    return strange
        return None

    def _unspoken(self, reading: Reading, taken: set[str]) -> str | None:
        """A product or method that the lexicon knows and the corpus never names, where nothing else was asked about."""
        mentions = [m for m in self._lexicon.find(reading.text) if m.exact]
        named = [(m, self._lexicon.concepts[m.concept]) for m in mentions]
        products = [(m, c) for m, c in named if c.kind in {"drug", "procedure", "care", "tool"} and set(c.topics) - FACETS or c.kind == "drug"]
        own = bool(OWN_NAME & set(reading.types[:1])) and self._anchored(reading)
        known = [c for m, c in products if self._spoken_of(c, own) and set(c.topics) - scope_data()["weak"]]
        for m, c in products:
            words = reading.text[m.start : m.end]
            if not known and not self._spoken_of(c, own) and words.lower() not in taken:
                return words
        return None

    def _product(self, word: str) -> bool:
        """Whether the lexicon knows the word as a product or method of which the corpus has nothing, under any name."""
        concepts = [self._lexicon.concepts[m.concept] for m in self._lexicon.find(word) if m.exact]
        return any(c.kind in PRODUCT_KINDS and not self._spoken_of(c) for c in concepts)

    def _spoken_of(self, concept: Concept, own: bool = False) -> bool:
        """Whether the corpus uses a name of the concept or, of a drug whose class decides, of a class it belongs to."""
        drug = concept.kind in {"drug", "class"} and "herbal" not in concept.topics and not own
        above = sorted(self._lexicon.ancestors(concept.id) - BROAD_CLASSES) if drug else []
        known = [self._lexicon.concepts[p] for p in above]
        names = (name for c in (concept, *known) for name in (c.label, *c.forms, *c.capitals))
        return any(plain_words(name) in self._text for name in names)

    def _in_corpus(self, word: str) -> bool:
        return any(form in self._vocabulary for form in _forms(word.lower().strip("'-")))

    def _absent(self, word: str) -> bool:
        """Whether the corpus has neither the word nor its plain stem, nor what the lexicon understands by it."""
        low = word.lower().strip("'-")
        if self._in_corpus(low):
            return False
        concepts = [self._lexicon.concepts[m.concept] for m in self._lexicon.find(word)]
        if any(c.kind not in PRODUCT_KINDS or self._spoken_of(c) for c in concepts):
            return False
        return not ("-" in low and any(len(part) > 3 and not self._absent(part) for part in low.split("-")))

    def _strange(self, sentence: str) -> str | None:
        """A word that neither corpus, lexicon nor ordinary language has, and that is no slip of a known one."""
        for match in _WORD.finditer(sentence):
            word = match.group().strip("'-")
            low = word.lower()
            if len(low) < 5 or not self._absent(word) or self._common(low) or self._slip(word):
                continue
            parts = [part for part in low.split("-") if len(part) > 3]
            if (len(parts) > 1 and all(self._common(part) for part in parts) and not word[0].isupper()) or any(
                m.exact for m in self._lexicon.find(word)
            ):
                continue
            return word
        return None

    def _slip(self, word: str) -> bool:
        """Whether a word is a slip of a word of the corpus or of a common one: one letter, two in a long one that is not a name."""
        from rapidfuzz import process
        from rapidfuzz.distance import DamerauLevenshtein

        limit = 2 if len(word) >= 9 and not word[0].isupper() else 1
        near = process.extractOne(
            word.lower(), self._vocabulary, scorer=DamerauLevenshtein.distance, score_cutoff=limit, processor=None
        )
        if near is None and word.islower() and len(word) >= 6:
            near = process.extractOne(
                word, common_words(), scorer=DamerauLevenshtein.distance, score_cutoff=1, processor=None
            )
        return near is not None

    def _unknown(self, reading: Reading, what: str) -> Scope:
        if not self._anchored(reading):
            by_prototype = self._by_prototype(reading, _NEAR_MARGIN)
            if by_prototype.kind == "declined":
                return by_prototype
        return Scope("silent", line("no_evidence", what=f"\u201c{what}\u201d"), f"not in the corpus: {what}")

    def _by_prototype(self, reading: Reading, margin: float) -> Scope:
        data = scope_data()
        outside, inside = data["outside"], data["inside"]
        cosines = list(self._similarity(reading.text, [*outside, *inside]))
        best_out = max(range(len(outside)), key=lambda i: cosines[i])
        best_in = max(cosines[len(outside) :])
        if cosines[best_out] > best_in + margin or (margin < 0 and best_in < 0.25):
            what = outside[best_out] if cosines[best_out] >= 0.35 else None
            text = line("declined_scope", what=what) if what else line("declined_scope_plain")
            return Scope("declined", text, f"nearest subject: {outside[best_out]}")
        return Scope("in")

    @staticmethod
    def enough(scores: Mapping[str, float], known: bool) -> bool:
        """Whether the best passage is close enough to answer from; half as close will do where the subject is a known one."""
        return max(scores.values(), default=0.0) >= (SILENT_BELOW / 2 if known else SILENT_BELOW)


def focus_phrases(text: str) -> list[tuple[int, int, str]]:
    """Spans of the things that a question asks about, by the frames in which clinicians ask."""
    found = []
    for pattern in scope_data()["frames_compiled"]:
        for match in pattern.finditer(text):
            found.append((match.start("x"), match.end("x"), match["x"]))
    return sorted(set(found))


def _forms(word: str) -> list[str]:
    """The word and its plain stems, for look-up in the vocabulary of the corpus."""
    forms = [word]
    for suffix in ("s", "es", "ed", "ing", "ly", "'s", "al", "ally", "d", "er", "ation", "ment"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            forms += [word[: -len(suffix)], word[: -len(suffix)] + "e"]
    if word.endswith("ies"):
        forms.append(word[:-3] + "y")
    if word.endswith("ated"):
        forms.append(word[:-2] + "ion")
    if word.endswith("y") and len(word) > 4:
        forms.append(word[:-1] + "ies")
    return forms + [word + "s", word + "e", word + "ed"]
