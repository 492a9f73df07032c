"""Files that are refused, and files made to harm: the caller gets a DocumentError that says what to do, soon, and lives."""

from __future__ import annotations

import io
import random
import time
import zipfile
from pathlib import Path

import pytest

from corpus.documents.blocks import Document
from corpus.documents.child import Limits, read_document
from corpus.documents.refuse import MAX_BYTES, DocumentError, Kind, kind_of
from evals import documents as made

SECONDS = 30.0


def take(path: Path, limits: Limits | None = None) -> Document:
    return read_document(path, kind_of(path.name, path.read_bytes()), limits)


def docx_with(path: Path, parts: dict[str, bytes], compress: int = zipfile.ZIP_DEFLATED) -> Path:
    """A real DOCX with some parts replaced or added."""
    made.docx(path, [("p", "Offer exercise.")])
    with zipfile.ZipFile(path) as old:
        content = {name: old.read(name) for name in old.namelist()} | parts
    with zipfile.ZipFile(path, "w", compress) as new:
        for name, data in content.items():
            new.writestr(name, data)
    return path


def blank_pdf(path: Path, password: str | None = None) -> Path:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), encrypt=StandardEncryption(password, strength=128) if password else None)
    canvas.rect(50, 50, 400, 600, fill=1)
    canvas.showPage()
    canvas.save()
    return path


def refused(path: Path, words: str) -> None:
    begun = time.monotonic()
    with pytest.raises(DocumentError) as caught:
        take(path)
    assert words in str(caught.value), caught.value
    assert len(caught.value.help) > 5
    assert time.monotonic() - begun < SECONDS


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.pdf", b"", "is empty"),
        ("a.txt", b" \r\n\x00", "is empty"),
        ("a.doc", b"text", "are not read"),
        ("noending", b"text", "are not read"),
        ("a.pdf", b"PK\x03\x04 and so on", "not what its name says"),
        ("a.pdf", b"just text", "not what its name says"),
        ("a.docx", b"%PDF-1.7 and so on", "not what its name says"),
        ("a.docx", b"plain text", "not what its name says"),
        ("a.txt", b"%PDF-1.7\nand so on", "not what its name says"),
        ("a.md", b"\x89PNG\r\n\x1a\n" + bytes(100), "not what its name says"),
        ("a.txt", bytes(range(256)) * 40, "not what its name says"),
        ("a.html", b"{\\rtf1 text}", "not what its name says"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted, or an old Word file"),
        ("a.docx", b"PK\x03\x04" + b"word/document.xml" + bytes(80), "damaged"),
    ],
)
def test_refused_before_reading(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    refused(path, words)


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as stream:
        stream.write(b"text ")
        stream.truncate(MAX_BYTES + 1)
    refused(path, "can be read")


def test_locked_scanned_and_damaged_pdf(tmp_path: Path) -> None:
    refused(blank_pdf(tmp_path / "a.pdf", "secret"), "encrypted")
    refused(blank_pdf(tmp_path / "b.pdf"), "scan")
    whole = tmp_path / "c.pdf"
    made.pdf(whole, [("p", "Offer exercise. " * 30)])
    cut = tmp_path / "d.pdf"
    cut.write_bytes(whole.read_bytes()[:300])
    refused(cut, "damaged")


def test_archive_bombs(tmp_path: Path) -> None:
    refused(docx_with(tmp_path / "a.docx", {"word/media/zero.bin": bytes(300 * 2**20)}), "archive bomb")
    refused(docx_with(tmp_path / "b.docx", {f"word/x{n}.xml": b"<x/>" for n in range(5_000)}), "archive bomb")
    many = b"<w:p/>" * 2_000_000
    refused(docx_with(tmp_path / "c.docx", {"word/document.xml": many}), "archive bomb")


def test_word_that_is_locked_or_no_word(tmp_path: Path) -> None:
    path = docx_with(tmp_path / "a.docx", {})
    data = bytearray(path.read_bytes())
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 8] |= 1
    path.write_bytes(data)
    refused(path, "encrypted")
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("word/other.xml", "<x/>")
    (tmp_path / "b.docx").write_bytes(empty.getvalue())
    refused(tmp_path / "b.docx", "no Word text")
    refused(docx_with(tmp_path / "c.docx", {"word/document.xml": b"not xml"}), "damaged")


