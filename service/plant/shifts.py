"""Which shift a moment belongs to: shifts follow each other around the clock and may pass midnight. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.plant.errors import PlantError
from service.plant.views.kpis import Window, WindowName
from service.settings import ShiftSettings

WEEK = timedelta(days=7)
FIRST_YEAR, LAST_YEAR = 2000, 2200  # beyond it a clock or a client is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One shift of one day; `day` is the local date on which it began."""

    name: str
    day: date
    from_utc: datetime
    to_utc: datetime  # the next shift's start


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The plant's shifts; without any, a day is one shift."""

    zone: ZoneInfo
    shifts: tuple[ShiftSettings, ...]  # by start

    @classmethod
    def of(cls, time_zone: str, shifts: Sequence[ShiftSettings]) -> "Calendar":
        """Build from settings, which were checked when they were read."""
        ordered = tuple(sorted(shifts, key=lambda shift: shift.start))
        return cls(zone=ZoneInfo(time_zone), shifts=ordered or (ShiftSettings(name="day", start="00:00"),))

    def shift_at(self, moment: datetime) -> Shift:
        """The shift that a moment belongs to."""
        day = moment.astimezone(self.zone).date()
        starts = [
            (self._start_utc(on, shift), on, shift.name)
            for on in (day - timedelta(days=1), day, day + timedelta(days=1))
            for shift in self.shifts
        ]
        at = max(index for index, (start, _, _) in enumerate(starts) if start <= moment)
        start, on, name = starts[at]
        return Shift(name=name, day=on, from_utc=start, to_utc=starts[at + 1][0])

    def window(self, name: WindowName, now: datetime) -> Window:
        """A named window as of now."""
        today = now.astimezone(self.zone).date()
        if name is WindowName.DAY:
            return Window(from_utc=self._midnight_utc(today), to_utc=now, name=name.value)
        if name is WindowName.MONTH:
            return Window(from_utc=self._midnight_utc(today.replace(day=1)), to_utc=now, name=name.value)
        if name is WindowName.LAST_MONTH:
            last_day = today.replace(day=1) - timedelta(days=1)
            return replace(self.days(last_day.replace(day=1), last_day), name=name.value)
        if name is WindowName.WEEK:
            return Window(from_utc=now - WEEK, to_utc=now, name=name.value)
        shift = self.shift_at(now)
        if name is WindowName.SHIFT:
            return Window(from_utc=shift.from_utc, to_utc=now, name=name.value, shift=shift.name)
        last = self.shift_at(shift.from_utc - timedelta(microseconds=1))
        return Window(from_utc=last.from_utc, to_utc=last.to_utc, name=name.value, shift=last.name)

    def days(self, first: date, last: date) -> Window:
        """Whole local days, the last one included; `check_window` refuses what is the wrong way round."""
        end = last + timedelta(days=1) if last < date.max else last
        return Window(from_utc=self._midnight_utc(first), to_utc=self._midnight_utc(end))

    def last_days(self, now: datetime, count: int) -> tuple[Window, ...]:
        """The days up to now, oldest first; the last one is not over yet."""
        today = now.astimezone(self.zone).date()
        before = [today - timedelta(days=back) for back in range(count - 1, 0, -1)]
        return (*(self.days(day, day) for day in before), self.window(WindowName.DAY, now))

    def _midnight_utc(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def _start_utc(self, day: date, shift: ShiftSettings) -> datetime:
        hour, minute = shift.start.split(":")
        local = datetime.combine(day, time(int(hour), int(minute)), tzinfo=self.zone)
        return local.astimezone(UTC)


def check_moment(moment: datetime | None) -> None:
    """Refuse a moment without a zone, or one that can't be turned into another zone; None is none.

    Raises:
        PlantError: bad_window.
    """
    if moment is None:
        return
    if moment.tzinfo is None:
        raise PlantError("bad_window", f"{moment} has no time zone; give one, e.g. 2026-01-31T06:00:00Z")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise PlantError("bad_window", f"{moment}: give a year from {FIRST_YEAR} to {LAST_YEAR}")


def check_window(window: Window) -> None:
    """Refuse a window that no row can belong to.

    Raises:
        PlantError: bad_window.
    """
    if window.from_utc.tzinfo is None or window.to_utc.tzinfo is None:
        raise PlantError("bad_window", f"{window.from_utc} to {window.to_utc} has no time zone; give one")
    years = (window.from_utc.year, window.to_utc.year)
    if not all(FIRST_YEAR <= year <= LAST_YEAR for year in years):
        raise PlantError(
            "bad_window", f"years {years[0]} to {years[1]}: windows lie between {FIRST_YEAR} and {LAST_YEAR}"
        )
    if window.from_utc >= window.to_utc:
        raise PlantError("bad_window", f"from {window.from_utc} is not before {window.to_utc}; swap them")
