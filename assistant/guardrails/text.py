"""Text as tokens with exact offsets: typography evened out, words in a plain form, sentences and lines found.

Every token keeps half-open code point offsets into the unmodified string. One linear pass; no dictionary here: what a
word means is left to `phrases.py`, what a sentence asserts to `assertion.py`.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field

from assistant.guardrails.chains import split_chains

_QUOTES = dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032`\u00b4\uff07", "'")
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u00ad", "-")
_SPACES = dict.fromkeys(
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t_", " "
)
_LINES = dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", "\n")
_MARKS = {
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2022": "\u2022", "\u25aa": "\u2022", "\u25e6": "\u2022", "\u2023": "\u2022", "\u25cf": "\u2022", "\u00b7": "\u2022", "\u2219": "\u2022",
    "\u2026": ".", "\u00b0": " ", "\u00ba": " ", "\u2103": "c", "\u2109": "f", "|": ":", "\u2265": ">", "\u2264": "<",
    "\u2611": "\u2611", "\u2612": "\u2611", "\u2714": "\u2611", "\u2713": "\u2611", "\u2705": "\u2611", "\u2610": "\u2610",
    "\u2717": "\u2717", "\u2718": "\u2717", "\u274c": "\u2717", "\u2716": "\u2717", "\u21d2": "\u2192", "\u2b06": "\u2191", "\u2b07": "\u2193",
    "\u207a": "+", "\u207b": "-", "\u0130": "i", "\u2044": "/", "\u2215": "/",
}  # fmt: skip


def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]:
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii() and base.isalpha():
            table[code] = base
    for code in range(0xFF01, 0xFF5F):
        table[code] = chr(code - 0xFEE0)
    for group in (_QUOTES, _DASHES, _SPACES, _LINES, _MARKS):
        table.update({ord(k): v for k, v in group.items()})
    table.pop(0xAD, None)
    return table


_TABLE = _table()
_MULTI = {
    "\u00e6": "ae",
    "\u00c6": "ae",
    "\u0153": "oe",
    "\u0152": "oe",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb00": "ff",
    "\ufb03": "ffi",
    "\u00df": "ss",
}
# Characters that vanish or widen: soft hyphen, zero-width, direction marks, combining accents, ligatures.
_UNEVEN = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u0300-\u036f\ufe0f\u00e6\u00c6\u0153\u0152\u00df\ufb00-\ufb03]"
)

_TOKEN = re.compile(
    r"[a-z]{3,}(?:'[a-z]+)*"
    r"|(?<![a-z0-9])(?:w/o|h/o|s/p|c/o|r/o|y/o|d/w|f/u|b/l|n/a|n/v|f/c/s|b/b|b&b|b\+b|p&n|a&e|f/h|f/hx|o/e|i/v|s/e|w/|d/c|t/f)(?![a-z])"
    r"|(?:[a-z]\.){2,}(?![a-z])"
    r"|(?<![a-z0-9.])[clstd]\d{1,2}(?:(?:\s?[-/&+]\s?|\s?to\s|\s?,\s?)[clstd]\d{1,2}|[-/]\d{1,2})*(?![\da-z.]|\s?(?:celsius|c\b))(?!\.\d)"
    r"|[a-z]+(?:'[a-z]+)*"
    r"|\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:[.,]\d+)?"
    r"|\[[ x*\u2611y]?\]|\([+-]\)|\([ x]\)"
    r"|[+-]i?ve(?![a-z])"
    r"|\+/-|->|=>|--+|\.\.+|\n|\?\?+|!!+"
    r"|(?<![a-z\d])-|-(?![a-z])"
    r"|[^\sa-z\d-]"
)
_RUNS = re.compile(r"\n{3,}")
_LEVEL = re.compile(r"[clstd]\d{1,2}")
_LIMITS = {"c": 8, "t": 12, "d": 12, "l": 6, "s": 5}

_LONG = 240
"""Tokens after which a sentence without a full stop is cut at the next comma; no scope reaches that far."""
_CUTS = frozenset([",", "and", ")", "/"])
HARD = frozenset(".;!?\n\u2022")
_ABBREVIATED = frozenset(
    "pt pts dr mr mrs ms eg ie vs approx hx fhx pmhx bilat lt rt dec resp temp prev sig esp incl yr yrs wk wks mo mos hr hrs dept st wt abd neg pos max min tab tabs resid diff".split()
)


@dataclass(slots=True)
class Doc:
    """Tokens of one text. `words[k]` is the plain form of `raw[starts[k]:ends[k]]`; `bounds` are first tokens of sentences."""

    raw: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    bounds: list[int] = field(default_factory=list)

    def sentence_of(self, token: int) -> tuple[int, int]:
        """First and one-past-last token of the sentence that holds `token`."""
        at = bisect_right(self.bounds, token) - 1
        end = self.bounds[at + 1] if at + 1 < len(self.bounds) else len(self.words)
        return self.bounds[at], end

    def token_at(self, offset: int) -> int:
        """Index of the first token that ends after the code point `offset`; len(words) when there is none."""
        return bisect_right(self.ends, offset)

    def slice(self, first: int, last: int) -> str:
        """The unmodified words from token `first` to token `last`, inclusive."""
        return self.raw[self.starts[first] : self.ends[last]]


def plain(text: str) -> tuple[str, list[int] | None]:
    """`text` in even typography and lower case, with the index of each of its characters in `text` (None: one to one)."""
    if not _UNEVEN.search(text):
        even = text.translate(_TABLE).lower()
        if "\r" in even:
            even = even.replace("\r", " ") if "\n" in even else even.replace("\r", "\n")
        return (even, None) if len(even) == len(text) else _uneven(text)
    return _uneven(text)


def _uneven(text: str) -> tuple[str, list[int]]:
    out: list[str] = []
    index: list[int] = []
    for at, char in enumerate(text):
        wide = _MULTI.get(char)
        if wide is None:
            if _UNEVEN.match(char):
                continue
            wide = char.translate(_TABLE).lower()
        out.append(wide)
        index.extend([at] * len(wide))
    even = "".join(out)
    if "\r" in even:
        even = even.replace("\r", " ") if "\n" in even else even.replace("\r", "\n")
    index.append(len(text))
    return even, index


def _two_lines(run: re.Match[str]) -> str:
    """Of many line feeds two count; blanks of the same length keep the offsets."""
    return "\n\n" + " " * (len(run.group()) - 2)


def _spine_level(form: str) -> bool:
    return all(0 < int(part[1:]) <= _LIMITS[part[0]] for part in _LEVEL.findall(form))


def _tokens(even: str) -> tuple[list[str], list[int], list[int]]:
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _TOKEN.finditer(even):
        form, start, end = match.group(), match.start(), match.end()
        first = form[0]
        if first in "clstd" and len(form) > 1 and form[1].isdecimal():
            if not _spine_level(form):
                words += [first, form[1:]]
                starts += [start, start + 1]
                ends += [start + 1, end]
                continue
        elif "'" in form:
            form = form.replace("'", "") or form
        elif "." in form and first.isalpha():
            form = form.replace(".", "") or form
        elif first in "?!" and len(form) > 1:
            form = first
        words.append(form)
        starts.append(start)
        ends.append(end)
    return words, starts, ends


def _soft_wrap(even: str, at: int) -> bool:
    """Whether the line feed at `at` only wraps a long line (of 60 characters or more): no stop before it, a letter after it."""
    line = even[max(0, at - 60) : at]
    if len(line) < 60 or "\n" in line or line.rstrip(" ")[-1:] in ".:;!?" or not line.strip():
        return False
    after = even[at + 1 : at + 2]
    return bool(after) and after.isalpha()


def _prefix_question(even: str, start: int) -> bool:
    """'?' written before what is doubted: "?CES", "? fracture"."""
    before = even[start - 1] if start else " "
    after = even[start + 1 : start + 3]
    if not (before.isspace() or before in "(,;:/-+?["):
        return False
    return bool(after) and (after[0].isalpha() or (after[0] in " ?" and len(after) > 1 and after[1].isalpha()))


def _bounds(raw: str, even: str, words: list[str], starts: list[int]) -> tuple[list[int], set[int]]:
    """First tokens of sentences, and tokens to drop (line feeds that only wrap)."""
    bounds, drop = [0], set()
    total = len(words)
    said = 0
    for k, word in enumerate(words):
        if word not in HARD and word != "..":
            if k - bounds[-1] >= _LONG and word in _CUTS or k - bounds[-1] >= 2 * _LONG:
                bounds.append(k + 1)
            elif word[0].isalnum() or k == bounds[-1]:
                said = k + 1
            continue
        if said <= bounds[-1] and word != "\n":
            continue
        if word == "\n" and _soft_wrap(even, starts[k]) and _lower_after(raw, even, starts[k]):
            drop.add(k)
            continue
        if word == "." and k and words[k - 1] in _ABBREVIATED and k + 1 < total and words[k + 1] not in HARD:
            if not _upper_after(raw, even, starts[k]):
                drop.add(k)
                continue
        if word == "?" and _prefix_question(even, starts[k]):
            continue
        bounds.append(k + 1)
    if bounds[-1] >= total and len(bounds) > 1:
        bounds.pop()
    return split_chains(words, bounds), drop


def _after(even: str, at: int) -> int:
    at += 1
    while at < len(even) and even[at] == " ":
        at += 1
    return at


def _lower_after(raw: str, even: str, at: int) -> bool:
    at = _after(even, at)
    return len(raw) != len(even) or at >= len(raw) or raw[at].islower()


def _upper_after(raw: str, even: str, at: int) -> bool:
    at = _after(even, at)
    return len(raw) == len(even) and at < len(raw) and raw[at].isupper()


_MANY = 400
"""Sentences from which on a sentence that repeats word for word, between the same neighbours, is read once."""


def _once(doc: Doc) -> Doc:
    """The document without sentences that stand for the second time between the same neighbours (a paste that repeats itself)."""
    ends = [*doc.bounds[1:], len(doc.words)]
    texts = [hash(tuple(doc.words[a:b])) for a, b in zip(doc.bounds, ends, strict=True)]
    seen: set[tuple[int, ...]] = set()
    words: list[str] = []
    starts: list[int] = []
    stops: list[int] = []
    bounds: list[int] = []
    for number, (first, end) in enumerate(zip(doc.bounds, ends, strict=True)):
        key = tuple(texts[max(0, number - 4) : number + 3])
        if key in seen:
            continue
        seen.add(key)
        bounds.append(len(words))
        words += doc.words[first:end]
        starts += doc.starts[first:end]
        stops += doc.ends[first:end]
    return Doc(doc.raw, words, starts, stops, bounds)


def read(text: str, *, whole: bool = False) -> Doc:
    """The tokens and sentences of `text`, in one pass. Works for any string, empty included.

    whole: keep every sentence; otherwise in very long texts repeated ones are read once (offsets stay exact).
    """
    even, index = plain(text)
    words, starts, ends = _tokens(_RUNS.sub(_two_lines, even) if "\n\n\n" in even else even)
    bounds, drop = _bounds(text, even, words, starts)
    if drop:
        keep = [k for k in range(len(words)) if k not in drop]
        place = {k: n for n, k in enumerate(keep)}
        bounds = sorted({place[b] for b in bounds if b in place} | {0})
        words, starts, ends = [words[k] for k in keep], [starts[k] for k in keep], [ends[k] for k in keep]
    if index is not None:
        ends = [index[e - 1] + 1 for e in ends]
        starts = [index[s] for s in starts]
    doc = Doc(text, words, starts, ends, bounds)
    return doc if whole or len(bounds) < _MANY else _once(doc)
