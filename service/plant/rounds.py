"""Work that is due now and then: charts, drift, advice, drop folders, the review queue. It never stops."""

import logging
import time
from collections.abc import Callable

from service.plant.plant import Plant

log = logging.getLogger(__name__)
EVERY_S = 30.0


class Rounds:
    """Goes round charts and drop folders when it is due; a failed round is told and tried again."""

    def __init__(self, plant: Plant, now_s: Callable[[], float] = time.monotonic) -> None:
        self._plant = plant
        self._now_s = now_s
        self._next_s = now_s()

    def run_if_due(self) -> None:
        """Go round, at most once in half a minute."""
        if self._now_s() < self._next_s:
            return
        self._next_s = self._now_s() + EVERY_S
        try:
            self._plant.quality.round()
            self._plant.loop.advance()
            self._plant.planning.score()
            self._plant.review.filler.fill()
            self._plant.strips.labels.settle()
        except Exception:  # noqa: BLE001 - the thread's top: the plant goes on taking events
            log.exception("charts and advice could not be brought up to date; tried again in %.0f s", EVERY_S)
            self._plant.quality.trouble.set()
        else:
            self._plant.quality.trouble.clear()
        try:
            self._plant.mill.drops.look()
        except Exception:  # noqa: BLE001 - as above
            log.exception("the drop folders could not be read; tried again in %.0f s", EVERY_S)
