"""The registry of sources: states, chains of supersession, validity, addresses and licence.

Passages are `check_passages.py`'s. A clinic's own document (full text) may leave out its licence: the card then says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.check_passages import READER
from corpus.currency import valid_years
from corpus.load import Corpus
from corpus.model import Guideline
from corpus.violations import Violation

FILE = "sources.yaml"
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
SINCE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
SOURCE_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
Fault = tuple[str, str]


def source_faults(corpus: Corpus) -> Iterator[Violation]:
    """What is wrong with each registered source."""
    used = {passage.guideline_id for passage in corpus.passages.values()}
    used |= {guideline.superseded_by or "" for guideline in corpus.guidelines.values()}
    for guideline in corpus.guidelines.values():
        faults = [*_chain(corpus, guideline), *_state(guideline), *_validity(guideline), *_origin(guideline)]
        if guideline.id not in used:
            faults.append(("no passage cites this source", "write its passages or take it out of the registry"))
        for problem, do in faults:
            yield Violation(FILE, guideline.id, problem, do)


def _chain(corpus: Corpus, guideline: Guideline) -> Iterator[Fault]:
    seen = [guideline.id]
    following = guideline.superseded_by
    while following is not None:
        if following in seen:
            yield (
                f"supersession runs in a circle: {' -> '.join([*seen, following])}",
                "name the newer source in superseded_by, and none in the newest",
            )
            return
        seen.append(following)
        following = corpus.guidelines[following].superseded_by
    newer = corpus.guidelines.get(guideline.superseded_by or "")
    if newer is not None and newer.year and guideline.year and newer.year < guideline.year:
        yield (
            f"is of {guideline.year} and superseded by {newer.id} of {newer.year}",
            "correct superseded_by or the year",
        )


def _state(guideline: Guideline) -> Iterator[Fault]:
    if (guideline.status == "superseded") != (guideline.superseded_by is not None):
        yield "status superseded and superseded_by go together", "give both or neither"
    own = guideline.content == "full_text"  # a clinic's own document: what replaced it says when
    if guideline.status in ("superseded", "withdrawn") and guideline.status_since is None and not own:
        yield f"is {guideline.status}, not said since when", "add status_since"
    if guideline.status_since is not None and not SINCE.fullmatch(guideline.status_since):
        yield f"status_since {guideline.status_since!r} is not a date", "write year, year-month or year-month-day"
    if guideline.status_since is not None and guideline.status == "current":
        yield "is current and has status_since", "take status_since out or correct the status"
    if not MONTH.fullmatch(guideline.checked):
        yield f"checked {guideline.checked!r} is not a year and month", 'write it as "2026-11"'


def _validity(guideline: Guideline) -> Iterator[Fault]:
    """What is past its issuer's own period and was never replaced says since when; nothing else does."""
    years = valid_years(guideline)
    ended = guideline.year + years if years and guideline.year else None
    if guideline.lapsed_since is not None and guideline.status != "current":
        yield f"is {guideline.status} and lapsed_since stands", "take lapsed_since out: what was replaced has not lapsed"
    elif guideline.lapsed_since is not None and ended is None:
        yield "lapsed_since stands, and its issuer gives no period", "take it out or add the issuer to VALID_YEARS"
    elif ended is not None and guideline.status == "current" and guideline.lapsed_since not in (None, ended):
        yield f"lapsed_since is {guideline.lapsed_since}, the issuer's {years} years end in {ended}", f"write {ended}"
    elif (
        ended is not None
        and guideline.status == "current"
        and guideline.lapsed_since is None
        and ended <= int(guideline.checked[:4])
    ):
        yield f"is past its issuer's {years} years and does not say so", f"add lapsed_since: {ended}"


def _origin(guideline: Guideline) -> Iterator[Fault]:
    if guideline.url is not None and not guideline.url.startswith(("https://", "http://")):
        yield f"url {guideline.url!r} is not an address", "give the original's address with https://"
    if guideline.doi is not None and not guideline.doi.startswith("10."):
        yield f"doi {guideline.doi!r} does not start with 10.", "give the DOI alone, without an address before it"
    if not guideline.licence and guideline.content == "digest":
        yield "no licence is stated", "say under which terms its words are used"
    if not SOURCE_ID.fullmatch(guideline.id):
        yield "the id must be lower case letters, digits and hyphens", "rename it"
    words = " ".join(filter(None, (guideline.short, guideline.title, guideline.citation, guideline.status_note)))
    if guideline.content == "digest" and (match := READER.search(words)):
        yield f"reader wording {match[0]!r}", "say it in words for a reader of the product"
