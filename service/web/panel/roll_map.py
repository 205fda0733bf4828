"""The roll map: the roll as strips of some metres, defects as shapes, what nobody looked at hatched.

All coordinates of the drawing are pixels of a 1200 px wide strip; the browser scales it.
"""

from dataclasses import dataclass

from service.plant.views.defects import DefectView, MarkVerdict
from service.plant.views.rolls import RollView
from service.web.panel.glyphs import GROUPS, group_of
from service.web.panel.markup import Html, el, join
from service.web.panel.voice import Voice

STRIP_PX = 1200.0
LEFT_PX = 48.0  # for the widths
CLOTH_PX = 110.0
BARS_PX = 30.0
AXIS_PX = 18.0
TOP_PX = 6.0
MOST_STRIPS = 8
NICE_METRES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000)
FULL_METRE = 4  # points: ASTM D5430 counts no more in one metre
SMALLEST_BOX_PX = 14.0  # below this the shape alone is drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One strip of the map and its scale."""

    from_mm: float
    to_mm: float  # where the cloth ends in it
    length_mm: float  # of a whole strip
    width_mm: float

    def x_px(self, along_mm: float) -> float:
        """Pixels from the left for a place along the roll."""
        share = (along_mm - self.from_mm) / self.length_mm
        return LEFT_PX + share * (STRIP_PX - LEFT_PX)

    def y_px(self, across_mm: float) -> float:
        """Pixels from the top for a place across the roll."""
        return TOP_PX + min(max(across_mm / self.width_mm, 0.0), 1.0) * CLOTH_PX


def metres_a_strip(length_mm: float) -> int:
    """The least round number of metres that needs no more than `MOST_STRIPS` strips."""
    return next(
        (metres for metres in NICE_METRES if metres * 1000 * MOST_STRIPS >= length_mm), NICE_METRES[-1]
    )


