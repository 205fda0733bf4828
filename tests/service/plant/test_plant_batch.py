"""A delivered batch holds only what can be: one wrong event must not make the plant's pages fail."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from service.plant.errors import PlantError
from service.plant.plant import Plant

NewLog = Callable[..., Any]


def refused(plant: Plant, event: Any, line: str = "loom-1") -> PlantError:
    with pytest.raises(PlantError) as caught:
        plant.ingest(line, [event])
    return caught.value


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"from_mm": 50.0, "to_mm": 10.0}, "from_mm is 50.0 and to_mm 10.0; the first must not be above"),
        ({"frames": -5}, "frames is -5; it can't be below 0"),
        ({"inspected_width_mm": -1.0}, "inspected_width_mm is -1.0; it can't be below 0"),
        ({"fed_kg": -0.5}, "fed_kg is -0.5; it can't be below 0"),
        ({"stage_ms": {"infer": float("inf")}}, "stage_ms.infer is inf; it must be a finite number"),
        ({"roll_id": ""}, "roll_id has 0 characters; it must have 1 to 255"),
        ({"roll_id": "r/1"}, "roll_id 'r/1' holds '/'"),
        ({"roll_id": "r\x00"}, "roll_id 'r\\x00' holds '\\x00'"),
        ({"roll_id": "r" * 256}, "roll_id has 256 characters; it must have 1 to 255"),
    ],
)
def test_a_span_that_cannot_be_is_refused_by_name(
    plant: Plant, new_log: NewLog, change: dict[str, Any], words: str
) -> None:
    event = new_log().span(0, 100)
    error = refused(plant, replace(event, body=replace(event.body, **change)))
    assert error.problem == "bad_event"
    assert words in str(error)
    assert plant.rolls().total == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"picture_sha256": "../../etc/passwd"}, "picture_sha256 '../../etc/passwd' is no SHA-256"),
        ({"x0_mm": 9.0, "x1_mm": 1.0}, "x0_mm is 9.0 and x1_mm 1.0"),
        ({"length_mm": -3.0}, "length_mm is -3.0"),
        ({"defect_kind": "k" * 300}, "defect_kind has 300 characters, at most 255"),
    ],
)
def test_a_defect_that_cannot_be_is_refused_by_name(
    plant: Plant, new_log: NewLog, change: dict[str, Any], words: str
) -> None:
    event = new_log().defect("d1", 100.0)
    error = refused(plant, replace(event, body=replace(event.body, **change)))
    assert error.problem == "bad_event"
    assert words in str(error)


@pytest.mark.parametrize(
    "utc",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),  # before the first moment that UTC can name
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))),
        datetime(1969, 12, 31, tzinfo=UTC),
        datetime(2200, 1, 1, tzinfo=UTC),
    ],
)
def test_a_clock_outside_1970_to_2199_is_refused(plant: Plant, new_log: NewLog, utc: datetime) -> None:
    event = new_log().started()
    error = refused(plant, replace(event, stamp=replace(event.stamp, utc=utc)))
    assert error.problem == "bad_event"
    assert "set the line's clock" in str(error)


def test_a_schema_before_the_first_is_refused(plant: Plant, new_log: NewLog) -> None:
    error = refused(plant, replace(new_log().started(), schema_version=0))
    assert error.problem == "unknown_schema"


def test_long_details_are_taken_but_not_endless_ones(plant: Plant, new_log: NewLog) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.state("degraded", "x" * 5_000)])
    assert "at most 100000" in str(refused(plant, log.state("degraded", "x" * 100_001)))


def test_one_line_cannot_write_onto_the_roll_or_defect_of_another(plant: Plant, new_log: NewLog) -> None:
    mine, other = new_log(), new_log("loom-2", "log-b")
    plant.ingest("loom-1", [mine.roll_started("r1"), mine.defect("d1", 10.0)])
    for event in (other.span(0, 100, roll="r1"), other.defect("d1", 10.0, roll="r2")):
        error = refused(plant, replace(event, seq=1), "loom-2")
        assert error.problem == "wrong_place"
        assert "belongs to line loom-1" in str(error)


def test_a_roll_of_a_million_kilometres_does_not_stop_the_pages(plant: Plant, new_log: NewLog) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.roll_started("r1"), log.span(0, 1e12), log.defect("d1", 1e12)])
    assert plant.rolls().items[0].length_m >= 1e9
    assert plant.roll("r1").defects[0].points > 0
