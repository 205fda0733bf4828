"""The plant's store on both databases: events a second, a KPI page over a quarter, reads beside writes.

Asked for: at least 2 000 events/s (SQLite) and 5 000 (PostgreSQL) in batches; the KPI page over 90 days of 20
lines within 300 ms at p95; 100 API reads/s beside 500 events/s without an error or a lock.

The quarter's hourly sums are complete (one row a line and hour); of the rows below them one span, defect
and roll an hour are made: real ones would be 155 million spans. PostgreSQL is a cluster of its own
with fsync on; the reads go over HTTP to a plant in this process.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from uuid import uuid4

import httpx
import postgres_cluster
from ingest import bodies, plant_of
from sqlalchemy import create_engine, insert, text

from datasets.evaluation.machine import machine
from service.events import EVENTS_CODEC
from service.plant.ledger.opening import open_database
from service.plant.plant import Plant
from service.plant.store.hours import blank_hour, hour_key
from service.plant.store.ledger_tables import HOURS
from service.plant.store.tables import DEFECTS, GRADES, LINES, ROLLS, SPANS
from service.plant.views.kpis import Window
from service.plant.views.people import Role
from service.settings import PlantSettings
from service.web.main import run_plant

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
PASSWORD = "a password of the benchmark"
READS = ("/kpis?window=shift", "/rolls?page_size=20", "/lines", "/ledger/balances", "/alarms")
READERS = 10
CHUNK = 2_000


def settings_for(folder: Path, url: str, lines: list[str]) -> PlantSettings:
    """A plant of the benchmark."""
    plant = plant_of(folder, lines)
    plant.close()
    return replace(plant.settings, database_url=url)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database of a kind."""
    folder.mkdir(exist_ok=True)
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.sqlite3'}"
        return
    with postgres_cluster.cluster(folder / "pg") as url:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("CREATE DATABASE bench"))
        engine.dispose()
        yield url.replace("/postgres?", "/bench?")


def measure_ingest(settings: PlantSettings, events: int, batch: int) -> dict[str, object]:
    """Take events in over the facade, as they come over the wire."""
    plant = Plant.open(settings, lambda: datetime.now(UTC))
    delivered = bodies([access.line for access in settings.lines][:2], events, batch)
    began_s = time.perf_counter()
    accepted = sum(plant.ingest(line, EVENTS_CODEC.validate_json(body)).accepted for line, body in delivered)
    taken_s = time.perf_counter() - began_s
    plant.close()
    return {"events": accepted, "batch": batch, "events_per_s": round(accepted / taken_s)}


def fill_quarter(settings: PlantSettings, days: int) -> int:
    """Write the history of every line; returns the number of rows."""
    chance = random.Random(7)
    base = open_database(settings)
    rows: dict[str, list[dict[str, object]]] = {
        "hours": [],
        "spans": [],
        "defects": [],
        "rolls": [],
        "grades": [],
    }
    tables = {"hours": HOURS, "spans": SPANS, "defects": DEFECTS, "rolls": ROLLS, "grades": GRADES}
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in tables}
    count = 0

    def flush(least: int) -> None:
        nonlocal count
        for name, found in rows.items():
            if len(found) >= least and found:
                with base.write() as tx:
                    tx.execute(insert(tables[name]), found)
                count += len(found)
                found.clear()

    for access in settings.lines:
        with base.write() as tx:
            tx.execute(insert(LINES), [line_row(access.line)])
        for hour in range(1, days * 24 + 1):
            hour_rows(rows, access.line, NOW - timedelta(hours=hour), hour, chance)
            flush(CHUNK)
    flush(1)
    base.close()
    return count


def line_row(line: str) -> dict[str, object]:
    """A line that delivered up to now."""
    orders = dict.fromkeys(("started_order", "state_order", "article_order", "bundle_order"), 1)
    return orders | common(line, NOW, 1) | {
        "line_kind": "fabric", "software": "0", "web_width_mm": 1500.0, "state": "running", "cause": "",
        "since_utc": NOW, "article": "greige", "bundle_id": "b",
    }  # fmt: skip


def common(line: str, utc: datetime, order_no: int) -> dict[str, object]:
    """Tenant and clocks."""
    place = {"enterprise": "mill", "site": "north", "area": "weaving", "line": line}
    return place | {"utc": utc, "mono_ns": order_no, "encoder_mm": 0.0, "order_no": order_no, "demo": True}


