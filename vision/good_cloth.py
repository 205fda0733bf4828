"""Pictures of good material: those that statistics are learnt from, and the rest, which only sets thresholds.

Pictures are read one at a time. What statistics take is kept in memory, drawn from all of the cloth; the
rest is read again when it is scored, so metres cost time and no memory.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from vision.edges import find_edges
from vision.images import read_image, to_channels
from vision.texture import picture_fault
from vision.types import VisionError

MIN_SIDE_PX: Final = 64
MOST_PIXELS: Final = 40_000_000  # statistics take no more good cloth than this: time and memory
STRIP_ROWS: Final = 256  # pictures are learnt in the tiles in which they are inspected
MIN_BAND_ROWS: Final = 32
BANDS_OF_ONE_PICTURE: Final = 4  # a single picture is held out in bands of itself
SEED: Final = 20261124
Progress = Callable[[str], None]
Material = Literal["fabric", "fibre"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that can be read more than once."""

    name: str
    read: Callable[[], NDArray[np.uint8]]  # (rows, columns) grey or (rows, columns, 3) BGR


def of_file(path: Path) -> Picture:
    """Return a picture that lies in a file."""
    return Picture(name=path.name, read=lambda: read_image(path))


def in_memory(name: str, image: NDArray[np.uint8]) -> Picture:
    """Return a picture that needs no reading."""
    return Picture(name=name, read=lambda: image)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GoodCloth:
    """The good material of an article."""

    learnt: tuple[NDArray[np.uint8], ...]  # of `channels` channels
    rest: tuple[Picture, ...]
    channels: Literal[1, 3]
    sha256: tuple[str, ...]  # of the pixels of every picture, as it was read


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """A full-width piece of a good picture, at most as high as a tile of the line."""

    pixels: NDArray[np.uint8]
    cloth_px: tuple[int, int]


def survey(pictures: Sequence[Picture], progress: Progress) -> GoodCloth:
    """Read every picture once, leave out those without material, and keep what statistics are learnt from.

    Where there is too much, those are drawn at random: evenly spaced ones would meet whatever repeats along
    the web, a roller or a pattern, at one place only.

    Raises:
        VisionError: no picture, one that can't be read or is too small, widths that differ, or no material.
    """
    if not pictures:
        raise VisionError("no picture of good material was given; learning needs at least one")
    usable: list[Picture] = []
    kept: dict[int, NDArray[np.uint8]] = {}
    rng, draws, limit = np.random.default_rng(SEED), dict[int, float](), 1.0
    width, coloured, fault, hashes = 0, False, "", list[str]()
    for number, picture in enumerate(pictures, start=1):
        progress(f"reading picture {number} of {len(pictures)}")
        image = picture.read()
        width = width or image.shape[1]
        _check_size(picture.name, image, width)
        if no_material := picture_fault(image):
            fault = fault or f"{picture.name}: {no_material}"
            progress(f"{picture.name} is left out: {no_material}")
            continue
        coloured = coloured or _is_coloured(image)
        if (draw := float(rng.random())) < limit:
            kept[len(usable)], draws[len(usable)] = image, draw
        usable.append(picture)
        hashes.append(hashlib.sha256(image.tobytes()).hexdigest())
        if len(kept) > 1 and _pixels(kept) > MOST_PIXELS:
            limit = _halve(kept, draws)
    if not kept:
        raise VisionError(f"{fault}; none of the {len(pictures)} pictures shows material")
    if len(kept) < len(usable):
        progress(f"{len(usable)} pictures are more than statistics take: {len(kept)} are learnt")
    channels: Literal[1, 3] = 3 if coloured else 1
    return GoodCloth(
        learnt=tuple(to_channels(image, channels) for image in kept.values()),
        rest=tuple(picture for at, picture in enumerate(usable) if at not in kept),
        channels=channels,
        sha256=tuple(hashes),
    )


def pieces(image: NDArray[np.uint8], material: Material, *, alone: bool = False) -> Iterator[Piece]:
    """Cut a picture into full-width strips; one that is alone into bands that can be held out in turn."""
    # Lint lies anywhere on the belt: its edge is no edge of the material.
    cloth = (0, image.shape[1]) if material == "fibre" else find_edges(image)
    for top, bottom in _bounds(image.shape[0], alone=alone):
        yield Piece(pixels=image[top:bottom], cloth_px=cloth)


def _bounds(rows: int, *, alone: bool) -> list[tuple[int, int]]:
    count = -(-rows // STRIP_ROWS)
    if alone:
        count = max(count, min(BANDS_OF_ONE_PICTURE, rows // MIN_BAND_ROWS))
    edges = np.linspace(0, rows, count + 1).round().astype(int)
    return [(int(a), int(b)) for a, b in zip(edges, edges[1:], strict=False)]


def _check_size(name: str, image: NDArray[np.uint8], width: int) -> None:
    if min(image.shape[:2]) < MIN_SIDE_PX:
        raise VisionError(
            f"{name}: {image.shape[1]} x {image.shape[0]} px; learning needs at least {MIN_SIDE_PX} px a side"
        )
    if image.shape[1] != width:
        raise VisionError(
            f"{name}: {image.shape[1]} px wide, the first picture is {width} px wide; "
            "one recipe holds for one width: learn them apart"
        )


def _is_coloured(image: NDArray[np.uint8]) -> bool:
    """Whether a picture of three channels shows any colour, or is grey stored three times."""
    if image.ndim == 2:
        return False
    few = image[::4, ::4].astype(np.int16)
    return bool(np.mean(few.max(axis=2) - few.min(axis=2) > 6) > 0.001)


def _halve(kept: dict[int, NDArray[np.uint8]], draws: dict[int, float]) -> float:
    """Take the highest draws out until half of what statistics take is left; return the lowest one taken."""
    limit = 1.0
    for at in sorted(kept, key=lambda at: draws[at], reverse=True):
        if len(kept) == 1 or _pixels(kept) <= MOST_PIXELS // 2:
            break
        limit = draws[at]
        del kept[at]
    return limit


def _pixels(images: dict[int, NDArray[np.uint8]]) -> int:
    return sum(image.shape[0] * image.shape[1] for image in images.values())
