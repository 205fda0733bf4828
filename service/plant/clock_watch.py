"""Clocks that jump or run ahead: the events are kept as they came, and someone is told. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from service.events import Event
from service.plant.store.plant_alarms import PlantAlarm
from service.said.codes import Said
from service.said.sayings import Saying, say

JUMP = timedelta(seconds=60)  # wall clock against monotonic clock of the same machine, within one batch
AHEAD = timedelta(seconds=60)  # against the plant's clock


def clock_alarms(line: str, events: Sequence[Event], now: datetime) -> Iterator[PlantAlarm]:
    """What is wrong with the clock of a line, as one delivery shows it."""
    ordered = sorted(events, key=lambda event: event.seq)
    newest = max(ordered, key=lambda event: event.stamp.utc)
    if newest.stamp.utc - now > AHEAD:
        yield _alarm(
            "clock_ahead",
            newest,
            say(Said.CLOCK_AHEAD, line=line, told_utc=newest.stamp.utc, now_utc=now),
        )
    for before, after in zip(ordered, ordered[1:], strict=False):
        passed = timedelta(microseconds=(after.stamp.mono_ns - before.stamp.mono_ns) / 1000)
        if passed < timedelta(0):
            continue  # the machine was started anew: its monotonic clock began again
        jump = after.stamp.utc - before.stamp.utc - passed
        if abs(jump) > JUMP:
            yield _alarm(
                "clock_jumped",
                after,
                say(Said.CLOCK_JUMPED, line=line, seconds=jump.total_seconds(), event=str(after.seq)),
            )
            return


def clock_is_right(events: Sequence[Event], now: datetime) -> bool:
    """Whether the newest event of a delivery lies close to the plant's own time."""
    newest = max(events, key=lambda event: event.stamp.utc)
    return newest.stamp.utc - now <= AHEAD


def _alarm(code: str, event: Event, said: Saying) -> PlantAlarm:
    return PlantAlarm(
        code=code, subject=event.tenant.line, line=event.tenant.line, said=said, demo=event.demo
    )
