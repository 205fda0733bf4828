"""All alarms in one list: how each stands, what to do in which time, and who took it up with what note."""

from collections.abc import Sequence

from service.plant.views.alarm_list import AlarmState, ListedAlarm
from service.plant.views.people import Role, User
from service.web.panel.crops import demo_tag
from service.web.panel.icons import icon
from service.web.panel.kpi_words import digits_for
from service.web.panel.markup import Html, el, join
from service.web.panel.spoken import spoken
from service.web.panel.voice import Voice

OPEN = 3
SIGNS = {AlarmState.RAISED: "alarms", AlarmState.ACKNOWLEDGED: "people", AlarmState.OVER: "right"}


def alarm_list(alarms: Sequence[ListedAlarm], person: User, voice: Voice) -> Html | None:
    """The newest raised ones open, with their plan; the others one line each, opened by a press."""
    if not alarms:
        return None
    items = [_item(alarm, person, voice, is_open=at < OPEN) for at, alarm in enumerate(alarms)]
    return el("ul", *items, class_="al-list")


def _item(alarm: ListedAlarm, person: User, voice: Voice, *, is_open: bool) -> Html:
    state = alarm.state
    head = join(
        el("span", icon(SIGNS[state]), voice.say(f"alarm_state.{state.value}"), class_="al-state"),
        el(
            "span",
            el("b", voice.say_or_code("alarm", alarm.code)),
            " ",
            demo_tag(alarm.demo),
            el("span", _what(alarm, voice), class_="soft small al-what"),
            class_="al-name",
        ),
        el("span", alarm.line, class_="al-line"),
        el("span", _times(alarm, voice), class_="soft small al-times"),
    )
    inside = el("div", _plan(alarm, voice), _taken(alarm, person, voice), class_="al-inside")
    shown = is_open and state is AlarmState.RAISED
    return el("li", el("details", el("summary", head), inside, open=shown), class_=f"al is-{state.value}")


def _what(alarm: ListedAlarm, voice: Voice) -> str | Html:
    if alarm.value is None or alarm.bound is None:
        return spoken(alarm.said, alarm.detail, voice)
    value, bound = (voice.number(each, digits_for(each)) for each in (alarm.value, alarm.bound))
    measured = voice.say_or_code("measure", alarm.measure)
    told = voice.say("value_and_limit", value=value, limit=bound)
    return f"{alarm.article} · {measured}: {told}" if alarm.article else f"{measured}: {told}"


def _times(alarm: ListedAlarm, voice: Voice) -> str:
    raised = voice.moment(alarm.raised_utc)
    return f"{raised} – {voice.moment(alarm.over_utc)}" if alarm.over_utc is not None else raised


def _plan(alarm: ListedAlarm, voice: Voice) -> Html:
    within = voice.say("respond_within", minutes=voice.number(alarm.respond_within_min))
    point = None
    if alarm.first_point is not None:
        point = el(
            "button",
            voice.say("open_point"),
            type="button",
            class_="button",
            data_action="point_opened",
            data_subgroup=str(alarm.first_point),
        )
    return el(
        "div",
        el("p", el("b", voice.say("column.steps")), " ", el("span", within, class_="soft")),
        el("ol", *[el("li", voice.say_or_code("step", step)) for step in alarm.steps]),
        point,
    )


def _taken(alarm: ListedAlarm, person: User, voice: Voice) -> Html:
    minutes = alarm.minutes_to_acknowledge
    if minutes is not None:
        late = minutes > alarm.respond_within_min
        told = voice.say(
            "taken_up",
            user=alarm.acknowledged_by,
            moment=voice.moment(alarm.acknowledged_utc),
            after=voice.say("taken_after", minutes=voice.number(minutes, digits_for(minutes))),
        )
        note = el("p", f"«{alarm.note}»") if alarm.note else None
        return el("div", el("p", told, class_="tone-warn" if late else None), note)
    if not person.may(Role.TECHNICIAN, alarm.line or None):
        return el("p", voice.say("not_taken"))
    return el(
        "form",
        el(
            "label",
            el("span", voice.say("alarm_note")),
            el("input", name="note", maxlength=500, autocomplete="off"),
            class_="rm-why",
        ),
        el(
            "button",
            voice.say("acknowledge"),
            type="submit",
            class_="button primary" if alarm.state is AlarmState.RAISED else "button",
            data_action="acknowledge",
            data_alarm=alarm.key,
        ),
        class_="al-form",
    )
