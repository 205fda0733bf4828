"""A line's hardware: focus and exposure aid, calibration, the test of a valve, the line's own disk."""

from service.event_terms import LineState
from service.line_commands import LineCommandKind
from service.line_now import CameraNow, DiskNow, SorterNow
from service.plant.errors import PlantError
from service.plant.views.eyesight import EyesightView
from service.plant.views.glimpses import Glimpse
from service.plant.views.lines import LineView
from service.plant.views.people import Role, User
from service.web.panel.calibration_card import calibration_card
from service.web.panel.figures import figure
from service.web.panel.focus_aid import focus_aid
from service.web.panel.lamps import lamp
from service.web.panel.line_card import answers, command_button, hold_buttons
from service.web.panel.line_presses import press_line
from service.web.panel.markup import Html, el
from service.web.panel.page import Looker
from service.web.panel.page_head import page_head
from service.web.panel.snapshot import Snapshot
from service.web.panel.states import empty, no_data_since, waits

LITTLE_SPACE = 0.05  # of the disk: below it somebody must act
GB = 1e9
TEST_MS = 20


class HardwareScreen:
    """What an engineer sets and tests at one line; the first line where none is named."""

    tab = "hardware"
    every_s = 0.5

    def __init__(self, looker: Looker, line: str = "") -> None:
        self._web, self._voice = looker.web, looker.voice
        names = [access.line for access in looker.web.settings.lines]
        self._line = line or (sorted(names)[0] if names else "")
        self._names = sorted(names)
        self._snapshot: Snapshot | None = None
        self._glimpse: Glimpse | None = None
        self._eyesight: EyesightView | None = None

    def load(self) -> None:
        """Look at the line, and ask what it last said of its camera."""
        if not self._names:
            return
        self._glimpse = self._web.plant.glimpses.look(self._line)
        self._snapshot = self._web.snapshots.newest()
        self._eyesight = self._web.plant.eyesight.of(self._line)

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.hardware")

    def demo(self) -> bool:
        """Whether this line is a demo."""
        return bool(self._names) and self._view().demo

    def sections(self, person: User) -> list[Html]:
        """The choice of a line, its camera, its calibration, its sorter, its disk."""
        voice = self._voice
        if not self._names:
            return [empty(voice.say("no_lines_title"), voice.say("no_lines_help"))]
        line, told = self._view(), self._glimpse.now if self._glimpse is not None else None
        return [
            self._head(),
            self._camera(line, told.camera if told else None),
            calibration_card(self._eyesight, voice, self._web.now()),
            self._sorter(line, told.sorter if told else None, person),
            self._disk(told.disk) if told else Html(""),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Ask something of the line."""
        if action != "command":
            return ""
        return press_line(self._web, self._voice, person, pressed)

    def _view(self) -> LineView:
        for line in self._snapshot.lines if self._snapshot is not None else ():
            if line.line == self._line:
                return line
        raise PlantError("unknown_line", f"line {self._line} is not in this plant's settings; add it there")

    def _head(self) -> Html:
        links = [
            el(
                "a",
                name,
                href=f"/hardware/{name}",
                class_="button",
                aria_current="page" if name == self._line else None,
            )
            for name in self._names
        ]
        chosen = el("nav", *links, class_="row choice", aria_label=self._voice.say("line_choose"))
        return page_head(self._voice.say("tab.hardware"), chosen)

    def _camera(self, line: LineView, camera: CameraNow | None) -> Html:
        voice = self._voice
        heading = el("h2", voice.say("hardware.focus"))
        if self._glimpse is None or camera is None:
            old = line.age_s is None or line.age_s > 30
            inside = (
                no_data_since(line.last_event_utc, voice, self._web.now())
                if old
                else waits(voice.say("strip_asked"))
            )
            return el("section", heading, inside, class_="card stack")
        return el("section", heading, focus_aid(self._glimpse, camera, voice), class_="card stack")

    def _sorter(self, line: LineView, sorter: SorterNow | None, person: User) -> Html:
        voice, now = self._voice, self._web.now()
        heading = el("h2", voice.say("hardware.sorter_test"))
        if sorter is None:
            return el(
                "section",
                heading,
                el("p", voice.say("hardware.not_told"), class_="soft"),
                class_="card stack",
            )
        held = line.state is LineState.HELD
        may = person.may(Role.ENGINEER, line.line)
        buttons = [
            command_button(
                line.line,
                LineCommandKind.TEST_VALVE,
                voice.say("hardware.valve", lane=lane),
                "sorter",
                disabled=not held or not may,
                lane=str(lane),
                ms=str(TEST_MS),
            )
            for lane in range(sorter.lanes)
        ]
        commands = [
            view
            for view in (self._snapshot.commands if self._snapshot else ())
            if view.command.line == line.line
        ]
        told = "hardware.test_ready" if held else "hardware.test_hold_first"
        return el(
            "section",
            heading,
            el("p", voice.say(told if may else "hardware.test_engineer", ms=TEST_MS)),
            hold_buttons(line, voice) if person.may(Role.TECHNICIAN, line.line) else None,
            el("div", *buttons, class_="row valves"),
            answers(commands, voice, now),
            class_="card stack",
        )

    def _disk(self, disk: DiskNow) -> Html:
        voice = self._voice
        share = disk.free_bytes / disk.total_bytes if disk.total_bytes else 0.0
        film = (
            lamp("", voice.say("hardware.film_on", seconds=voice.number(disk.film_ring_s)))
            if disk.film_ring_s is not None
            else lamp("warn", voice.say("hardware.film_off"))
        )
        return el(
            "section",
            el("h2", voice.say("hardware.disk")),
            el(
                "dl",
                figure(
                    voice.say("hardware.free"),
                    voice.number(disk.free_bytes / GB, 1),
                    unit=voice.say("unit_gb"),
                    tone="bad" if share < LITTLE_SPACE else "",
                    voice=voice,
                    meaning=voice.say("meaning.free", total=voice.number(disk.total_bytes / GB, 1)),
                ),
                figure(
                    voice.say("hardware.pictures"),
                    voice.number(disk.pictures_bytes / 1e6, 1),
                    unit=voice.say("hardware.of_mb", budget=voice.number(disk.pictures_budget_bytes / 1e6)),
                    voice=voice,
                    meaning=voice.say("meaning.ring"),
                ),
                class_="figures",
            ),
            film,
            class_="card stack",
        )
