"""Imports, complaints, lists and kept answers on every database that the plant runs on."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.plant.complaints import Grievance
from service.plant.errors import PlantError
from service.plant.imports.importer import Sent
from service.plant.imports.mapping import load_mapping
from service.plant.imports.reading import read_csv
from service.plant.ledger.terms import Origin
from service.plant.listing import Bounds
from service.plant.plant import Plant
from service.plant.views.imports import ImportReport

ORDERS = b"order_id,article,quantity,unit,customer,due\n1,a,10,m,K,\n2,a,10,ell,K,\n3,a,30,m,K,\n"
WAIT = timedelta(minutes=2)


def take(plant: Plant, data: bytes, *, rehearsal: bool = False) -> ImportReport:
    mapping = load_mapping("orders", Path("nowhere"))
    sent = Sent(
        mapping_name="orders", mapping=mapping, source="o.csv", content=data, user="erp", origin=Origin.CSV,
        rehearsal=rehearsal,
    )  # fmt: skip
    return plant.mill.importer.take(sent, read_csv(data, mapping))


def test_a_refused_row_undoes_itself_alone(plant: Plant) -> None:
    report = take(plant, ORDERS)
    assert (report.taken, [row.row for row in report.refused]) == (2, [3])
    assert sorted(order.order_id for order in plant.ledger.orders()) == ["1", "3"]
    assert take(plant, ORDERS).unchanged == 2
    (second, first) = plant.mill.importer.runs(10)
    assert (first.taken, first.refused, second.unchanged) == (2, 1, 2)


def test_a_rehearsal_leaves_no_trace(plant: Plant) -> None:
    assert take(plant, ORDERS, rehearsal=True).taken == 2
    assert plant.ledger.orders() == ()
    assert plant.mill.importer.runs(10) == ()


def test_a_name_that_two_rolls_bear_needs_an_id(plant: Plant, new_log: Any) -> None:
    one, other = new_log(), new_log("loom-2", "log-b")
    plant.ingest("loom-1", [one.started(), one.roll_started("r1")])
    plant.ingest("loom-2", [other.started(), other.roll_started("r1x")])
    said = Grievance(roll="R1X", customer="K", text="stain")
    assert plant.mill.complaints.file(said, "aigul").roll.roll_id == "r1x"
    with pytest.raises(PlantError, match="no roll has the id or name 'R9'"):
        plant.mill.complaints.file(Grievance(roll="R9", customer="K", text=""), "aigul")
    assert [found.customer for found in plant.mill.complaints.newest(None, 10)] == ["K"]


def test_a_list_goes_on_where_it_stopped_while_rows_arrive(plant: Plant, new_log: Any) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.started(), *(log.defect(f"d{n}", 10.0 * n) for n in range(5))])
    first = plant.listing.defects(Bounds(limit=2))
    assert [one.defect_id for one in first.items] == ["d4", "d3"]
    plant.ingest("loom-1", [log.defect("d5", 60.0)])  # newer: it belongs before the first page
    rest = plant.listing.defects(Bounds(limit=10, cursor=first.next_cursor))
    assert [one.defect_id for one in rest.items] == ["d2", "d1", "d0"]
    assert rest.next_cursor is None


def test_an_answer_is_kept_for_two_days_and_a_request_that_fell_may_run_again(
    plant: Plant, clock: Any
) -> None:
    mill = plant.mill
    assert mill.begin_write("s", "r", WAIT) is None
    running = mill.begin_write("s", "r", WAIT)
    assert running is not None
    assert not running.answered
    clock.pass_s(121)
    assert mill.begin_write("s", "r", WAIT) is None  # the first one never answered
    mill.keep_write("s", 201, "application/json", "{}")
    kept = mill.begin_write("s", "r", WAIT)
    assert kept is not None
    assert (kept.status, kept.body) == (201, "{}")
    clock.pass_s(49 * 3600)
    mill.herald._teller.forget(clock())
    assert mill.begin_write("s", "r", WAIT) is None
