"""Rows with encoder counts to frames of the web: evenly spaced whatever the speed, each place once.

A line-scan camera delivers blocks of lines, a free-running area camera whole pictures; either way a row was
seen at a count. The web is a grid of rows as long as a pixel is wide; each takes the line nearest to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from vision.types import Frame, VisionError

NEAREST_ROWS = 1.0  # a line further than this from a row's middle does not show it
RESTART_FRAMES = 50  # the count fell by more: no web runs back so far, the counter began anew


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Lines in the order they were exposed."""

    pixels: NDArray[np.uint8]  # (lines, columns) or (lines, columns, 3)
    counts: NDArray[np.float64]  # (lines,) unwrapped encoder count at each line's exposure
    captured_ns: int  # host monotonic, of the last line
    damaged: str = ""  # why its lines must not be judged


@dataclass(slots=True)
class LineCounts:
    """What became of lines."""

    lines: int = 0
    standing: int = 0  # left out: the web stood, or ran back over what was seen
    unseen_rows: int = 0  # rows of frames that no line showed
    broken_off_rows: int = 0  # rows of a frame that was given up: web was skipped


class LineAssembler:
    """Used by one thread; frames come with `end_count`, `overlap_rows` of the last one on top."""

    def __init__(
        self,
        *,
        rows: int,
        counts_per_row: float,
        camera_id: str,
        overlap_rows: int = 0,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not 0 <= overlap_rows < rows or counts_per_row <= 0:
            raise VisionError(
                f"camera {camera_id}: frames of {rows} rows with an overlap of {overlap_rows} and "
                f"{counts_per_row:g} counts a row can't be made; the overlap must be below the rows"
            )
        self._rows = rows
        self._pitch = counts_per_row
        self._overlap = overlap_rows
        self._camera_id = camera_id
        self._utc_now = utc_now
        self._origin = 0.0  # count before the frame's first row
        self._filled = 0
        self._pixels: NDArray[np.uint8] | None = None
        self._unseen = np.zeros(rows, np.bool_)
        self._last: tuple[float, NDArray[np.uint8], bool] | None = None  # count, line, good
        self._seq = 0
        self.counts = LineCounts()

    def push(self, block: Block) -> list[Frame]:
        """Take the next lines; return the frames that they complete."""
        self.counts.lines += len(block.counts)
        if len(block.counts) == 0:
            return []
        if self._last is not None and self._is_elsewhere(block.counts):
            self._break_off()
        if self._last is None:
            self._begin(float(block.counts[0]), block.pixels[0], not block.damaged)
        counts, lines = self._forward(block)
        return self._resample(counts, lines, block)

    def _begin(self, count: float, line: NDArray[np.uint8], good: bool) -> None:
        """The first line's row is the first of the web."""
        self._origin, self._filled = count - self._pitch / 2, 0
        self._last = (count - self._pitch * 1e-6, line, good)

    def _is_elsewhere(self, counts: NDArray[np.float64]) -> bool:
        seen = self._last[0] if self._last else 0.0
        frame = self._rows * self._pitch
        return bool(counts[0] > seen + frame or counts.max() < seen - RESTART_FRAMES * frame)

    def _break_off(self) -> None:
        self.counts.broken_off_rows += max(0, self._filled - (self._overlap if self._seq else 0))
        self._filled, self._last = 0, None

    def _forward(self, block: Block) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """Leave out lines that show nothing new: standing, or back over what was seen."""
        seen = self._last[0] if self._last else -np.inf
        highest = np.maximum.accumulate(np.concatenate(([seen], block.counts[:-1])))
        new = block.counts > highest
        self.counts.standing += int(np.count_nonzero(~new))
        return block.counts[new], block.pixels[new]

    def _resample(self, counts: NDArray[np.float64], lines: NDArray[np.uint8], block: Block) -> list[Frame]:
        if not len(counts) or self._last is None:
            return []
        last_count, last_line, last_good = self._last
        known = np.concatenate(([last_count], counts))
        good = np.concatenate(([last_good], np.full(len(counts), not block.damaged)))
        pool = np.concatenate((last_line[None], lines))
        first_middle = self._origin + (self._filled + 0.5) * self._pitch
        wanted = int(np.floor((known[-1] - first_middle) / self._pitch)) + 1
        middles = first_middle + np.arange(max(0, wanted)) * self._pitch
        behind = np.clip(np.searchsorted(known, middles), 1, len(known) - 1)
        nearest = np.where(middles - known[behind - 1] <= known[behind] - middles, behind - 1, behind)
        unseen = (np.abs(known[nearest] - middles) > NEAREST_ROWS * self._pitch) | ~good[nearest]
        self._last = (float(known[-1]), pool[-1].copy(), bool(good[-1]))
        return self._fill(pool[nearest], unseen, block)

    def _fill(self, lines: NDArray[np.uint8], unseen: NDArray[np.bool_], block: Block) -> list[Frame]:
        frames: list[Frame] = []
        at = 0
        while at < len(lines):
            if self._pixels is None or self._pixels.shape[1:] != lines.shape[1:]:
                self._pixels = np.zeros((self._rows, *lines.shape[1:]), np.uint8)
            taken = min(self._rows - self._filled, len(lines) - at)
            span = slice(self._filled, self._filled + taken)
            self._unseen[span] = unseen[at : at + taken]
            self._pixels[span] = lines[at : at + taken]
            self._pixels[span][self._unseen[span]] = 0
            self._filled += taken
            at += taken
            if self._filled == self._rows:
                frames.append(self._complete(self._pixels, block))
        return frames

    def _complete(self, pixels: NDArray[np.uint8], block: Block) -> Frame:
        unseen = int(np.count_nonzero(self._unseen))
        self.counts.unseen_rows += unseen
        whole = pixels.copy()
        whole.flags.writeable = False
        why = block.damaged or "the web was faster than the lines, or lines were lost"
        frame = Frame(
            camera_id=self._camera_id,
            seq=self._seq,
            pixels=whole,
            captured_ns=block.captured_ns,
            captured_utc=self._utc_now(),
            damaged=f"{unseen} of {self._rows} rows were not seen: {why}" if unseen else "",
            end_count=round(self._origin + self._rows * self._pitch),
        )
        self._seq += 1
        kept = self._overlap
        if kept:
            pixels[:kept] = whole[-kept:]
            self._unseen[:kept] = self._unseen[-kept:].copy()
        self._filled = kept
        self._origin += (self._rows - kept) * self._pitch
        return frame
