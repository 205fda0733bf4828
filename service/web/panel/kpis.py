"""Key figures as tiles: value, formula, both sides of the fraction, window, source and age."""

from service.plant.views.kpis import Kpi, KpiDefinition, Window, WindowName
from service.plant.views.people import User
from service.web.panel.crops import demo_tag
from service.web.panel.markup import Html, el
from service.web.panel.page import Looker
from service.web.panel.voice import Voice


class KpiScreen:
    """Every figure of the catalogue for one window."""

    tab = "kpis"
    every_s = 2.0

    def __init__(self, looker: Looker, *, window: str) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        known = {name.value: name for name in WindowName}
        self._name = known.get(window, WindowName.SHIFT)
        self._window: Window | None = None
        self._figures: tuple[Kpi, ...] = ()

    def load(self) -> None:
        """Ask for the figures."""
        self._window = self._plant.window(self._name)
        self._figures = self._plant.kpis(self._window)

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.kpis")

    def demo(self) -> bool:
        """Whether any figure counts rendered or simulated input."""
        return any(figure.demo for figure in self._figures)

    def sections(self, person: User) -> list[Html]:
        """Heading with the windows, tiles."""
        voice = self._voice
        links = [
            el(
                "a",
                voice.say(f"window.{name.value}"),
                href=f"/kpis?window={name.value}",
                class_="button",
                aria_pressed="true" if name is self._name else "false",
            )
            for name in WindowName
        ]
        export = el(
            "a", voice.say("export_csv"), href=f"/api/v1/kpis.csv?window={self._name.value}", class_="button"
        )
        head = el(
            "div",
            el("h1", voice.say("tab.kpis")),
            el("div", *links, export, class_="row"),
            class_="page-head",
        )
        tiles = [tile(figure, voice) for figure in self._figures]
        return [head, el("div", *tiles, class_="tiles")]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Nothing to press but links."""
        return ""


def tile(figure: Kpi, voice: Voice) -> Html:
    """One figure with all that is needed to trust it."""
    name = el("h2", voice.say_or_code("kpi", code_of(figure)), " ", demo_tag(figure.demo))
    return el("article", name, _value(figure, voice), _facts(figure, voice), class_="card tile")


def code_of(figure: Kpi | KpiDefinition) -> str:
    """A figure's name in the catalogue: one slug may stand on two bases, which are never mixed."""
    return f"{figure.slug}.{figure.basis}"


def _value(figure: Kpi, voice: Voice) -> Html:
    if figure.value is None:
        why = voice.say_or_code("kpi_missing", code_of(figure))
        return el(
            "div", el("p", voice.say("not_measured"), class_="tile-missing"), el("p", why, class_="soft")
        )
    shown = voice.number(*_rounded(figure.value, figure.unit))
    return el("p", shown, el("small", voice.say_or_code("unit", figure.unit)), class_="tile-value")


def _rounded(value: float, unit: str) -> tuple[float, int]:
    """Value and digits; a share below 100 % is never rounded up to all."""
    digits = digits_for(value)
    if unit == "%" and value < 100:
        return min(value, 100 - 10**-digits), digits
    return value, digits


def digits_for(value: float) -> int:
    """Enough digits to see a small figure move, no more."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return 0
    if size >= 10:
        return 1
    return 2 if size >= 0.1 else 4


def _facts(figure: Kpi, voice: Voice) -> Html:
    rows: list[tuple[str, str]] = [("formula", voice.say_or_code("kpi_formula", code_of(figure)))]
    if figure.numerator is not None and figure.denominator is not None:
        rows.append(("fraction", _fraction(figure, voice)))
    rows.append(("window", voice.say("window_from_to", **_window(figure, voice))))
    rows.append(("source", voice.say(f"source.{figure.source.value}")))
    if figure.completeness is not None:
        rows.append(("completeness", voice.percent(figure.completeness)))
    if figure.age_s is not None:
        rows.append(("age", voice.age(figure.age_s)))
    parts = [part for key, words in rows for part in (el("dt", voice.say(f"fact.{key}")), el("dd", words))]
    return el("dl", *parts)


def _fraction(figure: Kpi, voice: Voice) -> str:
    sides = [
        (figure.numerator, figure.numerator_unit),
        (figure.denominator, figure.denominator_unit),
    ]
    written = [
        f"{voice.number(value, digits_for(value))} {voice.say_or_code('unit', unit)}".strip()
        for value, unit in sides
        if value is not None
    ]
    return " / ".join(written)


def _window(figure: Kpi, voice: Voice) -> dict[str, str]:
    return {
        "start": voice.formats.moment(figure.window_from),
        "end": voice.formats.moment(figure.window_to),
    }