def hour_rows(
    rows: dict[str, list[dict[str, object]]], line: str, utc: datetime, number: int, chance: random.Random
) -> None:
    """An hour of a line: its sums, and a few of the rows below them."""
    roll_id, defects = str(uuid4()), chance.randrange(400)
    sums = {
        "spans": 3600, "frames": 72_000, "found": defects, "unsure": defects // 10, "inspected_mm": 1.75e6,
        "not_inspected_mm": 5e4, "inspected_m2": 2625.0, "decision_ms_sum": 1e5, "rolls_ended": 15,
        "rolls_graded": 15, "rolls_final": 15, "points": defects * 2, "graded_m2": 2625.0,
        "points_m2": 2600.0, "downgraded_m2": 120.0, "second_m2": 40.0, "ordered": defects,
        "answered": defects,
    }  # fmt: skip
    rows["hours"].append({"hour_key": hour_key(line, utc), **blank_hour(line, utc, utc, demo=True), **sums})
    at = common(line, utc + timedelta(minutes=30), number)
    rows["spans"].append(at | {
        "log_id": f"log-{line}", "seq": number, "roll_id": roll_id, "lot_id": None, "inspected": True,
        "from_mm": 0.0, "to_mm": 500.0, "width_mm": 1500.0, "reason": "", "detail": "", "frames": 20,
        "clean": 18, "defective": 2, "unsure": 0, "deadline_misses": 0, "decision_ms_max": 30.0,
        "stage_ms": "{}", "fed_kg": 0.0, "trash_area_pct": None,
    })  # fmt: skip
    rows["defects"].append(at | {
        "defect_id": str(uuid4()), "roll_id": roll_id, "lot_id": None, "kind": "stain", "score": 0.9,
        "x0_mm": 1.0, "y0_mm": 1.0, "x1_mm": 2.0, "y1_mm": 2.0, "area_mm2": 1.0, "length_mm": 1.0,
        "unsure": False, "frames": 1, "bundle_id": "b", "picture_sha256": None,
    })  # fmt: skip
    rows["rolls"].append(at | {
        "roll_id": roll_id, "name": "roll", "article": "greige", "start_mm": 0.0, "end_mm": 1e5,
        "started_utc": utc, "ended_utc": utc + timedelta(minutes=4), "start_order": number,
        "end_order": number, "width_mm": 1500.0,
    })  # fmt: skip
    place = {name: at[name] for name in ("enterprise", "site", "area", "line", "demo")}
    rows["grades"].append(place | {
        "roll_id": roll_id, "latest": True, "grade": "A", "status": "final", "points": 8, "defects": 4,
        "points_per_100_m2": 5.3, "length_m": 100.0, "inspected_length_m": 99.0, "width_mm": 1500.0,
        "area_m2": 150.0, "coverage": 0.99, "first_limit": 28.0, "second_limit": 48.0, "profile_id": "p",
        "profile_version": 1, "profile_source": "", "profile_edition": "", "contract_is_example": True,
        "profile_verified": False, "workings": "[]", "graded_utc": utc, "reason": "roll_ended",
    })  # fmt: skip


def measure_page(settings: PlantSettings, days: int, repeats: int) -> dict[str, object]:
    """Ask for every figure over the quarter, again and again."""
    plant = Plant.open(settings, lambda: NOW + timedelta(minutes=20))
    taken_ms = []
    for second in range(repeats):  # another window each time: what is held of the last one must not answer
        to_utc = NOW + timedelta(minutes=20, seconds=-second)
        window = Window(from_utc=NOW - timedelta(days=days), to_utc=to_utc)
        began_s = time.perf_counter()
        figures = plant.kpis(window)
        taken_ms.append((time.perf_counter() - began_s) * 1000)
    plant.close()
    return {"figures": len(figures), "p50_ms": percentile(taken_ms, 50), "p95_ms": percentile(taken_ms, 95)}


def percentile(values: list[float], which: int) -> float:
    """A percentile of some values."""
    if len(values) < 2:
        return float("nan")
    return round(quantiles(values, n=100, method="inclusive")[which - 1], 1)


