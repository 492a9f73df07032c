"""Words that someone wants written, and not a finding: 'put "saddle numbness" on the form', "word it as 'progressive weakness'".

Only where the text itself says otherwise of the patient (power normal, there is none): a quotation alone stays a statement.
"""

from __future__ import annotations

from bisect import bisect_right

from assistant.guardrails.scopes import Span
from assistant.guardrails.sentences import Reading, Sentence

_MARKS = frozenset(['"', "'"])
_WRITING = frozenset(
    "word wording worded phrase write writing written writes put say says state code coded document label letter referral form report request note ticked tick box insurer wants wanted".split()
)
_OTHERWISE = frozenset("normal none absent intact full unremarkable stable fine ok".split())
_NOT_THERE = (["but", "there", "is", "none"], ["is", "not", "true"], ["isnt", "true"], ["not", "present"], ["no", "such"])
_FAR = 40


def only_wording(reading: Reading, sentence: Sentence, span: Span) -> bool:
    """Whether the mention stands in quotation marks as words to be written, beside a finding that says otherwise."""
    words = reading.doc.words
    if not _in_quotes(words, sentence, span):
        return False
    if not _WRITING & set(words[sentence.first : span.first]) and not _WRITING & set(words[span.end : sentence.end]):
        return False
    after = words[span.end : min(_next_end(reading, sentence), span.end + _FAR)]
    graded = any(after[k : k + 3] == ["5", "/", "5"] for k in range(len(after)))
    denied = any(after[k : k + len(p)] == p for p in _NOT_THERE for k in range(len(after)))
    return graded or denied or bool(_OTHERWISE & set(after))


def taken_back(words: list[str], sentence: Sentence, span: Span) -> bool:
    """ "I wrote saddle numbness, that was a dictation error": the writer calls the words of this sentence a slip."""
    before = words[max(sentence.first, span.first - 6) : span.first]
    told = any(before[k] == "i" and before[k + 1] in _TOLD for k in range(len(before) - 1))
    return told and bool(_SLIPS & set(words[span.end : min(sentence.end, span.end + 10)]))


_TOLD = frozenset("wrote typed put said dictated entered ticked clicked".split())
_SLIPS = frozenset("error mistake typo mistyped misheard autocorrect slip".split())


def _in_quotes(words: list[str], sentence: Sentence, span: Span) -> bool:
    """A mark within six tokens on each side, the one that opens not being a closing one."""
    opens = [k for k in range(max(sentence.first, span.first - 6), span.first) if words[k] in _MARKS]
    closes = [k for k in range(span.end, min(sentence.end, span.end + 6)) if words[k] in _MARKS]
    if not opens or not closes:
        return False
    before = sum(1 for k in range(sentence.first, span.first) if words[k] == words[opens[-1]])
    return before % 2 == 1 and words[opens[-1]] == words[closes[0]]


def _next_end(reading: Reading, sentence: Sentence) -> int:
    """One past the last token of the sentence after this one."""
    bounds = reading.doc.bounds
    at = bisect_right(bounds, sentence.first) + 1
    return bounds[at] if at < len(bounds) else len(reading.doc.words)
