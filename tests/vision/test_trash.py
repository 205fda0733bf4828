import numpy as np
import pytest

from vision.trash import measure_fibre


def test_cover_trash_and_colour_of_a_known_frame() -> None:
    pixels = np.zeros((80, 80, 3), np.uint8)  # a black belt
    pixels[:, :40] = (200, 210, 220)  # lint on its left half
    pixels[:8, :8] = (20, 60, 20)  # a leaf on the lint
    trash = np.zeros((20, 20), np.bool_)
    trash[:2, :2] = True
    measure = measure_fibre(pixels, trash)
    assert measure.fibre_cover_pct == pytest.approx(100 * (200 - 4) / 400)
    assert measure.trash_area_pct == pytest.approx(100 * 4 / 200)
    assert measure.mean_bgr == pytest.approx((200, 210, 220))


def test_an_empty_belt_has_no_fibre_and_no_trash() -> None:
    measure = measure_fibre(np.full((80, 80, 3), 30, np.uint8), np.zeros((20, 20), np.bool_))
    assert (measure.fibre_cover_pct, measure.trash_area_pct) == (0.0, 0.0)
    assert measure.mean_bgr == (0.0, 0.0, 0.0)


def test_a_bright_coloured_wrapper_is_not_taken_for_fibre() -> None:
    blue = np.full((80, 80, 3), (255, 120, 60), np.uint8)
    assert measure_fibre(blue, np.zeros((20, 20), np.bool_)).fibre_cover_pct == 0.0


def test_a_grey_camera_measures_too() -> None:
    measure = measure_fibre(np.full((80, 80), 180, np.uint8), np.zeros((20, 20), np.bool_))
    assert measure.fibre_cover_pct == 100.0
    assert measure.mean_bgr == pytest.approx((180, 180, 180))
