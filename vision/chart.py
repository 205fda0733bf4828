"""A 24-patch colour chart: its published colours, and where its patches lie in a picture."""

import csv
import io
from dataclasses import dataclass
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.colour import xyz_of_lab
from vision.types import VisionError

ACROSS: Final = 6
DOWN: Final = 4
# X-Rite, "Colorimetric values for ColorChecker family of targets", charts made since November 2014: L*a*b*
# under D50 for the 2° observer, M0. As carried by colour-science 0.4.6 (BSD-3-Clause); the sheet itself was
# not at hand.
PUBLISHED: Final = "colorchecker24_after_2014.csv"
SAMPLED_SHARE: Final = 0.5  # of a patch's side: its border is left out
_LEAST_PATCHES: Final = 12  # of 24 seen as squares; the others follow from the grid
_THRESHOLDS: Final = 20
_LONGEST_SIDE_PX: Final = 1600  # squares are looked for in a picture made no larger


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChartReference:
    """What a chart's patches are, row by row from the dark skin to the black."""

    names: tuple[str, ...]
    lab: NDArray[np.float64]  # (24, 3) L*a*b*, D50, 2° observer
    neutral: NDArray[np.bool_]  # (24,) the grey row


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChartReading:
    """A chart found in a picture."""

    centres_px: NDArray[np.float64]  # (24, 2)
    side_px: float
    bgr: NDArray[np.float64]  # (24, 3) mean colour of each patch, 0-255
    spread: NDArray[np.float64]  # (24,) standard deviation inside each patch, highest channel


def load_reference(path: Path | None = None) -> ChartReference:
    """Read a chart's certificate; without a path the published values of charts made since November 2014.

    Raises:
        VisionError: it isn't a table patch, lab_l, lab_a, lab_b, neutral of 24 rows.
    """
    try:
        text = (path or files("vision") / PUBLISHED).read_text(encoding="utf-8")
        rows = list(csv.DictReader(io.StringIO(text)))
        lab = np.array([[float(row[key]) for key in ("lab_l", "lab_a", "lab_b")] for row in rows])
        neutral = np.array([row["neutral"] == "1" for row in rows], np.bool_)
        names = tuple(row["patch"] for row in rows)
    except (OSError, ValueError, KeyError) as error:
        raise VisionError(
            f"{path or PUBLISHED}: not a chart's values ({error}); see docs/calibration.md"
        ) from error
    if lab.shape != (ACROSS * DOWN, 3) or neutral.sum() < 4:
        raise VisionError(
            f"{path or PUBLISHED}: {len(lab)} patches, {int(neutral.sum())} of them neutral; a chart has 24 "
            "with at "
            "least 4 neutral ones"
        )
    return ChartReference(names=names, lab=lab, neutral=neutral)


def read_chart(pixels: NDArray[np.uint8], chart: ChartReference) -> ChartReading:
    """Find the chart, whichever way up it lies, and measure its patches.

    Raises:
        VisionError: it is no colour picture, or the chart isn't found.
    """
    if pixels.ndim != 3:
        raise VisionError("colour chart: the picture is grey; colour needs a colour camera")
    squares, side = find_squares(pixels)
    cells = _number(squares, side)
    grid, found = np.array(list(cells)), np.array([squares[index] for index in cells.values()])
    best: tuple[float, NDArray[np.float64]] | None = None
    wanted = np.cbrt(xyz_of_lab(chart.lab))
    for centres in _placements(grid, found, pixels.shape):
        fit = _disagreement(_sampled(pixels, centres, side)[0], wanted)
        if best is None or fit < best[0]:
            best = fit, centres
    if best is None:
        raise VisionError(
            f"colour chart: {len(cells)} squares are seen that don't fit its 6 x 4 patches; show all of the "
            "chart, "
            "flat and filling a third of the picture or more"
        )
    bgr, spread = _sampled(pixels, best[1], side)
    return ChartReading(centres_px=best[1], side_px=side, bgr=bgr, spread=spread)


def find_squares(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float64], float]:
    """Return the centres (n, 2) of squares of one size, and their side in px.

    Raises:
        VisionError: there are too few.
    """
    shrink = min(1.0, _LONGEST_SIDE_PX / max(pixels.shape[:2]))
    small = cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    small = cv2.medianBlur(small, 3)
    seen = [square for channel in cv2.split(small) for square in _squares_of(np.asarray(channel, np.uint8))]
    if not seen:
        raise VisionError("colour chart: no square is seen; show the chart flat, lit and in focus")
    table = np.array(seen)
    merged = _merged(table)
    side = _commonest(merged[:, 2])
    kept = merged[np.abs(merged[:, 2] / side - 1) < 0.25]
    if len(kept) < _LEAST_PATCHES:
        raise VisionError(
            f"colour chart: {len(kept)} of its patches are seen as squares, at least {_LEAST_PATCHES} are "
            "needed; "
            "show the chart flat, lit evenly and in focus"
        )
    return kept[:, :2] / shrink, side / shrink


def _squares_of(channel: NDArray[np.uint8]) -> list[tuple[float, float, float]]:
    """Centres and sides of the squares that any threshold shows."""
    squares = []
    least, most = (channel.size * share for share in (0.0003, 0.04))
    levels = np.unique(np.percentile(channel, np.linspace(2, 98, _THRESHOLDS)).astype(np.int64))
    for level in levels:
        for inverse in (cv2.THRESH_BINARY, cv2.THRESH_BINARY_INV):
            mask = cv2.threshold(channel, int(level), 255, inverse)[1]
            for contour in cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]:
                area = cv2.contourArea(contour)
                if not least < area < most:
                    continue
                corners = cv2.approxPolyDP(contour, 0.06 * cv2.arcLength(contour, True), True)
                (x, y), sides, _ = cv2.minAreaRect(contour)
                if len(corners) == 4 and min(sides) > 0.75 * max(sides) and area > 0.85 * sides[0] * sides[1]:
                    squares.append((x + 0.5, y + 0.5, float(np.sqrt(area))))
    return squares


