import numpy as np
import pytest

from vision.edges import EDGE_GUARD_PX, find_edges, judged_columns

ROWS, COLUMNS = 128, 1024


def woven(rng, rows=ROWS, columns=COLUMNS, mean=110, contrast=20, period=7):
    y, x = np.indices((rows, columns))
    weave = np.sin(2 * np.pi * (x + y * 0.5) / period) * np.cos(2 * np.pi * y / period)
    return mean + contrast * weave + rng.normal(0, 2, (rows, columns))


def picture(values):
    return np.clip(values, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("table", [255, 30, 150])
@pytest.mark.parametrize("left", [40, 250, 620])
def test_edge_is_found_over_the_full_width_before_any_table(table, left):
    rng = np.random.default_rng(1)
    cloth = woven(rng)
    cloth[:, :left] = table + rng.normal(0, 1.5, (ROWS, left))
    x0, x1 = find_edges(picture(cloth))
    assert abs(x0 - left) <= 12
    assert x1 == COLUMNS


def test_both_edges_are_found():
    rng = np.random.default_rng(2)
    cloth = woven(rng)
    cloth[:, :130] = 255
    cloth[:, 900:] = 40
    x0, x1 = find_edges(picture(cloth))
    assert abs(x0 - 130) <= 12
    assert abs(x1 - 900) <= 12


def test_colour_pictures_have_edges_too():
    rng = np.random.default_rng(3)
    cloth = woven(rng)
    cloth[:, :200] = 255
    x0, x1 = find_edges(np.repeat(picture(cloth)[:, :, None], 3, axis=2))
    assert abs(x0 - 200) <= 12
    assert x1 == COLUMNS


def test_cloth_that_fills_the_picture_has_no_edge():
    assert find_edges(picture(woven(np.random.default_rng(4)))) == (0, COLUMNS)


def test_falling_focus_and_light_are_no_edge():
    rng = np.random.default_rng(5)
    x = np.linspace(-1, 1, COLUMNS)
    cloth = 110 * (1 - 0.4 * x**2) + (woven(rng) - 110) * (1 - 0.7 * x**2)
    assert find_edges(picture(cloth)) == (0, COLUMNS)


def test_a_missing_end_along_the_cloth_is_no_edge():
    cloth = woven(np.random.default_rng(6))
    cloth[:, 300:306] = 60
    assert find_edges(picture(cloth)) == (0, COLUMNS)


@pytest.mark.parametrize("grey", [0, 127, 255])
def test_a_constant_picture_has_no_edge(grey):
    assert find_edges(np.full((64, 64), grey, np.uint8)) == (0, 64)


def test_columns_beside_a_found_edge_are_not_judged_and_the_border_is():
    assert judged_columns((200, 1000), 1000) == (200 + EDGE_GUARD_PX, 1000)
    assert judged_columns((0, 900), 1000) == (0, 900 - EDGE_GUARD_PX)
    assert judged_columns((0, 1000), 1000) == (0, 1000)
    assert judged_columns((500, 510), 1000) == (516, 516)  # nothing is left
