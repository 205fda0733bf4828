"""What goes out: a period as PDF or workbook, tables, papers of rolls and lots, messages to the mill."""

from datetime import datetime, timedelta

from service.plant.shifts import Shift
from service.plant.views.lots import LotView
from service.plant.views.outbox import DestinationView
from service.plant.views.people import Role, User
from service.plant.views.rolls import RollRow
from service.web.panel.crops import demo_tag
from service.web.panel.markup import Html, el, join
from service.web.panel.outbox_table import outbox_section
from service.web.panel.page import Looker, need
from service.web.panel.page_head import page_head
from service.web.panel.tables import table
from service.web.panel.voice import Voice
from service.web.panel.window_choice import WindowChoice

PAPERS_SHOWN, SHIFTS_BACK, SHIFTS_AHEAD = 6, 8, 4
TABLES = ("rolls", "lots", "defects")
TICK = timedelta(microseconds=1)


class ReportsScreen:
    """Papers and files."""

    tab = "reports"
    every_s = 10.0

    def __init__(self, looker: Looker, *, choice: WindowChoice) -> None:
        self._web = looker.web
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._choice = choice
        self._rolls: tuple[RollRow, ...] = ()
        self._lots: tuple[LotView, ...] = ()
        self._destinations: tuple[DestinationView, ...] = ()
        self._shifts: tuple[Shift, ...] = ()

    def load(self) -> None:
        """Ask for the newest papers, the receivers and the shifts around now."""
        self._rolls = self._plant.rolls(1, PAPERS_SHOWN).items
        self._lots = self._plant.lots(1, PAPERS_SHOWN).items
        self._destinations = self._plant.mill.destinations()
        self._shifts = self._around(self._web.now())

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.reports")

    def demo(self) -> bool:
        """Whether any paper listed is of rendered or simulated input."""
        return any(roll.demo for roll in self._rolls) or any(lot.demo for lot in self._lots)

    def sections(self, person: User) -> list[Html]:
        """Period, tables, papers, receivers, calendar."""
        voice = self._voice
        may_see = person.role.may_act_as(Role.MANAGER)
        return [
            self._period(),
            self._tables(),
            self._papers(),
            outbox_section(self._destinations, person, voice) if may_see else Html(""),
            self._calendar(),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Tell a receiver at once what waits for it."""
        if action != "retry":
            return ""
        need(person, Role.ADMIN)
        waiting = self._plant.mill.retry(pressed.get("name", ""), person.login)
        return self._voice.say("outbox_retried", count=waiting)

    def _period(self) -> Html:
        voice, window = self._voice, self._choice.window(self._plant)
        start, end = voice.formats.moment(window.from_utc), voice.formats.moment(window.to_utc)
        query = self._choice.api_query(self._plant)
        pdf = f"/api/v1/reports/period.pdf?{query}&language={voice.language.value}"
        presses = [
            el("a", voice.say("report_pdf"), href=pdf, class_="button primary"),
            el("a", voice.say("report_xlsx"), href=f"/api/v1/reports/period.xlsx?{query}", class_="button"),
        ]
        card = el(
            "section",
            el("h2", voice.say("report_title")),
            el("p", voice.say("window_from_to", start=start, end=end), class_="advice-money"),
            el("p", voice.say("report_holds"), class_="soft"),
            el("div", *presses, class_="row"),
            class_="card stack",
        )
        head = page_head(voice.say("tab.reports"))
        return join(head, self._choice.chooser("/reports", voice), el("div", card, class_="report-period"))

    def _tables(self) -> Html:
        voice = self._voice
        query = self._choice.bounds_query(self._plant)
        rows = [
            [
                join(voice.say(f"report_table.{name}")),
                el(
                    "span",
                    *[
                        el("a", form.upper(), href=f"/api/v1/exports/{name}.{form}?{query}", class_="button")
                        for form in ("csv", "xlsx")
                    ],
                    class_="row",
                ),
            ]
            for name in TABLES
        ]
        columns = [(voice.say("report_column.table"), False), (voice.say("report_column.file"), False)]
        return el("section", el("h2", voice.say("report_tables")), table(columns, rows), class_="stack")

    def _papers(self) -> Html:
        voice, language = self._voice, self._voice.language.value
        rolls = [
            _paper(
                roll.name or roll.roll_id,
                f"/rolls/{roll.roll_id}",
                f"/api/v1/rolls/{roll.roll_id}/certificate.pdf?language={language}",
                voice.say("report_certificate"),
                demo=roll.demo,
            )
            for roll in self._rolls
        ]
        lots = [
            _paper(
                lot.name or lot.lot_id,
                f"/lots/{lot.lot_id}",
                f"/api/v1/lots/{lot.lot_id}/passport.pdf?language={language}",
                voice.say("paper_passport"),
                demo=lot.demo,
            )
            for lot in self._lots
        ]
        return el(
            "div",
            _papers_of("report_rolls", voice.say("tab.rolls"), rolls, voice),
            _papers_of("report_lots", voice.say("tab.lots"), lots, voice),
            class_="side-by-side",
        )

    def _calendar(self) -> Html:
        voice, now = self._voice, self._web.now()
        off = self._plant.settings.ledger.days_off
        rows = []
        for shift in self._shifts:
            free = [each.why for each in off if each.day == shift.day and each.shift in ("", shift.name)]
            runs = shift.from_utc <= now < shift.to_utc
            state = voice.say("shift_runs") if runs else voice.say("shift_off", why=free[0]) if free else "–"
            links = Html("–")
            if shift.from_utc <= now:
                moment = f"{shift.from_utc:%Y-%m-%dT%H:%M}"
                links = el("a", voice.say("tab.ledger"), href=f"/ledger?at={moment}", class_="way")
            rows.append(
                [
                    el("b", shift.name) if runs else join(shift.name),
                    join(voice.moment(shift.from_utc)),
                    join(voice.moment(shift.to_utc)),
                    join(state),
                    links,
                ]
            )
        columns = [
            (voice.say(f"calendar_column.{key}"), False)
            for key in ("shift", "begins", "ends", "state", "ledger")
        ]
        help_ = el("p", voice.say("calendar_help", zone=str(self._web.zone)), class_="soft small")
        return el(
            "section", el("h2", voice.say("calendar_title")), table(columns, rows), help_, class_="stack"
        )

    def _around(self, now: datetime) -> tuple[Shift, ...]:
        calendar = self._plant.ledger.calendar
        shift = calendar.shift_at(now)
        before: list[Shift] = []
        for _ in range(SHIFTS_BACK):
            before.append(calendar.shift_at((before[-1] if before else shift).from_utc - TICK))
        ahead = [shift]
        for _ in range(SHIFTS_AHEAD):
            ahead.append(calendar.shift_at(ahead[-1].to_utc))
        return (*reversed(ahead), *before)


def _paper(name: str, page: str, paper: str, words: str, *, demo: bool) -> list[Html]:
    return [
        join(el("a", name, href=page), " ", demo_tag(demo)),
        el("a", words, href=paper, class_="button"),
    ]


def _papers_of(key: str, name: str, rows: list[list[Html]], voice: Voice) -> Html:
    heading = el("h2", voice.say(key))
    if not rows:
        return el("section", heading, el("p", voice.say("report_no_papers"), class_="empty"), class_="stack")
    columns = [(name, False), (voice.say("report_column.file"), False)]
    return el("section", heading, table(columns, rows), class_="stack")
