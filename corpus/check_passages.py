"""Passages: grade words of each issuer, wording, numbers and provenance, and pairs of one source that repeat or contradict."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations

from corpus.currency import standing
from corpus.load import Corpus
from corpus.model import Passage

NICE = re.compile(
    r"(think about|consider|offer|do not offer|do not routinely offer|do not use|do not allow|explain|provide|promote"
    r"|be aware|refer|only perform)(; (do not offer|consider))?"
)
ACR = re.compile(r"(usually appropriate|may be appropriate|usually not appropriate)")
VADOD = re.compile(r"(strong|weak) (for|against)|neither for nor against")
NO_GRADE = re.compile(r"(?!)")
GRADES: dict[str, re.Pattern[str]] = {
    "acp2017": re.compile(r"strong|weak"),
    "acpaps2007": re.compile(r"strong|weak"),
    "acr2021": ACR,
    "apta2021": re.compile(r"Grade [A-D]"),
    "beers-2023": re.compile(r"(strong|weak) recommendation"),
    "bmj2025": re.compile(r"(strong|weak) (for|against)"),
    "cdc-2022": re.compile(r"category [AB]"),
    "idsa2015": re.compile(r"(strong|weak) recommendation"),
    "nass-ovf": re.compile(r"Grade [ABCI]( \(insufficient\))?"),
    "nassldh": re.compile(r"Grade [ABCI]( \(insufficient\))?|work group consensus"),
    "ng12": NICE,
    "ng59": NICE,
    "ng65": NICE,
    "vadod2017": VADOD,
    "vadod2022": VADOD,
    "who2023": re.compile(r"conditional (for|against)|good practice statement|no recommendation"),
}
"""Words in which each issuer grades. A source that is not here grades nothing, so its passages carry no strength."""
NO_CERTAINTY = frozenset(
    {"acr2021", "apta2021", "cdc-2022", "nassldh", "ng12", "ng59", "ng65", "vadod2017", "vadod2022"}
)
"""Issuers that print no certainty beside a recommendation."""

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9-]+)*")
DOSE = re.compile(r"\b\d[\d,]*(\.\d+)? ?(mg|g|mcg|micrograms?)\b(?! ?/ ?[dm]?L)")
SHARE = re.compile(r"\b\d+(\.\d+)? ?%(?! (gel|patch|cream))")
LIMIT = re.compile(
    r"(no longer than|no more than|limited to|limited periods of up to|rest for more than|limit it to under)"
    r"[^.;]{0,25}(hour|day|week|month)s?\b"
)
READER = re.compile(
    r"\brecalled\b|from memory|could not be read|not readable|in the pages|\bsee note\b|\bas above\b|fact pack"
    r"|\bLBP\b|paraphrased|page read|machine.translat",
    re.IGNORECASE,
)
"""Words about how a fact was read, and abbreviations, which no reader should meet."""
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"(])")
MAX_SENTENCES = 3
MAX_CHARS = 620

ALIKE, SAME = 0.72, 0.9
"""Share of common words from which two passages of one source are compared for opposite sense, and for numbers."""
_WORD = re.compile(r"[a-z]+|\d[\d,.]*\d|\d")
_EMPTY = frozenset(
    "the a an of in or and to for with is are be by on at as it its that this from low back pain people patients who "
    "may can should when than if was were has have".split()
)
_NEGATION = frozenset("not no never without against avoid nor neither cannot".split())

Fault = tuple[str, str]


def passage_faults(corpus: Corpus, passage: Passage) -> Iterator[Fault]:
    """What is wrong with one passage, each with what to do."""
    guideline = corpus.guideline_of(passage)
    if not ID.fullmatch(passage.id):
        yield "id must be letters, digits and hyphens, with dots between parts", "rename it"
    if passage.section == passage.id or (passage.section or "").startswith(f"{passage.guideline_id}-"):
        yield "section must be what the source prints, not an id", "write its number or heading, or leave it out"
    if len(set(passage.topics)) != len(passage.topics):
        yield "a topic stands twice", "keep one"
    digest = guideline.content == "digest"  # a passage of a clinic's own document has its document's status
    if digest and guideline.status != "current" and passage.status == "current":
        yield f"is current in a source that is {guideline.status}", f"set status: {guideline.status}"
    if passage.status == "current" and passage.status_since is not None:
        yield "is current and has status_since", "take it out or correct the status"
    now = standing(corpus, passage)
    if digest and now.state in ("superseded", "withdrawn") and now.since is None:
        yield f"{now.state} needs status_since", "add status_since: year, or the day where it is known"
    if not digest:
        yield from _printed(passage)
    if digest:
        yield from _grade(passage)
        yield from _wording(passage)
        yield from _numbers(passage)


def _grade(passage: Passage) -> Iterator[Fault]:
    if passage.strength is None and passage.certainty is None:
        return
    if not passage.established:
        yield "a recalled or uncertain passage carries no strength or certainty", "take the grade out or confirm it"
    if passage.status == "withdrawn":
        yield "a withdrawn passage carries no strength", "take strength out"
    allowed = GRADES.get(passage.guideline_id, NO_GRADE)
    if passage.strength is not None and not allowed.fullmatch(passage.strength):
        yield (
            f"strength {passage.strength!r} is no grade of {passage.guideline_id}",
            "write the issuer's own word (GRADES in corpus/check_passages.py), or leave it out",
        )
    if passage.certainty is not None and (
        passage.guideline_id in NO_CERTAINTY or passage.guideline_id not in GRADES or len(passage.certainty) > 250
    ):
        yield f"certainty {passage.certainty!r}: {passage.guideline_id} prints none", "take it out"


def _printed(passage: Passage) -> Iterator[Fault]:
    """A document's own text carries the grade that it prints, and no other."""
    text = " ".join(passage.text.split())
    for grade in (passage.strength, passage.certainty):
        if grade is not None and grade not in text:
            yield f"{grade!r} is not printed in its text", "add the document again"


