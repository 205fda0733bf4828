"""The roll map's place on the page and its legend; roll_map.js draws it from `/api/v1/rolls/{id}/map`.

The holder's HTML never changes while the page is open: zoom and place stay when defects come or are marked.
"""

import json

from service.event_terms import NotInspectedReason
from service.plant.views.rolls import RollView
from service.web.panel.glyphs import GROUP_OF, GROUPS, group_of
from service.web.panel.icons import icon
from service.web.panel.markup import Html, el, join
from service.web.panel.voice import Voice
from vision.taxonomy import DefectKind

TOOLS = (  # what a button does, its words, the key that does the same
    ("in", "map_zoom_in", "+"),
    ("out", "map_zoom_out", "−"),
    ("whole", "map_whole", "0"),
    ("back", "map_back", "←"),
    ("on", "map_on", "→"),
    ("before", "map_defect_before", "P"),
    ("next", "map_defect_next", "N"),
)


def roll_map(roll: RollView, voice: Voice) -> Html:
    """The canvas, its tools, and the strips that are printed."""
    tools = [
        el(
            "button",
            _face(tool, key),
            type="button",
            class_="button rm-tool",
            data_tool=tool,
            title=f"{voice.say(words_key)} ({key})",
            aria_label=voice.say(words_key),
        )
        for tool, words_key, key in TOOLS
    ]
    return el(
        "div",
        el(
            "div",
            el("h2", voice.say("roll_map")),
            el("span", class_="rm-shown", aria_live="polite"),
            *tools,
            class_="rm-tools",
        ),
        el("canvas", class_="rm-overview", aria_hidden="true"),
        el(
            "canvas",
            class_="rm-main",
            tabindex=0,
            role="application",
            aria_label=voice.say("roll_map_help"),
        ),
        el("button", type="button", hidden=True, data_action="select", class_="rm-choose"),
        el("div", class_="rm-print"),
        class_="rm card",
        data_src=f"/api/v1/rolls/{roll.row.roll_id}/map",
        data_told=json.dumps(_words(voice), ensure_ascii=False),
    )


def _words(voice: Voice) -> dict[str, str | dict[str, str]]:
    """What the map says, for the script to fill in: places with @ are numbers and reasons."""
    return {
        "decimal": voice.number(0.5, 1)[1],
        "kinds": {kind.value: voice.say(f"kind.{kind.value}") for kind in DefectKind},
        "groups": {kind.value: group for kind, group in GROUP_OF.items()},
        "reasons": {
            reason: voice.say_or_code("not_inspected", reason)
            for reason in (*(each.value for each in NotInspectedReason), "no_record")
        },
        "blind": voice.say("blind_stretch", from_m="@from", to_m="@to", reason="@reason"),
        "metre": voice.say("metre_points", metre="@metre", points="@points"),
        "size": voice.say("millimetres", value="@size"),
        "points": voice.say("points_in_all", points="@points"),
        "unsure": voice.say("legend_unsure"),
        "wrong": voice.say("legend_false"),
        "shown": voice.say("map_shown", from_m="@from", to_m="@to"),
        "lost": voice.say("map_lost"),
    }


def map_revision(roll: RollView, revision: int) -> Html:
    """Tells the map that there is something new to fetch."""
    length = f"{roll.row.length_m:.3f}"
    return el("span", class_="rm-revision", hidden=True, data_revision=f"{revision}/{length}")


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


def _face(tool: str, key: str) -> Html:
    return icon(f"map_{tool}") if tool in ("before", "next", "whole") else join(key)


def _sample(group: str, look: str = "") -> Html:
    shape = Html(f'<g class="{look}"><use href="#shape-{group}" class="mark"/></g>')
    return el("svg", shape, class_=f"glyph kind-{group}", viewBox="-10 -10 20 20", aria_hidden="true")


def _hatch_sample() -> Html:
    lines = Html('<path class="blind" d="M0 8 8 0M0 16 16 0M8 16 16 8"/>')
    return el("svg", lines, class_="glyph map-sample", viewBox="0 0 16 16", aria_hidden="true")
