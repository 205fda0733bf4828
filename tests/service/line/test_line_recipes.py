"""Recipes on a running line: another article, a bundle from the plant, a simulated camera at a real port."""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from firmware_bridge.twin import McuTwin
from service.event_terms import LineState
from service.events import CommandAnswered, RollStarted, SpanInspected
from service.line.errors import LineError
from service.line.event_log import read_events
from service.line.hardware import build_hardware
from service.line.inbox import RecipeReady
from service.line.line import Line, _fetch_bundle
from service.line.plant_client import PlantClient
from service.line.recipes import active_inspector
from service.line.replay import replay
from service.line_commands import CommandOutcome, LineCommand, LineCommandKind
from service.web.api.bundles import zip_folder
from vision.bundle import load_bundle, save_bundle
from vision.parity import read_parity, write_parity
from vision.registry import Registry
from vision.types import VisionError

Make = Callable[..., Any]
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def two_articles(fabric_registry: Path, tmp_path: Path) -> Path:
    """The recipe of the test's twill, registered a second time under another article's name."""
    root = tmp_path / "registry"
    shutil.copytree(fabric_registry, root)
    registry = Registry(root)
    bundle = load_bundle(registry.active("test-twill"))
    copy = save_bundle(tmp_path / "copy", bundle.model, replace(bundle.card, article="denim"), bundle.golden)
    write_parity(copy, read_parity(bundle.folder))
    registry.activate("denim", registry.add(copy))
    return root


def change(kind: LineCommandKind, inspector: Any) -> RecipeReady:
    command = LineCommand(
        id=str(kind),
        line="loom-1",
        command=kind,
        issued_by="aigerim",
        issued_utc=NOW,
        expires_utc=NOW + timedelta(minutes=1),
    )
    return RecipeReady(command=command, inspector=inspector)


def test_another_article_begins_another_roll_between_two_frames(
    make_rig: Make, fabric_settings: Make, two_articles: Path
) -> None:
    rig = make_rig(fabric_settings(registry_dir=two_articles))
    inspector = active_inspector(Registry(two_articles), "denim", rig.line._open_bundle)
    rig.line.start()
    rig.wait_web(200.0)
    rig.line._ground.inbox.put(change(LineCommandKind.CHANGE_ARTICLE, inspector))
    rig.wait_for(lambda: rig.line.status().article == "denim")
    rig.wait_web(rig.line.status().web_mm + 150.0)
    rig.line.stop()
    assert [roll.article for roll in rig.of(RollStarted)] == ["test-twill", "denim"]
    assert rig.of(CommandAnswered)[0].outcome is CommandOutcome.DONE
    assert replay(rig.line.event_log_path).agrees


def test_activating_a_bundle_of_another_article_leaves_the_line_at_its_own(
    make_rig: Make, fabric_settings: Make, two_articles: Path
) -> None:
    rig = make_rig(fabric_settings(registry_dir=two_articles))
    inspector = active_inspector(Registry(two_articles), "denim", rig.line._open_bundle)
    rig.line.start()
    rig.line._ground.inbox.put(change(LineCommandKind.ACTIVATE_BUNDLE, inspector))
    rig.wait_for(lambda: rig.line._parts.counts.commands == 1)
    assert rig.line.status().article == "test-twill"
    rig.line.stop()
    assert "this line runs test-twill" in rig.of(CommandAnswered)[0].detail


def test_a_bundle_comes_from_the_plant_as_a_zip_and_is_checked(fabric_registry: Path, tmp_path: Path) -> None:
    folder = Registry(fabric_registry).active("test-twill")
    bundle_id = folder.name
    packed = zip_folder(folder)
    token = tmp_path / "token"
    token.write_text("secret")
    bodies = [packed, packed[:-4000]]  # the second one was cut short on the way

    def plant(request: httpx.Request) -> httpx.Response:
        assert request.url.path == f"/api/v1/bundles/{bundle_id}"
        return httpx.Response(200, content=bodies.pop(0))

    client = PlantClient("http://plant", token_file=token, line="l", transport=httpx.MockTransport(plant))
    registry = Registry(tmp_path / "own")
    assert load_bundle(_fetch_bundle(client, registry, bundle_id)).card.bundle_id == bundle_id
    with pytest.raises((LineError, VisionError)):
        _fetch_bundle(client, Registry(tmp_path / "other"), bundle_id)
    client.close()


def test_a_rendered_camera_at_a_real_port_is_triggered_by_the_controllers_reports(
    fabric_settings: Make,
) -> None:
    controller = McuTwin(speed_mm_s=500.0, counts_per_mm=10.0, on_expose=lambda seq, count: None)
    controller.start()
    settings = fabric_settings()
    settings = replace(settings, sorter=replace(settings.sorter, port=controller.port))
    line = Line(settings, hardware=build_hardware(settings))
    line.start()
    end_s = time.monotonic() + 20
    while line.status().inspected_mm < 200.0 and time.monotonic() < end_s:
        time.sleep(0.01)
    assert line.status().state is LineState.RUNNING
    line.stop()
    controller.stop()
    spans = [e.body for e in read_events(line.event_log_path) if isinstance(e.body, SpanInspected)]
    assert spans
    assert replay(line.event_log_path).agrees
