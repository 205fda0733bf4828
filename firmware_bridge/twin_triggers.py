"""The camera trigger of a controller: an exposure every pitch, and the last reports kept for re-sending."""

from collections import deque

from firmware_bridge.counting import WRAP
from firmware_bridge.twin_motion import Instant
from firmware_bridge.types import TriggerReport

KEPT_REPORTS = 64  # 768 bytes of the controller's memory; at 200 strips/s the host has 0.3 s to ask again


class Triggers:
    """Counts exposures since TRIGGER_START."""

    def __init__(self) -> None:
        self.run = 0
        self.exposures = 0
        self.next_count: int | None = None  # None: not running
        self._pitch_counts = 0
        self._kept: deque[TriggerReport] = deque(maxlen=KEPT_REPORTS)

    def start(self, *, run: int, pitch_counts: int, count: int) -> None:
        """Begin a run; the first exposure is one pitch from here."""
        self.run = run
        self.exposures = 0
        self._pitch_counts = pitch_counts
        self._kept.clear()
        self.next_count = count + pitch_counts

    def stop(self) -> None:
        """End the run; its reports can still be asked for."""
        self.next_count = None

    def expose(self, at: Instant) -> TriggerReport | None:
        """Expose if the belt is there. Running backwards exposes nothing twice."""
        if self.next_count is None or at.count < self.next_count:
            return None
        report = TriggerReport(seq=self.exposures, encoder_count=self.next_count % WRAP, tick=at.tick % WRAP)
        self.exposures += 1
        self.next_count += self._pitch_counts
        self._kept.append(report)
        return report

    @property
    def oldest_kept(self) -> int:
        """Number of the oldest report that can be asked for."""
        return self.exposures - len(self._kept)

    def kept(self, *, run: int, first: int, count: int) -> list[TriggerReport]:
        """Return those of the asked reports that are still kept."""
        if run != self.run:
            return []
        return [report for report in self._kept if first <= report.seq < first + count]
