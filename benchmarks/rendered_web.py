"""The web that speed is measured on: rendered strips of one cloth, no two the same, a fifth defective."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.demo import demo_scene, render_good_pictures
from vision.types import Frame

COLUMNS, ROWS, MM_PER_PX = 4096, 256, 0.25
CAMERA = "memory-1"
RING = 25  # strips in memory at once
DEFECTIVE_EVERY = 5  # a fifth of the strips
FLAWS_PER_M2 = 6.0  # enough that a flawed strip comes soon, few enough that a clean one does


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strip:
    """A piece of the web, and whether it was rendered with a flaw in it."""

    pixels: NDArray[np.uint8]  # (ROWS, columns), read-only
    first_row: int
    is_defective: bool


def web(
    columns: int = COLUMNS, *, flaws_per_m2: float = FLAWS_PER_M2, defective_every: int = DEFECTIVE_EVERY
) -> Iterator[Strip]:
    """Give strips without end, in web order; every `defective_every`-th one has a flaw, the others none.

    Pieces of the web that don't fit this order are passed over, so no two strips share a row.
    """
    scene = demo_scene(
        "fabric", columns=columns, mm_per_px=MM_PER_PX, seed=5, defect_rate_per_m2=flaws_per_m2
    )
    number = row = 0
    while True:
        is_defective = bool(scene.truth(row, ROWS))
        if is_defective == (number % defective_every == 0):
            pixels = scene.render(row, ROWS)
            pixels.flags.writeable = False
            yield Strip(pixels=pixels, first_row=row, is_defective=is_defective)
            number += 1
        row += ROWS


def frame_of(pixels: NDArray[np.uint8], seq: int, captured_ns: int) -> Frame:
    """Hand a strip over as a camera would."""
    return Frame(
        camera_id=CAMERA, seq=seq, pixels=pixels, captured_ns=captured_ns, captured_utc=datetime.now(UTC)
    )


class Renderer:
    """Renders in a process of its own, only while asked: what is measured keeps its memory apart.

    Strips come in a ring of frame buffers that is filled anew each time, as a frame grabber's is.
    """

    def __init__(self, folder: Path, columns: int) -> None:
        self._pool = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))
        self._folder, self._columns = folder, columns
        self._ring = np.empty((RING, ROWS, columns), np.uint8)

    def __enter__(self) -> "Renderer":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def good_pictures(self, count: int) -> tuple[Path, ...]:
        """Write pictures of good cloth, another piece of the same article."""
        folder = self._folder / "good"
        return self._pool.submit(
            render_good_pictures, "fabric", self._columns, MM_PER_PX, count, folder
        ).result()

    def next_strips(self, flaws_per_m2: float, defective_every: int) -> list[Strip]:
        """Render the next strips of a web; those given before are gone."""
        place = self._folder / "strips.raw"
        told = self._pool.submit(_write_next, place, self._columns, flaws_per_m2, defective_every).result()
        with place.open("rb") as file:
            file.readinto(self._ring.reshape(-1))  # type: ignore[arg-type]  # an array is a buffer
        frames = self._ring.view()
        frames.flags.writeable = False
        return [
            Strip(pixels=pixels, first_row=row, is_defective=is_defective)
            for pixels, (row, is_defective) in zip(frames, told, strict=True)
        ]


def _write_next(
    place: Path, columns: int, flaws_per_m2: float, defective_every: int
) -> list[tuple[int, bool]]:
    strips = list(islice(_running(columns, flaws_per_m2, defective_every), RING))
    place.write_bytes(b"".join(strip.pixels.tobytes() for strip in strips))
    return [(strip.first_row, strip.is_defective) for strip in strips]


@cache
def _running(columns: int, flaws_per_m2: float, defective_every: int) -> Iterator[Strip]:
    return web(columns, flaws_per_m2=flaws_per_m2, defective_every=defective_every)
