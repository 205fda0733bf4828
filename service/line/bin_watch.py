"""Does what the valves blow at fall into the reject bin? Its readings against the acknowledged shots.

A valve that is stuck or without air acknowledges all the same: the controller sees its coil, not its jet.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Final

from service.event_terms import Actuator, ShotFate
from service.events import Body, ShotAnswered
from service.line.inbox import Recovered, Trouble
from service.line.shooter import given_up
from service.line.situation import Situation
from service.line.web_book import Owner
from service.said.codes import Said
from service.said.sayings import Saying, say

LEAST_SHOTS: Final = 5  # acknowledged since the last reading: fewer tell nothing
LEAST_SHARE: Final = 0.2  # of the mass that the shots carried away: less is a valve that doesn't blow
SILENT_TIMES: Final = 3.0  # so many times as long without a reading as agreed: the scale is missing
MOST_HELD: Final = 10_000  # shots of a lane without a reading; older ones can't be taken back any more
STUCK, EMPTY, MISSING = "valve_stuck", "bin_empty", "bin_scale_missing"


class BinWatch:
    """Shots come on the link's thread, readings and ticks on the line's."""

    def __init__(
        self,
        every_s: float | None,
        situation: Situation,
        *,
        now_ns: Callable[[], int],
        record: Callable[[Body], None],
    ) -> None:
        self._every_s, self._situation = every_s, situation
        self._now_ns, self._record = now_ns, record
        self._lock = threading.Lock()
        self._shots: dict[int, deque[ShotAnswered]] = defaultdict(lambda: deque(maxlen=MOST_HELD))
        self._read_ns = now_ns()
        self._stuck: set[int] = set()

    def note(self, body: Body) -> None:
        """Record an event of the shooter; acknowledged shots of valves wait for the bin's reading."""
        self._record(body)
        is_shot = isinstance(body, ShotAnswered) and body.actuator is Actuator.VALVE
        if self._every_s is not None and is_shot and body.fate is ShotFate.SCHEDULED:  # type: ignore[union-attr]  # is_shot
            with self._lock:
                self._shots[body.lane].append(body)  # type: ignore[union-attr, arg-type]  # is_shot

    def read(self, grams: float, lane: int | None = None) -> Saying:
        """Hold a reading against the shots since the last one; returns what it says.

        `lane` None: one bin for all lanes. Shots that nothing fell for are booked as given up: not sorted.
        """
        self._read_ns = self._now_ns()
        self._situation.recovered(Recovered(code=MISSING))
        with self._lock:
            lanes = list(self._shots) if lane is None else [lane]
            shots = [shot for each in lanes for shot in self._shots[each]]
            wanted_g = 1e3 * sum(shot.ejected_kg for shot in shots)
            if len(shots) < LEAST_SHOTS:
                return say(Said.BIN_TOO_FEW, shots=len(shots))
            for each in lanes:
                self._shots[each].clear()
        code = EMPTY if lane is None else STUCK
        if grams >= LEAST_SHARE * wanted_g:
            self._well(code, lane)
            return say(Said.BIN_WELL, grams=grams, shots=len(shots), wanted_g=wanted_g)
        if lane is None:
            said = say(Said.BIN_EMPTY, grams=grams, shots=len(shots), wanted_g=wanted_g)
        else:
            said = say(Said.VALVE_STUCK, lane=lane, grams=grams, shots=len(shots), wanted_g=wanted_g)
        for shot in shots:
            self._record(given_up(shot, Owner(roll_id=shot.roll_id, lot_id=shot.lot_id), said.text))
        if lane is not None:
            self._stuck.add(lane)
        self._situation.trouble(Trouble(code=code, said=said, degrades=True))
        return said

    def tick(self) -> None:
        """Say when the bin's scale has been silent for too long."""
        if self._every_s is None:
            return
        silent_s = (self._now_ns() - self._read_ns) / 1e9
        if silent_s > SILENT_TIMES * self._every_s:
            said = say(Said.BIN_NOT_READ, seconds=SILENT_TIMES * self._every_s, agreed_s=self._every_s)
            self._situation.trouble(Trouble(code=MISSING, said=said))

    def _well(self, code: str, lane: int | None) -> None:
        if lane is not None:
            self._stuck.discard(lane)
            if self._stuck:
                return
        self._situation.recovered(Recovered(code=code))
