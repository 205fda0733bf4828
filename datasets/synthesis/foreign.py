"""Foreign matter in lint: how large each kind is, what it looks like from above. Sizes are in mm."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.flaw import Patch, blob, curve, softened
from datasets.synthesis.planting import Footprint
from vision.taxonomy import DefectKind

BLUE, GREEN, RED, ORANGE, BLACK = (150, 80, 25), (70, 130, 30), (45, 35, 175), (30, 110, 215), (35, 32, 30)
PP_COLOURS = (BLUE, BLUE, GREEN, RED, ORANGE, BLACK)  # of sacks, tarpaulin and twine
_MIN_PX = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sprite:
    """A piece of matter: its colour (rows, columns, 3) BGR 0-255 and how much of a pixel it covers (0-1)."""

    bgr: NDArray[np.float32]
    cover: Patch


Paint = Callable[[np.random.Generator, int, int, float], Sprite]  # rng, rows, columns, mm per px


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One kind of foreign matter: range of its longest side, range of length to width, and its painter."""

    long_mm: tuple[float, float]
    slim: tuple[float, float]
    paint: Paint

    def footprint(self, rng: np.random.Generator, mm_per_px: float) -> Footprint:
        """Measure a piece."""
        long_px = float(np.exp(rng.uniform(*np.log(self.long_mm)))) / mm_per_px
        short_px = long_px / rng.uniform(*self.slim)
        rows, columns = (long_px, short_px) if rng.random() < 0.5 else (short_px, long_px)
        return Footprint(rows=max(_MIN_PX, round(rows)), columns=max(_MIN_PX, round(columns)))


def _flat(rows: int, columns: int, colour: tuple[int, int, int], grain: Patch | float) -> NDArray[np.float32]:
    tone = np.broadcast_to(np.asarray(1 + grain, np.float32), (rows, columns))
    return np.asarray(np.array(colour, np.float32) * tone[..., None], np.float32)


def _grain(rng: np.random.Generator, rows: int, columns: int, spread: float, sigma_px: float) -> Patch:
    field = softened(rng.standard_normal((rows, columns), dtype=np.float32), sigma_px)
    return np.asarray(spread * field / max(float(field.std()), 1e-6), np.float32)


def _strip(
    rng: np.random.Generator, rows: int, columns: int, colour: tuple[int, int, int], gloss: float
) -> Sprite:
    thickness = max(1.5, 0.30 * min(rows, columns))
    cover = np.clip(curve(rows, columns, rng, bends=1, thickness_px=thickness) * 1.2, 0, 1)
    shine = gloss * np.clip(np.sin(np.linspace(0, 9, columns) + rng.uniform(0, 6)), 0, 1)[None, :]
    grain = _grain(rng, rows, columns, 0.06, 0.8) + shine
    return Sprite(bgr=_flat(rows, columns, colour, np.asarray(grain, np.float32)), cover=cover)


def pp_colour(rng: np.random.Generator, rows: int, columns: int, mm_per_px: float) -> Sprite:
    """Paint a strip of coloured polypropylene."""
    return _strip(rng, rows, columns, PP_COLOURS[int(rng.integers(len(PP_COLOURS)))], 0.25)


def pp_white(rng: np.random.Generator, rows: int, columns: int, mm_per_px: float) -> Sprite:
    """Paint a strip of white polypropylene: colder and glossier than lint, hard to see."""
    return _strip(rng, rows, columns, (246, 244, 240), 0.12)


def leaf(rng: np.random.Generator, rows: int, columns: int, mm_per_px: float) -> Sprite:
    """Paint a piece of dry leaf."""
    cover = blob(rows, columns, rng, rough=0.4, soft=0.2)
    colour = ((50, 88, 112), (45, 100, 100), (48, 75, 98))[int(rng.integers(3))]
    return Sprite(bgr=_flat(rows, columns, colour, _grain(rng, rows, columns, 0.18, 1.0)), cover=cover)


def bark(rng: np.random.Generator, rows: int, columns: int, mm_per_px: float) -> Sprite:
    """Paint a sliver of stalk bark."""
    thickness = max(1.5, 0.35 * min(rows, columns))
    cover = curve(rows, columns, rng, bends=2, thickness_px=thickness)
    cover = np.clip(cover * (1.1 + _grain(rng, rows, columns, 0.2, 1.2)), 0, 1)
    return Sprite(bgr=_flat(rows, columns, (42, 62, 88), _grain(rng, rows, columns, 0.2, 0.9)), cover=cover)


