"""A figure over the days: a small line beside a number, and the same larger with its days under it."""

from collections.abc import Sequence

from service.web.panel.markup import Html, el

SMALL = (120.0, 34.0)
LARGE = (640.0, 150.0)
EDGE = 5.0
FOOT = 22.0  # under the large one, for the days
Place = tuple[float, float]


def sparkline(values: Sequence[float | None], label: str) -> Html | None:
    """Draw values, oldest first; a day without a figure is a gap. None: fewer than two days have one."""
    if sum(value is not None for value in values) < 2:
        return None
    width, height = SMALL
    return el(
        "svg",
        el("title", label),
        *_line(values, width, height, None),
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        class_="sparkline",
    )


def day_chart(
    values: Sequence[float | None],
    days: Sequence[str],
    words: Sequence[str],
    label: str,
    baseline: float | None,
) -> Html | None:
    """The large one: `days` under the axis, `words` beside the pointer, the baseline as a dashed line."""
    if sum(value is not None for value in values) < 2:
        return None
    width, height = LARGE
    every = max(1, len(days) // 7)
    marks = [
        el("text", day, x=x, y=height + FOOT - 6, text_anchor=_anchor(n, len(days)))
        for n, (day, x) in enumerate(zip(days, _across(len(days), width), strict=True))
        if (len(days) - 1 - n) % every == 0
    ]
    return el(
        "svg",
        el("title", label),
        *_line(values, width, height, baseline),
        *_touch(values, words, width, height),
        *marks,
        viewBox=f"0 0 {width:g} {height + FOOT:g}",
        role="img",
        class_="day-chart",
    )


def _line(values: Sequence[float | None], width: float, height: float, baseline: float | None) -> list[Html]:
    low, high = _reach(values, baseline)
    xs = _across(len(values), width)

    def y(value: float) -> float:
        return round(height - EDGE - (value - low) / (high - low) * (height - 2 * EDGE), 1)

    drawn = []
    if baseline is not None:
        drawn.append(el("line", x1=0, x2=width, y1=y(baseline), y2=y(baseline), class_="spark-baseline"))
    for run in _runs([None if value is None else (x, y(value)) for x, value in zip(xs, values, strict=True)]):
        if len(run) == 1:
            drawn.append(el("circle", cx=run[0][0], cy=run[0][1], r=1.6, class_="spark-dot"))
        else:
            drawn.append(el("polyline", points=" ".join(f"{x:g},{y:g}" for x, y in run), class_="spark-line"))
    last = max(n for n, value in enumerate(values) if value is not None)
    drawn.append(el("circle", cx=xs[last], cy=y(values[last] or 0.0), r=3, class_="spark-last"))
    return drawn


def _touch(values: Sequence[float | None], words: Sequence[str], width: float, height: float) -> list[Html]:
    step = width / max(1, len(values) - 1)
    return [
        el(
            "rect",
            x=round(x - step / 2, 1),
            y=0,
            width=round(step, 1),
            height=height,
            class_="touch",
            data_words=told,
        )
        for x, told in zip(_across(len(values), width), words, strict=True)
    ]


def _reach(values: Sequence[float | None], baseline: float | None) -> tuple[float, float]:
    known = [value for value in (*values, baseline) if value is not None]
    low, high = min(known), max(known)
    spare = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    return low - spare, high + spare


def _across(count: int, width: float) -> list[float]:
    step = (width - 2 * EDGE) / max(1, count - 1)
    return [round(EDGE + n * step, 1) for n in range(count)]


def _runs(places: Sequence[Place | None]) -> list[list[Place]]:
    runs: list[list[Place]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if run]


def _anchor(number: int, count: int) -> str:
    return "end" if number == count - 1 else "start" if number == 0 else "middle"
