from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

import vision.good_cloth
from vision.article import SCORE_FLOOR
from vision.bundle import load_bundle
from vision.edges import EDGE_GUARD_PX
from vision.inference import Engine
from vision.learn import learn_article, learn_from_arrays
from vision.types import VisionError

ROWS, COLUMNS = 128, 384
CREATED = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def cloth(seed, rows=ROWS, columns=COLUMNS, left=0):
    rng = np.random.default_rng(seed)
    y, x = np.indices((rows, columns))
    weave = np.sin(2 * np.pi * (x + y * 0.5) / 7) * np.cos(2 * np.pi * y / 7)
    grey = 110 + 18 * weave + rng.normal(0, 4, (rows, columns))
    grey[:, :left] = 255
    return np.clip(grey, 0, 255).astype(np.uint8)


def lint(seed, rows=96, columns=320):
    rng = np.random.default_rng(seed)
    light = cv2.GaussianBlur(rng.normal(0, 1, (rows, columns)).astype(np.float32), (0, 0), 2)
    white = np.array([190, 205, 212]) * (1 + 0.15 * light[:, :, None])
    return np.clip(white + rng.normal(0, 2, (rows, columns, 3)), 0, 255).astype(np.uint8)


def with_spot(image, row, column, factor=0.55):
    spotted = image.copy()
    spotted[row : row + 10, column : column + 10] = (
        spotted[row : row + 10, column : column + 10].astype(float) * factor
    ).astype(np.uint8)
    return spotted


def learn(images, folder, **changes):
    settings = {
        "article": "twill-7",
        "mm_per_px": 0.1,
        "material": "fabric",
        "out_dir": folder / "bundle",
        "demo": True,
        "created_utc": CREATED,
        "progress": lambda text: None,
    }
    return load_bundle(learn_from_arrays(images, **{**settings, **changes}))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return learn([cloth(seed) for seed in range(6)], tmp_path_factory.mktemp("learnt"))


def test_good_cloth_stays_below_and_a_spot_rises_above_the_threshold_at_its_place(bundle):
    engine = Engine(bundle, threads=1)
    good = [float(engine.run(cloth(seed), (0, COLUMNS)).max()) for seed in range(50, 58)]
    assert sum(score >= bundle.card.thresholds.defective for score in good) <= 2
    spotted = engine.run(with_spot(cloth(99), 60, 200), (0, COLUMNS))[0]
    row, column = np.unravel_index(spotted.argmax(), spotted.shape)
    assert spotted.max() > bundle.card.thresholds.defective
    assert abs(row * 4 + 2 - 65) <= 8
    assert abs(column * 4 + 2 - 205) <= 8


def test_the_card_says_what_was_learnt(bundle):
    card = bundle.card
    assert (card.columns, card.channels, card.output_stride) == (COLUMNS, 1, 4)
    assert card.learnt_from.pictures == 6
    assert len(card.learnt_from.held_out_scores) == 6
    assert card.learnt_from.good_length_m == pytest.approx(6 * 128 * 0.1 / 1000)
    assert card.learnt_from.good_m2 == pytest.approx(6 * 128 * 384 * 0.1**2 / 1e6)
    assert "2 more pictures" in card.learnt_from.note
    assert card.thresholds.unsure < card.thresholds.defective
    assert card.created_utc == "2026-03-01T08:00:00+00:00"
    assert card.min_area_mm2 == pytest.approx(0.16)  # one map cell: 4 x 4 px of 0.1 mm


