"""A broker outage of 72 hours in accelerated time: is every message told, and none differently?

`python benchmarks/broker_outage.py [--hours 72] [--every-s 6]` (Debian: mosquitto). Part of `make soak`.

Three lines deliver while the broker is down: a defect each six seconds, a roll each half hour, alarms and
changes of state; every simulated hour is one batch. In the middle the plant is closed and opened again. Then
the broker comes back behind a cable that is cut again and again while the backlog drains. A subscriber with a
session of its own counts message ids. The plant's clock runs through the 72 hours; only the waits between
attempts are shortened.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "service" / "plant"))

from mill_peers import MOSQUITTO, NO_MOSQUITTO, Cable, Mosquitto, Subscriber

from service import events as ev
from service.mill_settings import MqttSettings
from service.plant.outbox.backoff import Backoff
from service.plant.outbox.messages import Place
from service.plant.outbox.mqtt import Broker, MqttCourier
from service.plant.plant import Plant
from service.settings import AcceptanceSettings, LineAccess, PlantSettings

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LINES = ("loom-1", "loom-2", "loom-3")
ROLL_S = 1800.0
LOOK_S = 2.0
CUT_EACH = 3000  # messages that arrive between two cuts of the cable
SHORTENED = Backoff(first_s=0.02, longest_s=0.2)


class Clock:
    """The plant's clock."""

    moment = START

    def __call__(self) -> datetime:
        """Now."""
        return self.moment


@dataclass
class Loom:
    """Writes a line's log: gapless, one hour at a time."""

    line: str
    seq: int = 0
    mm: float = 0.0
    roll: int = 0

    def hour(self, hour: int, every_s: float) -> list[ev.Event]:
        """The events of one simulated hour."""
        return list(self._hour(hour, every_s))

    def _hour(self, hour: int, every_s: float) -> Iterator[ev.Event]:
        if hour == 0:
            yield self._event(0.0, ev.LineStarted(
                line_kind=ev.LineKind.FABRIC, article="twill", bundle_id="b0", software="soak",
                web_width_mm=1500.0,
            ))  # fmt: skip
        at_s = hour * 3600.0
        for step in range(int(3600 / every_s)):
            now_s = at_s + step * every_s
            if now_s % ROLL_S == 0:
                yield from self._next_roll(now_s)
            self.mm += 250.0 * every_s
            yield self._event(now_s, self._defect())
        cause = ev.LineState.HELD if hour % 2 else ev.LineState.RUNNING
        yield self._event(at_s + 3599, ev.StateChanged(state=cause, cause=f"hour {hour}"))
        yield self._event(at_s + 3599.5, ev.AlarmRaised(code="disk", detail=f"hour {hour}"))

    def _next_roll(self, at_s: float) -> Iterator[ev.Event]:
        if self.roll:
            yield self._event(at_s, ev.RollEnded(roll_id=self._roll_id(), end_mm=self.mm))
        self.roll += 1
        yield self._event(at_s, ev.RollStarted(
            roll_id=self._roll_id(), name=f"R{self.roll}", article="twill", width_mm=1500.0, start_mm=self.mm
        ))  # fmt: skip

    def _roll_id(self) -> str:
        return f"{self.line}-roll-{self.roll}"

    def _defect(self) -> ev.DefectFound:
        return ev.DefectFound(
            defect_id=f"{self.line}-{self.seq}", roll_id=self._roll_id(), lot_id=None,
            defect_kind="oil_spot", score=0.9, x0_mm=1.0, y0_mm=self.mm - 10, x1_mm=9.0, y1_mm=self.mm,
            area_mm2=80.0, length_mm=10.0, unsure=False, frames=1, bundle_id="b0", picture_sha256=None,
        )  # fmt: skip

    def _event(self, at_s: float, body: Any) -> ev.Event:  # Any: one of the event bodies
        self.seq += 1
        log_id = str(uuid5(NAMESPACE_OID, self.line))
        return ev.Event(
            id=str(uuid5(NAMESPACE_OID, f"{log_id}/{self.seq}")), schema_version=ev.SCHEMA_VERSION,
            log_id=log_id, seq=self.seq,
            tenant=ev.Tenant(enterprise="soak", site="mill", area="weaving", line=self.line),
            stamp=ev.Stamp(
                utc=START + timedelta(seconds=at_s), mono_ns=int(at_s * 1e9), encoder_mm=self.mm
            ),
            demo=True, body=body,
        )  # fmt: skip


def settings_of(folder: Path, port: int) -> PlantSettings:
    """A plant whose broker lies behind a cable."""
    return PlantSettings(
        enterprise="soak", site="mill", data_dir=folder / "plant", registry_dir=folder / "registry",
        host="127.0.0.1", port=0, time_zone="Asia/Almaty", shifts=[], demo=True,
        lines=[LineAccess(line=line, token_file=folder / f"{line}.token") for line in LINES],
        acceptance=AcceptanceSettings(first_points_per_100_m2=20.0, second_points_per_100_m2=40.0),
        mqtt=MqttSettings(host="127.0.0.1", port=port),
    )  # fmt: skip


