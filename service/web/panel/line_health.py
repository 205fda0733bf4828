"""How camera, sorter and timing of a line are, as the line tells while somebody looks."""

from service.line_now import CameraNow, LineNow, SorterNow, StageNow
from service.web.panel.figures import figure
from service.web.panel.lamps import lamp
from service.web.panel.markup import Html, el
from service.web.panel.tables import table
from service.web.panel.voice import Voice

WHOLE = "capture_to_command"
FULL_DUTY = 0.5  # of the time: a valve that is open so long cools no more
SHARP_ENOUGH = 0.7  # of the recipe's good material


def camera_health(camera: CameraNow, voice: Voice) -> Html:
    """One lamp, then what came and what did not."""
    return el(
        "section",
        el("h2", voice.say("health.camera")),
        _camera_lamp(camera, voice),
        el(
            "dl",
            _count("health.frames", camera.frames, voice, tone=""),
            _count("health.shed", camera.shed, voice),
            _count("health.lost", camera.lost, voice),
            sharpness_figure(camera, voice),
            class_="figures is-small",
        ),
        class_="card stack",
    )


def _camera_lamp(camera: CameraNow, voice: Voice) -> Html:
    if camera.faults:
        told = " · ".join(voice.say_or_code("alarm", f"picture_{fault}") for fault in camera.faults)
        return lamp("bad", told)
    if camera.last_frame_age_s is None:
        return lamp("warn", voice.say("health.no_frame"))
    return lamp("", voice.say("health.frame_age", age=voice.age(camera.last_frame_age_s)))


def sharpness_figure(camera: CameraNow, voice: Voice) -> Html:
    """Sharpness against the recipe's good material, where the recipe says it."""
    share = sharpness_share(camera)
    value = voice.percent(share, 0) if share is not None else None
    if share is None and camera.sharpness is not None:
        value = voice.number(camera.sharpness, 1)
    return figure(
        voice.say("health.sharpness"),
        value,
        tone="warn" if share is not None and share < SHARP_ENOUGH else "",
        voice=voice,
        meaning=voice.meaning(formula=voice.say("meaning.sharpness")),
    )


def sharpness_share(camera: CameraNow) -> float | None:
    """Sharpness as a share of the usual one; None where either is not known."""
    if camera.sharpness is None or not camera.usual_sharpness:
        return None
    return camera.sharpness / camera.usual_sharpness


def sorter_health(sorter: SorterNow, voice: Voice) -> Html:
    """One lamp, the controller's counters, and how long each valve was open."""
    armed = sorter.state == "armed"
    told = voice.say_or_code("link_state", sorter.state)
    if sorter.firmware:
        firmware = voice.say("health.firmware", version=sorter.firmware)
        told = f"{told} · {firmware}"
    return el(
        "section",
        el("h2", voice.say("health.sorter")),
        lamp("" if armed else "bad", told),
        el(
            "dl",
            _count("health.started", sorter.started, voice, tone=""),
            _count("health.refused", sorter.refused, voice),
            _count("health.dropped", sorter.dropped, voice),
            _count("health.cut", sorter.cut, voice),
            _count("health.disarms", sorter.disarms, voice),
            _count("health.bad_frames", sorter.bad_frames, voice),
            class_="figures is-small",
        ),
        _duty(sorter, voice),
        class_="card stack",
    )


def _duty(sorter: SorterNow, voice: Voice) -> Html:
    bars = [
        el(
            "li",
            el("span", str(lane), class_="duty-name"),
            el(
                "span",
                el("span", class_="duty-fill", style=f"height:{min(1.0, share):.1%}"),
                class_=f"duty-bar{' is-warn' if share > FULL_DUTY else ''}",
            ),
            el("span", voice.percent(share, 0), class_="duty-value"),
            data_words=voice.say("meaning.duty", lane=lane, share=voice.percent(share, 1)),
            tabindex=0,
        )
        for lane, share in enumerate(sorter.duty)
    ]
    return el("div", el("h3", voice.say("health.duty")), el("ol", *bars, class_="duty"))


def timing_health(now: LineNow, voice: Voice) -> Html:
    """Where time goes from capture to command, against the deadline; what became late, and in which stage."""
    heading = el("h2", voice.say("health.timing"))
    if not now.stages:
        return el(
            "section",
            heading,
            el("p", voice.say("health.timing_soon"), class_="waiting"),
            class_="card stack",
        )
    told = voice.say("health.deadline", ms=voice.number(now.deadline_ms))
    columns = [
        (voice.say("health.stage"), False),
        (voice.say("health.p50"), True),
        (voice.say("health.p99"), True),
        (voice.say("health.late"), True),
        ("", False),
    ]
    rows = [_stage(stage, now.deadline_ms, voice) for stage in _in_order(now.stages)]
    return el(
        "section",
        heading,
        el("p", told, class_="soft"),
        table(columns, rows),
        class_="card stack line-timing",
    )


def _in_order(stages: tuple[StageNow, ...]) -> list[StageNow]:
    """The whole way first, then its stages."""
    return sorted(stages, key=lambda stage: stage.stage != WHOLE)


def _stage(stage: StageNow, deadline_ms: float, voice: Voice) -> list[Html]:
    name = el("b" if stage.stage == WHOLE else "span", voice.say_or_code("stage", stage.stage))
    share = min(1.0, stage.p99_ms / deadline_ms) if deadline_ms > 0 else 0.0
    late = lamp("warn", voice.number(stage.late)) if stage.late else el("span", "0", class_="soft")
    bar = el("span", el("span", style=f"width:{share:.1%}"), class_="stage-bar", aria_hidden="true")
    return [
        name,
        el("span", voice.number(stage.p50_ms, 1)),
        el("span", voice.number(stage.p99_ms, 1)),
        late,
        bar,
    ]


def _count(key: str, count: int, voice: Voice, tone: str = "warn") -> Html:
    return figure(
        voice.say(key),
        voice.number(count),
        tone=tone if count else "",
        voice=voice,
        meaning=voice.meaning(formula=voice.say(f"meaning.{key}")),
    )
