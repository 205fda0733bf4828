"""One PDF on A4: fonts with the Kazakh letters, page frame, DEMO mark, QR code; only user of reportlab."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any  # reportlab has no types
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color, black, lightgrey
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Image, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONTS = Path(__file__).parent / "fonts"
PLAIN, BOLD = "MaqtaSans", "MaqtaSansBold"
MARGIN = 16 * mm
WIDTH = A4[0] - 2 * MARGIN
PALE_RED = Color(0.8, 0.1, 0.1, alpha=0.13)
QR_MM = 30.0
GAP = 3 * mm
LONGEST_CELL = 300  # characters; one cell must fit on one page


@cache
def _fonts() -> dict[str, ParagraphStyle]:
    registerFont(TTFont(PLAIN, FONTS / "DejaVuSans.ttf"))
    registerFont(TTFont(BOLD, FONTS / "DejaVuSans-Bold.ttf"))
    body = ParagraphStyle("body", fontName=PLAIN, fontSize=9, leading=12)
    return {
        "body": body,
        "small": ParagraphStyle("small", parent=body, fontSize=7.5, leading=9.5),
        "head": ParagraphStyle("head", parent=body, fontName=BOLD, fontSize=7.5, leading=9.5),
        "section": ParagraphStyle(
            "section", parent=body, fontName=BOLD, fontSize=11, leading=15, spaceBefore=8
        ),
        "title": ParagraphStyle("title", parent=body, fontName=BOLD, fontSize=17, leading=22),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands on every page."""

    title: str
    footer: str
    demo: str  # the mark across the page; empty: none


class Paper:
    """Collects parts from top to bottom, then writes the PDF. Every text is data: markup in it is shown."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._styles = frame, _fonts()
        self._parts: list[Any] = []

    def head(self, lines: Sequence[str], qr: str, under_qr: str) -> None:
        """Title, lines below it, and the QR code at the right."""
        left = [self._text(self._frame.title, "title"), *(self._text(line, "body") for line in lines)]
        right = [_qr(qr), self._text(under_qr, "small")]
        table = Table([[left, right]], colWidths=[WIDTH - 44 * mm, 44 * mm])
        table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")]))
        self._parts += [table, Spacer(0, GAP)]

    def section(self, title: str) -> None:
        """A heading."""
        self._parts.append(self._text(title, "section"))

    def note(self, text: str) -> None:
        """A small line."""
        self._parts.append(self._text(text, "small"))

    def facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Names and values, two pairs a row."""
        cells = [
            part for name, value in facts for part in (self._text(name, "head"), self._text(value, "body"))
        ]
        cells += [""] * (-len(cells) % 4)
        rows = [cells[at : at + 4] for at in range(0, len(cells), 4)]
        self._table(rows, [0.2, 0.3, 0.2, 0.3])

    def table(self, heading: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float]) -> None:
        """A table whose heading is repeated on each page; `shares` of the width add up to 1."""
        cells = [[self._text(cell, "head") for cell in heading]]
        cells += [[self._text(cell, "small") for cell in row] for row in rows]
        self._table(cells, shares, headed=True)

    def pictures(self, pictures: Sequence[tuple[bytes, str]], across: int = 4) -> None:
        """Pictures with a line below each."""
        wide = WIDTH / across - 2 * mm
        cells: list[Any] = [[*_picture(data, wide), self._text(text, "small")] for data, text in pictures]
        cells += [""] * (-len(cells) % across)
        if cells:
            rows = [cells[at : at + across] for at in range(0, len(cells), across)]
            table = Table(rows, colWidths=[WIDTH / across] * across)
            table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")]))
            self._parts.append(table)

    def signatures(self, names: Sequence[str]) -> None:
        """A line to sign on for each."""
        cells = [self._text(f"{name}: ____________________", "body") for name in names]
        self._parts += [Spacer(0, 8 * mm), Table([cells], colWidths=[WIDTH / len(cells)] * len(cells))]

    def pdf(self) -> bytes:
        """The whole file."""
        out = io.BytesIO()
        document = SimpleDocTemplate(
            out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=20 * mm,
            title=self._frame.title, author="Maqta", invariant=1,
        )  # fmt: skip
        document.build(self._parts, onFirstPage=self._page, onLaterPages=self._page)
        return out.getvalue()

    def _page(self, canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(PLAIN, 7)
        canvas.drawString(MARGIN, 11 * mm, self._frame.footer[:150])
        canvas.drawRightString(A4[0] - MARGIN, 11 * mm, str(document.page))
        if self._frame.demo:
            canvas.setFillColor(PALE_RED)
            canvas.setFont(BOLD, 90)
            canvas.translate(A4[0] / 2, A4[1] / 2)
            canvas.rotate(45)
            canvas.drawCentredString(0, 0, self._frame.demo)
        canvas.restoreState()

    def _table(self, rows: list[Any], shares: Sequence[float], *, headed: bool = False) -> None:
        table = Table(rows, colWidths=[WIDTH * share for share in shares], repeatRows=1 if headed else 0)
        style = [
            ("GRID", (0, 0), (-1, -1), 0.3, black),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
        if headed:
            style.append(("BACKGROUND", (0, 0), (-1, 0), lightgrey))
        table.setStyle(TableStyle(style))
        self._parts += [table, Spacer(0, GAP)]

    def _text(self, text: str, style: str) -> Any:
        shown = text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
        plain = "".join(char if char.isprintable() else " " for char in shown)
        return Paragraph(escape(plain), self._styles[style])


def _qr(text: str) -> Any:
    widget = QrCodeWidget(text, barLevel="M")
    left, low, right, high = widget.getBounds()
    side = QR_MM * mm
    drawing = Drawing(side, side, transform=[side / (right - left), 0, 0, side / (high - low), 0, 0])
    drawing.add(widget)
    return drawing


def _picture(data: bytes, wide: float) -> list[Any]:
    """The picture, or nothing where the bytes are none: the line below it still says what was found."""
    try:
        columns, rows = ImageReader(io.BytesIO(data)).getSize()
    except OSError:
        return []
    scale = min(wide / columns, 40 * mm / rows)
    return [Image(io.BytesIO(data), width=columns * scale, height=rows * scale)]