def measure_mixed(settings: PlantSettings, seconds: float, reads_s: int, events_s: int) -> dict[str, object]:
    """Readers over HTTP beside a line that delivers, both at their set pace."""
    stop, announced = threading.Event(), threading.Event()
    address: list[str] = []

    def announce(told: str) -> None:
        if told.startswith("Panel: "):
            address.append(told.removeprefix("Panel: ").rstrip("/"))
            announced.set()

    plant = Plant.open(settings, lambda: datetime.now(UTC))
    if plant.user("reader") is None:
        plant.create_user("reader", PASSWORD + " at first", Role.VIEWER, "bench")
        plant.change_password("reader", PASSWORD + " at first", PASSWORD)
    plant.close()
    serving = threading.Thread(target=run_plant, args=(settings, stop, announce), name="plant")
    serving.start()
    if not announced.wait(60):
        raise RuntimeError("the plant did not start within 60 s")
    errors: list[str] = []
    waits_ms: list[float] = []
    delivered = [0]
    batches = bodies([settings.lines[-1].line], round(events_s * (seconds + 2)), events_s)
    cookies = logged_in(address[0])
    until_s = time.monotonic() + seconds
    threads = [
        threading.Thread(
            target=read, args=(address[0], cookies, until_s, READERS / reads_s, at, waits_ms, errors)
        )
        for at in range(READERS)
    ]
    threads.append(
        threading.Thread(target=deliver, args=(settings, address[0], until_s, batches, delivered, errors))
    )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    serving.join(30)
    return {
        "seconds": seconds, "reads_per_s": round(len(waits_ms) / seconds, 1),
        "events_per_s": round(delivered[0] / seconds), "errors": len(errors), "first_errors": errors[:3],
        "read_p50_ms": percentile(waits_ms, 50), "read_p95_ms": percentile(waits_ms, 95),
    }  # fmt: skip


def logged_in(url: str) -> dict[str, str]:
    """The cookies of a reader's session."""
    answer = httpx.post(
        f"{url}/api/v1/login",
        json={"login": "reader", "password": PASSWORD},
        headers={"Origin": url},
        timeout=60,
    )
    answer.raise_for_status()
    return dict(answer.cookies)


def read(
    url: str,
    cookies: dict[str, str],
    until_s: float,
    pace_s: float,
    number: int,
    waits_ms: list[float],
    errors: list[str],
) -> None:
    """One reader at its pace."""
    with httpx.Client(base_url=url, cookies=cookies, timeout=30) as client:
        due_s = time.monotonic()
        while (now_s := time.monotonic()) < until_s:
            if now_s < due_s:
                time.sleep(due_s - now_s)
            due_s += pace_s
            path = READS[number % len(READS)]
            number += 1
            began_s = time.perf_counter()
            try:
                answer = client.get(f"/api/v1{path}")
            except httpx.HTTPError as error:
                errors.append(f"{path} {error!r}")
                continue
            waits_ms.append((time.perf_counter() - began_s) * 1000)
            if answer.is_error:
                errors.append(f"{path} {answer.status_code} {answer.text[:200]}")


def deliver(
    settings: PlantSettings,
    url: str,
    until_s: float,
    batches: Sequence[tuple[str, bytes]],
    delivered: list[int],
    errors: list[str],
) -> None:
    """One line that delivers a batch a second."""
    access = settings.lines[-1]
    token = access.token_file.read_text(encoding="utf-8").strip()
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        due_s = time.monotonic()
        for _, body in batches:
            if time.monotonic() >= until_s:
                break
            time.sleep(max(0.0, due_s - time.monotonic()))
            due_s += 1.0
            answer = client.post("/api/v1/ingest/events", content=body)
            if answer.is_error:
                errors.append(f"ingest {answer.status_code} {answer.text[:200]}")
            else:
                delivered[0] += answer.json()["accepted"]


def measure(kind: str, asked: argparse.Namespace) -> dict[str, object]:
    """Everything on one kind of database."""
    lines = [f"loom-{number}" for number in range(1, asked.lines + 1)]
    with tempfile.TemporaryDirectory(prefix="maqta-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with database(kind, folder) as url:
            settings = settings_for(folder, url, lines)
            ingest = measure_ingest(settings, asked.events, asked.batch)
        with database(kind, folder / "quarter") as url:
            settings = replace(settings, database_url=url)
            rows = fill_quarter(settings, asked.days)
            page = measure_page(settings, asked.days, asked.repeats)
            mixed = measure_mixed(settings, asked.seconds, 100, 500)
    print(f"{kind}: {ingest} {page} {mixed}", file=sys.stderr)
    return {"ingest": ingest, "kpi_page": page | {"rows": rows, "days": asked.days}, "mixed": mixed}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the plant's store.")
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--lines", type=int, default=20)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    asked = parser.parse_args()
    kinds = asked.database or ["sqlite", "postgresql"]
    print(json.dumps({kind: measure(kind, asked) for kind in kinds} | {"machine": machine()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
