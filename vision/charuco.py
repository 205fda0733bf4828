"""The ChArUco target: which board it is, and where its corners lie in a picture."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.images import to_channels
from vision.types import VisionError

DICTIONARY: Final = cv2.aruco.DICT_5X5_1000  # enough markers for a board as wide as a loom
MARKER_SHARE: Final = 0.75  # of a square; the rest is the white frame that the detector needs
MIN_SQUARE_PX: Final = 14.0  # a marker of 7 x 7 modules is read from about 1.5 px a module on
REFINE_SHARE: Final = 0.11  # of a square: the window around a corner must not reach the markers at 0.125


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSize:
    """A chessboard of `across` x `along` squares with a marker in every white one."""

    across: int
    along: int
    square_mm: float

    def __post_init__(self) -> None:
        """Refuse what can't be printed or told apart."""
        most = 2 * 1000  # every second square carries one of the dictionary's 1000 markers
        if not (self.across >= 3 and self.along >= 3 and self.across * self.along <= most):
            raise VisionError(
                f"target: {self.across} x {self.along} squares; give at least 3 a side and at most {most} "
                "in all"
            )
        if not 1 <= self.square_mm <= 500:
            raise VisionError(f"target: squares of {self.square_mm:g} mm; give 1 to 500 mm")

    @property
    def width_mm(self) -> float:
        """Size across."""
        return self.across * self.square_mm

    @property
    def height_mm(self) -> float:
        """Size along."""
        return self.along * self.square_mm


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corners:
    """Inner corners of a board as one picture shows them."""

    px: NDArray[np.float64]  # (n, 2) x, y in pixel edges' coordinates
    mm: NDArray[np.float64]  # (n, 2) the same corners on the board


def board_of(size: BoardSize) -> cv2.aruco.CharucoBoard:
    """Build OpenCV's board."""
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    return cv2.aruco.CharucoBoard(
        (size.across, size.along), size.square_mm, size.square_mm * MARKER_SHARE, dictionary
    )


def find_corners(
    pixels: NDArray[np.uint8], size: BoardSize, *, name: str, joints: tuple[int, ...] = ()
) -> Corners:
    """Find the board's corners to a part of a pixel.

    Args:
        pixels: the picture.
        size: the board.
        name: of the picture, for errors.
        joints: first columns of further cameras in the same picture; what two of them see is found twice.

    Raises:
        VisionError: too little of the board is seen; the message says how much.
    """
    grey = to_channels(pixels, 1)
    edges = (0, *joints, grey.shape[1])
    px, numbers = [], []
    for first, behind in zip(edges, edges[1:], strict=False):
        part_px, part_numbers = _seen(np.ascontiguousarray(grey[:, first:behind]), size)
        px.append(part_px + np.array([first, 0.0]))
        numbers.append(part_numbers)
    ids = np.concatenate(numbers)
    least = max(6, (size.across - 1) * (size.along - 1) // 4)
    if len(ids) < least:
        raise VisionError(
            f"{name}: {len(ids)} of the target's {(size.across - 1) * (size.along - 1)} corners are seen, at "
            f"least {least} are needed; check the squares' numbers, light and focus, and that a square is at "
            f"least {MIN_SQUARE_PX:.0f} px wide"
        )
    across, along = ids % (size.across - 1) + 1, ids // (size.across - 1) + 1
    mm = np.stack([across, along], axis=1).astype(np.float64) * size.square_mm
    return Corners(px=np.concatenate(px) + 0.5, mm=mm)  # OpenCV counts from pixel centres


def _seen(grey: NDArray[np.uint8], size: BoardSize) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Corners (n, 2) by OpenCV's count, and their numbers (n,)."""
    parameters = cv2.aruco.DetectorParameters()
    # The default leaves out markers below 3 % of the picture's larger side: on a wide web all of them are.
    parameters.minMarkerPerimeterRate = 4 * 0.5 * MIN_SQUARE_PX / max(grey.shape)
    one_is_enough = cv2.aruco.CharucoParameters()
    one_is_enough.minMarkers = 1  # at the picture's border a corner has one whole marker beside it
    detector = cv2.aruco.CharucoDetector(board_of(size), one_is_enough, parameters)
    found, ids, _, _ = detector.detectBoard(grey)
    if found is None or ids is None or len(ids) < 2:
        return np.empty((0, 2)), np.empty(0, np.int64)
    px = _refined(grey, np.asarray(found, np.float32).reshape(-1, 1, 2), size)
    return px, np.asarray(ids, np.int64).ravel()


def _refined(grey: NDArray[np.uint8], found: NDArray[np.float32], size: BoardSize) -> NDArray[np.float64]:
    """Refine corners in a window that holds no other corner."""
    points = found.reshape(-1, 2).astype(np.float64)
    gaps = np.sort(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)), axis=1)[:, 1]
    window = int(np.clip(REFINE_SHARE * float(np.median(gaps)), 2, 15))
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 50, 1e-4)
    refined = cv2.cornerSubPix(grey, found.copy(), (window, window), (-1, -1), stop)
    return np.asarray(refined, np.float64).reshape(-1, 2)
