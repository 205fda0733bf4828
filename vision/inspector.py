"""Frame to inspection: joins the stages, times each, and turns every exception into FAILED, never CLEAN."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from vision.calibration import Calibration
from vision.card import ModelCard
from vision.edges import find_edges, judged_columns
from vision.findings import findings_in
from vision.images import to_channels
from vision.inference import Engine
from vision.particles import Particles, find_particles
from vision.picture_figures import PictureFigures
from vision.pixel_map import placed
from vision.postprocess import Findings
from vision.preprocess import JOINT_ROWS, Corrector, Tile, cut_tiles, judged_rows, stitch_maps
from vision.scoremap import score_picture
from vision.texture import picture_fault
from vision.trash import measure_fibre
from vision.types import FibreMeasure, Frame, Inspection, MmBox, StageTimes, Verdict, VisionError
from vision.verdict import judge

log = logging.getLogger(__name__)

MAX_SCALE_MISMATCH = 0.1  # camera and recipe may differ by this share in mm per pixel
NOTHING_JUDGED = MmBox(x0=0.0, y0=0.0, x1=0.0, y1=0.0)
NOT_NUMBERS = "the score map holds values that are no numbers; learn the article again"

FindMaterial = Callable[[NDArray[np.uint8]], tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cut:
    """A frame corrected and cut, and which part of it will be judged."""

    calibration: Calibration
    pixels: NDArray[np.uint8]
    tiles: tuple[Tile, ...]
    cloth_px: tuple[int, int]
    rows_px: tuple[int, int]


class _Lap:
    """A stop-watch read once a stage."""

    def __init__(self) -> None:
        self._started_s = time.perf_counter()

    def ms(self) -> float:
        now_s = time.perf_counter()
        spent_ms = (now_s - self._started_s) * 1e3
        self._started_s = now_s
        return spent_ms


class Inspector:
    """One camera's inspector; used by one thread."""

    def __init__(
        self,
        engine: Engine,
        calibration: Calibration,
        *,
        joint_rows: int = JOINT_ROWS,
        find_material: FindMaterial = find_edges,
    ) -> None:
        self._engine = engine
        self._card = engine.card
        self._corrector = Corrector(calibration)
        self._joint_rows = joint_rows
        self._find_material = find_material
        self._last_error = ""
        _check_scale(calibration, self._card)

    @property
    def usual(self) -> PictureFigures:
        """Figures of the good material that the recipe was learnt from."""
        return self._engine.usual

    @property
    def card(self) -> ModelCard:
        """The recipe in use, its thresholds included."""
        return self._card

    def recalibrate(self, calibration: Calibration) -> None:
        """Correct and place by another calibration of the same camera from the next frame on.

        Raises:
            VisionError: its scale is not the recipe's.
        """
        _check_scale(calibration, self._card)
        self._corrector = Corrector(calibration)  # one change: another thread may be inspecting

    @property
    def pool_ids(self) -> tuple[int, ...]:
        """The system's ids of the runtime's own threads that work for this inspector."""
        return self._engine.pool_ids

    def warm_up(self, rows: int) -> None:
        """Get ready for frames of so many rows: their first one then takes no longer than the others."""
        blank = np.zeros((rows, self._card.columns), np.uint8)
        for height in sorted({len(tile.pixels) for tile in cut_tiles(blank, self._card)}):
            self._engine.warm_up(height)

    def inspect(self, frame: Frame, *, want_map: bool = False) -> Inspection:
        """Judge one frame. Never raises: what goes wrong is the reason of a FAILED inspection."""
        if frame.damaged or frame.unfit:
            return self._failed(frame, frame.damaged or frame.unfit)
        try:
            return self._inspected(frame, want_map)
        except VisionError as error:
            return self._failed(frame, str(error))
        except Exception as error:  # noqa: BLE001 - whatever breaks on a frame, that frame was not inspected
            return self._failed(frame, f"inspecting raised {type(error).__name__}: {error}", error)

    def _inspected(self, frame: Frame, want_map: bool) -> Inspection:
        lap = _Lap()
        cut = self._cut(frame)
        correct_ms = lap.ms()
        scores, kinds = self._maps(cut)
        infer_ms = lap.ms()
        rows, columns = cut.pixels.shape[:2]
        particles = find_particles(cut.pixels) if self._card.material == "fibre" else None
        findings = findings_in(
            scores,
            cut.pixels,
            self._card,
            cut.calibration.mm_per_px,
            kinds=kinds,
            particles=particles,
        )
        find_ms = lap.ms()
        fibre = self._fibre(cut, scores, particles, frame.captured_utc)
        measure_ms = lap.ms()
        score = float(scores.max())
        defects = tuple(placed(defect, cut.calibration.pixel_map) for defect in findings.defects)
        verdict = judge(score, defects, self._card.thresholds)
        if verdict is Verdict.FAILED:
            raise VisionError(NOT_NUMBERS)
        score_map = score_picture(scores, self._card, rows=rows, columns=columns) if want_map else None
        return Inspection(
            camera_id=frame.camera_id,
            frame_seq=frame.seq,
            captured_ns=frame.captured_ns,
            verdict=verdict,
            score=score,
            defects=defects,
            reason=_reason(verdict, findings, self._card),
            bundle_id=self._card.bundle_id,
            inspected_mm=self._inspected_mm(cut),
            times=StageTimes(
                correct_ms=correct_ms,
                infer_ms=infer_ms,
                find_ms=find_ms,
                measure_ms=measure_ms,
                judge_ms=lap.ms(),
            ),
            fibre=fibre,
            score_map=score_map,
        )

    def _cut(self, frame: Frame) -> _Cut:
        corrector = self._corrector  # it may be exchanged while this frame is inspected
        pixels = corrector.correct(frame.pixels)
        if self._card.channels == 1:  # a colour camera may serve a grey recipe, not the other way round
            pixels = to_channels(pixels, 1)
        if fault := picture_fault(pixels):
            raise VisionError(fault)
        # Lint lies anywhere on the belt: its edge is no edge of the material.
        is_fibre = self._card.material == "fibre"
        return _Cut(
            calibration=corrector.calibration,
            pixels=pixels,
            tiles=cut_tiles(pixels, self._card),
            cloth_px=(0, pixels.shape[1]) if is_fibre else self._find_material(pixels),
            rows_px=judged_rows(frame, self._card.output_stride, self._joint_rows),
        )

    def _maps(self, cut: _Cut) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        stride, rows = self._card.output_stride, cut.pixels.shape[0]
        maps = [(tile, *self._engine.run_maps(tile.pixels, cut.cloth_px)) for tile in cut.tiles]
        scores = stitch_maps(((tile, part) for tile, part, _ in maps), rows, stride)
        kinds = stitch_maps(((tile, part) for tile, _, part in maps), rows, stride)
        first, behind = cut.rows_px[0] // stride, -(-cut.rows_px[1] // stride)
        if (first, behind) == (0, scores.shape[1]):
            return scores, kinds
        kept = np.full_like(scores, self._card.score_floor)
        kept[:, first:behind] = scores[:, first:behind]
        return kept, kinds

    def _inspected_mm(self, cut: _Cut) -> MmBox:
        left, right = judged_columns(cut.cloth_px, cut.pixels.shape[1])
        top, bottom = cut.rows_px
        place, rows, along = cut.calibration.x_mm, cut.pixels.shape[0], cut.calibration.mm_per_row
        return MmBox(x0=place(left, rows), y0=top * along, x1=place(right, rows), y1=bottom * along)

    def _fibre(
        self, cut: _Cut, scores: NDArray[np.float32], particles: Particles | None, utc: datetime
    ) -> FibreMeasure | None:
        if particles is None:
            return None
        trash = scores.max(axis=0) >= self._card.thresholds.unsure
        measure = measure_fibre(cut.pixels, trash, particles)
        return replace(measure, lab=cut.calibration.lab(measure.mean_bgr, utc))

    def _failed(self, frame: Frame, reason: str, error: Exception | None = None) -> Inspection:
        if error is not None and reason != self._last_error:  # once, not thirty times a second
            log.error("camera %s: frame %d: %s", frame.camera_id, frame.seq, reason, exc_info=error)
            self._last_error = reason
        return Inspection(
            camera_id=frame.camera_id,
            frame_seq=frame.seq,
            captured_ns=frame.captured_ns,
            verdict=Verdict.FAILED,
            score=math.nan,
            defects=(),
            reason=reason,
            bundle_id=self._card.bundle_id,
            inspected_mm=NOTHING_JUDGED,
            times=StageTimes(),
        )


def _check_scale(calibration: Calibration, card: ModelCard) -> None:
    if abs(calibration.mm_per_px / card.mm_per_px - 1.0) > MAX_SCALE_MISMATCH:
        raise VisionError(
            f"camera {calibration.camera_id}: a pixel is {calibration.mm_per_px:g} mm, the recipe of "
            f"{card.article} was learnt at {card.mm_per_px:g} mm; they may differ by "
            f"{MAX_SCALE_MISMATCH:.0%}: check the calibration or learn the article with this camera"
        )


def _reason(verdict: Verdict, findings: Findings, card: ModelCard) -> str:
    parts = []
    if verdict is Verdict.UNSURE:
        parts.append(
            f"highest finding {findings.defects[0].score:.3g} lies between unsure "
            f"{card.thresholds.unsure:.3g} and defective {card.thresholds.defective:.3g}"
        )
    if findings.left_out:
        parts.append(f"{findings.left_out} more findings than the {len(findings.defects)} kept")
    return "; ".join(parts)
