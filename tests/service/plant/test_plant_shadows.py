from collections.abc import Callable
from typing import Any

import pytest

from service.line_commands import LineCommandKind
from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.shadow_events import VerdictPair

Logs = Callable[..., Any]


def test_bookings_of_one_pair_of_recipes_add_up(plant: Plant, new_log: Logs) -> None:
    log = new_log()
    plant.ingest(
        "loom-1",
        [
            log.compared(("clean", "clean", 7), ("clean", "defective", 1), skipped=30),
            log.compared(("clean", "clean", 10), ("defective", "defective", 2), skipped=12),
        ],
    )
    (view,) = plant.shadows()
    assert (view.line, view.article) == ("loom-1", "greige")
    assert (view.active_bundle_id, view.shadow_bundle_id) == ("b1", "b2")
    assert (view.frames, view.skipped) == (20, 42)
    assert view.agreement == pytest.approx(0.95)  # 7 + 10 + 2 of 20
    assert view.verdicts == (
        VerdictPair(active="clean", shadow="clean", frames=17),
        VerdictPair(active="clean", shadow="defective", frames=1),
        VerdictPair(active="defective", shadow="defective", frames=2),
    )
    assert (view.first_utc.second, view.last_utc.second) == (1, 2)  # an event a second
    assert not view.demo


def test_another_line_or_recipe_is_another_comparison(plant: Plant, new_log: Logs) -> None:
    one, other = new_log(), new_log("loom-2", "log-b")
    other.demo = True
    plant.ingest(
        "loom-1", [one.compared(("clean", "clean", 1)), one.compared(("clean", "unsure", 1), shadow="b3")]
    )
    plant.ingest("loom-2", [other.compared(skipped=9)])
    pairs = {(view.line, view.shadow_bundle_id): view for view in plant.shadows()}
    assert set(pairs) == {("loom-1", "b2"), ("loom-1", "b3"), ("loom-2", "b2")}
    assert [view.shadow_bundle_id for view in plant.shadows("loom-1")] == ["b3", "b2"]  # newest first
    assert [view.line for view in plant.shadows(bundle_id="b3")] == ["loom-1"]
    nothing = pairs["loom-2", "b2"]
    assert (nothing.frames, nothing.skipped, nothing.agreement, nothing.demo) == (0, 9, None, True)


def test_a_comparison_is_counted_once_however_often_it_is_delivered_or_rebuilt(
    plant: Plant, new_log: Logs
) -> None:
    event = new_log().compared(("clean", "clean", 5))
    plant.ingest("loom-1", [event])
    plant.ingest("loom-1", [event])
    before = plant.shadows()
    assert before[0].frames == 5
    plant.rebuild()
    assert plant.shadows() == before


def test_impossible_counts_are_refused(plant: Plant, new_log: Logs) -> None:
    with pytest.raises(PlantError, match="skipped is -1; it can't be below 0"):
        plant.ingest("loom-1", [new_log().compared(skipped=-1)])
    with pytest.raises(PlantError, match="frames is -3; it can't be below 0"):
        plant.ingest("loom-1", [new_log().compared(("clean", "clean", -3))])


def test_an_unknown_line_has_no_shadows_but_an_error(plant: Plant) -> None:
    with pytest.raises(PlantError) as caught:
        plant.shadows("loom-9")
    assert caught.value.problem == "unknown_line"


def test_a_shadow_ends_by_a_command_without_a_bundle(plant: Plant) -> None:
    command = plant.command("loom-1", LineCommandKind.SHADOW_BUNDLE, {}, "eng")
    assert plant.commands_for("loom-1") == (command,)
