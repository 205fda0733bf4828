import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from vision.calibration import Calibration, Part, PartRecord
from vision.calibration_store import CalibrationStore
from vision.colour_fit import ColourModel
from vision.flat_field import FlatField
from vision.pixel_map import LineMap, PlaneMap
from vision.types import VisionError

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def made(minutes: int = 0, *, scale: float = 0.125) -> Calibration:
    return Calibration(
        camera_id="loom-1-1",
        mm_per_px=scale,
        pixel_map=LineMap(columns=2, across_mm=(scale, scale), skew_mm=(0.0,), mm_per_row=0.13),
        flat_field=FlatField(
            gain=np.array([0.5, 1.25], np.float32),
            dark=np.array([3.0, 2.5], np.float32),
            channels=1,
            uneven_before_pct=40.0,
            uneven_after_pct=0.5,
        ),
        colour=ColourModel(gamma=2.2, coefficients=np.arange(18.0).reshape(6, 3)),
        records=(
            PartRecord(
                part=Part.SCALE,
                solved_utc=NOON + timedelta(minutes=minutes),
                expires_utc=None,
                figures={"rms_px": 0.09},
                sources=("board.png 1234",),
            ),
        ),
    )


def test_a_calibration_survives_the_disk(tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path / "calibrations")
    saved = store.save(made())
    loaded = store.active("loom-1-1")
    assert loaded.version == saved.version
    assert loaded.version.startswith("20261124T120000Z-")
    assert (loaded.mm_per_px, loaded.mm_per_row) == (0.125, 0.13)
    assert loaded.pixel_map == made().pixel_map
    assert loaded.records == made().records
    assert loaded.flat_field is not None
    assert loaded.flat_field.gain.tolist() == [0.5, 1.25]
    assert loaded.flat_field.gain.dtype == np.float32
    assert loaded.flat_field.dark is not None
    assert loaded.flat_field.dark.tolist() == [3.0, 2.5]
    assert loaded.colour is not None
    assert loaded.colour.coefficients.tolist() == np.arange(18.0).reshape(6, 3).tolist()


def test_an_area_camera_and_bare_parts_survive_too(tmp_path: Path) -> None:
    plane = PlaneMap(
        columns=4, rows=2, centre_px=(2.0, 1.0), radius_px=2.5, radial=(0.1, 0.0, 0.0),
        homography=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    )  # fmt: skip
    store = CalibrationStore(tmp_path)
    store.save(replace(made(), pixel_map=plane, flat_field=None, colour=None))
    loaded = store.active("loom-1-1")
    assert loaded.pixel_map == plane
    assert (loaded.flat_field, loaded.colour) == (None, None)


def test_old_versions_are_kept_and_can_come_back(tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path)
    first = store.save(made(0, scale=0.12))
    second = store.save(made(5, scale=0.13))
    assert store.versions("loom-1-1") == (first.version, second.version)
    assert store.active("loom-1-1").mm_per_px == 0.13
    store.use("loom-1-1", first.version)
    assert store.active("loom-1-1").mm_per_px == 0.12
    assert store.cameras() == ("loom-1-1",)


def test_the_same_calibration_is_one_version(tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path)
    assert store.save(made()).version == store.save(made()).version
    assert len(store.versions("loom-1-1")) == 1


def test_a_changed_file_is_refused_and_the_active_one_stays(tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path)
    first, second = store.save(made(0)), store.save(made(5))
    path = tmp_path / "loom-1-1" / first.version / "calibration.json"
    path.write_text(path.read_text().replace("0.125", "0.225"))
    with pytest.raises(VisionError, match="its content is not what its name says"):
        store.use("loom-1-1", first.version)
    assert store.active("loom-1-1").version == second.version


def test_half_a_version_is_no_version(tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path)
    kept = store.save(made())
    part = tmp_path / "loom-1-1" / "20261124T130000Z-abc.part"
    part.mkdir()
    (part / "calibration.json").write_text("{")
    assert store.versions("loom-1-1") == (kept.version,)


def test_what_is_missing_or_damaged_says_how_to_go_on(tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path)
    with pytest.raises(VisionError, match="camera loom-1-1: no calibration in .*maqta calibrate scale"):
        store.active("loom-1-1")
    store.save(made())
    with pytest.raises(VisionError, match="no calibration 'x' in .*there are: 20261124"):
        store.load("loom-1-1", "x")
    (tmp_path / "loom-1-1" / "active.json").write_text("{}")
    with pytest.raises(VisionError, match="maqta calibrate use"):
        store.active("loom-1-1")


def test_a_calibration_of_another_camera_is_refused(tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path)
    saved = store.save(made())
    (tmp_path / "loom-1-1").rename(tmp_path / "loom-2-1")
    with pytest.raises(VisionError, match="is of camera loom-1-1; calibrate loom-2-1 itself"):
        store.load("loom-2-1", saved.version)


def test_an_unsolved_calibration_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(VisionError, match="nothing was solved"):
        CalibrationStore(tmp_path).save(Calibration(camera_id="c", mm_per_px=0.1))


def test_the_pointer_is_plain_json(tmp_path: Path) -> None:
    saved = CalibrationStore(tmp_path).save(made())
    assert json.loads((tmp_path / "loom-1-1" / "active.json").read_text()) == {"version": saved.version}
