"""Figures one below the other: now, over the days, against the baseline, beside the paper's claim, source."""

from collections.abc import Sequence

from service.plant.kpi.compare import Comparison
from service.plant.views.kpis import Better, Kpi
from service.web.panel.crops import demo_tag
from service.web.panel.kpi_tile import claim_short, claim_words
from service.web.panel.kpi_words import amount
from service.web.panel.markup import Html, el, join
from service.web.panel.sparkline import sparkline
from service.web.panel.tables import table
from service.web.panel.voice import Voice

COLUMNS = (
    ("figure", False),
    ("now", True),
    ("days", False),
    ("baseline", True),
    ("change", False),
    ("claim", False),
    ("source", False),
)
Days = Sequence[dict[str, Kpi]]
UP, DOWN = "▲", "▼"
LEAST_CHANGE_PCT = 0.05  # less is written as 0,0 %


def figure_table(compared: Sequence[Comparison], days: Days, query: str, voice: Voice) -> Html:
    """Figures that have a value; each name leads to the rows behind it."""
    columns = [(voice.say(f"kpi_column.{key}"), number) for key, number in COLUMNS]
    return table(columns, [_cells(each, days, query, voice) for each in compared])


def missing_list(compared: Sequence[Comparison], voice: Voice) -> Html:
    """Figures without a value: what would measure each."""
    rows = [
        join(
            el("dt", voice.say_or_code("kpi", each.now.code)),
            el("dd", voice.say_or_code("kpi_missing", each.now.code)),
        )
        for each in compared
    ]
    return el("dl", *rows, class_="missing-list")


def headline(each: Comparison, days: Days, query: str, voice: Voice) -> Html:
    """The figure as one of the few that a manager looks at first."""
    figure = each.now
    value = el("p", voice.say("not_measured"), class_="tile-missing")
    if figure.value is not None:
        shown, _, unit = amount(figure.value, figure.unit, voice).partition(" ")
        value = el("p", shown, el("small", unit), class_="tile-value")
    changed = change_words(each, voice) if each.change_pct is not None else None
    return el(
        "a",
        el("h3", voice.say_or_code("kpi", figure.code)),
        value,
        el("div", changed, _line(each, days, voice), class_="row spread"),
        href=f"/kpis/{figure.code}?{query}",
        class_="card headline",
        title=hover_words(figure, voice),
    )


def change_words(each: Comparison, voice: Voice) -> Html:
    """Which way and how far from the baseline; worse is told by word, sign and colour."""
    if each.change_pct is None:
        return el("span", "–", class_="soft", title=voice.say("no_baseline"))
    if each.improved is None or abs(each.change_pct) < LEAST_CHANGE_PCT:
        return el("span", voice.say("change_none"), class_="soft")
    arrow = UP if (each.definition.better is Better.HIGHER) is each.improved else DOWN
    size = f"{arrow}\u00a0{voice.number(abs(each.change_pct), 1)}\u00a0%"
    words = voice.say("change_better" if each.improved else "change_worse")
    return el("span", size, " ", el("small", words), class_="tone-good" if each.improved else "tone-bad")


def hover_words(figure: Kpi, voice: Voice) -> str:
    """Formula and age, for the pointer."""
    parts = [voice.say_or_code("kpi_formula", figure.code)]
    if figure.age_s is not None:
        parts.append(f"{voice.say('fact.age')}: {voice.age(figure.age_s)}")
    return " · ".join(parts)


def _cells(each: Comparison, days: Days, query: str, voice: Voice) -> list[Html]:
    figure, before = each.now, each.baseline
    name = el(
        "a",
        voice.say_or_code("kpi", figure.code),
        href=f"/kpis/{figure.code}?{query}",
        title=hover_words(figure, voice),
    )
    now = "–" if figure.value is None else amount(figure.value, figure.unit, voice)
    old = "–" if before is None or before.value is None else amount(before.value, before.unit, voice)
    claim = join("–")
    if each.claim is not None:
        claim = el(
            "span", claim_short(each.claim, voice), title=claim_words(each.claim, voice), class_="soft"
        )
    return [
        join(name, " ", demo_tag(figure.demo)),
        el("b", now),
        join(_line(each, days, voice) or "–"),
        join(old),
        change_words(each, voice),
        claim,
        _source(figure, voice),
    ]


def _line(each: Comparison, days: Days, voice: Voice) -> Html | None:
    code = each.now.code
    label = voice.say("figure_by_day", figure=voice.say_or_code("kpi", code), days=len(days))
    return sparkline([day[code].value for day in days], label) if days else None


def _source(figure: Kpi, voice: Voice) -> Html:
    told = voice.say(f"source.{figure.source.value}")
    mark = el("span", class_=f"source-mark is-{figure.source.value}", aria_hidden="true")
    if figure.completeness is None:
        return el("span", mark, told, class_="source")
    share = voice.percent(figure.completeness)
    bar = el("span", el("span", style=f"width:{figure.completeness * 100:.0f}%"), class_="share-bar")
    return el(
        "span",
        mark,
        told,
        el("small", bar, share, class_="row", title=voice.say("fact.completeness")),
        class_="source",
    )
