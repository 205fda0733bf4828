"""A quarter of a mill in a plant's store: roll-ups whole, the rows below them in samples."""

import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import insert

from service.plant.ledger.opening import open_database
from service.plant.store.hours import blank_hour, hour_key
from service.plant.store.ledger_tables import HOURS, PRODUCED
from service.plant.store.many import insert_rows
from service.plant.store.tables import DEFECTS, GRADES, LINES, ROLLS, SPANS, STATES
from service.settings import PlantSettings

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
CHUNK = 2_000
NEWEST_S = 1_200  # seconds of the hour that runs


def fill_quarter(settings: PlantSettings, days: int) -> int:
    """Write the history of every line; returns the number of rows."""
    chance = random.Random(7)
    base = open_database(settings)
    tables = {
        "hours": HOURS, "produced": PRODUCED, "spans": SPANS, "defects": DEFECTS, "rolls": ROLLS,
        "grades": GRADES, "states": STATES,
    }  # fmt: skip
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in tables}
    count = 0

    def flush(least: int) -> None:
        nonlocal count
        for name, found in rows.items():
            if len(found) >= least and found:
                with base.write() as tx:
                    insert_rows(tx, tables[name], found)
                count += len(found)
                found.clear()

    for access in settings.lines:
        with base.write() as tx:
            tx.execute(insert(LINES), [line_row(access.line)])
        for hour in range(1, days * 24 + 1):
            hour_rows(rows, access.line, NOW - timedelta(hours=hour), days * 24 - hour, chance)
            flush(CHUNK)
        newest_rows(rows, access.line, days * 24)
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
        "answered": defects, "rolls_complete": 14, "first_graded": 15, "first_pass": 13, "release_s": 600.0,
    }  # fmt: skip
    rows["hours"].append({"hour_key": hour_key(line, utc), **blank_hour(line, utc, utc, demo=True), **sums})
    own = {"hour_key": hour_key(line, utc), "line": line, "hour_utc": utc, "article": "greige"}
    rows["produced"] += [
        own | {"grade": grade, "m2": m2} for grade, m2 in (("A", 2505.0), ("B", 80.0), ("second", 40.0))
    ]
    for place, state in ((10, "held"), (13, "running")):  # minutes: a stop of three an hour
        told = common(line, utc + timedelta(minutes=place), 2 * number + (state == "running") + 1)
        rows["states"].append(
            told | {"log_id": f"log-{line}", "seq": told["order_no"], "state": state, "cause": ""}
        )
    at = common(line, utc + timedelta(minutes=30), number)
    rows["spans"].append(span_row(line, utc + timedelta(minutes=30), number, roll_id))
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


def span_row(line: str, utc: datetime, number: int, roll_id: str) -> dict[str, object]:
    """A second of web."""
    return common(line, utc, number) | {
        "log_id": f"log-{line}", "seq": number, "roll_id": roll_id, "lot_id": None, "inspected": True,
        "from_mm": 0.0, "to_mm": 500.0, "width_mm": 1500.0, "reason": "", "detail": "", "frames": 20,
        "clean": 18, "defective": 2, "unsure": 0, "deadline_misses": 0, "decision_ms_max": 30.0,
        "stage_ms": "{}", "fed_kg": 0.0, "trash_area_pct": None,
    }  # fmt: skip


def newest_rows(rows: dict[str, list[dict[str, object]]], line: str, number: int) -> None:
    """The hour that runs, span by span, and its sums."""
    roll_id = str(uuid4())
    for second in range(NEWEST_S):
        utc = NOW + timedelta(seconds=second)
        rows["spans"].append(span_row(line, utc, number + second, roll_id))
    newest = NOW + timedelta(seconds=NEWEST_S - 1)
    sums = {
        "spans": NEWEST_S, "frames": 20 * NEWEST_S, "inspected_mm": 500.0 * NEWEST_S,
        "inspected_m2": 0.75 * NEWEST_S, "decision_ms_sum": 30.0 * NEWEST_S,
    }  # fmt: skip
    rows["hours"].append(
        {"hour_key": hour_key(line, NOW), **blank_hour(line, NOW, newest, demo=True), **sums}
    )
