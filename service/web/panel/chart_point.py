"""One point of a control chart, opened: what was counted, the rolls it lies on, the pictures behind it."""

from service.plant.chart_views import SubgroupDefect, SubgroupView
from service.web.panel.crops import demo_tag
from service.web.panel.figures import figure
from service.web.panel.glyphs import kind_glyph
from service.web.panel.markup import Html, el, join
from service.web.panel.voice import Voice

PICTURES_SHOWN = 12


def opened_point(point: SubgroupView | None, voice: Voice) -> Html:
    """The section of the point that was pressed; empty where none was."""
    if point is None:
        return Html("")
    title = voice.say("point_title", from_=voice.moment(point.from_utc), to=voice.moment(point.to_utc))
    close = el("button", voice.say("close"), type="button", class_="button", data_action="close_point")
    late = None
    if (point.frames_now, point.defects_now) != (point.frames, point.defects):
        late = el(
            "p",
            voice.say("point_late", frames=point.frames_now, defects=point.defects_now),
            class_="note",
        )
    figures = el(
        "dl",
        figure(voice.say("point_frames"), voice.number(point.frames), voice=voice),
        figure(voice.say("point_defective"), voice.number(point.defective), voice=voice),
        figure(voice.say("column.defects"), voice.number(point.defects), voice=voice),
        figure(voice.say("point_area"), voice.number(point.area_m2, 1), unit="m²", voice=voice),
        class_="figures",
    )
    rolls = [el("a", roll_id, href=f"/rolls/{roll_id}", class_="button") for roll_id in point.roll_ids]
    lots = [el("a", lot_id, href=f"/lots/{lot_id}", class_="button") for lot_id in point.lot_ids]
    places = el("p", voice.say("point_no_roll"), class_="soft")
    if rolls or lots:
        places = el("div", el("span", voice.say("point_rolls")), *rolls, *lots, class_="row")
    return el(
        "section",
        el("div", el("h2", title, " ", demo_tag(point.demo)), close, class_="row spread"),
        figures,
        late,
        places,
        _pictures(point, voice),
        class_="card stack al-point",
        aria_live="polite",
    )


def _pictures(point: SubgroupView, voice: Voice) -> Html:
    held = [found for found in point.found if found.picture_held][:PICTURES_SHOWN]
    if not held:
        return el("p", voice.say("point_no_pictures"), class_="soft")
    return el("div", *[_picture(found, voice) for found in held], class_="crops")


def _picture(found: SubgroupDefect, voice: Voice) -> Html:
    kind = voice.say_or_code("kind", found.kind)
    source = f"/api/v1/pictures/{found.picture_sha256}"
    inside = join(
        el("div", el("img", src=source, alt=kind), class_="crop-picture"),
        el("div", el("h3", kind_glyph(found.kind), kind), class_="crop-words"),
    )
    return el(
        "a",
        inside,
        href=source,
        class_="crop",
        target="_blank",
        data_full=found.picture_sha256,
        data_gone=voice.say("picture_gone"),
        data_close=voice.say("close"),
    )
