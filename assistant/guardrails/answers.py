"""Answers written beside a mention: yes and no, boxes, plus and minus, the value of a key.

Answers in the next sentence ("Fever? No.") are found by `questions.py`.
"""

from __future__ import annotations

from assistant.guardrails.scopes import Span
from assistant.guardrails.sentences import BOXES, STOPS, Reading, Sentence


def answer_beside(reading: Reading, sentence: Sentence, span: Span) -> tuple[str, int] | None:
    """(yes, no or unknown; its token) where a sign, box or answer stands beside the mention."""
    return (
        _sign(reading, sentence, span)
        or _box(reading, sentence, span)
        or _word_answer(reading, sentence, span)
        or _letter(reading, span)
    )


_BEFORE_LETTER = frozenset(["/", ",", ";", ":", "\n", ".", "•", "-"])


def _letter(reading: Reading, span: Span) -> tuple[str, int] | None:
    """ "Y saddle numbness / N fever": a capital Y or N before each item of a list, both or one of them more than once."""
    at = span.first - 1
    if not _opens_item(reading, at):
        return None
    around = range(max(0, at - 40), min(len(reading.doc.words), at + 40))
    if sum(_opens_item(reading, k) for k in around) < 2:
        return None
    return ("yes" if reading.doc.words[at] == "y" else "no"), at


def _opens_item(reading: Reading, at: int) -> bool:
    doc = reading.doc
    if at < 0 or at + 1 >= len(doc.words) or doc.words[at] not in ("y", "n") or not doc.slice(at, at).isupper():
        return False
    return (at == 0 or doc.words[at - 1] in _BEFORE_LETTER) and doc.words[at + 1][0].isalpha()


def _sign(reading: Reading, sentence: Sentence, span: Span) -> tuple[str, int] | None:
    words, doc = reading.doc.words, reading.doc
    at = span.first - 1
    if at >= 0 and words[at] in ("+", "-", "(+)", "(-)", "++") and doc.ends[at] == doc.starts[span.first]:
        spaced = at == 0 or words[at - 1] in (",", ";", ":", "\n", "(", "/", ".") or doc.ends[at - 1] < doc.starts[at]
        line_start = at == 0 or words[at - 1] == "\n"
        if spaced and not (line_start and words[at] == "-"):
            return ("yes" if "+" in words[at] else "no"), at
    for back in range(at, max(at - 3, sentence.first - 1), -1):
        if words[back] in ("+", "-") and _signed_list(words, back, sentence):
            return ("yes" if words[back] == "+" else "no"), back
        if words[back] in STOPS:
            break
    if at >= 0 and words[at] in ("(+)", "(-)"):
        return ("yes" if "+" in words[at] else "no"), at
    at = span.end
    if at < sentence.end and words[at] in ("+", "-", "++", "+++", "(+)", "(-)", "+ve", "-ve"):
        closed = (
            at + 1 >= len(words)
            or words[at + 1] in STOPS
            or words[at + 1] in ("/", ")")
            or doc.ends[at - 1] == doc.starts[at]
        )
        joined = at + 1 < len(words) and doc.ends[at] == doc.starts[at + 1] and words[at + 1].isalnum()
        if (
            closed
            and not joined
            and not (
                words[at] == "-"
                and doc.ends[at - 1] < doc.starts[at]
                and at + 1 < len(words)
                and words[at + 1] not in STOPS
            )
        ):
            return ("yes" if "+" in words[at] else "no"), at
    return None


def _signed_list(words: list[str], at: int, sentence: Sentence) -> bool:
    """ "+ retention, - fever": signs that open the items of a list, both kinds in it."""
    bare = words[sentence.first] in ("+", "-")
    opens = [
        k
        for k in range(sentence.first, min(sentence.end, sentence.first + 80))
        if words[k] in ("+", "-") and (bare or k == sentence.first or words[k - 1] in (",", ";"))
    ]
    return at in opens and {words[k] for k in opens} == {"+", "-"}


def _box(reading: Reading, sentence: Sentence, span: Span) -> tuple[str, int] | None:
    words = reading.doc.words
    for k in range(span.first - 1, max(-1, span.first - 7), -1):
        if words[k] in BOXES:
            if BOXES[words[k]] == "yes":
                return "yes", k
            around = range(max(0, k - 60), min(len(words), k + 60))
            return ("no" if any(BOXES.get(words[j]) == "yes" for j in around) else "unknown"), k
        if words[k] in STOPS or words[k] == ":":
            break
    return None


_EITHER = (["y", "/", "n"], ["n", "/", "y"], ["yes", "/", "no"], ["no", "/", "yes"])


def _word_answer(reading: Reading, sentence: Sentence, span: Span) -> tuple[str, int] | None:
    words = reading.doc.words
    k, marked = span.end, False
    limit = min(
        sentence.end,
        span.end + (60 if ":" in words[span.end : span.end + 60] and words[span.end : span.end + 1] == [","] else 14),
    )
    while k < limit and k < len(words):
        word = words[k]
        if words[k : k + 3] in _EITHER:  # the key asks "Y/N"; its answer comes after
            k += 3
            continue
        found = (
            reading.answers.get(k)
            if word not in ("-", "+", ":") and not (word == "?" and k == sentence.end - 1 and not marked)
            else None
        )
        if found is not None and (
            marked
            or (
                k == span.end
                and word not in ("absent", "negative", "present", "positive", "neg", "denied", "reported", "endorsed")
            )
        ):
            after = found[1]
            ends = after >= len(words) or words[after] in STOPS or words[after] in ("/", "(", "-", ":", "[x]", "[ ]")
            ends = ends or (marked and (word in ("n", "y") or ":" in words[after : after + 5]))
            if (
                ends
                or (found[0] == "yes" and marked and word in ("yes", "y"))
                or (marked and words[after] in ("but", "since", "x", "today", "currently") and len(word) <= 4)
            ):
                return found[0], k
            return None if not sentence.postfix else (found[0], k)
        if word in (":", "=", "..", "...", "→", "--") or (
            word == "-" and reading.doc.ends[k - 1] < reading.doc.starts[k]
        ):
            marked = True
        elif word in (",", ";", ".", "\n"):
            if not _key_list(reading, sentence, span, k):
                return None
        elif marked and word not in ("pt", "patient", "he", "she"):
            return None
        elif k in reading.cue_at and not sentence.postfix:
            return None
        k += 1
    return None


def _key_list(reading: Reading, sentence: Sentence, span: Span, comma: int) -> bool:
    """ "Fever, chills, sweats: no": a comma inside the key of an answer."""
    words = reading.doc.words
    if words[comma] != ",":
        return False
    for k in range(comma, min(sentence.end, comma + 60)):
        if words[k] == ":":
            found = reading.answers.get(k + 1)
            return found is not None and not reading.cues_between(sentence.first, k)
    return False
