"""Where the material begins and ends across a picture, and which of its columns are judged.

Weave shows as horizontal grey steps in every row; a table, a roller or a white background shows few. An edge
is where that energy rises for good, seen from the picture's border, searched over the full width.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.images import to_channels

EDGE_GUARD_PX: Final = 16  # frayed ends and slanted edges: columns beside a found edge that are not judged
_ROW_STEP: Final = 4  # every fourth row is looked at: edges cost little time
_SATURATED: Final = 254  # grey value of an over-exposed background
_WINDOW_PX: Final = 64  # energy is compared over this width on both sides of a candidate
_MIN_OUTSIDE_PX: Final = 12  # narrower strips at the border are lens or sensor, not background
_RISE: Final = 1.45  # cloth has at least this many times the background's energy
_OUTSIDE_SHARE: Final = 0.85  # energy anywhere outside, as a share of the cloth's weakest
_WANDER_PX: Final = 24  # edges are followed inwards so far; what is cut deeper is a flaw and stays material
_NEAR_PX: Final = 16
_BAND_ROWS: Final = 48
_PEAK_PX: Final = 24  # candidates nearer than this are the same step
_NOISE: Final = 0.5  # grey levels; energy below it is sensor noise or compression


def find_edges(pixels: NDArray[np.uint8]) -> tuple[int, int]:
    """Return the material's first column and the column behind its last one; (0, columns) without an edge."""
    grey = to_channels(pixels, 1)
    columns = grey.shape[1]
    few = np.ascontiguousarray(grey[::_ROW_STEP])
    over = cv2.threshold(few, _SATURATED - 1, 1, cv2.THRESH_BINARY)[1]
    white = cv2.reduce(over, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0].astype(np.float64)
    energy = _weave_energy(few)
    left = _edge(few, energy, white)
    right = _edge(few[:, ::-1], energy[::-1], white[::-1])
    if left + right > columns - 2 * _WINDOW_PX:  # nothing that looks like material in between
        return 0, columns
    return left, columns - right


def judged_columns(cloth_px: tuple[int, int], columns: int) -> tuple[int, int]:
    """Return the columns that are scored: the material less the guard at each edge that was found."""
    first, behind = cloth_px
    first = first + EDGE_GUARD_PX if first > 0 else 0
    behind = behind - EDGE_GUARD_PX if behind < columns else columns
    return first, max(first, behind)


def _weave_energy(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean horizontal grey step of each column, outliers clipped so that a bright thread doesn't count."""
    smooth = cv2.blur(grey, (3, 1))  # sensor noise goes, threads stay
    step = cv2.absdiff(smooth[:, 3:], smooth[:, :-3])
    ceiling = 3.0 * cv2.reduce(step, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F) + 3.0
    clipped = np.minimum(step, ceiling.astype(np.uint8))
    energy = cv2.reduce(clipped, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0]
    return np.pad(energy, (1, 2), mode="edge").astype(np.float64)


def _edge(grey: NDArray[np.uint8], energy: NDArray[np.float64], white: NDArray[np.float64]) -> int:
    """Columns of background at the left border, up to the innermost place where the edge wanders to."""
    return max(_white_edge(white), _innermost(grey, _energy_edge(energy)))


def _white_edge(white: NDArray[np.float64]) -> int:
    """Width of an over-exposed background at the border."""
    if white[:_MIN_OUTSIDE_PX].mean() < 0.5:
        return 0
    cloth = np.flatnonzero(white < 0.5)
    if cloth.size == 0:
        return 0
    first = int(cloth[0])
    frayed = np.flatnonzero(white[first : first + _WANDER_PX] > 0.02)
    return first + (int(frayed[-1]) + 1 if frayed.size else 0)


def _innermost(grey: NDArray[np.uint8], edge: int) -> int:
    """Move an edge inwards to where the last of several bands of rows begins; a deep cut stays outside."""
    if edge == 0:
        return 0
    first, behind = max(edge - _WANDER_PX, 0), min(edge + _WANDER_PX + 2 * _NEAR_PX, grey.shape[1])
    places = []
    for band in np.array_split(grey[:, first:behind], max(grey.shape[0] * _ROW_STEP // _BAND_ROWS, 1)):
        total = np.concatenate([[0.0], np.cumsum(_weave_energy(band))])
        at = np.arange(_NEAR_PX, behind - first - _NEAR_PX)
        outside, inside = total[at] - total[at - _NEAR_PX], total[at + _NEAR_PX] - total[at]
        places.append(first + int(at[((inside + _NOISE) / (outside + _NOISE)).argmax()]))
    return int(np.clip(max(places), edge, edge + _WANDER_PX))


def _energy_edge(energy: NDArray[np.float64]) -> int:
    """Width of the background at the border by the sharpest lasting rise of weave energy; 0 if none."""
    last = energy.size - _WINDOW_PX
    if last <= _MIN_OUTSIDE_PX:
        return 0
    total = np.concatenate([[0.0], np.cumsum(energy)])
    at = np.arange(_MIN_OUTSIDE_PX, last)
    begin = np.maximum(at - _WINDOW_PX, 0)
    outside = (total[at] - total[begin]) / (at - begin)
    inside = (total[at + _WINDOW_PX] - total[at]) / _WINDOW_PX
    rise = (inside + _NOISE) / (outside + _NOISE)
    while rise.max() > _RISE:
        best = int(rise.argmax())
        if _is_lasting(energy, int(at[best])):
            return int(at[best])
        rise[max(best - _PEAK_PX, 0) : best + _PEAK_PX] = 0.0
    return 0


def _is_lasting(energy: NDArray[np.float64], at: int) -> bool:
    """Whether the whole outside is weaker than the whole material up to the picture's middle."""
    smooth = cv2.blur(energy[None], (_WINDOW_PX // 2 + 1, 1))[0]
    inside = smooth[at + _WINDOW_PX // 4 : max(energy.size // 2, at + _WINDOW_PX)]
    outside = smooth[: max(at - _WINDOW_PX // 4, 1)]
    strongest, weakest = np.percentile(outside, 80), np.percentile(inside, 5)
    return bool(strongest + _NOISE <= _OUTSIDE_SHARE * (weakest + _NOISE))
