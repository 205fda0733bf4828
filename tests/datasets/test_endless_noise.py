import numpy as np

from datasets.synthesis.endless import CELL, Blend, EndlessNoise, smooth_map


def test_numbers_belong_to_their_place_however_they_are_read():
    noise = EndlessNoise(5, 1, width=3)
    whole = noise.at(CELL - 4, 9)
    again = EndlessNoise(5, 1, width=3)
    parts = np.concatenate([again.at(CELL - 4, 2), again.at(CELL - 2, 7)])
    assert np.array_equal(whole, parts)


def test_another_salt_gives_other_numbers():
    assert not np.array_equal(EndlessNoise(5, 1).at(0, 8), EndlessNoise(5, 2).at(0, 8))


def test_smooth_track_passes_through_its_knots():
    noise = EndlessNoise(9, 1)
    track = noise.smooth(0, 41, 20)
    assert np.allclose(track[[0, 20, 40]], noise.at(0, 3))


def test_smooth_track_is_the_same_from_any_start():
    noise = EndlessNoise(9, 1)
    assert np.array_equal(noise.smooth(0, 100, 7.3)[60:], noise.smooth(60, 40, 7.3))


def test_blend_goes_half_way_half_way_between_two_knots():
    # 4 places over 3 knots (2 gaps): places 0, 0.5, 1, 1.5.
    knots = np.array([[10.0, 20.0, 0.0]], np.float32)
    assert np.allclose(Blend(4, 3).across(knots), [[10, 15, 20, 10]])
    assert np.allclose(Blend(4, 3).down(knots.T), [[10], [15], [20], [10]])


def test_closed_blend_comes_back_to_its_first_knot():
    # 4 places over 2 knots in a ring: 0, 0.5, 1, 1.5, and 1.5 lies between the last knot and the first.
    assert np.allclose(
        Blend(4, 2, wrap=True).down(np.array([[0.0], [8.0]], np.float32)), [[0], [4], [8], [4]]
    )


def test_smooth_track_can_be_stretched_over_its_width():
    noise = EndlessNoise(9, 1, width=3)
    wide = noise.smooth(5, 30, 7.0, across=Blend(50, 3))
    assert wide.shape == (30, 50)
    assert np.allclose(wide, Blend(50, 3).across(noise.smooth(5, 30, 7.0)), atol=1e-6)


def test_closed_map_flows_from_its_last_row_into_its_first():
    field = smooth_map(np.random.default_rng(1), 200, 50, 40.0, wrap_rows=True)
    step = np.abs(np.diff(field, axis=0)).max()
    assert np.abs(field[0] - field[-1]).max() <= step
