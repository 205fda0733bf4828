"""What a line refuses at its start, and what it does when the plant asks."""

import gzip
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from line_rig import Make, Read, command, finish, replay_settings, tell

from service.event_terms import LineState
from service.events import (
    EVENTS_CODEC,
    AlarmRaised,
    CommandAnswered,
    LineStopped,
    RollEnded,
    RollStarted,
)
from service.line.errors import LineError
from service.line.hardware import build_hardware
from service.line.line import Line
from service.line_commands import COMMANDS_CODEC, CommandOutcome, LineCommand, LineCommandKind
from service.settings import UplinkSettings


@pytest.mark.usefixtures("short_grace")
def test_a_serial_port_that_isnt_there_is_a_held_line_that_names_it(fabric_settings: Make) -> None:
    settings = fabric_settings()
    settings = replace(settings, sorter=replace(settings.sorter, port="/dev/no-such-port"))
    line = Line(settings, hardware=build_hardware(settings))
    line.start()
    end_s = time.monotonic() + 20
    while line.status().state is not LineState.HELD and time.monotonic() < end_s:
        time.sleep(0.01)
    line.stop()
    (alarm,) = Read(line).of(AlarmRaised)
    assert alarm.code == "link"
    assert "/dev/no-such-port" in alarm.detail


@pytest.mark.usefixtures("short_grace")
def test_a_line_without_its_camera_is_held_names_it_and_can_be_stopped(
    fabric_settings: Make, tmp_path: Path
) -> None:
    line = Line(fabric_settings(camera=replay_settings(tmp_path / "nowhere")))
    line.start()
    end_s = time.monotonic() + 20
    while line.status().state is not LineState.HELD and time.monotonic() < end_s:
        time.sleep(0.01)
    line.stop()
    rig = Read(line)
    (alarm,) = rig.of(AlarmRaised)
    assert alarm.code == "camera"
    assert "nowhere" in alarm.detail
    assert isinstance(rig.of(LineStopped)[0], LineStopped)


def test_an_article_without_a_recipe_says_how_to_make_one(fabric_settings: Make) -> None:
    with pytest.raises(LineError, match="maqta learn --good DIR --article 'denim'"):
        Line(fabric_settings(article="denim"))
    Line(fabric_settings()).stop()  # the failed start left no lock behind


def test_a_recipe_of_the_other_material_is_refused(fabric_settings: Make, fibre_registry: Path) -> None:
    with pytest.raises(LineError, match="is for fibre, this line inspects fabric"):
        Line(fabric_settings(registry_dir=fibre_registry, article="test-lint"))


def test_outputs_too_near_to_the_camera_are_refused(fabric_settings: Make) -> None:
    settings = fabric_settings()
    with pytest.raises(LineError, match=r"lower camera.rows or the speed"):
        Line(replace(settings, sorter=replace(settings.sorter, distance_mm=50.0)))


class CommandingPlant:
    """A plant that takes everything and hands out commands."""

    def __init__(self) -> None:
        self.commands: list[LineCommand] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/commands"):
            waiting, self.commands = self.commands, []
            return httpx.Response(200, content=COMMANDS_CODEC.dump_json(waiting))
        if request.url.path.endswith("/ingest/events"):
            events = EVENTS_CODEC.validate_json(gzip.decompress(request.content))
            answer = {"accepted": len(events), "duplicates": 0, "last_seq": events[-1].seq}
            return httpx.Response(200, text=json.dumps(answer))
        return httpx.Response(204)


def test_commands_from_the_plant_are_carried_out_and_answered(
    make_rig: Make, fabric_settings: Make, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("secret")
    plant = CommandingPlant()
    own = fabric_settings(uplink=UplinkSettings(url="http://plant", token_file=token))
    shutil.copytree(own.registry_dir, tmp_path / "registry")  # a threshold is written beside its bundle
    rig = make_rig(
        replace(own, registry_dir=tmp_path / "registry"), plant_transport=httpx.MockTransport(plant)
    )
    card = rig.line._parts.judge.card
    bundle_id, now = card.bundle_id, card.thresholds.defective
    threshold = {"article": card.article, "kind": "stain", "was": f"{now:.4f}", "why": "burst"}
    threshold |= {
        "score": f"{now + 0.1:.4f}",
        "low": f"{card.thresholds.unsure:.4f}",
        "high": f"{now + 1:.4f}",
    }
    rig.line.start()
    rig.wait_web(200.0)
    plant.commands = [command(LineCommandKind.HOLD)]
    rig.wait_state(LineState.HELD)
    plant.commands = [command(LineCommandKind.TEST_VALVE, lane="0", ms="10")]
    rig.wait_for(lambda: any(answer.command == "test_valve" for answer in rig.of(CommandAnswered)))
    plant.commands = [
        command(LineCommandKind.RESUME),
        command(LineCommandKind.END_ROLL, name="batch-7"),
        command(LineCommandKind.ACTIVATE_BUNDLE, bundle_id=bundle_id),
        replace(command(LineCommandKind.SET_THRESHOLD), arguments=threshold),
        command(LineCommandKind.CHANGE_ARTICLE, article="denim"),
    ]
    rig.wait_for(lambda: rig.line._parts.counts.commands >= 6)
    rig.wait_for(lambda: rig.line.status().state is LineState.RUNNING)
    rig.wait_web(rig.line.status().web_mm + 200.0)
    finish(rig)
    answers = {answer.command: answer for answer in rig.of(CommandAnswered)}
    assert {name: answer.outcome for name, answer in answers.items()} == {
        "hold": CommandOutcome.DONE,
        "test_valve": CommandOutcome.DONE,
        "resume": CommandOutcome.DONE,
        "end_roll": CommandOutcome.DONE,
        "activate_bundle": CommandOutcome.DONE,
        "set_threshold": CommandOutcome.DONE,
        "change_article": CommandOutcome.REFUSED,
    }
    assert answers["test_valve"].detail == "valve 0: pulse of 10 ms scheduled"
    assert "stain defective from" in answers["set_threshold"].detail
    in_force = rig.line._parts.judge.card.thresholds
    assert in_force.defective_for("stain") == pytest.approx(now + 0.1, abs=1e-3)
    assert in_force.defective == now
    assert "'denim'" in answers["change_article"].detail
    assert "batch-7" in [roll.name for roll in rig.of(RollStarted)]
    assert len(rig.of(RollEnded)) == len(rig.of(RollStarted))
    assert rig.line._ground.event_log.path.exists()


def test_a_valve_is_tested_on_a_held_line_only(make_rig: Make, fabric_settings: Make) -> None:
    rig = make_rig(fabric_settings())
    rig.line.start()
    rig.wait_web(100.0)
    tell(rig, LineCommandKind.TEST_VALVE, lane="0")
    tell(rig, LineCommandKind.HOLD)
    rig.wait_state(LineState.HELD)
    tell(rig, LineCommandKind.TEST_VALVE, lane="99")
    tell(rig, LineCommandKind.TEST_VALVE, lane="left")
    tell(rig, LineCommandKind.TEST_VALVE, lane="0", ms="5000")
    rig.wait_for(lambda: len(rig.of(CommandAnswered)) == 5)
    finish(rig)
    refused = [answer for answer in rig.of(CommandAnswered) if answer.command == "test_valve"]
    assert {answer.outcome for answer in refused} == {CommandOutcome.REFUSED}
    assert "hold it first" in refused[0].detail
    assert "valves 0 to" in refused[1].detail
    assert "give numbers" in refused[2].detail
    assert "at most 100 ms" in refused[3].detail
