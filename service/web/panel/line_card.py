"""One line's card: its state with cause and since when, its figures, its buttons and its answers."""

from datetime import datetime

from service.event_terms import LineState
from service.line_commands import CommandOutcome, LineCommandKind
from service.plant.views.commands import CommandView
from service.plant.views.lines import LineView
from service.plant.views.people import Role, User
from service.web.panel.figures import figure
from service.web.panel.glyphs import shown_state, state_glyph
from service.web.panel.icons import icon
from service.web.panel.lamps import lamp
from service.web.panel.markup import Html, el, join
from service.web.panel.spoken import answer_told, say_with, spoken
from service.web.panel.voice import Voice

FULL_COVERAGE = 0.999  # below this share the figure gets its colour
ANSWERS_SHOWN = 3
FILM_S = 30


def line_card(
    line: LineView,
    commands: list[CommandView],
    person: User,
    voice: Voice,
    now: datetime,
    *,
    link: bool = True,
) -> Html:
    """State, figures and buttons of one line; `link`: its name leads to the line's own page."""
    state = shown_state(line)
    name = el("a", line.line, href=f"/lines/{line.line}") if link else line.line
    head = el(
        "div",
        el("div", el("h1", name), el("p", _what(line, voice), class_="soft")),
        el(
            "span", state_glyph(state), voice.say(f"state.{state}"), class_=f"state is-{state}", role="status"
        ),
        class_="row spread",
    )
    inside = join(
        head,
        el("p", _why(line, state, voice, now), class_="line-why"),
        _alarms(line, voice, now),
        _figures(line, state, voice, now),
        _buttons(line, commands, person, voice, now),
    )
    return el("section", inside, class_=f"card stack line-card is-{state}")


def command_button(
    line: str,
    command: LineCommandKind,
    words: str,
    sign: str,
    *,
    disabled: bool = False,
    **arguments: str,
) -> Html:
    """A button that queues a command for a line; `arguments` are named as those of the command."""
    return el(
        "button",
        icon(sign),
        words,
        type="button",
        class_="button",
        disabled=disabled,
        data_action="command",
        data_line=line,
        data_command=command.value,
        **{f"data_arg_{name}": value for name, value in arguments.items()},
    )


def hold_buttons(line: LineView, voice: Voice) -> Html:
    """Hold and resume; only the one that changes something can be pressed."""
    held, off = line.state is LineState.HELD, line.state is LineState.STOPPED
    hold, resume = LineCommandKind.HOLD, LineCommandKind.RESUME
    return el(
        "div",
        command_button(line.line, hold, voice.say("hold"), "hold", disabled=held or off),
        command_button(line.line, resume, voice.say("resume"), "resume", disabled=not held),
        class_="row",
    )


def answers(commands: list[CommandView], voice: Voice, now: datetime) -> Html | None:
    """What was asked of the line lately, and what it answered."""
    if not commands:
        return None
    return el(
        "ul",
        *[el("li", _answer(view, voice, now)) for view in commands[:ANSWERS_SHOWN]],
        class_="line-answers",
    )


def _answer(view: CommandView, voice: Voice, now: datetime) -> Html:
    told = answer_told(view, voice, voice.formats.since(view.command.issued_utc, now))
    if view.outcome is None:
        return el("span", told, class_="waiting")
    return lamp("" if view.outcome is CommandOutcome.DONE else "warn", told)


def _what(line: LineView, voice: Voice) -> str:
    kind = voice.say(f"line_kind.{line.kind.value}") if line.kind is not None else voice.say("line_unknown")
    return f"{kind} · {line.article}" if line.article else kind


def _why(line: LineView, state: str, voice: Voice, now: datetime) -> str | Html:
    if line.last_event_utc is None:
        return voice.say("line_never")
    if state == "silent":
        return voice.say("no_data_since", moment=voice.formats.since(line.last_event_utc, now))
    cause = spoken(line.said, line.cause, voice)
    if line.since_utc is None:
        return cause
    since = voice.formats.since(line.since_utc, now)
    if not line.cause or state == LineState.RUNNING:
        return voice.say("state_since", moment=since)
    return say_with(voice, "state_since_because", "cause", cause, moment=since)


def _alarms(line: LineView, voice: Voice, now: datetime) -> Html | None:
    if not line.alarms:
        return None
    rows = [
        el(
            "p",
            el("b", voice.say_or_code("alarm", alarm.code)),
            " ",
            say_with(
                voice,
                "alarm_since",
                "detail",
                spoken(alarm.said, alarm.detail, voice),
                moment=voice.formats.since(alarm.raised_utc, now),
            ),
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
    age_s = line.age_s
    return el(
        "dl",
        figure(
            voice.say("speed"),
            voice.number(speed, 1) if speed is not None else None,
            unit=voice.say("unit.m_min"),
            voice=voice,
            meaning=voice.meaning(
                formula=voice.say("meaning.speed"), unit=voice.say("unit.m_min"), age_s=age_s
            ),
        ),
        figure(
            voice.say("coverage"),
            voice.percent(coverage) if coverage is not None else None,
            unit=voice.say("last_hour"),
            tone="warn" if coverage_low else "",
            voice=voice,
            meaning=voice.meaning(formula=voice.say("meaning.coverage"), unit="%", age_s=age_s),
        ),
        figure(
            voice.say("deadline_misses"),
            voice.number(misses) if misses is not None else None,
            unit=voice.say("last_hour"),
            tone="warn" if misses else "",
            voice=voice,
            meaning=voice.meaning(formula=voice.say("meaning.deadline_misses"), age_s=age_s),
        ),
        figure(voice.say("now_runs"), _running(line), words=True, voice=voice),
        figure(
            voice.say("last_data"),
            voice.age(line.age_s) if line.age_s is not None else None,
            tone="warn" if state == "silent" else "",
            words=True,
            voice=voice,
            meaning=voice.meaning(formula=voice.say("meaning.last_data")),
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
    if not person.may(Role.TECHNICIAN, line.line) or line.state is None:
        return None
    film = command_button(
        line.line,
        LineCommandKind.KEEP_FILM,
        voice.say("keep_film", seconds=FILM_S),
        "film",
        disabled=line.state is LineState.STOPPED,
        seconds=str(FILM_S),
    )
    return el(
        "div",
        el("div", hold_buttons(line, voice), film, class_="row"),
        answers(commands, voice, now),
        class_="stack line-buttons",
    )
