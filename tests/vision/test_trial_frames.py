import dataclasses

import numpy as np
import pytest

from vision.card import ModelCard, Thresholds
from vision.preprocess import WHOLE_FRAME_ROWS
from vision.trial_flaws import Shape, TrialFlaw, plant, random_flaw
from vision.trial_frames import distance_to_threshold, trial_frames


def test_a_planted_flaw_has_its_contrast_at_its_place_and_leaves_the_tile_alone() -> None:
    tile = np.full((32, 96), 128, np.uint8)
    spot = TrialFlaw(shape=Shape.SPOT, row=10.0, column=40.0, spread_px=4.0)
    planted = plant(tile, spot, 30.0)
    assert planted[10, 40] == 98
    assert planted[10, 44] == round(128 - 30 * np.exp(-0.5))  # one spread away
    assert planted[31, 95] == 128
    assert (tile == 128).all()


def test_a_flaw_on_dark_material_is_bright() -> None:
    dark = np.full((32, 96, 3), 20, np.uint8)
    pick = TrialFlaw(shape=Shape.PICK, row=16.0, column=40.0, spread_px=4.0)
    assert plant(dark, pick, 50.0)[16, 40].tolist() == [70, 70, 70]


def test_flaws_lie_on_the_judged_columns_and_cover_the_least_area(card: ModelCard) -> None:
    tile = np.full((32, 96), 128, np.uint8)
    large = dataclasses.replace(card, min_area_mm2=100 * card.mm_per_px**2)  # 100 px: a radius of 5.6
    rng = np.random.default_rng(0)
    for _ in range(50):
        flaw = random_flaw(tile, (20, 80), large, rng)
        assert 36 <= flaw.column <= 64  # 16 px of guard at each edge
        assert 5.64 <= flaw.spread_px <= 8.0  # a quarter of the rows at most
        assert flaw.spread_px <= flaw.row <= 32 - flaw.spread_px


def test_the_distance_is_to_the_nearer_threshold_on_the_cards_range(card: ModelCard) -> None:
    assert distance_to_threshold(41.28, card) == pytest.approx(0.01)  # 1.28 above `unsure`, of 128
    assert distance_to_threshold(57.44, card) == pytest.approx(0.02)  # 2.56 below `defective`


def test_frames_are_one_tall_one_and_small_ones_half_of_which_score_near_each_threshold(
    card: ModelCard,
) -> None:
    own = dataclasses.replace(card, thresholds=Thresholds(unsure=40.0, defective=60.0))
    good = [np.random.default_rng(2).integers(124, 133, (64, 96), np.uint8)]
    frames = list(
        trial_frames(
            good,
            own,
            lambda pixels, cloth_px: float(np.abs(pixels.astype(float) - 128).max()),
            near=10,
            others=5,
            rng=np.random.default_rng(3),
        )
    )
    tall, *small = frames
    assert tall.pixels.shape[0] > WHOLE_FRAME_ROWS
    assert [frame.pixels.shape for frame in small] == [(32, 96)] * 15
    peaks = sorted(float(np.abs(frame.pixels.astype(float) - 128).max()) for frame in small[5:])
    assert peaks == [40.0] * 5 + [60.0] * 5  # whole grey levels: the search ends on the very one


def test_a_threshold_that_no_flaw_reaches_ends_the_search(card: ModelCard) -> None:
    good = [np.full((64, 96), 128, np.uint8)]
    frames = list(
        trial_frames(good, card, lambda pixels, cloth_px: 0.0, near=2, others=1, rng=np.random.default_rng(3))
    )
    assert len(frames) == 2
