"""What one message does to a conversation besides raising flags: opens a new case, takes back, corrects, tells of action, or shows who writes.

Phrases are data (`conversation.yaml`). What follows for the flags is left to `ledger.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from assistant.guardrails.ages import find_ages
from assistant.guardrails.lexis import load_lexis, load_yaml
from assistant.guardrails.phrases import Hit, Phrasebook
from assistant.guardrails.questions import speaks_of_one
from assistant.guardrails.reading import Reading, Sentence

_SEXES = {
    "m": "m",
    "male": "m",
    "man": "m",
    "gentleman": "m",
    "boy": "m",
    "f": "f",
    "female": "f",
    "woman": "f",
    "lady": "f",
    "girl": "f",
}
_TITLES = frozenset("mr mrs ms miss".split())
_CLOSES = frozenset(",.;:!?-\n") | {"wrong", "please", "sorry", "last", "and"}


@dataclass(frozen=True, slots=True)
class Deed:
    """Someone acted: the sentence that says so; whether it tells only of a scan, and whether of the whole spine."""

    words: str
    only_scan: bool
    whole_spine: bool
    start: int
    end: int
    """Code points of the sentence."""


@dataclass(frozen=True, slots=True)
class Moves:
    """The moves of one message. `retracts`: "patient" (wrong patient: everything) or "last" (the message before), else None."""

    new_case_at: int | None = None
    text_before: bool = False
    retracts: str | None = None
    correcting: bool = False
    words: str = ""
    deeds: tuple[Deed, ...] = ()
    worse: bool = False
    lay: bool = False
    clinician: bool = False
    age: float | None = None
    sex: str | None = None
    names: frozenset[str] = field(default_factory=frozenset)
    patient: bool = False


@lru_cache(maxsize=1)
def _book() -> Phrasebook:
    book = Phrasebook(load_lexis().book.speller)
    for group, phrases in load_yaml("conversation.yaml").items():
        for phrase in phrases:
            book.add(phrase, group)
    return book


def moves_of(reading: Reading) -> Moves:
    """The moves of a message, from at most its first 20,000 words."""
    doc = reading.doc
    hits: dict[str, list[Hit]] = {}
    for first, end, label in _book().find(doc.words, 0, min(len(doc.words), 20_000)):
        hits.setdefault(label.name, []).append(Hit(first, end, label.name))
    new_case = _new_case(reading, hits)
    retracts = _retracts(reading, hits)
    corrections = [h for h in hits.get("correct", ()) if not _negated(reading, h)]
    takes_back = [*(retracts[1] if retracts else ()), *corrections]
    clinical = bool(hits.get("clinician"))
    ages = list(find_ages(doc, relative=reading.relative_is_patient))
    described = [a for a in ages if not reading.sentence(a.first).general]
    return Moves(
        new_case_at=None if new_case is None else doc.starts[new_case],
        text_before=bool(new_case),
        retracts=retracts[0] if retracts else None,
        correcting=bool(corrections),
        words=_sentence_text(reading, takes_back[0].first) if takes_back else "",
        deeds=_deeds(reading, hits),
        worse=any(not _negated(reading, h) and not reading.sentence(h.first).general for h in hits.get("worse", ())),
        lay=_lay(reading, hits, clinical),
        clinician=clinical,
        age=described[0].years if described else None,
        sex=_sex(reading, described[0].first) if described else None,
        names=_names(reading),
        patient=any(not s.general and not s.supposed and speaks_of_one(reading, s) for s in reading.sentences[:200]),
    )


def _negated(reading: Reading, hit: Hit) -> bool:
    before = reading.doc.words[max(0, hit.first - 3) : hit.first]
    return bool({"no", "not", "isnt", "wasnt", "never", "without", "if"} & set(before))


def _new_case(reading: Reading, hits: dict[str, list[Hit]]) -> int | None:
    masked = {k for h in hits.get("not_new_case", ()) for k in range(h.first, h.end)}
    for hit in hits.get("new_case", ()):
        if hit.first not in masked and not _negated(reading, hit):
            return reading.sentence(hit.first).first
    return None


def _retracts(reading: Reading, hits: dict[str, list[Hit]]) -> tuple[str, list[Hit]] | None:
    words = reading.doc.words
    closing = [h for h in hits.get("retract_closing", ()) if h.end >= len(words) or words[h.end] in _CLOSES]
    found = [
        h
        for h in [*hits.get("retract", ()), *closing]
        if not _negated(reading, h) and not reading.sentence(h.first).question
    ]
    if not found:
        return None
    texts = [" ".join(words[h.first : h.end]) for h in found]
    patient = any(
        any(w in t for w in ("patient", "chart", "record", "notes", "someone else", "confused")) for t in texts
    )
    return ("patient" if patient else "last"), found


def _sentence_text(reading: Reading, token: int) -> str:
    sentence = reading.sentence(token)
    last = sentence.end - 1
    while last > sentence.first and reading.doc.words[last] == "\n":
        last -= 1
    return reading.doc.slice(sentence.first, last)


def _inside(hits: dict[str, list[Hit]], name: str, sentence: Sentence) -> list[Hit]:
    return [h for h in hits.get(name, ()) if sentence.first <= h.first < sentence.end]


def _deeds(reading: Reading, hits: dict[str, list[Hit]]) -> tuple[Deed, ...]:
    """Sentences that say that somebody acted, or that a spinal scan was done; neither questions, plans nor conditions."""
    found: list[Deed] = []
    seen: set[int] = set()
    for hit in sorted(h for name in ("deeds", "deeds_alone", "scan_deeds") for h in hits.get(name, ())):
        sentence = reading.sentence(hit.first)
        if sentence.first not in seen:
            seen.add(sentence.first)
            deed = _deed(reading, hits, sentence)
            if deed is not None:
                found.append(deed)
    return tuple(found)


def _deed(reading: Reading, hits: dict[str, list[Hit]], sentence: Sentence) -> Deed | None:
    if sentence.question or sentence.general or sentence.section in ("hypothetical", "historical", "family"):
        return None
    planned = any(
        c.what.cls == "hypothetical" and c.what.forward for c in reading.cues_between(sentence.first, sentence.end)
    )
    if planned or _inside(hits, "not_done", sentence):
        return None
    alone = [h for h in _inside(hits, "deeds_alone", sentence) if not _denied(reading, h)]
    handed = [h for h in _inside(hits, "deeds", sentence) if not _denied(reading, h)]
    only_scan = not alone and not (handed and _inside(hits, "parties", sentence))
    if only_scan and not _spinal_scan_done(hits, sentence):
        return None
    start, end = reading.doc.starts[sentence.first], reading.doc.ends[sentence.end - 1]
    return Deed(
        _sentence_text(reading, sentence.first), only_scan, bool(_inside(hits, "whole_spine", sentence)), start, end
    )


def _spinal_scan_done(hits: dict[str, list[Hit]], sentence: Sentence) -> bool:
    return bool(_inside(hits, "scan", sentence) and _inside(hits, "scan_deeds", sentence)) and not _inside(
        hits, "other_scans", sentence
    )


def _denied(reading: Reading, hit: Hit) -> bool:
    return bool(
        {"not", "no", "never", "hasnt", "havent", "wasnt", "isnt", "didnt"}
        & set(reading.doc.words[max(0, hit.first - 3) : hit.first])
    )


def _lay(reading: Reading, hits: dict[str, list[Hit]], clinical: bool) -> bool:
    """A patient or carer writes: first person of the body, outside quotation marks, without a clinician's words."""
    words = reading.doc.words
    quoted = _quoted(words)
    own = [h for h in hits.get("lay_person", ()) if h.first not in quoted]
    if reading.relative_is_patient and not any(
        h.label == "clinician" and words[h.first] in ("patient", "pt", "o/e", "c/o", "slr", "examined")
        for h in hits.get("clinician", ())
    ):
        return True
    if not own:
        return False
    strong = [h for h in hits.get("clinician", ()) if words[h.first] not in ("he", "she", "his", "her", "hes", "shes")]
    if strong or (len(hits.get("clinician", ())) >= len(own)):
        return False
    return (
        len(own) >= 2
        or any(words[h.first] == "i" or words[h.first] in ("ive", "im") for h in own)
        or (words[own[0].first] == "my" and not clinical)
    )


