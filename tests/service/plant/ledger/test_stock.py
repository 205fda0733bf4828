"""What lies in the machine at a change of shift, worked by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from service.event_terms import MassFlow
from service.plant.errors import PlantError
from service.plant.ledger.audit import Auditor
from service.plant.ledger.balance import FlowSum, Stock, UnaccountedLimit, balance
from service.plant.ledger.entries import StockCounted, UnitClosed, Withdrawn
from service.plant.ledger.terms import BalanceStatus, Basis, Step
from service.plant.plant import Plant
from service.plant.store.ledger_tables import STOCKS

LIMIT = UnaccountedLimit(pct=0.5, least=1.0)
FLOWS = {MassFlow.INPUT: FlowSum(measured=1000.0), MassFlow.GOOD: FlowSum(measured=890.0)}
# Shift A of 2 March runs from 08:00 to 20:00 in Almaty: 03:00 to 15:00 UTC.
BEGAN, ENDED = datetime(2026, 3, 2, 3, 0, tzinfo=UTC), datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SECOND_ENDED = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
HOUR_S = 3600.0


def count(pen: Any, utc: datetime, kg: float, **more: Any) -> Any:
    body = {"place": "opener-1", "step": Step.LOT, "unit_id": "L1", "value": kg, "unit": "kg"}
    names = StockCounted.__dataclass_fields__
    body |= {name: more.pop(name) for name in list(more) if name in names}
    return pen.enter(StockCounted(**body), at_utc=utc, **more)


@pytest.mark.parametrize(
    ("stock", "unaccounted", "status"),
    [
        (Stock(), 110.0, BalanceStatus.UNACCOUNTED),  # nobody counts: what lies there is missing
        (Stock(before=0.0, after=108.0), 2.0, BalanceStatus.CLOSED),  # 1000 - 890 - 108
        (Stock(before=20.0, after=128.0), 2.0, BalanceStatus.CLOSED),
        (Stock(before=None, after=108.0), None, BalanceStatus.NOT_MEASURED),  # one end says nothing
        (Stock(before=108.0, after=None), None, BalanceStatus.NOT_MEASURED),
    ],
)
def test_growth_of_stock_is_part_of_the_equation(
    stock: Stock, unaccounted: float | None, status: BalanceStatus
) -> None:
    drawn = balance(Basis.MASS, FLOWS, LIMIT, stock)
    assert drawn.status is status
    assert drawn.unaccounted == (None if unaccounted is None else pytest.approx(unaccounted))


def test_two_shifts_close_with_what_each_hands_over(plant: Plant, pen: Any, clock: Any) -> None:
    clock.pass_s(24 * HOUR_S)  # 3 March: both shifts are over
    count(pen, BEGAN.replace(minute=5), 120.0)
    pen.flow("input", 1000)
    for flow, kg in (("good", 950), ("ejected", 12), ("by_product", 20), ("waste", 30)):
        pen.flow(flow, kg)
    count(pen, ENDED.replace(hour=14, minute=50), 105.0)
    first = plant.ledger.shift_balances(BEGAN)[0]
    # 1000 + 120 = 950 + 12 + 20 + 30 + 105 + 3
    assert (first.stock_before, first.stock_after, first.unaccounted) == (120.0, 105.0, pytest.approx(3.0))
    assert first.status is BalanceStatus.CLOSED
    pen.flow("input", 500, after_s=12 * HOUR_S)
    pen.flow("good", 590, after_s=13 * HOUR_S)
    pen.flow("waste", 14, after_s=13 * HOUR_S)
    count(pen, SECOND_ENDED.replace(minute=0), 0.0)
    second = plant.ledger.shift_balances(ENDED)[0]
    # 500 + 105 = 590 + 14 + 0 + 1
    assert (second.stock_before, second.stock_after, second.unaccounted) == (105.0, 0.0, pytest.approx(1.0))


def test_a_count_that_comes_late_states_both_shifts_again(
    plant: Plant, pen: Any, clock: Any, new_log: Any
) -> None:
    pen.flow("input", 1000)
    pen.flow("good", 890)
    clock.pass_s(10 * HOUR_S)
    plant.ingest("opener-1", [new_log("opener-1").started("fibre")])
    (alarm,) = [one for one in plant.alarms() if one.code == "unaccounted"]
    assert alarm.active  # 110 kg are missing
    count(pen, BEGAN, 0.0)
    entry = count(pen, ENDED, 108.0)
    assert plant.ledger.statements("shift", "2026-03-02/A")[-1].unaccounted == pytest.approx(2.0)
    assert not [one for one in plant.alarms() if one.code == "unaccounted" and one.active]
    pen.enter(Withdrawn(), corrects=entry.entry_id, why="another machine's", at_utc=clock())
    last = plant.ledger.statements("shift", "2026-03-02/A")[-1]
    assert (last.status, last.stock_before, last.stock_after) == (BalanceStatus.NOT_MEASURED, 0.0, None)


def test_a_unit_counted_at_one_end_alone_leaves_the_balance_open(plant: Plant, pen: Any, clock: Any) -> None:
    clock.pass_s(24 * HOUR_S)
    pen.flow("input", 1000)
    pen.flow("good", 890)
    count(pen, BEGAN, 0.0)
    count(pen, ENDED, 100.0)
    count(pen, ENDED, 8.0, unit_id="L2")  # nobody said what lay of L2 at the beginning
    assert plant.ledger.shift_balances(BEGAN)[0].status is BalanceStatus.NOT_MEASURED
    count(pen, BEGAN, 0.0, unit_id="L2")
    assert plant.ledger.shift_balances(BEGAN)[0].unaccounted == pytest.approx(2.0)


def test_a_lot_closes_with_what_of_it_still_lies_there(plant: Plant, pen: Any, clock: Any) -> None:
    clock.pass_s(24 * HOUR_S)
    pen.unit("lot", "L1", supplier="Turan")
    pen.flow("input", 1000)
    pen.flow("good", 890, after_s=60)
    count(pen, ENDED, 108.0)
    (here, whole) = sorted(plant.ledger.lot_balances("L1"), key=lambda one: one.place, reverse=True)
    assert (here.unaccounted, whole.unaccounted) == (pytest.approx(2.0), pytest.approx(2.0))
    pen.flow("good", 50, after_s=11 * HOUR_S)  # since the count: how much lies there now?
    assert {one.status for one in plant.ledger.lot_balances("L1")} == {BalanceStatus.NOT_MEASURED}
    pen.flow("good", 57, after_s=12 * HOUR_S)
    pen.enter(UnitClosed(unit_id="L1"), at_utc=clock())  # nothing of it is left
    kept = plant.ledger.statements("lot", "L1")[-1]
    assert (kept.unaccounted, kept.status) == (pytest.approx(3.0), BalanceStatus.CLOSED)  # 1000 - 997


def test_stock_at_standard_regain_is_that_of_the_flows(plant: Plant, pen: Any) -> None:
    with pytest.raises(PlantError) as refused:
        count(pen, BEGAN, 50.0, unit="box")
    assert refused.value.problem == "bad_unit"
    with pytest.raises(PlantError) as wet:
        count(pen, BEGAN, 50.0, regain_pct=60.0)
    assert wet.value.problem == "bad_moisture"


def test_a_count_that_was_edited_is_found(plant: Plant, pen: Any) -> None:
    entry = count(pen, BEGAN, 50.0)
    auditor = Auditor(database=plant.ledger.database, poster=plant.ledger.poster)
    assert auditor.verify(None).faults == ()
    with plant.ledger.database.write() as tx:
        tx.execute(update(STOCKS).values(quantity=40.0))
    assert auditor.verify(None).faults == (f"stock of entry {entry.entry_id}: quantity was edited",)
