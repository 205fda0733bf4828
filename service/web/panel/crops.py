"""A found defect as people see it: its picture, its words, and the two buttons that judge it."""

from service.plant.views.defects import DefectView, MarkVerdict
from service.plant.views.people import Role, User
from service.web.panel.glyphs import group_of, kind_glyph
from service.web.panel.markup import Html, el, join
from service.web.panel.voice import Voice

TICK = Html(
    '<svg viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="2.4" aria-hidden="true">'
    '<path d="M3 9.500 7.500 14 15 4.500"/></svg>'
)
CROSS = Html(
    '<svg viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="2.4" aria-hidden="true">'
    '<path d="M4 4l10 10M14 4 4 14"/></svg>'
)


def crop_card(defect: DefectView, person: User, voice: Voice) -> Html:
    """One crop of the grid."""
    where = voice.say("at_metre", metres=voice.number(defect.y_mm / 1000, 2))
    seen = voice.formats.time(defect.found_utc)
    inside = join(
        crop_picture(defect, voice),
        el(
            "div",
            kind_heading(defect, voice),
            el("p", f"{voice.size(defect.length_mm)} · {where} · {seen}", class_="soft small"),
            doubt(defect, voice),
            class_="crop-words",
        ),
        mark_buttons(defect, person, voice),
    )
    return el("article", inside, class_=f"crop kind-{group_of(defect.kind)}")


def kind_heading(defect: DefectView, voice: Voice) -> Html:
    """Shape and name of the kind; a correction by a person goes before what the machine said."""
    kind = defect.mark.kind if defect.mark is not None and defect.mark.kind else defect.kind
    return el("h3", kind_glyph(kind), voice.say_or_code("kind", kind), demo_tag(defect.demo))


def demo_tag(demo: bool) -> Html | None:
    """The word DEMO beside a single record."""
    return el("span", "DEMO", class_="tag") if demo else None


def doubt(defect: DefectView, voice: Voice) -> Html | None:
    """Says so where the machine was not sure."""
    return el("p", voice.say("unsure_explained"), class_="small") if defect.unsure else None


def crop_picture(defect: DefectView, voice: Voice) -> Html:
    """The picture, or why there is none."""
    if defect.crop_sha256 is None:
        inside = el("p", voice.say("picture_none"))
    elif not defect.crop_held:
        inside = el("p", voice.say("picture_coming"))
    else:
        inside = el(
            "img",
            src=f"/api/v1/pictures/{defect.crop_sha256}",
            alt=voice.say_or_code("kind", defect.kind),
        )
    return el("div", inside, class_="crop-picture")


def mark_buttons(defect: DefectView, person: User, voice: Voice) -> Html | None:
    """Right or wrong; the pressed one shows what was said last.

    Viewers see no buttons, and nobody judges what nobody can see.
    """
    if defect.crop_sha256 is None or not person.may(Role.TECHNICIAN, defect.line):
        return None
    said = defect.mark.verdict if defect.mark is not None else None
    return el(
        "div",
        _mark_button(defect, MarkVerdict.RIGHT, said, join(TICK, voice.say("mark_right"))),
        _mark_button(defect, MarkVerdict.WRONG, said, join(CROSS, voice.say("mark_wrong"))),
        class_="crop-marks",
    )


def _mark_button(defect: DefectView, verdict: MarkVerdict, said: MarkVerdict | None, words: Html) -> Html:
    return el(
        "button",
        words,
        type="button",
        class_="button",
        aria_pressed="true" if said is verdict else "false",
        data_action="mark",
        data_defect=defect.defect_id,
        data_verdict=verdict.value,
    )
