"""Lots of fibre: what was fed, what was ejected, and how much good fibre went with it."""

from service.plant.views.lots import LotView
from service.plant.views.paging import Page
from service.plant.views.people import User
from service.web.panel.crops import demo_tag
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker
from service.web.panel.page_head import page_head
from service.web.panel.supplier_links import supplier_link
from service.web.panel.tables import pager, table
from service.web.panel.voice import Voice

PAGE_SIZE = 25
COLUMNS = (
    ("lot", False),
    ("supplier", False),
    ("started", False),
    ("fed_kg", True),
    ("ejected_kg", True),
    ("good_fibre_kg", True),
    ("loss", True),
    ("contaminants", True),
    ("shots", True),
    ("escapes", True),
    ("coverage", True),
)


class LotsScreen:
    """Lots, newest first."""

    tab = "lots"
    every_s = 2.0

    def __init__(self, looker: Looker, *, page: int) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._number = page
        self._page: Page[LotView] | None = None

    def load(self) -> None:
        """Ask for this page of the list."""
        self._page = self._plant.lots(self._number, PAGE_SIZE)

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.lots")

    def demo(self) -> bool:
        """Whether any lot shown is a demo."""
        return self._page is not None and any(lot.demo for lot in self._page.items)

    def sections(self, person: User) -> list[Html]:
        """Heading and table."""
        voice = self._voice
        head = page_head(voice.say("tab.lots"), hint=voice.say("masses_estimated"))
        if self._page is None or not self._page.items:
            return [head, _no_lots(voice)]
        columns = [(voice.say(f"column.{key}"), number) for key, number in COLUMNS]
        rows = [_cells(lot, voice) for lot in self._page.items]
        return [head, join(table(columns, rows), pager(self._page, "/lots", voice))]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Nothing to press but links."""
        return ""


def _cells(lot: LotView, voice: Voice) -> list[Html]:
    name = el("a", lot.name or lot.lot_id, href=f"/lots/{lot.lot_id}")
    return [
        join(name, " ", demo_tag(lot.demo), el("div", lot.line, class_="soft small")),
        supplier_link(lot.supplier, voice),
        join(voice.moment(lot.started_utc)),
        join(voice.number(lot.fed_kg, 1)),
        join(voice.number(lot.ejected_kg, 3)),
        join(voice.number(lot.good_fibre_kg, 3)),
        join(voice.percent(lot.good_fibre_kg / lot.fed_kg, 3) if lot.fed_kg > 0 else "–"),
        join(voice.number(lot.contaminants)),
        join(voice.number(lot.shots)),
        el("span", voice.number(lot.refused), class_="tone-bad" if lot.refused else None),
        join(voice.percent(lot.coverage) if lot.coverage is not None else "–"),
    ]


def _no_lots(voice: Voice) -> Html:
    return el("div", el("h2", voice.say("no_lots_title")), el("p", voice.say("no_lots_help")), class_="empty")