def hair(rng: np.random.Generator, rows: int, columns: int, mm_per_px: float) -> Sprite:
    """Paint a dark hair; thinner than a pixel where the picture is coarse."""
    thickness = max(0.5, 0.25 / mm_per_px)
    cover = np.clip(curve(rows, columns, rng, bends=3, thickness_px=thickness) * 1.3, 0, 1)
    return Sprite(bgr=_flat(rows, columns, (38, 45, 55), 0.0), cover=cover)


def jute(rng: np.random.Generator, rows: int, columns: int, mm_per_px: float) -> Sprite:
    """Paint a piece of jute twine."""
    cover = np.clip(curve(rows, columns, rng, bends=2, thickness_px=max(1.2, 1.6 / mm_per_px)) * 1.2, 0, 1)
    return Sprite(bgr=_flat(rows, columns, (70, 110, 145), _grain(rng, rows, columns, 0.2, 0.7)), cover=cover)


def seed_coat(rng: np.random.Generator, rows: int, columns: int, mm_per_px: float) -> Sprite:
    """Paint a fragment of seed coat: dark, round, lint still on it."""
    cover = blob(rows, columns, rng, rough=0.25, soft=0.5) * np.float32(0.95)
    return Sprite(bgr=_flat(rows, columns, (30, 38, 55), _grain(rng, rows, columns, 0.25, 0.8)), cover=cover)


def yellow_spot(rng: np.random.Generator, rows: int, columns: int, mm_per_px: float) -> Sprite:
    """Paint a tuft of yellow-stained lint."""
    cover = blob(rows, columns, rng, rough=0.35, soft=0.9) * np.float32(0.8)
    return Sprite(
        bgr=_flat(rows, columns, (120, 190, 215), _grain(rng, rows, columns, 0.05, 0.8)), cover=cover
    )


def grass(rng: np.random.Generator, rows: int, columns: int, mm_per_px: float) -> Sprite:
    """Paint a dry blade: long, nearly straight, straw-coloured to green."""
    cover = np.clip(curve(rows, columns, rng, bends=1, thickness_px=max(1.2, 1.4 / mm_per_px)) * 1.1, 0, 1)
    colour = ((88, 150, 165), (70, 130, 120), (100, 160, 180))[int(rng.integers(3))]
    return Sprite(bgr=_flat(rows, columns, colour, _grain(rng, rows, columns, 0.1, 0.8)), cover=cover)


def oil(rng: np.random.Generator, rows: int, columns: int, mm_per_px: float) -> Sprite:
    """Paint lint soiled by oil: grey-brown, soft at its edge."""
    cover = blob(rows, columns, rng, rough=0.3, soft=0.8) * np.float32(rng.uniform(0.5, 0.9))
    return Sprite(bgr=_flat(rows, columns, (70, 82, 92), _grain(rng, rows, columns, 0.06, 1.2)), cover=cover)


def metal(rng: np.random.Generator, rows: int, columns: int, mm_per_px: float) -> Sprite:
    """Paint a piece of wire or sheet: grey without hue, dark and glossy by turns."""
    return _strip(rng, rows, columns, (108, 106, 104), 0.8)


MATTER: dict[DefectKind, Matter] = {
    DefectKind.PP_COLOUR: Matter(long_mm=(8, 45), slim=(1.5, 5), paint=pp_colour),
    DefectKind.PP_WHITE: Matter(long_mm=(8, 45), slim=(1.5, 5), paint=pp_white),
    DefectKind.LEAF: Matter(long_mm=(4, 14), slim=(1, 2), paint=leaf),
    DefectKind.BARK: Matter(long_mm=(8, 35), slim=(1.5, 4), paint=bark),
    DefectKind.FEATHER_HAIR: Matter(long_mm=(12, 60), slim=(1, 2.5), paint=hair),
    DefectKind.JUTE: Matter(long_mm=(12, 60), slim=(1, 3), paint=jute),
    DefectKind.SEED_COAT: Matter(long_mm=(4, 9), slim=(1, 1.5), paint=seed_coat),
    DefectKind.YELLOW_SPOT: Matter(long_mm=(8, 35), slim=(1, 2), paint=yellow_spot),
    DefectKind.GRASS: Matter(long_mm=(10, 50), slim=(2, 6), paint=grass),
    DefectKind.OIL: Matter(long_mm=(6, 30), slim=(1, 2), paint=oil),
    DefectKind.METAL: Matter(long_mm=(6, 40), slim=(2, 6), paint=metal),
}
LINT_KINDS: tuple[DefectKind, ...] = tuple(MATTER)
