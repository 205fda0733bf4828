"""A share as a bar with its 95 % interval as a whisker: how sure a figure is can be seen, not only read."""

from service.web.panel.markup import Html, el

WIDTH, HEIGHT = 200.0, 22.0
MIDDLE = HEIGHT / 2


def interval_bar(value: float, low: float, high: float, *, most: float, label: str) -> Html:
    """Draw `value` from 0 to `most`; what lies beyond is cut at the edge."""

    def x(amount: float) -> float:
        return round(max(0.0, min(amount / most, 1.0)) * WIDTH, 1) if most > 0 else 0.0

    ends = [
        el("line", x1=at, x2=at, y1=MIDDLE - 6, y2=MIDDLE + 6, class_="whisker") for at in (x(low), x(high))
    ]
    return el(
        "svg",
        el("title", label),
        el("rect", x=0, y=MIDDLE - 5, width=WIDTH, height=10, rx=2, class_="interval-track"),
        el("rect", x=0, y=MIDDLE - 5, width=x(value), height=10, rx=2, class_="interval-value"),
        el("line", x1=x(low), x2=x(high), y1=MIDDLE, y2=MIDDLE, class_="whisker"),
        *ends,
        viewBox=f"-2 0 {WIDTH + 4:g} {HEIGHT:g}",
        role="img",
        class_="interval-bar",
    )
