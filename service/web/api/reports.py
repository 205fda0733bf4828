"""A shift, a month or any other period as PDF and as a workbook."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from service.plant.ledger.statements import subject_of
from service.plant.listing import LARGEST, Bounds
from service.plant.plant import Plant
from service.plant.shifts import check_window
from service.plant.views.kpis import Window
from service.plant.views.ledger import Statement
from service.plant.views.paging import Slice
from service.web.api.access import Viewer, Web
from service.web.api.kpis import AskedWindow
from service.web.api.papers import PDF_ANSWER, as_pdf, issue_of, voice_of
from service.web.i18n.catalogue import Language
from service.web.reports.period import Period, period_pdf, period_sheets
from service.web.reports.sheets import XLSX_TYPE, as_xlsx
from service.web.reports.tables import DEMO

router = APIRouter(tags=["reports"])
Row = TypeVar("Row")
ROWS_AT_MOST = 10_000
SHIFTS_AT_MOST = 130  # a month of four shifts a day


def _period(web: Web, window: AskedWindow) -> Period:
    plant = web.plant
    check_window(window)
    compared, baseline = plant.quality.figures.compared(window, None)
    bounds = Bounds(from_utc=window.from_utc, to_utc=window.to_utc, limit=LARGEST)
    return Period(
        window=window,
        compared=compared,
        baseline=baseline,
        balances=_balances(plant, window),
        rolls=_walk(plant.listing.rolls, bounds),
        lots=_walk(plant.listing.lots, bounds),
    )


AskedPeriod = Annotated[Period, Depends(_period)]


@router.get("/reports/period.pdf", response_class=Response, responses=PDF_ANSWER)
def get_period_pdf(
    request: Request, person: Viewer, web: Web, period: AskedPeriod, language: Language = Language.KK
) -> Response:
    """Figures against the baseline, balances, rolls by grade, lots."""
    window = period.window
    query = urlencode({"from_utc": window.from_utc.isoformat(), "to_utc": window.to_utc.isoformat()})
    issue = issue_of(request, web, f"reports/period.pdf?{query}")
    return as_pdf(period_pdf(period, issue, voice_of(web, language)), "report", demo=period.demo)


@router.get("/reports/period.xlsx", response_class=Response)
def get_period_xlsx(person: Viewer, web: Web, period: AskedPeriod) -> Response:
    """The same as a workbook: a sheet a table."""
    about = [
        ("plant", f"{web.settings.enterprise}/{web.settings.site}"),
        ("made_utc", web.now().isoformat()),
        ("from_utc", period.window.from_utc.isoformat()),
        ("to_utc", period.window.to_utc.isoformat()),
        ("number", period.digest),
        ("data", DEMO if period.demo else "production"),
    ]
    name = f"{DEMO}-report.xlsx" if period.demo else "report.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(as_xlsx(period_sheets(period), about, web.zone), media_type=XLSX_TYPE, headers=headers)


def _balances(plant: Plant, window: Window) -> tuple[Statement, ...]:
    """The last statement of every place for each shift of the window; the running one as it is now."""
    ledger = plant.ledger
    found: list[Statement] = []
    moment = window.from_utc
    for _ in range(SHIFTS_AT_MOST):
        if moment >= window.to_utc:
            break
        shift = ledger.shift_of(moment)
        stated = ledger.statements("shift", subject_of(shift))
        newest = {(each.place, each.basis): each for each in stated}
        found += newest.values() or ledger.shift_balances(shift.from_utc)
        moment = shift.to_utc
    return tuple(found)


def _walk(ask: Callable[[Bounds], Slice[Row]], bounds: Bounds) -> list[Row]:
    rows: list[Row] = []
    cursor: str | None = None
    while len(rows) < ROWS_AT_MOST:
        part = ask(replace(bounds, cursor=cursor))
        rows += part.items
        cursor = part.next_cursor
        if cursor is None:
            break
    return rows[:ROWS_AT_MOST]
