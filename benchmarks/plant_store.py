"""The plant's store on both databases: events a second, a KPI page over a quarter, reads beside writes.

    python benchmarks/plant_store.py [--quick] [--database sqlite|postgresql]

Asked for: at least 2 000 events/s (SQLite) and 5 000 (PostgreSQL) in batches; the KPI page over 90 days of 20
lines within 300 ms at p95, also where events came since the last page; 100 API reads/s beside 500 events/s
without an error or a lock. The last line is JSON: every figure, every target and whether it is met.

Batches are live ones, as large as a line sends them (500). The quarter has its roll-ups whole (a row a line
and hour, as of 3 600 spans and 15 rolls), its changes of state, and the newest minutes span by span; of older
rows below the roll-ups one span, defect and roll an hour are made: real ones would be 155 million spans.
PostgreSQL is a cluster of its own with fsync on; the reads go over HTTP to a plant in this process. On a
machine that others use, CPU seconds tell more than the clock: both are given.
"""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import postgres_cluster
from cpu_time import timed
from ingest import bodies, plant_of, run_of
from plant_quarter import NEWEST_S, NOW, fill_quarter
from sqlalchemy import create_engine, text

from datasets.evaluation.machine import machine
from service.events import EVENTS_CODEC
from service.plant.plant import Plant
from service.plant.views.kpis import Window
from service.plant.views.people import Role
from service.settings import PlantSettings
from service.web.main import run_plant

PASSWORD = "a password of the benchmark"
READS = ("/kpis?window=shift", "/rolls?page_size=20", "/lines", "/ledger/balances", "/alarms")
READERS = 10
EVENTS_A_SECOND = 9  # of a fabric line: a span, and two defects with picture, frame and answer
LINES_BATCH = 500  # events a line sends at once: BATCH of its uplink
LEAST_EVENTS_S = {"sqlite": 2_000, "postgresql": 5_000}
MOST_PAGE_MS = 300.0
READS_S, EVENTS_S = 100, 500


def settings_for(folder: Path, url: str, lines: list[str]) -> PlantSettings:
    """A plant of the benchmark."""
    plant = plant_of(folder, lines)
    plant.close()
    return replace(plant.settings, database_url=url)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[tuple[str, Path | None]]:
    """The URL of an empty database of a kind, and the data folder of its cluster."""
    folder.mkdir(exist_ok=True)
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.sqlite3'}", None
        return
    with postgres_cluster.cluster(folder / "pg") as url:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("CREATE DATABASE bench"))
        engine.dispose()
        yield url.replace("/postgres?", "/bench?"), folder / "pg" / "data"


