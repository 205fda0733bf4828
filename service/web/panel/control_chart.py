"""A control chart as a small picture: points, frozen limits, and signals that can be told without colour."""

from collections.abc import Sequence

from service.plant.spc.records import Point
from service.web.panel.markup import Html, el

WIDTH, HEIGHT, EDGE = 640.0, 120.0, 8.0
SIGNAL_SIZE = 5.0


def control_chart(points: Sequence[Point], label: str) -> Html:
    """Draw points, oldest first; a signal is a filled square, a calm point a small dot."""
    top = max([point.rate for point in points] + [point.upper for point in points]) * 1.1 or 1.0
    step = (WIDTH - 2 * EDGE) / max(1, len(points) - 1)

    def x(number: int) -> float:
        return round(EDGE + number * step, 1)

    def y(rate: float) -> float:
        return round(HEIGHT - EDGE - rate / top * (HEIGHT - 2 * EDGE), 1)

    lines = [
        _line("limit", [(x(n), y(point.upper)) for n, point in enumerate(points)]),
        _line("limit", [(x(n), y(point.lower)) for n, point in enumerate(points)]),
        _line("centre", [(x(n), y(point.centre)) for n, point in enumerate(points)]),
        _line("rate", [(x(n), y(point.rate)) for n, point in enumerate(points)]),
    ]
    marks = [_mark(x(n), y(point.rate), signal=bool(point.signals)) for n, point in enumerate(points)]
    return el(
        "svg",
        el("title", label),
        *lines,
        *marks,
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        role="img",
        class_="control-chart",
    )


def _line(look: str, places: Sequence[tuple[float, float]]) -> Html:
    told = " ".join(f"{x:g},{y:g}" for x, y in places)
    return el("polyline", points=told, class_=f"chart-{look}")


def _mark(x: float, y: float, *, signal: bool) -> Html:
    if signal:
        half = SIGNAL_SIZE
        return el("rect", x=x - half, y=y - half, width=2 * half, height=2 * half, class_="chart-signal")
    return el("circle", cx=x, cy=y, r=2, class_="chart-point")
