"""A strip cut into the peers' tiles, normalised as ImageNet backbones expect, and maps put together again."""

import numpy as np
from numpy.typing import NDArray

TILE_PX = 256
MEAN = np.array([0.485, 0.456, 0.406], np.float32)  # of ImageNet, as torchvision publishes them
SPREAD = np.array([0.229, 0.224, 0.225], np.float32)


def cut_square_tiles(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return (tiles, 3, 256, 256) of a grey strip, row by row; a part of a tile is filled by its mirror."""
    rows, columns = pixels.shape
    down, across = -(-rows // TILE_PX), -(-columns // TILE_PX)
    padding = ((0, down * TILE_PX - rows), (0, across * TILE_PX - columns))
    whole = np.pad(pixels, padding, mode="symmetric")
    cut = whole.reshape(down, TILE_PX, across, TILE_PX).swapaxes(1, 2).reshape(-1, 1, TILE_PX, TILE_PX)
    scaled = (cut.astype(np.float32) / 255 - MEAN[:, None, None]) / SPREAD[:, None, None]
    return np.ascontiguousarray(scaled)


def join_square_maps(maps: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Put (tiles, 256, 256) together to the strip's (rows, columns)."""
    down, across = -(-rows // TILE_PX), -(-columns // TILE_PX)
    whole = maps.reshape(down, across, TILE_PX, TILE_PX).swapaxes(1, 2)
    return whole.reshape(down * TILE_PX, across * TILE_PX)[:rows, :columns]
