"""One item of the review queue: its picture to draw on, what is known of it, and the keys that judge it."""

import json
from string import ascii_uppercase

from service.plant.views.review import ReviewItem, ReviewSubject, ReviewWhy
from service.web.panel.crops import demo_tag, doubt
from service.web.panel.glyphs import kind_glyph
from service.web.panel.icons import icon
from service.web.panel.markup import Html, el, join
from service.web.panel.voice import Voice
from vision.taxonomy import DEFINITIONS, DefectKind, Material

MISSED_BUTTONS = 10  # 0 to 9: one key each


def item_card(item: ReviewItem, voice: Voice) -> Html:
    """The whole item. It says nothing of what others said: a second verdict is blind."""
    side = el(
        "div",
        _what(item, voice),
        _facts(item, voice),
        _verdicts(item, voice),
        class_="rv-side card",
    )
    return el("section", _stage(item, voice), side, class_="rv", data_item=str(item.id))


def key_hint(key: str) -> Html:
    """The key that does the same as the button."""
    return el("kbd", key, aria_hidden="true")


def _stage(item: ReviewItem, voice: Voice) -> Html:
    if item.subject is ReviewSubject.ROLL:
        link = el(
            "a",
            voice.say("review_open_roll", name=item.roll_name or item.subject_id),
            href=f"/rolls/{item.subject_id}",
            target="_blank",
            class_="button primary",
        )
        told = el("div", el("p", voice.say("review_roll_help")), link, class_="rv-roll")
        return el("div", told, class_="rv-stage card")
    alt = voice.say_or_code("kind", item.defect.kind) if item.defect else voice.say("review_clean_picture")
    place = item.place
    return el(
        "div",
        el(
            "div",
            class_="rv-picture",
            role="img",
            aria_label=alt,
            data_src=f"/api/v1/pictures/{item.picture_sha256}",
            data_found=json.dumps(found_box(item)),
            data_many="1" if item.subject is ReviewSubject.PICTURE else None,
            data_scale=str(place.mm_per_px) if place else None,
            data_gone=voice.say("picture_coming"),
        ),
        _tools(voice),
        class_="rv-stage",
    )


def _tools(voice: Voice) -> Html:
    """What is drawn, in mm, and the button that takes it away."""
    return el(
        "div",
        el(
            "span",
            voice.say("review_draw_help"),
            class_="rv-size",
            data_mm=voice.say("review_box_mm"),
            data_decimal=voice.number(0.5, 1)[1],
        ),
        el(
            "button",
            voice.say("review_clear_box"),
            key_hint("X"),
            type="button",
            class_="button rv-clear",
            data_key="KeyX",
            hidden=True,
        ),
        class_="rv-tools",
    )


def found_box(item: ReviewItem) -> list[float] | None:
    """The machine's box in pixels of the picture: x0, y0, x1, y1; None where its place is unknown."""
    found, place = item.defect, item.place
    if found is None or place is None:
        return None
    x0 = (found.x_mm - place.x0_mm) / place.mm_per_px
    y0 = (found.y_mm - place.y0_mm) / place.mm_per_px
    box = [x0, y0, x0 + found.width_mm / place.mm_per_px, y0 + found.height_mm / place.mm_per_px]
    return [round(side, 1) for side in box]


def _what(item: ReviewItem, voice: Voice) -> Html:
    why = el(
        "span",
        voice.say(f"review_why.{item.why.value}"),
        class_="rv-why",
        data_words=voice.say(f"review_why_long.{item.why.value}"),
        tabindex=0,
    )
    if item.defect is not None:
        kind = el(
            "h2",
            kind_glyph(item.defect.kind),
            voice.say_or_code("kind", item.defect.kind),
            demo_tag(item.demo),
        )
        return join(el("div", kind, why, class_="rv-title"), doubt(item.defect, voice))
    name, told = voice.say("review_passed_roll"), voice.say("review_passed_roll_help")
    if item.subject is ReviewSubject.PICTURE:
        seen = item.why is ReviewWhy.JUDGED
        name = voice.say("review_seen_picture" if seen else "review_clean_picture")
        told = voice.say("review_seen_picture_help" if seen else "review_clean_picture_help")
    head = el("div", el("h2", name, " ", demo_tag(item.demo)), why, class_="rv-title")
    return join(head, el("p", told))


