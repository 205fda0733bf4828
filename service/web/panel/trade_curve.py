"""Misses against good fibre: each measured threshold as a point, the one in force and its bounds marked."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.plant.views.loop import Bounds, CurvePoint
from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice

WIDTH, HEIGHT = 500.0, 270.0
LEFT, RIGHT, TOP, FOOT = 64.0, 16.0, 16.0, 44.0
TICKS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place on the curve, per tonne of fibre."""

    good_fibre_kg: float
    missed: float


def spot_at(points: Sequence[CurvePoint], threshold: float) -> Spot:
    """The place of a threshold, in a straight line between the measured ones; beyond them the nearest."""
    before = [point for point in points if point.threshold <= threshold]
    after = [point for point in points if point.threshold >= threshold]
    low, high = (before or after)[-1 if before else 0], (after or before)[0 if after else -1]
    gap = high.threshold - low.threshold
    part = (threshold - low.threshold) / gap if gap > 0 else 0.0
    return Spot(
        good_fibre_kg=low.good_fibre_kg_per_t + part * (high.good_fibre_kg_per_t - low.good_fibre_kg_per_t),
        missed=low.missed_per_t + part * (high.missed_per_t - low.missed_per_t),
    )


def trade_curve(points: Sequence[CurvePoint], bounds: Bounds, threshold: float, voice: Voice) -> Html:
    """Draw the curve: good fibre lost to the right, misses upwards; both should be small."""
    most_kg = max(point.good_fibre_kg_per_t for point in points) * 1.08 or 1.0
    most_missed = max(point.missed_per_t for point in points) * 1.08 or 1.0

    def place(spot: Spot) -> tuple[float, float]:
        x = LEFT + spot.good_fibre_kg / most_kg * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - FOOT - spot.missed / most_missed * (HEIGHT - TOP - FOOT)
        return round(x, 1), round(y, 1)

    spots = [place(Spot(good_fibre_kg=p.good_fibre_kg_per_t, missed=p.missed_per_t)) for p in points]
    allowed = [
        place(spot_at(points, bounds.low)),
        *(spot for spot, p in zip(spots, points, strict=True) if bounds.low < p.threshold < bounds.high),
        place(spot_at(points, bounds.high)),
    ]
    now = place(spot_at(points, threshold))
    return el(
        "svg",
        el("title", voice.say("trade_title")),
        *_axes(most_kg, most_missed, voice),
        el("polyline", points=_written(spots), class_="trade-line"),
        el("polyline", points=_written(allowed), class_="trade-allowed"),
        *[_point(x, y, p, voice) for (x, y), p in zip(spots, points, strict=True)],
        el("circle", cx=now[0], cy=now[1], r=8, class_="trade-now"),
        el(
            "text",
            voice.say("threshold_now", value=voice.number(threshold, 2)),
            x=now[0] + 14,
            y=now[1] - 8,
            class_="trade-name",
        ),
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        role="img",
        class_="trade-curve",
    )


def _written(spots: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in spots)


def _point(x: float, y: float, point: CurvePoint, voice: Voice) -> Html:
    told = voice.say(
        "trade_point",
        threshold=voice.number(point.threshold, 2),
        missed=voice.number(point.missed_per_t, 2),
        kg=voice.number(point.good_fibre_kg_per_t, 3),
        shots=voice.number(point.false_shots_per_t, 1),
    )
    return el("circle", cx=x, cy=y, r=4, class_="trade-point", data_words=told)


def _axes(most_kg: float, most_missed: float, voice: Voice) -> list[Html]:
    low = HEIGHT - FOOT
    drawn = [
        el("line", x1=LEFT, x2=WIDTH - RIGHT, y1=low, y2=low, class_="trade-axis"),
        el("line", x1=LEFT, x2=LEFT, y1=TOP, y2=low, class_="trade-axis"),
        el("text", voice.say("trade_x"), x=WIDTH - RIGHT, y=HEIGHT - 6, text_anchor="end"),
        el("text", voice.say("trade_y"), x=LEFT + 8, y=TOP + 4),
    ]
    for n in range(TICKS + 1):
        x = LEFT + n / TICKS * (WIDTH - LEFT - RIGHT)
        y = low - n / TICKS * (low - TOP)
        kg, missed = most_kg * n / TICKS, most_missed * n / TICKS
        drawn.append(el("text", voice.number(kg, 2), x=round(x, 1), y=low + 16, text_anchor="middle"))
        drawn.append(el("text", voice.number(missed, 1), x=LEFT - 8, y=round(y + 4, 1), text_anchor="end"))
    return drawn
