"""Reads a question with its conversation: type, focus, case facts and the standalone question, without a model.

The conversation is folded over the user's messages in order; assistant messages are context that a reader can see, never
evidence. What is asked *about* (concepts of the lexicon) carries over to a follow-up that names nothing new; facts of the
patient always do. Scope and evidence are judged in `scope.py`, not here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from assistant.casefacts import Case, Reader, merge, was_operated
from assistant.select import FACETS
from assistant.types import CaseFact
from corpus.lexicon import Lexicon

FOCUS_KINDS = {"drug", "class", "procedure", "imaging", "finding", "sign", "condition", "tool", "care"}
_ELLIPSIS = re.compile(
    r"^\s*(?:and|but|or|so|then|also|ok(?:ay)?|what about|how about|same|what if|if)\b|\b(?:it|this|that|those|these|them|one)\b",
    re.I,
)
_PRONOUN = re.compile(r"\b(?:he|she|they|him|her|them|his|their|it|that|this|these|those)\b", re.I)
_QUESTION = re.compile(
    r"\?|^\s*(?:what|when|why|how|which|who|where|is|are|do|does|did|can|could|should|would|will|may)\b", re.I
)
_OF_DRUGS = frozenset({"interaction", "dose", "duration", "option", "evidence", "comparison"})
_MODIFIER = re.compile(
    r"\b(?:better|worse|improv\w+|eas(?:es|ed|ier)|reliev\w+|aggravat\w+|help(?:s|ed)|settles) (?:with|by|on|after|from|when)\s+(?:\w+\s+)?$", re.I
)
"""What comes next makes a symptom better or worse ("better with exercise"): it describes the patient and is not asked about."""
_CONTINUES = re.compile(r"\s*(?:and|what about|how about|or|same)\b", re.I)
_BACK = re.compile(
    r"\b(?:lbp|cnslbp|back\s?(?:pain|ache)|backache|sciatica|lumbago|lumbar|low(?:er)? back|spin(?:e|al)|disc|radiculopath\w*)\b",
    re.I,
)


@dataclass(frozen=True)
class QuestionType:
    id: str
    weight: int
    cues: tuple[re.Pattern[str], ...]
    asked: tuple[re.Pattern[str], ...]
    focus: bool = False
    extends: bool = False


@lru_cache(maxsize=1)
def question_types() -> tuple[QuestionType, ...]:
    """The types of plans/questions.yaml, heaviest first."""
    raw: dict[str, Any] = yaml.load(
        (files("assistant") / "plans" / "questions.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader
    )
    types = [
        QuestionType(
            id=t["id"],
            weight=t["weight"],
            cues=tuple(re.compile(c, re.I) for c in t["cues"]),
            asked=tuple(re.compile(c, re.I) for c in t.get("asked", ())),
            focus=t.get("focus", False),
            extends=t.get("extends", False),
        )
        for t in raw["types"]
    ]
    return tuple(sorted(types, key=lambda t: (-t.weight, t.id)))


@dataclass(frozen=True)
class Reading:
    """One user turn, read with the turns before it."""

    text: str
    turn: int
    standalone: str
    types: tuple[str, ...]
    """Question types, most decisive first; never empty for a question."""
    focus: tuple[str, ...]
    """Lexicon concepts asked about, in order of mention, without those that only describe the patient."""
    case: Case
    asks: bool
    follow_up: bool
    own_back: bool
    """This message, or the conversation before it, is about the back."""
    subject: str = ""
    """The message that last described the patient or the complaint, for the standalone question."""
    own_types: tuple[str, ...] = ()
    """Types of this message's own words, without those taken over from the conversation."""
    query: str = ""
    """What is searched for: the question itself, completed only where it is elliptical."""

    @property
    def type(self) -> str:
        return self.types[0] if self.types else "option"


def types_of(text: str, has_focus: bool) -> tuple[str, ...]:
    """Question types whose cues match, most decisive first."""
    found = [t for t in question_types() if (has_focus or not t.focus) and any(c.search(text) for c in t.cues)]
    found.sort(key=lambda t: not any(c.search(text) for c in t.asked))
    return tuple(t.id for t in found)


