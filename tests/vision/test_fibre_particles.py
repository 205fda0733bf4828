import dataclasses

import cv2
import numpy as np
import pytest

from datasets.synthesis.lint import LintScene
from datasets.synthesis.lint_mat import LintStyle
from datasets.synthesis.strand_lint import StrandLintScene
from datasets.synthesis.strand_mat import StrandStyle
from vision.card import CrumbHue
from vision.crumbs import learn_crumbs
from vision.fibre_kinds import LEAST_MM, fibre_findings, load_classifier
from vision.fibre_pieces import FEATURES, look_at
from vision.particles import Particles, find_particles
from vision.postprocess import Findings
from vision.quantiles import median, quantile
from vision.taxonomy import DefectKind
from vision.trash import measure_fibre
from vision.types import Defect, MmBox, PxBox

LINT = (188, 205, 212)


def lint(rows=64, columns=256, seed=1):
    noise = np.random.default_rng(seed).normal(0, 3, (rows, columns, 1))
    return np.clip(np.array(LINT) + noise, 0, 255).astype(np.uint8)


def with_patch(y, x, rows, columns, bgr):
    picture = lint()
    picture[y : y + rows, x : x + columns] = bgr
    return picture


def test_clean_lint_holds_no_particle():
    assert find_particles(lint()).boxes == ()


def test_a_dark_particle_and_a_tinted_one_are_found_where_they_lie():
    picture = with_patch(20, 30, 4, 6, (50, 80, 100))
    picture[40:44, 100:106] = (240, 205, 180)  # as bright as lint, blue
    boxes = sorted(find_particles(picture).boxes, key=lambda box: box.x0)
    assert len(boxes) == 2
    for box, (x, y) in zip(boxes, ((30, 20), (100, 40)), strict=True):
        assert abs(box.x0 - x) <= 1
        assert abs(box.x1 - x - 6) <= 1
        assert abs(box.y0 - y) <= 1
        assert abs(box.y1 - y - 4) <= 1


def test_trash_is_counted_by_its_pixels_and_left_out_of_the_colour():
    clean, dirty = lint(), with_patch(20, 32, 8, 8, (50, 80, 100))
    none = np.zeros((16, 64), np.bool_)
    measure = measure_fibre(dirty, none, find_particles(dirty))
    assert measure.trash_count == 1
    assert measure.trash_area_pct == pytest.approx(
        100 * 64 / (64 * 256), rel=0.35
    )  # soft edges count in part
    assert measure.mean_bgr == pytest.approx(measure_fibre(clean, none).mean_bgr, abs=0.3)


def test_a_finding_is_drawn_tight_around_its_piece():
    picture = with_patch(20, 32, 5, 20, (160, 70, 30))
    look = look_at(picture, PxBox(x0=24, y0=12, x1=60, y1=36), 0.4)
    assert look is not None
    assert (look.box.x0, look.box.y0) == pytest.approx((32, 20), abs=1)
    assert (look.box.x1, look.box.y1) == pytest.approx((52, 25), abs=1)
    assert look.length_px == pytest.approx(20, abs=1.5)
    assert look.features.shape == (len(FEATURES),)


def test_nothing_to_see_is_no_piece():
    flat = np.full((64, 128, 3), 200, np.uint8)
    assert look_at(flat, PxBox(x0=20, y0=20, x1=40, y1=40), 0.4) is None


def test_what_is_unlike_everything_learnt_stays_unnamed():
    assert load_classifier().name(np.full(len(FEATURES), 40.0)) == "foreign_matter"


def test_a_thread_that_the_graph_passed_over_is_found_by_its_length_and_a_crumb_is_not(fibre_card):
    nothing = Findings(defects=(), left_out=0)
    long, crumb = with_patch(30, 60, 2, 40, (60, 60, 70)), with_patch(30, 60, 3, 3, (50, 80, 100))
    found = fibre_findings(nothing, find_particles(long), long, fibre_card, 0.4)
    (thread,) = found.defects
    assert thread.length_mm == pytest.approx(16.0, abs=1.5)
    assert thread.score > fibre_card.thresholds.defective
    assert fibre_findings(nothing, find_particles(crumb), crumb, fibre_card, 0.4).defects == ()
    assert min(LEAST_MM.values()) > 3 * 0.4


@pytest.fixture
def fibre_card(card):
    return dataclasses.replace(card, material="fibre", score_ceiling=99.0)


