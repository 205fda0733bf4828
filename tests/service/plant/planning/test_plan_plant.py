"""Lots as the plant measured them: offered with what their supplier's fabric says, scored by their own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from service import events as ev
from service.measured_events import LintMeasured
from service.plant.ledger.book import Draft
from service.plant.ledger.entries import UnitMade
from service.plant.ledger.terms import Origin, Step
from service.plant.plant import Plant
from service.plant.views.loop import ActionStatus
from service.plant.views.plan import OrderNeed

LENGTH_MM = 200_000.0  # 300 m2 at 1.5 m


class Mill:
    """A plant with an opener and a loom, and what people enter."""

    def __init__(self, plant: Plant, new_log: Callable[..., Any], clock: Any) -> None:
        self.plant, self.clock = plant, clock
        self.loom, self.opener = new_log(), new_log("opener-1", "log-o")
        plant.ingest("loom-1", [self.loom.started()])

    def lot(self, lot: str, number: int) -> None:
        """A lot of 1 t runs over the opener; two contaminants are found in it."""
        at = number * 100_000.0
        self.enter(UnitMade(step=Step.LOT, unit_id=lot, name=lot, supplier="farm"))
        found = [self.opener.defect(f"{lot}-{n}", at + n, kind="leaf", roll=None, lot=lot) for n in range(2)]
        span = self.opener.span(at, at + 10_000, roll=None, lot=lot, fed_kg=1000.0, trash_area_pct=1.5)
        ended = self.opener.add(ev.LotEnded(lot_id=lot, end_mm=at + 10_000))
        self.plant.ingest("opener-1", [self.opener.lot_started(lot), *found, span, ended])

    def roll(self, roll: str, lot: str, *, second: bool) -> None:
        """300 m2 of a lot; 60 long defects make it second grade."""
        self.enter(UnitMade(step=Step.ROLL, unit_id=roll, name=roll, parents=(lot,)))
        log = self.loom
        defects = [
            log.defect(f"{roll}-{n}", 3000.0 * n + 500, 300.0, height_mm=300.0, roll=roll)
            for n in range(60 if second else 0)
        ]
        begun, span = log.roll_started(roll, 0.0), log.span(0.0, LENGTH_MM, roll=roll)
        self.plant.ingest("loom-1", [begun, *defects, span, log.roll_ended(roll, LENGTH_MM)])

    def enter(self, unit: UnitMade) -> None:
        now = self.clock.moment
        self.plant.ledger.enter(
            [Draft(body=unit, at_utc=now, entered_by="lab", origin=Origin.TYPED, entry_id=unit.unit_id)]
        )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_lot_is_offered_planned_and_scored_by_its_fabric(
    plant: Plant, new_log: Callable[..., Any], clock: Any
) -> None:
    mill = Mill(plant, new_log, clock)
    mill.lot("old", 0)
    mill.roll("old-1", "old", second=True)
    mill.roll("old-2", "old", second=False)
    mill.lot("new", 1)
    clock.moment += timedelta(hours=2)

    (offer,) = plant.planning.offers()  # of the old one fabric was made
    assert (offer.lot_id, offer.available_kg, offer.trash_area_pct) == ("new", 1000.0, 1.5)
    assert offer.contaminants_per_t == pytest.approx(2.0)
    assert (offer.second_share, offer.second_source) == (pytest.approx(0.5), "supplier")
    (card,) = plant.planning.scorecards()
    assert (card.supplier, card.lots, card.fed_kg) == ("farm", 2, 2000.0)

    orders = [OrderNeed(order_id="17", needs_kg=800.0, second_loss_per_kg=2.0)]
    made = plant.planning.plan(orders)
    assert made.cost == pytest.approx(800 * 0.5 * 2.0)
    assert plant.planning.keep(made, orders, "manager") == 1
    plant.planning.score()
    assert plant.loop.actions(kind="plan")[0].status is ActionStatus.TOLD  # no fabric of it yet

    mill.roll("new-1", "new", second=True)
    clock.moment += timedelta(hours=2)
    plant.planning.score()
    (action,) = plant.loop.actions(kind="plan")
    assert action.status is ActionStatus.SCORED
    assert action.expected_after_per_t == pytest.approx(0.5 * 2.0 * 1000)
    assert action.happened_per_t == pytest.approx(1.0 * 2.0 * 1000)  # all of it became second grade


def read_lint(mill: Mill, lot: str, colours: list[tuple[float, float] | None]) -> None:
    """What the opener read of a lot's lint while it ran, then the lot; None: the colour was refused."""
    mill.enter(UnitMade(step=Step.LOT, unit_id=lot, name=lot, supplier="farm"))
    bodies = [
        LintMeasured(
            camera_id="opener-1-1", lot_id=lot, from_mm=1000.0 * n, to_mm=1000.0 * (n + 1), frames=40,
            fibre_cover_pct=97.0, trash_count=8, trash_count_m2=400.0, trash_area_pct=1.5,
            rd=None if colour is None else colour[0], plus_b=None if colour is None else colour[1],
            colour_from="" if colour is None else "references", refused="" if colour else "lamp drifted",
        )
        for n, colour in enumerate(colours)
    ]  # fmt: skip
    span = mill.opener.span(0.0, 10_000.0, roll=None, lot=lot, fed_kg=1000.0, trash_area_pct=1.5)
    ended = mill.opener.add(ev.LotEnded(lot_id=lot, end_mm=10_000.0))
    read = [mill.opener.add(body) for body in bodies]
    mill.plant.ingest("opener-1", [mill.opener.lot_started(lot), *read, span, ended])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_orders_limit_of_colour_is_kept_by_what_the_line_measured(
    plant: Plant, new_log: Callable[..., Any], clock: Any
) -> None:
    mill = Mill(plant, new_log, clock)
    read_lint(mill, "white", [(76.0, 8.5), (78.0, 9.5), None])
    read_lint(mill, "dark", [(66.0, 11.0)] * 2)
    read_lint(mill, "unread", [(80.0, 8.0), None, None])
    clock.moment += timedelta(hours=2)

    offered = {offer.lot_id: offer for offer in plant.planning.offers()}
    assert (offered["white"].rd, offered["white"].plus_b) == (pytest.approx(77.0), pytest.approx(9.0))
    assert (offered["dark"].rd, offered["dark"].colour_refused) == (pytest.approx(66.0), "")
    assert (offered["unread"].rd, offered["unread"].plus_b) == (None, None)
    assert offered["unread"].colour_refused == "2 of 3 readings have no colour: lamp drifted"

    made = plant.planning.plan([OrderNeed(order_id="17", needs_kg=900.0, rd_min=74.0, plus_b_max=9.6)])
    (mixture,) = made.mixtures
    assert made.feasible
    assert (mixture.rd or 0.0) >= 74.0 - 1e-6
    assert (mixture.plus_b or 99.0) <= 9.6 + 1e-6
    assert "unread" not in {part.lot_id for part in made.assigned}
    (held,) = [lot for lot in made.lots if lot.lot_id == "unread"]
    assert "lamp drifted" in held.reason

    (obstacle,) = plant.planning.plan([OrderNeed(order_id="18", needs_kg=900.0, rd_min=79.0)]).obstacles
    assert (obstacle.limit, obstacle.reached) == ("rd", pytest.approx(77.0))
