"""What the live pages show, asked of the plant once for all open panels."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from service.plant.plant import Plant
from service.plant.views.commands import CommandView
from service.plant.views.defects import DefectView
from service.plant.views.lines import AlarmView, LineView

REVIEWS_OLDEST_S = 5.0  # the number in the rail
OLDEST_S = 1.0  # ages and the last hour's coverage move without any event
SHORTEST_S = 0.05  # a busy line changes the plant's revision with each batch
CROPS_A_LINE = 8
COMMANDS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The state of every line at one moment."""

    number: int  # 1, 2, 3 …
    revision: int
    lines: tuple[LineView, ...]
    crops: dict[str, tuple[DefectView, ...]]  # by line
    alarms: tuple[AlarmView, ...]
    commands: tuple[CommandView, ...]

    @property
    def demo(self) -> bool:
        """Whether rendered or simulated input had a part in anything shown."""
        return any(line.demo for line in self.lines)


class Snapshots:
    """Keeps the newest snapshot; asks the plant again only for news, or when it gets old. Thread-safe."""

    def __init__(self, plant: Plant, now_s: Callable[[], float]) -> None:
        self._plant = plant
        self._now_s = now_s
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None
        self._taken_s = 0.0
        self._number = 0
        self._reviews = 0
        self._reviews_s = float("-inf")

    def newest(self) -> Snapshot:
        """The newest snapshot, at most a second old."""
        with self._lock:
            if self._newest is None or self._is_stale(self._newest):
                self._newest = self._take()
                self._taken_s = self._now_s()
            return self._newest

    def forget(self) -> None:
        """Ask the plant anew the next time."""
        with self._lock:
            self._newest = None

    def reviews_waiting(self) -> int:
        """How many items wait in the review queue, five seconds old at most."""
        with self._lock:
            if self._now_s() - self._reviews_s > REVIEWS_OLDEST_S:
                self._reviews = sum(self._plant.review.state("").waiting.values())
                self._reviews_s = self._now_s()
            return self._reviews

    def _is_stale(self, snapshot: Snapshot) -> bool:
        age_s = self._now_s() - self._taken_s
        if age_s < SHORTEST_S:
            return False
        return age_s > OLDEST_S or snapshot.revision != self._plant.revision

    def _take(self) -> Snapshot:
        revision = self._plant.revision  # before the questions: news that come meanwhile are asked for again
        lines = self._plant.lines()
        self._number += 1
        return Snapshot(
            number=self._number,
            revision=revision,
            lines=lines,
            crops={line.line: self._plant.newest_crops(line.line, CROPS_A_LINE) for line in lines},
            alarms=self._plant.alarms(limit=50),
            commands=self._plant.commands(limit=COMMANDS_SHOWN),
        )
