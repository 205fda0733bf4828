"""The live strip: the newest frames of a line one under the other, with what was found in them in place."""

from collections.abc import Mapping

from service.line_now import BoxNow
from service.plant.views.glimpses import Preview
from service.plant.views.strips import StripWord
from service.web.panel.crops import CROSS, TICK
from service.web.panel.glyphs import group_of
from service.web.panel.lamps import lamp
from service.web.panel.markup import Html, el, join
from service.web.panel.voice import Voice

TONES = {"clean": "", "unsure": "warn", "defective": "bad", "failed": "warn"}
SMALLEST_BOX = 0.012  # of a side: a smaller one could not be seen
Said = Mapping[tuple[int, float], StripWord]  # by frame number, and where the frame begins


def strip(
    line: str, previews: tuple[Preview, ...], said: Said, voice: Voice, *, picked: Preview | None = None
) -> Html:
    """Newest first; between two of them frames passed that are not shown. `picked`: the one to judge."""
    frames = [_frame(line, preview, _word(preview, said), picked, voice) for preview in previews]
    return el("ol", *frames, class_="strip")


def judge_bar(picked: Preview, said: Said, voice: Voice) -> Html:
    """The two buttons that judge the picked frame as a whole; the pressed one shows what counts."""
    word = _word(picked, said)
    good = word.good if word is not None else None
    about = voice.say("strip_about", metres=voice.number(picked.web_end_mm / 1000, 2))
    return el(
        "div",
        el("p", about, class_="soft small"),
        _judge(picked, join(TICK, voice.say("strip_good")), "1", pressed=good is True),
        _judge(picked, join(CROSS, voice.say("strip_defect")), "0", pressed=good is False),
        class_="strip-judge",
    )


def _judge(picked: Preview, words: Html, good: str, *, pressed: bool) -> Html:
    return el(
        "button",
        words,
        type="button",
        class_="button",
        aria_pressed="true" if pressed else "false",
        data_action="judge_strip",
        data_number=str(picked.number),
        data_good=good,
    )


def _word(preview: Preview, said: Said) -> StripWord | None:
    """The word on this frame; an earlier run of the line may have had one of the same numbers."""
    word = said.get((preview.frame_seq, preview.web_start_mm))
    return word if word is not None and word.utc >= preview.utc else None


def _frame(line: str, preview: Preview, word: StripWord | None, picked: Preview | None, voice: Voice) -> Html:
    length_mm = max(1.0, preview.web_end_mm - preview.web_start_mm)
    picture = el(
        "img",
        src=f"/api/v1/lines/{line}/previews/{preview.number}",
        alt=voice.say("strip_frame", metres=voice.number(preview.web_end_mm / 1000, 2)),
    )
    boxes = [_box(box, voice) for box in preview.boxes]
    is_picked = picked is not None and picked.number == preview.number
    pick = {} if picked is None else {"data_action": "pick_strip", "data_number": str(preview.number)}
    place = voice.metres(preview.web_end_mm, 2)
    words = el(
        "div",
        el("b", place) if picked is None else _pick(place, preview, is_picked=is_picked),
        lamp(TONES.get(preview.verdict, "warn"), voice.say_or_code("strip_verdict", preview.verdict)),
        class_="strip-words",
    )
    shown = el(
        "div",
        picture,
        *boxes,
        class_="strip-picture",
        style=f"aspect-ratio: {preview.width_mm:.0f} / {length_mm:.0f}",
        **pick,
    )
    told = _said(word, voice) if word is not None else None
    return el("li", words, el("div", shown, told), class_="is-picked" if is_picked else None)


def _pick(place: str, preview: Preview, *, is_picked: bool) -> Html:
    return el(
        "button",
        place,
        type="button",
        class_="button",
        aria_pressed="true" if is_picked else "false",
        data_action="pick_strip",
        data_number=str(preview.number),
    )


def _said(word: StripWord, voice: Voice) -> Html:
    said = voice.say("strip_said.good" if word.good else "strip_said.defect")
    told = voice.say("strip_by" if word.label_id is not None else "strip_by_waits", said=said, user=word.user)
    return el("p", TICK if word.good else CROSS, told, class_="strip-said")


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
