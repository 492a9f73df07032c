"""The numbers and bullets that Word shows before a paragraph but does not keep in its text: counted from numbering.xml."""

from __future__ import annotations

import re
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACE = re.compile(r"%([1-9])")


class Numbers:
    """Counts as Word does: one count a list and level, deeper ones begin anew."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._styles: dict[str, tuple[str | None, int]] = {}
        self._read(document)

    def _read(self, document: Any) -> None:
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        for abstract in root.iterchildren(f"{W}abstractNum"):
            levels = {}
            for level in abstract.iterchildren(f"{W}lvl"):
                place = level.get(f"{W}ilvl") or "0"
                levels[int(place) if place.isdigit() else 0] = (
                    _of(level, "numFmt") or "decimal",
                    _of(level, "lvlText") or "",
                    int(start) if (start := _of(level, "start") or "1").isdigit() else 1,
                )
            self._levels[abstract.get(f"{W}abstractNumId") or ""] = levels
        for number in root.iterchildren(f"{W}num"):
            self._abstract[number.get(f"{W}numId") or ""] = _of(number, "abstractNumId") or ""
        for style in document.styles.element.iterchildren(f"{W}style"):
            found = style.find(f"{W}pPr/{W}numPr")
            if found is not None:
                self._styles[style.get(f"{W}styleId") or ""] = _reference(found)

    def label(self, paragraph: Any, styles: list[str]) -> tuple[str, int]:
        """(what Word shows before this paragraph, depth from 0); ("", 0) for none. Call once a paragraph, in order."""
        found = paragraph.find(f"{W}pPr/{W}numPr")
        number, depth = _reference(found) if found is not None else (None, 0)
        if number is None:
            number, depth = next((self._styles[s] for s in styles if s in self._styles), (None, 0))
        if number in (None, "0"):
            return "", 0
        abstract = self._abstract.get(str(number), "")
        levels = self._levels.get(abstract, {})
        if depth not in levels:
            return "", 0
        form, text, _ = levels[depth]
        if form == "bullet":
            return "\u2022", depth
        counts = self._counts.setdefault(abstract, {})
        for deeper in [key for key in counts if key > depth]:
            del counts[deeper]
        counts[depth] = counts[depth] + 1 if depth in counts else levels[depth][2]

        def shown(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            kind, _, start = levels.get(place, ("decimal", "", 1))
            return _written(counts.get(place, start), kind)

        return _PLACE.sub(shown, text).strip(), depth


def _of(element: Any, name: str) -> str | None:
    found = element.find(f"{W}{name}")
    value: str | None = found.get(f"{W}val") if found is not None else None
    return value


def _reference(properties: Any) -> tuple[str | None, int]:
    depth = _of(properties, "ilvl") or "0"
    return _of(properties, "numId"), int(depth) if depth.isdigit() else 0


def _written(value: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter if form == "lowerLetter" else letter.upper()
    if form in ("lowerRoman", "upperRoman"):
        roman = _roman(value)
        return roman.lower() if form == "lowerRoman" else roman
    return str(value)


def _roman(value: int) -> str:
    pairs = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
    text = ""
    for number, letters in pairs:
        while 0 < number <= value < 4_000:
            text, value = text + letters, value - number
    return text
