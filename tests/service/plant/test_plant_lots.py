from collections.abc import Callable
from typing import Any

import pytest

from service.plant.errors import PlantError
from service.plant.plant import Plant


@pytest.fixture
def lot(plant: Plant, new_log: Callable[..., Any]) -> Plant:
    log = new_log("opener-1", "log-o")
    plant.ingest(
        "opener-1",
        [
            log.started("fibre", "lint", 1000.0),
            log.lot_started(),
            log.span(
                0, 3000, roll=None, lot="l1", fed_kg=30.0, trash_area_pct=1.0, inspected_width_mm=1000.0
            ),
            log.span(
                3000, 4000, roll=None, lot="l1", fed_kg=10.0, trash_area_pct=3.0, inspected_width_mm=1000.0
            ),
            log.missed(4000, 5000, roll=None, lot="l1", fed_kg=10.0),
            log.judged("c1"),
            log.judged("c2"),
            log.judged("c3"),
            log.answered("c1", ejected_kg=0.25, good_fibre_kg=0.2),
            log.answered("c2", "too_late"),
            log.defect("f1", 50.0, roll=None, lot="l1", kind="pp_colour"),
            log.defect("f2", 60.0, roll=None, lot="l1", unsure=True),
        ],
    )
    return plant


def test_a_lots_mass_adds_up(lot: Plant) -> None:
    view = lot.lots().items[0]
    assert (view.fed_kg, view.ejected_kg, view.passed_kg) == (50.0, 0.25, 49.75)
    assert (view.good_fibre_kg, view.not_inspected_kg, view.coverage) == (0.2, 10.0, 0.8)
    assert view.trash_area_pct == pytest.approx(1.5)  # (3 m2 x 1 % + 1 m2 x 3 %) / 4 m2


def test_shots_are_ordered_refused_or_still_without_answer(lot: Plant) -> None:
    view = lot.lots(line="opener-1").items[0]
    assert (view.shots, view.refused, view.unanswered, view.contaminants) == (3, 1, 1, 1)
    assert view.supplier == "farm"


def test_a_lot_opened_shows_findings_and_stretches(lot: Plant) -> None:
    detail = lot.lot("l1")
    assert [(item.defect_id, item.points, item.not_graded_because) for item in detail.defects] == [
        ("f2", 0, "unsure"),
        ("f1", 0, "no_roll"),
    ]
    assert [(item.from_mm, item.to_mm) for item in detail.uninspected] == [(4000, 5000)]


def test_an_answer_that_arrives_before_its_order_is_joined_to_it(
    plant: Plant, new_log: Callable[..., Any]
) -> None:
    log = new_log("opener-1", "log-o")
    order, answer = log.judged("c1"), log.answered("c1", ejected_kg=0.5)
    plant.ingest("opener-1", [answer])
    plant.ingest("opener-1", [order])
    view = plant.lots().items[0]
    assert (view.shots, view.unanswered, view.ejected_kg) == (1, 0, 0.5)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_shot_that_was_given_up_is_an_escape_and_ejects_nothing_in_whatever_order_it_arrives(
    plant: Plant, new_log: Callable[..., Any], order: tuple[int, ...]
) -> None:
    log = new_log("opener-1", "log-o")
    told = [log.judged("c1"), log.answered("c1", ejected_kg=0.5), log.given_up("c1")]
    for index in order:
        plant.ingest("opener-1", [told[index]])
    view = plant.lots().items[0]
    assert (view.shots, view.refused, view.unanswered, view.ejected_kg) == (1, 1, 0, 0.0)


def test_an_unknown_lot_is_named(plant: Plant) -> None:
    with pytest.raises(PlantError, match="lot nowhere is not known"):
        plant.lot("nowhere")