def test_entity_bomb_of_a_word_document(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><w:document xmlns:w="x">&l9;</w:document>'
    refused(docx_with(tmp_path / "a.docx", {"word/document.xml": xml.encode()}), "document type")


def test_deep_nesting(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<div>" * 200_000 + "text", encoding="utf-8")
    refused(page, "nested too deeply")
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    deep = f'<w:document xmlns:w="{space}"><w:body>{"<w:sdt><w:sdtContent>" * 240}<w:p/>' + "</w:sdtContent></w:sdt>" * 240
    path = docx_with(tmp_path / "b.docx", {"word/document.xml": (deep + "</w:body></w:document>").encode()})
    with pytest.raises(DocumentError):
        take(path)
    quoted = tmp_path / "c.md"
    quoted.write_text(">" * 5_000 + " Offer exercise.\n\nOffer heat.\n\n" + "[" * 20_000 + "\n", encoding="utf-8")
    assert "Offer heat." in [block.text for block in take(quoted).blocks]


def test_empty_documents(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<html><body><script>var a = 1</script><p>&nbsp;</p></body></html>", encoding="utf-8")
    refused(page, "no text")
    made.docx(tmp_path / "b.docx", [])
    refused(tmp_path / "b.docx", "no text")


def test_characters_that_cannot_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Offer\x00 exer\u200bcise \u202eesicrexe\u202c and\x07 \ud83d\ude00 review\U000e0041.\n".encode("utf-8", "surrogatepass"))
    document = take(path) if path.read_bytes() else None
    assert document is not None
    assert document.blocks[0].text.startswith("Offer exer")
    assert not set(document.blocks[0].text) & set("\x00\x07\u200b\u202e\u202c\U000e0041")
    page = tmp_path / "b.html"
    page.write_text("<p>Offer\x00 exercise &#8238;daily&#0;.</p>", encoding="utf-8")
    again = take(page)
    assert again.blocks[0].text.startswith("Offer exercise daily")
    assert any("direction" in note for note in again.notes)


def test_limits_of_the_child(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    made.pdf(path, [("p", "Offer exercise to people with low back pain. " * 20) for _ in range(200)])
    for limits, words in (
        (Limits(wall_seconds=0), "seconds"),
        (Limits(memory=2**24), "could not be read"),
        (Limits(output=2_000), "could not be read"),
    ):
        with pytest.raises(DocumentError, match=words):
            read_document(path, "pdf", limits)
    with pytest.raises(DocumentError, match="could not be read"):
        read_document(tmp_path / "missing.pdf", "pdf")


@pytest.mark.parametrize("kind", ["pdf", "docx", "html", "markdown", "text"])
def test_damaged_bytes_never_harm_the_caller(tmp_path: Path, kind: Kind) -> None:
    """The readers themselves, past the first refusals, on files with bytes changed at random."""
    path = tmp_path / "a"
    writers = {"pdf": made.pdf, "docx": made.docx, "html": made.html, "markdown": made.markdown, "text": made.markdown}
    writers[kind](path, [("h1", "Care"), ("p", "Offer exercise."), ("ul", ["one", "two"]), ("table", [["a", "b"], ["c", "d"]])])
    whole, rng = path.read_bytes(), random.Random(7)
    for _ in range(4):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 40)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data[: rng.randint(len(data) // 2, len(data))])
        try:
            assert isinstance(read_document(path, kind), Document)
        except DocumentError as error:
            assert error.help
