"""golden.npz, a bundle's golden tiles: `png_<n>` a tile as PNG, `map_<n>` its map, float32.

`cloth_px` (n, 2) are the tiles' material columns; `processor` and `runtime` say who made the maps.
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard
from vision.types import VisionError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GoldenTile:
    """A tile and the map that it must give."""

    pixels: NDArray[np.uint8]  # (rows, columns) or (rows, columns, 3)
    cloth_px: tuple[int, int]
    scores: NDArray[np.float32]  # (1, map rows, map columns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Golden:
    """The golden tiles of a bundle and who made them."""

    tiles: tuple[GoldenTile, ...]
    processor: str
    runtime: str


def encode_golden(golden: Golden) -> bytes:
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
        arrays[f"map_{number}"] = tile.scores
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
    scores, stride = held[f"map_{number}"], card.output_stride
    expected = (1, -(-pixels.shape[0] // stride), -(-pixels.shape[1] // stride))
    if scores.shape != expected or scores.dtype != np.float32:
        raise ValueError(f"map {number} is {scores.dtype} {scores.shape}, by the card float32 {expected}")
    first, behind = (int(column) for column in held["cloth_px"][number])
    return GoldenTile(
        pixels=np.asarray(pixels, np.uint8),
        cloth_px=(first, behind),
        scores=scores,
    )
