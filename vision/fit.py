"""Statistics of an article from strips of good material: filters, levels, fixed pattern, calibration."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.article import (
    STRIDE_PX,
    ArticleStatistics,
    BankStatistics,
    blank_bank,
    blank_statistics,
    edge_zone,
    padded_px,
)
from vision.banks import BANKS, Bank
from vision.base import Base
from vision.edges import judged_columns
from vision.extremes import TAIL, block_cells, block_maxima, usual_and_spread
from vision.graph import build_graph
from vision.inference import Probe
from vision.templates import FILTER_PX, matched_filters

PATCHES: Final = 36_000  # for the covariance, over all strips
_LEAST_LEVEL: Final = 0.05  # of a response's spread; flat or synthetic pictures have none of their own
_LEAST_PEAK_SPREAD: Final = 0.05
_LEAST_HEAD_SPREAD: Final = 0.1
_CLIP: Final = 3.0  # responses beyond three levels don't count: an unlabelled flaw mustn't teach
_SMOOTH_PX: Final = 34  # columns over which a column's level is averaged
_EDGE_SMOOTH_PX: Final = 10
_LEAST_PATCHES: Final = 128  # fewer say nothing about 64 pixels: pictures too small for a bank's cells
_NEVER: Final = 1e3  # block maximum of filters that aren't there: they never count
_MIN_STRIPS_FOR_OFFSET: Final = 3  # a fixed pattern shows only in the mean of several pictures
_ALLOWANCE_GAIN: Final = 1.3  # the next picture's edge may reach higher than those that were learnt
_ALLOWANCE_CELLS: Final = 3  # and may wander so many map cells further


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


def fit(
    strips: Sequence[Strip], base: Base | None, quantiles: tuple[float, float] = TAIL
) -> ArticleStatistics:
    """Learn everything that the graph carries, pass by pass, each on the graph built so far.

    `quantiles` of block maxima say what is usual: BODY where good material holds specks.
    """
    article = blank_statistics(strips[0].columns, strips[0].channels)
    banks = [_with_filters(bank, strips, number) for number, bank in enumerate(article.banks)]
    article = dataclasses.replace(article, banks=tuple(banks))
    article = _with_levels(article, strips)
    if len(strips) >= _MIN_STRIPS_FOR_OFFSET:
        article = _with_offsets(article, strips)
    article = _with_calibration(article, strips, base, quantiles)
    return _with_allowances(article, strips, base)


def _with_filters(blank: BankStatistics, strips: Sequence[Strip], number: int) -> BankStatistics:
    """Match a bank's filters to good cloth; too few patches leave filters that answer 0."""
    moments = [strip.moments[number] for strip in strips]
    count = sum(each.count for each in moments)
    if count < _LEAST_PATCHES:
        return blank
    mean = sum(each.total for each in moments) / count
    covariance = sum(each.products for each in moments) / count - np.outer(mean, mean)
    filters = matched_filters(covariance, blank.bank.templates(strips[0].channels))
    return blank_bank(blank.bank, strips[0].columns, filters)


class _Profile:
    """Mean of column profiles: by camera column away from edges, by distance beside them."""

    def __init__(self, kinds: int, columns: int, bank: Bank) -> None:
        self._cell_px = bank.column_px
        self._zone = edge_zone(columns, bank.column_px)
        wide = padded_px(columns) // bank.column_px
        self._sum, self._count = np.zeros((kinds, wide)), np.zeros(wide)
        self._sides = [(np.zeros((kinds, self._zone)), [0]) for _ in range(2)]

    def add(self, values: NDArray[np.float64], strip: Strip) -> None:
        first, behind = strip.cells(self._cell_px)
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


