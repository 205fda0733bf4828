"""All alarms in one list, taken up once, with a note and the time to it."""

from collections.abc import Callable
from typing import Any

import pytest

from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.plant.views.alarm_list import AlarmState

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def troubled(plant: Plant, new_log: Callable[..., Any], clock: Any) -> Plant:
    """A line whose camera came back and whose sorter does not answer."""
    log = new_log()
    events = [log.started(), log.alarm("camera"), log.alarm("link"), log.alarm("camera", raised=False)]
    plant.ingest("loom-1", events)
    clock.pass_s(60)
    return plant


def test_raised_alarms_come_first_with_their_plan(troubled: Plant) -> None:
    listed = troubled.quality.alarms.listing()
    assert [(one.code, one.state) for one in listed] == [
        ("link", AlarmState.RAISED),
        ("camera", AlarmState.OVER),
    ]
    assert (listed[0].respond_within_min, listed[0].steps[0]) == (5, "check_sorter_power")
    assert troubled.quality.alarms.listing("loom-2") == ()


def test_an_alarm_is_taken_up_once_and_its_time_is_kept(troubled: Plant, clock: Any) -> None:
    desk = troubled.quality.alarms
    key = desk.listing()[0].key
    desk.acknowledge(key, "cable was loose", "aigul")
    clock.pass_s(600)
    desk.acknowledge(key, "cable replaced", "berik")
    link = next(one for one in desk.listing() if one.code == "link")
    assert (link.state, link.acknowledged_by, link.note) == (
        AlarmState.ACKNOWLEDGED,
        "aigul",
        "cable replaced",
    )
    assert link.minutes_to_acknowledge == pytest.approx(57 / 60)  # raised in second 3, taken up in second 60
    assert [entry.user for entry in troubled.audit().items if entry.action == "acknowledge"] == [
        "berik",
        "aigul",
    ]


@pytest.mark.parametrize("key", ["", "chart/99", "chart/x", "loom-1/link/2026-01-01T00:00:00+00:00"])
def test_an_alarm_that_is_not_there_cannot_be_taken_up(troubled: Plant, key: str) -> None:
    with pytest.raises(PlantError) as refused:
        troubled.quality.alarms.acknowledge(key, "", "aigul")
    assert refused.value.problem == "unknown_alarm"
