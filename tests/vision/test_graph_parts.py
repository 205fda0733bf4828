import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from vision.article import blank_statistics, edge_zone, padded_px
from vision.banks import BANKS, BROAD, CONTEXT_CHANNELS, FINE, TEXTURE, WARP, WEFT
from vision.extremes import (
    block_cells,
    block_maxima,
    usual_and_spread,
)
from vision.graph import build_graph
from vision.inference import Probe
from vision.onnx_writer import GraphWriter
from vision.templates import matched_filters


def blank(columns=128, channels=1):
    return blank_statistics(columns, channels)


def seeing_itself(columns):
    """An article whose fine bank answers with the flat picture itself, and that bank's statistics."""
    article = blank_statistics(columns, 1)
    fine = article.banks[0]
    fine.filters[:, 0, 4, 4] = 1.0
    return article, fine


def tap(article, name, pixels, cloth):
    (value,) = Probe(build_graph(article, None, (name,))).run(pixels, cloth)
    return value


def test_filters_answer_good_patches_with_unit_spread_and_their_template_more_than_any_other_direction():
    rng = np.random.default_rng(0)
    patches = rng.normal(0, 0.1, (20_000, 64))
    filters = matched_filters(np.cov(patches, rowvar=False), FINE.templates(1)).reshape(14, 64)
    assert (patches @ filters.T).std(axis=0) == pytest.approx(np.ones(14), rel=0.03)
    template = FINE.templates(1).reshape(14, 64)[1]
    direction = template / np.linalg.norm(template)
    assert filters[1] @ direction > 0.99 * np.linalg.norm(filters[1])  # white noise: w is along t


def test_filters_of_constant_patches_are_finite():
    assert np.isfinite(matched_filters(np.zeros((64, 64)), FINE.templates(1))).all()


def test_colour_filters_look_at_brightness_first_and_then_at_each_chroma_plane():
    templates = FINE.templates(3)
    assert templates.shape == (26, 3, 8, 8)
    assert not templates[:14, 1:].any()
    assert not templates[14:20, [0, 2]].any()
    assert not templates[20:, :2].any()
    assert BROAD.templates(3).shape == (6, 1, 8, 8)  # coarser banks look at brightness alone


def test_every_bank_but_the_fine_one_is_context_of_the_base():
    assert CONTEXT_CHANNELS == sum(len(bank.templates(1)) for bank in BANKS if bank != FINE) == 32
    context = tap(blank(), "context", np.zeros((64, 128), np.uint8), (0, 128))
    assert context.shape == (1, 32, 16, 32)


