"""Simple flaws of graded contrast in good tiles: they test a recipe, nothing is ever learnt from them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard
from vision.edges import find_edges, judged_columns

LEAST_SPREAD_PX: Final = 3.0  # a flaw covers several map cells
WIDEST_SHARE: Final = 0.25  # of a tile's rows: a flaw stays inside its tile
MID_GREY: Final = 110.0  # on darker material a flaw is bright, so that its contrast has room
MOST_CONTRAST_GREY: Final = 220.0


class Shape(StrEnum):
    """What a trial flaw looks like."""

    SPOT = "spot"
    PICK = "pick"  # a line along the weft
    END = "end"  # a line along the warp


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFlaw:
    """A place and a form; the contrast is chosen when it is planted."""

    shape: Shape
    row: float
    column: float
    spread_px: float


def find_cloth(pixels: NDArray[np.uint8], card: ModelCard) -> tuple[int, int]:
    """Return the material's columns as the line finds them."""
    return (0, pixels.shape[1]) if card.material == "fibre" else find_edges(pixels)


def random_flaw(
    pixels: NDArray[np.uint8], cloth_px: tuple[int, int], card: ModelCard, rng: np.random.Generator
) -> TrialFlaw:
    """Choose a flaw on the judged part of a tile, large enough for the card's least area."""
    rows, columns = pixels.shape[:2]
    least_px = card.min_area_mm2 / card.mm_per_px**2
    spread = max(LEAST_SPREAD_PX, float(np.sqrt(least_px / np.pi))) * rng.uniform(1.0, 1.6)
    spread = min(spread, rows * WIDEST_SHARE)
    first, behind = judged_columns(cloth_px, columns)
    margin = min(2 * spread, (behind - first) / 3)
    return TrialFlaw(
        shape=Shape(rng.choice(list(Shape))),
        row=rng.uniform(spread, rows - spread),
        column=rng.uniform(first + margin, behind - margin),
        spread_px=spread,
    )


def plant(pixels: NDArray[np.uint8], flaw: TrialFlaw, contrast_grey: float) -> NDArray[np.uint8]:
    """Return a copy of a tile (rows, columns) or (rows, columns, 3) with the flaw in it."""
    sign = -1.0 if pixels.mean() > MID_GREY else 1.0
    form = _form(flaw, *pixels.shape[:2])
    change = sign * contrast_grey * (form if pixels.ndim == 2 else form[:, :, None])
    planted: NDArray[np.uint8] = np.clip(np.rint(pixels + change), 0, 255).astype(np.uint8)
    return planted


def _form(flaw: TrialFlaw, rows: int, columns: int) -> NDArray[np.float64]:
    """Share of the contrast at each pixel: a soft blob, narrow across a line and long along it."""
    wide = {Shape.SPOT: 1.0, Shape.PICK: 6.0, Shape.END: 0.35}[flaw.shape] * flaw.spread_px
    high = {Shape.SPOT: 1.0, Shape.PICK: 0.35, Shape.END: 6.0}[flaw.shape] * flaw.spread_px
    down = np.exp(-(((np.arange(rows) - flaw.row) / high) ** 2) / 2)
    across = np.exp(-(((np.arange(columns) - flaw.column) / wide) ** 2) / 2)
    return np.asarray(down[:, None] * across[None], np.float64)
