import dataclasses
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vision.card import ModelCard
from vision.preprocess import TILE_JUDGED_ROWS, WHOLE_FRAME_ROWS, cut_tiles, judged_rows, stitch_maps
from vision.types import Frame, VisionError


def frame(rows: int, *, top: bool = False, bottom: bool = False) -> Frame:
    return Frame(
        camera_id="cam",
        seq=0,
        pixels=np.zeros((rows, 40), np.uint8),
        captured_ns=0,
        captured_utc=datetime(2026, 1, 1, tzinfo=UTC),
        joint_top=top,
        joint_bottom=bottom,
    )


def test_a_low_frame_is_one_tile_and_is_not_copied(card: ModelCard) -> None:
    pixels = np.zeros((WHOLE_FRAME_ROWS, 96), np.uint8)
    (tile,) = cut_tiles(pixels, card)
    assert tile.pixels is pixels
    assert (tile.first_row, tile.keep_from, tile.keep_to) == (0, 0, WHOLE_FRAME_ROWS)


def test_a_high_frame_is_cut_with_a_halo_on_both_sides(card: ModelCard) -> None:
    tiles = cut_tiles(np.zeros((800, 96), np.uint8), card)  # halo 8, height 256 + 16 = 272
    assert [(tile.first_row, len(tile.pixels), tile.keep_from, tile.keep_to) for tile in tiles] == [
        (0, 272, 0, 264),
        (256, 272, 264, 520),
        (512, 272, 520, 776),
        (528, 272, 776, 800),
    ]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    rows=st.integers(32, 2600),
    stride=st.sampled_from([2, 4, 8, 16]),
    halo=st.integers(0, 90),
)
def test_tiles_keep_every_row_once_with_a_halo_around(
    card: ModelCard, rows: int, stride: int, halo: int
) -> None:
    numbered = np.repeat(np.arange(rows, dtype=np.float32)[:, None], 8, axis=1)
    card = dataclasses.replace(card, output_stride=stride, halo_rows=halo)
    tiles = cut_tiles(numbered.astype(np.uint8), card)
    kept = 0
    for tile in tiles:
        end = tile.first_row + len(tile.pixels)
        assert tile.keep_from == kept
        assert tile.first_row % stride == 0
        assert tile.keep_from % stride == 0
        assert tile.first_row == 0 or tile.keep_from - tile.first_row >= halo
        assert end == rows or end - tile.keep_to >= halo
        assert tile.keep_to - tile.keep_from <= max(WHOLE_FRAME_ROWS, TILE_JUDGED_ROWS + 2 * (halo + stride))
        kept = tile.keep_to
    assert kept == rows


@settings(derandomize=True, max_examples=40, deadline=None)
@given(rows=st.integers(32, 1500), stride=st.sampled_from([4, 8]), halo=st.integers(0, 40))
def test_stitched_maps_are_the_map_of_the_whole_frame(
    card: ModelCard, rows: int, stride: int, halo: int
) -> None:
    card = dataclasses.replace(card, output_stride=stride, halo_rows=halo)
    cells = -(-rows // stride)
    whole = np.arange(cells, dtype=np.float32)[None, :, None] * np.ones((2, 1, 3), np.float32)

    def map_of(first_row: int, height: int) -> NDArray[np.float32]:
        first = first_row // stride
        return whole[:, first : first + -(-height // stride)]

    tiles = cut_tiles(np.zeros((rows, 8), np.uint8), card)
    maps = ((tile, map_of(tile.first_row, len(tile.pixels))) for tile in tiles)
    assert np.array_equal(stitch_maps(maps, rows, stride), whole)


def test_no_tile_at_all_is_an_error() -> None:
    with pytest.raises(VisionError, match="no tile"):
        stitch_maps(iter(()), 0, 4)


@pytest.mark.parametrize(
    ("top", "bottom", "stride", "judged"),
    [
        (False, False, 4, (0, 64)),
        (True, False, 4, (4, 64)),
        (False, True, 4, (0, 60)),
        (True, True, 8, (8, 56)),
        (True, True, 2, (4, 60)),
    ],
)
def test_joints_cost_whole_map_cells(top: bool, bottom: bool, stride: int, judged: tuple[int, int]) -> None:
    assert judged_rows(frame(64, top=top, bottom=bottom), stride) == judged


def test_a_frame_with_nothing_between_its_joints_is_refused() -> None:
    with pytest.raises(VisionError, match="7 rows"):
        judged_rows(frame(7, top=True, bottom=True), 4)
