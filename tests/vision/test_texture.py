from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.texture import picture_fault


def test_cloth_has_texture(cloth: Callable[..., NDArray[np.uint8]]) -> None:
    assert picture_fault(cloth(256)) == ""


@pytest.mark.parametrize("grey", [0, 17, 128, 255])
def test_a_picture_of_one_grey_is_no_picture(grey: int) -> None:
    assert "no texture" in picture_fault(np.full((256, 400), grey, np.uint8))


def test_an_over_exposed_picture_is_no_picture() -> None:
    pixels = np.full((256, 400), 255, np.uint8)
    pixels[:, 200:210] = 100
    assert "black or saturated" in picture_fault(pixels)


def test_rows_that_the_camera_never_filled_are_noticed(cloth: Callable[..., NDArray[np.uint8]]) -> None:
    pixels = cloth(256)
    pixels[224:] = 0  # an eighth of the frame
    assert "12% of the rows" in picture_fault(pixels)


def test_a_colour_picture_is_looked_at_too(cloth: Callable[..., NDArray[np.uint8]]) -> None:
    colour = np.repeat(cloth(64)[:, :, None], 3, axis=2)
    assert picture_fault(colour) == ""
    assert "no texture" in picture_fault(np.full((64, 96, 3), 90, np.uint8))
