from collections.abc import Callable
from typing import Any

import pytest

from service.line_commands import CommandOutcome, LineCommandKind
from service.plant.errors import PlantError
from service.plant.plant import Plant

HOLD, ARTICLE = LineCommandKind.HOLD, LineCommandKind.CHANGE_ARTICLE


def test_a_command_waits_for_its_own_line_oldest_first(plant: Plant, clock: Any) -> None:
    hold = plant.command("loom-1", HOLD, {}, "aigul")
    clock.pass_s(1)
    change = plant.command("loom-1", ARTICLE, {"article": "dyed"}, "aigul")
    assert plant.commands_for("loom-1") == (hold, change)
    assert plant.commands_for("loom-2") == ()


def test_an_answered_command_waits_no_more(plant: Plant, new_log: Callable[..., Any]) -> None:
    command = plant.command("loom-1", HOLD, {}, "aigul")
    plant.ingest("loom-1", [new_log().command_answered(command.id, "refused")])
    assert plant.commands_for("loom-1") == ()
    (view,) = plant.commands("loom-1")
    assert (view.command, view.outcome, view.detail) == (command, CommandOutcome.REFUSED, "as asked")


def test_another_line_can_not_answer(plant: Plant, new_log: Callable[..., Any]) -> None:
    command = plant.command("loom-1", HOLD, {}, "aigul")
    plant.ingest("loom-2", [new_log("loom-2").command_answered(command.id)])
    assert plant.commands_for("loom-1") == (command,)


def test_a_command_expires(plant: Plant, clock: Any) -> None:
    plant.command("loom-1", HOLD, {}, "aigul", life_s=30)
    clock.pass_s(30)
    assert plant.commands_for("loom-1") == ()
    assert plant.commands()[0].outcome is CommandOutcome.EXPIRED


def test_a_command_is_in_the_audit_log(plant: Plant) -> None:
    command = plant.command("loom-1", ARTICLE, {"article": "dyed"}, "aigul")
    entry = plant.audit_log.page().items[0]
    assert (entry.user, entry.action, entry.subject) == ("aigul", "change_article", "loom-1")
    assert entry.detail == {"article": "dyed", "command_id": command.id}


@pytest.mark.parametrize(
    ("kind", "arguments", "life_s", "message"),
    [
        (ARTICLE, {}, 60, "needs article"),
        (HOLD, {"article": "dyed"}, 60, "takes no article"),
        (ARTICLE, {"article": " "}, 60, "printable"),
        (ARTICLE, {"article": "a\nb"}, 60, "printable"),
        (ARTICLE, {"article": "a" * 81}, 60, "printable"),
        (LineCommandKind.SHADOW_BUNDLE, {"bundle": "b1"}, 60, "takes no bundle"),
        (HOLD, {}, 0, "its life is 0 s"),
        (HOLD, {}, 1e6, "its life is 1e"),
    ],
)
def test_a_command_that_can_not_be_carried_out_is_refused(
    plant: Plant, kind: LineCommandKind, arguments: dict[str, str], life_s: float, message: str
) -> None:
    with pytest.raises(PlantError, match=message) as caught:
        plant.command("loom-1", kind, arguments, "aigul", life_s=life_s)
    assert caught.value.problem == "bad_command"
    assert plant.commands() == ()


def test_a_command_to_an_unknown_line_is_refused(plant: Plant) -> None:
    with pytest.raises(PlantError) as caught:
        plant.command("loom-9", HOLD, {}, "aigul")
    assert caught.value.problem == "unknown_line"
