"""Each fault is rendered and recognised; good cloth of many kinds raises none."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from datasets.synthesis.cases import CASES, case_style
from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.lint import LintScene
from datasets.synthesis.lint_mat import LintStyle
from datasets.synthesis.session import another_session
from datasets.synthesis.style import ClothStyle, random_style
from vision.health import (
    BLURRED_FRAMES,
    FLICKER_FRAMES,
    LEARN_FRAMES,
    SOIL_FRAMES,
    PictureFault,
    PictureWatch,
)
from vision.picture_figures import measure_picture
from vision.types import Frame

COLUMNS, ROWS = 1024, 128
LEARNT = LEARN_FRAMES + FLICKER_FRAMES  # frames until everything is known that is usual
Pixels = NDArray[np.uint8]
STYLES = {
    **{name: case_style(name, 1) for name in CASES},
    **{f"random {n}": random_style(np.random.default_rng(40 + n), mm_per_px=0.1) for n in range(4)},
}


def web(style: ClothStyle, *, seed: int = 1) -> ClothScene:
    return ClothScene(
        style, columns=COLUMNS, mm_per_px=0.1, seed=seed, defect_rate_per_m2=0, panel_rows=512, loom_seed=5
    )


def frame(pixels: Pixels, seq: int, source: str = "") -> Frame:
    pixels.flags.writeable = False
    utc = datetime(2026, 1, 1, tzinfo=UTC)
    return Frame(camera_id="cam", seq=seq, pixels=pixels, captured_ns=0, captured_utc=utc, source=source)


@pytest.fixture(scope="module")
def cloth() -> Callable[[int], Pixels]:
    scene = web(ClothStyle())
    drawn = [scene.render(number * ROWS, ROWS) for number in range(LEARNT + 60)]
    return lambda number: drawn[number].copy()


def watch_of(pixels: Pixels) -> PictureWatch:
    return PictureWatch(measure_picture(pixels[:32]))  # a golden tile has 32 rows


def faults(watch: PictureWatch, pictures: Iterable[Pixels], first: int = 0) -> set[PictureFault]:
    found: set[PictureFault] = set()
    for number, pixels in enumerate(pictures):
        found |= set(watch.look(frame(pixels, first + number)).faults)
    return found


@pytest.mark.parametrize("name", STYLES)
def test_good_cloth_raises_nothing(name: str) -> None:
    learnt = web(STYLES[name]).render(0, ROWS)
    today = web(another_session(STYLES[name], np.random.default_rng(3)), seed=2)
    pictures = (today.render(number * ROWS, ROWS) for number in range(LEARNT + 40))
    assert faults(watch_of(learnt), pictures) == set()


@pytest.fixture(scope="module")
def lint() -> Callable[[int], Pixels]:
    scene = LintScene(
        LintStyle(), columns=COLUMNS, mm_per_px=0.8, seed=3, defect_rate_per_m2=2.0, mat_rows=512
    )
    drawn = [scene.render(number * 64, 64) for number in range(LEARNT + 40)]
    return lambda number: drawn[number % len(drawn)].copy()


def test_good_lint_raises_nothing(lint: Callable[[int], Pixels]) -> None:
    watch = PictureWatch(measure_picture(lint(0)), patchy=True)
    assert faults(watch, (lint(number) for number in range(1, LEARNT + 40))) == set()


def test_an_empty_belt_is_no_fault(lint: Callable[[int], Pixels]) -> None:
    watch = PictureWatch(measure_picture(lint(0)), patchy=True)
    assert faults(watch, (lint(number) for number in range(LEARNT))) == set()
    rng = np.random.default_rng(4)
    belt = (rng.normal(25, 2, lint(0).shape).astype(np.uint8) for _ in range(400))  # dark and plain
    assert faults(watch, belt, LEARNT) == set()
    assert faults(watch, (lint(number) for number in range(30)), LEARNT + 400) == set()


def test_a_stain_before_the_belt_is_told_after_a_while(lint: Callable[[int], Pixels]) -> None:
    watch = PictureWatch(measure_picture(lint(0)), patchy=True)
    assert faults(watch, (lint(number) for number in range(LEARNT))) == set()
    light = np.ones((64, COLUMNS), np.float32)
    cv2.ellipse(light, (500, 32), (60, 24), 0, 0, 360, 0.6, -1)
    light = np.asarray(cv2.GaussianBlur(light, (0, 0), 4))
    shade = light if lint(0).ndim == 2 else light[:, :, None]
    stained = (np.round(lint(n) * shade).astype(np.uint8) for n in range(340))
    assert faults(watch, stained, LEARNT) == {PictureFault.SOILED}


@pytest.mark.parametrize("name", STYLES)
def test_a_lens_out_of_focus_is_told_on_every_cloth(name: str) -> None:
    style = STYLES[name]
    scene = web(style)
    sharp = scene.render(0, ROWS)
    rng = np.random.default_rng(0)
    blurred = []
    for number in range(BLURRED_FRAMES):
        soft = cv2.GaussianBlur(scene.render(number * ROWS, ROWS), (0, 0), 4.0).astype(np.float64)
        noisy = soft + rng.normal(0, style.noise_grey, soft.shape)  # the sensor's noise stays sharp
        blurred.append(np.clip(noisy, 0, 255).astype(np.uint8))
    watch = watch_of(sharp)
    assert faults(watch, blurred[:-1]) == set()  # some plain frames are no blur
    health = watch.look(frame(blurred[-1], 9))
    assert set(health.faults) == {PictureFault.BLURRED}
    assert "clean the window, check focus" in health.unfit


def test_a_covered_lens_is_black_and_black_cloth_is_not(cloth: Callable[[int], Pixels]) -> None:
    watch = watch_of(cloth(0))
    dark = np.random.default_rng(0).integers(0, 4, (ROWS, COLUMNS)).astype(np.uint8)
    health = watch.look(frame(dark, 0))
    assert set(health.faults) == {PictureFault.BLACK}
    assert "mean grey 1.5" in health.unfit
    black = web(STYLES["black_on_black"]).render(0, ROWS)
    assert faults(watch_of(black), [black]) == set()


def test_an_overexposed_picture_is_saturated_and_white_cloth_is_not(cloth: Callable[[int], Pixels]) -> None:
    watch = watch_of(cloth(0))
    bright = np.minimum(cloth(1).astype(np.int16) * 3, 255).astype(np.uint8)
    assert set(watch.look(frame(bright, 0)).faults) == {PictureFault.SATURATED}
    white = web(STYLES["white_on_white"]).render(0, ROWS)
    assert faults(watch_of(white), [white]) == set()


def test_the_same_pixels_again_are_a_frozen_camera(cloth: Callable[[int], Pixels]) -> None:
    watch = watch_of(cloth(0))
    assert watch.look(frame(cloth(1), 1)).faults == {}
    again = watch.look(frame(cloth(1), 2))
    assert set(again.faults) == {PictureFault.FROZEN}
    assert "frame 2 is frame 1 to the last pixel" in again.unfit
    assert watch.look(frame(cloth(2), 3)).unfit == ""


def test_one_other_pixel_is_no_frozen_camera(cloth: Callable[[int], Pixels]) -> None:
    watch = watch_of(cloth(0))
    watch.look(frame(cloth(1), 1))
    other = cloth(1)
    other[77, 300] ^= 1
    assert watch.look(frame(other, 2)).faults == {}


def test_a_recording_of_one_picture_is_not_frozen(cloth: Callable[[int], Pixels]) -> None:
    watch = watch_of(cloth(0))
    for seq in range(3):
        assert watch.look(frame(cloth(1), seq, source="one.png")).faults == {}


def dirty(pixels: Pixels, *, share: float = 0.25) -> Pixels:
    """A drop of oil on the window: darker, in one place."""
    stain = np.zeros(pixels.shape, np.float32)
    cv2.ellipse(stain, (400, 60), (40, 24), 0, 0, 360, 1.0, -1)
    light = 1 - share * cv2.GaussianBlur(stain, (0, 0), 4)
    return np.round(pixels * light).astype(np.uint8)


def test_a_stain_on_the_window_is_told_where_it_is(cloth: Callable[[int], Pixels]) -> None:
    watch = watch_of(cloth(0))
    assert faults(watch, (cloth(number) for number in range(LEARNT))) == set()
    stained = [dirty(cloth(LEARNT + number)) for number in range(SOIL_FRAMES + 16)]
    assert faults(watch, stained[:-1], LEARNT) == {PictureFault.SOILED}
    health = watch.look(frame(stained[-1], 999))
    assert (
        "columns 368 to 432" in health.faults[PictureFault.SOILED]
        or "3" in health.faults[PictureFault.SOILED]
    )
    assert health.unfit == ""  # the rest of the picture is judged


def test_a_stain_in_the_cloth_passes_by(cloth: Callable[[int], Pixels]) -> None:
    watch = watch_of(cloth(0))
    faults(watch, (cloth(number) for number in range(LEARNT)))
    pictures = [cloth(LEARNT + number) for number in range(40)]
    pictures[5:12] = [dirty(pixels, share=0.5) for pixels in pictures[5:12]]
    assert faults(watch, pictures, LEARNT) == set()


def test_a_lamp_that_swings_from_frame_to_frame_flickers(cloth: Callable[[int], Pixels]) -> None:
    watch = watch_of(cloth(0))
    assert faults(watch, (cloth(number) for number in range(LEARNT))) == set()
    swinging = (
        np.round(cloth(LEARNT + number) * (1 + 0.12 * (-1) ** number)).clip(0, 255).astype(np.uint8)
        for number in range(FLICKER_FRAMES)
    )
    assert faults(watch, swinging, LEARNT) == {PictureFault.FLICKER}


def test_a_lamp_that_grows_weaker_over_the_shift_does_not_flicker(cloth: Callable[[int], Pixels]) -> None:
    watch = watch_of(cloth(0))
    faults(watch, (cloth(number) for number in range(LEARNT)))
    weaker = (np.round(cloth(LEARNT + n) * (1 - 0.005 * n)).astype(np.uint8) for n in range(40))
    assert faults(watch, weaker, LEARNT) == set()


def test_another_article_is_learnt_anew(cloth: Callable[[int], Pixels]) -> None:
    watch = watch_of(cloth(0))
    faults(watch, (cloth(number) for number in range(LEARNT)))
    other = web(STYLES["weft_stripes"])
    watch.restart(measure_picture(other.render(0, 32)))
    assert faults(watch, (other.render(number * ROWS, ROWS) for number in range(60)), LEARNT) == set()


def test_figures_of_a_picture_are_those_worked_by_hand() -> None:
    stripes = np.tile(np.array([100, 100, 140, 140], np.uint8), (64, 160))
    figures = measure_picture(stripes)
    assert figures.mean_grey == 120
    assert (figures.low_grey, figures.high_grey) == (100, 140)
    # Every pixel is 40 from the one 2 px on; the noise mask finds none where rows are alike: 40 of 120.
    assert figures.noise_grey == 0
    assert figures.sharpness == pytest.approx(100 * 40 / 120)
    half = np.zeros((64, 64), np.uint8)
    half[:, 32:] = 255
    figures = measure_picture(half)
    assert (figures.black_share, figures.saturated_share) == (0.5, 0.5)


def test_noise_is_measured_and_taken_out_of_the_sharpness() -> None:
    rng = np.random.default_rng(1)
    noisy = np.clip(np.round(120 + rng.normal(0, 5, (512, 2048))), 0, 255).astype(np.uint8)
    figures = measure_picture(noisy)
    assert figures.noise_grey == pytest.approx(5, rel=0.05)
    assert figures.sharpness < 1.5  # nothing but noise: 7 grey levels a step without taking it out, 6 %


def test_a_colour_frame_is_watched_like_a_grey_one(cloth: Callable[[int], Pixels]) -> None:
    grey = replace(frame(cloth(0), 0))
    colour = frame(np.repeat(grey.pixels[:, :, None], 3, axis=2), 0)
    assert measure_picture(colour.pixels).mean_grey == pytest.approx(
        measure_picture(grey.pixels).mean_grey, abs=1
    )
    assert PictureWatch(None).look(colour).faults == {}
