from datetime import UTC, datetime
from pathlib import Path

import pytest

from vision.bundle import load_bundle
from vision.card import ModelCard, Thresholds
from vision.overrides import OVERRIDES_FILE, add_override, read_overrides
from vision.types import VisionError

NOW = datetime(2026, 5, 6, 7, 8, tzinfo=UTC)


def change(folder: Path, card: ModelCard, unsure: float, defective: float) -> int:
    thresholds = Thresholds(unsure=unsure, defective=defective)
    return add_override(folder, card, thresholds, by="Aigerim", utc=NOW, why="too many false alarms")


def test_the_last_override_is_in_force(bundle_folder: Path, card: ModelCard) -> None:
    assert change(bundle_folder, card, 45.0, 70.0) == 1
    assert change(bundle_folder, card, 50.0, 80.0) == 2
    bundle = load_bundle(bundle_folder)
    assert bundle.card.thresholds == Thresholds(unsure=50.0, defective=80.0)
    assert bundle.thresholds_version == 2
    first, last = read_overrides(bundle_folder, card)
    assert (first.version, last.version) == (1, 2)
    assert (last.by, last.utc, last.why) == ("Aigerim", "2026-05-06T07:08:00+00:00", "too many false alarms")


@pytest.mark.parametrize(("unsure", "defective"), [(70.0, 60.0), (0.0, 60.0), (40.0, 128.0)])
def test_an_override_out_of_bounds_is_refused_and_not_written(
    bundle_folder: Path, card: ModelCard, unsure: float, defective: float
) -> None:
    with pytest.raises(VisionError, match="must lie between 0 and 128"):
        change(bundle_folder, card, unsure, defective)
    assert not (bundle_folder / OVERRIDES_FILE).exists()


def test_a_damaged_record_stops_the_load(bundle_folder: Path) -> None:
    (bundle_folder / OVERRIDES_FILE).write_text('[{"version": 1}]')
    with pytest.raises(VisionError, match=OVERRIDES_FILE):
        load_bundle(bundle_folder)
