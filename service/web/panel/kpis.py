"""Key figures as tiles: value, both sides of the fraction, baseline and claim beside it, source and age."""

from service.plant.kpi.attribution import Attribution
from service.plant.kpi.claims import Claim
from service.plant.kpi.compare import Baseline, Comparison
from service.plant.views.kpis import Kpi, KpiDefinition, KpiGroup, WindowName
from service.plant.views.people import User
from service.web.panel.crops import demo_tag
from service.web.panel.kpi_words import amount, rounded, unit_words
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker
from service.web.panel.voice import Voice


class KpiScreen:
    """Every figure of the catalogue for one window, by where it is at home."""

    tab = "kpis"
    every_s = 5.0

    def __init__(self, looker: Looker, *, window: str) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        known = {name.value: name for name in WindowName}
        self._name = known.get(window, WindowName.SHIFT)
        self._compared: tuple[Comparison, ...] = ()
        self._parts: tuple[Attribution, ...] = ()
        self._baseline: Baseline | None = None

    def load(self) -> None:
        """Ask for the figures."""
        figures = self._plant.quality.figures
        self._compared, self._baseline = figures.compared(self._plant.window(self._name), None)
        self._parts = figures.parts_of(self._compared)

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.kpis")

    def demo(self) -> bool:
        """Whether any figure counts rendered or simulated input."""
        return any(compared.now.demo for compared in self._compared)

    def sections(self, person: User) -> list[Html]:
        """Heading with the windows, what quality control can claim, tiles by group."""
        voice = self._voice
        groups = [self._group(group) for group in KpiGroup]
        return [self._head(), _claimed(self._parts, self._baseline, voice), join(*groups)]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Nothing to press but links."""
        return ""

    def _head(self) -> Html:
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
        return el(
            "div",
            el("h1", voice.say("tab.kpis")),
            el("div", *links, export, class_="row"),
            class_="page-head",
        )

    def _group(self, group: KpiGroup) -> Html:
        tiles = [
            tile(compared, self._voice, window=self._name)
            for compared in self._compared
            if compared.definition.group is group
        ]
        heading = el("h2", self._voice.say(f"kpi_group.{group.value}"), class_="tiles-head")
        return el("section", heading, el("div", *tiles, class_="tiles"))


def tile(compared: Comparison, voice: Voice, *, window: WindowName = WindowName.SHIFT) -> Html:
    """One figure with all that is needed to trust it."""
    figure = compared.now
    name = el("h3", voice.say_or_code("kpi", code_of(figure)), " ", demo_tag(figure.demo))
    rows = None
    if figure.value is not None:
        link = f"/kpis/{code_of(figure)}?window={window.value}"
        rows = el("a", voice.say("open_rows"), href=link, class_="button")
    return el(
        "article",
        name,
        _value(figure, voice),
        _against_baseline(compared, voice),
        _facts(compared, voice),
        rows,
        class_="card tile",
    )


def code_of(figure: Kpi | KpiDefinition) -> str:
    """A figure's name in the catalogue: one slug may stand on two bases, which are never mixed."""
    return figure.code


def _value(figure: Kpi, voice: Voice) -> Html:
    if figure.value is None:
        why = voice.say_or_code("kpi_missing", code_of(figure))
        return el(
            "div", el("p", voice.say("not_measured"), class_="tile-missing"), el("p", why, class_="soft")
        )
    shown = voice.number(*rounded(figure.value, figure.unit))
    return el("p", shown, el("small", unit_words(figure.unit, voice)), class_="tile-value")


def _against_baseline(compared: Comparison, voice: Voice) -> Html | None:
    if compared.index is None:
        return None
    words = voice.say("index_of_baseline", index=voice.number(compared.index, 1))
    tone = {True: "tone-good", False: "tone-bad", None: "soft"}[compared.improved]
    return el("p", words, class_=f"{tone} small")


def _facts(compared: Comparison, voice: Voice) -> Html:
    figure, code = compared.now, code_of(compared.now)
    rows: list[tuple[str, str]] = [("formula", voice.say_or_code("kpi_formula", code))]
    for side, value, unit in (
        ("numerator", figure.numerator, figure.numerator_unit),
        ("denominator", figure.denominator, figure.denominator_unit),
    ):
        words = voice.say_or_code(f"kpi_{side}", code)
        rows.append((side, words if value is None else f"{words}: {amount(value, unit, voice)}"))
    rows.append(("window", voice.say("window_from_to", **_window(figure, voice))))
    rows.append(("source", voice.say(f"source.{figure.source.value}")))
    if figure.completeness is not None:
        rows.append(("completeness", voice.percent(figure.completeness)))
    rows.append(("baseline", _baseline_words(compared, voice)))
    if compared.claim is not None:
        rows.append(("claim", _claim_words(compared.claim, voice)))
    if figure.age_s is not None:
        rows.append(("age", voice.age(figure.age_s)))
    parts = [part for key, words in rows for part in (el("dt", voice.say(f"fact.{key}")), el("dd", words))]
    return el("dl", *parts)


def _baseline_words(compared: Comparison, voice: Voice) -> str:
    before = compared.baseline
    if before is None:
        return voice.say("no_baseline")
    if before.value is None:
        return voice.say("not_measured")
    return amount(before.value, before.unit, voice)


def _claim_words(claim: Claim, voice: Voice) -> str:
    before = "–" if claim.before is None else _as_printed(claim.before, voice)
    after = _as_printed(claim.after, voice)
    return voice.say("claim_before_after", before=before, after=after, unit=unit_words(claim.unit, voice))


def _as_printed(value: float, voice: Voice) -> str:
    _, _, decimals = f"{value:g}".partition(".")
    return voice.number(value, len(decimals))


def _claimed(parts: tuple[Attribution, ...], baseline: Baseline | None, voice: Voice) -> Html:
    """What lower loss and fewer defects alone explain: as the paper claims, then as measured."""
    lines = [
        el("p", voice.say(f"attribution.{name}", **_split(part, voice)))
        for name, part in zip(("claimed", "measured"), parts, strict=False)
    ]
    if len(parts) == 1:
        lines.append(el("p", voice.say("attribution_not_measured"), class_="soft"))
    told = voice.say("no_baseline")
    if baseline is not None:
        start, end = voice.formats.moment(baseline.from_utc), voice.formats.moment(baseline.to_utc)
        told = voice.say("window_from_to", start=start, end=end)
    head = el("h2", voice.say("attribution_title"))
    base = el("p", f"{voice.say('fact.baseline')}: {told}", class_="soft small")
    return el("section", head, *lines, base, class_="card")


def _split(part: Attribution, voice: Voice) -> dict[str, str]:
    share = voice.say("not_known") if part.share_pct is None else f"{voice.number(part.share_pct, 1)} %"
    return {
        "loss_before": voice.number(part.loss_before_pct, 1),
        "loss_after": voice.number(part.loss_after_pct, 1),
        "defects_before": voice.number(part.defects_before_pct, 1),
        "defects_after": voice.number(part.defects_after_pct, 1),
        "good": ("+" if part.good_output_change_pct >= 0 else "")
        + voice.number(part.good_output_change_pct, 1),
        "share": share,
    }


def _window(figure: Kpi, voice: Voice) -> dict[str, str]:
    return {
        "start": voice.formats.moment(figure.window_from),
        "end": voice.formats.moment(figure.window_to),
    }
