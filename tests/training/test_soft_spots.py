import numpy as np

from training.planting import plant_soft_spots


def test_spots_change_the_cloth_only_where_the_mask_or_its_surroundings_say():
    rng = np.random.default_rng(3)
    pixels = rng.integers(90, 130, (128, 256)).astype(np.uint8)
    before, mask = pixels.copy(), np.zeros(pixels.shape, np.uint8)
    plant_soft_spots(pixels, mask, (64, 256), 5, rng)
    change = np.abs(pixels.astype(int) - before)
    assert 0 < mask.mean() < 0.2
    assert change[mask > 0].mean() > 4 * change[mask == 0].mean()
    assert not change[:, :64].any()  # the table stays as it is


def test_no_spots_change_nothing():
    pixels = np.full((64, 64), 100, np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    plant_soft_spots(pixels, mask, (0, 64), 0, np.random.default_rng(0))
    assert (pixels == 100).all()
    assert not mask.any()