def _merged(seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """One square for all that lie on each other: the median of those seen."""
    left, merged = seen, []
    while len(left):
        near = np.hypot(*(left[:, :2] - left[0, :2]).T) < 0.3 * left[0, 2]
        merged.append(np.median(left[near], axis=0))
        left = left[~near]
    return np.array(merged)


def _commonest(sides: NDArray[np.float64]) -> float:
    """The side that most squares have, within a tenth."""
    votes = (np.abs(sides[:, None] / sides[None] - 1) < 0.12).sum(axis=1)
    near = np.abs(sides / sides[votes.argmax()] - 1) < 0.12
    return float(np.median(sides[near]))


def _number(squares: NDArray[np.float64], side: float) -> dict[tuple[int, int], int]:
    """Give neighbouring squares whole coordinates, walking from one to the next; the largest group counts."""
    gaps = squares[None] - squares[:, None]
    far = np.hypot(gaps[..., 0], gaps[..., 1])
    steps = gaps[(far > side) & (far < 1.45 * side)]
    if not len(steps):
        raise VisionError("colour chart: its squares don't stand in a row; show the chart flat")
    angle = np.arctan2(steps[:, 1], steps[:, 0])
    turn = float(np.angle(np.mean(np.exp(4j * angle)))) / 4  # a square grid looks alike every quarter turn
    pitch = float(np.median(np.hypot(*steps.T)))
    along = pitch * np.array([np.cos(turn), np.sin(turn)])
    down = pitch * np.array([-np.sin(turn), np.cos(turn)])
    moves = {(1, 0): along, (-1, 0): -along, (0, 1): down, (0, -1): -down}
    groups: list[dict[tuple[int, int], int]] = []
    left = set(range(len(squares)))
    while left:
        group, queue = {}, [((0, 0), min(left))]
        while queue:
            cell, index = queue.pop()
            if index not in left or cell in group:
                continue
            left.discard(index)
            group[cell] = index
            for (dx, dy), move in moves.items():
                off = np.hypot(*(squares - squares[index] - move).T)
                if off.min() < 0.3 * side:
                    queue.append(((cell[0] + dx, cell[1] + dy), int(off.argmin())))
        groups.append(group)
    return max(groups, key=len)


def _placements(
    grid: NDArray[np.int64], found: NDArray[np.float64], shape: tuple[int, ...]
) -> list[NDArray[np.float64]]:
    """Every way to lay the chart's 6 x 4 patches (24, 2) over the numbered squares."""
    if len(grid) < _LEAST_PATCHES:
        return []
    homography, _ = cv2.findHomography(grid.astype(np.float64), found, cv2.RANSAC, 0.2 * _pitch(grid, found))
    if homography is None:
        return []
    placements = []
    low, high = grid.min(axis=0), grid.max(axis=0)
    for quarter in range(4):
        wide = (ACROSS, DOWN) if quarter % 2 == 0 else (DOWN, ACROSS)
        spare = [wide[axis] - 1 - int(high[axis] - low[axis]) for axis in (0, 1)]
        if min(spare) < 0:
            continue
        for shift_x, shift_y in product(range(spare[0] + 1), range(spare[1] + 1)):
            cells = _turned(quarter) + low - np.array([shift_x, shift_y])
            centres = cv2.perspectiveTransform(cells[None].astype(np.float64), homography)[0]
            if (centres > 0).all() and (centres < np.array(shape[1::-1])).all():
                placements.append(np.asarray(centres, np.float64))
    return placements


def _pitch(grid: NDArray[np.int64], found: NDArray[np.float64]) -> float:
    spans = np.ptp(found, axis=0).max() / max(1, int(np.ptp(grid, axis=0).max()))
    return float(spans)


def _turned(quarter: int) -> NDArray[np.int64]:
    """Cells of the patches in the chart's order when the chart lies turned by quarters of a circle."""
    column, row = np.meshgrid(np.arange(ACROSS), np.arange(DOWN))
    x, y = column.ravel(), row.ravel()
    for _ in range(quarter):
        x, y = y.max() - y, x
    return np.stack([x, y], axis=1)


def _sampled(
    pixels: NDArray[np.uint8], centres: NDArray[np.float64], side: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean colour (n, 3) and spread (n,) of the middle of each patch; outliers such as dust are left out."""
    half = max(1, round(SAMPLED_SHARE * side / 2))
    means, spreads = [], []
    for x, y in centres:
        x0, y0 = max(0, int(x) - half), max(0, int(y) - half)
        part = pixels[y0 : int(y) + half + 1, x0 : int(x) + half + 1].reshape(-1, 3).astype(np.float64)
        low, high = np.percentile(part, [5, 95], axis=0)
        inside = ((part >= low) & (part <= high)).all(axis=1)
        means.append(part[inside].mean(axis=0) if inside.any() else part.mean(axis=0))
        spreads.append(float(part.std(axis=0).max()))
    return np.array(means), np.array(spreads)


def _disagreement(bgr: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    """How badly a linear map takes these colours to the chart's: least where each patch is the right one."""
    terms = np.column_stack([np.cbrt(bgr / 255), np.ones(len(bgr))])
    solved, *_ = np.linalg.lstsq(terms, wanted, rcond=None)
    return float(np.abs(terms @ solved - wanted).mean())