def _tapped(
    article: ArticleStatistics, strips: Sequence[Strip], tap: str
) -> Iterator[tuple[Strip, tuple[NDArray[np.float32], ...]]]:
    """Each strip with one tap (K, rows, columns) of every bank, padding rows cut off."""
    probe = Probe(build_graph(article, None, tuple(f"{bank.name}_{tap}" for bank in BANKS)))
    for strip in strips:
        values = probe.run(strip.pixels, strip.cloth_px)
        rows = [max(strip.pixels.shape[0] // bank.row_px, 1) for bank in BANKS]
        yield strip, tuple(value[0][:, :high] for value, high in zip(values, rows, strict=True))


def _profiles(article: ArticleStatistics) -> list[_Profile]:
    return [_Profile(len(each.filters), article.columns, each.bank) for each in article.banks]


def _with_levels(article: ArticleStatistics, strips: Sequence[Strip]) -> ArticleStatistics:
    """Mean |response| of every column; each picture's own contrast is taken out before averaging."""
    profiles = _profiles(article)
    contrasts: list[list[NDArray[np.float64]]] = [[] for _ in BANKS]
    for strip, responses in _tapped(article, strips, "response"):
        for bank, response, profile, contrast in zip(BANKS, responses, profiles, contrasts, strict=True):
            size = np.abs(response)
            mean = size.mean(axis=1)
            mean = np.minimum(size, _CLIP * mean[:, None]).mean(axis=1).astype(np.float64)
            first, behind = strip.cells(bank.column_px)
            own = np.maximum(mean[:, first:behind].mean(axis=1), 1e-6)
            contrast.append(own)
            profile.add(mean / own[:, None], strip)
    banks = [
        _bank_levels(each, profile, np.median(contrast, axis=0)[:, None])
        for each, profile, contrast in zip(article.banks, profiles, contrasts, strict=True)
    ]
    return dataclasses.replace(article, banks=tuple(banks))


def _bank_levels(statistics: BankStatistics, profile: _Profile, usual: NDArray[np.float64]) -> BankStatistics:
    cell_px = statistics.bank.column_px
    whole = _smoothed(profile.whole(1, None), _SMOOTH_PX // cell_px)
    left, right = (_smoothed(profile.side(side, 1, whole), _EDGE_SMOOTH_PX // cell_px) for side in (0, 1))
    return dataclasses.replace(
        statistics,
        level=_at_least(whole * usual),
        level_left=_at_least(left * usual),
        level_right=_at_least(right * usual),
    )


def _smoothed(values: NDArray[np.float64], columns: int) -> NDArray[np.float64]:
    width = columns // 2 * 2 + 1
    return np.asarray(cv2.blur(values, (width, 1), borderType=cv2.BORDER_REFLECT), np.float64)


def _at_least(level: NDArray[np.float64]) -> NDArray[np.float32]:
    # 1.2533 turns the mean size of a normal variable into its standard deviation.
    return np.maximum(level * 1.2533, _LEAST_LEVEL).astype(np.float32)


def _with_offsets(article: ArticleStatistics, strips: Sequence[Strip]) -> ArticleStatistics:
    profiles = _profiles(article)
    for strip, normals in _tapped(article, strips, "normal"):
        for normal, profile in zip(normals, profiles, strict=True):
            profile.add(np.clip(normal, -_CLIP, _CLIP).mean(axis=1).astype(np.float64), strip)
    banks = []
    for statistics, profile in zip(article.banks, profiles, strict=True):
        whole = profile.whole(_MIN_STRIPS_FOR_OFFSET, 0.0)
        left, right = (profile.side(side, _MIN_STRIPS_FOR_OFFSET, np.zeros_like(whole)) for side in (0, 1))
        banks.append(
            dataclasses.replace(
                statistics,
                offset=whole.astype(np.float32),
                offset_left=left.astype(np.float32),
                offset_right=right.astype(np.float32),
            )
        )
    return dataclasses.replace(article, banks=tuple(banks))


def _with_calibration(
    article: ArticleStatistics,
    strips: Sequence[Strip],
    base: Base | None,
    quantiles: tuple[float, float],
) -> ArticleStatistics:
    scored = [bank for bank in BANKS if bank.is_scored]
    taps = tuple(f"{bank.name}_{side}" for bank in scored for side in ("bright", "dark"))
    probe = Probe(build_graph(article, base, taps + (("logit",) if base is not None else ())))
    peaks: dict[str, list[NDArray[np.float32]]] = {bank.name: [] for bank in scored}
    logits, cells = [], block_width(strips)
    for strip in strips:
        values = probe.run(strip.pixels, strip.cloth_px)
        for number, bank in enumerate(scored):
            both = _in_map_cells(np.concatenate(values[2 * number : 2 * number + 2], axis=1)[0], bank, strip)
            peaks[bank.name].append(block_maxima(both, *strip.map_cloth, cells))
        if base is not None:
            logits.append(block_maxima(_in_map_cells(values[-1][0], None, strip), *strip.map_cloth, cells))
    banks = [
        _calibrated(each, peaks[each.bank.name], quantiles) if each.bank.is_scored else each
        for each in article.banks
    ]
    article = dataclasses.replace(article, banks=tuple(banks))
    if not logits:
        return article
    head_at, head_spread = usual_and_spread(np.concatenate(logits), _LEAST_HEAD_SPREAD, quantiles)
    return dataclasses.replace(article, head_at=float(head_at[0]), head_spread=float(head_spread[0]))


def _calibrated(
    statistics: BankStatistics, maxima: Sequence[NDArray[np.float32]], quantiles: tuple[float, float]
) -> BankStatistics:
    at, spread = usual_and_spread(np.concatenate(maxima), _LEAST_PEAK_SPREAD, quantiles)
    if not statistics.filters.any():
        at = np.full_like(at, _NEVER)
    return dataclasses.replace(statistics, peak_at=at, peak_spread=spread)


def _in_map_cells(values: NDArray[np.float32], bank: Bank | None, strip: Strip) -> NDArray[np.float32]:
    """Pooled peaks (K, rows, columns) repeated to the map's cells, padding rows cut off."""
    if bank is not None:
        for axis, size_px in ((1, bank.row_px), (2, bank.column_px)):
            values = np.repeat(values, max(size_px // STRIDE_PX, 1), axis=axis)
    return values[:, : -(-strip.pixels.shape[0] // STRIDE_PX)]


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
