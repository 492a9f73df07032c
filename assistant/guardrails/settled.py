"""Whether a symptom is over: "had a temperature in January, fine now" is past; what came and went today is not yet.

The words "resolved" and the like are cues of `cues.yaml`; deciding with them is left to `assertion.py`.
"""

from __future__ import annotations

from assistant.guardrails.scopes import Span
from assistant.guardrails.sentences import Cue, Reading, Sentence

_TODAY = frozenset("today tonight yesterday overnight hour hours hrs".split())


def of_today(reading: Reading, sentence: Sentence, span: Span, cue: Cue) -> bool:
    """ "Saddle numb for two hours this morning, resolved": what came and went within a day is asked about again, not filed as past."""
    words = reading.doc.words
    if cue.first < span.end or words[cue.first] not in ("resolved", "settled", "now", "has", "gone", "went", "cleared", "back"):
        return False
    told = words[max(sentence.first, span.first - 6) : cue.first]
    return bool(_TODAY & set(told)) or any(
        pair in (("this", "morning"), ("last", "night"), ("this", "afternoon"), ("this", "evening"), ("this", "am")) for pair in zip(told, told[1:], strict=False)
    )


_NOW_WELL = frozenset([("fine", "now"), ("well", "now"), ("ok", "now"), ("better", "now"), ("now", "fine"), ("now", "well"), ("since", "well"), ("well", "since")])


_SINCE_WELL = frozenset([("fine", "since"), ("ok", "since"), ("well", "since")])


def well_now(reading: Reading, sentence: Sentence, span: Span) -> bool:
    """ "Had a temperature with flu in January, fine now"."""
    words = reading.doc.words
    after = words[span.end : min(sentence.end, span.end + 14)]
    if any(pair in _SINCE_WELL for pair in zip(after, after[1:], strict=False)):
        return True
    if not {"had", "was", "were"} & set(words[max(sentence.first, span.first - 3) : span.first + 1]):
        return False
    return any(pair in _NOW_WELL for pair in zip(after, after[1:], strict=False))
