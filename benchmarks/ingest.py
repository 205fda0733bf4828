"""How many events a second the plant takes in: batches as a line sends them, kept on disk before the answer.

    python benchmarks/ingest.py [--events N] [--batch N] [--lines N] [--json]

A fabric line's mix, written as in a run: in each second one span, then frames with defects, shots and
pictures; a roll every 50 s. SQLite, WAL, synchronous=FULL, grading of each roll included. Reading JSON is
part of it, HTTP is not.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from service import events as ev
from service.event_terms import PictureWhy
from service.events import EVENTS_CODEC
from service.plant.plant import Plant
from service.settings import AcceptanceSettings, LineAccess, PlantSettings, ShiftSettings

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SPEED_MM_S = 500.0
SECONDS_A_ROLL = 50
DEFECTS_A_SECOND = 2


class Writer:
    """Numbers and stamps the bodies of one line."""

    def __init__(self, line: str, start: datetime) -> None:
        self.line, self.log_id, self.seq, self.start = line, str(uuid4()), 0, start
        self.tenant = ev.Tenant(enterprise="mill", site="north", area="weaving", line=line)

    def write(self, body: ev.Body, second: float) -> ev.Event:
        """One event."""
        self.seq += 1
        utc = self.start + timedelta(seconds=second)
        stamp = ev.Stamp(utc=utc, mono_ns=int(second * 1e9), encoder_mm=second * SPEED_MM_S)
        return ev.Event(
            id=str(uuid4()), schema_version=ev.SCHEMA_VERSION, log_id=self.log_id, seq=self.seq,
            tenant=self.tenant, stamp=stamp, demo=True, body=body,
        )  # fmt: skip


def run_of(line: str, start: datetime = START) -> Iterator[ev.Event]:
    """Events of an endless run."""
    writer = Writer(line, start)
    started = ev.LineStarted(
        line_kind=ev.LineKind.FABRIC, article="greige", bundle_id="b", software="0", web_width_mm=1500.0
    )
    yield writer.write(started, 0.0)
    second, roll_id = 0, ""
    while True:
        if second % SECONDS_A_ROLL == 0:
            if roll_id:
                yield writer.write(ev.RollEnded(roll_id=roll_id, end_mm=second * SPEED_MM_S), second)
            roll_id = str(uuid4())
            roll = ev.RollStarted(
                roll_id=roll_id, name="roll", article="greige", width_mm=1500.0, start_mm=second * SPEED_MM_S
            )
            yield writer.write(roll, second)
        for part in range(DEFECTS_A_SECOND):
            moment = second + (part + 0.5) / DEFECTS_A_SECOND
            for body in defect_bodies(roll_id, moment * SPEED_MM_S):
                yield writer.write(body, moment)
        second += 1
        yield writer.write(span(roll_id, (second - 1) * SPEED_MM_S), second)


def span(roll_id: str, from_mm: float) -> ev.SpanInspected:
    """A second of web."""
    return ev.SpanInspected(
        roll_id=roll_id, lot_id=None, from_mm=from_mm, to_mm=from_mm + SPEED_MM_S, inspected_width_mm=1500.0,
        frames=20, clean=18, defective=2, unsure=0, deadline_misses=0, capture_to_decision_ms_max=30.0,
        stage_ms={"correct": 1.0, "infer": 12.0, "find": 2.0, "judge": 0.1},
    )  # fmt: skip


def defect_bodies(roll_id: str, y_mm: float) -> tuple[ev.Body, ...]:
    """What a line writes of one defect: picture, frame with shot, defect, answer."""
    sha256, shot_id = uuid4().hex * 2, str(uuid4())
    box = {
        "x0_mm": 10.0,
        "y0_mm": y_mm,
        "x1_mm": 20.0,
        "y1_mm": y_mm + 5,
        "area_mm2": 50.0,
        "length_mm": 11.0,
    }
    shot = {
        "command_id": shot_id,
        "actuator": ev.Actuator.MARKER,
        "lane": 0,
        "from_mm": y_mm,
        "to_mm": y_mm + 5,
    }
    owner = {"roll_id": roll_id, "lot_id": None}
    kept = ev.PictureKept(
        sha256=sha256, media_type="image/png", bytes=9000, why=PictureWhy.DEFECT, **owner, web_mm=y_mm,
        x0_mm=0.0, mm_per_px=0.3, frame_seq=1, score=0.9,
    )  # fmt: skip
    judged = ev.FrameJudged(
        **owner, camera_id="cam", frame_seq=1, source="", web_start_mm=y_mm, web_end_mm=y_mm + 25,
        verdict="defective", score=0.9, reason="", rule="mark", bundle_id="b", picture_sha256=sha256,
        defects=(ev.SeenDefect(defect_kind="unknown", score=0.9, **box),),
        shots=(ev.OrderedShot(rule="mark", **shot),),
    )  # fmt: skip
    found = ev.DefectFound(
        defect_id=str(uuid4()), **owner, defect_kind="unknown", score=0.9, **box, unsure=False, frames=1,
        bundle_id="b", picture_sha256=sha256,
    )  # fmt: skip
    answered = ev.ShotAnswered(**shot, **owner, fate=ev.ShotFate.SCHEDULED, detail="", margin_ms=80.0)
    return kept, judged, found, answered


def plant_of(folder: Path, lines: list[str]) -> Plant:
    """An empty plant."""
    settings = PlantSettings(
        enterprise="mill", site="north", data_dir=folder / "plant", registry_dir=folder / "registry",
        host="127.0.0.1", port=0, time_zone="Asia/Almaty",
        lines=[LineAccess(line=line, token_file=folder / f"{line}.token") for line in lines],
        shifts=[ShiftSettings(name="A", start="08:00")],
        acceptance=AcceptanceSettings(first_points_per_100_m2=28.0, second_points_per_100_m2=48.0),
    )  # fmt: skip
    return Plant.open(settings, lambda: datetime.now(UTC))


def bodies(lines: list[str], events: int, batch: int, start: datetime = START) -> list[tuple[str, bytes]]:
    """Batches as they come over the wire, the lines taking turns."""
    runs = {line: run_of(line, start) for line in lines}
    turns = -(-events // (batch * len(lines)))
    return [
        (line, EVENTS_CODEC.dump_json([next(run) for _ in range(batch)]))
        for _ in range(turns)
        for line, run in runs.items()
    ]


def measure(events: int, batch: int, line_count: int) -> dict[str, object]:
    """Take the events in and time it."""
    lines = [f"loom-{number}" for number in range(1, line_count + 1)]
    with tempfile.TemporaryDirectory() as folder:
        plant = plant_of(Path(folder), lines)
        delivered = bodies(lines, events, batch)
        accepted, longest_s = 0, 0.0
        began_s = time.perf_counter()
        for line, body in delivered:
            batch_s = time.perf_counter()
            accepted += plant.ingest(line, EVENTS_CODEC.validate_json(body)).accepted
            longest_s = max(longest_s, time.perf_counter() - batch_s)
        taken_s = time.perf_counter() - began_s
        size = sum(path.stat().st_size for path in (Path(folder) / "plant").glob("plant.sqlite3*"))
        plant.close()
    return {
        "events": accepted, "lines": line_count, "batch": batch, "seconds": round(taken_s, 2),
        "events_per_s": round(accepted / taken_s), "longest_batch_ms": round(longest_s * 1000),
        "bytes_per_event": round(size / accepted), "python": platform.python_version(),
        "cpus": os.cpu_count(),
    }  # fmt: skip


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the plant's intake of events.")
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--lines", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    asked = parser.parse_args()
    result = measure(asked.events, asked.batch, asked.lines)
    if asked.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name:18} {value}" for name, value in result.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
