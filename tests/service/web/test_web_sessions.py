"""Sessions run out, survive a restart, and their file holds no token."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.web.sessions import LONGEST_LIFE, LONGEST_PAUSE, MOST_PER_USER, Sessions


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


def test_a_session_ends_after_a_long_pause(tmp_path: Path) -> None:
    clock = Clock()
    sessions = Sessions(tmp_path / "s.json", clock)
    token = sessions.start("aigul")
    clock.moment += LONGEST_PAUSE
    assert sessions.login_of(token) == "aigul"  # used: the pause counts anew
    clock.moment += LONGEST_PAUSE + timedelta(seconds=1)
    assert sessions.login_of(token) is None


def test_a_session_ends_after_its_longest_life_however_busy_it_is(tmp_path: Path) -> None:
    clock = Clock()
    sessions = Sessions(tmp_path / "s.json", clock)
    token = sessions.start("aigul")
    while clock.moment - datetime(2026, 3, 2, tzinfo=UTC) < LONGEST_LIFE:
        assert sessions.login_of(token) == "aigul"
        clock.moment += timedelta(hours=11)
    assert sessions.login_of(token) is None


def test_a_restart_logs_nobody_out(tmp_path: Path) -> None:
    clock = Clock()
    token = Sessions(tmp_path / "s.json", clock).start("aigul")
    assert Sessions(tmp_path / "s.json", clock).login_of(token) == "aigul"


def test_the_file_is_for_its_owner_only_and_holds_no_token(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "s.json"
    token = Sessions(file, Clock()).start("aigul")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert token not in file.read_text()


def test_a_broken_file_logs_everybody_out_and_the_next_login_mends_it(tmp_path: Path) -> None:
    file = tmp_path / "s.json"
    file.write_text('{"x": 7}')
    token = Sessions(file, Clock()).start("aigul")
    assert Sessions(file, Clock()).login_of(token) == "aigul"


def test_logging_in_again_and_again_fills_nothing(tmp_path: Path) -> None:
    clock = Clock()
    sessions = Sessions(tmp_path / "s.json", clock)
    tokens: list[str] = []
    for _ in range(MOST_PER_USER + 1):
        clock.moment += timedelta(seconds=1)
        tokens.append(sessions.start("aigul"))
    assert sessions.login_of(tokens[0]) is None
    assert sessions.login_of(tokens[1]) == "aigul"


def test_a_file_that_cannot_be_written_keeps_people_logged_in(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where the folder should be")
    sessions = Sessions(tmp_path / "blocked" / "s.json", Clock())
    assert sessions.login_of(sessions.start("aigul")) == "aigul"
