"""Foreign matter in rolls, followed along genealogy, raises the sorter for the supplier's next lot."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.plant.ledger.book import Draft
from service.plant.ledger.entries import UnitMade
from service.plant.ledger.terms import Origin, Step
from service.plant.plant import Plant

SQLITE_ONLY = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LAYDOWNS = {"lay-1": ("dirty", "clean"), "lay-2": ("dirty", "other"), "lay-3": ("clean", "other")}
FOUND = {"lay-1": 12, "lay-2": 12, "lay-3": 1}  # in each roll
SUPPLIERS = {"dirty": "farm", "clean": "gin", "other": "gin"}


def enter(plant: Plant, clock: Any, *units: UnitMade) -> None:
    drafts = [
        Draft(body=unit, at_utc=clock.moment, entered_by="lab", origin=Origin.TYPED, entry_id=unit.unit_id)
        for unit in units
    ]
    plant.ledger.enter(drafts)


@SQLITE_ONLY
def test_fabric_blames_the_lot_and_raises_its_suppliers_next_one(
    plant: Plant, new_log: Callable[..., Any], clock: Any
) -> None:
    for lot, supplier in SUPPLIERS.items():
        enter(plant, clock, UnitMade(step=Step.LOT, unit_id=lot, name=lot, supplier=supplier))
    log = new_log()
    events = [log.started()]
    for laydown, lots in LAYDOWNS.items():
        enter(plant, clock, UnitMade(step=Step.LAYDOWN, unit_id=laydown, name=laydown, parents=lots))
        for number in (1, 2):
            roll = f"{laydown}-{number}"
            enter(plant, clock, UnitMade(step=Step.ROLL, unit_id=roll, name=roll, parents=(laydown,)))
            events += [log.roll_started(roll, 0.0), log.span(0.0, 200_000.0, roll=roll)]  # 300 m2
            events += [
                log.defect(f"{roll}-{at}", 100.0 * at, kind="foreign_fibre", roll=roll)
                for at in range(FOUND[laydown])
            ]
            events.append(log.roll_ended(roll, 200_000.0))
    plant.ingest("loom-1", events)
    clock.moment += timedelta(hours=1)

    blames = plant.loop.blame()
    worst = next(one for one in blames if one.subject == "lot")
    assert (worst.name, worst.supplier, worst.moves) == ("dirty", "farm", True)
    assert worst.area_m2 == pytest.approx(600.0)  # half of four rolls
    assert next(one for one in blames if one.name == "gin").factor < 1

    opener = new_log("opener-1", "log-o")
    begun = opener.lot_started("new")
    plant.ingest(
        "opener-1",
        [begun, replace(begun, seq=2, id="x", body=replace(begun.body, lot_id="l2", supplier="?"))],
    )
    with plant.loop.database.read() as tx:
        priors = plant.loop.fabric().priors.of(tx, ["new", "l2"])
    factor, source = priors["new"]
    assert source == "supplier farm"
    assert factor > 1.3
    assert priors["l2"] == (1.0, "")