def particles_in_float(pixels):
    """The same rule without rounding: what the 8-bit one must agree with."""
    soft = cv2.GaussianBlur(pixels.astype(np.float64), (0, 0), 0.8)
    green = soft if pixels.ndim == 2 else soft[:, :, 1]
    light = green / cv2.blur(green, (41, 41), borderType=cv2.BORDER_REFLECT)
    off = 1.4826 * np.median(np.abs(light - np.median(light)))
    found = light < 1 - min(max(0.22, 4.2 * off), 0.55)
    for channel in () if pixels.ndim == 2 else (0, 2):
        share = soft[:, :, channel] / green
        usual = np.median(share)
        off = 1.4826 * np.median(np.abs(share - usual))
        found |= np.abs(share - usual) > max(0.05 * usual, 5 * off)
    return found


@pytest.mark.parametrize("scene_of", [LintScene, StrandLintScene])
@pytest.mark.parametrize("in_colour", [True, False])
def test_eight_bits_find_the_particles_that_floating_point_finds(scene_of, in_colour):
    style, more = (LintStyle(), {}) if scene_of is LintScene else (StrandStyle(), {"contrast": (0.7, 1.0)})
    scene = scene_of(style, columns=512, mm_per_px=0.4, seed=4, defect_rate_per_m2=500, mat_rows=512, **more)
    found, wanted = 0, 0
    for strip in range(12):
        pixels = scene.render(64 * strip, 64)
        pixels = pixels if in_colour else cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
        mask = find_particles(pixels).mask > 0
        reference = particles_in_float(pixels)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(reference.view(np.uint8), connectivity=8)
        for number in range(1, count):
            if stats[number, cv2.CC_STAT_AREA] >= 8:
                wanted += 1
                found += mask[labels == number].mean() > 0.6
        near = cv2.dilate(reference.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
        assert (mask & ~near).sum() <= 12  # crumbs of two pixels, at the very limit
    assert wanted >= 8
    assert found == wanted


@pytest.mark.parametrize("share", [0.0, 0.5, 0.8, 0.97, 1.0])
@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_quantiles_are_those_of_numpy(share, count):
    values = np.random.default_rng(count).normal(size=count)
    assert quantile(values, share) == pytest.approx(np.quantile(values, share))
    assert median(values) == pytest.approx(np.median(values))


def test_a_piece_shorter_than_asked_is_nothing_and_a_longer_one_looks_the_same():
    picture, box = with_patch(20, 32, 5, 20, (160, 70, 30)), PxBox(x0=24, y0=12, x1=60, y1=36)
    whole, long = look_at(picture, box, 0.4), look_at(picture, box, 0.4, 18.0)
    assert np.array_equal(whole.features, long.features)
    assert look_at(picture, box, 0.4, 24.0) is None


def test_grey_lint_has_no_hue():
    grey = cv2.cvtColor(with_patch(20, 32, 5, 20, (60, 60, 60)), cv2.COLOR_BGR2GRAY)
    box = PxBox(x0=24, y0=12, x1=60, y1=36)
    one, three = look_at(grey, box, 0.4), look_at(cv2.merge([grey] * 3), box, 0.4)
    assert one.box == three.box
    assert one.features == pytest.approx(three.features, abs=1e-4)
    assert one.features[:2] == pytest.approx([0, 0])


def found_in_map(fibre_card, picture, box, area_mm2, *, least_mm2=10.0):
    card = dataclasses.replace(fibre_card, min_area_mm2=least_mm2)
    defect = Defect(
        kind=DefectKind.FOREIGN_MATTER,
        score=9.0,
        box_px=box,
        box_mm=MmBox(x0=box.x0 * 0.4, y0=box.y0 * 0.4, x1=box.x1 * 0.4, y1=box.y1 * 0.4),
        area_mm2=area_mm2,
        length_mm=8.0,
    )
    findings = Findings(defects=(defect,), left_out=0)
    nothing = Particles(mask=np.zeros(picture.shape[:2], np.uint8), boxes=())
    return fibre_findings(findings, nothing, picture, card, 0.4).defects


AROUND = PxBox(x0=48, y0=20, x1=72, y1=44)


def test_a_crumb_with_its_halo_in_the_map_stays_a_crumb(fibre_card):
    crumb = with_patch(30, 60, 3, 3, (50, 80, 100))
    assert (
        found_in_map(fibre_card, crumb, AROUND, 45.0) == ()
    )  # blurred, 21 pixels: 4.6 + 13 square are 50 mm2
    (kept,) = found_in_map(fibre_card, crumb, AROUND, 55.0)  # the graph saw more than that crumb
    assert kept.length_mm == pytest.approx(2.0)


def test_shade_in_which_no_pixel_stands_out_must_be_large(fibre_card):
    flat = np.full((64, 256, 3), LINT, np.uint8)
    assert found_in_map(fibre_card, flat, AROUND, 29.0) == ()
    assert len(found_in_map(fibre_card, flat, AROUND, 31.0)) == 1


def test_two_crumbs_apart_are_no_thread(fibre_card):
    apart = with_patch(30, 49, 1, 1, (50, 80, 100))
    apart[30, 70] = (50, 80, 100)
    assert found_in_map(fibre_card, apart, AROUND, 35.0) == ()
    (thread,) = found_in_map(fibre_card, with_patch(30, 52, 1, 14, (50, 60, 70)), AROUND, 35.0)
    assert thread.length_mm == pytest.approx(14 * 0.4, abs=0.9)


def test_where_blue_is_another_light_a_piece_is_drawn_tight_and_a_crumb_is_left_out(fibre_card):
    ultraviolet = lint()
    ultraviolet[..., 0] = 85
    crumb, film = ultraviolet.copy(), ultraviolet.copy()
    crumb[30:33, 60:63] = (18, 80, 100)
    film[28:33, 52:68, 0] = 235
    assert found_in_map(fibre_card, crumb, AROUND, 35.0) == ()
    (seen,) = found_in_map(fibre_card, film, AROUND, 80.0)
    assert seen.kind is DefectKind.FOREIGN_MATTER
    assert (seen.box_px.x1 - seen.box_px.x0, seen.box_px.y1 - seen.box_px.y0) == pytest.approx((16, 5), abs=2)


LEAF_HUE = CrumbHue(red_green=(0.0, 0.3), yellow_blue=(0.2, 0.5), darkest=-0.8, specks=40)


def test_what_has_the_hue_of_the_lints_own_crumbs_must_be_as_long_as_leaf(fibre_card):
    leaf, blue = with_patch(30, 56, 5, 7, (100, 125, 135)), with_patch(30, 56, 5, 7, (150, 100, 90))
    knows = dataclasses.replace(fibre_card, crumbs=LEAF_HUE)
    assert len(found_in_map(fibre_card, leaf, AROUND, 30.0)) == 1  # 2.8 mm, and nobody knows the lint
    assert found_in_map(knows, leaf, AROUND, 30.0) == ()
    assert len(found_in_map(knows, blue, AROUND, 30.0)) == 1
    long = with_patch(30, 50, 5, 14, (100, 125, 135))
    (seen,) = found_in_map(knows, long, AROUND, 30.0)
    assert seen.length_mm > LEAST_MM["leaf"]


def test_what_has_surely_another_hue_than_the_lints_crumbs_may_be_shorter(fibre_card):
    knows = dataclasses.replace(fibre_card, crumbs=LEAF_HUE)
    for bgr, wanted in (((150, 100, 90), 1), ((100, 125, 135), 0)):
        short = with_patch(30, 60, 2, 2, bgr)  # 0.8 mm, and what the blur adds
        assert found_in_map(fibre_card, short, AROUND, 30.0) == ()
        assert len(found_in_map(knows, short, AROUND, 30.0)) == wanted


def test_two_crumbs_of_the_lints_own_hue_are_no_long_leaf(fibre_card):
    pair = with_patch(30, 50, 4, 4, (100, 125, 135))
    pair[30:34, 64:68] = (100, 125, 135)
    (one,) = found_in_map(fibre_card, pair, AROUND, 30.0)
    assert one.length_mm > LEAST_MM["leaf"]
    assert found_in_map(dataclasses.replace(fibre_card, crumbs=LEAF_HUE), pair, AROUND, 30.0) == ()


def test_the_hue_of_crumbs_is_learnt_from_good_lint_and_grey_lint_has_none():
    scene = StrandLintScene(
        StrandStyle(trash_per_m2=2000.0), columns=512, mm_per_px=0.4, seed=5, mat_rows=2048
    )
    strips = [scene.render(64 * number, 64) for number in range(32)]
    hue = learn_crumbs(strips)
    leaf = 0.17, 0.32  # as strewn: (48, 72, 92) in lint of (188, 205, 211), for each part of darkness
    assert hue is not None
    assert hue.red_green[0] < leaf[0] < hue.red_green[1]
    assert hue.yellow_blue[0] < leaf[1] < hue.yellow_blue[1]
    assert hue.red_green[1] < 0.45  # jute and polypropylene lie outside
    assert learn_crumbs([cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY) for strip in strips]) is None
    assert learn_crumbs(strips[:1]) is None


def test_what_is_but_brighter_than_lint_is_white_and_what_no_pixel_shows_is_unknown(fibre_card):
    (white,) = found_in_map(fibre_card, with_patch(28, 50, 5, 16, (226, 246, 254)), AROUND, 90.0)
    (unseen,) = found_in_map(fibre_card, np.full((64, 256, 3), LINT, np.uint8), AROUND, 31.0)
    assert (white.kind, unseen.kind) == (DefectKind.PP_WHITE, DefectKind.UNKNOWN)
