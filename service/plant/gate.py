"""Which event log may deliver under a line id: two machines must never write one line's history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.events import Event, LineStarted
from service.plant.errors import LogConflictError

SILENCE = timedelta(seconds=60)  # a log that said nothing for so long may be succeeded


class Admission(StrEnum):
    """How a batch comes in."""

    SAME = "same"  # the log that speaks for the line
    SUCCEEDS = "succeeds"  # a log that speaks for the line from this batch on
    LATE = "late"  # from an earlier log, all of it from before its successor


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundLog:
    """The log that speaks for a line now."""

    log_id: str
    last_heard_utc: datetime
    ended: bool  # its newest event is LineStopped


def admit(
    line: str,
    log_id: str,
    events: Sequence[Event],
    *,
    bound: BoundLog | None,
    succeeded_utc: datetime | None,
    now: datetime,
) -> Admission:
    """Decide on a batch; `succeeded_utc` is when another log took over from this one, if it ever spoke.

    A log succeeds when the old one ended with LineStopped or was silent for 60 s, and when it brings a
    LineStarted or has spoken for this line before.

    Raises:
        LogConflictError: the line belongs to another log.
    """
    if bound is None:
        return Admission.SUCCEEDS
    if bound.log_id == log_id:
        return Admission.SAME
    if succeeded_utc is not None and all(event.stamp.utc < succeeded_utc for event in events):
        return Admission.LATE
    introduced = succeeded_utc is not None or any(isinstance(event.body, LineStarted) for event in events)
    silence = now - bound.last_heard_utc
    if introduced and (bound.ended or silence >= SILENCE):
        return Admission.SUCCEEDS
    raise LogConflictError(
        f"line {line}: log {log_id} delivers, but the line is bound to log {bound.log_id}, heard "
        f"{silence.total_seconds():.0f} s ago; is a second machine running with this line id? Stop one of "
        f"the two. A new log takes over with a LineStarted once the old one has ended or was silent for "
        f"{SILENCE.total_seconds():.0f} s"
    )