def courier_of(plant: Plant) -> MqttCourier:
    """The product's courier with shortened waits."""
    mqtt = plant.settings.mqtt
    if mqtt is None:
        raise SystemExit("the settings above name a broker")
    broker = Broker.of(mqtt, Place(enterprise="soak", site="mill"), "soak", demo=True)
    return MqttCourier(broker, plant.mill.database, plant.mill.now, SHORTENED)


def outage(settings: PlantSettings, clock: Clock, hours: int, every_s: float) -> Plant:
    """Run the hours without a broker; the plant is closed and opened again half-way."""
    looms = [Loom(line) for line in LINES]
    plant = Plant.open(settings, clock)
    courier = courier_of(plant)
    courier.start()
    for hour in range(hours):
        clock.moment = START + timedelta(hours=hour + 1)
        for loom in looms:
            plant.ingest(loom.line, loom.hour(hour, every_s))
        if hour == hours // 2:
            courier.stop(10)
            plant.close()
            plant = Plant.open(settings, clock)
            courier = courier_of(plant)
            courier.start()
    courier.stop(10)
    return plant


def drain(plant: Plant, cable: Cable, reader: Subscriber, within_s: float) -> None:
    """Let the backlog out over a cable that is cut at odd moments."""
    rng = random.Random(7)
    courier = courier_of(plant)
    courier.start()
    end_s, next_cut = time.monotonic() + within_s, CUT_EACH
    looked_s = time.monotonic()
    while time.monotonic() < end_s:
        time.sleep(0.05)
        if time.monotonic() - looked_s > LOOK_S:  # counting what is owed takes a moment
            looked_s = time.monotonic()
            if not plant.mill.destinations()[0].owed:
                break
        if len(reader.ids) >= next_cut:
            cable.cut()
            next_cut = len(reader.ids) + rng.randrange(CUT_EACH // 2, CUT_EACH * 3 // 2)
    courier.stop(10)


def stored_ids(plant: Plant) -> list[str]:
    """Every message of the outbox, in order."""
    ids: list[str] = []
    after = 0
    while page := plant.mill.messages(after, 1000):
        ids += [message.message_id for message in page]
        after = page[-1].id
    return ids


def result_of(plant: Plant, reader: Subscriber, cable: Cable, seconds: tuple[float, float]) -> dict[str, Any]:
    """What came, against what was written."""
    told, written = set(reader.ids), stored_ids(plant)
    wanted = set(written)
    order = [found for found in reader.first_order if found in wanted]
    return {
        "written": len(written),
        "told": len(told & wanted),
        "lost": len(wanted - told),
        "told_differently": len(reader.differing),
        "copies": sum(reader.ids[found] - 1 for found in written if found in reader.ids),
        "in_order_after_dedupe": order == written,
        "still_owed": plant.mill.destinations()[0].owed,
        "cuts": cable.cuts,
        "outage_s": round(seconds[0], 1),
        "drain_s": round(seconds[1], 1),
    }


def run(hours: int, every_s: float, folder: Path) -> dict[str, Any]:
    """The whole run."""
    broker = Mosquitto(folder / "broker")
    broker.start()
    reader = Subscriber(broker.port)
    reader.keep_seen = False
    broker.stop()  # the outage begins; the subscriber's session outlives it
    cable, clock = Cable(broker.port), Clock()
    begun = time.monotonic()
    plant = outage(settings_of(folder, cable.port), clock, hours, every_s)
    gone_s = time.monotonic() - begun
    broker.start()
    begun = time.monotonic()
    drain(plant, cable, reader, within_s=1800.0)
    drained_s = time.monotonic() - begun
    wait_for_reader(plant, reader)
    result = result_of(plant, reader, cable, (gone_s, drained_s))
    reader.stop()
    plant.close()
    cable.close()
    broker.stop()
    return result


def wait_for_reader(plant: Plant, reader: Subscriber) -> None:
    """What the broker has acknowledged reaches the subscriber a moment later."""
    wanted, end_s = set(stored_ids(plant)), time.monotonic() + 60
    while not wanted <= set(reader.ids) and time.monotonic() < end_s:
        time.sleep(0.1)


def main() -> int:
    """Print the result; exit code 1 where anything was lost or told differently."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=int, default=72)
    parser.add_argument("--every-s", type=float, default=6.0, help="seconds between defects of a line")
    args = parser.parse_args()
    if MOSQUITTO is None:
        print(NO_MOSQUITTO)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        result = run(args.hours, args.every_s, Path(folder))
    print(json.dumps({"hours": args.hours, **result}))
    good = not result["lost"] and not result["told_differently"] and not result["still_owed"]
    return 0 if good and result["in_order_after_dedupe"] else 1


if __name__ == "__main__":
    sys.exit(main())
