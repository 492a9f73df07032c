"""What a document prints about itself beside a recommendation: strength, certainty, and words meant for a machine.

Strength and certainty are recorded as printed, letter for letter, and never inferred: "should" is no grade.
"""

from __future__ import annotations

import re

_GRADES = r"(?:strong(?:ly)?|weak(?:ly)?|conditional(?:ly)?|good practice|discretionary|qualified|moderate)"
_STRENGTH = re.compile(
    rf"""
    (?:(?i:grade|class|strength)(?:\s+(?i:of\s+recommendation|of\s+evidence|recommendation))?\s*[:=]?\s+
        (?:(?i:strong|weak|conditional)(?:\s+(?i:for|against))?|[A-D][+\-]?|I{{1,3}}[ab]?|IV)(?![\w]))
    | (?:(?i:level)\s+[A-D](?!\w))
    | (?i:\b{_GRADES}\s+recommendations?(?:\s+(?:for|against|in\s+favou?r)(?=\s*(?:[,;.:)\]]|$))?)?)
    | (?i:\b(?:strongly|conditionally|weakly)\s+(?:recommend(?:ed|s)?|suggest(?:ed|s)?)(?:\s+against)?)
    | (?i:\bwe\s+(?:recommend|suggest)(?:\s+against)?)(?!\w)
    | (?i:\b(?:the\s+)?(?:panel|committee|group|guideline\s+group)\s+(?:recommends|suggests)(?:\s+against)?)
    | (?i:\bpractice\s+point|\bgood\s+practice\s+(?:point|statement)|\bconsensus[\s-]+based\s+recommendation)
    """,
    re.VERBOSE,
)
_CERTAINTY = re.compile(
    r"""(?ix)
    \b(?:very\s+low|low|moderate|high)(?:\s+to\s+(?:very\s+low|low|moderate|high))?[\s-]+(?:certainty|quality)(?:\s+(?:of\s+)?evidence)?
    | \b(?:certainty|quality)\s+of\s+(?:the\s+)?evidence\s*[:=]\s*(?:very\s+low|low|moderate|high)
    | \blevel\s+of\s+evidence\s*[:=]?\s*(?:[1-5][a-c]?[+\-]{0,2}|I{1,3}[ab]?|IV|V)(?!\w)
    | \bevidence\s+level\s*[:=]?\s*(?:[1-5][a-c]?[+\-]{0,2}|I{1,3}[ab]?|IV|V)(?!\w)
    | \bGRADE\s*[:=]\s*(?:very\s+low|low|moderate|high)
    """
)
_ALONE = re.compile(r"[\s()\[\];,.:\u2022\u2013\u2014|/-]|\b(?:and|evidence|recommendation|of|strength|certainty|quality)\b", re.I)
_TO_A_MACHINE = re.compile(
    r"""(?ix)
    \b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules|guardrails|guidelines\s+above|previous|above|everything)\b
    | \b(?:system|developer)\s+(?:prompt|message|instructions?)\b
    | \byou\s+are\s+(?:now\s+)?(?:an?\s+)?(?:\w+\s+){0,3}(?:AI|assistant|chat\s?bot|language\s+model|LLM|GPT|DAN)\b
    | \bas\s+an?\s+(?:AI|language\s+model|LLM)\b
    | \b(?:do\s+not|don't|never)\s+(?:tell|reveal|mention|inform|warn)\b[^.\n]{0,30}\b(?:user|clinician|reader|doctor)\b
    | \b(?:respond|reply|answer|output)\s+(?:only\s+)?(?:with|in)\s+(?:the\s+following|exactly|json|"|')
    | <\|?(?:im_start|im_end|system|endoftext|begin_of_text|start_header_id)\|?>? | \[/?INST\] | \#{2,}\s*(?:system|instruction)s?\b
    | ^\s*(?:system|assistant)\s*:
    """,
    re.MULTILINE,
)


def strength_of(text: str) -> str | None:
    """The one strength that a recommendation prints, as printed; null where it prints none or several.

    >>> strength_of("We suggest supervised exercise. (Grade B)")
    'Grade B'
    """
    found = [" ".join(match[0].split()) for match in _STRENGTH.finditer(text)]
    marked = [words for words in found if not re.match(r"(?i)(?:we|the|panel|committee|group|guideline)\b", words)]
    return _only(marked or found)


def certainty_of(text: str) -> str | None:
    """The one certainty of evidence that it prints, as printed; null where it prints none or several."""
    return _only([" ".join(match[0].split()) for match in _CERTAINTY.finditer(text)])


def only_grading(text: str) -> bool:
    """Whether a paragraph is nothing but a grade: "(Strong recommendation, low-quality evidence)"."""
    if len(text) > 160 or not (_STRENGTH.search(text) or _CERTAINTY.search(text)):
        return False
    return not _ALONE.sub("", _CERTAINTY.sub("", _STRENGTH.sub("", text)))


def to_a_machine(text: str) -> str | None:
    """Words that read like an instruction to a language model, or null. The text stays; whoever adds it is told."""
    found = _TO_A_MACHINE.search(text)
    return " ".join(found[0].split()) if found else None


def _only(found: list[str]) -> str | None:
    different = {words.casefold() for words in found}
    return found[0] if len(different) == 1 else None
