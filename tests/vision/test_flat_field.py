from dataclasses import replace

import numpy as np
import pytest

from vision.calibration import Calibration
from vision.flat_field import FlatField, solve_flat_field
from vision.preprocess import Corrector
from vision.types import VisionError

ACROSS = np.linspace(80, 160, 200)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def white(rng: np.random.Generator, level: np.ndarray, rows: int = 64, noise: float = 1.0) -> np.ndarray:
    return np.clip(np.round(level + rng.normal(0, noise, (rows, level.shape[-1]))), 0, 255).astype(np.uint8)


def corrected(field: FlatField, pixels: np.ndarray) -> np.ndarray:
    return Corrector(Calibration(camera_id="cam", mm_per_px=0.1, flat_field=field)).correct(pixels)


def test_an_uneven_white_becomes_even_and_keeps_its_mean(rng: np.random.Generator) -> None:
    field = solve_flat_field([white(rng, ACROSS) for _ in range(4)], per_pixel=False)
    even = corrected(field, white(rng, ACROSS, rows=400)).mean(axis=0)
    assert np.ptp(even) < 2  # from 80 grey levels
    assert even.mean() == pytest.approx(120, abs=0.5)
    assert field.uneven_before_pct == pytest.approx(100 * 0.98 * 80 / 120, abs=1)  # 1st to 99th percentile
    assert field.uneven_after_pct < 2


def test_the_white_can_be_brought_to_a_wanted_grey(rng: np.random.Generator) -> None:
    field = solve_flat_field([white(rng, ACROSS)], per_pixel=False, white_grey=200.0)
    assert corrected(field, white(rng, ACROSS)).mean() == pytest.approx(200, abs=0.5)


def test_an_offset_is_told_from_the_light(rng: np.random.Generator) -> None:
    offset = np.where(np.arange(200) % 2 == 0, 12.0, 2.0)
    field = solve_flat_field(
        [white(rng, ACROSS + offset) for _ in range(4)],
        [white(rng, offset, noise=0.5) for _ in range(4)],
        per_pixel=False,
    )
    half_lit = corrected(field, white(rng, ACROSS / 2 + offset, rows=400)).mean(axis=0)
    assert half_lit == pytest.approx(np.full(200, 60.0), abs=1.2)


def test_dust_that_moves_with_the_target_changes_nothing(rng: np.random.Generator) -> None:
    dusty = [white(rng, ACROSS) for _ in range(4)]
    for number, picture in enumerate(dusty):
        picture[10:16, 50 + 9 * number : 54 + 9 * number] = 20
    clean = solve_flat_field([white(rng, ACROSS) for _ in range(4)], per_pixel=False)
    assert solve_flat_field(dusty, per_pixel=False).gain == pytest.approx(clean.gain, rel=0.01)


def test_an_area_camera_is_evened_in_both_directions(rng: np.random.Generator) -> None:
    fall = np.outer(np.linspace(1, 0.6, 40), np.linspace(0.5, 1, 60)) * 200
    pictures = [np.round(fall + rng.normal(0, 0.5, fall.shape)).astype(np.uint8) for _ in range(10)]
    field = solve_flat_field(pictures, per_pixel=True)
    assert field.gain.shape == (40, 60)
    even = corrected(field, pictures[-1])
    assert even.std() / even.mean() < 0.01


@pytest.mark.parametrize(
    ("pictures", "dark", "says"),
    [
        ([], [], "no picture of the white target"),
        ([np.full((8, 8), 10, np.uint8)], [], "mean grey is 10, at least 32"),
        ([np.full((8, 8), 255, np.uint8)], [], "100.0% of the white's pixels are saturated"),
        (
            [np.full((8, 8), 200, np.uint8)],
            [np.full((8, 8), 60, np.uint8)],
            "lens covered the grey reaches 60",
        ),
        ([np.full((8, 8), 200, np.uint8), np.full((8, 9), 200, np.uint8)], [], "are mixed"),
    ],
)
def test_what_can_not_be_solved_is_refused(pictures: list, dark: list, says: str) -> None:
    with pytest.raises(VisionError, match=says):
        solve_flat_field(pictures, dark, per_pixel=False)


def test_a_dead_column_is_named() -> None:
    target = np.full((8, 8), 200, np.uint8)
    target[:, 3] = 0
    with pytest.raises(VisionError, match=r"column 3 needs a gain of .*, allowed are 0.25 to 4"):
        solve_flat_field([target], per_pixel=False)


def test_light_that_changes_between_the_pictures_is_refused(rng: np.random.Generator) -> None:
    pictures = [white(rng, ACROSS), white(rng, ACROSS[::-1])]
    with pytest.raises(VisionError, match="of unevenness is left on the pictures kept for checking"):
        solve_flat_field(pictures, per_pixel=False)


def test_one_picture_of_an_area_camera_can_not_be_checked() -> None:
    with pytest.raises(VisionError, match="take at least two"):
        solve_flat_field([np.full((8, 8), 200, np.uint8)], per_pixel=True)


def test_the_shape_of_the_gain_tells_lines_from_areas() -> None:
    columns = FlatField(
        gain=np.ones((5, 3), np.float32), dark=None, channels=3, uneven_before_pct=0, uneven_after_pct=0
    )
    assert not columns.per_pixel
    assert replace(columns, channels=1).per_pixel
