"""The sorting policy: what was seen of a frame → which rule fires → which shots are ordered.

Pure and deterministic: the line decides by it, replay decides again from the log and must get the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from service.event_terms import Actuator, LineKind
from service.events import OrderedShot, SeenDefect, SortingPolicy
from vision.types import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameView:
    """What the policy may know of one frame: its place on the web, its verdict and its defects."""

    camera_id: str
    web_start_mm: float
    web_end_mm: float
    verdict: Verdict
    damaged: bool
    defects: tuple[SeenDefect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The rule that fired, the shots it orders, and whether the line is held from now on."""

    rule: str
    hold: bool = False
    shots: tuple[OrderedShot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    actuator: Actuator
    lane: int
    from_mm: float
    to_mm: float


def decide(view: FrameView, policy: SortingPolicy, run_id: str) -> Decision:
    """Choose the rule and the shots for one frame.

    The ids of the shots derive from the run and from the frame's place, so that deciding again gives
    the same ids.
    """
    rule, hold, windows = _choose(view, policy)
    pieces = [piece for window in windows for piece in _split(window, policy.longest_shot_mm)]
    shots = tuple(
        _ordered(piece, rule, _command_id(run_id, view, index)) for index, piece in enumerate(pieces)
    )
    return Decision(rule=rule, hold=hold, shots=shots)


def _choose(view: FrameView, policy: SortingPolicy) -> tuple[str, bool, list[_Window]]:
    fabric = policy.material is LineKind.FABRIC
    if view.verdict is Verdict.FAILED:
        return _failed(view, policy, fabric=fabric)
    if view.verdict is Verdict.CLEAN:
        return "clean_passes", False, []
    if not fabric:
        return _fibre(view, policy)
    return _fabric(view, policy)


def _failed(view: FrameView, policy: SortingPolicy, *, fabric: bool) -> tuple[str, bool, list[_Window]]:
    """An exception may hold the line; one damaged frame only leaves a stretch that nobody looked at."""
    name = "damaged" if view.damaged else "failed"
    whole = (view.web_start_mm, view.web_end_mm)
    if policy.on_failed == "hold" and not view.damaged:
        return (
            f"{name}_holds",
            True,
            [_Window(actuator=Actuator.LINE_STOP, lane=0, from_mm=whole[0], to_mm=whole[1])],
        )
    if policy.on_failed == "mark" and fabric:
        return f"{name}_is_marked", False, _merged(Actuator.MARKER, 0, [whole], policy.margin_mm)
    return f"{name}_passes", False, []


def _fabric(view: FrameView, policy: SortingPolicy) -> tuple[str, bool, list[_Window]]:
    acted = [defect for defect in view.defects if policy.mark_unsure or not defect.unsure]
    if not acted:
        return "unsure_passes", False, []
    stretches = [(defect.y0_mm, defect.y1_mm) for defect in acted]
    windows = _merged(Actuator.MARKER, 0, stretches, policy.margin_mm)
    stops = [defect for defect in acted if not defect.unsure and _reaches(defect, policy.stop_on_length_mm)]
    for defect in stops[:1]:
        windows.append(_Window(actuator=Actuator.LINE_STOP, lane=0, from_mm=defect.y0_mm, to_mm=defect.y1_mm))
    if stops:
        return "long_defect_stops", False, windows
    return ("unsure_is_marked" if view.verdict is Verdict.UNSURE else "defect_is_marked"), False, windows


def _reaches(defect: SeenDefect, limit_mm: float) -> bool:
    """Whether the defect passes the limit in this frame; a running one stops the line only once."""
    earlier_mm = defect.running_mm - (defect.y1_mm - defect.y0_mm)
    return 0 < limit_mm <= max(defect.running_mm, defect.length_mm) and earlier_mm < limit_mm


def _fibre(view: FrameView, policy: SortingPolicy) -> tuple[str, bool, list[_Window]]:
    windows: list[_Window] = []
    acted = [defect for defect in view.defects if not defect.unsure]
    for lane in range(policy.lanes):
        left, right = lane_edges_mm(lane, policy)
        hits = [(d.y0_mm, d.y1_mm) for d in acted if d.x0_mm < right and d.x1_mm > left]
        windows += _merged(Actuator.VALVE, lane, hits, policy.margin_mm)
    return ("foreign_matter_is_ejected" if windows else "unsure_passes"), False, windows


def lane_edges_mm(lane: int, policy: SortingPolicy) -> tuple[float, float]:
    """Left and right edge of a valve's lane, from the left edge of the picture."""
    width = policy.web_width_mm / policy.lanes
    return lane * width, (lane + 1) * width


def _merged(
    actuator: Actuator, lane: int, stretches: Iterable[tuple[float, float]], margin_mm: float
) -> list[_Window]:
    """Widen by the margin, then join what touches: one opening for neighbours."""
    joined: list[list[float]] = []
    for start, end in sorted((a - margin_mm, b + margin_mm) for a, b in stretches):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return [_Window(actuator=actuator, lane=lane, from_mm=start, to_mm=end) for start, end in joined]


def _split(window: _Window, longest_mm: float) -> list[_Window]:
    if window.actuator is Actuator.LINE_STOP:  # one pulse stops the line, however long the defect is
        return [replace(window, to_mm=min(window.to_mm, window.from_mm + longest_mm))]
    pieces: list[_Window] = []
    start = window.from_mm
    while window.to_mm - start > longest_mm:
        pieces.append(replace(window, from_mm=start, to_mm=start + longest_mm))
        start += longest_mm
    pieces.append(replace(window, from_mm=start))
    return pieces


def _ordered(window: _Window, rule: str, command_id: str) -> OrderedShot:
    return OrderedShot(
        command_id=command_id,
        actuator=window.actuator,
        lane=window.lane,
        from_mm=window.from_mm,
        to_mm=window.to_mm,
        rule=rule,
    )


def _command_id(run_id: str, view: FrameView, index: int) -> str:
    return str(uuid5(UUID(run_id), f"{view.camera_id}/{view.web_start_mm!r}/{index}"))
