"""Mounts the panel's pages on the application, with NiceGUI."""

import re

from fastapi import FastAPI, Request
from fastapi.responses import Response
from nicegui import Client, ui
from nicegui import app as nicegui_app

from service.plant.views.kpis import WindowName
from service.web.panel.advice import AdviceScreen
from service.web.panel.articles import ArticlesScreen
from service.web.panel.audit import FILTERS, AuditScreen
from service.web.panel.hardware import HardwareScreen
from service.web.panel.kpi_rows import KpiRowsScreen
from service.web.panel.kpis import KpiScreen
from service.web.panel.ledger import LedgerScreen
from service.web.panel.line import LineScreen
from service.web.panel.live import LiveScreen
from service.web.panel.lot import LotScreen
from service.web.panel.lots import LotsScreen
from service.web.panel.models import ModelsScreen
from service.web.panel.page import serve, serve_nothing, show_fault
from service.web.panel.quality import QualityScreen
from service.web.panel.reports import ReportsScreen
from service.web.panel.review import ReviewScreen
from service.web.panel.roll import RollScreen
from service.web.panel.rolls import RollsScreen
from service.web.panel.supplier import SupplierScreen
from service.web.panel.suppliers import SuppliersScreen
from service.web.panel.system import SystemScreen
from service.web.panel.window_choice import WindowChoice

PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
RECONNECT_WITHIN_S = 30.0  # a tablet that slept comes back to its page instead of loading it anew


def mount_panel(app: FastAPI) -> None:
    """Register the pages and mount NiceGUI below everything that `app` serves already."""
    _forget_earlier_application()
    ui.page("/")(_live)
    ui.page("/lines/{line}")(_line)
    ui.page("/hardware")(_hardware)
    ui.page("/hardware/{line}")(_hardware)
    ui.page("/system")(_system)
    ui.page("/rolls")(_rolls)
    ui.page("/rolls/{roll_id}")(_roll)
    ui.page("/lots")(_lots)
    ui.page("/lots/{lot_id}")(_lot)
    ui.page("/ledger")(_ledger)
    ui.page("/advice")(_advice)
    ui.page("/reports")(_reports)
    ui.page("/suppliers")(_suppliers)
    ui.page("/suppliers/{name:path}")(_supplier)
    ui.page("/kpis")(_kpis)
    ui.page("/kpis/{code}")(_kpi_rows)
    ui.page("/quality")(_quality)
    ui.page("/articles")(_articles)
    ui.page("/models")(_models)
    ui.page("/audit")(_audit)
    ui.page("/review")(_review)
    ui.page("/{rest:path}")(serve_nothing)
    nicegui_app.on_page_exception(show_fault)
    ui.run_with(
        app,
        title="Maqta",
        dark=None,
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=RECONNECT_WITHIN_S,
    )


def _forget_earlier_application() -> None:
    """NiceGUI has one application a process; without this a second plant in one process could not start."""
    nicegui_app.middleware_stack = None
    nicegui_app.user_middleware.clear()


async def _live(request: Request, client: Client) -> Response | None:
    return await serve(request, client, LiveScreen)


async def _line(request: Request, client: Client, line: str) -> Response | None:
    return await serve(request, client, lambda looker: LineScreen(looker, line))


async def _hardware(request: Request, client: Client, line: str = "") -> Response | None:
    return await serve(request, client, lambda looker: HardwareScreen(looker, line))


async def _system(request: Request, client: Client) -> Response | None:
    return await serve(request, client, SystemScreen)


async def _rolls(request: Request, client: Client, page: str = "") -> Response | None:
    return await serve(request, client, lambda looker: RollsScreen(looker, page=_number(page)))


async def _roll(request: Request, client: Client, roll_id: str) -> Response | None:
    return await serve(request, client, lambda looker: RollScreen(looker, roll_id=roll_id))


async def _lots(request: Request, client: Client, page: str = "") -> Response | None:
    return await serve(request, client, lambda looker: LotsScreen(looker, page=_number(page)))


async def _lot(request: Request, client: Client, lot_id: str) -> Response | None:
    return await serve(request, client, lambda looker: LotScreen(looker, lot_id=lot_id))


async def _ledger(request: Request, client: Client, at: str = "") -> Response | None:
    return await serve(request, client, lambda looker: LedgerScreen(looker, at=at))


async def _advice(request: Request, client: Client) -> Response | None:
    return await serve(request, client, AdviceScreen)


async def _reports(
    request: Request, client: Client, window: str = "", first: str = "", last: str = ""
) -> Response | None:
    choice = WindowChoice.read(window, first, last, WindowName.LAST_SHIFT)
    return await serve(request, client, lambda looker: ReportsScreen(looker, choice=choice))


async def _suppliers(
    request: Request, client: Client, window: str = "", first: str = "", last: str = ""
) -> Response | None:
    choice = WindowChoice.read(window, first, last, WindowName.MONTH)
    return await serve(request, client, lambda looker: SuppliersScreen(looker, choice=choice))


async def _supplier(
    request: Request, client: Client, name: str, window: str = "", first: str = "", last: str = ""
) -> Response | None:
    choice = WindowChoice.read(window, first, last, WindowName.MONTH)
    return await serve(request, client, lambda looker: SupplierScreen(looker, name=name, choice=choice))


async def _kpis(
    request: Request, client: Client, window: str = "", first: str = "", last: str = ""
) -> Response | None:
    choice = WindowChoice.read(window, first, last, WindowName.MONTH)
    return await serve(request, client, lambda looker: KpiScreen(looker, choice=choice))


async def _quality(request: Request, client: Client) -> Response | None:
    return await serve(request, client, QualityScreen)


async def _review(request: Request, client: Client) -> Response | None:
    return await serve(request, client, ReviewScreen)


async def _articles(request: Request, client: Client, problem: str = "") -> Response | None:
    return await serve(request, client, lambda looker: ArticlesScreen(looker, problem=problem[:80]))


async def _models(request: Request, client: Client) -> Response | None:
    return await serve(request, client, ModelsScreen)


async def _audit(request: Request, client: Client, page: str = "") -> Response | None:
    asked = {name: request.query_params.get(name, "") for name in FILTERS}
    return await serve(request, client, lambda looker: AuditScreen(looker, asked=asked, page=_number(page)))


async def _kpi_rows(
    request: Request,
    client: Client,
    code: str,
    window: str = "",
    first: str = "",
    last: str = "",
    page: str = "",
) -> Response | None:
    choice = WindowChoice.read(window, first, last, WindowName.MONTH)
    return await serve(
        request,
        client,
        lambda looker: KpiRowsScreen(looker, code=code, choice=choice, page=_number(page)),
    )


def _number(page: str) -> int:
    """The page that an address asks for; an odd one gets the first."""
    return int(page) if PAGE_NUMBER.fullmatch(page) else 1
