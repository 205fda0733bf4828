"""Foreign matter of the third generator: crumpled film, worms of discs, bitten ovals, soft spots."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.planting import Footprint
from vision.taxonomy import DefectKind

FINE: Final = 3  # shapes are drawn so many times larger and shrunk
Shape = Callable[[np.random.Generator, int, int], NDArray[np.float32]]  # cover (rows, columns), 0-1


@dataclass(frozen=True, slots=True, kw_only=True)
class CardedLook:
    """One kind: its shape, colours between two ends, length over width, light in the extra channels."""

    shape: Shape
    colours: tuple[tuple[tuple[float, float, float], tuple[float, float, float]], ...]  # BGR, from … to
    slim: tuple[float, float]
    uv: tuple[float, float]
    polarised: tuple[float, float]
    see_through: float = 0.0  # share of the lint that shows through


def _film(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
    """A chain of quadrangles, each turned a little against the last: film that was crumpled."""
    canvas = np.zeros((rows * FINE, columns * FINE), np.uint8)
    for at, half in zip(*_chain(rng, rows, columns, 4), strict=True):
        turn = rng.uniform(0, np.pi)
        corners = at + half * rng.uniform(0.6, 1.25, (4, 1)) * np.stack(
            [np.cos(turn + np.arange(4) * np.pi / 2), np.sin(turn + np.arange(4) * np.pi / 2)], axis=1
        )
        cv2.fillPoly(canvas, [np.round(corners * FINE).astype(np.int32)], int(rng.integers(200, 256)))
    return _shrunk(canvas, rows, columns)


def _worm(thick_share: float) -> Shape:
    def shape(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
        """Discs along a walk: a thread whose width changes."""
        canvas = np.zeros((rows * FINE, columns * FINE), np.uint8)
        thick = max(0.45, thick_share * min(rows, columns)) / 2
        places, _ = _chain(rng, rows, columns, 60)
        for number, at in enumerate(places):
            radius = thick * (1 + 0.35 * np.sin(number / 7 + 1))
            centre = tuple(int(value) for value in np.round(at * FINE))
            cv2.circle(canvas, centre, max(1, round(radius * FINE)), 255, -1)
        return _shrunk(canvas, rows, columns)

    return shape


def _bitten(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
    """An oval with bites."""
    y, x = np.mgrid[-1 : 1 : rows * FINE * 1j, -1 : 1 : columns * FINE * 1j]
    power = rng.uniform(1.6, 3.0)
    oval = np.abs(x / 0.95) ** power + np.abs(y / 0.95) ** power < 1
    for _ in range(int(rng.integers(1, 4))):
        angle, size = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.45)
        oval &= (x - 1.05 * np.cos(angle)) ** 2 + (y - 1.05 * np.sin(angle)) ** 2 > size**2
    return _shrunk(oval.astype(np.uint8) * 255, rows, columns)


def _spot(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
    """A few soft hills."""
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    hills = np.zeros((rows, columns))
    for _ in range(5):
        cy, cx = rng.normal(0, 0.25, 2)
        hills += rng.uniform(0.4, 1.0) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 0.22)
    return np.asarray(np.clip(hills / hills.max() * 1.25 - 0.15, 0, 1), np.float32)


def _chain(
    rng: np.random.Generator, rows: int, columns: int, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places along a walk from one corner's side to the other's, and the reach at each."""
    share = (np.arange(count) + 0.5) / count
    walk = np.cumsum(rng.normal(0, 1, count))
    walk -= np.linspace(walk[0], walk[-1], count)
    walk *= 0.18 / max(float(np.abs(walk).max()), 1e-6)
    across = np.clip(share + walk, 0.08, 0.92)
    along = share if rng.random() < 0.5 else 1 - share
    places = np.stack([columns * share, rows * np.clip(across if count > 4 else along, 0.1, 0.9)], axis=1)
    if rows > columns:
        places = np.stack([columns * np.clip(across, 0.1, 0.9), rows * share], axis=1)
    reach = np.full(count, 0.55 * max(min(rows, columns), max(rows, columns) / count))
    return places, reach


