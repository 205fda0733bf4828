"""Suppliers side by side: foreign matter with its interval, loss, second grade, claims; what fabric says."""

from service.plant.planning.scorecards import per_tonne
from service.plant.views.people import User
from service.plant.views.plan import Scorecard
from service.plant.views.suppliers import SupplierFigure, SupplierScore
from service.web.panel.crops import demo_tag
from service.web.panel.interval_bar import interval_bar
from service.web.panel.kpi_words import rounded, unit_words
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker
from service.web.panel.page_head import page_head
from service.web.panel.supplier_links import supplier_link
from service.web.panel.tables import table
from service.web.panel.voice import Voice
from service.web.panel.window_choice import WindowChoice

KG_PER_T = 1000.0
FOREIGN = "foreign_matter.mass"
PLAIN = ("material_loss.mass", "trash.mass", "defect_level.area", "points.area", "claims.rolls")


class SuppliersScreen:
    """Whose cotton brings what."""

    tab = "suppliers"
    every_s = 3.0

    def __init__(self, looker: Looker, *, choice: WindowChoice) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._choice = choice
        self._scores: tuple[SupplierScore, ...] = ()
        self._cards: tuple[Scorecard, ...] | None = None  # None: not asked yet, it takes seconds
        self._loads = 0

    def load(self) -> None:
        """Ask for the window's figures and for what fabric says."""
        self._scores = self._plant.suppliers.scores(self._choice.window(self._plant))
        if self._loads > 0:
            self._cards = self._plant.planning.scorecards()
        self._loads += 1

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.suppliers")

    def demo(self) -> bool:
        """Whether rendered or simulated input had a part."""
        return any(score.demo for score in self._scores) or any(card.demo for card in self._cards or ())

    def sections(self, person: User) -> list[Html]:
        """Windows, comparison, fabric."""
        voice = self._voice
        head = join(
            page_head(voice.say("tab.suppliers"), hint=voice.say("suppliers_help")),
            self._choice.chooser("/suppliers", voice),
        )
        return [head, self._compared(), _fabric(self._cards, voice)]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Nothing to press but links."""
        return ""

    def _compared(self) -> Html:
        voice = self._voice
        if not self._scores:
            words = el("p", voice.say("suppliers_none_help"))
            return el("div", el("h2", voice.say("suppliers_none")), words, class_="empty")
        ranked = sorted(self._scores, key=lambda score: -(_of(score, FOREIGN).value or 0.0))
        most = max((_reach(_of(score, FOREIGN)) for score in ranked), default=0.0)
        columns = [
            (voice.say("column.supplier"), False),
            (voice.say("supplier_column.material"), True),
            (_heading(_of(ranked[0], FOREIGN), voice), True),
            (voice.say("supplier_column.interval"), False),
            *[(_heading(_of(ranked[0], code), voice), True) for code in PLAIN],
        ]
        query = self._choice.query
        rows = [_cells(score, most, query, voice) for score in ranked]
        note = el("p", voice.say("supplier_note"), class_="soft small")
        return el("section", table(columns, rows), note, class_="stack")


def foreign_interval(figure: SupplierFigure, most: float, voice: Voice) -> Html:
    """Foreign matter per tonne as a bar with its exact Poisson interval."""
    rate = per_tonne(round(figure.numerator), figure.denominator * KG_PER_T)
    if rate is None:
        return join("–")
    value, low, high = rate
    told = voice.say("interval_words", low=voice.number(low, 1), high=voice.number(high, 1))
    return el(
        "div",
        interval_bar(value, low, high, most=most, label=told),
        el("small", told, class_="soft"),
        title=told,
    )


def figure_words(figure: SupplierFigure, voice: Voice) -> Html:
    """A figure's value, its unit stands in the heading; on hover its formula, completeness and source."""
    parts = [voice.say(f"supplier_formula.{figure.slug}"), voice.say(f"source.{figure.source.value}")]
    if figure.completeness is not None:
        parts.append(f"{voice.say('fact.completeness')}: {voice.percent(figure.completeness)}")
    if figure.value is None:
        return el("span", "–", title=voice.say("not_measured"), class_="soft")
    shown = voice.number(*rounded(figure.value, figure.unit))
    return el("span", shown, title=" · ".join(parts))


def _heading(figure: SupplierFigure, voice: Voice) -> str:
    name = voice.say(f"supplier_figure.{figure.slug}.{figure.basis}")
    return f"{name}, {unit_words(figure.unit, voice)}"


def _of(score: SupplierScore, code: str) -> SupplierFigure:
    return next(figure for figure in score.figures if f"{figure.slug}.{figure.basis}" == code)


def _reach(figure: SupplierFigure) -> float:
    rate = per_tonne(round(figure.numerator), figure.denominator * KG_PER_T)
    return rate[2] if rate else 0.0


def _cells(score: SupplierScore, most: float, query: str, voice: Voice) -> list[Html]:
    foreign = _of(score, FOREIGN)
    return [
        join(supplier_link(score.supplier, voice, query), " ", demo_tag(score.demo)),
        join(voice.say("lots_and_rolls", lots=score.lots, rolls=score.rolls)),
        el("b", figure_words(foreign, voice)),
        foreign_interval(foreign, most, voice),
        *[figure_words(_of(score, code), voice) for code in PLAIN],
    ]


def _fabric(cards: tuple[Scorecard, ...] | None, voice: Voice) -> Html:
    heading = el("h2", voice.say("fabric_title"))
    help_ = el("p", voice.say("fabric_help"), class_="soft")
    if cards is None:
        return el("section", heading, el("p", voice.say("page_loads"), class_="empty"), class_="stack")
    known = [card for card in cards if card.fabric_factor is not None]
    if not known:
        return el(
            "section", heading, help_, el("p", voice.say("fabric_none"), class_="empty"), class_="stack"
        )
    most = max(card.fabric_factor_high or 0.0 for card in known)
    columns = [
        (voice.say("column.supplier"), False),
        (voice.say("supplier_column.factor"), True),
        (voice.say("supplier_column.interval"), False),
        (voice.say("supplier_column.second"), True),
    ]
    rows = [_fabric_cells(card, most, voice) for card in known]
    return el("section", heading, help_, table(columns, rows), class_="stack")


def _fabric_cells(card: Scorecard, most: float, voice: Voice) -> list[Html]:
    value, low, high = (
        card.fabric_factor or 0.0,
        card.fabric_factor_low or 0.0,
        card.fabric_factor_high or 0.0,
    )
    told = voice.say("interval_words", low=voice.number(low, 2), high=voice.number(high, 2))
    worse = low > 1
    return [
        join(supplier_link(card.supplier, voice), " ", demo_tag(card.demo)),
        el("b", voice.say("times", value=voice.number(value, 2)), class_="tone-bad" if worse else None),
        el("div", interval_bar(value, low, high, most=most, label=told), el("small", told, class_="soft")),
        join(voice.percent(card.second_share) if card.second_share is not None else "–"),
    ]
