"""Defects of neighbouring frames to defects of the web: what two frames saw of one defect is counted once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from vision.card import Thresholds
from vision.taxonomy import DefectKind
from vision.types import Defect, Inspection, MmBox, Verdict

SEAM_REACH_MM = 2.0  # a defect that ends this near to a seam may go on behind it (a map cell is 0.4-1.6 mm)
ACROSS_REACH_MM = 3.0  # parts this near to each other across the web belong together
MAX_LENGTH_MM = 2000.0  # a running defect is reported every two metres instead of at its end


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDefect:
    """One defect on the web; x from the left edge of the picture, y since encoder zero."""

    kind: DefectKind  # of the strongest part
    score: float  # highest of all parts
    box_mm: MmBox
    area_mm2: float
    length_mm: float  # longest dimension
    frames: int
    first_frame_seq: int
    strongest_frame_seq: int  # whose picture shows it best
    unsure: bool  # below the recipe's `defective`
    bundle_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    """What is known of a defect so far; `ends` are the boxes of its newest frame."""

    kind: DefectKind
    score: float
    box: MmBox
    area_mm2: float
    longest_mm: float  # length of the longest part
    slant: float  # that length over the longest side of that part's box: 1 upright, 1.41 at 45 degrees
    first_seq: int
    last_seq: int
    strongest_seq: int
    bundle_id: str
    ends: tuple[MmBox, ...]


class FrameSeams:
    """Joins the defects of one camera's frames in their order; used by one thread."""

    def __init__(
        self, thresholds: Thresholds, *, max_length_mm: float = MAX_LENGTH_MM, overlap_mm: float = 0.0
    ) -> None:
        """`overlap_mm`: each frame shows so much of the one before again."""
        self._thresholds = thresholds
        self._max_length_mm = max_length_mm
        self._overlap_mm = overlap_mm
        self._open: list[_Track] = []  # they touch the seam below the last frame
        self._broken: list[_Track] = []  # closed by a broken seam, not handed out yet
        self._seam_mm: float | None = None  # where the last frame ends; None: nothing to join to

    def push(self, inspection: Inspection, web_start_mm: float) -> tuple[WebDefect, ...]:
        """Take the next frame, its first row at `web_start_mm`; return the defects that are now complete."""
        if not self._continues(inspection, web_start_mm):
            self.break_seam()
        if inspection.verdict is Verdict.FAILED:
            return self._hand_out([])
        parts = [_part(defect, inspection, web_start_mm) for defect in inspection.defects]
        tracks = _joined(self._open, parts, self._seam_mm)
        self._seam_mm = web_start_mm + inspection.inspected_mm.y1
        going_on = [self._goes_on(track, inspection.frame_seq) for track in tracks]
        self._open = [track for track, goes_on in zip(tracks, going_on, strict=True) if goes_on]
        return self._hand_out([track for track, goes_on in zip(tracks, going_on, strict=True) if not goes_on])

    def flush(self) -> tuple[WebDefect, ...]:
        """Close everything: the roll ends here."""
        self.break_seam()
        return self._hand_out([])

    def break_seam(self) -> None:
        """Say that the next frame is other material; open defects come with the next push or flush."""
        self._broken += self._open
        self._open = []
        self._seam_mm = None

    def _continues(self, inspection: Inspection, web_start_mm: float) -> bool:
        if inspection.verdict is Verdict.FAILED or inspection.inspected_mm.y0 > 0:  # a joint is left out
            return False
        if self._seam_mm is None:
            return False
        return -self._overlap_mm - SEAM_REACH_MM <= web_start_mm - self._seam_mm <= SEAM_REACH_MM

    def _goes_on(self, track: _Track, frame_seq: int) -> bool:
        if self._seam_mm is None or track.last_seq != frame_seq:
            return False
        shown_again_mm = self._seam_mm - self._overlap_mm
        touches = any(end.y1 >= shown_again_mm - SEAM_REACH_MM for end in track.ends)
        return touches and track.box.y1 - track.box.y0 < self._max_length_mm

    def _hand_out(self, closed: list[_Track]) -> tuple[WebDefect, ...]:
        complete = self._broken + closed
        self._broken = []
        return tuple(_web_defect(track, self._thresholds) for track in complete)


