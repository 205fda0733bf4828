"""Records of an evaluation: a tested strip, a marked region in it, and a run over an article."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard
from vision.taxonomy import DefectKind
from vision.types import Defect, PxBox, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionResult:
    """One connected marked region of a picture, and what was said of it."""

    box_px: PxBox
    area_px: int
    kind: DefectKind  # the set's
    label: str  # the set's own word
    inside: float  # highest score in the dilated region
    hit: bool  # a finding at `defective` overlaps the dilated region
    found: bool  # any finding does
    found_kind: DefectKind | None  # of the strongest such finding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StripResult:
    """One tested strip."""

    picture: Path
    group: str
    defective: bool
    rendered: bool
    label: str
    score: float
    verdict: Verdict
    findings: tuple[Defect, ...]
    inside: float  # highest score inside the dilated mask; NaN where there is none
    hit: bool  # a finding at `defective` overlaps the dilated mask
    found: bool  # any finding does
    regions: tuple[RegionResult, ...]
    cells: NDArray[np.float32]  # the map
    mask: NDArray[np.bool_]  # of map cells

    @property
    def is_located(self) -> bool:
        """Whether it is known where the strip's defects lie."""
        return not self.defective or bool(self.regions)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A picture that was not tested, and why."""

    picture: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One article tested with one recipe."""

    article: str
    card: ModelCard
    results: tuple[StripResult, ...]
    left_out: tuple[LeftOut, ...]
    learnt: int  # pictures the recipe was learnt from
    learn_s: float | None = None  # None: it was learnt before

    @property
    def good(self) -> tuple[StripResult, ...]:
        """Good strips that were tested."""
        return tuple(result for result in self.results if not result.defective)

    @property
    def bad(self) -> tuple[StripResult, ...]:
        """Defective strips that were tested."""
        return tuple(result for result in self.results if result.defective)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All runs over a set."""

    data: Path
    layout: str
    how: str  # what was learnt from and what tested, in a sentence
    runs: tuple[Run, ...]
    mm_per_px: float | None  # of the pictures; None: unknown, sizes are told in px
    notes: tuple[str, ...] = ()

    @property
    def rendered(self) -> bool:
        """Whether any tested strip or recipe is rendered."""
        return any(run.card.demo or any(result.rendered for result in run.results) for run in self.runs)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Every picture that was not tested."""
        return tuple(left for run in self.runs for left in run.left_out)
