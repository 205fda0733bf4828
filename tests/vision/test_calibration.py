from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from vision.calibration import Calibration, load_calibration, save_calibration, solve_flat_field
from vision.preprocess import Corrector
from vision.types import VisionError


def test_an_uneven_target_becomes_even() -> None:
    target = np.tile(np.linspace(80, 160, 200).astype(np.uint8), (50, 1))
    gain = solve_flat_field(target)
    corrected = Corrector(Calibration(camera_id="cam", mm_per_px=0.1, flat_field=gain)).correct(target)
    assert np.ptp(corrected) <= 1
    assert not corrected.flags.writeable


def test_gain_is_rounded_and_saturates() -> None:
    calibration = Calibration(
        camera_id="cam", mm_per_px=0.1, flat_field=np.array([1.0, 2.0, 0.5], np.float32)
    )
    corrected = Corrector(calibration).correct(np.array([[101, 200, 101]], np.uint8))
    assert corrected.tolist() == [[101, 255, 50]]  # 200 x 2 clips; 50.5 rounds to even


def test_every_channel_of_a_column_gets_its_gain() -> None:
    calibration = Calibration(camera_id="cam", mm_per_px=0.1, flat_field=np.array([1.0, 2.0], np.float32))
    corrected = Corrector(calibration).correct(np.full((4, 2, 3), 50, np.uint8))
    assert (corrected[:, 0] == 50).all()
    assert (corrected[:, 1] == 100).all()


def test_without_a_flat_field_the_pixels_are_handed_on_uncopied() -> None:
    pixels = np.zeros((4, 4), np.uint8)
    assert Corrector(Calibration(camera_id="cam", mm_per_px=0.1)).correct(pixels) is pixels


def test_a_flat_field_of_another_width_is_refused() -> None:
    calibration = Calibration(camera_id="cam", mm_per_px=0.1, flat_field=np.ones(100, np.float32))
    with pytest.raises(VisionError, match=r"cam: the flat field has 100 columns, the frame 90"):
        Corrector(calibration).correct(np.zeros((4, 90), np.uint8))


def test_a_dark_target_and_a_dead_column_are_refused() -> None:
    with pytest.raises(VisionError, match="mean grey is 10"):
        solve_flat_field(np.full((8, 8), 10, np.uint8))
    target = np.full((8, 8), 200, np.uint8)
    target[:, 3] = 0
    with pytest.raises(VisionError, match="column 3"):
        solve_flat_field(target)


def test_a_calibration_survives_the_disk(tmp_path: Path) -> None:
    calibration = Calibration(
        camera_id="cam 1",
        mm_per_px=0.125,
        flat_field=np.array([0.5, 1.25], np.float32),
        solved_utc=datetime(2026, 1, 1, tzinfo=UTC),
        expires_utc=datetime(2026, 2, 1, tzinfo=UTC),
    )
    save_calibration(calibration, tmp_path / "cam.json")
    loaded = load_calibration(tmp_path / "cam.json")
    assert (loaded.camera_id, loaded.mm_per_px) == ("cam 1", 0.125)
    assert loaded.flat_field is not None
    assert loaded.flat_field.tolist() == [0.5, 1.25]
    assert loaded.flat_field.dtype == np.float32
    assert not loaded.is_expired(datetime(2026, 1, 31, tzinfo=UTC))
    assert loaded.is_expired(datetime(2026, 2, 1, tzinfo=UTC))


def test_a_calibration_without_flat_field_never_expires(tmp_path: Path) -> None:
    save_calibration(Calibration(camera_id="c", mm_per_px=0.1), tmp_path / "c.json")
    loaded = load_calibration(tmp_path / "c.json")
    assert loaded.flat_field is None
    assert not loaded.is_expired(datetime(2099, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"camera_id":"c","mm_per_px":0,"flat_field":null,"solved_utc":null,"expires_utc":null}',
        '{"camera_id":"c","mm_per_px":0.1,"flat_field":[9.0],"solved_utc":null,"expires_utc":null}',
    ],
)
def test_a_damaged_calibration_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(VisionError, match=r"c\.json: not a calibration"):
        load_calibration(tmp_path / "c.json")


def test_a_missing_calibration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VisionError, match="not a calibration"):
        load_calibration(tmp_path / "none.json")
