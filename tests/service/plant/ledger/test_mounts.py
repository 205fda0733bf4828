"""What feeds a line is what its rolls are made of."""

from typing import Any

import pytest

from service.plant.errors import PlantError
from service.plant.ledger.entries import UnitMounted, Withdrawn
from service.plant.ledger.terms import Origin
from service.plant.plant import Plant


def mount(pen: Any, unit_id: str | None, after_s: float, **more: Any) -> Any:
    return pen.enter(UnitMounted(place="loom-1", unit_id=unit_id), after_s=after_s, **more)


def roll_parents(plant: Plant, *rolls: str) -> list[tuple[str, ...]]:
    return [plant.ledger.family(roll).parents[roll] for roll in rolls]


def offspring(plant: Plant, unit_id: str) -> list[str]:
    return [one.unit.unit_id for one in plant.ledger.family(unit_id).relatives if one.generations > 0]


@pytest.fixture
def mill(plant: Plant, pen: Any, clock: Any, new_log: Any) -> Any:
    """Two runs of one lot, and a loom that made rolls r0 to r4 one after the other."""
    clock.pass_s(100)
    pen.unit("lot", "L1", supplier="Maqtaaral")
    pen.unit("laydown", "D1", "L1")
    pen.unit("run", "W1", "D1")
    pen.unit("run", "W2", "L1")
    log = new_log("loom-1")
    for number in range(5):
        plant.ingest("loom-1", [log.roll_started(f"r{number}"), log.roll_ended(f"r{number}")])
    return log


def test_rolls_are_made_of_what_was_mounted_when_they_began(plant: Plant, pen: Any, mill: Any) -> None:
    for unit_id, before in (("W1", "r1"), ("W2", "r2"), (None, "r4")):
        pen.enter(UnitMounted(place="loom-1", unit_id=unit_id), at_utc=plant.roll(before).row.started_utc)
    assert roll_parents(plant, "r0", "r1", "r2", "r3", "r4") == [(), ("W1",), ("W2",), ("W2",), ()]
    assert offspring(plant, "W2") == ["r2", "r3"]
    assert offspring(plant, "L1") == ["D1", "W2", "r2", "r3", "W1", "r1"]
    assert plant.ledger.family("r1").lot_shares == {"L1": 1.0}


def test_a_wrong_mounting_is_corrected_and_the_rolls_move_with_it(plant: Plant, pen: Any, mill: Any) -> None:
    wrong = mount(pen, "W1", 0.0)
    assert roll_parents(plant, "r0") == [("W1",)]
    right = mount(pen, "W2", 0.0, corrects=wrong.entry_id, why="the other beam")
    assert (roll_parents(plant, "r0"), offspring(plant, "W1")) == ([("W2",)], [])
    pen.enter(Withdrawn(), corrects=right.entry_id, why="never mounted")
    assert roll_parents(plant, "r0") == [()]


def test_parents_that_were_entered_stay(plant: Plant, pen: Any, mill: Any) -> None:
    mount(pen, "W1", 0.0)
    pen.unit("roll", "r3", "W2")
    assert roll_parents(plant, "r2", "r3") == [("W1",), ("W2",)]
    assert "r3" not in offspring(plant, "W1")


def test_it_is_the_same_after_everything_was_made_again(plant: Plant, pen: Any, mill: Any) -> None:
    mount(pen, "W1", 0.0)
    plant.rebuild()
    assert roll_parents(plant, "r0", "r4") == [("W1",), ("W1",)]


@pytest.mark.parametrize(
    ("place", "unit_id", "problem", "says"),
    [
        ("loom-1", "W9", "unknown_unit", "unit W9 is not in the ledger"),
        ("loom-1", "r1", "bad_entry", "feeds no line; mount what it is made of"),
        ("loom-1", "", "bad_entry", "unit_id is empty"),
        ("", "W1", "bad_entry", "place is empty"),
    ],
)
def test_what_cant_feed_a_line_is_refused(
    pen: Any, mill: Any, place: str, unit_id: str, problem: str, says: str
) -> None:
    with pytest.raises(PlantError, match=says) as caught:
        pen.enter(UnitMounted(place=place, unit_id=unit_id))
    assert caught.value.problem == problem


def test_a_file_of_mountings_is_imported(plant: Plant, pen: Any, mill: Any) -> None:
    from service.plant.imports.importer import Sent
    from service.plant.imports.mapping import load_mapping
    from service.plant.imports.reading import read_csv

    text = b"mount_id;place;unit_id;at\nm1;loom-1;W1;2026-03-02T06:00:00Z\nm2;loom-1;;2026-03-02T06:00:08Z\n"
    mapping = load_mapping("mounts", plant.mill.settings.data_dir)
    sent = Sent(
        mapping_name="mounts",
        mapping=mapping,
        source="mounts.csv",
        content=text,
        user="mes",
        origin=Origin.CSV,
    )
    report = plant.mill.importer.take(sent, read_csv(text, mapping))
    assert (report.taken, report.refused) == (2, ())
    assert roll_parents(plant, "r0", "r4") == [("W1",), ()]
