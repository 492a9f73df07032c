"""False premises of a question: a claim that guidelines contradict, taken for granted by the one who asks.

The claims are data of the PR rules (`params.claims`); the frames that assert or leave open are in `premises.yaml`. Correcting the
premise in a reply is left to the pipeline: the finding carries the correction and the passage that it stands on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import yaml

from assistant.guardrails.clauses import Reading, alternatives, read
from assistant.guardrails.rules import Rule, readable_rules
from assistant.types import Finding, Where

_DENIAL = re.compile(
    r"\b(?:not|no|never|n't|isn't|aren't|doesn't|don't|won't|cannot|can't|without|rarely|seldom|unlikely|against|nor|hardly|no longer)\b"
)
_TURNED_VERB = re.compile(
    r"\b(?:does|do|did|can|will|would|should|must) ?not\b|(?:does|do|did|wo|would|should)n't\b|\bcannot\b|\bcan't\b|\bnever (?:rules?|excludes?|means?)\b"
)
_TURNED = re.compile(
    r"^[^.?!;]{0,30}\b(?:is|are|was) (?:a myth|untrue|false|wrong|outdated|a misconception|not true)\b"
)


@lru_cache(maxsize=1)
def _frames() -> dict[str, re.Pattern[str]]:
    data = yaml.load(Path(__file__).with_name("premises.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    return {key: re.compile(rf"(?<![\w'])(?:{alternatives(words)})(?![\w])") for key, words in data.items()}


@lru_cache(maxsize=64)
def _claims(claims: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(claims)})")


def find_premises(question: str, *, broken: set[str] | None = None) -> list[Finding]:
    """False premises of a question, in order of place, each with exact offsets, a correction as message and its passage as source.

    `broken`: where given, a rule that cannot be read or run is added to it by name and the others still run; else it raises.
    """
    reading = read(question)
    found: list[Finding] = []
    for rule in readable_rules(broken).of_kind("premise"):
        try:
            found += list(_find(rule, reading))
        except Exception:
            if broken is None:
                raise
            broken.add(f"{rule.id} {rule.name}")
    return sorted(found, key=lambda f: (f.start or 0, f.rule))


def _find(rule: Rule, reading: Reading) -> Iterator[Finding]:
    for start, end in sorted({c.sentence for c in reading.clauses}):
        sentence = reading.text[start:end]
        taken = (
            _claims(tuple(rule.params.get("presupposes", ()))).search(sentence)
            if rule.params.get("presupposes")
            else None
        )
        if taken is not None and not _frames()["others"].search(sentence[: taken.start()]):
            yield _finding(rule, reading, start + taken.start(), start + taken.end())
            return
        for match in _claims(tuple(rule.params["claims"])).finditer(sentence):
            if (_TURNED_VERB if rule.params.get("negative") else _DENIAL).search(match.group()):
                continue
            if _asserted(sentence, match):
                yield _finding(rule, reading, start + match.start(), start + match.end())
                return


def _asserted(sentence: str, match: re.Match[str]) -> bool:
    """Whether the sentence takes the claim for granted."""
    frames = _frames()
    before = sentence[: match.start()]
    if frames["others"].search(before) or _TURNED.match(sentence[match.end() :]):
        return False
    near = before[-70:]
    denied = re.search(r"\b(?:not|no|never|n't|isn't|doesn't|don't|false|untrue)\b[^,;]{0,30}$", near)
    if denied:
        return False
    framed = [m for m in frames["frames"].finditer(near) if not re.search(r"[,;:]", near[m.end() :])]
    if framed:
        opening = near[: framed[-1].start()]
        return not re.search(r"\b(?:ask|asks|asked|wonder\w*|know|unsure) $", opening)
    if frames["asks"].search(before + match.group().split(" ")[0] + " ") and _open(sentence, match):
        return False
    return not sentence.rstrip().endswith("?") or bool(
        re.search(
            r"[,;:] ?(?:so|then|which|what|how|who|when|can|should|right|correct|yes|isn't it|aren't they)\b",
            sentence[match.end() :],
        )
    )


def _open(sentence: str, match: re.Match[str]) -> bool:
    """Whether the question mark, or a question's opening, covers the claim."""
    opening = _frames()["asks"].search(sentence[: match.end()])
    return opening is not None and not re.search(
        r"[;:]|, (?:since|because|as|given)\b", sentence[opening.end() : match.start()]
    )


def _finding(rule: Rule, reading: Reading, start: int, end: int) -> Finding:
    first, last = reading.folded.span(start, end)
    return Finding(
        rule=rule.id, category=rule.category, kind="premise", stage="question", assertion="present", severity="info", action=rule.action,
        message=rule.message, source=rule.source, where=Where(field="question"), quote=reading.folded.raw[first:last], start=first, end=last,
    )  # fmt: skip