def test_a_map_cell_leans_on_no_row_beyond_the_halo_of_the_filters_and_the_base(bundle):
    engine = Engine(bundle, threads=1)
    image = cloth(7, rows=256)
    changed = image.copy()
    changed[200:204, 100:140] = 40
    touched = np.abs(engine.run(image, (0, COLUMNS)) - engine.run(changed, (0, COLUMNS)))[0].max(axis=1)
    beyond = touched[: (200 - bundle.card.halo_rows) // 4]
    # What is left beyond it comes from the picture's own level and light, spread over all rows.
    assert beyond.max() < 0.25 * touched.max()


def test_learning_twice_gives_the_same_bundle(tmp_path):
    images = [cloth(seed, rows=64, columns=128) for seed in range(3)]
    first = learn(images, tmp_path, out_dir=tmp_path / "a")
    again = learn(images, tmp_path, out_dir=tmp_path / "b")
    assert first.card == again.card


def test_nothing_is_scored_beside_the_material(tmp_path):
    bundle = learn([cloth(seed, left=80) for seed in range(4)], tmp_path)
    scores = Engine(bundle, threads=1).run(cloth(9, left=80), (80, COLUMNS))[0]
    first = (80 + EDGE_GUARD_PX) // 4
    assert (scores[:, :first] == SCORE_FLOOR).all()
    assert (scores[:, first:] > SCORE_FLOOR).any()


def test_height_is_free_and_odd_sizes_are_whole(tmp_path):
    bundle = learn([cloth(seed, rows=97, columns=131) for seed in range(2)], tmp_path)
    engine = Engine(bundle, threads=1)
    assert engine.run(cloth(5, rows=70, columns=131), (0, 131)).shape == (1, 18, 33)
    assert engine.run(cloth(5, rows=255, columns=131), (0, 131)).shape == (1, 64, 33)


@pytest.mark.parametrize("grey", [0, 120, 255])
def test_pictures_without_material_are_not_learnt(tmp_path, grey):
    flat = np.full((64, COLUMNS), grey, np.uint8)
    with pytest.raises(VisionError, match="picture 1: no texture"):
        learn([flat], tmp_path / "alone")
    bundle = learn([flat, cloth(1, rows=64), cloth(2, rows=64)], tmp_path / "with others")
    assert bundle.card.learnt_from.pictures == 2


def test_a_nearly_flat_picture_gives_a_finite_recipe(tmp_path):
    noise = np.random.default_rng(3).normal(120, 1.5, (64, 64)).round().astype(np.uint8)
    bundle = learn([noise], tmp_path)
    scores = Engine(bundle, threads=1).run(with_spot(noise.copy(), 20, 20), (0, 64))
    assert np.isfinite(scores).all()


def test_the_same_pictures_learnt_for_two_articles_are_two_bundles(tmp_path):
    pictures = [cloth(seed, rows=64) for seed in range(2)]
    first = learn(pictures, tmp_path / "a", article="a")
    again = learn(pictures, tmp_path / "a2", article="a")
    other = learn(pictures, tmp_path / "b", article="b")
    assert first.card.bundle_id == again.card.bundle_id
    assert first.card.bundle_id != other.card.bundle_id


def test_one_picture_is_enough_and_the_card_warns(tmp_path):
    bundle = learn([cloth(1, rows=256)], tmp_path)
    assert "7 more pictures" in bundle.card.learnt_from.note
    scores = Engine(bundle, threads=1).run(with_spot(cloth(2, rows=256), 100, 100), (0, COLUMNS))
    assert scores.max() > bundle.card.thresholds.defective


def test_pale_colour_on_white_lint_stands_out(tmp_path):
    bundle = learn([lint(seed) for seed in range(4)], tmp_path, material="fibre")
    assert bundle.card.channels == 3
    assert bundle.card.kinds == ("foreign_matter",)
    engine = Engine(bundle, threads=1)
    coloured = lint(9)
    patch = coloured[40:52, 150:162].astype(float)
    grey = patch @ [0.114, 0.587, 0.299]
    patch += np.array([30.0, -5.0, -12.0])  # pale blue, hardly any darker
    patch += (grey - patch @ [0.114, 0.587, 0.299])[:, :, None]
    coloured[40:52, 150:162] = np.clip(patch, 0, 255)
    assert engine.run(lint(9), (0, 320)).max() < bundle.card.thresholds.defective
    assert engine.run(coloured, (0, 320)).max() > bundle.card.thresholds.defective


def test_grey_stored_as_colour_is_learnt_as_grey(tmp_path):
    grey = [np.repeat(cloth(seed, rows=64, columns=128)[:, :, None], 3, axis=2) for seed in range(2)]
    assert learn(grey, tmp_path).card.channels == 1


def test_pictures_of_two_widths_are_refused_by_name(tmp_path):
    for name, columns in (("a.png", 128), ("b.png", 160)):
        cv2.imwrite(str(tmp_path / name), cloth(1, rows=64, columns=columns))
    with pytest.raises(VisionError, match=r"b\.png: 160 px wide, the first picture is 128 px"):
        learn_article(
            [tmp_path / "a.png", tmp_path / "b.png"],
            article="x",
            mm_per_px=0.1,
            material="fabric",
            out_dir=tmp_path / "bundle",
            demo=True,
            created_utc=CREATED,
            progress=lambda text: None,
        )
    assert not (tmp_path / "bundle").exists()


def test_too_small_pictures_no_pictures_and_a_wild_scale_are_refused(tmp_path):
    with pytest.raises(VisionError, match="at least 64 px"):
        learn([cloth(1, rows=60, columns=128)], tmp_path)
    with pytest.raises(VisionError, match="at least one"):
        learn([], tmp_path)
    with pytest.raises(VisionError, match="mm per pixel is 0"):
        learn([cloth(1, rows=64, columns=64)], tmp_path, mm_per_px=0.0)


def test_cloth_beyond_what_statistics_take_sets_the_thresholds(tmp_path, monkeypatch):
    monkeypatch.setattr(vision.good_cloth, "MOST_PIXELS", 4 * ROWS * COLUMNS)
    told = []
    card = learn([cloth(seed) for seed in range(7)], tmp_path, progress=told.append).card
    # What statistics take is drawn; the others are scored by the graph that ships.
    learnt, left = card.learnt_from.pictures, len(card.learnt_from.held_out_scores)
    assert learnt <= 4
    assert learnt + left == 7
    assert f"checking on picture {left} of {left} that were not learnt" in told
    assert not any("held-out" in text for text in told)
    assert card.promise.learnt_m == pytest.approx(7 * 0.0128)
    assert card.promise.held_out_m == pytest.approx(left * 0.0128)
    engine = Engine(load_bundle(tmp_path / "bundle"), threads=1)
    shipped = {round(float(engine.run(cloth(seed), (0, COLUMNS)).max()), 3) for seed in range(7)}
    assert set(card.learnt_from.held_out_scores) <= shipped


def test_too_little_cloth_is_said_with_the_missing_metres(bundle):
    promise = bundle.card.promise
    # 10 per 100 m need 30 m; six pictures of 12.8 mm are 0.0768 m; one in twenty is 401 per 100 m.
    assert promise.missing_m == pytest.approx(30 - 0.0768)
    assert promise.kept_per_100m == pytest.approx(100 * -np.log(0.95) / 0.0128)
    assert bundle.card.learnt_from.false_alarm_rate_expected == pytest.approx(0.05)
    assert "30 m more are missing" in bundle.card.learnt_from.note  # 29.92, rounded up


def test_rates_are_refused_before_any_picture_is_read(tmp_path):
    with pytest.raises(VisionError, match="0 false alarms per 100 m"):
        learn_article(
            [tmp_path / "nowhere.png"],
            article="x",
            mm_per_px=0.1,
            material="fabric",
            out_dir=tmp_path / "bundle",
            demo=True,
            created_utc=CREATED,
            progress=lambda text: None,
            false_alarms_per_100m=0.0,
        )


def test_progress_is_told_in_words(tmp_path):
    told = []
    learn([cloth(seed, rows=64, columns=128) for seed in range(2)], tmp_path, progress=told.append)
    assert "checking on held-out pictures, 2 of 2" in told
