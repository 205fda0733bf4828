import hashlib
from pathlib import Path

import numpy as np
import pytest

import datasets.synthesis.carded_lint as carded
from datasets.synthesis.carded_lint import VERSION, CardedLintScene
from datasets.synthesis.carded_mat import CardedStyle
from datasets.synthesis.carded_matter import CARDED_KINDS
from datasets.synthesis.strand_lint import POLARISED_LINT, UV_LINT
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

FROZEN = {1: "fd81d6e0829fd40a4e4d25d6ec6a875a00afe0d9fcdfbb85fef307f25dbbf332"}
SOURCES = ("carded_mat.py", "carded_matter.py", "carded_lint.py")


def belt(*, rate=0.0, kinds=CARDED_KINDS, extra="none", **more):
    return CardedLintScene(
        CardedStyle(),
        columns=256,
        mm_per_px=0.4,
        seed=5,
        defect_rate_per_m2=rate,
        defect_kinds=kinds,
        extra=extra,
        mat_rows=256,
        **more,
    )


def test_the_third_generator_is_frozen():
    """A change is a new generator: raise VERSION, enter its hash, and measure every figure again."""
    folder = Path(carded.__file__).parent
    text = b"".join((folder / name).read_bytes() for name in SOURCES)
    assert hashlib.sha256(text).hexdigest() == FROZEN[VERSION]


def test_nothing_that_learns_or_judges_knows_the_third_generator():
    root = Path(carded.__file__).parents[2]
    for part in ("training", "vision"):
        assert not [path for path in (root / part).rglob("*.py") if "carded" in path.read_text("utf-8")]


def test_any_window_of_the_carded_belt_is_rendered_the_same_to_the_bit():
    whole = belt(rate=300.0).render(0, 300)
    assert whole.shape == (300, 256, 3)
    assert np.array_equal(whole[40:290], belt(rate=300.0).render(40, 250))


def test_the_carded_mat_flows_from_its_last_row_into_its_first():
    lint = belt()._lint_bgr.mean(axis=2)
    seam = np.abs(lint[0] - lint[-1]).mean()
    assert seam < 1.5 * np.abs(np.diff(lint, axis=0)).mean()


@pytest.mark.parametrize("kind", CARDED_KINDS)
def test_every_carded_piece_is_seen_where_the_truth_says(kind):
    dirty = belt(rate=400.0, kinds=(kind,), contrast=(0.9, 1.0), long_mm=(8.0, 20.0))
    assert dirty.truth(0, 1024)
    difference = np.abs(dirty.render(0, 1024).astype(int) - belt().render(0, 1024)).max(2)
    mask = dirty.mask(0, 1024) == 1
    assert difference[mask].mean() > 8
    assert difference[mask].mean() > 10 * difference[~mask].mean()


def test_a_carded_pieces_contrast_scales():
    asked = {"kinds": (DefectKind.LEAF,), "long_mm": (10.0, 10.0)}
    faint = belt(rate=200.0, contrast=(0.2, 0.2), **asked).truth(0, 4096)
    strong = belt(rate=200.0, contrast=(1.0, 1.0), **asked).truth(0, 4096)
    ratio = np.mean([p.contrast_grey for p in strong]) / np.mean([p.contrast_grey for p in faint])
    assert ratio == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize(("extra", "level"), [("uv", UV_LINT), ("polarised", POLARISED_LINT)])
def test_the_extra_plane_shows_lint_at_its_level_and_white_film_apart(extra, level):
    asked = {"kinds": (DefectKind.PP_WHITE,), "contrast": (1.0, 1.0), "long_mm": (20.0, 30.0)}
    seen = belt(rate=150.0, extra=extra, **asked)
    mask = seen.mask(0, 1024) == 1
    plane = seen.render(0, 1024)[..., 0].astype(float)
    assert plane[~mask].mean() == pytest.approx(0.95 * level, rel=0.06)
    assert np.median(np.abs(plane[mask] - plane[~mask].mean())) > 4 * plane[~mask].std()


def test_carded_sizes_the_wrong_way_round_are_refused():
    with pytest.raises(DatasetError, match="sizes"):
        belt(long_mm=(5.0, 2.0))
