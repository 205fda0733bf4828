"""Scales and sensors at real ptys: their threads, events and alarms."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from pydantic import TypeAdapter

from service.event_terms import LineState, MassFlow, MeasuredKind, ReadingQuality
from service.events import AlarmCleared, AlarmRaised, LotStarted
from service.instrument_settings import Instruments as Settings
from service.line.inbox import Message, Recovered, Trouble
from service.line.instruments import Instruments, build_instruments
from service.line.web_book import Owner
from service.measured_events import MassWeighed, SensorRead
from service.twin.scale import ScaleTwin

PATIENCE_S = 20.0


class Bench:
    """What a line's thread and recorder would get."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.messages: list[Message] = []
        self.instruments: Instruments | None = None

    def start(self, *, last: Owner | None = None, **tables: Any) -> None:
        self.instruments = build_instruments(
            TypeAdapter(Settings).validate_python(tables),
            running=lambda: Owner(roll_id="r-2"),
            last=lambda: last or Owner(),
            record=self.bodies.append,
            tell=self.messages.append,
            now_s=time.monotonic,
        )
        self.instruments.start()

    def until(self, there: Callable[[], bool]) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while not there():
            assert time.monotonic() < end_s, (self.bodies, self.messages)
            time.sleep(0.01)

    def of(self, kind: type) -> list[Any]:
        return [body for body in self.bodies if isinstance(body, kind)]

    def has(self, code: str) -> bool:
        return code in self.alarms

    @property
    def alarms(self) -> dict[str, str]:
        standing: dict[str, str] = {}
        for message in list(self.messages):
            if isinstance(message, Trouble):
                standing[message.code] = message.said.text
            elif isinstance(message, Recovered):
                standing.pop(message.code, None)
        return standing


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    if made.instruments is not None:
        made.instruments.stop(5.0)


@pytest.fixture
def scale() -> Iterator[ScaleTwin]:
    twin = ScaleTwin(every_s=0.02)
    twin.start()
    yield twin
    twin.stop()


def at(twin: ScaleTwin, **serial: Any) -> dict[str, Any]:
    return {
        "id": "scale-out",
        "flow": "good",
        "highest_kg": 600.0,
        "touch_s": 0.05,
        "serial": {"port": twin.port, "silent_after_s": 2.0} | serial,
    }


def test_steady_loads_become_events_of_the_roll_that_ended_last(bench: Bench, scale: ScaleTwin) -> None:
    bench.start(last=Owner(roll_id="r-1"), scales=[at(scale) | {"belongs_to": "last"}])
    scale.put(218.4)
    bench.until(lambda: len(bench.of(MassWeighed)) == 1)
    scale.put(0.0)
    time.sleep(0.1)
    scale.put(481.5, unit="lb")
    bench.until(lambda: len(bench.of(MassWeighed)) == 2)
    first, second = bench.of(MassWeighed)
    assert (first.scale_id, first.flow, first.roll_id, first.mass_kg) == (
        "scale-out", MassFlow.GOOD, "r-1", 218.4,
    )  # fmt: skip
    assert first.given == "ST,GS,+  218.40kg"
    assert second.mass_kg == pytest.approx(481.5 * 0.45359237)
    assert bench.alarms == {}


def test_a_scale_that_answers_requests_is_asked(bench: Bench) -> None:
    twin = ScaleTwin(request="Q\r\n")
    twin.start()
    try:
        bench.start(scales=[at(twin, request="Q\r\n", request_every_s=0.05)])
        twin.put(100.0)
        bench.until(lambda: len(bench.of(MassWeighed)) == 1)
        assert bench.of(MassWeighed)[0].roll_id == "r-2"  # the one that runs
    finally:
        twin.stop()


