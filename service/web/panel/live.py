"""The live page: each line's state with cause and since when, its figures, its newest crops."""

from dataclasses import replace
from datetime import timedelta

from service.plant.views.defects import DefectView, MarkVerdict, MarkView
from service.plant.views.lines import LineView
from service.plant.views.people import Role, User
from service.web.panel.crops import crop_card
from service.web.panel.line_card import line_card
from service.web.panel.line_presses import press_line
from service.web.panel.markup import Html, el
from service.web.panel.page import Looker, need
from service.web.panel.snapshot import Snapshot
from service.web.panel.voice import Voice

LONGEST_WAIT = timedelta(seconds=20)  # a pointer left lying on the crops must not hide news for ever
Crops = dict[str, tuple[DefectView, ...]]


class LiveScreen:
    """What runs now."""

    tab = "live"
    every_s = 0.1  # a change is shown within 0.3 s

    def __init__(self, looker: Looker) -> None:
        self._web = looker.web
        self._voice = looker.voice
        self._snapshot: Snapshot | None = None
        self._kept: Crops | None = None  # a crop must not move away under the finger that judges it
        self._kept_since = looker.web.now()

    def load(self) -> None:
        """Take the snapshot that all open panels share."""
        self._snapshot = self._web.snapshots.newest()
        if self._web.now() - self._kept_since > LONGEST_WAIT:
            self._kept = None

    def edition(self) -> object:
        """News of the lines, what is kept in place, and the second: ages grow."""
        taken = self._snapshot.number if self._snapshot is not None else 0
        return taken, self._kept_since, int(self._web.now().timestamp())

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.live")

    def demo(self) -> bool:
        """Whether any line shown is a demo."""
        return self._snapshot is not None and self._snapshot.demo

    def sections(self, person: User) -> list[Html]:
        """Two sections a line: its card and its crops."""
        if self._snapshot is None or not self._snapshot.lines:
            return [_no_lines(self._voice)]
        now = self._web.now()
        parts: list[Html] = []
        for line in self._snapshot.lines:
            waiting = [view for view in self._snapshot.commands if view.command.line == line.line]
            parts.append(line_card(line, waiting, person, self._voice, now))
            crops = (self._kept or self._snapshot.crops).get(line.line, ())
            parts.append(_crops(line, crops, person, self._voice, waits=self._kept is not None))
        return parts

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Mark a crop, hold and resume a line, or keep the crops in place while someone points at them."""
        if action == "point":
            self._keep(self._snapshot.crops if self._snapshot and pressed["over"] == "1" else None)
            return ""
        if action == "mark":
            need(person, Role.TECHNICIAN)
            verdict = MarkVerdict(pressed["verdict"])
            mark = self._web.plant.mark(pressed["defect"], verdict, None, person.login)
            self._keep(_marked(self._kept, mark))
            self._web.snapshots.forget()  # who pressed sees the effect at once
            return self._voice.say("mark_kept")
        return press_line(self._web, self._voice, person, pressed)

    def _keep(self, crops: Crops | None) -> None:
        self._kept, self._kept_since = crops, self._web.now()


def _marked(kept: Crops | None, mark: MarkView) -> Crops | None:
    if kept is None:
        return None
    return {
        line: tuple(replace(crop, mark=mark) if crop.defect_id == mark.defect_id else crop for crop in crops)
        for line, crops in kept.items()
    }


def _crops(line: LineView, crops: tuple[DefectView, ...], person: User, voice: Voice, *, waits: bool) -> Html:
    told = el("span", voice.say("crops_wait"), class_="soft small") if waits else None
    heading = el("h2", voice.say("newest_crops", line=line.line))
    title = el("div", heading, told, class_="row")
    if not crops:
        empty = el("div", el("p", voice.say("no_crops")), class_="empty")
        return el("section", title, empty, class_="stack")
    grid = el("div", *[crop_card(crop, person, voice) for crop in crops], class_="crops")
    return el("section", title, grid, class_="stack")


def _no_lines(voice: Voice) -> Html:
    return el(
        "div", el("h2", voice.say("no_lines_title")), el("p", voice.say("no_lines_help")), class_="empty"
    )
