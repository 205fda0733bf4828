"""The closed loop: each threshold within its bounds, why it moves or stays, and what every move brought."""

from collections.abc import Sequence

from service.plant.views.loop import ActionStatus, LoopAction, LoopState
from service.plant.views.people import Role, User
from service.web.panel.crops import demo_tag
from service.web.panel.glyphs import kind_glyph
from service.web.panel.markup import Html, el, join
from service.web.panel.spoken import spoken
from service.web.panel.tables import table
from service.web.panel.voice import Voice
from service.web.panel.why import why_field

WIDTH, HEIGHT, EDGE = 360.0, 46.0, 12.0
LINE_Y = 20.0
COLUMNS = (
    ("when", False),
    ("what", False),
    ("move", True),
    ("reason", False),
    ("expected", True),
    ("answer", False),
    ("happened", True),
)


def state_cards(states: Sequence[LoopState], person: User, voice: Voice) -> Html:
    """One card a threshold."""
    heading = el("h2", voice.say("loop_title"))
    if not states:
        return el("section", heading, el("p", voice.say("loop_none"), class_="empty"), class_="stack")
    cards = [_state(state, person, voice) for state in states]
    return el("section", heading, el("div", *cards, class_="advice-cards"), class_="stack")


def action_table(actions: Sequence[LoopAction], voice: Voice) -> Html:
    """What the loop did, newest first, with the line's answer and the measured effect."""
    heading = el("h2", voice.say("loop_actions_title"))
    if not actions:
        return el("section", heading, el("p", voice.say("loop_actions_none"), class_="empty"), class_="stack")
    columns = [(voice.say(f"loop_column.{key}"), number) for key, number in COLUMNS]
    rows = [_action_cells(action, voice) for action in actions]
    note = el("p", voice.say("loop_per_t"), class_="soft small")
    return el("section", heading, table(columns, rows), note, class_="stack")


def threshold_band(state: LoopState, voice: Voice) -> Html:
    """The bounds as a line, the threshold on it as a filled mark, the best one as a ring."""

    def x(value: float) -> float:
        share = (value - state.low) / (state.high - state.low) if state.high > state.low else 0.0
        return round(EDGE + max(0.0, min(share, 1.0)) * (WIDTH - 2 * EDGE), 1)

    at = x(state.threshold)
    marks = [el("path", d=f"M{at:g} {LINE_Y:g}l7 -12h-14z", class_="band-now")]
    if state.best_threshold is not None:
        marks.append(el("circle", cx=x(state.best_threshold), cy=LINE_Y, r=5, class_="band-best"))
    ends = [
        el("text", voice.number(value, 2), x=place, y=HEIGHT - 4, text_anchor=anchor)
        for value, place, anchor in ((state.low, EDGE - 8, "start"), (state.high, WIDTH - EDGE + 8, "end"))
    ]
    now = voice.say("threshold_now", value=voice.number(state.threshold, 3))
    return el(
        "svg",
        el("title", now),
        el("line", x1=EDGE, x2=WIDTH - EDGE, y1=LINE_Y, y2=LINE_Y, class_="band-line"),
        *marks,
        *ends,
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        role="img",
        class_="threshold-band",
    )


def _state(state: LoopState, person: User, voice: Voice) -> Html:
    name = el("h3", kind_glyph(state.kind), voice.say_or_code("kind", state.kind), demo_tag(state.demo))
    look = "status is-unaccounted" if state.standing in ("line_refused", "recipe_changed") else "status"
    numbers = voice.say(
        "loop_checks",
        findings=voice.number(state.findings),
        confirmed=voice.number(state.confirmed),
        false=voice.number(state.false),
        empty=voice.number(state.empty),
    )
    best = None
    if state.best_threshold is not None and state.cost_per_t is not None:
        best = voice.say(
            "threshold_best",
            now=voice.number(state.threshold, 3),
            cost=voice.number(state.cost_per_t, 1),
            best=voice.number(state.best_threshold, 3),
            best_cost=voice.number(state.best_cost_per_t or 0.0, 1),
        )
    return el(
        "article",
        el(
            "div", name, el("span", voice.say(f"standing.{state.standing}"), class_=look), class_="row spread"
        ),
        el("p", f"{state.line} · {state.article}", class_="soft small"),
        threshold_band(state, voice),
        el("p", best or voice.say("threshold_now", value=voice.number(state.threshold, 3))),
        el("p", _level(state, voice)),
        el("p", numbers, class_="soft small"),
        el("p", voice.say("loop_locked_because", why=state.lock_why), class_="note")
        if state.locked
        else None,
        _lock_form(state, person, voice),
        class_="card stack advice-card",
    )


def _level(state: LoopState, voice: Voice) -> str:
    if state.contamination is None:
        return voice.say("contamination_unknown")
    told = voice.say(
        "contamination_level",
        value=voice.number(state.contamination, 2),
        low=voice.number(state.contamination_low or 0.0, 2),
        high=voice.number(state.contamination_high or 0.0, 2),
    )
    burst = voice.say("contamination_burst")
    return f"{told} {burst}" if state.burst else told


def _lock_form(state: LoopState, person: User, voice: Voice) -> Html | None:
    if not person.may(Role.TECHNICIAN, state.line):
        return None
    action = "unlock" if state.locked else "lock"
    press = el(
        "button",
        voice.say(f"loop_press.{action}"),
        type="submit",
        class_="button",
        data_action=action,
        data_line=state.line,
        data_article=state.article,
        data_kind=state.kind,
    )
    return el("form", why_field(voice), press, class_="row")


def _action_cells(action: LoopAction, voice: Voice) -> list[Html]:
    is_plan = action.kind == "plan"
    subject = action.subject if is_plan else voice.say_or_code("kind", action.subject)
    where = " · ".join(part for part in (action.line, action.article) if part)
    move = "–"
    if not is_plan and action.before is not None and action.after is not None:
        move = f"{voice.number(action.before, 3)} → {voice.number(action.after, 3)}"
    status = el("div", voice.say(f"action_status.{action.status.value}"))
    refused = action.status in (ActionStatus.REFUSED, ActionStatus.EXPIRED)
    told = spoken(action.said, action.answer, voice)
    answer = el("div", told, class_="soft small") if told else None
    return [
        join(voice.moment(action.made_utc)),
        join(subject, " ", demo_tag(action.demo), el("div", where, class_="soft small") if where else None),
        join(move),
        join(voice.say_or_code("action_reason", action.reason)),
        join(_pair(action.expected_before_per_t, action.expected_after_per_t, voice)),
        el("div", status, answer, class_="tone-bad" if refused else None),
        join(_pair(action.unchanged_per_t, action.happened_per_t, voice)),
    ]


def _pair(before: float | None, after: float | None, voice: Voice) -> str:
    if after is None:
        return "–"
    shown = voice.number(after, 1)
    return shown if before is None else f"{voice.number(before, 1)} → {shown}"
