"""What is refused before it is read: files that are too large, empty, locked, bombs, or not what their name says.

Every refusal is a DocumentError with what to do. What the readers themselves refuse (a scanned PDF) is raised by them with
the same type.
"""

from __future__ import annotations

import io
import zipfile
from typing import Literal

Kind = Literal["pdf", "docx", "html", "markdown", "text"]

ENDINGS: dict[str, Kind] = {
    ".pdf": "pdf", ".docx": "docx", ".html": "html", ".htm": "html", ".xhtml": "html", ".md": "markdown",
    ".markdown": "markdown", ".txt": "text", ".text": "text",
}  # fmt: skip
MAX_BYTES = 64 * 2**20
"""Largest file that is read."""
MAX_CHARACTERS = 12_000_000
"""Longest text: some 4,000 printed pages."""
MAX_PAGES = 1_500
MAX_UNPACKED = 256 * 2**20
MAX_RATIO = 200
MAX_MEMBERS = 4_000
NAMES = {"pdf": "PDF", "docx": "Word (.docx)", "html": "HTML", "markdown": "Markdown", "text": "plain text"}


class DocumentError(Exception):
    """A document cannot be taken. `help` says what to do."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


def kind_of(name: str, data: bytes) -> Kind:
    """The kind of a file, by its name and held against its content. Raises DocumentError."""
    ending = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    kind = ENDINGS.get(ending)
    if kind is None:
        raise DocumentError(
            f"{name}: files {f'of the kind {ending}' if ending else 'without an ending'} are not read",
            "give a PDF, DOCX, HTML, Markdown or plain text file",
        )
    if len(data) > MAX_BYTES:
        raise DocumentError(
            f"{name} has {len(data) / 2**20:.0f} MB and {MAX_BYTES / 2**20:.0f} MB can be read",
            "split it, or save it with smaller pictures",
        )
    if not data.strip(b"\x00 \t\r\n"):
        raise DocumentError(f"{name} is empty", "check that it was saved or downloaded completely")
    found = _content(data)
    if found == "ole":
        raise DocumentError(
            f"{name} is encrypted, or an old Word file (.doc)",
            "open it in a word processor, take the password away and save it as .docx",
        )
    wanted = kind if kind in ("pdf", "docx") else "plain"
    if found != wanted:
        raise DocumentError(
            f"{name} is not what its name says: it should be {NAMES[kind]} and holds {_HOLDS[found]}",
            "give the file its right ending, or save it again in the format that its name says",
        )
    if kind == "docx":
        check_archive(name, data)
    return kind


_HOLDS = {
    "pdf": "a PDF", "docx": "a Word document", "zip": "a ZIP archive or another Office file", "image": "a picture",
    "binary": "no text (binary data)", "plain": "text", "rtf": "rich text (RTF)",
}  # fmt: skip


def _content(data: bytes) -> str:
    """pdf, docx, zip, ole, image, rtf, binary or plain, by the first bytes and the share of bytes that no text has."""
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return "docx" if b"word/" in data[:4096] or b"word/document.xml" in data else "zip"
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"RIFF")):
        return "image"
    if data.startswith(b"{\\rtf"):
        return "rtf"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "plain"  # UTF-16, where every other byte is NUL
    sample = data[: 2**20]
    odd = sum(sample.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    return "binary" if odd > max(8, len(sample) // 10) else "plain"


def check_archive(name: str, data: bytes) -> None:
    """Refuses a DOCX that unpacks to too much (an archive bomb), holds too many parts or is broken, by its directory alone."""
    try:
        members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise DocumentError(
            f"{name} is damaged: its archive cannot be read ({error})", "save or download it again"
        ) from None
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    bomb = total > MAX_UNPACKED or len(members) > MAX_MEMBERS or packed > len(data)
    bomb = bomb or any(m.file_size > 2**20 and m.file_size > MAX_RATIO * max(1, m.compress_size) for m in members)
    if bomb:
        raise DocumentError(
            f"{name} is refused as an archive bomb: {len(data) / 1e6:.1f} MB unpack to {total / 1e6:.0f} MB in "
            f"{len(members)} parts",
            "if you trust it, save it again in a word processor, without embedded files",
        )
    if any(member.flag_bits & 1 for member in members):
        raise DocumentError(f"{name} is encrypted", "take the password away and save it again")
    if not any(member.filename == "word/document.xml" for member in members):
        raise DocumentError(
            f"{name} is not what its name says: it has no Word text", "save it as .docx in a word processor"
        )
