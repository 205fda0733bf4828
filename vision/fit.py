"""Statistics of an article from strips of good material: filters, levels, fixed pattern, calibration."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.article import (
    STRIDE_PX,
    ArticleStatistics,
    blank_statistics,
    edge_zone,
    padded_half,
)
from vision.base import Base
from vision.edges import judged_columns
from vision.extremes import TAIL, block_cells, block_maxima, usual_and_spread
from vision.graph import build_graph
from vision.inference import Probe
from vision.templates import FILTER_PX, all_templates, matched_filters

PATCHES: Final = 36_000  # for the covariance, over all strips
_LEAST_LEVEL: Final = 0.05  # of a response's spread; flat or synthetic pictures have none of their own
_LEAST_PEAK_SPREAD: Final = 0.05
_LEAST_HEAD_SPREAD: Final = 0.1
_CLIP: Final = 3.0  # responses beyond three levels don't count: an unlabelled flaw mustn't teach
_SMOOTH: Final = 17  # half-resolution columns over which a column's level is averaged
_EDGE_SMOOTH: Final = 5
_MIN_STRIPS_FOR_OFFSET: Final = 3  # a fixed pattern shows only in the mean of several pictures
_ALLOWANCE_GAIN: Final = 1.3  # the next picture's edge may reach higher than those that were learnt
_ALLOWANCE_CELLS: Final = 3  # and may wander so many map cells further


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strip:
    """A full-width piece of a good picture, at most as high as a tile of the line."""

    pixels: NDArray[np.uint8]  # (rows, columns) grey or (rows, columns, 3) BGR
    cloth_px: tuple[int, int]
    group: int  # held out together: the picture it came from
    patches: NDArray[np.float32]  # (n, channels * 64) of the flattened picture, for the covariance

    @property
    def columns(self) -> int:
        """Width of the picture."""
        return int(self.pixels.shape[1])

    @property
    def half_cloth(self) -> tuple[int, int]:
        """Whole material columns at half resolution."""
        return (self.cloth_px[0] + 1) // 2, self.cloth_px[1] // 2

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
    """Cut random patches out of a flattened strip and keep them with it."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    nothing = np.zeros((len(all_templates(channels)), channels, FILTER_PX, FILTER_PX), np.float32)
    graph = build_graph(blank_statistics(pixels.shape[1], channels, nothing), None, ("flat",))
    flat = Probe(graph).run(pixels, cloth_px)[0][0][:, : pixels.shape[0] // 2]
    first, behind = (cloth_px[0] + 1) // 2, cloth_px[1] // 2
    if behind - first < 2 * FILTER_PX:
        first, behind = 0, flat.shape[2]
    windows = np.lib.stride_tricks.sliding_window_view(flat, (FILTER_PX, FILTER_PX), axis=(1, 2))
    rows = rng.integers(0, windows.shape[1], patches)
    columns = rng.integers(first, behind - FILTER_PX + 1, patches)
    cut = windows[:, rows, columns].transpose(1, 0, 2, 3).reshape(patches, -1)
    return Strip(pixels=pixels, cloth_px=cloth_px, group=group, patches=np.ascontiguousarray(cut))


def fit(
    strips: Sequence[Strip], base: Base | None, quantiles: tuple[float, float] = TAIL
) -> ArticleStatistics:
    """Learn everything that the graph carries, pass by pass, each on the graph built so far.

    `quantiles` of block maxima say what is usual: BODY where good material holds specks.
    """
    columns = strips[0].columns
    channels = 1 if strips[0].pixels.ndim == 2 else 3
    filters = matched_filters(np.concatenate([strip.patches for strip in strips]), channels)
    article = blank_statistics(columns, channels, filters)
    article = _with_levels(article, strips)
    if len(strips) >= _MIN_STRIPS_FOR_OFFSET:
        article = _with_offsets(article, strips)
    article = _with_calibration(article, strips, base, quantiles)
    return _with_allowances(article, strips, base)


class _Profile:
    """Mean of column profiles: by camera column away from edges, by distance beside them."""

    def __init__(self, kinds: int, columns: int) -> None:
        self._zone = edge_zone(columns)
        wide = padded_half(columns)
        self._sum, self._count = np.zeros((kinds, wide)), np.zeros(wide)
        self._sides = [(np.zeros((kinds, self._zone)), [0]) for _ in range(2)]

    def add(self, values: NDArray[np.float64], strip: Strip) -> None:
        first, behind = strip.half_cloth
        zone = self._zone
        if strip.cloth_px[0] > 0 and behind - first >= zone:
            self._add_side(0, values[:, first : first + zone])
            first += zone
        if strip.cloth_px[1] < strip.columns and behind - first >= zone:
            self._add_side(1, values[:, behind - zone : behind][:, ::-1])
            behind -= zone
        self._sum[:, first:behind] += values[:, first:behind]
        self._count[first:behind] += 1

    def _add_side(self, side: int, values: NDArray[np.float64]) -> None:
        total, count = self._sides[side]
        total += values
        count[0] += 1

    def whole(self, least_count: int, otherwise: float | None) -> NDArray[np.float64]:
        """The mean at each camera column; columns seen too rarely take the nearest mean or a constant."""
        mean = self._sum / np.maximum(self._count, 1)
        seen = self._count >= least_count
        if not seen.any():
            return np.full_like(mean, 1.0 if otherwise is None else otherwise)
        if otherwise is not None:
            return np.where(seen, mean, otherwise)
        places = np.flatnonzero(seen)
        nearest = places[np.abs(np.arange(seen.size)[:, None] - places[None]).argmin(axis=1)]
        return np.asarray(mean[:, nearest], np.float64)

    def side(self, side: int, least_count: int, whole: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean beside an edge; without enough pictures that show one, the middle of the whole."""
        total, count = self._sides[side]
        if count[0] >= least_count:
            return total / count[0]
        return np.repeat(np.median(whole, axis=1, keepdims=True), self._zone, axis=1)


def _with_levels(article: ArticleStatistics, strips: Sequence[Strip]) -> ArticleStatistics:
    """Mean |response| of every column; each picture's own contrast is taken out before averaging."""
    probe = Probe(build_graph(article, None, ("response",)))
    kinds = len(article.filters)
    profile, contrast = _Profile(kinds, article.columns), np.zeros((len(strips), kinds))
    for number, strip in enumerate(strips):
        size = np.abs(probe.run(strip.pixels, strip.cloth_px)[0][0][:, : strip.pixels.shape[0] // 2])
        mean = size.mean(axis=1)
        mean = np.minimum(size, _CLIP * mean[:, None]).mean(axis=1).astype(np.float64)
        first, behind = strip.half_cloth
        own = np.maximum(mean[:, first:behind].mean(axis=1), 1e-6)
        contrast[number] = own
        profile.add(mean / own[:, None], strip)
    usual = np.median(contrast, axis=0)[:, None]
    whole = _smoothed(profile.whole(1, None), _SMOOTH)
    left, right = (_smoothed(profile.side(side, 1, whole), _EDGE_SMOOTH) for side in (0, 1))
    return dataclasses.replace(
        article,
        level=_at_least(whole * usual),
        level_left=_at_least(left * usual),
        level_right=_at_least(right * usual),
    )


def _smoothed(values: NDArray[np.float64], columns: int) -> NDArray[np.float64]:
    return np.asarray(cv2.blur(values, (columns, 1), borderType=cv2.BORDER_REFLECT), np.float64)


def _at_least(level: NDArray[np.float64]) -> NDArray[np.float32]:
    # 1.2533 turns the mean size of a normal variable into its standard deviation.
    return np.maximum(level * 1.2533, _LEAST_LEVEL).astype(np.float32)


def _with_offsets(article: ArticleStatistics, strips: Sequence[Strip]) -> ArticleStatistics:
    probe = Probe(build_graph(article, None, ("normal",)))
    profile = _Profile(len(article.filters), article.columns)
    for strip in strips:
        normal = probe.run(strip.pixels, strip.cloth_px)[0][0][:, : strip.pixels.shape[0] // 2]
        profile.add(np.clip(normal, -_CLIP, _CLIP).mean(axis=1).astype(np.float64), strip)
    whole = profile.whole(_MIN_STRIPS_FOR_OFFSET, 0.0)
    nothing = np.zeros_like(whole)
    return dataclasses.replace(
        article,
        offset=whole.astype(np.float32),
        offset_left=profile.side(0, _MIN_STRIPS_FOR_OFFSET, nothing).astype(np.float32),
        offset_right=profile.side(1, _MIN_STRIPS_FOR_OFFSET, nothing).astype(np.float32),
    )


def _with_calibration(
    article: ArticleStatistics,
    strips: Sequence[Strip],
    base: Base | None,
    quantiles: tuple[float, float],
) -> ArticleStatistics:
    taps = ("peaks_bright", "peaks_dark") + (("logit",) if base is not None else ())
    probe = Probe(build_graph(article, base, taps))
    peaks, logits = [], []
    cells = block_width(strips)
    for strip in strips:
        bright, dark, *logit = probe.run(strip.pixels, strip.cloth_px)
        rows = -(-strip.pixels.shape[0] // STRIDE_PX)
        both = np.concatenate([bright[0], dark[0]])[:, :rows]
        peaks.append(block_maxima(both, *strip.map_cloth, cells))
        if logit:
            logits.append(block_maxima(logit[0][0][:, :rows], *strip.map_cloth, cells))
    at, spread = usual_and_spread(np.concatenate(peaks), _LEAST_PEAK_SPREAD, quantiles)
    article = dataclasses.replace(article, peak_at=at, peak_spread=spread)
    if not logits:
        return article
    head_at, head_spread = usual_and_spread(np.concatenate(logits), _LEAST_HEAD_SPREAD, quantiles)
    return dataclasses.replace(article, head_at=float(head_at[0]), head_spread=float(head_spread[0]))


def _with_allowances(
    article: ArticleStatistics, strips: Sequence[Strip], base: Base | None
) -> ArticleStatistics:
    """What good edges reach above the usual highest score of the cloth between them.

    Edges wander and fray within a strip: where good pictures show it, a score counts only by what above that.
    """
    probe = Probe(build_graph(article, base))
    zone = article.allowance_left.size
    sides: tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]] = ([], [])
    inner = []
    for strip in strips:
        highest = probe.run(strip.pixels, strip.cloth_px)[0][0, 0].max(axis=0)
        first, behind = strip.cloth_px[0] // STRIDE_PX, strip.cloth_px[1] // STRIDE_PX
        if behind - first < 3 * zone:
            continue
        inner.append(float(highest[first + zone : behind - zone].max()))
        if strip.cloth_px[0] > 0:
            sides[0].append(highest[first : first + zone])
        if strip.cloth_px[1] < strip.columns:
            sides[1].append(highest[behind - zone : behind][::-1])
    if not inner:
        return article
    usual = float(np.median(inner))
    left, right = (_allowance(profiles, usual, zone) for profiles in sides)
    return dataclasses.replace(article, allowance_left=left, allowance_right=right)


def _allowance(profiles: list[NDArray[np.float32]], usual: float, zone: int) -> NDArray[np.float32]:
    if not profiles:
        return np.zeros(zone, np.float32)
    above = np.maximum(np.max(profiles, axis=0) - usual, 0.0) * _ALLOWANCE_GAIN
    reach = np.ones((1, 2 * _ALLOWANCE_CELLS + 1), np.uint8)
    return np.asarray(cv2.dilate(above[None].astype(np.float32), reach)[0], np.float32)
