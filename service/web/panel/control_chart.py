"""A control chart: points, frozen limits with their values, and signals that can be told without colour.

Every point is a tall target: pressed, it opens what it was counted from.
"""

from collections.abc import Callable, Sequence

from service.plant.spc.records import Point
from service.web.panel.kpi_words import digits_for
from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice

WIDTH, HEIGHT = 960.0, 220.0
LEFT, RIGHT, TOP, FLOOR = 16.0, 124.0, 14.0, 30.0
SIGNAL_SIZE = 5.5
LABEL_PX = 17.0  # two labels nearer than this would lie on each other
TIMES = 4  # along the axis


def control_chart(points: Sequence[Point], label: str, voice: Voice) -> Html:
    """Draw points, oldest first; a signal is a filled square, a calm point a small dot."""
    top = max([point.rate for point in points] + [point.upper for point in points]) * 1.1 or 1.0
    step = (WIDTH - LEFT - RIGHT) / max(1, len(points) - 1)

    def x(number: int) -> float:
        return round(LEFT + number * step, 1)

    def y(rate: float) -> float:
        return round(HEIGHT - FLOOR - rate / top * (HEIGHT - FLOOR - TOP), 1)

    lines = [
        _line("limit", [(x(n), y(point.upper)) for n, point in enumerate(points)]),
        _line("limit", [(x(n), y(point.lower)) for n, point in enumerate(points)]),
        _line("centre", [(x(n), y(point.centre)) for n, point in enumerate(points)]),
        _line("rate", [(x(n), y(point.rate)) for n, point in enumerate(points)]),
    ]
    marks = [_mark(x(n), y(point.rate), signal=bool(point.signals)) for n, point in enumerate(points)]
    targets = [_target(x(n), step, point, voice) for n, point in enumerate(points)]
    return el(
        "svg",
        el("title", label),
        *_times(points, x, voice),
        *lines,
        *marks,
        *_limits(points[-1], y, voice),
        *targets,
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        role="group",
        aria_label=label,
        class_="control-chart",
    )


def _line(look: str, places: Sequence[tuple[float, float]]) -> Html:
    told = " ".join(f"{x:g},{y:g}" for x, y in places)
    return el("polyline", points=told, class_=f"chart-{look}")


def _mark(x: float, y: float, *, signal: bool) -> Html:
    if signal:
        half = SIGNAL_SIZE
        return el("rect", x=x - half, y=y - half, width=2 * half, height=2 * half, class_="chart-signal")
    return el("circle", cx=x, cy=y, r=2.5, class_="chart-point")


def _target(x: float, step: float, point: Point, voice: Voice) -> Html:
    value, upper = (voice.number(each, digits_for(each)) for each in (point.rate, point.upper))
    words = voice.say("point_words", moment=voice.moment(point.sample.utc), value=value, upper=upper)
    signals = [voice.say_or_code("alarm", f"quality_{signal.value}") for signal in point.signals]
    bar = el(
        "rect",
        class_="chart-target",
        x=round(x - step / 2, 1),
        y=0,
        width=round(max(step, 4.0), 1),
        height=HEIGHT - FLOOR,
    )
    return el(
        "g",
        bar,
        data_action="point_opened",
        data_subgroup=str(point.sample.id),
        data_words=" · ".join([words, *signals]),
        tabindex=0,
        role="button",
        aria_label=words,
    )


def _limits(newest: Point, y: Callable[[float], float], voice: Voice) -> list[Html]:
    """Upper limit, centre and lower limit with their values, moved apart where they would overlap."""
    written: list[Html] = []
    before = -LABEL_PX
    for name, value in (("upper", newest.upper), ("centre", newest.centre), ("lower", newest.lower)):
        before = max(y(value) + 4, before + LABEL_PX)
        told = voice.say(f"limit.{name}", value=voice.number(value, digits_for(value)))
        written.append(el("text", told, x=WIDTH - RIGHT + 10, y=round(before, 1)))
    return written


def _times(points: Sequence[Point], x: Callable[[int], float], voice: Voice) -> list[Html]:
    last = len(points) - 1
    shown = sorted({round(last * part / max(1, TIMES - 1)) for part in range(TIMES)})
    return [
        el(
            "text",
            voice.moment(points[at].sample.utc),
            x=x(at),
            y=HEIGHT - 8,
            text_anchor="start" if at == 0 else "end" if at == last else "middle",
        )
        for at in shown
    ]
