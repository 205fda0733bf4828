"""Good cloth scored by graphs that never saw it: what thresholds are set from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.base import Base
from vision.extremes import block_maxima
from vision.fit import fit
from vision.good_cloth import GoodCloth, Material, Progress, pieces
from vision.graph import build_graph
from vision.images import to_channels
from vision.inference import Probe
from vision.postprocess import find_blobs
from vision.strip import Strip, block_width

MOST_FOLDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldOut:
    """What graphs that had not seen it said of good cloth."""

    blocks: NDArray[np.float32]  # (n,) highest score of each block
    findings: NDArray[np.float32]  # (n,) highest score of each, counted as on the line
    pictures: tuple[float, ...]  # highest score of each picture, or band of a single one
    maps: tuple[NDArray[np.float32], ...]  # (1, rows, columns) of strips, no more than were learnt
    strips: tuple[NDArray[np.uint8], ...]  # pixels of those maps
    rows: int  # of cloth that was scored, in pixels


class _Tally:
    """Collects what is kept of scored strips; a map is kept of every n-th."""

    def __init__(self, cells: int, keep_every: int = 1) -> None:
        self._cells, self._keep_every = cells, keep_every
        self._blocks: list[NDArray[np.float32]] = []
        self._findings: list[NDArray[np.float32]] = []
        self._pictures: dict[int, float] = {}
        self._maps: list[NDArray[np.float32]] = []
        self._strips: list[NDArray[np.uint8]] = []
        self._rows = 0

    def add(self, probe: Probe, strips: Iterable[Strip]) -> None:
        for strip in strips:
            scores = probe.run(strip.pixels, strip.cloth_px)[0][0]
            blocks = block_maxima(scores, *strip.map_cloth, self._cells)[:, 0]
            # Above the median of its own blocks a strip's findings are few and apart.
            self._findings.append(finding_scores(scores[0], float(np.median(blocks))))
            if len(self._blocks) % self._keep_every == 0:
                self._maps.append(scores)
                self._strips.append(strip.pixels)
            self._blocks.append(blocks)
            highest = float(blocks.max())
            self._pictures[strip.group] = max(self._pictures.get(strip.group, highest), highest)
            self._rows += strip.pixels.shape[0]

    def total(self) -> HeldOut:
        return HeldOut(
            blocks=np.concatenate(self._blocks),
            findings=np.concatenate(self._findings),
            pictures=tuple(self._pictures[group] for group in sorted(self._pictures)),
            maps=tuple(self._maps),
            strips=tuple(self._strips),
            rows=self._rows,
        )


def by_folds(
    strips: Sequence[Strip], base: Base, quantiles: tuple[float, float], progress: Progress
) -> HeldOut:
    """Score every picture with a graph learnt without it (without its tenth, when there are many)."""
    groups = sorted({strip.group for strip in strips})
    folds, tally = min(len(groups), MOST_FOLDS), _Tally(block_width(strips))
    for fold in range(folds):
        progress(f"checking on held-out pictures, {fold + 1} of {folds}")
        left_out = set(groups[fold::folds])
        learnt = [strip for strip in strips if strip.group not in left_out]
        probe = Probe(build_graph(fit(learnt, base, quantiles), base))
        tally.add(probe, (strip for strip in strips if strip.group in left_out))
    return tally.total()


def by_rest(
    model: bytes, cloth: GoodCloth, strips: Sequence[Strip], material: Material, progress: Progress
) -> HeldOut:
    """Score the cloth that was left over with the graph that ships, one picture in memory at a time."""
    probe = Probe(model)
    tally = _Tally(block_width(strips), max(len(cloth.rest) // len(cloth.learnt), 1))
    for number, picture in enumerate(cloth.rest):
        progress(f"checking on picture {number + 1} of {len(cloth.rest)} that were not learnt")
        image = to_channels(picture.read(), cloth.channels)
        cut = pieces(image, material)
        tally.add(
            probe,
            (Strip(pixels=piece.pixels, cloth_px=piece.cloth_px, group=number, moments=()) for piece in cut),
        )
    return tally.total()


def finding_scores(scores: NDArray[np.float32], level: float) -> NDArray[np.float32]:
    """Return the highest score of each finding of a map (rows, columns) above a level."""
    blobs = find_blobs(scores >= level)
    return np.array([scores[blob[:, 1], blob[:, 0]].max() for blob in blobs if len(blob)], np.float32)
