"""Strips of good cloth, and the moments of their patches that filters are matched to."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.article import STRIDE_PX, blank_statistics
from vision.banks import BANKS, Bank
from vision.edges import judged_columns
from vision.extremes import block_cells
from vision.graph import build_graph
from vision.inference import Probe
from vision.templates import FILTER_PX


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Sums over random patches of a plane, from which covariances of any set of strips follow."""

    count: int
    total: NDArray[np.float64]  # (planes * 64,)
    products: NDArray[np.float64]  # (planes * 64, planes * 64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strip:
    """A full-width piece of a good picture, at most as high as a tile of the line."""

    pixels: NDArray[np.uint8]  # (rows, columns) grey or (rows, columns, 3) BGR
    cloth_px: tuple[int, int]
    group: int  # held out together: the picture it came from
    moments: tuple[Moments, ...]  # of patches of each bank's plane

    @property
    def columns(self) -> int:
        """Width of the picture."""
        return int(self.pixels.shape[1])

    @property
    def channels(self) -> int:
        """1 grey, 3 BGR."""
        return 1 if self.pixels.ndim == 2 else int(self.pixels.shape[2])

    def cells(self, cell_px: int) -> tuple[int, int]:
        """Whole material columns, counted in cells of so many pixels."""
        return -(-self.cloth_px[0] // cell_px), self.cloth_px[1] // cell_px

    @property
    def map_cloth(self) -> tuple[int, int]:
        """Judged columns of the map."""
        first, behind = judged_columns(self.cloth_px, self.columns)
        return -(-first // STRIDE_PX), max(behind // STRIDE_PX, -(-first // STRIDE_PX) + 1)


def block_width(strips: Sequence[Strip]) -> int:
    """Return the map columns of a block that these strips have enough of."""
    return block_cells(sum(behind - first for first, behind in (strip.map_cloth for strip in strips)))


def make_strip(
    pixels: NDArray[np.uint8],
    cloth_px: tuple[int, int],
    *,
    group: int,
    patches: int,
    rng: np.random.Generator,
) -> Strip:
    """Look at random patches of a strip's planes and keep their moments with it."""
    strip = Strip(pixels=pixels, cloth_px=cloth_px, group=group, moments=())
    graph = build_graph(
        blank_statistics(strip.columns, strip.channels), None, tuple(f"{bank.name}_plane" for bank in BANKS)
    )
    planes = Probe(graph).run(pixels, cloth_px)
    cut = tuple(
        _moments(_patches(plane[0], bank, strip, patches, rng))
        for plane, bank in zip(planes, BANKS, strict=True)
    )
    return dataclasses.replace(strip, moments=cut)


def _moments(patches: NDArray[np.float32]) -> Moments:
    exact = patches.astype(np.float64)
    return Moments(count=len(patches), total=exact.sum(axis=0), products=exact.T @ exact)


def _patches(
    plane: NDArray[np.float32], bank: Bank, strip: Strip, count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Random patches (n, planes * 64) of whole material; none where the strip is too small for one."""
    plane = plane[:, : max(strip.pixels.shape[0] // bank.row_px, 1)]
    first, behind = strip.cells(bank.column_px)
    if behind - first < 2 * FILTER_PX:
        first, behind = 0, plane.shape[2]
    if plane.shape[1] < FILTER_PX or behind - first < FILTER_PX:
        return np.zeros((0, plane.shape[0] * FILTER_PX**2), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(plane, (FILTER_PX, FILTER_PX), axis=(1, 2))
    count = min(count, windows.shape[1] * (behind - first - FILTER_PX + 1))
    rows = rng.integers(0, windows.shape[1], count)
    columns = rng.integers(first, behind - FILTER_PX + 1, count)
    cut = windows[:, rows, columns].transpose(1, 0, 2, 3).reshape(count, -1)
    return np.ascontiguousarray(cut)
