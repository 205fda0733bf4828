"""What the tests of a whole line share: finish and check it, and what its log says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from service.event_terms import LineState, NotInspectedReason
from service.events import (
    AlarmRaised,
    SpanNotInspected,
    StateChanged,
)
from service.line.event_log import read_events
from service.line.inbox import CommandArrived
from service.line.line import Line
from service.line.replay import replay
from service.line_commands import LineCommand, LineCommandKind
from service.settings import ReplayCameraSettings

Make = Callable[..., Any]


def finish(rig: Any) -> None:
    """Stop, and check that the account is whole and that every decision can be taken again."""
    rig.line.stop()
    assert rig.line.failure == ""
    report = replay(rig.line.event_log_path)
    assert report.agrees, report.text()


def reasons(rig: Any) -> set[NotInspectedReason]:
    return {span.reason for span in rig.of(SpanNotInspected)}


def states(rig: Any) -> list[LineState]:
    return [change.state for change in rig.of(StateChanged)]


def alarms(rig: Any) -> list[str]:
    return [alarm.code for alarm in rig.of(AlarmRaised)]


def command(kind: LineCommandKind, **arguments: str) -> LineCommand:
    now = datetime.now(UTC)
    return LineCommand(
        id=f"{kind}-{now.isoformat()}",
        line="loom-1",
        command=kind,
        arguments=arguments,
        issued_by="aigerim",
        issued_utc=now,
        expires_utc=now + timedelta(minutes=1),
    )


def tell(rig: Any, kind: LineCommandKind, **arguments: str) -> None:
    rig.line._ground.inbox.put(CommandArrived(command=command(kind, **arguments)))


def replay_settings(folder: Path) -> ReplayCameraSettings:
    return ReplayCameraSettings(
        driver="replay", folder=folder, mm_per_px=0.4, columns=256, rows=128, loop=False, demo=True
    )


class Read:
    """The log of a line that was built without a rig."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def of(self, kind: type) -> list[Any]:
        return [event.body for event in read_events(self.line.event_log_path) if isinstance(event.body, kind)]
