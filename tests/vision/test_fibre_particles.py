import dataclasses

import numpy as np
import pytest

from vision.fibre_kinds import LEAST_MM, fibre_findings, load_classifier
from vision.fibre_pieces import FEATURES, look_at
from vision.particles import find_particles
from vision.postprocess import Findings
from vision.trash import measure_fibre
from vision.types import PxBox

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