def _quoted(words: list[str]) -> set[int]:
    inside: set[int] = set()
    opened = -1
    for k, word in enumerate(words):
        if word == '"':
            if opened >= 0:
                inside.update(range(opened, k))
                opened = -1
            else:
                opened = k
    return inside


def _sex(reading: Reading, at: int) -> str | None:
    words = reading.doc.words
    for k in [*range(at + 1, min(len(words), at + 7)), *range(max(0, at - 3), at)]:
        if words[k] in _SEXES and not (words[k] in ("m", "f") and k > at + 3):
            return _SEXES[words[k]]
    return None


def _names(reading: Reading) -> frozenset[str]:
    words, doc = reading.doc.words, reading.doc
    names = set()
    for k in range(min(len(words), 2000) - 1):
        if words[k] in _TITLES:
            after = k + 2 if words[k + 1] == "." and k + 2 < len(words) else k + 1
            if doc.raw[doc.starts[after]].isupper() and words[after].isalpha():
                names.add(words[after])
    return frozenset(names)


_YES = frozenset("yes yep yeah yup correct affirmative indeed both".split())


def yes_to(reading: Reading, asked: str) -> bool:
    """Whether the message answers yes to an assistant's last question, and only then: "Yes, since this morning"."""
    words = reading.doc.words
    if not words or words[0] not in _YES:
        return False
    after = words[1] if len(words) > 1 else "."
    if after not in (
        ",",
        ".",
        "!",
        ";",
        "-",
        "he",
        "she",
        "since",
        "and",
        "to",
        "they",
        "both",
        "\n",
        "it",
        "there",
        "i",
    ):
        return False
    tail = asked.rstrip()
    return tail.endswith("?") or "?" in tail[-200:]
