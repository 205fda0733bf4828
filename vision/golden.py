"""Golden tiles: what a bundle's graph answered where it was learnt, checked at each start of an engine."""

import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard
from vision.golden_file import Golden, GoldenTile
from vision.postprocess import find_defects
from vision.trial_flaws import MOST_CONTRAST_GREY, find_cloth, plant, random_flaw
from vision.types import Verdict, VisionError
from vision.verdict import differ_within_unsure, judge

# Of the card's range: 0.02 of a learnt recipe's 30, where UNSURE is 0.5 to 2 wide and a step of a 16-bit map
# 0.0005. Optimisation and threads of one machine differ by 3e-5 at most, torch from the runtime by 2e-5.
TOLERANCE_SHARE: Final = 0.02 / 30
TILE_ROWS: Final = 32  # little room in the bundle, little time at a start
FAINT_GREY: Final = 12.0
CONTRASTS_GREY: Final = (0.0, FAINT_GREY, MOST_CONTRAST_GREY)  # of the flaw in each tile
SEED: Final = 20261124

Run = Callable[[NDArray[np.uint8], tuple[int, int]], NDArray[np.float32]]


def processor_name() -> str:
    """Name this machine's processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def tolerance_of(card: ModelCard) -> float:
    """Return the largest difference of a score that two machines may have."""
    return TOLERANCE_SHARE * (card.score_ceiling - card.score_floor)


def make_golden(run: Run, runtime: str, card: ModelCard, good: Sequence[NDArray[np.uint8]]) -> Golden:
    """Score a good tile, one with a faint and one with a strong flaw, by the graph that ships."""
    rng = np.random.default_rng(SEED)
    tiles = []
    for number, contrast in enumerate(CONTRASTS_GREY):
        pixels = good[number % len(good)][:TILE_ROWS]
        flaw = random_flaw(pixels, find_cloth(pixels, card), card, rng)
        pixels = plant(pixels, flaw, contrast)
        cloth_px = find_cloth(pixels, card)
        scores = run(pixels, cloth_px)
        tiles.append(GoldenTile(pixels=pixels, cloth_px=cloth_px, scores=scores))
    return Golden(tiles=tuple(tiles), processor=processor_name(), runtime=runtime)


def check_golden(golden: Golden, run: Run, card: ModelCard, where: str) -> float:
    """Run the golden tiles here and return the largest difference of a score.

    Raises:
        VisionError: it is above the tolerance, or a verdict changes between CLEAN and DEFECTIVE.
    """
    limit, largest = tolerance_of(card), 0.0
    for number, tile in enumerate(golden.tiles):
        scores = run(tile.pixels, tile.cloth_px)
        difference = float(np.abs(scores - tile.scores).max())
        before, now = (_verdict(found, tile, card) for found in (tile.scores, scores))
        largest = max(largest, difference)
        # Written so that a NaN counts as above the limit.
        if not difference <= limit or not differ_within_unsure(before, now):
            raise VisionError(
                f"bundle {card.bundle_id} of {card.article}: golden tile {number} differs by "
                f"{difference:.3g} from what its reference gave, limit {limit:.3g}; its verdict was "
                f"{before.value} and is {now.value}; reference: {golden.processor}, {golden.runtime}; "
                f"here: {where}; copy the bundle again, install the runtime that made it, or learn the "
                "article on this machine"
            )
    return largest


def _verdict(scores: NDArray[np.float32], tile: GoldenTile, card: ModelCard) -> Verdict:
    rows, columns = tile.pixels.shape[:2]
    findings = find_defects(scores, card, rows=rows, columns=columns, mm_per_px=card.mm_per_px)
    return judge(float(scores.max()), findings.defects, card.thresholds)
