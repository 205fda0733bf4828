"""The live strip: the newest frames of a line one under the other, with what was found in them in place."""

from service.line_now import BoxNow
from service.plant.views.glimpses import Preview
from service.web.panel.glyphs import group_of
from service.web.panel.lamps import lamp
from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice

TONES = {"clean": "", "unsure": "warn", "defective": "bad", "failed": "warn"}
SMALLEST_BOX = 0.012  # of a side: a smaller one could not be seen


def strip(line: str, previews: tuple[Preview, ...], voice: Voice) -> Html:
    """Newest first; between two of them frames passed that are not shown."""
    return el("ol", *[_frame(line, preview, voice) for preview in previews], class_="strip")


def _frame(line: str, preview: Preview, voice: Voice) -> Html:
    length_mm = max(1.0, preview.web_end_mm - preview.web_start_mm)
    picture = el(
        "img",
        src=f"/api/v1/lines/{line}/previews/{preview.number}",
        alt=voice.say("strip_frame", metres=voice.number(preview.web_end_mm / 1000, 2)),
    )
    boxes = [_box(box, voice) for box in preview.boxes]
    words = el(
        "div",
        el("b", voice.metres(preview.web_end_mm, 2)),
        lamp(TONES.get(preview.verdict, "warn"), voice.say_or_code("strip_verdict", preview.verdict)),
        class_="strip-words",
    )
    shown = el(
        "div",
        picture,
        *boxes,
        class_="strip-picture",
        style=f"aspect-ratio: {preview.width_mm:.0f} / {length_mm:.0f}",
    )
    return el("li", words, shown)


def _box(box: BoxNow, voice: Voice) -> Html:
    wide = max(box.x1 - box.x0, SMALLEST_BOX)
    high = max(box.y1 - box.y0, 4 * SMALLEST_BOX)
    left, top = min(box.x0, 1 - wide), min(box.y0, 1 - high)
    kind = voice.say_or_code("kind", box.defect_kind)
    told = voice.say("strip_unsure", kind=kind) if box.unsure else kind
    return el(
        "span",
        class_=f"strip-box kind-{group_of(box.defect_kind)}{' is-unsure' if box.unsure else ''}",
        style=f"left:{left:.2%};top:{top:.2%};width:{wide:.2%};height:{high:.2%}",
        data_words=told,
        tabindex=0,
        aria_label=told,
    )
