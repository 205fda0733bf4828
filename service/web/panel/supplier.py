"""One supplier: its figures with both sides of each fraction, and the lots and rolls behind them."""

from service.plant.views.people import User
from service.plant.views.suppliers import SupplierDetail, SupplierFigure, SupplierRow
from service.web.panel.crops import demo_tag
from service.web.panel.kpi_words import amount, rounded, unit_words
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker
from service.web.panel.page_head import page_head
from service.web.panel.supplier_links import supplier_path
from service.web.panel.suppliers import FOREIGN, foreign_interval
from service.web.panel.tables import table
from service.web.panel.voice import Voice
from service.web.panel.window_choice import WindowChoice

ROWS_SHOWN = 200
COLUMNS = (
    ("when", False),
    ("what", False),
    ("line", False),
    ("share", True),
    ("quantity", True),
    ("bad", True),
)


class SupplierScreen:
    """A supplier, opened."""

    tab = "suppliers"
    every_s = 10.0

    def __init__(self, looker: Looker, *, name: str, choice: WindowChoice) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._name, self._choice = name, choice
        self._detail: SupplierDetail | None = None

    def load(self) -> None:
        """Ask for figures and rows. PlantError: unknown_supplier."""
        self._detail = self._plant.suppliers.detail(self._name, self._choice.window(self._plant))

    def title(self) -> str:
        """The supplier's name."""
        return self._name

    def demo(self) -> bool:
        """Whether rendered or simulated input had a part."""
        return self._detail is not None and self._detail.score.demo

    def sections(self, person: User) -> list[Html]:
        """Head, figures, rows."""
        voice = self._voice
        back = el("a", voice.say("tab.suppliers"), href=f"/suppliers?{self._choice.query}", class_="button")
        chooser = self._choice.chooser(supplier_path(self._name), voice)
        head = join(page_head(self._name, back), chooser)
        if self._detail is None:
            return [head]
        tiles = [_tile(figure, voice) for figure in self._detail.score.figures]
        return [head, el("div", *tiles, class_="tiles"), _rows(self._detail, voice)]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Nothing to press but links."""
        return ""


def _tile(figure: SupplierFigure, voice: Voice) -> Html:
    code = f"{figure.slug}.{figure.basis}"
    facts = [("formula", voice.say(f"supplier_formula.{figure.slug}"))]
    if figure.value is None:
        value = el("p", voice.say("not_measured"), class_="tile-missing")
        facts.append(("missing", voice.say(f"supplier_missing.{figure.slug}")))
    else:
        shown = voice.number(*rounded(figure.value, figure.unit))
        value = el("p", shown, el("small", unit_words(figure.unit, voice)), class_="tile-value")
        facts.append(("numerator", amount(figure.numerator, figure.numerator_unit, voice)))
        facts.append(("denominator", amount(figure.denominator, figure.denominator_unit, voice)))
    facts.append(("source", voice.say(f"source.{figure.source.value}")))
    if figure.completeness is not None:
        facts.append(("completeness", voice.percent(figure.completeness)))
    bar = None
    if code == FOREIGN and figure.value is not None:
        bar = foreign_interval(figure, 2 * figure.value or 1.0, voice)
    listed = [part for key, words in facts for part in (el("dt", voice.say(f"fact.{key}")), el("dd", words))]
    return el(
        "article",
        el("h3", voice.say(f"supplier_figure.{code}")),
        value,
        bar,
        el("dl", *listed),
        class_="card tile",
    )


def _rows(detail: SupplierDetail, voice: Voice) -> Html:
    heading = el("h2", voice.say("supplier_rows_title"))
    columns = [(voice.say(f"supplier_row.{key}"), number) for key, number in COLUMNS]
    rows = [_cells(row, voice) for row in detail.rows[:ROWS_SHOWN]]
    rest = len(detail.rows[ROWS_SHOWN:]) + detail.left_off
    told = el("p", voice.say("rows_left_off", count=rest), class_="soft small") if rest else None
    return el("section", heading, table(columns, rows), told, class_="stack")


def _cells(row: SupplierRow, voice: Voice) -> list[Html]:
    path = f"/rolls/{row.id}" if row.kind == "roll" else f"/lots/{row.id}"
    claims = None
    if row.claims:
        claims = el("span", voice.say("row_claims", count=row.claims), class_="tone-bad")
    return [
        join(voice.moment(row.utc)),
        join(
            el("a", row.name or row.id, href=path),
            " ",
            demo_tag(row.demo),
            el("div", voice.say(f"supplier_row_kind.{row.kind}"), class_="soft small"),
            claims,
        ),
        join(row.line),
        join(voice.percent(row.share)),
        join(amount(row.quantity, row.unit, voice)),
        join(amount(row.bad, row.unit, voice)),
    ]
