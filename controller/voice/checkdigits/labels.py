"""Label sheets to print, cut and stick under the bins.

In: locations with their digits, a page layout. Out: a PDF. The digits are as large as the label allows and stand on a
bar, so that 6 and 9 are told apart on a label that hangs upside down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from controller.errors import StartError, UsageError

if TYPE_CHECKING:
    from fpdf import FPDF

PAGES_MM = {"A4": (210.0, 297.0), "Letter": (215.9, 279.4)}
MARGIN_MM = 12.0
"""No desktop printer needs more; the cut marks and the head of the page stand in it."""
MARK_MM = 4.0
PAD_MM = 2.5
LEAST_MM = (25.0, 15.0)
"""Smaller labels cannot be read from a step away."""
HEAD_MM, NOTE_MM, BAR_MM = 9.0, 3.0, 2.4
"""The location's line and the note's, at most; the bar with the air around it."""
MM_PER_POINT = 25.4 / 72
CAP_HEIGHT = 0.72
"""Of the digits of Helvetica, in parts of the font size (Adobe's metrics: 703/1000, and a little air)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """`page`: A4 or Letter. `title`: stands in the margin of each page."""

    page: str = "A4"
    columns: int = 3
    rows: int = 8
    title: str = ""

    def label_mm(self) -> tuple[float, float]:
        """Width and height of one label. Raises UsageError for a layout that gives too small ones."""
        if self.page not in PAGES_MM:
            raise UsageError(f"no page is called {self.page!r}: {', '.join(PAGES_MM)}.")
        if not (1 <= self.columns <= 8 and 1 <= self.rows <= 20):
            raise UsageError("a page has 1–8 columns and 1–20 rows of labels.")
        width, height = PAGES_MM[self.page]
        label = (width - 2 * MARGIN_MM) / self.columns, (height - 2 * MARGIN_MM) / self.rows
        if label[0] < LEAST_MM[0] or label[1] < LEAST_MM[1]:
            size = f"{label[0]:.0f} × {label[1]:.0f} mm"
            raise UsageError(f"labels of {size} are too small; take fewer columns or rows (at least 25 × 15 mm).")
        return label


@dataclass(frozen=True, slots=True)
class Label:
    """`note`: small print, such as the set and its first day."""

    location: str
    digits: str
    note: str = ""


def write(labels: Sequence[Label], sheet: Sheet, out: Path, made_at: datetime) -> int:
    """Write the PDF; returns its pages. Raises StartError with the cure where the library is missing."""
    width, height = sheet.label_mm()
    try:
        from fpdf import FPDF
    except ImportError as error:
        raise StartError('printing labels needs the library fpdf2: pip install "pickbeam[labels]"') from error
    pdf = FPDF(orientation="portrait", unit="mm", format=sheet.page)
    pdf.set_creation_date(made_at)
    pdf.set_title(sheet.title or "Check digits")
    pdf.set_auto_page_break(False)
    per_page = sheet.columns * sheet.rows
    pages = -(-len(labels) // per_page)
    for number in range(pages):
        pdf.add_page()
        _frame(pdf, sheet, f"{sheet.title}   page {number + 1} of {pages}")
        for place, label in enumerate(labels[number * per_page : (number + 1) * per_page]):
            row, column = divmod(place, sheet.columns)
            _label(pdf, label, (MARGIN_MM + column * width, MARGIN_MM + row * height), (width, height))
    try:
        pdf.output(str(out))
    except OSError as error:
        raise StartError(f"{out} cannot be written: {error.strerror}.") from error
    return pages


def _label(pdf: FPDF, label: Label, corner: tuple[float, float], size_mm: tuple[float, float]) -> None:
    """From the top: the location, the digits on their bar, the note. Everything stands on its base line."""
    (x, y), (width, height) = corner, size_mm
    pad = min(PAD_MM, height * 0.08)
    inner, middle = width - 2 * pad, x + width / 2
    head, note = min(HEAD_MM, height * 0.2), min(NOTE_MM, height * 0.1)
    _centred(pdf, label.location, "", (middle, y + pad + head * CAP_HEIGHT), (inner, head))
    top, base = y + pad + head, y + height - pad - (note if label.note else 0.0) - BAR_MM
    wide = _centred(pdf, label.digits, "B", (middle, base), (inner, (base - top) / CAP_HEIGHT))
    pdf.set_line_width(0.6)
    pdf.line(middle - wide / 2, base + BAR_MM / 2, middle + wide / 2, base + BAR_MM / 2)
    if label.note:
        _centred(pdf, label.note, "", (middle, y + height - pad), (inner, note * 0.75))


def _centred(pdf: FPDF, text: str, style: str, base: tuple[float, float], room: tuple[float, float]) -> float:
    """Text as large as `room` (width, font height; mm) allows, its base line centred on `base`. Returns its width."""
    pdf.set_font("Helvetica", style, 100)
    size = min(100 * room[0] / max(pdf.get_string_width(text), 0.1), room[1] / MM_PER_POINT)
    pdf.set_font("Helvetica", style, size)
    wide: float = pdf.get_string_width(text)
    pdf.text(base[0] - wide / 2, base[1], text)
    return wide


def _frame(pdf: FPDF, sheet: Sheet, head: str) -> None:
    """The head, cut marks in the margins, and small crosses where labels meet."""
    width, height = sheet.label_mm()
    full = PAGES_MM[sheet.page]
    pdf.set_font("Helvetica", "", 7)
    pdf.set_text_color(110)
    pdf.set_xy(MARGIN_MM, 2)
    pdf.cell(full[0] - 2 * MARGIN_MM, 4, head.strip(), align="C")
    pdf.set_text_color(0)
    pdf.set_draw_color(120)
    pdf.set_line_width(0.1)
    across = [MARGIN_MM + column * width for column in range(sheet.columns + 1)]
    down = [MARGIN_MM + row * height for row in range(sheet.rows + 1)]
    for x in across:
        pdf.line(x, MARGIN_MM - 1 - MARK_MM, x, MARGIN_MM - 1)
        pdf.line(x, full[1] - MARGIN_MM + 1, x, full[1] - MARGIN_MM + 1 + MARK_MM)
    for y in down:
        pdf.line(MARGIN_MM - 1 - MARK_MM, y, MARGIN_MM - 1, y)
        pdf.line(full[0] - MARGIN_MM + 1, y, full[0] - MARGIN_MM + 1 + MARK_MM, y)
    for x in across[1:-1]:
        for y in down[1:-1]:
            pdf.line(x - 1, y, x + 1, y)
            pdf.line(x, y - 1, x, y + 1)
    pdf.set_draw_color(0)
