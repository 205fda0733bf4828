"""The month on one page: headlines, what quality control can claim, then every figure by its group."""

from datetime import datetime, timedelta

from service.plant.kpi.attribution import Attribution
from service.plant.kpi.compare import Baseline, Comparison
from service.plant.views.kpis import Kpi, KpiGroup
from service.plant.views.people import Role, User
from service.web.panel.kpi_attribution import attribution_card
from service.web.panel.kpi_table import figure_table, headline, missing_list
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker, need
from service.web.panel.page_head import page_head
from service.web.panel.why import MOST_WHY, why_field
from service.web.panel.window_choice import WindowChoice

DAYS_SHOWN = 14
ASK_AGAIN = timedelta(seconds=5)
HEADLINES = (  # in this order; the first ones that are measured are shown
    *("defect_level.area", "material_loss.mass", "oee.area", "oee.mass", "unit_cost.mass", "unit_cost.area"),
    *("defect_rate.mass", "decision_speed.alarm", "coverage.length", "equipment_productivity.area"),
)
HEADLINES_SHOWN = 6


class KpiScreen:
    """Every figure of the catalogue for one window."""

    tab = "kpis"
    every_s = 1.0

    def __init__(self, looker: Looker, *, choice: WindowChoice) -> None:
        self._web = looker.web
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._choice = choice
        self._compared: tuple[Comparison, ...] = ()
        self._parts: tuple[Attribution, ...] = ()
        self._baseline: Baseline | None = None
        self._days: tuple[dict[str, Kpi], ...] = ()
        self._missing_open = False
        self._asked: datetime | None = None
        self._asked_days: datetime | None = None

    def load(self) -> None:
        """Ask for the figures; the first paint doesn't wait for those of single days."""
        now = self._web.now()
        figures = self._plant.quality.figures
        if self._asked is not None and self._asked_days is None:
            self._days = figures.by_day(self._plant.ledger.calendar.last_days(now, DAYS_SHOWN), None)
            self._asked_days = now
        if self._asked is None or now - self._asked >= ASK_AGAIN:
            self._compared, self._baseline = figures.compared(self._choice.window(self._plant), None)
            self._parts = figures.parts_of(self._compared)
            self._asked = now

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.kpis")

    def demo(self) -> bool:
        """Whether any figure counts rendered or simulated input."""
        return any(compared.now.demo for compared in self._compared)

    def sections(self, person: User) -> list[Html]:
        """Heading with the windows, headlines, what quality control can claim, figures by group."""
        voice = self._voice
        return [
            self._head(),
            self._headlines(),
            attribution_card(self._parts, self._baseline, voice),
            self._baseline_button(person),
            *[self._group(group) for group in KpiGroup],
            self._missing(),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Open or close the list of what is not measured; make the shown window the baseline."""
        if action == "missing":
            self._missing_open = not self._missing_open
        if action == "baseline":
            need(person, Role.MANAGER)
            why = pressed.get("why", "").strip()
            if not why:
                return self._voice.say("why_wanted")
            window = self._choice.window(self._plant)
            self._plant.quality.figures.set_baseline(window, None, why[:MOST_WHY], person.login)
            self._asked = None
            return self._voice.say("baseline_is_set")
        return ""

    def _head(self) -> Html:
        voice, window = self._voice, self._choice.window(self._plant)
        start, end = voice.formats.moment(window.from_utc), voice.formats.moment(window.to_utc)
        query = self._choice.api_query(self._plant)
        exports = [
            el(
                "a",
                voice.say("export_csv" if form == "csv" else "export_xlsx"),
                href=f"/api/v1/exports/kpis.{form}?{query}",
                class_="button",
            )
            for form in ("csv", "xlsx")
        ]
        said = voice.say("window_from_to", start=start, end=end)
        return join(
            page_head(voice.say("tab.kpis"), el("div", *exports, class_="row"), hint=said),
            self._choice.chooser("/kpis", voice),
        )

    def _headlines(self) -> Html:
        by_code = {each.now.code: each for each in self._compared}
        query = self._choice.query
        ranked = sorted((by_code[code] for code in HEADLINES), key=lambda each: each.now.value is None)
        cards = [headline(each, self._days, query, self._voice) for each in ranked[:HEADLINES_SHOWN]]
        return el("div", *cards, class_="headlines")

    def _baseline_button(self, person: User) -> Html:
        if not person.may(Role.MANAGER, None):
            return Html("")
        voice = self._voice
        return el(
            "form",
            why_field(voice),
            el("button", voice.say("baseline_set"), class_="button", data_action="baseline"),
            el("span", voice.say("baseline_help"), class_="soft small"),
            class_="row",
        )

    def _group(self, group: KpiGroup) -> Html:
        shown = [
            each for each in self._compared if each.definition.group is group and each.now.value is not None
        ]
        heading = el("h2", self._voice.say(f"kpi_group.{group.value}"), class_="tiles-head")
        if not shown:
            return el("section", heading, el("p", self._voice.say("kpi_group_empty"), class_="empty"))
        rows = figure_table(shown, self._days, self._choice.query, self._voice)
        return el("section", heading, rows, class_="kpi-group")

    def _missing(self) -> Html:
        voice = self._voice
        missing = [each for each in self._compared if each.now.value is None]
        if not missing:
            return Html("")
        press = el(
            "button",
            voice.say("missing_hide" if self._missing_open else "missing_show", count=len(missing)),
            class_="button",
            data_action="missing",
            aria_expanded="true" if self._missing_open else "false",
        )
        listed = missing_list(missing, voice) if self._missing_open else None
        return el("section", press, listed, class_="missing")
