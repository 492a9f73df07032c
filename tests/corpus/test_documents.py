"""Documents written by real writers come back whole: every recommendation, list and table, in order, on its page."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from corpus.documents.blocks import Block, Document, reference
from corpus.documents.child import read_document
from corpus.documents.refuse import Kind, kind_of
from evals import documents as made

WORDS = (
    "exercise walking patients clinic nurse imaging follow review advice drug weeks pain leg nerve programme therapy spinal surgery referral "
    "evidence trial outcome community service long-term self-management"
).split()


def sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words)).capitalize() + "."


def guideline(seed: int) -> list[made.Part]:
    """A guideline with numbered recommendations, prose, both kinds of lists and tables; no text occurs twice."""
    rng = random.Random(seed)
    parts: list[made.Part] = []
    for chapter in range(1, 6):
        parts.append(("h1", f"{chapter} {sentence(rng, 3)[:-1]}"))
        for number in range(1, 4):
            parts.append(("p", f"{chapter}.{number} {sentence(rng, rng.randint(10, 34))} (Grade {'ABC'[number - 1]})"))
        parts.append(("p", " ".join(sentence(rng, 22) for _ in range(3))))
        parts.append(("p", f"Refer the same day if any of these {chapter} is present:"))
        parts.append(("ul", [sentence(rng, rng.randint(4, 11))[:-1].lower() for _ in range(4)]))
        parts.append(("p", f"Take these steps in week {chapter}:"))
        parts.append(("ol", [sentence(rng, rng.randint(6, 12)) for _ in range(3)]))
        parts.append(("table", [["Drug", f"Dose {chapter}"], *[[sentence(rng, 3), sentence(rng, 9)] for _ in range(3)]]))
    return parts


def wanted(parts: list[made.Part]) -> list[str]:
    out: list[str] = []
    for part in parts:
        if part[0] in ("h1", "h2", "p"):
            out.append(part[1])
        elif part[0] in ("ul", "ol"):
            out += part[1]
        elif part[0] == "table":
            out.append("\n".join(" | ".join(row) for row in part[1]))
    return out


def printed(block: Block) -> str:
    return f"{block.mark} {block.text}" if reference(block.mark) else block.text


def read(path: Path) -> Document:
    return read_document(path, kind_of(path.name, path.read_bytes()))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("columns", [1, 2])
def test_pdf_gives_back_what_was_written(tmp_path: Path, columns: int, seed: int) -> None:
    parts, path = guideline(seed), tmp_path / "guide.pdf"
    title = ("h1", "Management of low back pain at Riverside Clinic") if columns == 2 else None
    made.pdf(path, parts, columns=columns, header="Riverside Clinic 2026", footer="For review in 2028", title=title)
    document = read(path)
    got = [printed(block) for block in document.blocks]
    assert got == ([title[1]] if title else []) + wanted(parts)
    assert document.pages and document.pages > 1
    text = " ".join(got)
    assert "Riverside Clinic 2026" not in text and "For review" not in text and "Page 2" not in text


def test_pages_are_those_on_which_a_passage_begins(tmp_path: Path) -> None:
    import pypdfium2

    path = tmp_path / "guide.pdf"
    made.pdf(path, guideline(3), columns=2, header="Riverside Clinic 2026")
    pages = [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(path)]
    checked = 0
    for block in read(path).blocks:
        if block.kind in ("paragraph", "item") and len(block.text.split()) > 8:
            begin = " ".join(block.text.split()[:3])
            assert block.page is not None and begin in pages[block.page - 1]
            checked += 1
    assert checked > 20


@pytest.mark.parametrize("ending", ["docx", "html", "md"])
def test_other_formats_give_back_what_was_written(tmp_path: Path, ending: str) -> None:
    parts, path = guideline(4), tmp_path / f"guide.{ending}"
    {"docx": made.docx, "html": made.html, "md": made.markdown}[ending](path, parts)
    document = read(path)
    assert [printed(block) for block in document.blocks] == wanted(parts)
    kinds = {block.kind for block in document.blocks}
    assert kinds == {"heading", "paragraph", "item", "table"}


def test_plain_text_keeps_lists_tables_and_pages(tmp_path: Path) -> None:
    path = tmp_path / "guide.txt"
    path.write_text(
        "Low back pain\n=============\n\n1.1 Offer exercise to people with low back pain,\nand review it.\n\n"
        "Refer today if:\n- new weakness\n- numbness of the\n  saddle\n\fDrug\tDose\nNaproxen\t250 mg\n\nMedicines\n\nUse the lowest dose.\n",
        encoding="utf-8",
    )
    document = read(path)
    assert [(b.kind, b.page, printed(b)) for b in document.blocks] == [
        ("heading", 1, "Low back pain"),
        ("item", 1, "1.1 Offer exercise to people with low back pain, and review it."),
        ("paragraph", 1, "Refer today if:"),
        ("item", 1, "new weakness"),
        ("item", 1, "numbness of the saddle"),
        ("table", 2, "Drug | Dose\nNaproxen | 250 mg"),
        ("heading", 2, "Medicines"),
        ("paragraph", 2, "Use the lowest dose."),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_text_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "guide.txt"
    path.write_bytes("Use caf\u00e9 words \u2013 and \u201cquotes\u201d here.\n".encode(encoding))
    document = read(path)
    assert document.blocks[0].text == "Use caf\u00e9 words \u2013 and \u201cquotes\u201d here."
    assert bool(document.notes) == (encoding == "cp1252")


def test_hyphens_and_ligatures_of_a_pdf(tmp_path: Path) -> None:
    import reportlab
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont("Vera", str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf")))
    path = tmp_path / "guide.pdf"
    canvas = Canvas(str(path))
    canvas.setFont("Vera", 11)
    lines = ("Offer a super-", "vised programme with long-", "term follow-up and a \ufb01rm date, as", "self-", "management needs one.")
    for number, line in enumerate(lines):
        canvas.drawString(72, 700 - 14 * number, line)
    canvas.showPage()
    canvas.save()
    text = "Offer a supervised programme with long-term follow-up and a firm date, as self-management needs one."
    assert [block.text for block in read(path).blocks] == [text]


def test_word_numbers_insertions_deletions_and_pages(tmp_path: Path) -> None:
    from docx import Document as new
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    document = new()
    document.add_heading("Care", level=1)
    paragraph = document.add_paragraph("Offer exercise")
    for tag, inner, words in (("w:ins", "w:t", " twice a week"), ("w:del", "w:delText", " never")):
        change, run, text = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(inner)
        text.text = words
        text.set(qn("xml:space"), "preserve")
        run.append(text)
        change.append(run)
        paragraph._p.append(change)
    document.add_paragraph("First step", style="List Number")
    document.add_paragraph("Second step", style="List Number")
    document.add_page_break()
    document.add_paragraph("On the second page.")
    path = tmp_path / "guide.docx"
    document.save(str(path))
    read_back = read(path)
    assert [(b.mark, b.text, b.page) for b in read_back.blocks] == [
        ("", "Care", 1), ("", "Offer exercise twice a week", 1), ("1.", "First step", 1), ("2.", "Second step", 1),
        ("", "On the second page.", 2),
    ]  # fmt: skip
    assert read_back.notes == ("1 deleted passages left out",)


def test_scripts_and_hidden_text_of_a_page_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "guide.html"
    path.write_text(
        "<html><head><title>t</title><script>document.write('evil')</script></head><body onload='evil()'><nav>Home</nav>"
        "<p>Offer <b>exer</b>cise.<script>evil()</script></p><p style='display:none'>hidden evil</p><svg><text>evil</text></svg>"
        "<ul><li>one<ul><li>inner</li></ul></li></ul><table><tr><td>A<table><tr><td>x</td></tr></table></td></tr></table>"
        "<a href='javascript:evil()'>link</a></body></html>",
        encoding="utf-8",
    )
    document = read(path)
    texts = [block.text for block in document.blocks]
    assert texts[:3] == ["Offer exercise.", "one", "inner"]
    assert texts[-1] == "link" and "evil" not in " ".join(texts)
    assert any("scripts" in note for note in document.notes) and any("hidden" in note for note in document.notes)


KINDS: tuple[Kind, ...] = ("pdf", "docx", "html", "markdown", "text")


@pytest.mark.parametrize("kind", KINDS)
def test_reading_twice_gives_the_same(tmp_path: Path, kind: Kind) -> None:
    path = tmp_path / "guide"
    writers = {"pdf": made.pdf, "docx": made.docx, "html": made.html, "markdown": made.markdown, "text": made.markdown}
    writers[kind](path, guideline(5)[:8])
    assert read_document(path, kind) == read_document(path, kind)
