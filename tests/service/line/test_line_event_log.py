import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.events import AlarmRaised, CommandAnswered, Stamp, Tenant
from service.line.errors import LineError, LogBusyError, LogFullError
from service.line.event_log import Draft, EventLog, read_events
from service.line_commands import CommandOutcome

MakeDraft = Callable[[str], Draft]


def codes(log: EventLog, after: int = 0) -> list[str]:
    return [event.body.code for event in log.read_after(after, 100) if isinstance(event.body, AlarmRaised)]


def test_events_are_numbered_from_one_without_gaps(event_log: EventLog, draft: MakeDraft) -> None:
    assert event_log.append([draft("a"), draft("b")]) == 2
    assert event_log.append([draft("c")]) == 3
    events = event_log.read_after(0, 10)
    assert [event.seq for event in events] == [1, 2, 3]
    assert len({event.id for event in events}) == 3
    assert {event.log_id for event in events} == {event_log.log_id}
    assert all(event.demo for event in events)


def test_reading_goes_on_after_a_number(event_log: EventLog, draft: MakeDraft) -> None:
    event_log.append([draft(code) for code in "abcd"])
    assert codes(event_log, after=2) == ["c", "d"]
    assert [event.seq for event in event_log.read_after(1, 2)] == [2, 3]


def test_reopening_goes_on_with_numbers_id_and_forwarded_mark(
    tmp_path: Path, tenant: Tenant, draft: MakeDraft
) -> None:
    first = EventLog(tmp_path, tenant=tenant, demo=False)
    first.append([draft("a"), draft("b")])
    first.mark_forwarded(1)
    first.close()
    second = EventLog(tmp_path, tenant=tenant, demo=False)
    assert second.append([draft("c")]) == 3
    assert (second.log_id, second.forwarded()) == (first.log_id, 1)
    second.close()


def test_the_forwarded_mark_goes_back_when_the_plant_lost_events(
    event_log: EventLog, draft: MakeDraft
) -> None:
    event_log.append([draft("a"), draft("b")])
    event_log.mark_forwarded(2)
    event_log.mark_forwarded(1)
    assert event_log.forwarded() == 1


def test_a_second_process_with_the_same_line_is_told_who_runs(tmp_path: Path, tenant: Tenant) -> None:
    log = EventLog(tmp_path, tenant=tenant, demo=False)
    with pytest.raises(LogBusyError, match=rf"loom-1 is already running as process {os.getpid()}"):
        EventLog(tmp_path, tenant=tenant, demo=False)
    log.close()
    EventLog(tmp_path, tenant=tenant, demo=False).close()


def test_a_killed_writer_leaves_a_log_that_opens_with_all_that_was_committed(
    tmp_path: Path, tenant: Tenant
) -> None:
    script = f"""
import os, signal
from datetime import datetime, UTC
from pathlib import Path
from service.events import AlarmRaised, Stamp, Tenant
from service.line.event_log import Draft, EventLog
log = EventLog(Path({str(tmp_path)!r}), tenant=Tenant(**{asdict(tenant)!r}), demo=False)
stamp = Stamp(utc=datetime.now(UTC), mono_ns=1, encoder_mm=0.0)
for number in range(20):
    log.append([Draft(stamp=stamp, body=AlarmRaised(code=str(number), detail=""))])
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, cwd=Path(__file__).parents[3])
    assert done.returncode == -9
    log = EventLog(tmp_path, tenant=tenant, demo=False)
    assert codes(log) == [str(number) for number in range(20)]
    log.close()


def test_another_lines_log_is_refused(tmp_path: Path, tenant: Tenant) -> None:
    EventLog(tmp_path, tenant=tenant, demo=False).close()
    with pytest.raises(LineError, match="is the log of line loom-1, not of loom-2"):
        EventLog(tmp_path, tenant=replace(tenant, line="loom-2"), demo=False)


def test_a_file_that_is_no_log_is_refused(tmp_path: Path, tenant: Tenant) -> None:
    (tmp_path / "events.sqlite").write_bytes(b"this is not a database, it is a text" * 100)
    with pytest.raises(LineError, match="can't be opened as event log"):
        EventLog(tmp_path, tenant=tenant, demo=False)
    with pytest.raises(LineError, match="is not a readable event log"):
        list(read_events(tmp_path / "events.sqlite"))


def test_a_missing_log_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(LineError, match="there is no such event log"):
        list(read_events(tmp_path / "nothing.sqlite"))


def test_a_full_disk_writes_all_of_a_batch_or_nothing(event_log: EventLog, draft: MakeDraft) -> None:
    event_log.append([draft("before")])
    pages = event_log._db.execute("PRAGMA page_count").fetchone()[0]
    event_log._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LogFullError, match="free the disk"):
        event_log.append([draft("x" * 2000) for _ in range(50)])
    assert codes(event_log) == ["before"]
    event_log._db.execute("PRAGMA max_page_count = 1000000")
    assert event_log.append([draft("after")]) == 2


def test_a_log_can_be_read_while_it_is_written(event_log: EventLog, draft: MakeDraft) -> None:
    event_log.append([draft("a")])
    assert [event.seq for event in read_events(event_log.path)] == [1]
    event_log.append([draft("b")])
    assert [event.seq for event in read_events(event_log.path)] == [1, 2]


def test_a_command_is_claimed_once_over_restarts(tmp_path: Path, tenant: Tenant) -> None:
    log = EventLog(tmp_path, tenant=tenant, demo=False)
    assert log.claim_command("c1", "hold")
    assert not log.claim_command("c1", "hold")
    log.close()
    again = EventLog(tmp_path, tenant=tenant, demo=False)
    assert not again.claim_command("c1", "hold")
    assert again.unanswered_commands() == [("c1", "hold")]
    stamp = Stamp(utc=datetime(2026, 1, 1, tzinfo=UTC), mono_ns=0, encoder_mm=0.0)
    answer = CommandAnswered(command_id="c1", command="hold", outcome=CommandOutcome.DONE, detail="")
    again.append([Draft(stamp=stamp, body=answer)])
    assert again.unanswered_commands() == []
    assert not again.claim_command("c1", "hold")
    again.close()


def test_the_latest_events_of_a_kind_come_newest_first(event_log: EventLog, draft: MakeDraft) -> None:
    event_log.append([draft("a"), draft("b")])
    assert [event.seq for event in event_log.latest("alarm_raised", limit=5)] == [2, 1]
    assert event_log.latest("roll_started") == []
    assert [event.seq for event in event_log.latest()] == [2]
