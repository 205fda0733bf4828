"""The rows behind a figure: what each adds to it, the way to its roll, its picture."""

from service.plant.views.drill import DrillRow
from service.plant.views.kpis import KpiDefinition, WindowName
from service.plant.views.paging import Page
from service.plant.views.people import User
from service.web.panel.crops import demo_tag
from service.web.panel.kpi_words import amount
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker
from service.web.panel.tables import pager, table
from service.web.panel.voice import Voice

PAGE_SIZE = 50


class KpiRowsScreen:
    """One figure, opened."""

    tab = "kpis"
    every_s = 10.0

    def __init__(self, looker: Looker, *, code: str, window: str, page: int) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        known = {name.value: name for name in WindowName}
        self._name = known.get(window, WindowName.SHIFT)
        self._code, self._number = code, page
        self._page: Page[DrillRow] | None = None
        self._definition: KpiDefinition | None = None

    def load(self) -> None:
        """Ask for this page of the rows."""
        figures = self._plant.quality.figures
        window = self._plant.window(self._name)
        self._page = figures.rows(self._code, window, None, self._number, PAGE_SIZE)
        self._definition = next(each for each in self._plant.kpi_catalogue() if each.code == self._code)

    def title(self) -> str:
        """The page's title."""
        return self._voice.say_or_code("kpi", self._code)

    def demo(self) -> bool:
        """Whether any row comes from rendered or simulated input."""
        return self._page is not None and any(row.demo for row in self._page.items)

    def sections(self, person: User) -> list[Html]:
        """Heading with the formula, then the rows."""
        voice = self._voice
        back = el(
            "a",
            voice.say(f"window.{self._name.value}"),
            href=f"/kpis?window={self._name.value}",
            class_="button",
        )
        head = el("div", el("h1", self.title()), el("div", back, class_="row"), class_="page-head")
        formula = el("p", voice.say_or_code("kpi_formula", self._code), class_="soft")
        if self._page is None or self._definition is None or not self._page.items:
            return [head, join(formula, el("p", voice.say("no_rows"), class_="empty"))]
        columns = [
            (voice.say("column.time"), False),
            (voice.say("column.line"), False),
            (voice.say("column.row"), False),
            (voice.say_or_code("kpi_numerator", self._code), True),
            (voice.say_or_code("kpi_denominator", self._code), True),
            (voice.say("column.picture"), False),
        ]
        rows = [_cells(row, self._definition, voice) for row in self._page.items]
        path = f"/kpis/{self._code}"
        return [
            head,
            join(formula, table(columns, rows), pager(self._page, path, voice, window=self._name.value)),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Nothing to press but links."""
        return ""


def _cells(row: DrillRow, definition: KpiDefinition, voice: Voice) -> list[Html]:
    what = row.what or row.id
    shown = el("a", what, href=f"/rolls/{row.roll_id}") if row.roll_id else join(what)
    return [
        join(voice.moment(row.utc)),
        join(row.line),
        join(shown, " ", demo_tag(row.demo)),
        _side(row.numerator, definition.numerator_unit, voice),
        _side(row.denominator, definition.denominator_unit, voice),
        _picture(row),
    ]


def _side(value: float | None, unit: str, voice: Voice) -> Html:
    return join("–" if value is None else amount(value, unit, voice))


def _picture(row: DrillRow) -> Html:
    if row.picture_sha256 is None:
        return join("–")
    source = f"/api/v1/pictures/{row.picture_sha256}"
    return el("a", el("img", src=source, alt=row.what, loading="lazy", class_="row-crop"), href=source)
