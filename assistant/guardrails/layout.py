"""Lays out what was found in a text: cues without overlap, answers, headings, concept words outside veils, sections line by line.

What kind of question a sentence asks is left to `questions.py`.
"""

from __future__ import annotations

from assistant.guardrails.lexis import Lexis
from assistant.guardrails.phrases import Found, Hit
from assistant.guardrails.sentences import BOXES, Cue, Reading
from assistant.guardrails.text import Doc


def _pick_cues(best: dict[int, tuple[int, list[int]]], lexis: Lexis) -> list[Cue]:
    """Longest first from the left, no two overlapping; the same words may be a cue in two ways. `best`: first token -> end, cue numbers."""
    cues: list[Cue] = []
    free = 0
    for first in sorted(best):
        if first < free:
            continue
        end, numbers = best[first]
        if any(k in best and best[k][0] - k > end - first for k in range(first + 1, end)):
            continue
        cues.extend(Cue(lexis.cues[n], first, end) for n in numbers)
        free = end
    return cues


def _keep_longest(best: dict[int, tuple[int, list[int]]], first: int, end: int, number: int) -> None:
    known = best.get(first)
    if known is None or end > known[0]:
        best[first] = (end, [number])
    elif end == known[0] and number not in known[1]:
        known[1].append(number)


def sort_hits(reading: Reading, found: list[Found]) -> None:
    doc = reading.doc
    cues: dict[int, tuple[int, list[int]]] = {}
    veils: list[tuple[int, int]] = []
    named: list[Hit] = []
    marks = {
        "strong": reading.strong,
        "medium": reading.medium,
        "history": reading.history,
        "or": reading.ors,
        "linked": reading.linked,
    }
    for first, end, label in found:
        kind = label.kind
        if label.capitals and not doc.slice(first, end - 1).isupper():
            continue
        if kind == "w":
            named.append(Hit(first, end, label.name))
        elif kind == "cue":
            _keep_longest(cues, first, end, int(label.name))
        elif kind == "mark":
            marks[label.name].add(first)
        elif kind in ("answer", "section"):
            target = reading.answers if kind == "answer" else reading.headings
            if first not in target or end > target[first][1]:
                target[first] = (label.name, end)
        elif label.name == "relative":
            reading.relatives.append((first, end))
        else:
            veils.append((first, end))
    reading.cues = _pick_cues(cues, reading.lexis)
    reading.cue_starts = [c.first for c in reading.cues]
    for cue in reading.cues:
        reading.cue_at.setdefault(cue.first, []).append(cue)
    reading.relative_starts = [r[0] for r in reading.relatives]
    reading.words = _unveiled(_apart(named), veils)
    reading.word_starts = [w.first for w in reading.words]


def _apart(named: list[Hit]) -> list[Hit]:
    """Without the legs of "between the legs" and of "inner thighs", which name the saddle."""
    saddles = {k for h in named if h.label == "saddle" and h.end - h.first > 1 for k in range(h.first, h.end)}
    return (
        [h for h in named if not (h.first in saddles and h.label in ("leg", "legs", "limb", "bileg"))]
        if saddles
        else named
    )


def _unveiled(named: list[Hit], veils: list[tuple[int, int]]) -> list[Hit]:
    """Words outside veiling phrases ("hay fever", "weak opioid"), unless they reach beyond the veil."""
    if not veils:
        return sorted(set(named))
    cover: dict[int, tuple[int, int]] = {}
    for first, end in veils:
        for token in range(first, end):
            known = cover.get(token, (first, end))
            cover[token] = (min(known[0], first), max(known[1], end))
    kept = []
    for hit in set(named):
        veil = cover.get(hit.first)
        if veil is None or hit.end > veil[1] or (hit.first == veil[0] and hit.end == veil[1]):
            kept.append(hit)
    return sorted(kept)


def _line_start(doc: Doc, first: int) -> bool:
    k = first - 1
    while k >= 0 and doc.words[k] in ("-", "•", "--"):
        k -= 1
    return k < 0 or doc.words[k] == "\n"


def _heading(reading: Reading, first: int, end: int) -> tuple[str, int]:
    """(class, one past the heading) of a heading that opens the sentence, or ("", first)."""
    doc = reading.doc
    at = first
    while at < end and doc.words[at] in ("-", "•", "--", "*", "#", "("):
        at += 1
    found = reading.headings.get(at)
    if found is None:
        return "", first
    kind, after = found
    following = doc.words[after] if after < len(doc.words) else "\n"
    marked = following in (":", "-", "--", "=") or (following == "\n" and _line_start(doc, first))
    if marked:
        return kind, after
    strong = (
        kind in ("historical", "family")
        and after - at == 1
        and doc.words[at] not in ("background", "comorbid", "comorbidities")
    )
    return (kind, after) if strong else ("", first)


def mark_sections(reading: Reading) -> None:
    """Headings and lead-ins, line by line."""
    words = reading.doc.words
    standing, lead, lead_at = "", None, -1
    for sentence in reading.sentences:
        first, end = sentence.first, sentence.end
        line_start = _line_start(reading.doc, first)
        if line_start and first < len(words) and words[first] == "\n" and end - first == 1:
            standing, lead = "", None
            continue
        kind, after = _heading(reading, first, end)
        if kind:
            sentence.section = "" if kind == "present" else kind
            rest = [w for w in words[after:end] if w not in (":", "-", "--", "\n", "=")]
            standing = "" if kind == "present" else (kind if not rest else "")
            bulleted_next = end < len(words) and words[end - 1] == "\n" and words[end] in ("-", "•")
            if rest and bulleted_next and kind != "present":
                standing = kind
            lead = None
        else:
            bullet = (
                words[first] in ("-", "•", "--", "☐", "☑", "✗")
                or words[first] in BOXES
                or words[first].isdecimal()
                or words[first] == "*"
            )
            sentence.section = standing
            if lead is not None and line_start and (bullet or end - first <= 9):
                sentence.lead, sentence.lead_at = lead, lead_at
            elif line_start:
                lead = None
        colon = end - 2 if end >= 2 and words[end - 1] == "\n" else end - 1
        if colon > first and words[colon] == ":" and end <= len(words) and words[end - 1] == "\n":
            opening = [c for c in reading.cues_between(first, colon) if c.what.forward and colon - c.end <= 3]
            lead, lead_at = (opening[-1].what, opening[-1].first) if opening else (None, -1)
