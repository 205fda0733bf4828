"""A running line with a second recipe beside the one that judges."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from line_rig import alarms, command, finish

from service.event_terms import PictureWhy
from service.events import CommandAnswered, FrameJudged, LineStopped, PictureKept, ShadowCompared
from service.line.inbox import CommandArrived
from service.line.recipes import shadow_inspector
from service.line_commands import CommandOutcome, LineCommandKind
from vision.bundle import MODEL_FILE, bundle_id_of, load_bundle, save_bundle, sha256_hex
from vision.card import Thresholds
from vision.registry import BundleState, Registry
from vision.types import VisionError

Make = Callable[..., Any]


@pytest.fixture
def jumpy(fabric_registry: Path, tmp_path: Path) -> tuple[Path, str]:
    """A registry whose twill has a candidate that finds something in every frame, and the candidate's id."""
    root = tmp_path / "registry"
    shutil.copytree(fabric_registry, root)
    registry = Registry(root)
    bundle = load_bundle(registry.active("test-twill"))
    floor, ceiling = bundle.card.score_floor, bundle.card.score_ceiling
    model = bundle.model + b"\xfa\x01\x02v1"  # an unknown field at its end: another file, the same graph
    card = replace(
        bundle.card,
        bundle_id=bundle_id_of(model),
        model_sha256=sha256_hex(model),
        thresholds=Thresholds(
            unsure=floor + 0.0001 * (ceiling - floor), defective=floor + 0.0002 * (ceiling - floor)
        ),
    )
    return root, registry.add(save_bundle(tmp_path / "jumpy", model, card, bundle.golden))


def test_the_shadow_sees_and_is_booked_and_the_active_recipe_alone_decides(
    make_rig: Make, fabric_settings: Make, jumpy: tuple[Path, str]
) -> None:
    root, shadow_id = jumpy
    Registry(root).start_shadow("test-twill", shadow_id)
    rig = make_rig(fabric_settings(registry_dir=root))
    active_id = rig.line._parts.judge.card.bundle_id
    rig.line.start()
    rig.wait_for(lambda: any(t.verdicts.total() > 2 for t in list(rig.line._parts.shadow._tallies.values())))
    finish(rig)
    booked = rig.of(ShadowCompared)[-1]
    assert (booked.active_bundle_id, booked.shadow_bundle_id) == (active_id, shadow_id)
    assert sum(pair.frames for pair in booked.verdicts) == booked.frames > 2
    assert {pair.shadow for pair in booked.verdicts} == {"defective"}
    assert {frame.bundle_id for frame in rig.of(FrameJudged)} <= {active_id}
    kept = [picture for picture in rig.of(PictureKept) if picture.why is PictureWhy.DISAGREEMENT]
    assert bool(kept) == any(pair.active == "clean" for pair in booked.verdicts)
    assert isinstance(rig.bodies()[-1], LineStopped)


def test_a_damaged_shadow_is_an_alarm_and_the_line_inspects_on(
    make_rig: Make, fabric_settings: Make, jumpy: tuple[Path, str]
) -> None:
    root, shadow_id = jumpy
    registry = Registry(root)
    registry.start_shadow("test-twill", shadow_id)
    with (registry.find(shadow_id) / MODEL_FILE).open("ab") as model_file:
        model_file.write(b"x")
    rig = make_rig(fabric_settings(registry_dir=root))
    rig.line.start()
    rig.wait_for(lambda: "shadow" in rig.line.status().alarms)
    rig.wait_web(rig.line.status().web_mm + 150.0)
    finish(rig)
    assert "shadow" in alarms(rig)
    assert rig.of(ShadowCompared) == []


def test_a_command_begins_and_ends_a_shadow_on_a_running_line(
    make_rig: Make, fabric_settings: Make, jumpy: tuple[Path, str]
) -> None:
    root, shadow_id = jumpy
    registry = Registry(root)
    rig = make_rig(fabric_settings(registry_dir=root))
    shadow = rig.line._parts.shadow
    rig.line.start()
    registry.start_shadow("test-twill", shadow_id)  # as the command desk does before it tells the line
    rig.line._ground.inbox.put(
        CommandArrived(command=command(LineCommandKind.SHADOW_BUNDLE, bundle_id=shadow_id))
    )
    rig.wait_for(lambda: bool(shadow._tallies))
    registry.end_shadow("test-twill")
    rig.line._ground.inbox.put(CommandArrived(command=command(LineCommandKind.SHADOW_BUNDLE)))
    rig.wait_for(lambda: rig.line._parts.counts.commands == 2)
    rig.wait_for(lambda: shadow._inspector is None)
    finish(rig)
    assert [answer.outcome for answer in rig.of(CommandAnswered)] == [CommandOutcome.DONE] * 2
    assert {booked.shadow_bundle_id for booked in rig.of(ShadowCompared)} == {shadow_id}


def test_a_shadow_is_opened_from_the_registry_or_there_is_none(jumpy: tuple[Path, str]) -> None:
    root, shadow_id = jumpy
    registry = Registry(root)
    opened: list[Path] = []

    def open_bundle(folder: Path) -> Any:
        opened.append(folder)
        raise VisionError("opened")

    assert shadow_inspector(registry, "test-twill", open_bundle) is None
    registry.start_shadow("test-twill", shadow_id)
    with pytest.raises(VisionError, match="opened"):
        shadow_inspector(registry, "test-twill", open_bundle)
    assert opened == [registry.find(shadow_id)]
    assert registry.list()[0].bundles[shadow_id] is BundleState.SHADOW
