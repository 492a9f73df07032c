"""Makes documents with the field's own writers (reportlab, python-docx), for the tests and for `evals/library.py`.

A document is a list of parts: ("h1" | "h2", text), ("p", text), ("ul" | "ol", [text, ...]), ("table", [[cell, ...], ...]),
("page",). What is made of a part is plain on purpose: the readers have to cope with what common programs write.
"""

from __future__ import annotations

import html as escaping
from pathlib import Path
from typing import Any

Part = tuple[Any, ...]


def pdf(path: Path, parts: list[Part], *, columns: int = 1, header: str = "", footer: str = "", title: Part | None = None) -> None:
    """A PDF of A4 pages with running header, footer and page number; `title` spans the columns of the first page."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import BaseDocTemplate, Frame, NextPageTemplate, PageTemplate

    width, height = A4
    margin, gap, top = 56.0, 22.0, 92.0

    def furniture(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(margin, height - 40, header)
        canvas.drawString(margin, 30, footer)
        canvas.drawRightString(width - margin, 30, f"Page {document.page}")

    def frames(room: float) -> list[Any]:
        each = (width - 2 * margin - gap * (columns - 1)) / columns
        return [
            Frame(margin + i * (each + gap), margin, each, height - 2 * margin - room, id=f"c{i}", leftPadding=0, rightPadding=0)
            for i in range(columns)
        ]

    first = frames(top if title else 0.0)
    if title:
        first.insert(0, Frame(margin, height - margin - top, width - 2 * margin, top, id="title", leftPadding=0))
    document = BaseDocTemplate(str(path), pagesize=A4, title="Made for a test", invariant=1)
    document.addPageTemplates(
        [PageTemplate("first", first, onPage=furniture), PageTemplate("rest", frames(0.0), onPage=furniture)]
    )
    story = [NextPageTemplate("rest"), *(_flow([title]) if title else [])]
    if title:
        from reportlab.platypus import FrameBreak

        story.append(FrameBreak())
    document.build([*story, *_flow(parts)])


def _flow(parts: list[Part]) -> list[Any]:
    from reportlab.lib import colors
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import ListFlowable, ListItem, PageBreak, Paragraph, Spacer, Table

    styles = getSampleStyleSheet()
    names = {"h1": "Heading1", "h2": "Heading2", "p": "BodyText"}
    story: list[Any] = []
    for part in parts:
        kind = part[0]
        if kind in names:
            story.append(Paragraph(escaping.escape(part[1]), styles[names[kind]]))
        elif kind in ("ul", "ol"):
            items = [ListItem(Paragraph(escaping.escape(text), styles["BodyText"])) for text in part[1]]
            looks = {"bulletType": "bullet", "start": "\u2022"} if kind == "ul" else {"bulletType": "1", "bulletFormat": "%s."}
            story.append(ListFlowable(items, leftIndent=14, **looks))
        elif kind == "table":
            cells = [[Paragraph(escaping.escape(cell), styles["BodyText"]) for cell in row] for row in part[1]]
            story += [Spacer(1, 6), Table(cells, style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black)]), Spacer(1, 6)]
        elif kind == "page":
            story.append(PageBreak())
    return story


def docx(path: Path, parts: list[Part]) -> None:
    """A Word document with built-in styles."""
    from docx import Document

    document = Document()
    for part in parts:
        kind = part[0]
        if kind in ("h1", "h2"):
            document.add_heading(part[1], level=int(kind[1]))
        elif kind == "p":
            document.add_paragraph(part[1])
        elif kind in ("ul", "ol"):
            for text in part[1]:
                document.add_paragraph(text, style="List Bullet" if kind == "ul" else "List Number")
        elif kind == "table":
            table = document.add_table(rows=0, cols=len(part[1][0]), style="Table Grid")
            for row in part[1]:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
        elif kind == "page":
            document.add_page_break()
    document.save(str(path))


def html(path: Path, parts: list[Part]) -> None:
    """A page with the plainest elements."""
    out = []
    for part in parts:
        kind = part[0]
        if kind in ("h1", "h2", "p"):
            out.append(f"<{kind}>{escaping.escape(part[1])}</{kind}>")
        elif kind in ("ul", "ol"):
            out.append(f"<{kind}>{''.join(f'<li>{escaping.escape(text)}</li>' for text in part[1])}</{kind}>")
        elif kind == "table":
            rows = ("".join(f"<td>{escaping.escape(cell)}</td>" for cell in row) for row in part[1])
            out.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
    body = "\n".join(out)
    path.write_text(f"<!DOCTYPE html>\n<html><head><title>x</title></head><body>\n{body}\n</body></html>\n", encoding="utf-8")


def markdown(path: Path, parts: list[Part]) -> None:
    """CommonMark with tables."""
    out = []
    for part in parts:
        kind = part[0]
        if kind in ("h1", "h2"):
            out.append(f"{'#' * int(kind[1])} {part[1]}")
        elif kind == "p":
            out.append(part[1])
        elif kind in ("ul", "ol"):
            out.append("\n".join(f"{'-' if kind == 'ul' else f'{n}.'} {text}" for n, text in enumerate(part[1], 1)))
        elif kind == "table":
            rows = [f"| {' | '.join(row)} |" for row in part[1]]
            out.append("\n".join([rows[0], "|" + "---|" * len(part[1][0]), *rows[1:]]))
    path.write_text("\n\n".join(out) + "\n", encoding="utf-8")
