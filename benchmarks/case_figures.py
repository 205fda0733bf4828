"""Figures of the hard cases: what was said of each frame and each flaw, summed up."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.evaluation.measures import auroc, average_precision
from vision.taxonomy import DefectKind

Figures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlawResult:
    """What was said of one flaw of one frame."""

    kind: DefectKind
    visible: bool
    defective: bool  # a finding at `defective` overlaps it
    unsure: bool  # one at `unsure`, or above
    called: DefectKind | None  # the kind of the strongest finding over it; None: not found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameResult:
    """What was said of one frame. A frame with faint flaws alone is neither good nor flawed."""

    failed: bool
    score: float  # NaN where it failed
    flagged: bool
    doubted: bool  # UNSURE, or flagged
    flaws: tuple[FlawResult, ...]
    cells: NDArray[np.float32]  # score of each judged map cell
    truth: NDArray[np.bool_]  # same shape: cells of visible flaws; cells of faint ones are left out

    @property
    def is_good(self) -> bool:
        """Whether nothing was planted."""
        return not self.flaws

    @property
    def is_flawed(self) -> bool:
        """Whether it shows a visible flaw."""
        return any(flaw.visible for flaw in self.flaws)


def figures_of(cloths: Sequence[Sequence[FrameResult]]) -> Figures:
    """Sum up cloths, each the frames of one session; ranking is done cloth by cloth and averaged."""
    frames = [frame for cloth in cloths for frame in cloth]
    good = [frame for frame in frames if frame.is_good and not frame.failed]
    return {
        "cloths": len(cloths),
        "failed_frames": sum(frame.failed for frame in frames),
        "strip_auroc": _mean(_strip_auroc(cloth) for cloth in cloths),
        "good_flagged": _mean(float(frame.flagged) for frame in good),
        "good_doubted": _mean(float(frame.doubted) for frame in good),
        "pixel_ap": _mean(_pixel_ap(cloth) for cloth in cloths),
        **flaw_figures([flaw for frame in frames for flaw in frame.flaws]),
    }


def flaw_figures(flaws: Sequence[FlawResult]) -> Figures:
    """Sum up flaws: visible ones, how they were called, and faint ones apart."""
    visible, faint = ([flaw for flaw in flaws if flaw.visible is wanted] for wanted in (True, False))
    called = [flaw for flaw in visible if flaw.called is not None]
    return {
        "flaws": len(visible),
        "found_defective": _mean(float(flaw.defective) for flaw in visible),
        "found_unsure": _mean(float(flaw.unsure) for flaw in visible),
        "right_kind": _mean(float(flaw.called is flaw.kind) for flaw in called),
        "unknown_kind": _mean(float(flaw.called is DefectKind.UNKNOWN) for flaw in called),
        "faint_flaws": len(faint),
        "faint_found_unsure": _mean(float(flaw.unsure) for flaw in faint),
    }


def _strip_auroc(cloth: Sequence[FrameResult]) -> float:
    told = [frame for frame in cloth if not frame.failed and (frame.is_good or frame.is_flawed)]
    truth = np.array([frame.is_flawed for frame in told], np.bool_)
    return auroc(truth, np.array([frame.score for frame in told])) if told else math.nan


def _pixel_ap(cloth: Sequence[FrameResult]) -> float:
    told = [frame for frame in cloth if not frame.failed]
    if not any(frame.truth.any() for frame in told):
        return math.nan
    return average_precision(
        np.concatenate([frame.truth.ravel() for frame in told]),
        np.concatenate([frame.cells.ravel() for frame in told]),
    )


def _mean(values: Iterable[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    return round(float(np.mean(known)), 4) if known else None
