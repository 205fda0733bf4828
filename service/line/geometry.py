"""Numbers of a line that follow from its settings: width, pitch of the exposures, the policy as recorded."""

import math
from dataclasses import dataclass

from firmware_bridge.conveyor import LONGEST_LENGTH
from service.event_terms import LineKind
from service.events import SortingPolicy
from service.line.errors import LineError
from service.line.shooter import Reach
from service.line.web_book import Feed
from service.settings import LineSettings
from vision.calibration import Calibration

# The firmware switches an output off after this long (PROTOCOL.md, limits). Half of it is used: then a shot
# is still whole on a web that has slowed down to half its nominal speed.
LONGEST_ON_MS = {LineKind.FABRIC: 500.0, LineKind.FIBRE: 200.0}  # marker, valve
USED_SHARE = 0.5
SURE_SIGMAS = 2.0  # of the spread of place that a shot allows for at each side


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Of one line."""

    kind: LineKind
    width_mm: float  # that the camera sees
    frame_counts: int  # a frame's length
    pitch_counts: int  # from one exposure to the next: shorter where frames overlap
    feed: Feed
    reach: Reach
    policy: SortingPolicy
    deadline_ms: float  # from a frame's capture until its first row can be acted on no more, at nominal speed


def geometry_of(settings: LineSettings, calibration: Calibration) -> Geometry:
    """Work the numbers out, in the calibration's millimetres.

    Raises:
        LineError: a frame is shorter than one encoder count, or has passed before it can be acted on, or
            frames overlap by more than half.
    """
    camera, web = settings.camera, settings.web
    kind = LineKind(settings.kind)
    width_mm = calibration.x_mm(camera.columns, camera.rows)
    frame_mm = camera.rows * calibration.mm_per_row
    frame_counts = round(frame_mm * web.counts_per_mm)
    if frame_counts < 1:
        raise LineError(
            f"line {settings.line}: a frame is {frame_mm:g} mm long, less than one encoder count of "
            f"{1 / web.counts_per_mm:g} mm; raise camera.rows or use a finer encoder"
        )
    if web.overlap_rows > camera.rows // 2:
        raise LineError(
            f"line {settings.line}: web.overlap_rows is {web.overlap_rows}; give at most half of the "
            f"{camera.rows} rows of a frame"
        )
    overlap_counts = round(web.overlap_rows * calibration.mm_per_row * web.counts_per_mm)
    deadline_ms = _deadline_ms(settings, frame_mm)
    return Geometry(
        kind=kind,
        width_mm=width_mm,
        frame_counts=frame_counts,
        pitch_counts=max(1, frame_counts - overlap_counts),
        feed=Feed(kg_per_m2=web.feed_kg_per_m2 if kind is LineKind.FIBRE else 0.0, width_mm=width_mm),
        reach=Reach(
            distance_mm=settings.sorter.distance_mm,
            latency_ms=settings.sorter.latency_ms,
            nominal_mm_s=web.speed_mm_s,
            counts_per_mm=web.counts_per_mm,
        ),
        policy=_policy(settings, kind, width_mm),
        deadline_ms=deadline_ms,
    )


def _policy(settings: LineSettings, kind: LineKind, width_mm: float) -> SortingPolicy:
    on_mm = LONGEST_ON_MS[kind] * USED_SHARE / 1e3 * settings.web.speed_mm_s
    return SortingPolicy(
        material=kind,
        web_width_mm=width_mm,
        lanes=settings.sorter.lanes,
        margin_mm=shot_margin_mm(settings),
        on_failed=settings.policy.on_failed,
        mark_unsure=settings.policy.mark_unsure,
        stop_on_length_mm=settings.policy.stop_on_length_mm,
        longest_shot_mm=min(on_mm, LONGEST_LENGTH / settings.web.counts_per_mm),
    )


def shot_margin_mm(settings: LineSettings) -> float:
    """What a shot adds before and behind its object: the set margin and twice the spread of their meeting.

    The spread is that of the material's own speed on its way to the outputs, and of the output's moment;
    two standard deviations at each side hit 95 of 100.
    """
    sorter = settings.sorter
    slip_mm = sorter.velocity_spread_pct / 100 * sorter.distance_mm
    moment_mm = sorter.latency_spread_ms / 1e3 * settings.web.speed_mm_s
    return sorter.margin_mm + SURE_SIGMAS * math.hypot(slip_mm, moment_mm)


def _deadline_ms(settings: LineSettings, frame_mm: float) -> float:
    """The first row of a frame has moved a whole frame on when the frame is complete."""
    sorter, speed = settings.sorter, settings.web.speed_mm_s
    left_ms = (sorter.distance_mm - shot_margin_mm(settings) - frame_mm) / speed * 1e3 - sorter.latency_ms
    if left_ms <= 0:
        raise LineError(
            f"line {settings.line}: at {speed:g} mm/s a frame of {frame_mm:g} mm leaves {left_ms:.0f} ms to "
            f"decide before its start has passed the outputs {sorter.distance_mm:g} mm away; "
            "lower camera.rows or the speed, or move the outputs"
        )
    return left_ms
