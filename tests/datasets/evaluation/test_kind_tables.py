import dataclasses
import math
from pathlib import Path

import pytest

from datasets.evaluation.kinds import kind_tables, size_name
from datasets.evaluation.results import Evaluation, RegionResult
from datasets.evaluation.runs import Source, evaluate_recipe
from datasets.evaluation.texts import kind_lines
from datasets.layouts import Layout, read_layout
from vision.taxonomy import DefectKind
from vision.types import PxBox

HOLE, SLUB, NEP, UNKNOWN = DefectKind.HOLE, DefectKind.SLUB, DefectKind.NEP, DefectKind.UNKNOWN


def region(kind, found_kind, area_px=50):
    return RegionResult(
        box_px=PxBox(x0=0, y0=0, x1=9, y1=9),
        area_px=area_px,
        kind=kind,
        label="",
        inside=9.0,
        hit=found_kind in (HOLE, SLUB),  # in these tests: what was named was also above `defective`
        found=found_kind is not None,
        found_kind=found_kind,
    )


@pytest.fixture
def evaluation(on_disk, recipe):
    """Give an evaluation of the four strips, its first defective strip given these regions."""
    records = read_layout(on_disk("aitex"), Layout.AITEX)
    whole = evaluate_recipe(
        Source(data=Path("set"), layout="aitex", records=records),
        recipe(),
        threads=1,
        progress=lambda _: None,
    )

    def make(*regions, rendered=(), mm_per_px=None) -> Evaluation:
        (run,) = whole.runs
        bare = dataclasses.replace(run.bad[0], regions=tuple(regions))
        drawn = dataclasses.replace(run.bad[1], regions=tuple(rendered), rendered=True)
        runs = (dataclasses.replace(run, results=(bare, drawn)),)
        return dataclasses.replace(whole, runs=runs, mm_per_px=mm_per_px)

    return make


def test_what_regions_were_called_is_counted_by_hand(evaluation):
    (table,) = kind_tables(
        evaluation(
            region(HOLE, HOLE),
            region(HOLE, SLUB),
            region(HOLE, UNKNOWN),
            region(HOLE, None),
            region(NEP, HOLE),
        )
    )
    assert table.called == {HOLE: {"hole": 1, "slub": 1, "unknown": 1, "missed": 1}, NEP: {"hole": 1}}
    hole = table.by_kind[HOLE]
    assert (hole.regions, hole.hit, hole.found) == (4, 0.5, 0.75)
    assert hole.unknown == pytest.approx(1 / 3)  # of the three that were found
    assert (hole.named, hole.right) == (2, 0.5)
    assert (table.total.regions, table.total.named, table.total.right) == (5, 3, pytest.approx(1 / 3))


def test_findings_without_any_name_have_no_share_of_right_ones(evaluation):
    (table,) = kind_tables(evaluation(region(HOLE, UNKNOWN), region(NEP, DefectKind.FOREIGN_MATTER)))
    assert (table.total.unknown, table.total.named) == (1.0, 0)
    assert math.isnan(table.total.right)


def test_real_and_rendered_regions_are_never_counted_together(evaluation):
    real, drawn = kind_tables(
        evaluation(region(HOLE, HOLE), rendered=[region(HOLE, SLUB), region(HOLE, None)])
    )
    assert (real.rendered, real.total.regions, real.total.right) == (False, 1, 1.0)
    assert (drawn.rendered, drawn.total.regions, drawn.total.right) == (True, 2, 0.0)
    assert [line.split("  ")[0] for line in kind_lines([real, drawn]) if "regions" in line] == [
        "real regions",
        "rendered (DEMO) regions count",
    ]


@pytest.mark.parametrize(
    ("area_px", "mm_per_px", "name"),
    [
        (9, None, "< 10"),
        (10, None, "10 – 100"),
        (99, None, "10 – 100"),
        (100, None, "100 – 1000"),
        (1000, None, "> 1000"),
        (999, 0.1, "< 10"),  # 9.99 mm²
        (4000, 0.5, "> 1000"),  # 1000 mm²
    ],
)
def test_a_region_has_a_size_class_in_mm2_or_px(area_px, mm_per_px, name):
    assert size_name(area_px, mm_per_px) == name


def test_sizes_are_told_in_px_where_the_scale_is_unknown(evaluation):
    small, large = region(HOLE, HOLE, area_px=5), region(HOLE, None, area_px=500)
    (in_px,) = kind_tables(evaluation(small, large))
    assert (in_px.unit, {name: figures.found for name, figures in in_px.by_size.items()}) == (
        "px",
        {"< 10": 1.0, "100 – 1000": 0.0},
    )
    (in_mm2,) = kind_tables(evaluation(small, large, mm_per_px=0.1))
    assert (in_mm2.unit, list(in_mm2.by_size)) == ("mm²", ["< 10"])
