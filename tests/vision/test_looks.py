import cv2
import numpy as np
import pytest

from vision.looks import looks_of
from vision.types import VisionError


def encoded(pixels: np.ndarray) -> bytes:
    done, data = cv2.imencode(".png", np.clip(pixels, 0, 255).astype(np.uint8))
    assert done
    return bytes(data.tobytes())


def test_a_dimmer_lamp_lowers_brightness_and_leaves_sharpness() -> None:
    cloth = np.random.default_rng(1).normal(160, 20, (80, 80))
    bright, dim = looks_of(encoded(cloth)), looks_of(encoded(cloth * 0.7))
    assert dim.brightness == pytest.approx(0.7 * bright.brightness, rel=0.02)
    assert dim.sharpness == pytest.approx(bright.sharpness, rel=0.05)


def test_a_lens_out_of_focus_lowers_sharpness() -> None:
    cloth = np.random.default_rng(1).normal(160, 20, (80, 80))
    sharp, soft = looks_of(encoded(cloth)), looks_of(encoded(cv2.GaussianBlur(cloth, (0, 0), 1.5)))
    assert soft.sharpness < 0.2 * sharp.sharpness


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(VisionError, match="no picture"):
        looks_of(b"\x89PNG nothing")
