"""Short ways to enter things into a plant's ledger."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.event_terms import MassFlow
from service.plant.ledger.book import Draft
from service.plant.ledger.entries import Entry, FlowBooked, UnitMade
from service.plant.ledger.terms import Origin, Step
from service.plant.plant import Plant

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # 11:00 in Almaty: shift A of 2 March (08:00 to 20:00)


class Pen:
    """Enters into one plant's ledger."""

    def __init__(self, plant: Plant) -> None:
        self.ledger = plant.ledger

    def enter(self, body: Any, *, after_s: float = 0.0, **more: Any) -> Entry:
        values = {"entered_by": "aigul", "origin": Origin.TYPED, "at_utc": START + timedelta(seconds=after_s)}
        (entry,) = self.ledger.enter([Draft(body=body, **(values | more))])
        return entry

    def flow(self, flow: str, value: float, unit: str = "kg", **more: Any) -> Entry:
        body = {"place": "opener-1", "step": Step.LOT, "unit_id": "L1"}
        names = FlowBooked.__dataclass_fields__
        body |= {name: more.pop(name) for name in list(more) if name in names and name != "kind"}
        body["step"] = Step(body["step"])
        return self.enter(FlowBooked(flow=MassFlow(flow), value=value, unit=unit, **body), **more)  # type: ignore[arg-type]

    def unit(self, step: str, unit_id: str, *parents: str, **more: Any) -> Entry:
        return self.enter(UnitMade(step=Step(step), unit_id=unit_id, name=unit_id, parents=parents, **more))


@pytest.fixture
def pen(plant: Plant) -> Pen:
    return Pen(plant)


@pytest.fixture
def new_pen() -> Callable[[Plant], Pen]:
    return Pen
