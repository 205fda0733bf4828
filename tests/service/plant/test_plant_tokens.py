import logging
from dataclasses import replace
from typing import Any

import pytest

from service.plant.errors import PlantError
from service.plant.plant import Plant


def token_of(settings: Any, line: str) -> str:
    path = next(access.token_file for access in settings.lines if access.line == line)
    return str(path.read_text(encoding="ascii").strip())


def test_a_missing_token_file_is_made_for_its_owner_only(plant: Plant, settings: Any) -> None:
    for access in settings.lines:
        assert access.token_file.stat().st_mode & 0o777 == 0o600
        assert len(access.token_file.read_text(encoding="ascii").strip()) >= 40


def test_a_token_belongs_to_its_line_and_to_no_other(plant: Plant, settings: Any) -> None:
    assert plant.check_token(token_of(settings, "loom-1")) == "loom-1"
    assert plant.check_token(token_of(settings, "opener-1")) == "opener-1"
    for wrong in ("", "x", token_of(settings, "loom-1")[:-1], token_of(settings, "loom-1") + "x", "қазақ"):
        assert plant.check_token(wrong) is None


def test_a_token_outlives_a_restart_and_is_not_in_the_database(settings: Any, clock: Any) -> None:
    Plant.open(settings, clock).close()
    token = token_of(settings, "loom-1")
    again = Plant.open(settings, clock)
    assert again.check_token(token) == "loom-1"
    again.close()
    assert token.encode() not in (settings.data_dir / "plant.sqlite3").read_bytes()


def test_a_changed_token_is_in_the_audit_log(settings: Any, clock: Any) -> None:
    Plant.open(settings, clock).close()
    settings.lines[0].token_file.write_text("another-token-of-enough-length", encoding="ascii")
    again = Plant.open(settings, clock)
    entries = [(entry.action, entry.subject) for entry in again.audit_log.page().items]
    again.close()
    assert entries == [
        ("set_token", "loom-1"),
        ("set_token", "opener-1"),
        ("set_token", "loom-2"),
        ("set_token", "loom-1"),
    ]


def test_a_line_taken_out_of_the_settings_loses_its_token(settings: Any, clock: Any) -> None:
    Plant.open(settings, clock).close()
    token = token_of(settings, "loom-1")
    fewer = Plant.open(replace(settings, lines=settings.lines[1:]), clock)
    assert fewer.check_token(token) is None
    assert fewer.audit_log.page().items[0].action == "remove_token"
    fewer.close()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("short", "holds 5 characters"),
        ("", "holds 0 characters"),
        ("ә" * 30, "holds no token"),
        ("two words that are long enough", "holds no token"),
        ("line-one-of-a-token\nline-two-of-a-token", "no token"),
    ],
)
def test_a_file_that_holds_no_token_is_named(settings: Any, clock: Any, content: str, message: str) -> None:
    settings.lines[0].token_file.write_text(content, encoding="utf-8")
    with pytest.raises(PlantError, match=message) as caught:
        Plant.open(settings, clock)
    assert caught.value.problem == "bad_token"


def test_two_lines_with_one_token_are_refused(settings: Any, clock: Any) -> None:
    for access in settings.lines[:2]:
        access.token_file.write_text("the-same-token-for-two-lines", encoding="ascii")
    with pytest.raises(PlantError, match="two lines have the same token"):
        Plant.open(settings, clock)


def test_a_token_that_others_can_read_is_warned_about(
    settings: Any, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    path = settings.lines[0].token_file
    path.write_text("a-token-that-others-can-read", encoding="ascii")
    path.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        Plant.open(settings, clock).close()
    assert "can be read by others" in caplog.text
