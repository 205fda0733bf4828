"""States each shift once it has ended, and again when something about it comes late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.plant.ledger.statements import Stater, subject_of
from service.plant.shifts import Calendar, Shift
from service.plant.store import closings
from service.plant.store.database import Transaction

TICK = timedelta(microseconds=1)
MOST_BACK = 120  # shifts stated at once after the plant was off; a month of four a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Closer:
    """Looks after the ends of shifts."""

    stater: Stater
    calendar: Calendar

    def state_due(self, tx: Transaction, now: datetime) -> int:
        """State every shift that ended since the last time; returns how many."""
        running = self.calendar.shift_at(now)
        last = closings.stated_to(tx)
        due: list[Shift] = []
        end = running.from_utc
        while len(due) < MOST_BACK:
            shift = self.calendar.shift_at(end - TICK)
            if last is None and due:
                break
            if last is not None and shift.to_utc <= last:
                break
            due.append(shift)
            end = shift.from_utc
        for shift in reversed(due):
            self.stater.keep(tx, self.stater.of_shift(tx, shift, now, "shift_ended"), now)
        if due:
            closings.note_stated(tx, running.from_utc)
        return len(due)

    def state_late(self, tx: Transaction, moments: Iterable[datetime], now: datetime, reason: str) -> int:
        """State again the ended shifts of these moments; returns how many."""
        running = self.calendar.shift_at(now)
        shifts: dict[str, Shift] = {}
        for moment in sorted(set(moments)):
            if any(known.from_utc <= moment < known.to_utc for known in shifts.values()):
                continue
            shift = self.calendar.shift_at(moment)
            if shift.to_utc <= running.from_utc:
                shifts[subject_of(shift)] = shift
        for shift in shifts.values():
            self.stater.keep(tx, self.stater.of_shift(tx, shift, now, reason), now)
        return len(shifts)
