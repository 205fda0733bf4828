"""Forecasts with their intervals, shown only where they beat taking the last shift for the next."""

from collections.abc import Sequence

from service.plant.outlook.forecast import Ahead
from service.plant.outlooks import Forecast
from service.web.panel.crops import demo_tag
from service.web.panel.interval_bar import interval_bar
from service.web.panel.markup import Html, el, join
from service.web.panel.tables import table
from service.web.panel.voice import Voice

COLUMNS = (("series", False), ("last", True), ("shift", True), ("shift_interval", False), ("week", True))


def forecast_section(forecasts: Sequence[Forecast] | None, voice: Voice, *, not_installed: bool) -> Html:
    """The table, and how many series are hidden and why."""
    heading = el("h2", voice.say("forecast_title"))
    if forecasts is None:
        return el("section", heading, el("p", voice.say("forecast_waits"), class_="empty"), class_="stack")
    if not_installed:
        return el("section", heading, el("p", voice.say("forecast_missing"), class_="empty"), class_="stack")
    shown = [each for each in forecasts if each.next_shift is not None or each.next_week is not None]
    hidden = len(forecasts) - len(shown)
    told = el("p", voice.say("forecast_hidden", count=hidden), class_="soft small") if hidden else None
    if not shown:
        empty = el("p", voice.say("forecast_none"), class_="empty")
        return el("section", heading, empty, told, class_="stack")
    columns = [(voice.say(f"forecast_column.{key}"), number) for key, number in COLUMNS]
    return el(
        "section", heading, table(columns, [_cells(each, voice) for each in shown]), told, class_="stack"
    )


def _cells(each: Forecast, voice: Voice) -> list[Html]:
    key = each.key
    about = " · ".join(part for part in (key.line, key.article, key.supplier) if part)
    name = voice.say_or_code("kpi", key.measure)
    return [
        join(name, " ", demo_tag(each.demo), el("div", about, class_="soft small") if about else None),
        join(voice.percent(each.last_rate, 2)),
        join(_value(each.next_shift, voice)),
        _interval(each.next_shift, voice),
        join(_value(each.next_week, voice)),
    ]


def _value(ahead: Ahead | None, voice: Voice) -> str:
    if ahead is None:
        return "–"
    return voice.say(
        "share_with_interval",
        value=voice.number(100 * ahead.value, 2),
        low=voice.number(100 * ahead.low, 2),
        high=voice.number(100 * ahead.high, 2),
    )


def _interval(ahead: Ahead | None, voice: Voice) -> Html:
    if ahead is None:
        return join("–")
    return interval_bar(ahead.value, ahead.low, ahead.high, most=ahead.high * 1.2, label=_value(ahead, voice))
