"""The line's film: every frame on a ring of files, so that the last half minute can be kept after the fact.

    film/ring/<number>.frames    about a second each; the oldest go when time or budget is used up
    film/clips/<name>/           what was kept: the same files under a second name, no byte is copied

Frames are written as they are: no lossless codec keeps pace with 60 frames/s of 2048 x 1024 on a core or two
(`benchmarks/cameras.py film`). Who grabs never waits: what the disk can't take is left out and counted.
"""

import logging
import os
import queue
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from service.line.inbox import Message, Recovered, Trouble
from service.said.codes import Said
from service.said.sayings import Saying, say
from vision.cameras.around import CameraAround
from vision.cameras.base import Camera
from vision.cameras.clip_file import SUFFIX, write_frame
from vision.types import Frame

log = logging.getLogger(__name__)

SEGMENT_S = 1.0
BYTES_WAITING = 256_000_000  # two seconds of 60 frames/s at 2 Mpx


@dataclass(slots=True)
class FilmCounts:
    """What became of frames."""

    written: int = 0
    bytes: int = 0
    left_out: int = 0  # the disk was slower than the camera
    failed: int = 0  # the disk refused them


@dataclass(slots=True, kw_only=True)
class _Segment:
    path: Path
    first_ns: int
    last_ns: int
    bytes: int = 0
    frames: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A clip that was kept, or why it wasn't."""

    folder: Path
    frames: int
    seconds: float
    failure: Saying | None = None


@dataclass(frozen=True, slots=True)
class _Keep:
    name: str
    seconds: float
    done: Callable[[Kept], None]


class Film:
    """Takes frames from any thread and writes them in its own."""

    def __init__(
        self,
        folder: Path,
        *,
        ring_s: float,
        budget_bytes: int,
        free_floor_bytes: int = 0,
        bytes_waiting: int = BYTES_WAITING,
        tell: Callable[[Message], None] = lambda message: None,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """`ring_s` and `budget_bytes` bound the ring; kept clips stay until a person deletes them."""
        self._ring = folder / "ring"
        self._clips = folder / "clips"
        self._ring_ns = round(ring_s * 1e9)
        self._budget = budget_bytes
        self._floor = free_floor_bytes
        self._bytes_waiting = bytes_waiting
        self._tell = tell
        self._is_whole = True  # no frame was left out of the segment that is written
        self._now_ns = now_ns
        self._work: queue.SimpleQueue[Frame | _Keep | None] = queue.SimpleQueue()
        self._waiting = 0
        self._guard = threading.Lock()
        self._segments: deque[_Segment] = deque()
        self._missed = 0
        self._file: int | None = None
        self._number = 0
        self._thread = threading.Thread(target=self._run, name="film", daemon=True)
        self.counts = FilmCounts()

    @property
    def ring_s(self) -> float:
        """How far back the ring reaches."""
        return self._ring_ns / 1e9

    def start(self) -> None:
        """Empty the ring of an earlier run (its clock is not ours) and start the thread."""
        shutil.rmtree(self._ring, ignore_errors=True)
        self._ring.mkdir(parents=True, exist_ok=True)
        self._thread.start()

    def offer(self, frame: Frame) -> bool:
        """Take a frame; False when too many wait already, which is counted. Never waits."""
        with self._guard:
            if self._waiting + frame.pixels.nbytes > self._bytes_waiting:
                self.counts.left_out += 1
                self._miss(say(Said.DISK_SLOWER_THAN_CAMERA))
                return False
            self._waiting += frame.pixels.nbytes
        self._work.put(frame)
        return True

    def keep(self, name: str, seconds: float, done: Callable[[Kept], None]) -> None:
        """Keep the last seconds under a name; `done` is called in the film's thread. Never waits."""
        self._work.put(_Keep(name, seconds, done))

    def stop(self, timeout_s: float = 10.0) -> None:
        """Write what waits and end the thread; harmless when it was never started."""
        if self._thread.ident is not None:
            self._work.put(None)
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while (item := self._work.get()) is not None:
            if isinstance(item, _Keep):
                item.done(self._kept(item))
                continue
            with self._guard:
                self._waiting -= item.pixels.nbytes
            try:
                self._write(item)
            except OSError as error:
                self.counts.failed += 1
                self._end_segment()
                self._miss(say(Said.FRAME_NOT_WRITTEN, frame=str(item.seq), error=str(error)))
        self._end_segment()

    def _write(self, frame: Frame) -> None:
        now_ns = self._now_ns()
        if self._file is None or now_ns - self._segments[-1].first_ns >= SEGMENT_S * 1e9:
            self._begin_segment(now_ns)
        segment, file = self._segments[-1], self._file
        if file is None:  # for the type checker: a segment has just begun
            return
        size = write_frame(file, frame)
        segment.bytes += size
        segment.frames += 1
        segment.last_ns = now_ns
        self.counts.written += 1
        self.counts.bytes += size

    def _missing(self) -> int:
        return self.counts.left_out + self.counts.failed

    def _miss(self, why: Saying) -> None:
        """An alarm once, until a whole second was filmed again."""
        if self._is_whole:
            self._is_whole = False
            self._tell(Trouble(code="film", said=say(Said.FILM_MISSES, because=why)))

    def _begin_segment(self, now_ns: int) -> None:
        self._end_segment()
        self._trim(now_ns)
        if not self._is_whole and self._missed == self._missing():
            self._is_whole = True
            self._tell(Recovered(code="film"))
        self._missed = self._missing()
        path = self._ring / f"{self._number:08d}{SUFFIX}"
        self._number += 1
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        self._segments.append(_Segment(path=path, first_ns=now_ns, last_ns=now_ns))

    def _end_segment(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _trim(self, now_ns: int) -> None:
        """The oldest go, one segment at a time, until time, budget and free space are kept."""
        while self._segments and (
            now_ns - self._segments[0].last_ns > self._ring_ns
            or sum(segment.bytes for segment in self._segments) > self._budget
            or shutil.disk_usage(self._ring).free < self._floor
        ):
            self._segments.popleft().path.unlink(missing_ok=True)

    def _kept(self, wish: _Keep) -> Kept:
        """Give the files of the last seconds a second name; the file that is written to is ended first."""
        self._end_segment()
        folder = self._clips / wish.name
        oldest_ns = self._now_ns() - round(wish.seconds * 1e9)
        segments = [segment for segment in self._segments if segment.last_ns >= oldest_ns and segment.frames]
        try:
            folder.mkdir(parents=True)
            for segment in segments:
                (folder / segment.path.name).hardlink_to(segment.path)
        except OSError as error:
            return Kept(
                folder=folder, frames=0, seconds=0.0, failure=say(Said.FILM_NOT_KEPT, error=str(error))
            )
        if not segments:
            return Kept(folder=folder, frames=0, seconds=0.0, failure=say(Said.FILM_EMPTY))
        return Kept(
            folder=folder,
            frames=sum(segment.frames for segment in segments),
            seconds=(segments[-1].last_ns - segments[0].first_ns) / 1e9,
        )


class FilmedCamera(CameraAround):
    """A `Camera` whose frames go to the film on their way, shed ones too."""

    def __init__(self, camera: Camera, film: Film) -> None:
        super().__init__(camera)
        self._film = film

    def grab(self, timeout_s: float) -> Frame | None:
        """Wait for the next frame and hand it to the film.

        Raises:
            CameraLostError: the camera went away.
        """
        frame = self._camera.grab(timeout_s)
        if frame is not None:
            self._film.offer(frame)
        return frame