def strips_of(roll: RollView) -> list[Strip]:
    """The strips of a roll; one at least."""
    whole_mm = max(roll.row.length_m * 1000, 1.0)
    step_mm = metres_a_strip(whole_mm) * 1000.0
    count = max(1, int(-(-whole_mm // step_mm)))
    return [
        Strip(
            from_mm=number * step_mm,
            to_mm=min((number + 1) * step_mm, whole_mm),
            length_mm=step_mm,
            width_mm=max(roll.row.width_mm, 1.0),
        )
        for number in range(count)
    ]


def roll_map(roll: RollView, voice: Voice) -> Html:
    """The whole map. It does not know the chosen defect: choosing must not send thousands of shapes again."""
    drawings = [_drawing(strip, roll, voice) for strip in strips_of(roll)]
    return el("div", *drawings, class_="map card", role="group", aria_label=voice.say("roll_map"))


def legend(roll: RollView, voice: Voice) -> Html:
    """Which shape stands for which group of defects, and how many of each there are."""
    counts = dict.fromkeys(GROUPS, 0)
    for defect in roll.defects:
        counts[group_of(defect.kind)] += 1
    items = [
        el("li", _sample(group), voice.say("legend_count", name=voice.say(f"group.{group}"), count=count))
        for group, count in counts.items()
        if count
    ]
    unsure = el("li", _sample("other", "is-unsure"), voice.say("legend_unsure"))
    false = el("li", _sample("other", "is-false"), voice.say("legend_false"))
    blind = el("li", _hatch_sample(), voice.say("legend_blind"))
    return el("ul", *items, unsure, false, blind, class_="legend")


def _drawing(strip: Strip, roll: RollView, voice: Voice) -> Html:
    height = TOP_PX + CLOTH_PX + BARS_PX + AXIS_PX
    cloth = el(
        "rect",
        class_="cloth",
        x=_px(LEFT_PX),
        y=_px(TOP_PX),
        width=_px(strip.x_px(strip.to_mm) - LEFT_PX),
        height=_px(CLOTH_PX),
    )
    inside = [
        d for d in roll.defects if strip.from_mm <= d.y_mm + d.height_mm / 2 < strip.from_mm + strip.length_mm
    ]
    return el(
        "svg",
        cloth,
        *_ticks(strip, voice),
        *_blind(strip, roll, voice),
        *_bars(strip, roll, voice),
        *[_defect(defect, strip, voice) for defect in inside],
        viewBox=f"0 0 {STRIP_PX:.0f} {height:.0f}",
    )


def _ticks(strip: Strip, voice: Voice) -> list[Html]:
    floor = TOP_PX + CLOTH_PX + BARS_PX
    parts = [
        el(
            "text",
            voice.number(strip.width_mm / 1000, 2),
            x=_px(LEFT_PX - 6),
            y=_px(TOP_PX + CLOTH_PX),
            **END,
        ),
        el("text", "0", x=_px(LEFT_PX - 6), y=_px(TOP_PX + 10), **END),
    ]
    for part in range(11):
        along_mm = strip.from_mm + part * strip.length_mm / 10
        x = strip.x_px(along_mm)
        anchor = "end" if part == 10 else "middle"
        digits = 0 if strip.length_mm >= 10_000 else 1
        words = voice.number(along_mm / 1000, digits)
        parts.append(el("line", class_="grid", x1=_px(x), x2=_px(x), y1=_px(floor), y2=_px(floor + 4)))
        parts.append(el("text", words, x=_px(x), y=_px(floor + AXIS_PX - 2), text_anchor=anchor))
    return parts


def _blind(strip: Strip, roll: RollView, voice: Voice) -> list[Html]:
    """Stretches that nobody looked at, hatched with plain lines: they print, and need no ids."""
    parts: list[Html] = []
    for stretch in roll.uninspected:
        x0 = strip.x_px(max(stretch.from_mm, strip.from_mm))
        x1 = strip.x_px(min(stretch.to_mm, strip.to_mm))
        if x1 <= x0:
            continue
        words = voice.say(
            "blind_stretch",
            from_m=voice.number(stretch.from_mm / 1000, 2),
            to_m=voice.number(stretch.to_mm / 1000, 2),
            reason=voice.say_or_code("not_inspected", stretch.reason),
        )
        box = el(
            "rect",
            class_="blind-box",
            x=_px(x0),
            y=_px(TOP_PX),
            width=_px(max(x1 - x0, 1.0)),
            height=_px(CLOTH_PX),
        )
        parts.append(el("g", el("title", words), box, el("path", class_="blind", d=_hatching(x0, x1))))
    return parts


def _hatching(x0: float, x1: float) -> str:
    step = 8.0
    bottom = TOP_PX + CLOTH_PX
    strokes: list[str] = []
    start = x0 - CLOTH_PX
    while start < x1:
        left = max(start, x0)
        right = min(start + CLOTH_PX, x1)
        if right > left:
            strokes.append(
                f"M{left:.1f} {bottom - (left - start):.1f}L{right:.1f} {bottom - (right - start):.1f}"
            )
        start += step
    return "".join(strokes)


def _bars(strip: Strip, roll: RollView, voice: Voice) -> list[Html]:
    """Points of each metre, four being the most that one metre can have."""
    floor = TOP_PX + CLOTH_PX + BARS_PX
    first = int(strip.from_mm // 1000)
    last = int(-(-strip.to_mm // 1000))
    parts: list[Html] = []
    for metre in range(first, min(last, len(roll.points_per_metre))):
        points = roll.points_per_metre[metre]
        if not points:
            continue
        x0, x1 = strip.x_px(metre * 1000.0), strip.x_px((metre + 1) * 1000.0)
        height = min(points / FULL_METRE, 1.0) * (BARS_PX - 6)
        look = "points is-full" if points >= FULL_METRE else "points"
        bar = el(
            "rect", class_=look, x=_px(x0 + 0.5), y=_px(floor - height), width=_px(max(x1 - x0 - 1, 0.8)),
            height=_px(height),
        )  # fmt: skip
        words = voice.say("metre_points", metre=metre + 1, points=points)
        parts.append(el("g", el("title", words), bar))
    return parts


def _defect(defect: DefectView, strip: Strip, voice: Voice) -> Html:
    x = strip.x_px(defect.y_mm + defect.height_mm / 2)
    y = strip.y_px(defect.x_mm + defect.width_mm / 2)
    group = group_of(defect.kind)
    looks = ["defect", f"kind-{group}"]
    looks += ["is-unsure"] if defect.unsure else []
    looks += ["is-false"] if _is_false(defect) else []
    words = f"{voice.say_or_code('kind', defect.kind)}, {voice.size(defect.length_mm)}"
    return join(
        _extent(defect, strip, group),
        el(
            "g",
            Html('<circle class="hit" r="13"/>'),
            Html(f'<use href="#shape-{group}" class="mark"/>'),
            class_=" ".join(looks),
            transform=f"translate({x:.1f} {y:.1f})",
            tabindex=0,
            role="button",
            aria_label=words,
            data_action="select",
            data_defect=defect.defect_id,
            data_crop=defect.crop_sha256 if defect.crop_held else None,
            data_words=words,
        ),
    )


def _extent(defect: DefectView, strip: Strip, group: str) -> Html | None:
    """The outline of a defect that is larger than its shape."""
    x0, x1 = strip.x_px(defect.y_mm), strip.x_px(min(defect.y_mm + defect.height_mm, strip.to_mm))
    y0, y1 = strip.y_px(defect.x_mm), strip.y_px(defect.x_mm + defect.width_mm)
    if max(x1 - x0, y1 - y0) < SMALLEST_BOX_PX:
        return None
    return el(
        "rect", class_=f"extent kind-{group}", x=_px(x0), y=_px(y0), width=_px(max(x1 - x0, 1.0)),
        height=_px(max(y1 - y0, 1.0)),
    )  # fmt: skip


def _is_false(defect: DefectView) -> bool:
    return defect.mark is not None and defect.mark.verdict is MarkVerdict.WRONG


def _sample(group: str, look: str = "") -> Html:
    shape = Html(f'<g class="{look}"><use href="#shape-{group}" class="mark"/></g>')
    return el("svg", shape, class_=f"glyph kind-{group}", viewBox="-10 -10 20 20", aria_hidden="true")


def _hatch_sample() -> Html:
    lines = Html('<path class="blind" d="M0 8 8 0M0 16 16 0M8 16 16 8"/>')
    return el("svg", lines, class_="glyph map-sample", viewBox="0 0 16 16", aria_hidden="true")


END = {"text_anchor": "end"}


def _px(value: float) -> str:
    return f"{value:.1f}"