def _part(defect: Defect, inspection: Inspection, web_start_mm: float) -> _Track:
    box = defect.box_mm
    on_web = MmBox(x0=box.x0, y0=web_start_mm + box.y0, x1=box.x1, y1=web_start_mm + box.y1)
    return _Track(
        kind=defect.kind,
        score=defect.score,
        box=on_web,
        area_mm2=defect.area_mm2,
        longest_mm=defect.length_mm,
        slant=max(1.0, defect.length_mm / _longest_side(on_web)),
        first_seq=inspection.frame_seq,
        last_seq=inspection.frame_seq,
        strongest_seq=inspection.frame_seq,
        bundle_id=inspection.bundle_id,
        ends=(on_web,),
    )


def _joined(tracks: Sequence[_Track], parts: Sequence[_Track], seam_mm: float | None) -> list[_Track]:
    """Join each part at the seam to every open track beside it; tracks that it bridges become one."""
    groups: list[tuple[set[int], list[_Track]]] = []
    for part in parts:
        met = {at for at, track in enumerate(tracks) if seam_mm is not None and _meet(track, part, seam_mm)}
        same = [group for group in groups if group[0] & met]
        groups = [group for group in groups if not group[0] & met]
        groups.append((met.union(*(group[0] for group in same)), sum((group[1] for group in same), [part])))
    continued = {at for group in groups for at in group[0]}
    ended = [track for at, track in enumerate(tracks) if at not in continued]
    return ended + [_group_track([tracks[at] for at in sorted(met)], new, seam_mm) for met, new in groups]


def _group_track(old: list[_Track], new: list[_Track], seam_mm: float | None) -> _Track:
    ends = tuple(part.box for part in new)
    if old and seam_mm is not None:
        new = [replace(part, area_mm2=part.area_mm2 * _new_share(part.box, seam_mm)) for part in new]
    return replace(reduce(_merged, [*old, *new]), ends=ends)


def _new_share(box: MmBox, seam_mm: float) -> float:
    """Share of a part that the frame before did not show; what is within reach of the seam is rounding."""
    if box.y0 >= seam_mm - SEAM_REACH_MM:
        return 1.0
    return max(0.0, box.y1 - seam_mm) / (box.y1 - box.y0)


def _meet(track: _Track, part: _Track, seam_mm: float) -> bool:
    if part.box.y0 > seam_mm + SEAM_REACH_MM:
        return False
    return any(
        end.y1 >= min(seam_mm, part.box.y0) - SEAM_REACH_MM
        and end.y0 <= part.box.y1 + SEAM_REACH_MM
        and part.box.x0 <= end.x1 + ACROSS_REACH_MM
        and end.x0 <= part.box.x1 + ACROSS_REACH_MM
        for end in track.ends
    )


def _merged(one: _Track, other: _Track) -> _Track:
    stronger = one if one.score >= other.score else other
    longer = one if one.longest_mm >= other.longest_mm else other
    return _Track(
        kind=stronger.kind,
        score=stronger.score,
        box=_union(one.box, other.box),
        area_mm2=one.area_mm2 + other.area_mm2,
        longest_mm=longer.longest_mm,
        slant=longer.slant,
        first_seq=min(one.first_seq, other.first_seq),
        last_seq=max(one.last_seq, other.last_seq),
        strongest_seq=stronger.strongest_seq,
        bundle_id=stronger.bundle_id,
        ends=(),
    )


def _web_defect(track: _Track, thresholds: Thresholds) -> WebDefect:
    return WebDefect(
        kind=track.kind,
        score=track.score,
        box_mm=track.box,
        area_mm2=track.area_mm2,
        length_mm=_longest_side(track.box) * track.slant,
        frames=track.last_seq - track.first_seq + 1,
        first_frame_seq=track.first_seq,
        strongest_frame_seq=track.strongest_seq,
        unsure=track.score < thresholds.defective_for(track.kind),
        bundle_id=track.bundle_id,
    )


def _longest_side(box: MmBox) -> float:
    return max(box.x1 - box.x0, box.y1 - box.y0)


def _union(one: MmBox, other: MmBox) -> MmBox:
    return MmBox(
        x0=min(one.x0, other.x0),
        y0=min(one.y0, other.y0),
        x1=max(one.x1, other.x1),
        y1=max(one.y1, other.y1),
    )
