"""What scorers read out of a reply: its claims, what they cite, and whether the words cited carry them.

A reply of Lumbar has sections of claims. One of another program may have an answer with marks `[1]` only: then each line or sentence is
a claim, cited to the sources whose marks stand in it, and the whole source counts as the quotation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from assistant.citations import check_citation
from assistant.types import Citation, Claim
from corpus.load import Corpus

Reply = dict[str, Any]
URGENT = "Red flag"
"""How the title of the urgent block begins."""
_MARK = re.compile(r"\[(\d+)\]")
_SENTENCE = re.compile(r"[^\n.!?]*(?:[.!?](?!\s|$|\[)[^\n.!?]*)*[.!?]*(?:\s?\[\d+\])*\s*|\n")
_SPLIT = re.compile(r"\.[a-z]$")


@dataclass
class Known:
    """What scorers may look up, and what they have found out already."""

    corpus: Corpus
    verdicts: dict[tuple[str, tuple[tuple[str, str], ...]], str] = field(default_factory=dict)


def sources(reply: Reply) -> dict[int, tuple[str, str]]:
    """Number of a source -> its passage id and text."""
    return {int(s["n"]): (str(s["passage_id"]), str(s["text"])) for s in reply.get("sources", [])}


def claims_of(reply: Reply, urgent: bool = True) -> list[Claim]:
    """Every claim with its citations; on request without the urgent block, whose lines repeat the patient's own words."""
    if reply.get("sections"):
        sections = [s for s in reply["sections"] if urgent or not s["title"].startswith(URGENT)]
        return [Claim.model_validate(claim) for section in sections for claim in section["claims"]]
    known = sources(reply)
    found = []
    for text in sentences(reply.get("answer", "")):
        marks = sorted({int(n) for n in _MARK.findall(text) if int(n) in known})
        plain = _MARK.sub("", text).strip(" -*#")
        if len(plain.split()) > 2:
            cited = tuple(Citation(n=n, passage_id=known[n][0], quote=known[n][1]) for n in marks)
            found.append(Claim(text=plain, citations=cited))
    return found


def sentences(text: str) -> list[str]:
    """Sentences of a plain answer, each with the marks behind it; headings are none."""
    lines = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    return [m.group().strip() for line in lines for m in _SENTENCE.finditer(line) if m.group().strip()]


def broken_citations(reply: Reply, corpus: Corpus) -> tuple[int, list[str]]:
    """How many citations there are, and what is wrong with those that do not hold."""
    shown = dict(sources(reply).values())
    total, broken = 0, []
    for claim in claims_of(reply):
        for cite in claim.citations:
            total += 1
            passage = corpus.passages.get(cite.passage_id)
            if passage is None:
                broken.append(f"no passage {cite.passage_id!r} is registered")
            elif not cite.quote or cite.quote not in passage.text or cite.quote not in shown.get(cite.passage_id, ""):
                broken.append(f"not in {cite.passage_id} letter for letter: {cite.quote[:80]!r}")
    marks = {int(n) for n in _MARK.findall(reply.get("answer", ""))}
    for n in sorted(marks - set(sources(reply))):
        total += 1
        broken.append(f"mark [{n}] has no source")
    return total, broken


def unmarked(reply: Reply) -> tuple[int, list[str]]:
    """How many claims there are, and those without a citation that do not say "safety default"."""
    claims = claims_of(reply)
    return len(claims), [claim.text for claim in claims if not claim.citations and not claim.safety_default]


def unsupported(claim: Claim, known: Known) -> str:
    """Why the verifier does not find a claim in its quotations; "" where it does. A citation that is broken is none of its business."""
    cited = tuple((c.passage_id, c.quote) for c in claim.citations)
    if any(key not in known.corpus.passages for key, _ in cited):
        return f"{claim.text[:100]!r}: cited to nothing that is registered"
    if (claim.text, cited) not in known.verdicts:
        reasons = check_citation(claim, known.corpus)
        known.verdicts[(claim.text, cited)] = f"{claim.text[:100]!r}: {reasons[0]}" if reasons else ""
    return known.verdicts[(claim.text, cited)]


def cited_at(reply: Reply, start: int, end: int) -> set[str]:
    """Passage ids of the marks on the lines of the answer that a span touches."""
    answer = reply["answer"]
    first = answer.rfind("\n", 0, start) + 1
    last = answer.find("\n", end)
    known = sources(reply)
    return {known[int(n)][0] for n in _MARK.findall(answer[first : last if last >= 0 else len(answer)]) if int(n) in known}


def allowed_for(point: dict[str, Any], known: Known) -> Callable[[str], bool]:
    """Whether a passage may carry a key point: the case names it, it stands with one of those in an agreement, or it says the point itself."""
    corpus = known.corpus
    named = {corpus.merged.get(fact, fact) for fact in point.get("facts", [])}
    together = {
        s.passage_id
        for agreement in corpus.agreements.values()
        if any(_fact(s.passage_id) in named or s.passage_id in named for s in agreement.supports)
        for s in agreement.supports
    }

    def allowed(key: str) -> bool:
        if key in named or _fact(key) in named or key in together:
            return True
        text = corpus.passages[key].text if key in corpus.passages else ""
        says = any(re.search(p, text, re.IGNORECASE) for p in point["must"])
        return says and not any(re.search(p, text, re.IGNORECASE) for p in point.get("must_not", []))

    return allowed


def _fact(key: str) -> str:
    """The fact that a passage was split from."""
    return _SPLIT.sub("", key)
