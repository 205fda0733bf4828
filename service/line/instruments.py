"""Threads of the line's scales and sensors: their ports → events, alarms for what they can't say."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from firmware_bridge.transport import SerialTransport
from firmware_bridge.types import LinkDownError
from service.event_terms import InstrumentFault, MeasuredKind, ReadingQuality
from service.events import Body
from service.instrument_settings import InstrumentSettings, ScaleSettings, SensorSettings, SerialSettings
from service.instruments.outcomes import Faulty, Load, Outcome, Value
from service.instruments.scale import ScaleWatch
from service.instruments.sensor import SensorWatch
from service.instruments.text import LineSplitter
from service.line.inbox import Message, Recovered, Trouble
from service.line.web_book import Owner
from service.measured_events import MassWeighed, SensorRead
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import say

log = logging.getLogger(__name__)

LISTEN_S = 0.2
RETRY_S = 2.0  # before a port that is gone is tried again
ALARM = "instrument_{}"  # and the fault: one alarm a fault, its detail names every instrument


class Watch(Protocol):
    """What follows one instrument."""

    @property
    def standing(self) -> dict[InstrumentFault, str]:
        """What is wrong now."""
        ...

    def line(self, text: str, now_s: float) -> list[Outcome]:
        """Take a line."""
        ...

    def tick(self, now_s: float) -> list[Outcome]:
        """Look at the clock."""
        ...

    def unreachable(self, detail: str) -> list[Outcome]:
        """Its port is gone."""
        ...


class InstrumentAlarms:
    """The faults of all instruments as alarms of the line. Thread-safe."""

    def __init__(self, tell: Callable[[Message], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._known: dict[str, dict[InstrumentFault, str]] = {}

    def standing(self, instrument_id: str, faults: dict[InstrumentFault, str]) -> None:
        """What is wrong with one instrument now; others stay as they are."""
        with self._lock:
            before = self._known.get(instrument_id, {})
            self._known[instrument_id] = faults
            for fault in InstrumentFault:
                if (fault in before) != (fault in faults):
                    self._say(fault)

    def _say(self, fault: InstrumentFault) -> None:
        code = ALARM.format(fault.value)
        each = [
            say(Said.INSTRUMENT, instrument=name, because=heard(faults[fault]))
            for name, faults in sorted(self._known.items())
            if fault in faults
        ]
        self._tell(Recovered(code=code))  # what stood before named others
        if each:
            self._tell(Trouble(code=code, said=say(Said.SEVERAL, because=each)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One scale or sensor with all that its thread needs."""

    id: str
    serial: SerialSettings
    watch: Watch
    bodies: Callable[[Outcome], Body]  # what is booked of an outcome


class Instruments:
    """A thread for each; a port that is gone is tried again for ever."""

    def __init__(
        self,
        instruments: Sequence[Instrument],
        *,
        record: Callable[[Body], None],
        tell: Callable[[Message], None],
        now_s: Callable[[], float],
    ) -> None:
        self._record = record
        self._now_s = now_s
        self._alarms = InstrumentAlarms(tell)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(one,), name=f"instrument {one.id}", daemon=True)
            for one in instruments
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float) -> None:
        """End them; what they heard is recorded."""
        self._stopping.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout_s)

    def _run(self, one: Instrument) -> None:
        while not self._stopping.is_set():
            try:
                self._listen(one)
            except LinkDownError as error:
                self._book(one, one.watch.unreachable(str(error)))
            except Exception as error:  # noqa: BLE001  the thread's top: it says so and tries again
                log.exception("instrument %s failed", one.id)
                self._book(one, one.watch.unreachable(f"reading it failed: {type(error).__name__}: {error}"))
            self._stopping.wait(RETRY_S)

    def _listen(self, one: Instrument) -> None:
        port = SerialTransport(
            one.serial.port, baud=one.serial.baud, framing=one.serial.framing, device=f"instrument {one.id}"
        )
        port.open()
        try:
            self._follow(one, port)
        finally:
            port.close()

    def _follow(self, one: Instrument, port: SerialTransport) -> None:
        lines, ask_s = LineSplitter(), self._now_s()
        request = one.serial.request.encode()
        while not self._stopping.is_set():
            if request and self._now_s() >= ask_s:
                port.write(request)
                ask_s = self._now_s() + one.serial.request_every_s
            for text in lines.feed(port.read(min(LISTEN_S, one.serial.request_every_s))):
                self._book(one, one.watch.line(text, self._now_s()))
            self._book(one, one.watch.tick(self._now_s()))

    def _book(self, one: Instrument, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self._record(one.bodies(outcome))
        self._alarms.standing(one.id, one.watch.standing)


def build_instruments(
    settings: InstrumentSettings,
    *,
    running: Callable[[], Owner],
    last: Callable[[], Owner],
    record: Callable[[Body], None],
    tell: Callable[[Message], None],
    now_s: Callable[[], float],
) -> Instruments:
    """Scales and sensors of a line; `running` and `last` tell which roll or lot is weighed."""
    scales = [
        Instrument(
            id=scale.id,
            serial=scale.serial,
            watch=ScaleWatch(scale, now_s()),
            bodies=_of_scale(scale, running if scale.belongs_to == "running" else last),
        )
        for scale in settings.scales
    ]
    sensors = [
        Instrument(
            id=sensor.id, serial=sensor.serial, watch=SensorWatch(sensor, now_s()), bodies=_of_sensor(sensor)
        )
        for sensor in settings.sensors
    ]
    return Instruments([*scales, *sensors], record=record, tell=tell, now_s=now_s)


def _of_scale(scale: ScaleSettings, owner: Callable[[], Owner]) -> Callable[[Outcome], Body]:
    def body(outcome: Outcome) -> Body:
        if isinstance(outcome, Load):
            of = owner()
            return MassWeighed(
                scale_id=scale.id,
                flow=scale.flow,
                mass_kg=outcome.mass_kg,
                roll_id=of.roll_id,
                lot_id=of.lot_id,
                given=outcome.text,
            )
        return _read(scale.id, MeasuredKind.MASS, "kg", outcome)

    return body


def _of_sensor(sensor: SensorSettings) -> Callable[[Outcome], Body]:
    return lambda outcome: _read(sensor.id, sensor.measured, sensor.unit, outcome)


def _read(instrument_id: str, measured: MeasuredKind, unit: str, outcome: Outcome) -> SensorRead:
    match outcome:
        case Value():
            value, unit, quality, detail = outcome.value, outcome.unit, outcome.quality, outcome.detail
        case Faulty():
            value, quality = outcome.value, ReadingQuality.BAD
            detail = f"{outcome.fault.value}: {outcome.detail}"
        case Load():
            raise TypeError(f"instrument {instrument_id}: a load is no reading")
    return SensorRead(
        sensor_id=instrument_id, measured=measured, value=value, unit=unit, quality=quality, detail=detail
    )
