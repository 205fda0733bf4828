"""The parity gate: one set of tiles through every way to compute a bundle's graph, against one reference.

The reference is the ONNX file as it is written: no optimisation, one thread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.bundle import load_bundle
from vision.calibration import Calibration
from vision.card import ModelCard
from vision.findings import findings_in
from vision.golden import Run, processor_name, tolerance_of
from vision.images import to_channels
from vision.inference import RUNTIME, Engine, map_of
from vision.inspector import Inspector
from vision.parity import ParityReport, PathFigures
from vision.preprocess import cut_tiles, stitch_maps
from vision.scoremap import FULL_SCALE_16_BIT, score_picture
from vision.texture import picture_fault
from vision.trial_frames import NEAR_SHARE, TrialFrame, distance_to_threshold, trial_frames
from vision.types import Frame, Verdict, VisionError
from vision.verdict import differ_within_unsure, judge

NEAR_FRAMES: Final = 64
OTHER_FRAMES: Final = 140
SEED: Final = 20261124
REFERENCE: Final = f"{RUNTIME}, not optimised, one thread"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OtherPath:
    """Another way to compute the graph: an INT8 twin of it, torch."""

    name: str
    run: Run
    is_exact: bool  # computes the same numbers; otherwise its verdicts alone are judged


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answer:
    difference: float  # from the reference's map
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Trial:
    frame: TrialFrame
    scores: NDArray[np.float32]  # the reference's map
    verdict: Verdict


class _Counted:
    """Figures of one path, frame by frame."""

    def __init__(self, name: str, limit: float | None, answer: Callable[[_Trial], _Answer]) -> None:
        self._name, self._limit, self._answer = name, limit, answer
        self._largest, self._within, self._beyond = 0.0, 0, 0

    def add(self, trial: _Trial) -> None:
        found = self._answer(trial)
        self._largest = max(self._largest, found.difference)
        if found.verdict is not trial.verdict:
            within = differ_within_unsure(found.verdict, trial.verdict)
            self._within, self._beyond = self._within + within, self._beyond + (not within)

    def figures(self) -> PathFigures:
        return PathFigures(
            name=self._name,
            largest_difference=self._largest,
            limit=self._limit,
            changed_within_unsure=self._within,
            changed_beyond=self._beyond,
        )


def check_parity(
    folder: Path,
    good: Sequence[NDArray[np.uint8]],
    others: Sequence[OtherPath] = (),
    *,
    threads: int = 2,
) -> ParityReport:
    """Run a bundle's gate on tiles made of good pictures; nothing is written.

    Paths: the graph as it ships, the line's own (inspector, tall frames cut and stitched), and `others`.

    Raises:
        VisionError: the bundle can't be loaded or started, or no picture shows material of its width.
    """
    bundle = load_bundle(folder)
    card, pictures = bundle.card, _usable(good, bundle.card)
    engine = Engine(bundle, threads=threads)
    reference = map_of(bundle.model, threads=1, optimised=False)
    counted = _paths(engine, others)
    frames = trial_frames(
        pictures,
        card,
        lambda pixels, cloth_px: float(engine.run(pixels, cloth_px).max()),
        near=NEAR_FRAMES,
        others=OTHER_FRAMES,
        rng=np.random.default_rng(SEED),
    )
    tiles = near = 0
    for frame in frames:
        scores = _scores(reference, frame, card)
        trial = _Trial(frame=frame, scores=scores, verdict=_verdict(scores, frame, card))
        tiles += len(cut_tiles(frame.pixels, card))
        near += distance_to_threshold(float(scores.max()), card) <= NEAR_SHARE
        for path in counted:
            path.add(trial)
    return ParityReport(
        model_sha256=card.model_sha256,
        created_utc=datetime.now(UTC).isoformat(timespec="seconds"),
        reference=REFERENCE,
        processor=processor_name(),
        tiles=tiles,
        near=near,
        unsure=card.thresholds.unsure,
        defective=card.thresholds.defective,
        paths=tuple(path.figures() for path in counted),
    )


def _paths(engine: Engine, others: Sequence[OtherPath]) -> list[_Counted]:
    card, limit = engine.card, tolerance_of(engine.card)
    own = [_Counted("shipped", limit, _by_run(engine.run, card)), _Counted("line", limit, _by_line(engine))]
    return own + [
        _Counted(other.name, limit if other.is_exact else None, _by_run(other.run, card)) for other in others
    ]


def _usable(good: Sequence[NDArray[np.uint8]], card: ModelCard) -> list[NDArray[np.uint8]]:
    fitting = [to_channels(picture, card.channels) for picture in good if picture.shape[1] == card.columns]
    usable = [picture for picture in fitting if not picture_fault(picture)]
    if not usable:
        raise VisionError(
            f"bundle {card.bundle_id} of {card.article}: none of {len(good)} pictures is "
            f"{card.columns} px wide and shows material; give good pictures of the article"
        )
    return usable


def _scores(run: Run, frame: TrialFrame, card: ModelCard) -> NDArray[np.float32]:
    maps = ((tile, run(tile.pixels, frame.cloth_px)) for tile in cut_tiles(frame.pixels, card))
    return stitch_maps(maps, frame.pixels.shape[0], card.output_stride)


def _verdict(scores: NDArray[np.float32], frame: TrialFrame, card: ModelCard) -> Verdict:
    findings = findings_in(scores, frame.pixels, card, card.mm_per_px)
    return judge(float(scores.max()), findings.defects, card.thresholds)


def _by_run(run: Run, card: ModelCard) -> Callable[[_Trial], _Answer]:
    span = card.score_ceiling - card.score_floor

    def answer(trial: _Trial) -> _Answer:
        scores = _scores(run, trial.frame, card)
        # What is no number differs by the whole range.
        difference = float(np.nan_to_num(np.abs(scores - trial.scores), nan=span, posinf=span).max())
        return _Answer(difference=difference, verdict=_verdict(scores, trial.frame, card))

    return answer


def _by_line(engine: Engine) -> Callable[[_Trial], _Answer]:
    card = engine.card
    inspector = Inspector(engine, Calibration(camera_id="parity", mm_per_px=card.mm_per_px))
    step = (card.score_ceiling - card.score_floor) / FULL_SCALE_16_BIT

    def answer(trial: _Trial) -> _Answer:
        pixels = trial.frame.pixels
        frame = Frame(
            camera_id="parity",
            seq=0,
            pixels=pixels,
            captured_ns=0,
            captured_utc=datetime.fromtimestamp(0, UTC),
        )
        inspection = inspector.inspect(frame, want_map=True)
        if inspection.score_map is None:  # FAILED, which no reference verdict stands for
            return _Answer(difference=0.0, verdict=inspection.verdict)
        expected = score_picture(trial.scores, card, rows=pixels.shape[0], columns=pixels.shape[1])
        steps = np.abs(inspection.score_map.astype(np.int32) - expected).max()
        return _Answer(difference=float(steps * step), verdict=inspection.verdict)

    return answer