def test_whatever_a_scale_cant_weigh_is_booked_as_bad_and_alarmed_never_as_a_zero(
    bench: Bench, scale: ScaleTwin
) -> None:
    bench.start(scales=[at(scale)])
    for fail, code in (
        (scale.overload, "instrument_over_range"),
        (scale.garble, "instrument_garbled"),
        (scale.silence, "instrument_missing"),
    ):
        fail()
        bench.until(partial(bench.has, code))
        assert bench.alarms[code].startswith("scale-out: ")
    scale.silence(False)
    scale.put(0.0)
    bench.until(lambda: bench.alarms == {})
    scale.put(50.0, steady=False)
    time.sleep(0.2)
    scale.put(0.0)
    bench.until(lambda: "instrument_unstable" in bench.alarms)
    faults = bench.of(SensorRead)
    assert bench.of(MassWeighed) == []
    assert {(one.measured, one.quality) for one in faults} == {(MeasuredKind.MASS, ReadingQuality.BAD)}
    assert [one.detail.split(":")[0] for one in faults] == [
        "over_range", "garbled", "missing", "unstable",
    ]  # fmt: skip
    assert [one.value for one in faults[:3]] == [None, None, None]
    scale.put(60.0)
    bench.until(lambda: len(bench.of(MassWeighed)) == 1)
    assert bench.alarms == {}


def test_a_port_that_is_not_there_is_missing_and_is_tried_again(
    bench: Bench, scale: ScaleTwin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.line.instruments.RETRY_S", 0.05)
    ghost = at(scale) | {"id": "ghost", "serial": {"port": "/dev/no-such-scale"}}
    bench.start(scales=[at(scale), ghost])
    scale.put(12.0)
    bench.until(lambda: bool(bench.of(MassWeighed)) and "instrument_missing" in bench.alarms)
    assert "ghost: port /dev/no-such-scale can't be opened" in bench.alarms["instrument_missing"]
    assert [one.sensor_id for one in bench.of(SensorRead)] == ["ghost"]  # once, however often it is tried


def test_a_meter_is_read_with_unit_and_quality(bench: Bench, scale: ScaleTwin) -> None:
    scale.put(21.5)
    serial = {"port": scale.port, "format": r"ST,GS,(?P<value>[+-] *[\d.]+)kg"}  # its lines name no °C
    climate = {"id": "t-1", "measured": "temperature", "unit": "°C", "lowest": -20, "highest": 60}
    bench.start(sensors=[climate | {"every_s": 0.1, "serial": serial}])
    bench.until(lambda: len(bench.of(SensorRead)) >= 2)
    one = bench.of(SensorRead)[0]
    assert (one.value, one.unit, one.quality, one.detail) == (21.5, "°C", ReadingQuality.GOOD, "")
    scale.put(300.0)
    bench.until(lambda: "instrument_over_range" in bench.alarms)
    assert bench.of(SensorRead)[-1].quality is ReadingQuality.BAD


def test_a_running_line_weighs_into_its_own_log_and_alarms_when_its_scale_falls_silent(
    make_rig: Callable[..., Any], fibre_settings: Callable[..., Any], scale: ScaleTwin
) -> None:
    settings = TypeAdapter(Settings).validate_python({"scales": [at(scale) | {"flow": "input"}]})
    rig = make_rig(fibre_settings(instruments=settings))
    rig.line.start()
    rig.wait_for(lambda: bool(rig.of(LotStarted)))
    scale.put(218.4)
    rig.wait_for(lambda: bool(rig.of(MassWeighed)))
    scale.silence()
    rig.wait_for(lambda: "instrument_missing" in rig.line.status().alarms)
    assert rig.line.status().state is not LineState.HELD  # sorting goes on
    scale.silence(False)
    rig.wait_for(lambda: "instrument_missing" not in rig.line.status().alarms)
    rig.line.stop()
    assert rig.line.failure == ""
    (weighed,) = rig.of(MassWeighed)
    assert weighed.lot_id in {lot.lot_id for lot in rig.of(LotStarted)}
    assert (weighed.flow, weighed.mass_kg) == (MassFlow.INPUT, 218.4)
    missing = [read for read in rig.of(SensorRead) if read.detail.startswith("missing")]
    assert {(read.value, read.quality) for read in missing} == {(None, ReadingQuality.BAD)}
    raised, cleared = (
        [alarm.code for alarm in rig.of(kind)].count("instrument_missing")
        for kind in (AlarmRaised, AlarmCleared)
    )
    assert raised == cleared == len(missing)  # a starved machine may find its scale silent once more