def _shrunk(canvas: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(canvas, (columns, rows), interpolation=cv2.INTER_AREA) / 255, np.float32)


_PLANT_UV: Final = (12.0, 26.0)
CARDED_LOOKS: dict[DefectKind, CardedLook] = {
    DefectKind.PP_COLOUR: CardedLook(
        shape=_film,
        colours=(
            ((190, 110, 40), (140, 60, 25)), ((70, 140, 60), (50, 100, 30)), ((70, 60, 190), (50, 40, 150)),
            ((60, 150, 230), (50, 120, 210)), ((60, 55, 52), (30, 30, 30)), ((170, 90, 170), (120, 50, 120)),
        ),
        slim=(1.2, 5),
        uv=(25.0, 70.0),
        polarised=(150, 240),
    ),  # fmt: skip
    DefectKind.PP_WHITE: CardedLook(
        shape=_film,
        colours=(((240, 240, 238), (225, 230, 232)),),
        slim=(1.2, 5),
        uv=(190.0, 240.0),
        polarised=(165, 245),
        see_through=0.15,
    ),
    DefectKind.JUTE: CardedLook(
        shape=_worm(0.28), colours=(((90, 130, 160), (65, 100, 130)),), slim=(2, 7), uv=(30, 50),
        polarised=(80, 110),
    ),
    DefectKind.FEATHER_HAIR: CardedLook(
        shape=_worm(0.05), colours=(((40, 42, 50), (100, 110, 122)),), slim=(1, 3), uv=(24, 36),
        polarised=(60, 100),
    ),
    DefectKind.LEAF: CardedLook(
        shape=_bitten, colours=(((50, 80, 98), (72, 112, 120)),), slim=(1, 2), uv=_PLANT_UV,
        polarised=(50, 80),
    ),
    DefectKind.BARK: CardedLook(
        shape=_bitten, colours=(((44, 62, 84), (66, 92, 118)),), slim=(2.5, 6), uv=_PLANT_UV,
        polarised=(50, 80),
    ),
    DefectKind.GRASS: CardedLook(
        shape=_worm(0.22), colours=(((85, 145, 150), (105, 160, 172)),), slim=(3, 9), uv=_PLANT_UV,
        polarised=(80, 110),
    ),
    DefectKind.SEED_COAT: CardedLook(
        shape=_bitten, colours=(((26, 32, 44), (42, 54, 72)),), slim=(1, 1.6), uv=_PLANT_UV,
        polarised=(40, 60),
    ),
    DefectKind.OIL: CardedLook(
        shape=_spot, colours=(((80, 90, 98), (105, 115, 122)),), slim=(1, 2), uv=(55, 65),
        polarised=(80, 100), see_through=0.4,
    ),
    DefectKind.YELLOW_SPOT: CardedLook(
        shape=_spot, colours=(((110, 175, 200), (128, 182, 204)),), slim=(1, 2), uv=(70, 80),
        polarised=(112, 120), see_through=0.3,
    ),
    DefectKind.METAL: CardedLook(
        shape=_worm(0.3), colours=(((110, 108, 106), (165, 163, 160)),), slim=(2, 8), uv=(8, 12),
        polarised=(200, 250),
    ),
}  # fmt: skip
CARDED_KINDS: tuple[DefectKind, ...] = tuple(CARDED_LOOKS)


def carded_footprint(
    kind: DefectKind, rng: np.random.Generator, mm_per_px: float, long_mm: tuple[float, float]
) -> Footprint:
    """Measure a piece whose longest side is drawn evenly over the logarithm of the range."""
    long_px = float(np.exp(rng.uniform(*np.log(long_mm)))) / mm_per_px
    short_px = max(long_px / rng.uniform(*CARDED_LOOKS[kind].slim), 0.8 / mm_per_px)
    rows, columns = (long_px, short_px) if rng.random() < 0.5 else (short_px, long_px)
    return Footprint(rows=max(3, round(rows)), columns=max(3, round(columns)))