class Questioner:
    """Reads conversations. Holds the lexicon; has no state between calls."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._reader = Reader(lexicon)

    def read(self, messages: Sequence[dict[str, str]]) -> Reading:
        """The last user message, read with the conversation. `messages` ends with a user message."""
        previous: Reading | None = None
        facts: list[Sequence[CaseFact]] = []
        last = len(messages) - 1
        for turn, message in enumerate(messages):
            if message["role"] != "user":
                continue
            text = message["content"]
            facts.append(self._reader.read(text, turn))
            previous = self._turn(text, turn, previous, merge(facts, turn))
        if previous is None or previous.turn != last:
            raise ValueError("the last message must be the user's")
        return previous

    def _focus(self, text: str, case_facts: Sequence[CaseFact]) -> tuple[str, ...]:
        """Concepts that the sentence asks about: those in question sentences first, then any other treatment named."""
        own = {(f.start, f.end) for f in case_facts if f.key in {"takes", "condition"} and f.turn >= 0}
        asked: list[str] = []
        rest: list[str] = []
        for start, end, question in _sentences(text):
            for mention in self._lexicon.find(text[start:end]):
                concept = self._lexicon.concepts[mention.concept]
                if concept.kind not in FOCUS_KINDS or not set(concept.topics) - FACETS:
                    continue
                at = mention.start + start
                if _MODIFIER.search(text[:at]) or was_operated(text, at, concept):
                    continue
                described = (at, mention.end + start) in own
                (asked if question and not described else rest).append(concept.id)
        treatments = [
            c
            for c in rest
            if self._lexicon.concepts[c].kind in {"drug", "class", "procedure", "imaging", "care", "tool"}
        ]
        return tuple(dict.fromkeys(asked or treatments or rest))

    def _asks_for_drug(self, text: str) -> bool:
        """Whether a question ends on a drug ("wants pain relief - diclofenac?"): then it is the drug that is asked about."""
        ends = [m.end for m in self._lexicon.find(text) if self._lexicon.concepts[m.concept].kind == "drug"]
        return any(re.match(r"\W{0,2}(?:ok(?:ay)?|fine|safe)?\s*\?", text[end:], re.I) for end in ends)

    def _turn(self, text: str, turn: int, before: Reading | None, case: Case) -> Reading:
        own_facts = [f for f in case.facts if f.turn == turn]
        focus = self._focus(text, own_facts)
        asking = " ".join(text[a:b] for a, b, question in _sentences(text) if question)
        types = types_of(asking or text, bool(focus))
        if self._asks_for_drug(text):
            first = next((t for t in types if t in _OF_DRUGS), "option")
            types = (first, *(t for t in types if t != first))
        asks = bool(_QUESTION.search(text)) or any(t not in {"option", "definition", "interaction"} for t in types)
        reading = Reading(
            text=text,
            turn=turn,
            standalone=text.strip(),
            types=types,
            own_types=types,
            focus=focus,
            case=case,
            asks=asks,
            follow_up=False,
            own_back=bool(_BACK.search(text)) or bool(before and (before.own_back or before.focus)),
            query=text.strip(),
            subject=subject_of(text) if before is None or _BACK.search(text) else before.subject,
        )
        if before is None:
            return reading
        return self._with_context(reading, before)

    def _with_context(self, now: Reading, before: Reading) -> Reading:
        """Completes an elliptical message from the turn before: its subject, its question, or both."""
        named = bool(now.focus)
        specific = [t for t in now.types if t not in {"option", "definition", "interaction"}]
        short = len(now.text.split()) <= 14
        elliptical = (
            bool(_ELLIPSIS.search(now.text))
            or bool(_PRONOUN.search(now.text))
            or (short and not _BACK.search(now.text))
        )
        if not elliptical:
            return now
        text = now.text.strip()
        about = _brief(before.subject)
        if named and specific:
            return replace(now, standalone=f"{text} \u2014 about: {about}", follow_up=True, subject=before.subject)
        if named:
            bare = not now.asks or bool(_CONTINUES.match(text)) or len(text.split()) <= 2
            types = tuple(dict.fromkeys([*before.types, *now.types])) if bare else now.types
            query = f"{before.query} {text}" if bare else text
            described = all(self._lexicon.concepts[c].kind in {"condition", "finding", "sign"} for c in now.focus)
            kept = [c for c in before.focus if self._lexicon.concepts[c].kind not in {"condition", "finding", "sign"}]
            focus = tuple(dict.fromkeys([*kept, *now.focus])) if bare and described else now.focus
            return replace(
                now,
                focus=focus,
                types=types,
                standalone=f"{text} \u2014 about: {about}",
                query=query,
                follow_up=True,
                subject=before.subject,
            )
        if specific:
            labels = ", ".join(self._lexicon.concepts[c].label for c in before.focus[:3])
            types = types_of(text, bool(before.focus)) or now.types
            standalone = f"{text} \u2014 about: {labels}; {about}" if labels else f"{text} \u2014 about: {about}"
            return replace(
                now,
                focus=before.focus,
                types=types,
                standalone=standalone,
                query=f"{text} {labels}".strip(),
                follow_up=True,
                subject=before.subject,
            )
        return replace(
            now,
            focus=before.focus,
            types=before.types,
            standalone=f"{before.standalone} \u2014 {text}",
            query=f"{before.query} {text}",
            follow_up=True,
            subject=before.subject,
        )


_DESCRIBED = re.compile(
    r"\b(?:a |an |the |this |my )?(?:\d{1,3}[- ]?(?:year[- ]old|yo|y/o)\s+)?(?:patients?|pts?|man|woman|lady|gentleman|person|people|adults?|someone|male|female)\s+"
    r"(?:with|who|presenting|complaining|in|on|aged)\b[^?]*",
    re.I,
)


def subject_of(text: str) -> str:
    """The part of a message that describes the patient or the complaint: its statements, or "a patient with ...", or all of it."""
    told = " ".join(text[s:e].strip() for s, e, asks in _sentences(text) if not asks)
    described = _DESCRIBED.search(text)
    return told or (described.group().strip() if described else text.strip())


def _brief(text: str) -> str:
    return text if len(text) <= 300 else text[:300].rsplit(" ", 1)[0] + " ..."


def _sentences(text: str) -> list[tuple[int, int, bool]]:
    """Sentence spans with whether each asks; a text without any question counts as asking throughout."""
    spans = [
        (m.start(), m.end()) for m in re.finditer(r"[^.?!\n]+(?:[.?!]+(?=\s|$)|\n|$)|[^\n]+", text) if m.group().strip()
    ]
    marked = [(s, e, bool(_QUESTION.search(text[s:e].strip()))) for s, e in spans]
    return marked if any(q for _, _, q in marked) else [(s, e, True) for s, e, _ in marked]
