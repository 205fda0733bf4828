"""Valves that acknowledge and don't blow, a scale that is silent, a belt that stands or comes back."""

from typing import Any

import pytest

from service.event_terms import Actuator, ShotFate
from service.events import AlarmCleared, AlarmRaised, ShotAnswered, ShotGivenUp
from service.line.belt_watch import BeltWatch
from service.line.bin_watch import BinWatch
from service.line.situation import Situation


def shot(number: int, lane: int, fate: ShotFate = ShotFate.SCHEDULED) -> ShotAnswered:
    return ShotAnswered(
        command_id=f"shot-{number}",
        roll_id=None,
        lot_id="lot-1",
        actuator=Actuator.VALVE,
        lane=lane,
        from_mm=100.0 * number,
        to_mm=100.0 * number + 30,
        fate=fate,
        detail="",
        margin_ms=20.0,
        ejected_kg=0.001,
        good_fibre_kg=0.0009,
    )


class Bench:
    def __init__(self, clock: Any) -> None:
        self.recorded: list[Any] = []
        self.situation = Situation(now_ns=clock.now_ns, record=self.recorded.append)
        self.bin = BinWatch(60.0, self.situation, now_ns=clock.now_ns, record=self.recorded.append)
        self.belt = BeltWatch(self.situation, counts_per_mm=10.0, now_ns=clock.now_ns)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.recorded if isinstance(event, kind)]


@pytest.fixture
def bench(clock: Any) -> Bench:
    return Bench(clock)


def test_a_lane_whose_shots_bring_nothing_is_alarmed_and_booked_as_not_sorted(bench: Bench) -> None:
    for number in range(12):
        bench.bin.note(shot(number, lane=number % 2))
    assert "as it should be" in bench.bin.read(5.8, lane=0).text
    said = bench.bin.read(0.0, lane=1)
    assert "lane 1: 0 g fell for 6 acknowledged shots, 6 g expected" in said.text
    assert [alarm.code for alarm in bench.of(AlarmRaised)] == ["valve_stuck"]
    lost = bench.of(ShotGivenUp)
    assert [(one.command_id, one.lane, one.lot_id) for one in lost] == [
        (f"shot-{number}", 1, "lot-1") for number in range(1, 12, 2)
    ]
    assert bench.situation.cause  # degraded


def test_a_repaired_valve_takes_the_alarm_back_only_when_all_lanes_are_well(bench: Bench) -> None:
    for lane in (1, 2):
        for number in range(6):
            bench.bin.note(shot(10 * lane + number, lane))
        bench.bin.read(0.0, lane)
    for lane in (1, 2):
        for number in range(6):
            bench.bin.note(shot(100 * lane + number, lane))
    bench.bin.read(6.0, 1)
    assert "valve_stuck" not in [cleared.code for cleared in bench.of(AlarmCleared)]
    bench.bin.read(6.0, 2)
    assert "valve_stuck" in [cleared.code for cleared in bench.of(AlarmCleared)]


def test_one_bin_for_all_lanes_tells_that_nothing_at_all_is_ejected(bench: Bench) -> None:
    for number in range(8):
        bench.bin.note(shot(number, lane=number))
    bench.bin.read(0.5)
    assert [alarm.code for alarm in bench.of(AlarmRaised)] == ["bin_empty"]
    assert len(bench.of(ShotGivenUp)) == 8


def test_few_shots_and_refused_ones_tell_nothing(bench: Bench) -> None:
    for number in range(4):
        bench.bin.note(shot(number, lane=0))
    for number in range(4, 20):
        bench.bin.note(shot(number, lane=0, fate=ShotFate.REFUSED))
    assert "too few" in bench.bin.read(0.0, 0).text
    assert bench.of(ShotGivenUp) == []


def test_a_bin_that_nobody_reads_any_more_is_a_missing_scale(bench: Bench, clock: Any) -> None:
    clock.pass_s(170.0)
    bench.bin.tick()
    assert bench.of(AlarmRaised) == []
    clock.pass_s(20.0)
    bench.bin.tick()
    assert [alarm.code for alarm in bench.of(AlarmRaised)] == ["bin_scale_missing"]
    bench.bin.read(0.0)
    assert [cleared.code for cleared in bench.of(AlarmCleared)] == ["bin_scale_missing"]


def run_belt(bench: Bench, clock: Any, *counts: int | None) -> list[str]:
    for count in counts:
        clock.pass_s(0.5)
        bench.belt.tick(count)
    return [alarm.code for alarm in bench.of(AlarmRaised)]


def test_a_belt_that_stands_is_said_and_taken_back_when_it_runs(bench: Bench, clock: Any) -> None:
    assert run_belt(bench, clock, 0, 1000, 2000, *[2000] * 5) == []  # a feeder's pause
    assert run_belt(bench, clock, *[2000] * 3) == ["belt_stopped"]
    run_belt(bench, clock, 2500)
    assert [cleared.code for cleared in bench.of(AlarmCleared)] == ["belt_stopped"]


def test_a_belt_that_comes_back_degrades_the_line_until_it_is_where_it_was(bench: Bench, clock: Any) -> None:
    assert run_belt(bench, clock, 0, 1000, 980) == []  # an encoder that trembles by 2 mm
    assert run_belt(bench, clock, 700) == ["belt_reversed"]
    assert "30 mm" in bench.of(AlarmRaised)[0].detail
    run_belt(bench, clock, 900)
    assert bench.of(AlarmCleared) == []
    run_belt(bench, clock, 1010)
    assert [cleared.code for cleared in bench.of(AlarmCleared)] == ["belt_reversed"]


def test_an_unknown_place_is_no_standing_belt(bench: Bench, clock: Any) -> None:
    assert run_belt(bench, clock, 0, 1000, *[None] * 20) == []
