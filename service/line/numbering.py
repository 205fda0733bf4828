"""Which trigger is a frame's? Told by the cable, by time, or not needed since the camera knows its place.

A real camera counts its own frames, not the controller's triggers, and it leaves out a trigger that comes
too early without a word. So a frame's number only predicts its trigger, and the clock must agree: a frame on
the wrong place of the web would be worse than a frame that is lost.
"""

import logging
from collections import OrderedDict
from typing import Protocol

from vision.types import Frame

log = logging.getLogger(__name__)

NEVER = -1  # this frame can't be placed, however long one waits
TRIGGERS_KEPT = 512
SOUND_S = 0.5  # between triggers while the camera's delay is found: longer than any delay
SOUNDINGS = 3  # the middle one counts: a host that was held up once makes a frame seem late
DOUBTS = 12  # frames in a row that lie at no trigger: the delay is not what it was, it is found again
EARLY_NS = 5_000_000  # the two clocks agree to this


class Numbering(Protocol):
    """Used by the line's thread alone."""

    def pitch_counts(self, wanted: int) -> int | None:
        """How often to expose now; None: the camera needs no triggers."""

    def exposed(self, seq: int, exposed_ns: int) -> None:
        """Note a trigger and when it was, on the host's clock."""

    def restarted(self) -> None:
        """The triggers count from 0 again."""

    def camera_opened(self) -> None:
        """The camera counts from 0 again."""

    def predicted(self, frame_seq: int) -> int:
        """Return the trigger of a frame that is not here, as far as counting tells."""

    def trigger_of(self, frame: Frame) -> int | None:
        """Return the number of a frame's trigger; None: not known yet; NEVER: it won't be."""


class ByCable:
    """A simulated camera takes its number from the trigger cable."""

    def pitch_counts(self, wanted: int) -> int | None:
        """Every frame."""
        return wanted

    def exposed(self, seq: int, exposed_ns: int) -> None:
        """Nothing to note."""

    def restarted(self) -> None:
        """Nothing to forget."""

    def camera_opened(self) -> None:
        """Nothing to forget."""

    def predicted(self, frame_seq: int) -> int:
        """The same."""
        return frame_seq

    def trigger_of(self, frame: Frame) -> int | None:
        """It stands on the frame."""
        return frame.seq


class ByCount(ByCable):
    """The camera's frames say themselves where they lie: nothing is triggered by the controller."""

    def pitch_counts(self, wanted: int) -> int | None:
        """No triggers."""
        return None


class ByTime:
    """A camera of its own: how long after a trigger its frames come is found with a few lonely triggers."""

    def __init__(self, *, counts_per_s: float) -> None:
        """`counts_per_s`: encoder counts at the nominal speed."""
        self._counts_per_s = counts_per_s
        self._exposed: OrderedDict[int, int] = OrderedDict()
        self._delay_ns: int | None = None
        self._lags_ns: list[int] = []
        self._doubts = 0
        self._offset: int | None = None  # trigger minus frame number
        self._guess: int | None = None  # an offset that the clock said once

    @property
    def delay_ms(self) -> float | None:
        """From trigger to frame; None while it is not known."""
        return None if self._delay_ns is None else self._delay_ns / 1e6

    def pitch_counts(self, wanted: int) -> int | None:
        """Far apart until the delay is known."""
        if self._delay_ns is None:
            return max(wanted, round(SOUND_S * self._counts_per_s))
        return wanted

    def exposed(self, seq: int, exposed_ns: int) -> None:
        """Note a trigger."""
        self._exposed[seq] = exposed_ns
        if len(self._exposed) > TRIGGERS_KEPT:
            self._exposed.popitem(last=False)

    def restarted(self) -> None:
        """Forget the triggers; the delay stays."""
        self._exposed.clear()
        self._offset = self._guess = None

    def camera_opened(self) -> None:
        """Forget how the two counts lie; the delay stays."""
        self._offset = self._guess = None

    def predicted(self, frame_seq: int) -> int:
        """Return the trigger by count alone."""
        return NEVER if self._offset is None else frame_seq + self._offset

    def trigger_of(self, frame: Frame) -> int | None:
        """Return the trigger that the frame's number predicts and its time confirms."""
        if self._delay_ns is None:
            return self._sounded(frame)
        if self._offset is None:
            return self._anchored(frame)
        seq = frame.seq + self._offset
        if seq not in self._exposed:
            return None if not self._exposed or seq > next(reversed(self._exposed)) else self._doubt()
        drift_ns = frame.captured_ns - self._delay_ns - self._exposed[seq]
        if abs(drift_ns) > self._period_ns(seq) / 2:
            return self._doubt()
        self._delay_ns += drift_ns // 16
        self._doubts = 0
        return seq

    def _sounded(self, frame: Frame) -> int | None:
        """The trigger before a frame is its own: no other is near."""
        before = [seq for seq, at_ns in self._exposed.items() if at_ns <= frame.captured_ns + EARLY_NS]
        if not before:
            return None
        seq = before[-1]
        lag_ns = frame.captured_ns - self._exposed[seq]
        if lag_ns > SOUND_S * 1e9:
            return NEVER  # of an earlier trigger
        self._lags_ns.append(max(0, lag_ns))
        if len(self._lags_ns) == SOUNDINGS:
            self._delay_ns = sorted(self._lags_ns)[SOUNDINGS // 2]
            log.info("frames come %.1f ms after their trigger", self._delay_ns / 1e6)
        self._offset = seq - frame.seq
        return seq

    def _anchored(self, frame: Frame) -> int | None:
        """Two frames in a row must lie at their triggers before the counts are tied together again."""
        if self._delay_ns is None or not self._exposed:
            return None
        wanted_ns = frame.captured_ns - self._delay_ns
        newest = next(reversed(self._exposed))
        if wanted_ns > self._exposed[newest] + self._period_ns(newest) / 4:
            return None  # its trigger has not been reported yet
        seq = min(self._exposed, key=lambda each: abs(self._exposed[each] - wanted_ns))
        if abs(self._exposed[seq] - wanted_ns) > self._period_ns(seq) / 4:
            return self._doubt()
        before, self._guess = self._guess, seq - frame.seq
        if before != self._guess:
            return NEVER
        self._offset, self._doubts = self._guess, 0
        return seq

    def _doubt(self) -> int:
        self._offset = self._guess = None
        self._doubts += 1
        if self._doubts == DOUBTS:
            log.warning("%d frames in a row lie at no trigger: their delay is found anew", DOUBTS)
            self._delay_ns, self._lags_ns, self._doubts = None, [], 0
        return NEVER

    def _period_ns(self, seq: int) -> float:
        before = self._exposed.get(seq - 1)
        return self._exposed[seq] - before if before is not None else SOUND_S * 1e9
