"""Who turns a lens or sets a lamp sees what it does: sharpness and grey levels, a value a second."""

from service.line_now import CameraNow
from service.plant.views.glimpses import Glimpse
from service.web.panel.figures import figure
from service.web.panel.lamps import lamp
from service.web.panel.line_health import sharpness_figure
from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice

WIDE, HIGH = 360, 96  # of the curve
GREYS = 255
TOO_DARK, TOO_LIGHT = 60, 200  # mean grey: outside, detail is lost in noise or saturation
MUCH_SATURATED = 0.05  # a strip beside the selvedge may be white


def focus_aid(glimpse: Glimpse, camera: CameraNow, voice: Voice) -> Html:
    """The middle of the newest frame pixel for pixel, its sharpness over the last minute, its greys."""
    return el(
        "div",
        _picture(glimpse, voice),
        _sharpness(glimpse, camera, voice),
        _greys(camera, voice),
        class_="focus",
    )


def _picture(glimpse: Glimpse, voice: Voice) -> Html:
    if not glimpse.previews:
        return el("p", voice.say("strip_none"), class_="soft")
    newest = glimpse.previews[0]
    return el(
        "figure",
        el(
            "img",
            src=f"/api/v1/lines/{glimpse.line}/previews/{newest.number}?detail=true",
            alt=voice.say("focus.middle"),
        ),
        el("figcaption", voice.say("focus.middle"), class_="soft small"),
    )


def _sharpness(glimpse: Glimpse, camera: CameraNow, voice: Voice) -> Html:
    best = max(glimpse.sharpness, default=0.0)
    now = glimpse.sharpness[-1] if glimpse.sharpness else 0.0
    is_best = best > 0 and now >= 0.97 * best
    told = voice.say("focus.is_best" if is_best else "focus.was_better", best=voice.number(best, 1))
    figures = el(
        "dl",
        sharpness_figure(camera, voice),
        figure(
            voice.say("focus.raw"),
            voice.number(camera.sharpness, 1) if camera.sharpness is not None else None,
            unit="%",
            voice=voice,
            meaning=voice.meaning(formula=voice.say("meaning.sharpness_raw"), unit="%"),
        ),
        class_="figures is-small",
    )
    return el(
        "div", figures, _curve(glimpse.sharpness, best), lamp("" if is_best else "warn", told), class_="stack"
    )


def _curve(values: tuple[float, ...], best: float) -> Html:
    if len(values) < 2 or best <= 0:
        return Html("")
    step = WIDE / (len(values) - 1)
    points = " ".join(
        f"{index * step:.1f},{HIGH - 6 - value / best * (HIGH - 14):.1f}"
        for index, value in enumerate(values)
    )
    top = el("line", x1=0, x2=WIDE, y1=8, y2=8, class_="focus-best")
    line = el("polyline", points=points, class_="focus-line")
    return el("svg", top, line, viewBox=f"0 0 {WIDE} {HIGH}", class_="focus-curve", aria_hidden="true")


def _greys(camera: CameraNow, voice: Voice) -> Html:
    if camera.mean_grey is None or camera.low_grey is None or camera.high_grey is None:
        return Html("")
    mean, saturated = camera.mean_grey, camera.saturated_share or 0.0
    if saturated > MUCH_SATURATED or mean > TOO_LIGHT:
        state = lamp("warn", voice.say("focus.too_light", share=voice.percent(saturated, 1)))
    elif mean < TOO_DARK:
        state = lamp("warn", voice.say("focus.too_dark"))
    else:
        state = lamp("", voice.say("focus.light_good"))
    low, high = camera.low_grey / GREYS, camera.high_grey / GREYS
    bar = el(
        "div",
        el("span", class_="grey-range", style=f"left:{low:.1%};width:{max(0.005, high - low):.1%}"),
        el("span", class_="grey-mean", style=f"left:{mean / GREYS:.1%}"),
        class_="grey-bar",
        data_words=voice.say(
            "meaning.greys",
            low=voice.number(camera.low_grey),
            mean=voice.number(mean),
            high=voice.number(camera.high_grey),
        ),
        tabindex=0,
    )
    figures = el(
        "dl",
        figure(voice.say("focus.mean"), voice.number(mean), unit="/ 255", voice=voice),
        figure(voice.say("focus.saturated"), voice.percent(saturated, 1), voice=voice),
        figure(voice.say("focus.noise"), voice.number(camera.noise_grey or 0.0, 1), voice=voice),
        class_="figures is-small",
    )
    return el("div", el("h3", voice.say("focus.greys")), bar, figures, state, class_="stack")