def measure_ingest(
    settings: PlantSettings, cluster: Path | None, events: int, batch: int
) -> dict[str, object]:
    """Take events in over the facade, as they come over the wire; the first tenth warms up."""
    plant = Plant.open(settings, lambda: datetime.now(UTC))
    lines = [access.line for access in settings.lines][:2]
    start = datetime.now(UTC) - timedelta(seconds=events / len(lines) / EVENTS_A_SECOND)
    delivered = bodies(lines, events, batch, start)
    warm = max(2, len(delivered) // 10)
    for line, body in delivered[:warm]:
        plant.ingest(line, EVENTS_CODEC.validate_json(body))
    with timed(cluster) as taken:
        accepted = sum(
            plant.ingest(line, EVENTS_CODEC.validate_json(body)).accepted for line, body in delivered[warm:]
        )
    plant.close()
    return {"events": accepted, "batch": batch} | taken.rates(accepted)


def measure_page(settings: PlantSettings, cluster: Path | None, days: int, repeats: int) -> dict[str, object]:
    """Ask for every figure over the quarter, again and again, each time with or without new events."""
    clock = [NOW + timedelta(seconds=NEWEST_S + 1)]
    plant = Plant.open(settings, lambda: clock[0])
    lines = [access.line for access in settings.lines][
        :-1
    ]  # the last one delivers in the mixed run, by its own log
    runs = {line: run_of(line, clock[0]) for line in lines}
    began_s = time.perf_counter()
    figures = plant.kpis(Window(from_utc=NOW - timedelta(days=days), to_utc=clock[0]))
    first_ms = (time.perf_counter() - began_s) * 1000
    found: dict[str, object] = {"figures": len(figures), "first_after_start_ms": round(first_ms, 1)}
    for name, fed in (("warm", 0), ("cold", len(lines))):
        taken_ms, cpu_ms = [], []
        for _ in range(repeats):
            clock[0] += timedelta(seconds=2)
            for line in lines[:fed]:  # every line has told something since the last page
                plant.ingest(line, [next(runs[line]) for _ in range(EVENTS_A_SECOND)])
            window = Window(from_utc=NOW - timedelta(days=days), to_utc=clock[0])
            with timed(cluster) as taken:
                plant.kpis(window)
            taken_ms.append(taken.wall_s * 1000)
            cpu_ms.append((taken.own_cpu_s + taken.server_cpu_s) * 1000)
        found[name] = {
            "p50_ms": percentile(taken_ms, 50), "p95_ms": percentile(taken_ms, 95),
            "cpu_p50_ms": percentile(cpu_ms, 50), "cpu_p95_ms": percentile(cpu_ms, 95),
        }  # fmt: skip
    plant.close()
    return found


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
    if plant.people.get("reader") is None:
        plant.people.create("reader", PASSWORD + " at first", Role.VIEWER, "bench")
        plant.people.change_password("reader", PASSWORD + " at first", PASSWORD)
    plant.close()
    serving = threading.Thread(target=run_plant, args=(settings, stop, announce), name="plant")
    serving.start()
    if not announced.wait(60):
        raise RuntimeError("the plant did not start within 60 s")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as others:  # whoever reads and delivers runs outside the plant
        ran = others.submit(ask_and_deliver, settings, address[0], seconds, reads_s, events_s)
        waits_ms, delivered, errors = ran.result()
    stop.set()
    serving.join(30)
    return {
        "seconds": seconds, "reads_per_s": round(len(waits_ms) / seconds, 1),
        "events_per_s": round(delivered / seconds), "errors": len(errors), "first_errors": errors[:3],
        "read_p50_ms": percentile(waits_ms, 50), "read_p95_ms": percentile(waits_ms, 95),
    }  # fmt: skip


def ask_and_deliver(
    settings: PlantSettings, url: str, seconds: float, reads_s: int, events_s: int
) -> tuple[list[float], int, list[str]]:
    """Read and deliver in threads: what each read waited in ms, how many events were taken, what failed."""
    errors: list[str] = []
    waits_ms: list[float] = []
    delivered = [0]
    count = round(events_s * (seconds + 2))
    start = datetime.now(UTC) - timedelta(seconds=count / EVENTS_A_SECOND)
    batches = bodies([settings.lines[-1].line], count, events_s, start)
    cookies = logged_in(url)
    until_s = time.monotonic() + seconds
    threads = [
        threading.Thread(target=read, args=(url, cookies, until_s, READERS / reads_s, at, waits_ms, errors))
        for at in range(READERS)
    ]
    threads.append(
        threading.Thread(target=deliver, args=(settings, url, until_s, batches, delivered, errors))
    )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits_ms, delivered[0], errors


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
        ingest = {}
        for batch in (asked.batch, *asked.more_batches):
            with database(kind, folder / f"ingest-{batch}") as (url, cluster):
                settings = settings_for(folder, url, lines)
                ingest[str(batch)] = measure_ingest(settings, cluster, asked.events, batch)
        with database(kind, folder / "quarter") as (url, cluster):
            settings = replace(settings, database_url=url)
            rows = fill_quarter(settings, asked.days)
            page = measure_page(settings, cluster, asked.days, asked.repeats)
            mixed = measure_mixed(settings, asked.seconds, READS_S, EVENTS_S)
    print(f"{kind}: {ingest} {page} {mixed}", file=sys.stderr)
    return {"ingest": ingest, "kpi_page": page | {"rows": rows, "days": asked.days}, "mixed": mixed}


def targets_of(kind: str, found: dict[str, Any], batch: int) -> dict[str, dict[str, object]]:
    """Each target of the issue, what was found, and whether it is met; Any: figures by name."""
    ingest, page, mixed = found["ingest"][str(batch)], found["kpi_page"], found["mixed"]
    asked: dict[str, tuple[float, float, bool]] = {
        "ingest_events_per_s": (LEAST_EVENTS_S[kind], ingest["per_s"], True),
        "kpi_page_warm_p95_ms": (MOST_PAGE_MS, page["warm"]["p95_ms"], False),
        "kpi_page_cold_p95_ms": (MOST_PAGE_MS, page["cold"]["p95_ms"], False),
        "mixed_reads_per_s": (0.98 * READS_S, mixed["reads_per_s"], True),
        "mixed_events_per_s": (0.98 * EVENTS_S, mixed["events_per_s"], True),
        "mixed_errors": (0, mixed["errors"], False),
    }
    return {
        name: {"asked": limit, "found": value, "met": value >= limit if least else value <= limit}
        for name, (limit, value, least) in asked.items()
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the plant's store.")
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--batch", type=int, default=LINES_BATCH, help="judged by the target")
    parser.add_argument("--more-batches", type=int, nargs="*", default=[2_000], help="measured besides")
    parser.add_argument("--lines", type=int, default=20)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--quick", action="store_true", help="fewer events, pages and seconds; all 90 days")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    asked = parser.parse_args()
    if asked.quick:
        asked.events, asked.repeats, asked.seconds, asked.more_batches = 10_000, 10, 8.0, []
    found: dict[str, Any] = {kind: measure(kind, asked) for kind in asked.database or LEAST_EVENTS_S}
    targets = {kind: targets_of(kind, one, asked.batch) for kind, one in found.items()}
    load = [round(each, 1) for each in os.getloadavg()]
    print(json.dumps(found | {"targets": targets, "load_average": load, "machine": machine()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
