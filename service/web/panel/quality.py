"""Control charts with their alarms, whether the machine is right, and advice: seen and taken up here."""

import re

from service.plant.appraisal.intervals import Share
from service.plant.appraisal.misses import MissEstimate
from service.plant.chart_views import ChartState, ChartView, SubgroupView
from service.plant.spc.records import Limits
from service.plant.views.advice import Advice
from service.plant.views.alarm_list import ListedAlarm
from service.plant.views.audits import DriftView
from service.plant.views.kpis import WindowName
from service.plant.views.people import Role, User
from service.web.panel.alarm_list import alarm_list
from service.web.panel.chart_point import opened_point
from service.web.panel.control_chart import control_chart
from service.web.panel.crops import demo_tag
from service.web.panel.kpi_words import digits_for
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker, need
from service.web.panel.page_head import page_head
from service.web.panel.tables import table
from service.web.panel.voice import Voice

NUMBER = re.compile(r"[1-9][0-9]{0,8}")
ALARMS_SHOWN, CHARTS_SHOWN, POINTS_SHOWN = 30, 12, 60
LONGEST_NOTE = 500


class QualityScreen:
    """What watches the process, and what watches the watcher."""

    tab = "quality"
    every_s = 10.0

    def __init__(self, looker: Looker) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._alarms: tuple[ListedAlarm, ...] = ()
        self._opened: SubgroupView | None = None
        self._charts: tuple[tuple[ChartState, ChartView], ...] = ()
        self._drift: tuple[DriftView, ...] = ()
        self._misses: MissEstimate | None = None
        self._advice: tuple[Advice, ...] = ()
        self._is_demo = False

    def load(self) -> None:
        """Ask the plant."""
        quality = self._plant.quality
        self._alarms = quality.alarms.listing(limit=ALARMS_SHOWN)
        states = quality.charts.states()[:CHARTS_SHOWN]
        self._charts = tuple((state, quality.charts.view(state.key, POINTS_SHOWN)) for state in states)
        self._drift = quality.drifts.views()
        self._misses = quality.audits.misses(self._plant.window(WindowName.WEEK))
        self._advice = quality.outlooks.advice()
        self._is_demo = any(line.demo for line in self._plant.lines())

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.quality")

    def demo(self) -> bool:
        """Whether anything shown comes from rendered or simulated input."""
        shown = [alarm.demo for alarm in self._alarms] + [each.demo for each in self._advice]
        return self._is_demo or any(shown)

    def sections(self, person: User) -> list[Html]:
        """Heading, alarms, charts, the opened point, the machine, advice."""
        voice = self._voice
        head = page_head(voice.say("tab.quality"))
        charts = [_chart(state, view, voice) for state, view in self._charts]
        return [
            head,
            _section("quality_alarms", alarm_list(self._alarms, person, voice), voice),
            _section("quality_charts", el("div", *charts, class_="al-charts") if charts else None, voice),
            opened_point(self._opened, voice),
            _section("quality_machine", _machine(self._misses, self._drift, voice), voice),
            _section("quality_advice", _advice_table(self._advice, person, voice), voice),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Acknowledge an alarm; accept or decline advice."""
        quality = self._plant.quality
        if action == "acknowledge":
            need(person, Role.TECHNICIAN)
            note = pressed.get("note", "").strip()[:LONGEST_NOTE]
            quality.alarms.acknowledge(pressed.get("alarm", ""), note, person.login)
            return self._voice.say("told_acknowledged")
        if action == "close_point":
            self._opened = None
            return ""
        number = pressed.get("subgroup", pressed.get("advice", ""))
        if not NUMBER.fullmatch(number):
            return ""
        if action == "point_opened":
            self._opened = quality.charts.subgroup(int(number))
            return ""
        if action in ("accept", "decline"):
            need(person, Role.MANAGER)
            accept = action == "accept"
            quality.outlooks.decide(int(number), accept=accept, note="", user=person.login)
            return self._voice.say("told_decided")
        return ""


def _section(name: str, content: Html | None, voice: Voice) -> Html:
    shown = content or el("p", voice.say(f"{name}.none"), class_="empty")
    return el("section", el("h2", voice.say(f"{name}.title"), class_="tiles-head"), shown)


def _chart(state: ChartState, view: ChartView, voice: Voice) -> Html:
    key = state.key
    title = f"{key.line} · {key.article} · {voice.say_or_code('measure', key.measure.value)}"
    if state.limits is None:
        waits = voice.say("chart_waits", held=state.baseline_subgroups, wanted=state.baseline_wanted)
        return el("article", el("h3", title), el("p", waits, class_="waiting"), class_="card")
    drawn = control_chart(view.points, title, voice) if view.points else None
    versions = [el("li", _limits_told(limits, voice)) for limits in reversed(view.limits)]
    earlier = None
    if len(versions) > 1:
        earlier = el(
            "details", el("summary", voice.say("limits_earlier")), el("ul", *versions[1:], class_="small")
        )
    newest = el("p", _limits_told(state.limits, voice), class_="soft small")
    return el("article", el("h3", title), drawn, newest, earlier, class_="card stack")


def _limits_told(limits: Limits, voice: Voice) -> str:
    told = voice.say(
        "chart_limits",
        version=limits.version,
        centre=voice.number(limits.centre, digits_for(limits.centre)),
        by=limits.frozen_by,
        moment=voice.moment(limits.frozen_utc),
    )
    return f"{told}: {limits.why}"


def _machine(misses: MissEstimate | None, drift: tuple[DriftView, ...], voice: Voice) -> Html:
    columns = [
        (voice.say("column.line"), False),
        (voice.say("column.measure"), False),
        (voice.say("column.psi"), True),
        (voice.say("column.state"), False),
    ]
    rows = [
        [
            join(each.line),
            join(voice.say_or_code("measure", each.measure.value)),
            join("–" if each.psi is None else voice.number(each.psi, 3)),
            join(_drift_words(each, voice)),
        ]
        for each in drift
    ]
    return join(_miss_words(misses, voice), table(columns, rows) if rows else None)


def _drift_words(view: DriftView, voice: Voice) -> str:
    if view.status is None:
        return voice.say("drift_waits", held=view.samples, wanted=view.wanted)
    return voice.say(f"drift_status.{view.status.value}")


def _miss_words(misses: MissEstimate | None, voice: Voice) -> Html:
    if misses is None or (misses.recall_on_rolls.value is None and misses.missed_frames is None):
        return el("p", voice.say("misses_not_measured"), class_="soft")
    lines = []
    if misses.recall_on_rolls.value is not None:
        rolls = voice.say(
            "recall_on_rolls", rolls=misses.rolls_audited, share=_interval(misses.recall_on_rolls, voice)
        )
        lines.append(el("p", rolls))
    if misses.missed_frames is not None:
        clean = _interval(misses.missed_per_clean_frame, voice)
        lines.append(el("p", voice.say("missed_in_clean", pictures=misses.pictures_audited, share=clean)))
    return join(*lines)


def _interval(share: Share, voice: Voice) -> str:
    value = 100 * (share.value or 0.0)
    low, high = voice.number(100 * share.low, 1), voice.number(100 * share.high, 1)
    return f"{voice.number(value, 1)} % ({low}–{high} %)"


def _advice_table(advice: tuple[Advice, ...], person: User, voice: Voice) -> Html | None:
    if not advice:
        return None
    names = ("subject", "evidence", "expected", "state")
    columns = [(voice.say(f"column.{name}"), name == "expected") for name in names]
    return table(columns, [_advice_cells(each, person, voice) for each in advice])


def _advice_cells(each: Advice, person: User, voice: Voice) -> list[Html]:
    subject = f"{voice.say_or_code('advice_kind', each.kind)} {each.subject}"
    about = el("div", each.article, class_="soft small") if each.article else None
    evidence = voice.say(
        "advice_evidence",
        figure=voice.say_or_code("kpi", each.measured_by),
        before=voice.number(100 * each.before_value, 1),
        rest=voice.number(100 * each.expected_value, 1),
    )
    expected = voice.say("money_per_week", money=voice.number(each.expected_per_week), currency=each.currency)
    return [
        join(el("b", subject), " ", demo_tag(each.demo), about),
        join(evidence),
        join(expected),
        _decision(each, person, voice),
    ]


def _decision(each: Advice, person: User, voice: Voice) -> Html:
    if each.gained_per_week is not None:
        gained = voice.number(each.gained_per_week)
        return join(voice.say("advice_brought", money=gained, currency=each.currency))
    if each.status != "proposed" or not person.may(Role.MANAGER, None):
        return join(voice.say(f"advice_status.{each.status}"))
    return join(
        *[
            el("button", voice.say(name), class_="button", data_action=name, data_advice=str(each.id))
            for name in ("accept", "decline")
        ]
    )
