"""Reads a PDF with pypdfium2 (Google's PDFium): characters with their places, as fragments of lines, and the rules drawn on a page.

What the fragments form is left to `pdf_layout.py` (order), `pdf_tables.py` (tables) and `pdf_shape.py` (paragraphs, lists,
headings). Only the text layer is read: a page that is a picture has none, and that is said.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from corpus.documents.blocks import Document
from corpus.documents.clean import Cleaner
from corpus.documents.refuse import MAX_CHARACTERS, MAX_PAGES, DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

SCANNED = 12
"""Characters a page below which a document has no text to speak of."""
GAP = 1.0
"""Heights of a line between two characters that stand in different columns or cells."""
MAX_RULES = 4_000
_SUPERSCRIPT = str.maketrans("0123456789", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A run of characters on one line. Coordinates in points, y upward; `height` is that of the line's box."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    bold: bool = False

    @property
    def height(self) -> float:
        return self.y1 - self.y0


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn line, level or upright: x0 <= x1 and y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def level(self) -> bool:
        return self.x1 - self.x0 >= self.y1 - self.y0


@dataclass(slots=True)
class Page:
    number: int
    width: float
    height: float
    fragments: list[Fragment] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


def read(data: bytes) -> Document:
    """A PDF as blocks. Raises DocumentError for one that is locked, damaged, scanned or unreadable."""
    from corpus.documents import pdf_layout, pdf_shape

    cleaner = Cleaner()
    pages = _pages(data, cleaner)
    empty = [page.number for page in pages if not page.fragments]
    _require_text(pages)
    taken = pdf_layout.drop_furniture(pages)
    blocks = pdf_shape.blocks(pdf_layout.arrange(pages))
    notes = list(cleaner.notes())
    if taken:
        notes.append(f"{taken} running headers, footers and page numbers left out")
    if empty:
        shown = ", ".join(str(number) for number in empty[:12]) + (" and more" if len(empty) > 12 else "")
        notes.append(f"pages without text, which cannot be searched: {shown}")
    return Document(tuple(blocks), len(pages), tuple(notes))


def _pages(data: bytes, cleaner: Cleaner) -> list[Page]:
    import pypdfium2
    import pypdfium2.raw as raw

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise DocumentError("it is encrypted", "take the password away (open it, then print or save a copy)") from None
        raise DocumentError(
            "it is damaged, or no PDF at all", "download it again, or open it and print it as PDF"
        ) from None
    if len(document) > MAX_PAGES:
        raise DocumentError(f"it has {len(document):,} pages and {MAX_PAGES:,} can be read", "split it")
    pages = []
    size = 0
    for index in range(len(document)):
        try:
            page = document[index]
        except pypdfium2.PdfiumError:
            pages.append(Page(index + 1, 0.0, 0.0))
            continue
        pages.append(_page(page, index + 1, cleaner))
        page.close()
        size += sum(len(fragment.text) for fragment in pages[-1].fragments)
        if size > MAX_CHARACTERS:
            raise DocumentError(f"it has more than {MAX_CHARACTERS:,} characters", "split it")
    return pages


def _page(page: Any, number: int, cleaner: Cleaner) -> Page:
    width, height = page.get_size()
    turn = _Turn(page)
    made = Page(number, width, height)
    made.rules = _rules(page, turn)
    upright = [rule for rule in made.rules if not rule.level]
    text = page.get_textpage()
    for fragment in _fragments(text, turn, upright):
        if words := cleaner.line(fragment.text):
            made.fragments.append(replace(fragment, text=words))
    text.close()
    return made


class _Turn:
    """Maps the coordinates of a page to those of its shown side, whose lower left corner is 0, 0."""

    def __init__(self, page: Any) -> None:
        self._by = page.get_rotation()
        self._left, self._bottom, self._right, self._top = page.get_bbox()

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        if not self._by:  # nearly every page, and every letter comes here
            return x0 - self._left, y0 - self._bottom, x1 - self._left, y1 - self._bottom
        a, b = self._point(x0, y0), self._point(x1, y1)
        return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])

    def _point(self, x: float, y: float) -> tuple[float, float]:
        if self._by == 90:
            return y - self._bottom, self._right - x
        if self._by == 180:
            return self._right - x, self._top - y
        if self._by == 270:
            return self._top - y, x - self._left
        return x, y


class _Run:
    """A fragment in the making."""

    def __init__(self, bold: bool) -> None:
        self.letters: list[str] = []
        self.bold = bold
        self.box: tuple[float, float, float, float] | None = None
        self._levels: Counter[tuple[float, float]] = Counter()

    def add(self, letter: str, box: tuple[float, float, float, float]) -> None:
        old = self.box
        if old is not None and letter.isdigit() and _raised(old, box):
            self.letters.append(letter.translate(_SUPERSCRIPT))
            self.box = (old[0], old[1], max(old[2], box[2]), old[3])
            return
        self.letters.append(letter)
        self._levels[box[1], box[3]] += 1
        self.box = box if old is None else (min(old[0], box[0]), min(old[1], box[1]), max(old[2], box[2]), max(old[3], box[3]))

    def next(self, letter: str, box: tuple[float, float, float, float]) -> bool:
        """Adds a letter that plainly follows in the same line, as nearly all do; else it is for `_apart` to say."""
        line = self.box
        if line is None or line[1] != box[1] or line[3] != box[3] or not -1.0 < box[0] - line[2] < 0.15 * (line[3] - line[1]):
            return False
        self.letters.append(letter)
        self._levels[line[1], line[3]] += 1
        self.box = (line[0], line[1], max(line[2], box[2]), line[3])
        return True

    def space(self) -> None:
        if self.letters and self.letters[-1] != " ":
            self.letters.append(" ")

    def finished(self) -> Fragment | None:
        text = "".join(self.letters)
        if self.box is None or not text.strip():
            return None
        low, high = self._levels.most_common(1)[0][0]  # a bullet may be larger than its text
        return Fragment(text, self.box[0], low, self.box[2], high, self.bold)


def _raised(line: tuple[float, float, float, float], box: tuple[float, float, float, float]) -> bool:
    height = line[3] - line[1]
    return box[3] - box[1] < 0.8 * height and box[1] - line[1] > 0.25 * height


def _fragments(text: Any, turn: _Turn, upright: list[Rule]) -> Iterator[Fragment]:
    """Runs of characters in the order of the file, cut at line ends, wide gaps and upright rules."""
    import pypdfium2.raw as raw

    handle, rectangle = text.raw, raw.FS_RECTF()
    run: _Run | None = None
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(handle, index)
        letter = "-" if code == 2 else chr(code) if 0 < code < 0x110000 else ""
        if letter in ("\r", "\n"):
            if run and (done := run.finished()):
                yield done
            run = None
            continue
        if not letter or not raw.FPDFText_GetLooseCharBox(handle, index, rectangle):
            continue
        if letter.isspace():
            if run:
                run.space()
            continue
        box = turn.box(rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
        if run and run.next(letter, box):
            continue
        if run and run.box and _apart(run.box, box, upright):
            if done := run.finished():
                yield done
            run = None
        run = run or _Run(_bold(raw, handle, index))
        run.add(letter, box)
    if run and (done := run.finished()):
        yield done


def _apart(line: tuple[float, float, float, float], box: tuple[float, float, float, float], upright: list[Rule]) -> bool:
    height = max(line[3] - line[1], 1.0)
    if min(line[3], box[3]) - max(line[1], box[1]) < 0.3 * min(height, box[3] - box[1]):
        return True
    gap = box[0] - line[2]
    if gap > GAP * height or gap < -2.0 * height:
        return True
    middle = (box[1] + box[3]) / 2
    return gap > 0.15 * height and any(
        line[2] - 1 <= rule.x0 <= box[0] + 1 and rule.y0 <= middle <= rule.y1 for rule in upright
    )


def _bold(raw: Any, handle: Any, index: int) -> bool:
    if raw.FPDFText_GetFontWeight(handle, index) >= 600:
        return True
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(handle, index, name, 128, flags)
    low = name.value.lower()
    return any(word in low for word in (b"bold", b"black", b"heavy"))


def _rules(page: Any, turn: _Turn) -> list[Rule]:
    """Straight lines and edges of boxes drawn on the page itself; none where there are too many to be tables."""
    import pypdfium2.raw as raw

    found: list[Rule] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=1):
        matrix = item.get_matrix()
        last: tuple[float, float] | None = None
        for number in range(min(raw.FPDFPath_CountSegments(item), 512)):
            segment = raw.FPDFPath_GetPathSegment(item, number)
            if not raw.FPDFPathSegment_GetPoint(segment, x, y):
                continue
            point = matrix.on_point(x.value, y.value)
            if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_LINETO and last is not None:
                box = turn.box(min(last[0], point[0]), min(last[1], point[1]), max(last[0], point[0]), max(last[1], point[1]))
                thin = min(box[2] - box[0], box[3] - box[1])
                if thin < 2 and max(box[2] - box[0], box[3] - box[1]) > 6:
                    found.append(Rule(*box))
            last = point
        if len(found) > MAX_RULES:
            return []
    return found


def _require_text(pages: list[Page]) -> None:
    letters = "".join(fragment.text for page in pages for fragment in page.fragments)
    if sum(character.isalnum() for character in letters) < SCANNED * len(pages):
        raise DocumentError(
            "it is a scan: its pages are pictures without text",
            "run text recognition (OCR) on it, for example with OCRmyPDF, and add the result",
        )
    unknown = sum(character == "\ufffd" or 0xE000 <= ord(character) <= 0xF8FF for character in letters)
    if unknown > 0.2 * len(letters):
        raise DocumentError(
            "its fonts do not say which letters they show, so its text cannot be read",
            "print it as PDF from another program, or run text recognition (OCR) on it",
        )
