"""Tables for spreadsheets, CSV and XLSX; rendered or simulated input is called DEMO in every row."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Path, Response

from service.plant.listing import LARGEST, Bounds
from service.plant.views.paging import Slice
from service.plant.views.people import AuditView
from service.web.api.access import Manager, Viewer, Web
from service.web.api.feeds import Word
from service.web.api.kpis import AskedWindow
from service.web.api.people import Wanted
from service.web.context import WebContext
from service.web.reports.sheets import CSV_TYPE, XLSX_TYPE, as_csv, as_xlsx
from service.web.reports.tables import (
    DEMO,
    DataTable,
    audit_table,
    defect_table,
    kpi_table,
    lot_table,
    one_roll_table,
    roll_table,
)

router = APIRouter(tags=["exports"])
Row = TypeVar("Row")
AUDIT_PAGE = 500
ROWS_AT_MOST = 100_000  # of one file; the about sheet and a header say where there are more


class ExportFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"
    XLSX = "xlsx"


Format = Annotated[ExportFormat, Path()]


def _span(
    line: Word | None = None, from_utc: datetime | None = None, to_utc: datetime | None = None
) -> Bounds:
    return Bounds(line=line, from_utc=from_utc, to_utc=to_utc, limit=LARGEST)


Span = Annotated[Bounds, Depends(_span)]


@router.get("/exports/rolls.{form}", response_class=Response)
def get_rolls_export(form: Format, person: Viewer, web: Web, bounds: Span) -> Response:
    """Rolls with their grades, newest first."""
    rows, more = _walk(web.plant.listing.rolls, bounds)
    return _file(roll_table(rows), form, web, more=more)


@router.get("/exports/defects.{form}", response_class=Response)
def get_defects_export(
    form: Format,
    person: Viewer,
    web: Web,
    bounds: Span,
    roll_id: Word | None = None,
    lot_id: Word | None = None,
) -> Response:
    """Defects, newest first."""
    listing = web.plant.listing
    rows, more = _walk(lambda part: listing.defects(part, roll_id=roll_id, lot_id=lot_id), bounds)
    return _file(defect_table(rows), form, web, more=more)


@router.get("/exports/lots.{form}", response_class=Response)
def get_lots_export(form: Format, person: Viewer, web: Web, bounds: Span) -> Response:
    """Lots of fibre with their masses, newest first."""
    rows, more = _walk(web.plant.listing.lots, bounds)
    return _file(lot_table(rows), form, web, more=more)


@router.get("/exports/kpis.{form}", response_class=Response)
def get_kpis_export(
    form: Format, person: Viewer, web: Web, window: AskedWindow, line: str | None = None
) -> Response:
    """Every figure of a window."""
    return _file(kpi_table(web.plant.kpis(window, line)), form, web, more=False)


@router.get("/exports/audit.{form}", response_class=Response)
def get_audit_export(form: Format, person: Manager, web: Web, wanted: Wanted) -> Response:
    """Who changed what, when and from where, newest first."""
    entries: list[AuditView] = []
    number = 1
    while True:
        page = web.plant.audit_log.page(number, AUDIT_PAGE, wanted)
        entries += page.items
        if number >= page.pages or len(entries) >= ROWS_AT_MOST:
            return _file(audit_table(entries), form, web, more=number < page.pages)
        number += 1


@router.get("/rolls/{roll_id}.csv", response_class=Response)
def get_roll_csv(roll_id: str, person: Viewer, web: Web) -> Response:
    """A roll's defects, one a row, with their points on this roll."""
    return _file(one_roll_table(web.plant.roll(roll_id)), ExportFormat.CSV, web, more=False)


@router.get("/kpis.csv", response_class=Response)
def get_kpis_csv(person: Viewer, web: Web, window: AskedWindow, line: str | None = None) -> Response:
    """Every figure of a window, one a row."""
    return _file(kpi_table(web.plant.kpis(window, line)), ExportFormat.CSV, web, more=False)


def _walk(ask: Callable[[Bounds], Slice[Row]], bounds: Bounds) -> tuple[list[Row], bool]:
    """All rows up to the limit of a file, and whether there are more."""
    rows: list[Row] = []
    cursor: str | None = None
    while True:
        part = ask(replace(bounds, cursor=cursor))
        rows += part.items
        cursor = part.next_cursor
        if cursor is None or len(rows) >= ROWS_AT_MOST:
            return rows[:ROWS_AT_MOST], cursor is not None


def _file(table: DataTable, form: ExportFormat, web: WebContext, *, more: bool) -> Response:
    plain = re.sub(
        r"[^A-Za-z0-9._-]", "_", table.name
    )  # a roll's id comes from outside, this goes into a header
    name = f"{DEMO}-{plain}.{form.value}" if table.demo else f"{plain}.{form.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Maqta-Truncated": str(more).lower()}
    if form is ExportFormat.CSV:
        return Response(as_csv(table), media_type=CSV_TYPE, headers=headers)
    place = f"{web.settings.enterprise}/{web.settings.site}"
    about = [
        ("plant", place), ("made_utc", web.now().isoformat()), ("rows", str(len(table.rows))),
        ("more_rows_left_out", str(more).lower()), ("data", DEMO if table.demo else "production"),
    ]  # fmt: skip
    return Response(as_xlsx([table], about, web.zone), media_type=XLSX_TYPE, headers=headers)
