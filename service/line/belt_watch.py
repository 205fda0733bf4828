"""Does the belt run, and forwards? What stands still or comes back is said, not only unseen."""

from collections.abc import Callable
from typing import Final

from service.line.inbox import Recovered, Trouble
from service.line.situation import Situation
from service.said.codes import Said
from service.said.sayings import say

LOOK_EVERY_S: Final = 0.5
STOPPED_S: Final = 3.0  # without a count: a belt that starts and stops with its feeder pauses for less
BACK_MM: Final = 5.0  # less is an encoder that trembles
STOPPED, REVERSED = "belt_stopped", "belt_reversed"


class BeltWatch:
    """Used by the line's thread alone."""

    def __init__(self, situation: Situation, *, counts_per_mm: float, now_ns: Callable[[], int]) -> None:
        self._situation, self._now_ns = situation, now_ns
        self._back = round(BACK_MM * counts_per_mm)
        self._counts_per_mm = counts_per_mm
        self._next_ns = 0
        self._highest: int | None = None
        self._moved_ns = now_ns()
        self._last: int | None = None

    def tick(self, count: int | None) -> None:
        """Look at where the web is; None: nobody knows, and the link's own alarm says so."""
        now_ns = self._now_ns()
        if now_ns < self._next_ns:
            return
        self._next_ns = now_ns + round(LOOK_EVERY_S * 1e9)
        if count is None:
            self._highest, self._last, self._moved_ns = None, None, now_ns
            return
        if count != self._last:
            self._last, self._moved_ns = count, now_ns
            self._situation.recovered(Recovered(code=STOPPED))
        elif now_ns - self._moved_ns > STOPPED_S * 1e9:
            self._situation.trouble(Trouble(code=STOPPED, said=say(Said.BELT_STOPPED, seconds=STOPPED_S)))
        if self._highest is None or count >= self._highest:
            self._highest = count
            self._situation.recovered(Recovered(code=REVERSED))
        elif self._highest - count > self._back:
            back_mm = (self._highest - count) / self._counts_per_mm
            said = say(Said.BELT_REVERSED, back_mm=back_mm)
            self._situation.trouble(Trouble(code=REVERSED, said=said, degrades=True))
