"""Statistics of an article from strips of good material: filters, levels, fixed pattern, calibration."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.article import (
    BORDER_CELLS,
    STRIDE_PX,
    ArticleStatistics,
    BankStatistics,
    blank_bank,
    blank_statistics,
)
from vision.banks import BANKS, Bank
from vision.base import Base
from vision.extremes import TAIL, block_maxima, usual_and_spread
from vision.graph import build_graph
from vision.inference import Probe
from vision.profile import Profile
from vision.strip import Strip, block_width
from vision.templates import matched_filters

PATCHES: Final = 36_000  # for the covariance, over all strips
_LEAST_LEVEL: Final = 0.05  # of a response's spread; flat or synthetic pictures have none of their own
_LEAST_PEAK_SPREAD: Final = 0.05
_LEAST_HEAD_SPREAD: Final = 0.1
_CLIP: Final = 3.0  # responses beyond three levels don't count: an unlabelled flaw mustn't teach
_SMOOTH_PX: Final = 34  # columns over which a column's level is averaged
_EDGE_SMOOTH_PX: Final = 10
_LEAST_PATCHES: Final = 128  # fewer say nothing about 64 pixels: pictures too small for a bank's cells
_BORDER_RANGE: Final = (0.7, 2.0)
_NEVER: Final = 1e3  # block maximum of filters that aren't there: they never count
_MIN_STRIPS_FOR_OFFSET: Final = 3  # a fixed pattern shows only in the mean of several pictures
_ALLOWANCE_GAIN: Final = 1.3  # the next picture's edge may reach higher than those that were learnt
_ALLOWANCE_CELLS: Final = 3  # and may wander so many map cells further


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
        article = _with_astray(_with_offsets(article, strips), strips)
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


def _tapped(
    article: ArticleStatistics, strips: Sequence[Strip], tap: str
) -> Iterator[tuple[Strip, tuple[NDArray[np.float32], ...]]]:
    """Each strip with one tap (K, rows, columns) of every bank, padding rows cut off."""
    probe = Probe(build_graph(article, None, tuple(f"{bank.name}_{tap}" for bank in BANKS)))
    for strip in strips:
        values = probe.run(strip.pixels, strip.cloth_px)
        rows = [max(strip.pixels.shape[0] // bank.row_px, 1) for bank in BANKS]
        yield strip, tuple(value[0][:, :high] for value, high in zip(values, rows, strict=True))


def _profiles(article: ArticleStatistics) -> list[Profile]:
    return [Profile(len(each.filters), article.columns, each.bank) for each in article.banks]


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


def _bank_levels(statistics: BankStatistics, profile: Profile, usual: NDArray[np.float64]) -> BankStatistics:
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


def _with_astray(article: ArticleStatistics, strips: Sequence[Strip]) -> ArticleStatistics:
    """How far column means of good pictures that were not learnt would stray from those learnt."""
    found: list[list[NDArray[np.float32]]] = [[] for _ in BANKS]
    for _, sizes in _tapped(article, strips, "astray"):
        for size, each in zip(sizes, found, strict=True):
            each.append(size[:, 0, 0])
    # A learnt picture differs from the mean of n by sqrt(1 - 1/n) of its noise, another by sqrt(1 + 1/n).
    unseen = np.sqrt((len(strips) + 1) / (len(strips) - 1))
    usual = [(np.max(each, axis=0) * unseen).astype(np.float32) for each in found]
    banks = [dataclasses.replace(each, astray=size) for each, size in zip(article.banks, usual, strict=True)]
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
    borders: dict[str, list[NDArray[np.float32]]] = {bank.name: [] for bank in scored}
    logits, cells = [], block_width(strips)
    for strip in strips:
        values = probe.run(strip.pixels, strip.cloth_px)
        for number, bank in enumerate(scored):
            both = _in_map_cells(np.concatenate(values[2 * number : 2 * number + 2], axis=1)[0], bank, strip)
            border, even = _evened(both, strip)
            borders[bank.name].append(border)
            peaks[bank.name].append(block_maxima(even, *strip.map_cloth, cells))
        if base is not None:
            logits.append(block_maxima(_in_map_cells(values[-1][0], None, strip), *strip.map_cloth, cells))
    banks = [
        _calibrated(each, peaks[each.bank.name], borders[each.bank.name], quantiles)
        if each.bank.is_scored
        else each
        for each in article.banks
    ]
    article = dataclasses.replace(article, banks=tuple(banks))
    if not logits:
        return article
    head_at, head_spread = usual_and_spread(np.concatenate(logits), _LEAST_HEAD_SPREAD, quantiles)
    return dataclasses.replace(article, head_at=float(head_at[0]), head_spread=float(head_spread[0]))


def _evened(peaks: NDArray[np.float32], strip: Strip) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Size of peaks (K, rows, columns) at the first and last rows, (K, BORDER_CELLS), and peaks less that.

    Beside a frame's border filters see its mirror image, which is more regular than cloth: they answer more.
    """
    first, behind = strip.map_cloth
    high = peaks.shape[1]
    size = np.maximum(peaks[:, :, first:behind], 0.0).mean(axis=2)
    border = np.ones((len(peaks), BORDER_CELLS), np.float32)
    if high >= 4 * BORDER_CELLS:
        inside = np.maximum(size[:, BORDER_CELLS:-BORDER_CELLS].mean(axis=1, keepdims=True), 1e-6)
        border = (size[:, :BORDER_CELLS] + size[:, : -BORDER_CELLS - 1 : -1]) / (2 * inside)
    border = np.clip(border, *_BORDER_RANGE).astype(np.float32)
    distance = np.minimum(np.arange(high), np.arange(high)[::-1])
    usual = np.concatenate([border, np.ones((len(peaks), 1), np.float32)], axis=1)
    return border, peaks / usual[:, np.minimum(distance, BORDER_CELLS), None]


def _calibrated(
    statistics: BankStatistics,
    maxima: Sequence[NDArray[np.float32]],
    borders: Sequence[NDArray[np.float32]],
    quantiles: tuple[float, float],
) -> BankStatistics:
    at, spread = usual_and_spread(np.concatenate(maxima), _LEAST_PEAK_SPREAD, quantiles)
    if not statistics.filters.any():
        at = np.full_like(at, _NEVER)
    border = np.asarray(np.mean(borders, axis=0), np.float32)
    return dataclasses.replace(statistics, peak_at=at, peak_spread=spread, border=border)


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
