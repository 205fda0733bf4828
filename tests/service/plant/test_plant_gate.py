from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.plant.errors import LogConflictError
from service.plant.gate import Admission, BoundLog, admit

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def bound(silent_s: float, *, ended: bool = False) -> BoundLog:
    return BoundLog(log_id="log-a", last_heard_utc=NOW - timedelta(seconds=silent_s), ended=ended)


def ask(events: Any, owner: BoundLog | None, succeeded: datetime | None = None) -> Admission:
    return admit("loom-1", "log-b", events, bound=owner, succeeded_utc=succeeded, now=NOW)


@pytest.fixture
def log(new_log: Any) -> Any:
    return new_log(log_id="log-b")


def test_the_first_log_of_a_line_is_bound_to_it(log: Any) -> None:
    assert ask([log.state("running")], None) is Admission.SUCCEEDS


def test_a_log_that_started_takes_over_from_one_that_ended(log: Any) -> None:
    assert ask([log.started()], bound(1, ended=True)) is Admission.SUCCEEDS


def test_a_log_that_started_waits_for_sixty_seconds_of_silence(log: Any) -> None:
    started = [log.started()]
    with pytest.raises(LogConflictError, match="heard 59 s ago"):
        ask(started, bound(59))
    assert ask(started, bound(60)) is Admission.SUCCEEDS


def test_a_stranger_without_a_start_never_takes_over(log: Any) -> None:
    with pytest.raises(LogConflictError):
        ask([log.state("running")], bound(3600, ended=True))


def test_a_log_that_spoke_before_needs_no_new_start(log: Any) -> None:
    long_ago = NOW - timedelta(days=365)
    assert ask([log.state("running")], bound(60), succeeded=long_ago) is Admission.SUCCEEDS


def test_events_from_before_the_succession_come_in_late(log: Any) -> None:
    assert ask([log.state("running")], bound(0), succeeded=NOW) is Admission.LATE
