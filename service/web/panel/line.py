"""One line's page: its state, the live strip, its newest crops, its health, and the buttons that reach it."""

from datetime import datetime

from service.event_terms import LineState
from service.plant.errors import PlantError
from service.plant.views.defects import DefectView, MarkVerdict
from service.plant.views.glimpses import Glimpse, Preview
from service.plant.views.lines import LineView
from service.plant.views.people import Role, User
from service.web.panel.crops import crop_card
from service.web.panel.glyphs import shown_state
from service.web.panel.icons import icon
from service.web.panel.line_card import line_card
from service.web.panel.line_health import camera_health, sorter_health, timing_health
from service.web.panel.line_presses import press_line
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker, need
from service.web.panel.snapshot import Snapshot
from service.web.panel.states import no_data_since, waits
from service.web.panel.strip import judge_bar, strip
from service.web.panel.strip_desk import StripDesk


class LineScreen:
    """What one line does now; while it is open the line is asked to tell of itself."""

    tab = "live"
    every_s = 0.1  # a change is shown within 0.3 s

    def __init__(self, looker: Looker, line: str) -> None:
        self._web, self._voice, self._line = looker.web, looker.voice, line
        self._snapshot: Snapshot | None = None
        self._glimpse: Glimpse | None = None
        self._desk = StripDesk(plant=looker.web.plant, line=line)
        self._kept: tuple[DefectView, ...] | None = None  # a crop stays under the finger that judges it
        self._kept_since = looker.web.now()

    def load(self) -> None:
        """Take the shared snapshot, and look at the line."""
        self._glimpse = self._web.plant.glimpses.look(self._line)
        self._snapshot = self._web.snapshots.newest()

    def edition(self) -> object:
        """News of any line, of this line's own telling, and the second: ages grow."""
        taken = self._snapshot.number if self._snapshot is not None else 0
        told = self._glimpse.received_utc if self._glimpse is not None else None
        return taken, told, self._kept_since, int(self._web.now().timestamp())

    def title(self) -> str:
        """The line's name."""
        return self._line

    def demo(self) -> bool:
        """Whether this line is a demo."""
        return self._view().demo

    def sections(self, person: User) -> list[Html]:
        """The card, the strip beside the health, the crops."""
        voice, now = self._voice, self._web.now()
        line = self._view()
        snapshot = self._snapshot
        commands = [view for view in snapshot.commands if view.command.line == self._line] if snapshot else []
        back = el("a", icon("back"), voice.say("line_all"), href="/", class_="button")
        manage = el(
            "a", icon("hardware"), voice.say("tab.hardware"), href=f"/hardware/{self._line}", class_="button"
        )
        return [
            el("nav", back, manage, class_="row spread"),
            line_card(line, commands, person, voice, now, link=False),
            self._strip(line, person),
            self._health(),
            self._timing(),
            self._crops(person),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Judge a crop or a whole frame, or ask something of the line."""
        if action == "point":
            crops = self._snapshot.crops.get(self._line, ()) if self._snapshot is not None else ()
            self._kept = crops if pressed.get("over") == "1" else None
            self._kept_since = self._web.now()
            return ""
        if action == "mark":
            need(person, Role.TECHNICIAN)
            verdict = MarkVerdict(pressed["verdict"])
            self._web.plant.mark(pressed["defect"], verdict, None, person.login)
            self._web.snapshots.forget()
            self._kept = None
            return self._voice.say("mark_kept")
        if action in ("point_strip", "pick_strip", "judge_strip"):
            return self._press_strip(person, action, pressed)
        return press_line(self._web, self._voice, person, pressed)

    def _press_strip(self, person: User, action: str, pressed: dict[str, str]) -> str:
        self._kept_since = self._web.now()
        if pressed.get("over") == "0":
            self._desk.go_on()
            return ""
        if not self._desk.stands_still(self._kept_since):
            self._desk.stop(self._glimpse.previews if self._glimpse is not None else (), self._kept_since)
        if action == "point_strip":
            return ""
        number = int(pressed["number"])
        if action == "pick_strip":
            self._desk.pick(number)
            return ""
        told = self._desk.judge(person, number, self._voice, good=pressed["good"] == "1")
        self._web.snapshots.forget()  # the line's answer appears at the card
        return told

    def _view(self) -> LineView:
        lines = self._snapshot.lines if self._snapshot is not None else ()
        for line in lines:
            if line.line == self._line:
                return line
        raise PlantError("unknown_line", f"line {self._line} is not in this plant's settings; add it there")

    def _strip(self, line: LineView, person: User) -> Html:
        voice, now = self._voice, self._web.now()
        # nothing here tells whether it stands still: what changes under a pressed finger loses the press
        told = el("span", voice.say("strip_still"), class_="soft small")
        heading = el("div", el("h2", voice.say("strip_title")), told, class_="row")
        if shown_state(line) == "silent":
            inside: Html = no_data_since(line.last_event_utc, voice, now)
        elif line.state is LineState.STOPPED:
            inside = el("p", voice.say("strip_stopped"), class_="soft")
        elif self._glimpse is None:
            inside = waits(voice.say("strip_asked"))
        elif not self._glimpse.previews:
            inside = el("p", voice.say("strip_none"), class_="soft")
        else:
            inside = self._frames(person, self._glimpse.previews, now)
        return el("section", heading, inside, class_="card stack line-strip")

    def _frames(self, person: User, newest: tuple[Preview, ...], now: datetime) -> Html:
        """The strip; who may judge has the two buttons over it."""
        shown, said = self._desk.shown(newest, now), self._desk.said()
        picked = self._desk.picked(shown)
        if picked is None or not person.may(Role.TECHNICIAN, self._line):
            return strip(self._line, shown, said, self._voice)
        bar = judge_bar(picked, said, self._voice)
        return join(bar, strip(self._line, shown, said, self._voice, picked=picked))

    def _health(self) -> Html:
        if self._glimpse is None:
            return Html("")
        told = self._glimpse.now
        return el(
            "div",
            camera_health(told.camera, self._voice),
            sorter_health(told.sorter, self._voice),
            class_="line-health",
        )

    def _timing(self) -> Html:
        return timing_health(self._glimpse.now, self._voice) if self._glimpse is not None else Html("")

    def _crops(self, person: User) -> Html:
        voice = self._voice
        crops = self._snapshot.crops.get(self._line, ()) if self._snapshot is not None else ()
        if self._kept is not None:
            crops = self._kept
        heading = el("h2", voice.say("newest_crops", line=self._line))
        told = el("span", voice.say("crops_wait"), class_="soft small") if self._kept is not None else None
        if not crops:
            inside = el("div", el("p", voice.say("no_crops")), class_="empty")
        else:
            inside = el("div", *[crop_card(crop, person, voice) for crop in crops], class_="crops")
        return el("section", join(el("div", heading, told, class_="row"), inside), class_="stack line-crops")
