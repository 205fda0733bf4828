"""The list of rolls, a page at a time."""

from service.plant.views.paging import Page
from service.plant.views.people import User
from service.plant.views.rolls import GradeStatus, RollRow
from service.web.panel.crops import demo_tag
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker
from service.web.panel.page_head import page_head
from service.web.panel.tables import pager, table
from service.web.panel.voice import Voice

PAGE_SIZE = 25
FULL_COVERAGE = 0.999


class RollsScreen:
    """Rolls, newest first."""

    tab = "rolls"
    every_s = 2.0

    def __init__(self, looker: Looker, *, page: int) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._number = page
        self._page: Page[RollRow] | None = None

    def load(self) -> None:
        """Ask for this page of the list."""
        self._page = self._plant.rolls(self._number, PAGE_SIZE)

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.rolls")

    def demo(self) -> bool:
        """Whether any roll shown is a demo."""
        return self._page is not None and any(row.demo for row in self._page.items)

    def sections(self, person: User) -> list[Html]:
        """Heading and table."""
        voice = self._voice
        head = page_head(voice.say("tab.rolls"))
        if self._page is None or not self._page.items:
            return [head, _no_rolls(voice)]
        heads = [
            ("roll", False), ("article", False), ("line", False), ("started", False), ("length", True),
            ("grade", False), ("points_per_100_m2", True), ("defects", True), ("coverage", True),
        ]  # fmt: skip
        rows = [_cells(row, voice) for row in self._page.items]
        columns = [(voice.say(f"column.{key}"), number) for key, number in heads]
        return [head, join(table(columns, rows), pager(self._page, "/rolls", voice))]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Nothing to press but links."""
        return ""


def grade_badge(grade: str | None, status: GradeStatus, voice: Voice) -> Html:
    """The grade's letter; its outline and words say how far to trust it."""
    if grade is None:
        return el("span", voice.say("grade.none"), class_="soft")
    look = {"A": "", "B": "is-b", "second": "is-second"}.get(grade, "")
    badge = el("span", voice.say_or_code("grade", grade), class_=f"grade {look}".strip())
    if status is GradeStatus.FINAL:
        return badge
    return join(badge, " ", el("span", voice.say(f"grade_status.{status.value}"), class_="soft small"))


def _cells(row: RollRow, voice: Voice) -> list[Html]:
    points = row.points_per_100_m2
    low = row.coverage < FULL_COVERAGE
    return [
        join(el("a", row.name or row.roll_id, href=f"/rolls/{row.roll_id}"), " ", demo_tag(row.demo)),
        join(row.article),
        join(row.line),
        join(voice.moment(row.started_utc)),
        join(voice.metres(row.length_m * 1000)),
        grade_badge(row.grade, row.status, voice),
        join(voice.number(points, 1) if points is not None else "–"),
        join(voice.number(row.defects)),
        el("span", voice.percent(row.coverage), class_="tone-warn" if low else None),
    ]


def _no_rolls(voice: Voice) -> Html:
    return el(
        "div", el("h2", voice.say("no_rolls_title")), el("p", voice.say("no_rolls_help")), class_="empty"
    )
