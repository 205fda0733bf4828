"""Several inspectors of one recipe side by side: as many frames at a time, in the order of their asking.

A graph of some hundred small steps doesn't share out well: two frames on one core each pass faster than one
after the other on both, though each takes longer (docs/inspector.md has the figures).
"""

import queue
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from vision.calibration import Calibration
from vision.card import ModelCard
from vision.inspector import Inspector
from vision.picture_figures import PictureFigures
from vision.types import Frame, Inspection


class FrameInspector(Protocol):
    """What a line asks to judge its frames."""

    @property
    def card(self) -> ModelCard:
        """The recipe in use, its thresholds included."""

    @property
    def pool_ids(self) -> tuple[int, ...]:
        """The system's ids of the threads that work for it, the asking one left out."""

    @property
    def usual(self) -> PictureFigures:
        """Figures of the good material that the recipe was learnt from."""

    def recalibrate(self, calibration: Calibration) -> None:
        """Correct and place by another calibration of the same camera."""

    def warm_up(self, rows: int) -> None:
        """Get ready for frames of so many rows."""

    def begin(self, frame: Frame) -> None:
        """Begin a frame that will be asked for soon, if there is a core for it."""

    def inspect(self, frame: Frame) -> Inspection:
        """Judge one frame; never raises."""


class InspectorPool:
    """Inspectors of one recipe, each with a thread of its own; asked by one thread."""

    def __init__(self, inspectors: Sequence[Inspector]) -> None:
        self._inspectors = tuple(inspectors)
        self._free: queue.SimpleQueue[Inspector] = queue.SimpleQueue()
        for inspector in self._inspectors:
            self._free.put(inspector)
        count = len(self._inspectors)
        self._most_begun = count + 1  # one waits, so that no inspector does
        self._begun: OrderedDict[int, tuple[Frame, Future[Inspection]]] = OrderedDict()
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="inspector")
        self._thread_ids = self._start(count)

    @property
    def card(self) -> ModelCard:
        """The recipe in use, its thresholds included."""
        return self._inspectors[0].card

    @property
    def pool_ids(self) -> tuple[int, ...]:
        """The system's ids of the pool's threads and of those that the runtime made."""
        runtime = (thread_id for inspector in self._inspectors for thread_id in inspector.pool_ids)
        return (*self._thread_ids, *runtime)

    @property
    def usual(self) -> PictureFigures:
        """Figures of the good material that the recipe was learnt from."""
        return self._inspectors[0].usual

    def recalibrate(self, calibration: Calibration) -> None:
        """Take another calibration of the same camera once each inspector has ended its frame."""
        held = [self._free.get() for _ in self._inspectors]
        try:
            for inspector in held:
                inspector.recalibrate(calibration)
        finally:
            for inspector in held:
                self._free.put(inspector)

    def warm_up(self, rows: int) -> None:
        """Get each inspector ready for frames of so many rows."""
        for inspector in self._inspectors:
            inspector.warm_up(rows)

    def begin(self, frame: Frame) -> None:
        """Begin a frame that will be asked for soon; nothing happens while all have enough to do."""
        if len(self._begun) < self._most_begun and id(frame) not in self._begun:
            self._begun[id(frame)] = frame, self._pool.submit(self._inspect, frame)

    def inspect(self, frame: Frame) -> Inspection:
        """Judge one frame, begun or not; what was begun before it and never asked for is forgotten."""
        while self._begun:
            number, (_, begun) = self._begun.popitem(last=False)
            if number == id(frame):
                return begun.result()
            begun.cancel()
        return self._pool.submit(self._inspect, frame).result()

    def _inspect(self, frame: Frame) -> Inspection:
        inspector = self._free.get()
        try:
            return inspector.inspect(frame)
        finally:
            self._free.put(inspector)

    def _start(self, count: int) -> tuple[int, ...]:
        """Start the threads now, so that they can be given a rank before the first frame."""
        all_here = threading.Barrier(count)

        def meet() -> int:
            all_here.wait()
            return threading.get_native_id()

        return tuple(future.result() for future in [self._pool.submit(meet) for _ in range(count)])
