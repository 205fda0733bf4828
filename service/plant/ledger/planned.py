"""Planned busy time: the shifts of a window less days off, breaks and planned stops. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from service.plant.shifts import Calendar, Shift
from service.settings import DayOff

Stretch = tuple[datetime, datetime]


def planned_time(
    calendar: Calendar,
    days_off: Sequence[DayOff],
    stops: Iterable[Stretch],
    from_utc: datetime,
    to_utc: datetime,
) -> timedelta:
    """How long one line was to be busy; breaks count in proportion to the part of a shift in the window."""
    total = timedelta()
    moment = from_utc
    listed = list(stops)
    while moment < to_utc:
        shift = calendar.shift_at(moment)
        start, end = max(shift.from_utc, from_utc), min(shift.to_utc, to_utc)
        if not _is_off(shift, days_off):
            share = (end - start) / (shift.to_utc - shift.from_utc)
            rest = timedelta(minutes=_break_min(calendar, shift)) * share
            stopped = sum((b - a for a, b in _joined(listed, start, end)), timedelta())
            total += max(timedelta(), end - start - rest - stopped)
        moment = shift.to_utc
    return total


def _is_off(shift: Shift, days_off: Sequence[DayOff]) -> bool:
    return any(off.day == shift.day and off.shift in ("", shift.name) for off in days_off)


def _break_min(calendar: Calendar, shift: Shift) -> int:
    return next((known.break_min for known in calendar.shifts if known.name == shift.name), 0)


def _joined(stretches: Iterable[Stretch], start: datetime, end: datetime) -> list[Stretch]:
    joined: list[Stretch] = []
    for a, b in sorted((max(a, start), min(b, end)) for a, b in stretches):
        if a >= b:
            continue
        if joined and a <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], b))
        else:
            joined.append((a, b))
    return joined
