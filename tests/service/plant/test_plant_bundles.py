from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from service.line_commands import LineCommandKind
from service.plant.errors import PlantError
from service.plant.plant import Plant
from vision.card import CARD_CODEC, CARD_SCHEMA_VERSION, LearntFrom, ModelCard, Thresholds
from vision.registry import ArticleState, BundleState, HistoryEntry, slug_of


def card(bundle_id: str, created_utc: str) -> ModelCard:
    learnt = LearntFrom(
        pictures=9,
        good_m2=1.0,
        good_length_m=2.0,
        held_out_scores=(),
        false_alarm_rate_expected=0.02,
        note="more cloth",
    )
    return ModelCard(
        schema_version=CARD_SCHEMA_VERSION,
        bundle_id=bundle_id,
        article="greige",
        material="fabric",
        created_utc=created_utc,
        mm_per_px=0.3,
        columns=256,
        channels=1,
        output_stride=8,
        halo_rows=16,
        score_floor=0.0,
        score_ceiling=1.0,
        thresholds=Thresholds(unsure=0.4, defective=0.5),
        kinds=("unknown",),
        min_area_mm2=1.0,
        learnt_from=learnt,
        base_name="base",
        base_sha256="0" * 64,
        demo=True,
        model_sha256=bundle_id * 4,
    )


@pytest.fixture
def registry(settings: Any) -> Path:
    """Article greige: bundle b1 is active, b0 was before, b2 is a candidate."""
    home: Path = settings.registry_dir / slug_of("greige")
    states = (("b0", BundleState.RETIRED), ("b1", BundleState.ACTIVE), ("b2", BundleState.CANDIDATE))
    history = []
    for day, (name, life) in enumerate(states, start=1):
        (home / name).mkdir(parents=True)
        (home / name / "card.json").write_bytes(CARD_CODEC.dump_json(card(name, f"2026-03-0{day}T00:00:00Z")))
        history.append(HistoryEntry(utc="", bundle_id=name, state=life, by="", why=""))
    state = ArticleState(article="greige", active="b1", previous=("b0",), history=tuple(history))
    (home / "state.json").write_bytes(TypeAdapter(ArticleState).dump_json(state))
    return home


def test_bundles_are_listed_newest_first_with_the_lines_that_run_them(
    plant: Plant, registry: Path, new_log: Callable[..., Any]
) -> None:
    plant.ingest("loom-1", [new_log().started()])  # says that it runs b0
    listed = [(view.bundle_id, view.state, view.running_on) for view in plant.bundles("greige")]
    assert listed == [("b2", "candidate", ()), ("b1", "active", ()), ("b0", "retired", ("loom-1",))]
    assert plant.bundles()[0].demo
    assert plant.bundles("linen") == ()


def test_activating_asks_the_line(plant: Plant, registry: Path) -> None:
    command = plant.activate_bundle("loom-1", "b2", "eng")
    assert (command.command, command.arguments) == (LineCommandKind.ACTIVATE_BUNDLE, {"bundle_id": "b2"})
    assert plant.commands_for("loom-1") == (command,)


def test_rolling_back_asks_for_the_bundle_before(
    plant: Plant, registry: Path, new_log: Callable[..., Any]
) -> None:
    plant.ingest("loom-1", [new_log().started(article="greige")])
    assert plant.roll_back_bundle("loom-1", "eng").arguments == {"bundle_id": "b0"}


def test_what_the_registry_does_not_hold_is_refused(plant: Plant, registry: Path) -> None:
    with pytest.raises(PlantError, match="bundle b9 is not in the registry"):
        plant.activate_bundle("loom-1", "b9", "eng")
    with pytest.raises(PlantError):
        plant.shadow_bundle("loom-1", "b9", "eng")
    with pytest.raises(PlantError, match="has no earlier bundle"):
        plant.roll_back_bundle("loom-2", "eng")
    assert plant.commands() == ()


def test_a_registry_that_is_not_there_yet_is_empty(plant: Plant) -> None:
    assert plant.bundles() == ()


def test_a_damaged_bundle_is_named_and_hides_no_other(
    plant: Plant, registry: Path, new_log: Callable[..., Any]
) -> None:
    plant.ingest("loom-1", [new_log().started()])  # says that it runs b0
    (registry / "b0" / "card.json").write_text("{}", encoding="utf-8")
    (registry / "b2" / "card.json").unlink()
    (article,) = plant.articles()
    assert [report.bundle.bundle_id for report in article.bundles] == ["b1"]
    torn, gone = article.damaged
    assert (torn.bundle_id, torn.state, torn.running_on) == ("b0", "retired", ("loom-1",))
    assert "bundle_id" in torn.why
    assert (gone.bundle_id, gone.state, gone.running_on) == ("b2", "candidate", ())
    assert "card.json" in gone.why
    assert [view.bundle_id for view in plant.bundles("greige")] == ["b1"]
