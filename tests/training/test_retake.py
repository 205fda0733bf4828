import numpy as np

from training.retake import retaken


def test_another_camera_changes_greys_but_moves_nothing():
    pixels = np.full((96, 160), 110, np.uint8)
    pixels[40:44, 70:90] = 20
    changes = [retaken(pixels, np.random.default_rng(seed)) for seed in range(12)]
    assert all(change.shape == pixels.shape and change.dtype == np.uint8 for change in changes)
    assert sum(not np.array_equal(change, pixels) for change in changes) >= 8
    for change in changes:
        darkest = np.argwhere(change < (int(change.min()) + int(np.median(change))) // 2)
        assert np.abs(darkest.mean(axis=0) - [41.5, 79.5]).max() < 0.6


def test_the_same_seed_gives_the_same_picture():
    pixels = np.random.default_rng(1).integers(80, 140, (64, 64)).astype(np.uint8)
    one, other = (retaken(pixels, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one, other)
