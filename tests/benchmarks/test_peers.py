import numpy as np
import pytest
from peers.judging import USUAL, rescaled, scores_of
from peers.tiles import MEAN, SPREAD, cut_square_tiles, join_square_maps


def test_tiles_put_together_again_are_the_strip():
    strip = np.random.default_rng(0).integers(0, 256, (300, 700), np.uint8)
    tiles = cut_square_tiles(strip)
    assert tiles.shape == (2 * 3, 3, 256, 256)  # 300 rows need two tiles, 700 columns three
    red = (tiles[:, 0] * SPREAD[0] + MEAN[0]) * 255
    assert np.allclose(join_square_maps(red, 300, 700), strip, atol=0.01)


def test_a_peers_scores_are_the_highest_pixel_of_each_cell():
    strip = np.random.default_rng(1).integers(90, 160, (256, 512), np.uint8)

    def one_spot(tiles):
        maps = np.zeros((len(tiles), 256, 256), np.float32)
        maps[1, 9, 6] = 3.0  # row 9, column 256 + 6 of the strip
        return maps

    scores = scores_of(strip, one_spot, 4)
    assert scores.shape == (64, 128)
    assert scores[2, 65] == 3.0  # 9 // 4 and 262 // 4
    assert scores.sum() == 3.0


def test_a_peers_scale_becomes_that_of_a_recipe():
    held_out = [np.full((2, 2), value, np.float32) for value in (0.001, 0.002, 0.004)]
    maps, scores = rescaled(lambda tiles: tiles, held_out)
    assert [float(score.max()) for score in scores] == pytest.approx([USUAL / 2, USUAL, 2 * USUAL])
    assert maps(np.float32(0.002)) == pytest.approx(USUAL)
