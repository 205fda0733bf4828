"""One frame on the web: inspect it, say where its defects lie, follow what runs on over frames."""

import math
from dataclasses import dataclass, replace

from service.events import SeenDefect
from service.sorting import FrameView
from vision.calibration import Calibration
from vision.card import ModelCard
from vision.inspector import Inspector
from vision.picture_figures import PictureFigures
from vision.seams import ACROSS_REACH_MM, SEAM_REACH_MM, FrameSeams, WebDefect
from vision.types import Defect, Frame, Inspection, Verdict
from vision.verdict import judge


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """What is known of a frame when the policy is asked."""

    frame: Frame
    inspection: Inspection
    view: FrameView

    @property
    def score(self) -> float | None:
        """The frame's score; None where there is none."""
        return None if math.isnan(self.inspection.score) else self.inspection.score


class Judge:
    """One recipe at work; exchanged as a whole when the article or bundle changes."""

    def __init__(self, inspector: Inspector, *, overlap_mm: float = 0.0) -> None:
        """`overlap_mm`: each frame shows so much of the one before again."""
        self._inspector = inspector
        self._overlap_mm = overlap_mm
        self._seams = FrameSeams(inspector.card.thresholds, overlap_mm=overlap_mm)
        self._near: tuple[SeenDefect, ...] = ()  # those that the next frame may show again
        self._running: tuple[SeenDefect, ...] = ()  # those that reach the last frame's end
        self._seam_mm = math.nan

    def with_inspector(self, inspector: Inspector) -> "Judge":
        """Return another recipe's judge of the same camera."""
        return Judge(inspector, overlap_mm=self._overlap_mm)

    @property
    def inspector(self) -> Inspector:
        """What inspects for it."""
        return self._inspector

    @property
    def card(self) -> ModelCard:
        """The recipe's card."""
        return self._inspector.card

    @property
    def usual(self) -> PictureFigures:
        """What the recipe's good material looks like."""
        return self._inspector.usual

    def recalibrate(self, calibration: Calibration) -> None:
        """Correct and place by another calibration of the same camera."""
        self._inspector.recalibrate(calibration)

    def judge(
        self, frame: Frame, from_mm: float, to_mm: float, inspection: Inspection | None = None
    ) -> Judged:
        """Inspect a frame that shows the web from `from_mm` to `to_mm`, unless that has been done."""
        if inspection is None:
            inspection = self._inspector.inspect(frame)
        inspection = self._only_new(inspection, from_mm)
        seen = tuple(self._seen(defect, from_mm) for defect in inspection.defects)
        self._follow(seen, inspection, from_mm)
        view = FrameView(
            camera_id=frame.camera_id,
            web_start_mm=from_mm,
            web_end_mm=to_mm,
            verdict=inspection.verdict,
            damaged=bool(frame.damaged),
            defects=seen,
        )
        return Judged(frame=frame, inspection=inspection, view=view)

    def completed(self, judged: Judged) -> tuple[WebDefect, ...]:
        """Return the defects of the web that this frame completes."""
        return self._seams.push(judged.inspection, judged.view.web_start_mm)

    def flush(self) -> tuple[WebDefect, ...]:
        """Close everything: the roll ends here."""
        self._running = self._near = ()
        return self._seams.flush()

    def break_seam(self) -> None:
        """Material was skipped: nothing runs on."""
        self._running = self._near = ()
        self._seams.break_seam()

    def _only_new(self, inspection: Inspection, from_mm: float) -> Inspection:
        """Leave out what the frame before showed whole: it was counted and shot at there."""
        again = [defect for defect in inspection.defects if self._is_known(defect, from_mm)]
        if not again:
            return inspection
        new = tuple(defect for defect in inspection.defects if defect not in again)
        verdict = judge(inspection.score, new, self.card.thresholds)
        reason = inspection.reason if verdict is inspection.verdict else ""
        return replace(inspection, defects=new, verdict=verdict, reason=reason)

    def _is_known(self, defect: Defect, from_mm: float) -> bool:
        """Whether the frame before told it: at this very place, and no less surely."""
        box = defect.box_mm
        y0, y1 = from_mm + box.y0, from_mm + box.y1
        is_sure = defect.score >= self.card.thresholds.defective_for(defect.kind)
        return y1 <= self._seam_mm and any(
            near.y0_mm < y1
            and y0 < near.y1_mm
            and near.x0_mm < box.x1
            and box.x0 < near.x1_mm
            and not (near.unsure and is_sure)
            for near in self._near
        )

    def _seen(self, defect: Defect, from_mm: float) -> SeenDefect:
        box = defect.box_mm
        seen = SeenDefect(
            defect_kind=defect.kind.value,
            score=defect.score,
            x0_mm=box.x0,
            y0_mm=from_mm + box.y0,
            x1_mm=box.x1,
            y1_mm=from_mm + box.y1,
            area_mm2=defect.area_mm2,
            length_mm=defect.length_mm,
            unsure=defect.score < self.card.thresholds.defective_for(defect.kind),
            running_mm=self._running_mm(box.x0, box.x1, from_mm + box.y0, from_mm + box.y1),
        )
        return seen

    def _running_mm(self, x0: float, x1: float, y0: float, y1: float) -> float:
        if not (y0 <= self._seam_mm + SEAM_REACH_MM and y1 >= self._seam_mm - SEAM_REACH_MM):
            return y1 - y0
        before = [
            defect.running_mm
            for defect in self._running
            if defect.x0_mm <= x1 + ACROSS_REACH_MM and x0 <= defect.x1_mm + ACROSS_REACH_MM
        ]
        more_mm = y1 - (self._seam_mm if before and y0 < self._seam_mm - SEAM_REACH_MM else y0)
        return more_mm + max(before, default=0.0)

    def _follow(self, seen: tuple[SeenDefect, ...], inspection: Inspection, from_mm: float) -> None:
        if inspection.verdict is Verdict.FAILED:
            self._running, self._near, self._seam_mm = (), (), math.nan
            return
        self._seam_mm = from_mm + inspection.inspected_mm.y1
        again_from_mm = self._seam_mm - self._overlap_mm
        kept = tuple(d for d in self._near if d.y1_mm >= again_from_mm)  # left out here, but known
        self._near = tuple(d for d in seen if d.y1_mm >= again_from_mm) + kept if self._overlap_mm else ()
        self._running = tuple(d for d in seen if d.y1_mm >= self._seam_mm - SEAM_REACH_MM)