def _facts(item: ReviewItem, voice: Voice) -> Html:
    rows: list[tuple[str, Html | str]] = []
    found = item.defect
    if found is None or found.roll_id is None:
        rows.append((voice.say("column.line"), item.line))
    else:
        roll = el("a", item.roll_name or found.roll_id, href=f"/rolls/{found.roll_id}", target="_blank")
        rows.append((voice.say("column.roll"), join(f"{item.line} · ", roll)))
    if found is not None:
        rows.append((voice.say("fact.length"), voice.size(found.length_mm)))
        along, across = voice.number(found.y_mm / 1000, 2), voice.number(found.x_mm / 1000, 2)
        rows.append((voice.say("fact.place"), voice.say("place", along=along, across=across)))
        rows.append((voice.say("fact.score"), voice.number(found.score, 2)))
        rows.append((voice.say("column.time"), voice.moment(found.found_utc)))
    return el("dl", *[el("div", el("dt", name), el("dd", value)) for name, value in rows], class_="rv-facts")


def _verdicts(item: ReviewItem, voice: Voice) -> Html:
    if item.subject is ReviewSubject.ROLL:
        numbers = [
            el(
                "button",
                voice.number(count),
                type="button",
                class_="button",
                data_action="judge",
                data_item=str(item.id),
                data_missed=str(count),
                data_key=f"Digit{count}",
            )
            for count in range(MISSED_BUTTONS)
        ]
        asked = el("p", voice.say("review_how_many"))
        return el(
            "div", asked, el("div", *numbers, class_="rv-numbers"), _skip(item, voice), class_="rv-verdicts"
        )
    is_found = item.subject is ReviewSubject.DEFECT
    yes, no = ("mark_right", "mark_wrong") if is_found else ("review_missed", "review_nothing")
    return el(
        "div",
        _judge(item, join(icon("right"), voice.say(yes)), "1", defective=True),
        _judge(item, join(icon("wrong"), voice.say(no)), "2", defective=False),
        el(
            "button",
            voice.say("review_other_kind"),
            key_hint("3"),
            type="button",
            class_="button rv-open",
            data_key="Digit3",
            aria_expanded="false",
        ),
        _kinds(item, voice),
        _skip(item, voice),
        class_="rv-verdicts",
    )


def _judge(item: ReviewItem, words: Html, key: str, *, defective: bool) -> Html:
    return el(
        "button",
        el("span", words),
        key_hint(key),
        type="button",
        class_="button rv-judge",
        data_action="judge",
        data_item=str(item.id),
        data_defective="1" if defective else "0",
        data_key=f"Digit{key}",
    )


def _skip(item: ReviewItem, voice: Voice) -> Html:
    return el(
        "button",
        voice.say("review_skip"),
        key_hint("S"),
        type="button",
        class_="button",
        data_action="skip",
        data_item=str(item.id),
        data_key="KeyS",
    )


def _kinds(item: ReviewItem, voice: Voice) -> Html:
    """Every kind of the line's material, each with a letter; letters hold while the list is open."""
    buttons = [
        el(
            "button",
            key_hint(letter),
            kind_glyph(kind.value),
            el("span", voice.say(f"kind.{kind.value}")),
            type="button",
            class_="button",
            data_action="judge",
            data_item=str(item.id),
            data_defective="1",
            data_kind=kind.value,
            data_key=f"Key{letter}",
        )
        for letter, kind in zip(ascii_uppercase, kinds_for(item), strict=False)
    ]
    return el("div", *buttons, class_="rv-kinds", hidden=True)


def kinds_for(item: ReviewItem) -> list[DefectKind]:
    """The kinds that a person may choose from: those of the material, without the one found."""
    found = item.defect.kind if item.defect else None
    known = DEFINITIONS[DefectKind(found)].material if found in set(DefectKind) else None
    if known is None or found == DefectKind.UNKNOWN:
        known = Material.FIBRE if item.defect is not None and item.defect.roll_id is None else Material.FABRIC
    wanted = [kind for kind, told in DEFINITIONS.items() if told.material is known and kind.value != found]
    return [kind for kind in wanted if kind is not DefectKind.UNKNOWN]
