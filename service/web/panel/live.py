"""The live page: each line's state with cause and since when, its figures, its newest crops."""

from dataclasses import replace
from datetime import datetime, timedelta

from service.event_terms import LineState
from service.line_commands import LineCommandKind
from service.plant.views.commands import CommandView
from service.plant.views.defects import DefectView, MarkVerdict, MarkView
from service.plant.views.lines import LineView
from service.plant.views.people import Role, User
from service.web.api.lines import role_for
from service.web.panel.crops import crop_card
from service.web.panel.figures import figure
from service.web.panel.glyphs import shown_state, state_glyph
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker, need
from service.web.panel.snapshot import Snapshot
from service.web.panel.voice import Voice

FULL_COVERAGE = 0.999  # below this share the figure gets its colour
LONGEST_WAIT = timedelta(seconds=20)  # a pointer left lying on the crops must not hide news for ever
Crops = dict[str, tuple[DefectView, ...]]


class LiveScreen:
    """What runs now."""

    tab = "live"
    every_s = 0.5

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
        command = LineCommandKind(pressed["command"])
        need(person, role_for(command))
        self._web.plant.command(pressed["line"], command, {}, person.login)
        self._web.snapshots.forget()
        return self._voice.say("command_sent")

    def _keep(self, crops: Crops | None) -> None:
        self._kept, self._kept_since = crops, self._web.now()


def _marked(kept: Crops | None, mark: MarkView) -> Crops | None:
    if kept is None:
        return None
    return {
        line: tuple(replace(crop, mark=mark) if crop.defect_id == mark.defect_id else crop for crop in crops)
        for line, crops in kept.items()
    }


def line_card(line: LineView, commands: list[CommandView], person: User, voice: Voice, now: datetime) -> Html:
    """State, figures and buttons of one line."""
    state = shown_state(line)
    head = el(
        "div",
        el("div", el("h1", line.line), el("p", _what(line, voice), class_="soft")),
        el(
            "span", state_glyph(state), voice.say(f"state.{state}"), class_=f"state is-{state}", role="status"
        ),
        class_="row spread",
    )
    inside = join(
        head,
        el("p", _why(line, state, voice, now)),
        _alarms(line, voice, now),
        _figures(line, state, voice, now),
        _buttons(line, commands, person, voice, now),
    )
    return el("section", inside, class_=f"card stack line-card is-{state}")


def _what(line: LineView, voice: Voice) -> str:
    kind = voice.say(f"line_kind.{line.kind.value}") if line.kind is not None else voice.say("line_unknown")
    return f"{kind} · {line.article}" if line.article else kind


def _why(line: LineView, state: str, voice: Voice, now: datetime) -> str:
    if line.last_event_utc is None:
        return voice.say("line_never")
    if state == "silent":
        return voice.say("no_data_since", moment=voice.formats.since(line.last_event_utc, now))
    if line.since_utc is None:
        return line.cause
    since = voice.formats.since(line.since_utc, now)
    if not line.cause or state == LineState.RUNNING:
        return voice.say("state_since", moment=since)
    return voice.say("state_since_because", moment=since, cause=line.cause)


def _alarms(line: LineView, voice: Voice, now: datetime) -> Html | None:
    if not line.alarms:
        return None
    rows = [
        el(
            "p",
            el("b", voice.say_or_code("alarm", alarm.code)),
            " ",
            voice.say("alarm_since", detail=alarm.detail, moment=voice.formats.since(alarm.raised_utc, now)),
        )
        for alarm in line.alarms
    ]
    return el("div", *rows, class_="note bad stack", role="alert")


def _figures(line: LineView, state: str, voice: Voice, now: datetime) -> Html:
    speed = line.speed_m_min if state != "stopped" else None
    coverage, misses = line.coverage, line.deadline_misses
    if state == "silent":  # an old value must not look like one of now
        speed = coverage = misses = None
    coverage_low = coverage is not None and coverage < FULL_COVERAGE
    return el(
        "dl",
        figure(
            voice.say("speed"),
            voice.number(speed, 1) if speed is not None else None,
            unit=voice.say("unit.m_min"),
            voice=voice,
        ),
        figure(
            voice.say("coverage"),
            voice.percent(coverage) if coverage is not None else None,
            unit=voice.say("last_hour"),
            tone="warn" if coverage_low else "",
            voice=voice,
        ),
        figure(
            voice.say("deadline_misses"),
            voice.number(misses) if misses is not None else None,
            unit=voice.say("last_hour"),
            tone="warn" if misses else "",
            voice=voice,
        ),
        figure(voice.say("now_runs"), _running(line), words=True, voice=voice),
        figure(
            voice.say("last_data"),
            voice.age(line.age_s) if line.age_s is not None else None,
            tone="warn" if state == "silent" else "",
            words=True,
            voice=voice,
        ),
        _missing(line, voice),
        class_="figures",
    )


def _running(line: LineView) -> Html | str | None:
    if line.roll_id is not None:
        return el("a", line.roll_name or line.roll_id, href=f"/rolls/{line.roll_id}")
    if line.lot_id is not None:
        return el("a", line.lot_name or line.lot_id, href=f"/lots/{line.lot_id}")
    return None


def _missing(line: LineView, voice: Voice) -> Html | None:
    if not line.missing_events:
        return None
    return figure(voice.say("missing_events"), voice.number(line.missing_events), tone="warn", voice=voice)


def _buttons(
    line: LineView, commands: list[CommandView], person: User, voice: Voice, now: datetime
) -> Html | None:
    if not person.role.may_act_as(Role.TECHNICIAN) or line.state is None:
        return None
    held = line.state is LineState.HELD
    return el(
        "div",
        _command_button(line, LineCommandKind.HOLD, voice.say("hold"), disabled=held),
        _command_button(line, LineCommandKind.RESUME, voice.say("resume"), disabled=not held),
        _last_answer(commands, voice, now),
        class_="row",
    )


def _command_button(line: LineView, command: LineCommandKind, words: str, *, disabled: bool) -> Html:
    return el(
        "button",
        words,
        type="button",
        class_="button",
        disabled=disabled,
        data_action="command",
        data_line=line.line,
        data_command=command.value,
    )


def _last_answer(commands: list[CommandView], voice: Voice, now: datetime) -> Html | None:
    if not commands:
        return None
    newest = commands[0]
    outcome = newest.outcome.value if newest.outcome is not None else "waits"
    told = voice.say(
        f"outcome.{outcome}",
        command=voice.say(f"command.{newest.command.command.value}"),
        user=newest.command.issued_by,
        moment=voice.formats.since(newest.command.issued_utc, now),
        detail=newest.detail,
    )
    return el("p", told, class_="soft")


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
