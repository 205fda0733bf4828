"""A figure opened: all that is needed to trust it, its days, and the rows behind it with their pictures."""

from datetime import datetime

from service.plant.kpi.compare import Comparison
from service.plant.views.drill import DrillRow, RowKind
from service.plant.views.kpis import KpiDefinition, Window
from service.plant.views.paging import Page
from service.plant.views.people import User
from service.said.heard import heard
from service.web.panel.crops import demo_tag
from service.web.panel.kpi_tile import tile
from service.web.panel.kpi_words import amount
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker
from service.web.panel.page_head import page_head
from service.web.panel.sparkline import day_chart
from service.web.panel.spoken import spoken
from service.web.panel.tables import pager, table
from service.web.panel.voice import Voice
from service.web.panel.window_choice import WindowChoice

PAGE_SIZE, DAYS_SHOWN = 50, 14
PREFIXES = {  # under which the words of a row's code stand
    RowKind.DEFECT: "kind",
    RowKind.SPAN: "not_inspected",
    RowKind.STATE: "state",
    RowKind.SHOT: "shot_outcome",
}


class KpiRowsScreen:
    """One figure, opened."""

    tab = "kpis"
    every_s = 5.0

    def __init__(self, looker: Looker, *, code: str, choice: WindowChoice, page: int) -> None:
        self._web = looker.web
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._choice, self._code, self._number = choice, code, page
        self._page: Page[DrillRow] | None = None
        self._compared: Comparison | None = None
        self._windows: tuple[Window, ...] = ()
        self._days: tuple[float | None, ...] = ()
        self._asked_days: datetime | None = None

    def load(self) -> None:
        """Ask for this page of the rows; the first paint doesn't wait for single days."""
        figures = self._plant.quality.figures
        window = self._choice.window(self._plant)
        first = self._page is None
        self._page = figures.rows(self._code, window, None, self._number, PAGE_SIZE)
        compared = figures.comparisons(window, None)
        self._compared = next(each for each in compared if each.now.code == self._code)
        if not first and self._asked_days is None:
            self._asked_days = self._web.now()
            self._windows = self._plant.ledger.calendar.last_days(self._asked_days, DAYS_SHOWN)
            self._days = tuple(day[self._code].value for day in figures.by_day(self._windows, None))

    def title(self) -> str:
        """The page's title."""
        return self._voice.say_or_code("kpi", self._code)

    def demo(self) -> bool:
        """Whether any row comes from rendered or simulated input."""
        return self._page is not None and any(row.demo for row in self._page.items)

    def sections(self, person: User) -> list[Html]:
        """Heading with the windows, the figure, then its rows."""
        voice = self._voice
        back = el("a", voice.say("tab.kpis"), href=f"/kpis?{self._choice.query}", class_="button")
        head = page_head(self.title(), back)
        chooser = self._choice.chooser(f"/kpis/{self._code}", voice)
        if self._compared is None:
            return [join(head, chooser), Html(""), Html("")]
        shown = tile(self._compared, voice, self._chart(self._compared))
        return [join(head, chooser), el("div", shown, class_="kpi-open"), self._rows(self._compared)]

    def _chart(self, compared: Comparison) -> Html | None:
        voice, unit = self._voice, compared.now.unit
        names = [voice.formats.date(window.from_utc) for window in self._windows]
        words = [
            f"{name}: {voice.say('not_measured') if value is None else amount(value, unit, voice)}"
            for name, value in zip(names, self._days, strict=True)
        ]
        label = voice.say("figure_by_day", figure=self.title(), days=len(names))
        before = compared.baseline.value if compared.baseline is not None else None
        return day_chart(self._days, [name[:5] for name in names], words, label, before)

    def _rows(self, compared: Comparison) -> Html:
        voice = self._voice
        heading = el("h2", voice.say("open_rows"), class_="tiles-head")
        if self._page is None or not self._page.items:
            return join(heading, el("p", voice.say("no_rows"), class_="empty"))
        columns = [
            (voice.say("column.time"), False),
            (voice.say("column.line"), False),
            (voice.say("column.row"), False),
            (voice.say_or_code("kpi_numerator", self._code), True),
            (voice.say_or_code("kpi_denominator", self._code), True),
            (voice.say("column.picture"), False),
        ]
        rows = [_cells(row, compared.definition, voice) for row in self._page.items]
        pages = pager(self._page, f"/kpis/{self._code}", voice, **self._choice.address)
        return join(heading, table(columns, rows), pages)

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Nothing to press but links."""
        return ""


def _cells(row: DrillRow, definition: KpiDefinition, voice: Voice) -> list[Html]:
    shown = _linked(row, _what(row, voice))
    return [
        join(voice.moment(row.utc)),
        join(row.line),
        join(shown, " ", demo_tag(row.demo)),
        _side(row.numerator, definition.numerator_unit, voice),
        _side(row.denominator, definition.denominator_unit, voice),
        _picture(row),
    ]


def _what(row: DrillRow, voice: Voice) -> Html:
    """A row's kind, reason or state in words; a name as it is."""
    if row.kind is RowKind.SHOT and not voice.catalogue.has(f"{PREFIXES[row.kind]}.{row.what}"):
        return spoken((heard(row.what),), row.what, voice) if row.what else join(row.id)
    if row.kind is RowKind.ALARM:
        return join(voice.say_or_code("alarm", f"quality_{row.what}"))
    prefix = PREFIXES.get(row.kind)
    return join(voice.say_or_code(prefix, row.what) if prefix and row.what else row.what or row.id)


def _linked(row: DrillRow, what: Html) -> Html:
    if row.roll_id:
        return el("a", what, href=f"/rolls/{row.roll_id}")
    return el("a", what, href=f"/lots/{row.lot_id}") if row.lot_id else join(what)


def _side(value: float | None, unit: str, voice: Voice) -> Html:
    return join("–" if value is None else amount(value, unit, voice))


def _picture(row: DrillRow) -> Html:
    if row.picture_sha256 is None:
        return join("–")
    source = f"/api/v1/pictures/{row.picture_sha256}"
    return el("a", el("img", src=source, alt=row.id, loading="lazy", class_="row-crop"), href=source)