@pytest.mark.parametrize(("bank", "rows", "columns"), [(BROAD, 16, 32), (WEFT, 32, 8), (WARP, 8, 64)])
def test_a_bank_looks_at_means_over_its_cells(bank, rows, columns):
    pixels = np.full((64, 128), 100, np.uint8)
    pixels[16:24, 32:48] = 120
    plane = tap(blank(), f"{bank.name}_plane", pixels, (0, 128))[0, 0]
    assert plane.shape == (rows, columns)
    bright = plane[16 // bank.row_px : 24 // bank.row_px, 32 // bank.column_px : 48 // bank.column_px]
    assert bright == pytest.approx(0.2, abs=0.03)  # a fifth more than around


def test_texture_sees_a_weave_that_is_lost_though_the_brightness_stays():
    rng = np.random.default_rng(4)
    grain = rng.normal(0, 10, (64, 128)).repeat(2, axis=0).repeat(2, axis=1)
    pixels = (100 + grain).clip(0, 255).astype(np.uint8)
    pixels[48:80, 96:128] = 100
    plane = tap(blank(256), f"{TEXTURE.name}_plane", pixels, (0, 256))[0]
    lost = plane[:, 7:9, 13:15]
    assert (lost < -2).all()  # energy fell by more than e²
    assert abs(float(np.median(plane))) < 0.5


def test_flat_is_nought_on_even_cloth_and_off_the_cloth():
    pixels = np.full((64, 128), 100, np.uint8)
    pixels[:, :32] = 250
    pixels[20:22, 80:82] = 150
    flat = tap(blank(), "flat", pixels, (32, 128))
    assert flat.shape == (1, 1, 32, 64)
    assert flat[0, 0, :, :16] == pytest.approx(0)
    assert flat[0, 0, :, 16:36] == pytest.approx(0, abs=0.01)  # the table doesn't reach in
    assert flat[0, 0, 10, 40] == pytest.approx(0.5, abs=0.02)  # 150 is half more than 100


def barred(columns, shift=0):
    """Fine bars along the web, a twelfth brighter, from `shift` on."""
    bright = (np.arange(columns) + shift) // 8 % 2 == 0
    return np.where(bright, 108, 100).astype(np.uint8)[None].repeat(64, axis=0)


def column_means(article, pixels):
    return tap(article, "fine_normal", pixels, (0, pixels.shape[1]))[0].mean(axis=1)


def test_column_means_are_learnt_beside_the_edge_and_by_the_cameras_columns_elsewhere():
    columns = 512
    article, fine = seeing_itself(columns)
    bars = barred(columns)
    fine.offset[:] = column_means(article, bars)
    assert tap(article, "fine_normal", bars, (0, columns)) == pytest.approx(0, abs=0.01)
    with_edge = tap(article, "fine_normal", bars, (100, columns))
    zone = edge_zone(columns, 2)
    assert not with_edge[0, 0, :, :50].any()  # off the cloth
    assert np.abs(with_edge[0, 0, 8:-8, 52 : 50 + zone // 2]).min() > 0.1  # nothing was learnt beside it
    assert np.abs(with_edge[0, 0, 8:-8, 60 + 2 * zone :]).max() < 0.03


def test_what_was_learnt_of_columns_is_taken_off_as_far_as_a_picture_shows_it():
    article, fine = seeing_itself(512)
    bars = barred(512)
    fine.offset[:] = column_means(article, bars)
    plain = np.full((64, 512), 100, np.uint8)
    assert tap(article, "fine_normal", plain, (0, 512)) == pytest.approx(0, abs=0.01)


def test_another_sessions_column_means_are_followed_and_a_strong_line_stays():
    article, fine = seeing_itself(512)
    fine.offset[:] = column_means(article, barred(512))
    elsewhere = barred(512, shift=4)  # the bars moved by half their width
    elsewhere[:, 300:302] = 180  # and there is a line along the web
    unfollowed = np.abs(column_means(article, elsewhere)[0])
    fine.astray[:] = 0.01  # good pictures hardly strayed
    followed = np.abs(column_means(article, elsewhere)[0])
    bars = np.r_[20:140, 165:240]
    assert followed[bars].mean() < 0.2 * unfollowed[bars].mean()
    assert followed[150] > 0.7 * unfollowed[150]


def test_a_pictures_own_contrast_is_taken_out_only_within_bounds():
    article, fine = seeing_itself(256)
    fine.level[:] = 0.1
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, (64, 128)).repeat(2, axis=0).repeat(2, axis=1)
    spreads = []
    for contrast in (0.05, 0.1, 0.2, 0.6):
        pixels = np.clip(100 * (1 + contrast * noise), 0, 255).astype(np.uint8)
        normal = tap(article, "fine_normal", pixels, (0, 256))
        spreads.append(float(np.abs(normal).mean()))
    assert spreads[0] == pytest.approx(spreads[1], rel=0.05)
    assert spreads[1] == pytest.approx(spreads[2], rel=0.05)
    assert spreads[3] > 1.3 * spreads[1]  # beyond 2.5 times the learnt contrast it shows


@pytest.mark.parametrize(("rows", "columns"), [(64, 64), (65, 67), (100, 130), (33, 64)])
def test_the_map_has_a_cell_for_every_four_pixels(rows, columns):
    probe = Probe(build_graph(blank(columns), None))
    (scores,) = probe.run(np.zeros((rows, columns), np.uint8), (0, columns))
    assert scores.shape == (1, 1, -(-rows // 4), -(-columns // 4))
    assert scores.dtype == np.float32


def test_padding_goes_to_whole_blocks():
    assert padded_px(64) == 64
    assert padded_px(65) == 96
    assert edge_zone(64, 2) == 8  # a quarter of the width
    assert edge_zone(4096, 2) == 64
    assert edge_zone(64, 16) == 1


def test_writer_leaves_out_what_no_output_needs_and_embeds_a_model():
    inner = GraphWriter()
    inner.add("Mul", "x", inner.constant(3.0), output="y")
    shape = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"])] for name in ("x", "y")]
    outer = GraphWriter()
    outer.add("Neg", "x", output="unused")
    (embedded,) = outer.append(inner.model(*shape), [outer.add("Abs", "x")], "inner/")
    outer.add("Identity", embedded, output="y")
    model = outer.model(*shape)
    onnx.checker.check_model(model)
    assert [node.op_type for node in model.graph.node] == ["Abs", "Mul", "Identity"]


def test_block_maxima_share_the_columns_out():
    values = np.zeros((1, 2, 20), np.float32)
    values[0, 1, [3, 12]] = (5, 7)
    assert block_maxima(values, 0, 20, 10)[:, 0].tolist() == [5, 7]
    assert block_maxima(values, 0, 14, 10)[:, 0].tolist() == [7]  # 14 columns are one block of 10


def test_few_columns_make_narrow_blocks():
    assert block_cells(10_000) == 64  # 96 x 64 = 6144 are enough
    assert block_cells(5_000) == 32
    assert block_cells(100) == 8


def test_usual_and_spread_are_median_and_the_step_to_the_upper_tenth():
    maxima = np.arange(11, dtype=np.float32)[:, None]
    at, spread = usual_and_spread(maxima, 0.05)
    assert (at[0], spread[0]) == (5, 4)  # the 90 % quantile of 0..10 is 9
    at, spread = usual_and_spread(np.full((10, 1), 3.0, np.float32), 0.05)
    assert (at[0], spread[0]) == (3, pytest.approx(0.05))


def test_peaks_at_a_frames_first_and_last_rows_count_by_what_is_usual_there():
    article, fine = seeing_itself(256)
    rng = np.random.default_rng(5)
    pixels = (100 + 10 * rng.normal(0, 1, (100, 256))).clip(0, 255).astype(np.uint8)
    even = tap(article, "map", pixels, (0, 256))[0, 0]
    fine.border[:] = [4.0, 2.0, 1.0, 1.0]
    calmed = tap(article, "map", pixels, (0, 256))[0, 0]
    assert calmed.shape == (25, 64)
    assert calmed[8:-8] == pytest.approx(even[8:-8])  # beyond the border and the mean around it
    assert calmed[0].mean() < 0.6 * even[0].mean()
    assert calmed[-1].mean() < 0.6 * even[-1].mean()
