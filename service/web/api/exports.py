"""CSV files for spreadsheets; rendered or simulated input is called DEMO in every row."""

import csv
import io
import re
from collections.abc import Iterable

from fastapi import APIRouter, Response

from service.plant.views.kpis import Kpi
from service.plant.views.rolls import RollView
from service.web.api.access import ThePlant, Viewer
from service.web.api.kpis import AskedWindow

router = APIRouter(tags=["exports"])
Cell = str | float | int | None
DEMO = "DEMO"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a text


@router.get("/rolls/{roll_id}.csv", response_class=Response)
def get_roll_csv(roll_id: str, person: Viewer, plant: ThePlant) -> Response:
    """A roll's defects, one a row."""
    roll = plant.roll(roll_id)
    return _csv_response(f"roll-{roll_id}.csv", roll_rows(roll), demo=roll.row.demo)


@router.get("/kpis.csv", response_class=Response)
def get_kpis_csv(person: Viewer, plant: ThePlant, window: AskedWindow, line: str | None = None) -> Response:
    """Every figure of a window, one a row."""
    figures = plant.kpis(window, line)
    return _csv_response("kpis.csv", kpi_rows(figures), demo=any(figure.demo for figure in figures))


def roll_rows(roll: RollView) -> list[list[Cell]]:
    """The heading and a row for each defect of a roll; one row of its grade when it has none."""
    heading: list[Cell] = [
        "data", "roll_id", "roll", "article", "grade", "points_per_100_m2", "coverage",
        "defect_id", "kind", "x_mm", "y_mm", "width_mm", "height_mm", "length_mm", "area_mm2",
        "score", "unsure", "points", "mark", "marked_kind", "marked_by", "picture_sha256",
    ]  # fmt: skip
    whole: list[Cell] = [
        roll.row.roll_id, roll.row.name, roll.row.article, roll.grade.grade,
        roll.grade.points_per_100_m2, roll.grade.coverage,
    ]  # fmt: skip
    rows = [
        [DEMO if roll.row.demo or defect.demo else "production", *whole,
         defect.defect_id, defect.kind, defect.x_mm, defect.y_mm, defect.width_mm, defect.height_mm,
         defect.length_mm, defect.area_mm2, defect.score, str(defect.unsure).lower(), defect.points,
         defect.mark.verdict.value if defect.mark else None, defect.mark.kind if defect.mark else None,
         defect.mark.user if defect.mark else None, defect.crop_sha256]
        for defect in roll.defects
    ]  # fmt: skip
    empty: list[Cell] = [DEMO if roll.row.demo else "production", *whole, *[None] * 15]
    return [heading, *(rows or [empty])]


def kpi_rows(figures: Iterable[Kpi]) -> list[list[Cell]]:
    """The heading and a row for each figure; without a value the row says what would measure it."""
    heading: list[Cell] = [
        "data", "kpi", "line", "value", "unit", "numerator", "numerator_unit", "denominator",
        "denominator_unit", "formula", "source", "window_from", "window_to", "completeness",
        "completeness_of", "missing",
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [DEMO if figure.demo else "production", figure.slug, figure.line, figure.value, figure.unit,
         figure.numerator, figure.numerator_unit, figure.denominator, figure.denominator_unit,
         figure.formula, figure.source.value, figure.window_from.isoformat(), figure.window_to.isoformat(),
         figure.completeness, figure.completeness_of, figure.missing]
        for figure in figures
    ]  # fmt: skip
    return [heading, *rows]


def write_csv(rows: Iterable[Iterable[Cell]]) -> str:
    """CSV text; a text that a spreadsheet would take for a formula gets a quote before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def _csv_response(name: str, rows: list[list[Cell]], *, demo: bool) -> Response:
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)  # a roll's id comes from outside, this goes into a header
    file = f"{DEMO}-{plain}" if demo else plain
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(write_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)
