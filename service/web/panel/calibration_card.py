"""The calibration that a line works by: until when it holds, and how well it was solved."""

from datetime import datetime

from service.plant.views.eyesight import EyesightView
from service.web.panel.lamps import lamp
from service.web.panel.markup import Html, el
from service.web.panel.tables import table
from service.web.panel.voice import Voice
from vision.calibration_limits import Limits

COUNTS = frozenset({"scale.corners"})  # figures without a fraction


def calibration_card(seen: EyesightView | None, voice: Voice, now: datetime) -> Html:
    """State and expiry, scale, and the residuals of every part."""
    heading = el("h2", voice.say("calibration.title"))
    used = seen.calibration if seen is not None else None
    if seen is None or used is None or not used.version:
        return el(
            "section",
            heading,
            lamp("warn", voice.say("calibration.none")),
            el("p", voice.say("calibration.how", line=seen.line if seen else ""), class_="soft"),
            class_="card stack",
        )
    if seen.calibration_expired or used.expired:
        state = lamp("bad", voice.say("calibration.expired", parts=_parts(used.expired, voice)))
    elif used.expires_utc is not None:
        state = lamp("", voice.say("calibration.until", moment=voice.moment(used.expires_utc)))
    else:
        state = lamp("", voice.say("calibration.for_ever"))
    scale = f"{voice.number(used.scale_mm_per_px, 4)} × {voice.number(used.scale_mm_per_row, 4)} mm/px"
    rows = [
        _row(voice.say("calibration.version"), el("code", used.version)),
        _row(voice.say("calibration.solved"), el("span", voice.moment(used.solved_utc))),
        _row(voice.say("calibration.scale"), el("span", scale)),
        *[
            _row(
                voice.say_or_code("calibration_figure", name),
                el("span", voice.number(value, 0 if name in COUNTS else 3)),
                _limit(seen.calibration_limits.get(name), voice),
            )
            for name, value in sorted(used.figures.items())
        ],
    ]
    columns = [
        (voice.say("calibration.what"), False),
        (voice.say("calibration.value"), True),
        (voice.say("calibration.limit"), True),
    ]
    return el("section", heading, state, table(columns, rows), class_="card stack")


def _parts(expired: str, voice: Voice) -> str:
    """The parts that have run out, in words."""
    names = [voice.say_or_code("calibration_part", part.strip()) for part in expired.split(",") if part]
    return ", ".join(names) or "–"


def _row(what: str, value: Html, limit: str = "") -> list[Html]:
    return [el("span", what), value, el("span", limit)]


def _limit(limits: Limits | None, voice: Voice) -> str:
    """`maqta calibrate` keeps nothing beyond these."""
    low, high = limits or (None, None)
    if low is not None and high is not None:
        return f"{voice.number(low, 2)} – {voice.number(high, 2)}"
    if high is not None:
        return f"≤ {voice.number(high, 2)}"
    return f"≥ {voice.number(low, 2)}" if low is not None else ""
