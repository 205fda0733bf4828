"""Findings of a lot by kind, and when: a row a kind, a column a stretch of time, all to one scale."""

from collections.abc import Sequence

from service.plant.views.lots import FoundInTime, KindFound
from service.web.panel.glyphs import group_of, kind_glyph
from service.web.panel.markup import Html, el, join
from service.web.panel.voice import Voice

ROWS_SHOWN = 8
WIDTH, HEIGHT = 320.0, 30.0


def kind_rows(kinds: Sequence[KindFound], times: Sequence[FoundInTime], voice: Voice) -> Html:
    """Each kind with its number, what people said of it, and its columns over time."""
    most = max((time.by_kind.get(kind.kind, 0) for time in times for kind in kinds), default=0)
    heads = [
        el("th", voice.say(f"kind_column.{key}"), scope="col", class_="number" if number else None)
        for key, number in (
            ("kind", False),
            ("found", True),
            ("unsure", True),
            ("confirmed", True),
            ("false", True),
            ("when", False),
        )
    ]
    rows = [_row(kind, times, most, voice) for kind in kinds[:ROWS_SHOWN]]
    told = None
    if len(kinds) > ROWS_SHOWN:
        told = el("p", voice.say("and_more_kinds", count=len(kinds) - ROWS_SHOWN), class_="soft small")
    body = el("table", el("thead", el("tr", *heads)), el("tbody", *rows), class_="kind-rows")
    return join(el("div", body, class_="table-box"), _axis(times, voice), told)


def _row(kind: KindFound, times: Sequence[FoundInTime], most: int, voice: Voice) -> Html:
    name = el("span", kind_glyph(kind.kind), voice.say_or_code("kind", kind.kind), class_="kind-name")
    numbers = [
        el("td", voice.number(value) if value else "–", class_="number")
        for value in (kind.found, kind.unsure, kind.confirmed, kind.false)
    ]
    return el("tr", el("td", name), *numbers, el("td", _columns(kind.kind, times, most, voice)))


def _columns(kind: str, times: Sequence[FoundInTime], most: int, voice: Voice) -> Html:
    if not times or not most:
        return Html("–")
    step = WIDTH / len(times)
    bars = []
    for n, time in enumerate(times):
        count = time.by_kind.get(kind, 0)
        high = round(count / most * (HEIGHT - 2), 1)
        told = voice.say(
            "found_between",
            start=voice.formats.time(time.from_utc),
            end=voice.formats.time(time.to_utc),
            count=count,
        )
        x = round(n * step, 1)
        bars.append(
            el("rect", x=x, y=HEIGHT - high, width=round(step - 1.5, 1), height=high, class_="mark")
            if count
            else el("rect", x=x, y=HEIGHT - 1, width=round(step - 1.5, 1), height=1, class_="nothing")
        )
        bars.append(
            el("rect", x=x, y=0, width=round(step, 1), height=HEIGHT, class_="touch", data_words=told)
        )
    return el(
        "svg",
        el("title", voice.say_or_code("kind", kind)),
        *bars,
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        role="img",
        class_=f"kind-times kind-{group_of(kind)}",
    )


def _axis(times: Sequence[FoundInTime], voice: Voice) -> Html | None:
    if not times:
        return None
    start, end = voice.moment(times[0].from_utc), voice.moment(times[-1].to_utc)
    return el("p", voice.say("times_from_to", start=start, end=end), class_="soft small")