def _wording(passage: Passage) -> Iterator[Fault]:
    shown = " ".join(
        filter(None, (passage.text, passage.section, passage.status_note, passage.population.text, passage.strength))
    )
    if match := READER.search(shown):
        yield f"reader wording {match[0]!r}", "say it in words for a reader of the product"
    if not re.match(r"[A-Z0-9]", passage.text) or not passage.text.endswith((".", '."')):
        yield "text must be whole sentences, from a capital to a full stop", "write it out"
    if len(SENTENCE.split(passage.text)) > MAX_SENTENCES or len(passage.text) > MAX_CHARS:
        yield f"text is longer than {MAX_SENTENCES} sentences or {MAX_CHARS} characters", "split it into .a and .b"


def _numbers(passage: Passage) -> Iterator[Fault]:
    """Doses and limits are findable by topic, and nothing unconfirmed prints one."""
    if DOSE.search(passage.text) and "dose" not in passage.topics:
        yield "prints a dose without the topic dose", "add the topic"
    if LIMIT.search(passage.text) and "duration" not in passage.topics:
        yield "prints a limit of time without the topic duration", "add the topic"
    if not passage.established and (match := DOSE.search(passage.text) or SHARE.search(passage.text)):
        yield f"prints {match[0]!r} although it is recalled or uncertain", "move the figure to the note"


def pair_faults(corpus: Corpus) -> Iterator[tuple[str, str, str]]:
    """(id, problem, what to do) for passages of one source of ours that say the same twice, or the opposite of each other."""
    own = [p for p in corpus.passages.values() if corpus.guideline_of(p).content == "digest"]
    texts = Counter((p.guideline_id, p.text.casefold()) for p in own)
    groups: dict[str, list[Passage]] = defaultdict(list)
    for passage in own:
        groups[passage.guideline_id].append(passage)
        if texts[passage.guideline_id, passage.text.casefold()] > 1:
            yield passage.id, f"another passage of {passage.guideline_id} has the same text", "keep one"
    read = {p.id: _read(p.text) for p in own}
    for group in groups.values():
        for one, other in combinations(group, 2):
            problem = _pair(one, other, read[one.id], read[other.id])
            if problem:
                yield one.id, f"{problem} {other.id}, of the same source", "correct one, or say to whom each applies"


Read = tuple[frozenset[str], int, tuple[str, ...]]


def _read(text: str) -> Read:
    """Words that carry sense, number of negations, numbers in order."""
    words = _WORD.findall(text.lower())
    numbers = tuple(w for w in words if w[0].isdigit())
    sense = frozenset(w for w in words if not w[0].isdigit() and w not in _EMPTY and w not in _NEGATION)
    return sense, sum(w in _NEGATION for w in words), numbers


def _pair(one: Passage, other: Passage, a: Read, b: Read) -> str | None:
    if one.text.casefold() == other.text.casefold() or one.status != other.status:
        return None
    if one.population != other.population:
        return None
    alike = len(a[0] & b[0]) / max(1, len(a[0] | b[0]))
    if alike >= ALIKE and a[1] % 2 != b[1] % 2:
        return "contradicts"
    if alike >= SAME:
        return "gives another number than" if a[2] != b[2] else "says nearly the same as"
    return None
