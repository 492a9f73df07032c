"""The house rules of the corpus that go beyond its shape, as one list of violations.

`check(corpus)` reads nothing but the values given and the two fact lists of the repository. Shapes, references and
vocabulary are `corpus/load.py`'s; whether a claim follows from its quotation is the verifier's in `assistant`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from corpus.load import HERE, Corpus
from corpus.model import Guideline, Passage

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


def check(corpus: Corpus, facts: Path | None = None) -> list[str]:
    """Every violation as "id: what is wrong", sorted; empty when the corpus keeps its rules.

    `facts` is the folder of `fact_ids.yaml` and `unused_facts.yaml` (default: beside this file).
    """
    found: list[str] = []
    used = {passage.guideline_id for passage in corpus.passages.values()}
    used |= {guideline.superseded_by or "" for guideline in corpus.guidelines.values()}
    for guideline in corpus.guidelines.values():
        found += [f"{guideline.id}: {problem}" for problem in _source(corpus, guideline)]
        if guideline.id not in used:
            found.append(f"{guideline.id}: no passage cites this source")
    for passage in corpus.passages.values():
        found += [f"{passage.id}: {problem}" for problem in _passage(corpus, passage)]
    found += _duplicates(corpus)
    found += _agreements(corpus)
    found += _facts(corpus, facts or HERE)
    return sorted(found)


def _source(corpus: Corpus, guideline: Guideline) -> Iterator[str]:
    seen = [guideline.id]
    following = guideline.superseded_by
    while following is not None:
        if following in seen:
            yield f"supersession runs in a circle: {' -> '.join([*seen, following])}"
            break
        seen.append(following)
        following = corpus.guidelines[following].superseded_by
    if (guideline.status == "superseded") != (guideline.superseded_by is not None):
        yield "status superseded and superseded_by go together"
    if not re.fullmatch(r"\d{4}-\d{2}", guideline.checked):
        yield f"checked {guideline.checked!r} is not a year and month"
    if guideline.url is not None and not guideline.url.startswith(("https://", "http://")):
        yield f"url {guideline.url!r} is not an address"
    if guideline.doi is not None and not guideline.doi.startswith("10."):
        yield f"doi {guideline.doi!r} does not start with 10."
    words = " ".join(filter(None, (guideline.short, guideline.title, guideline.citation, guideline.status_note)))
    if guideline.content == "digest" and (match := READER.search(words)):
        yield f"reader wording {match[0]!r}"


def _passage(corpus: Corpus, passage: Passage) -> Iterator[str]:
    guideline = corpus.guideline_of(passage)
    if not ID.fullmatch(passage.id):
        yield "id must be letters, digits and hyphens, with dots between parts"
    if passage.section == passage.id or (passage.section or "").startswith(f"{passage.guideline_id}-"):
        yield "section must be what the source prints, not an id"
    if len(set(passage.topics)) != len(passage.topics):
        yield "a topic stands twice"
    if guideline.status != "current" and passage.status == "current":
        yield f"is current in a source that is {guideline.status}"
    if passage.status == "withdrawn" and passage.status_since is None:
        yield "a withdrawn passage needs status_since"
    yield from _grade(passage)
    if guideline.content == "digest":
        yield from _wording(passage)
        yield from _numbers(passage)


def _grade(passage: Passage) -> Iterator[str]:
    if passage.strength is None and passage.certainty is None:
        return
    if not passage.established:
        yield "a recalled or uncertain passage carries no strength or certainty"
    if passage.status == "withdrawn":
        yield "a withdrawn passage carries no strength"
    allowed = GRADES.get(passage.guideline_id, NO_GRADE)
    if passage.strength is not None and not allowed.fullmatch(passage.strength):
        yield f"strength {passage.strength!r} is no grade of {passage.guideline_id}"
    if passage.certainty is not None and (
        passage.guideline_id in NO_CERTAINTY or passage.guideline_id not in GRADES or len(passage.certainty) > 250
    ):
        yield f"certainty {passage.certainty!r}: {passage.guideline_id} prints none"


def _wording(passage: Passage) -> Iterator[str]:
    shown = " ".join(
        filter(None, (passage.text, passage.section, passage.status_note, passage.population.text, passage.strength))
    )
    if match := READER.search(shown):
        yield f"reader wording {match[0]!r}"
    if not re.match(r"[A-Z0-9]", passage.text) or not passage.text.endswith((".", '."')):
        yield "text must be whole sentences, from a capital to a full stop"
    if len(SENTENCE.split(passage.text)) > MAX_SENTENCES or len(passage.text) > MAX_CHARS:
        yield f"text is longer than {MAX_SENTENCES} sentences or {MAX_CHARS} characters; split it"


def _numbers(passage: Passage) -> Iterator[str]:
    """Doses and limits are findable by topic, and nothing unconfirmed prints one."""
    if DOSE.search(passage.text) and "dose" not in passage.topics:
        yield "prints a dose without the topic dose"
    if LIMIT.search(passage.text) and "duration" not in passage.topics:
        yield "prints a limit of time without the topic duration"
    if not passage.established and (match := DOSE.search(passage.text) or SHARE.search(passage.text)):
        yield f"prints {match[0]!r} although it is recalled or uncertain; move the figure to the note"


def _duplicates(corpus: Corpus) -> list[str]:
    texts = Counter((passage.guideline_id, passage.text.casefold()) for passage in corpus.passages.values())
    return [
        f"{passage.id}: another passage of {passage.guideline_id} has the same text"
        for passage in corpus.passages.values()
        if texts[passage.guideline_id, passage.text.casefold()] > 1
    ]


def _agreements(corpus: Corpus) -> Iterator[str]:
    for agreement in corpus.agreements.values():
        for support in agreement.supports:
            passage = corpus.passages[support.passage_id]
            if passage.status != "current":
                yield f"{agreement.id}: support {passage.id} is {passage.status}"
        issuers = {corpus.passages[support.passage_id].guideline_id for support in agreement.supports}
        if len(issuers) < 2:
            yield f"{agreement.id}: an agreement needs two sources, this has one"


def _facts(corpus: Corpus, folder: Path) -> Iterator[str]:
    """Every researched fact is a passage, whole or split, or has a reason why not."""
    listed = [fact for part in _data(folder / "fact_ids.yaml")["facts"].values() for fact in part]
    unused = {row["id"]: row for row in _data(folder / "unused_facts.yaml")["unused"]}
    present = set(corpus.passages) | {passage_id.rpartition(".")[0] for passage_id in corpus.passages}
    for fact in listed:
        if fact in present and fact in unused:
            yield f"{fact}: is a passage and in unused_facts.yaml; keep one"
        elif fact not in present and fact not in unused:
            yield f"{fact}: is neither a passage nor in unused_facts.yaml"
    for fact, row in unused.items():
        if not str(row.get("reason") or "").strip():
            yield f"{fact}: stands in unused_facts.yaml without a reason"
        if row.get("into") and row["into"] not in corpus.passages:
            yield f"{fact}: unused_facts.yaml points to {row['into']!r}, which is no passage"
        if fact not in listed:
            yield f"{fact}: stands in unused_facts.yaml but is no researched fact"


def _data(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
