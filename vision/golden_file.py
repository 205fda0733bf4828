"""golden.npz, a bundle's golden tiles: `png_<n>` a tile as PNG, `map_<n>` its map on the card's 16-bit scale.

`cloth_px` (n, 2) are the tiles' material columns; `processor` and `runtime` say who made the maps.
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard
from vision.scoremap import FULL_SCALE_16_BIT
from vision.types import VisionError

GOLDEN_FILE: Final = "golden.npz"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GoldenTile:
    """A tile and the map that it must give."""

    pixels: NDArray[np.uint8]  # (rows, columns) or (rows, columns, 3)
    cloth_px: tuple[int, int]
    scores: NDArray[np.float32]  # (kinds, map rows, map columns), to half a 16-bit step


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Golden:
    """The golden tiles of a bundle and who made them."""

    tiles: tuple[GoldenTile, ...]
    processor: str
    runtime: str


def encode_golden(golden: Golden, card: ModelCard) -> bytes:
    """Write golden.npz; the same tiles give the same bytes."""
    arrays: dict[str, NDArray[np.generic]] = {
        "cloth_px": np.array([tile.cloth_px for tile in golden.tiles], np.int64),
        "processor": np.array(golden.processor),
        "runtime": np.array(golden.runtime),
    }
    for number, tile in enumerate(golden.tiles):
        done, png = cv2.imencode(".png", tile.pixels)
        if not done:
            raise VisionError(f"golden tile {number}: can't be written as PNG; learn the article again")
        arrays[f"png_{number}"] = png
        arrays[f"map_{number}"] = to_16_bit(tile.scores, card)
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # the stubs take the names for options
    return file.getvalue()


def decode_golden(data: bytes, card: ModelCard, path: Path) -> Golden:
    """Read golden.npz.

    Raises:
        VisionError: it holds something else.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            tiles = [_tile(held, number, card) for number in range(len(held["cloth_px"]))]
            made_by, runtime = str(held["processor"]), str(held["runtime"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, cv2.error) as error:
        raise VisionError(f"{path}: holds no golden tiles ({error}); learn the article again") from error
    if not tiles:
        raise VisionError(f"{path}: holds no golden tile; learn the article again")
    return Golden(tiles=tuple(tiles), processor=made_by, runtime=runtime)


def _tile(held: "np.lib.npyio.NpzFile", number: int, card: ModelCard) -> GoldenTile:
    pixels = cv2.imdecode(held[f"png_{number}"], cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError(f"tile {number} is no picture")
    steps, stride = held[f"map_{number}"], card.output_stride
    expected = (len(card.kinds), -(-pixels.shape[0] // stride), -(-pixels.shape[1] // stride))
    if steps.shape != expected or steps.dtype != np.uint16:
        raise ValueError(f"map {number} is {steps.dtype} {steps.shape}, by the card uint16 {expected}")
    first, behind = (int(column) for column in held["cloth_px"][number])
    return GoldenTile(
        pixels=np.asarray(pixels, np.uint8),
        cloth_px=(first, behind),
        scores=from_16_bit(steps, card),
    )


def to_16_bit(scores: NDArray[np.float32], card: ModelCard) -> NDArray[np.uint16]:
    """Give a map in steps of the card's range: the floor is 0, the ceiling 65535."""
    share = (scores - card.score_floor) / (card.score_ceiling - card.score_floor)
    steps: NDArray[np.uint16] = np.clip(np.rint(share * FULL_SCALE_16_BIT), 0, FULL_SCALE_16_BIT).astype(
        np.uint16
    )
    return steps


def from_16_bit(steps: NDArray[np.uint16], card: ModelCard) -> NDArray[np.float32]:
    """Give the map that such steps stand for."""
    step = (card.score_ceiling - card.score_floor) / FULL_SCALE_16_BIT
    return (card.score_floor + steps * step).astype(np.float32)
