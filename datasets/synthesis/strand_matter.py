"""Foreign matter of the second generator: ribbons, shards, threads, stains, each cut to a wanted length."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.planting import Footprint
from vision.taxonomy import DefectKind

FINE: Final = 4  # shapes are drawn so many times larger and shrunk
Shape = Callable[[np.random.Generator, int, int], NDArray[np.float32]]  # cover (rows, columns), 0-1


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One kind: its shape, its colours, its light in an ultraviolet and in a polarised channel (0-255).

    Own assumptions, made before a detector was trained: white packaging tape with optical brightener shines
    under ultraviolet light, without it stays dark where lint glows faintly; drawn tape keeps the light
    polarised by its direction, lint does not.
    """

    shape: Shape
    colours: tuple[tuple[float, float, float], ...]  # BGR
    slim: tuple[float, float]  # length over width
    uv: tuple[float, ...]
    polarised: tuple[float, float]
    stain: bool = False  # tints the lint instead of lying in it


def _ribbon(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
    """A flat strip that twists: its seen width goes with the sine of the twist."""
    line = _line(rng, rows, columns, bends=0.10)
    width = (
        min(rows, columns) * 0.42 * np.abs(np.sin(np.linspace(0, rng.uniform(1, 4), 40) + rng.uniform(0, 3)))
    )
    normal = np.gradient(line, axis=0)[:, ::-1] * np.array([1, -1])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    sides = normal * np.maximum(width, 0.6)[:, None] / 2
    return _filled([np.concatenate([line + sides, (line - sides)[::-1]])], rows, columns)


def _shard(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
    """A piece with corners."""
    corners = int(rng.integers(4, 8))
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = rng.uniform(0.75, 1.0, corners)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None]
    span = np.maximum(points.max(0) - points.min(0), 1e-6)
    points = (points - points.min(0)) / span * 0.94 + 0.03
    return _filled([points * np.array([columns, rows])], rows, columns)


def _thread(width_share: float) -> Shape:
    def shape(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
        line = _line(rng, rows, columns, bends=0.22)
        canvas = np.zeros((rows * FINE, columns * FINE), np.uint8)
        width = max(2, round(width_share * min(rows, columns) * FINE))
        cv2.polylines(canvas, [np.round(line * FINE).astype(np.int32)], False, 255, width, cv2.LINE_AA)
        return _shrunk(canvas, rows, columns)

    return shape


def _stain(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
    """A soft patch: noise under a dome, cut at a level."""
    noise = cv2.resize(
        rng.standard_normal((5, 5)).astype(np.float32), (columns, rows), interpolation=cv2.INTER_CUBIC
    )
    y, x = np.linspace(-1, 1, rows)[:, None], np.linspace(-1, 1, columns)[None, :]
    dome = 1 - (x**2 + y**2)
    return np.asarray(np.clip(1.6 * dome + 0.35 * noise, 0, 1), np.float32)


def _line(rng: np.random.Generator, rows: int, columns: int, *, bends: float) -> NDArray[np.float64]:
    share = np.linspace(0, 1, 40)[:, None]
    up = rng.random() < 0.5
    start, end = np.array([0.05, 0.95 if up else 0.05]), np.array([0.95, 0.05 if up else 0.95])
    line = start + (end - start) * share
    line = (
        line
        + rng.normal(0, bends, 2) * np.sin(np.pi * share)
        + rng.normal(0, bends / 2, 2) * np.sin(3 * np.pi * share)
    )
    return np.asarray(np.clip(line, 0.04, 0.96) * np.array([columns, rows]), np.float64)


def _filled(outlines: list[NDArray[np.float64]], rows: int, columns: int) -> NDArray[np.float32]:
    canvas = np.zeros((rows * FINE, columns * FINE), np.uint8)
    cv2.fillPoly(canvas, [np.round(outline * FINE).astype(np.int32) for outline in outlines], 255)
    return _shrunk(canvas, rows, columns)


def _shrunk(canvas: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(canvas, (columns, rows), interpolation=cv2.INTER_AREA) / 255, np.float32)


_DARK_UV = (18.0,)
LOOKS: dict[DefectKind, Look] = {
    DefectKind.PP_COLOUR: Look(
        shape=_ribbon,
        colours=((160, 70, 30), (60, 120, 40), (50, 40, 170), (40, 130, 220), (38, 36, 34), (150, 60, 150)),
        slim=(1.5, 6),
        uv=(30.0, 60.0),
        polarised=(150, 245),
    ),
    DefectKind.PP_WHITE: Look(
        shape=_ribbon,
        colours=((238, 238, 236), (228, 232, 232)),
        slim=(1.5, 6),
        uv=(235.0, 225.0, 30.0),
        polarised=(165, 250),
    ),
    DefectKind.JUTE: Look(
        shape=_thread(0.3),
        colours=((85, 125, 155), (75, 110, 140)),
        slim=(2, 6),
        uv=(40.0,),
        polarised=(80, 110),
    ),
    DefectKind.FEATHER_HAIR: Look(
        shape=_thread(0.06),
        colours=((45, 50, 60), (60, 80, 100), (90, 100, 110)),
        slim=(1, 3),
        uv=(30.0,),
        polarised=(60, 100),
    ),
    DefectKind.LEAF: Look(
        shape=_shard,
        colours=((55, 85, 105), (60, 105, 110), (45, 70, 90)),
        slim=(1, 2),
        uv=_DARK_UV,
        polarised=(50, 80),
    ),
    DefectKind.BARK: Look(
        shape=_ribbon, colours=((50, 68, 90), (60, 85, 110)), slim=(2, 6), uv=_DARK_UV, polarised=(50, 80)
    ),
    DefectKind.GRASS: Look(
        shape=_thread(0.25),
        colours=((95, 155, 170), (80, 140, 125)),
        slim=(3, 9),
        uv=_DARK_UV,
        polarised=(80, 110),
    ),
    DefectKind.SEED_COAT: Look(
        shape=_shard, colours=((30, 36, 48), (36, 48, 66)), slim=(1, 1.5), uv=_DARK_UV, polarised=(40, 60)
    ),
    DefectKind.OIL: Look(
        shape=_stain,
        colours=((95, 105, 112), (70, 80, 88)),
        slim=(1, 2),
        uv=(60.0,),
        polarised=(80, 100),
        stain=True,
    ),
    DefectKind.YELLOW_SPOT: Look(
        shape=_stain, colours=((125, 185, 208),), slim=(1, 2), uv=(75.0,), polarised=(115, 120), stain=True
    ),
    DefectKind.METAL: Look(
        shape=_ribbon,
        colours=((115, 113, 112), (150, 148, 146)),
        slim=(2, 8),
        uv=(10.0,),
        polarised=(200, 250),
    ),
}
STRAND_KINDS: tuple[DefectKind, ...] = tuple(LOOKS)


def footprint(
    kind: DefectKind, rng: np.random.Generator, mm_per_px: float, long_mm: tuple[float, float]
) -> Footprint:
    """Measure a piece whose longest side is drawn evenly over the logarithm of the range."""
    long_px = float(np.exp(rng.uniform(*np.log(long_mm)))) / mm_per_px
    short_px = max(long_px / rng.uniform(*LOOKS[kind].slim), 0.8 / mm_per_px)
    rows, columns = (long_px, short_px) if rng.random() < 0.5 else (short_px, long_px)
    return Footprint(rows=max(3, round(rows)), columns=max(3, round(columns)))
