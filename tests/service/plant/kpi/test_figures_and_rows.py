"""Figures of a small mill: what lines tell becomes time, records and rows that add up to the figure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from service.plant.errors import PlantError
from service.plant.kpi.catalogue import CATALOGUE
from service.plant.kpi.compare import Comparison
from service.plant.plant import Plant
from service.plant.views.defects import MarkVerdict
from service.plant.views.drill import DrillRow, RowKind
from service.plant.views.kpis import KpiSource, Window, WindowName


@pytest.fixture
def mill(plant: Plant, new_log: Callable[..., Any], clock: Any, png: Callable[[int], bytes]) -> Plant:
    """Two rolls of 100 m x 1.5 m (one A, one second), one lot of 100 kg; the loom runs for some seconds."""
    loom, opener = new_log(), new_log("opener-1", "log-o")
    plant.ingest(
        "loom-1",
        [
            loom.started(),
            loom.state("running"),
            loom.roll_started(),
            loom.span(0, 100_000, frames=100, deadline_misses=2),
            loom.defect("d0", 2000.0, 300.0, picture="0" * 64),
            loom.roll_ended(),
            loom.roll_started("r2", 100_000),
            loom.span(100_000, 200_000, roll="r2", frames=100),
            *(loom.defect(f"e{i}", 100_500.0 + i * 4000.0, 300.0, roll="r2") for i in range(20)),
            loom.roll_ended("r2", 200_000),
            loom.state("held", "asked"),
        ],
    )
    plant.ingest(
        "opener-1",
        [
            opener.started("fibre", "lint", 1000.0),
            opener.lot_started(),
            opener.span(0, 8000, roll=None, lot="l1", fed_kg=80.0),
            opener.missed(8000, 10_000, roll=None, lot="l1", fed_kg=20.0),
            opener.judged("c1"),
            opener.answered("c1", ejected_kg=0.5, good_fibre_kg=0.4),
        ],
    )
    clock.pass_s(3600)
    return plant


def compared(plant: Plant, line: str | None = None) -> dict[str, Comparison]:
    found = plant.quality.figures.comparisons(plant.window(WindowName.DAY), line)
    return {each.definition.code: each for each in found}


def rows(plant: Plant, code: str) -> tuple[DrillRow, ...]:
    return plant.quality.figures.rows(code, plant.window(WindowName.DAY), None, 1, 500).items


def test_a_line_runs_from_its_running_state_to_its_next_one(mill: Plant) -> None:
    found = compared(mill)
    # running from second 2, held at second 30: 28 s; planned: one line, from local midnight on
    run = found["availability.area"].now
    assert run.numerator == pytest.approx(28 / 3600)
    assert run.denominator == pytest.approx(12.0)  # local midnight to noon
    assert run.source is KpiSource.ESTIMATED


def test_a_killed_process_ran_until_its_last_span(
    plant: Plant, new_log: Callable[..., Any], clock: Any
) -> None:
    loom = new_log()
    events = [loom.started(), loom.state("running"), loom.roll_started(), loom.span(0, 1000)]
    loom.at_s += 3600  # the power was gone for an hour
    plant.ingest("loom-1", [*events, loom.started(), loom.state("held")])
    clock.pass_s(7200)
    assert compared(plant)["availability.area"].now.numerator == pytest.approx(2 / 3600)


def test_graded_cloth_gives_quality_first_pass_and_cycle(mill: Plant) -> None:
    found = compared(mill)
    # r1: 4 points on 150 m2, A; r2: 80 points on 150 m2: 53, second
    assert found["quality_ratio.area"].now.value == pytest.approx(50.0)
    assert found["first_pass_yield.rolls"].now.value == pytest.approx(50.0)
    assert found["digitalisation.rolls"].now.value == pytest.approx(0.0)  # no picture is held
    cycle = found["cycle_time.rolls"].now
    assert (cycle.numerator, cycle.denominator, cycle.completeness) == (0.0, 2, 1.0)


def test_a_record_is_complete_once_the_pictures_are_held(
    plant: Plant, new_log: Callable[..., Any], png: Callable[[int], bytes], clock: Any
) -> None:
    data = png(7)
    digest = sha256(data).hexdigest()
    loom = new_log()
    plant.ingest(
        "loom-1",
        [
            loom.started(),
            loom.roll_started(),
            loom.span(0, 100_000),
            loom.defect("d0", 2000.0, 300.0, picture=digest),
            loom.roll_ended(),
        ],
    )
    clock.pass_s(60)
    assert compared(plant)["digitalisation.rolls"].now.value == 0.0
    plant.put_picture("loom-1", digest, data, "image/png")
    assert compared(plant)["digitalisation.rolls"].now.value == 100.0
    (row,) = rows(plant, "defect_level.area")
    assert row.picture_sha256 == digest


@pytest.mark.parametrize("definition", CATALOGUE, ids=lambda definition: definition.code)
def test_rows_add_up_to_the_figure(mill: Plant, definition: Any) -> None:
    """Where every row has a part in a side of the fraction, their sum is that side."""
    mill.mark("d0", MarkVerdict.WRONG, None, "aigul")
    figure = compared(mill)[definition.code].now
    found = rows(mill, definition.code)
    for side, value in (("numerator", figure.numerator), ("denominator", figure.denominator)):
        parts = [getattr(row, side) for row in found]
        if value is None or not parts or None in parts or definition.code.startswith("decision_speed.r"):
            continue  # not measured, no part of its own, or a median
        if definition.basis == "mass" and found[0].kind is RowKind.LOT:
            continue  # tonnes, hours or money: compared below in the figures that are kilograms of lots
        assert sum(parts) == pytest.approx(value)


def test_lots_add_up_to_what_was_fed_and_ejected(mill: Plant) -> None:
    (row,) = rows(mill, "material_loss.mass")
    assert (row.kind, row.lot_id, row.numerator, row.denominator) == (RowKind.LOT, "l1", 0.5, 100.0)
    figure = compared(mill)["material_loss.mass"].now
    assert (figure.numerator, figure.denominator) == (pytest.approx(0.5), 100.0)


def test_rows_are_paged_newest_first(mill: Plant) -> None:
    window = mill.window(WindowName.DAY)
    page = mill.quality.figures.rows("defect_rate.area", window, "loom-1", 2, 5)
    assert (page.total, page.pages, len(page.items)) == (21, 5, 5)
    assert page.items[0].utc > page.items[-1].utc


def test_an_unknown_figure_or_page_is_refused(mill: Plant) -> None:
    window = mill.window(WindowName.DAY)
    for code, page, problem in (("luck.area", 1, "unknown_kpi"), ("defect_level.area", 0, "bad_page")):
        with pytest.raises(PlantError) as caught:
            mill.quality.figures.rows(code, window, None, page, 50)
        assert caught.value.problem == problem


def test_the_baseline_is_the_plants_own_period_and_a_lines_own_goes_before_it(
    mill: Plant, clock: Any
) -> None:
    figures = mill.quality.figures
    now = clock()
    whole = figures.set_baseline(
        Window(from_utc=now - timedelta(hours=12), to_utc=now), None, "before the new reed", "boss"
    )
    own = figures.set_baseline(
        Window(from_utc=now - timedelta(days=30), to_utc=now - timedelta(days=29)), "loom-1", "x", "boss"
    )
    everywhere, loom = compared(mill)["defect_level.area"], compared(mill, "loom-1")["defect_level.area"]
    assert (everywhere.now.baseline_id, loom.now.baseline_id) == (whole.id, own.id)
    assert everywhere.index == pytest.approx(100.0)
    assert loom.baseline is not None
    assert loom.baseline.value is None  # nothing ran then: no index, never a false zero
    assert loom.index is None
    assert [entry.action for entry in mill.audit_log.page().items[:2]] == ["set_baseline", "set_baseline"]


def test_quality_controls_share_is_told_once_a_baseline_measured_it(mill: Plant, clock: Any) -> None:
    figures = mill.quality.figures
    assert len(figures.parts_of(figures.comparisons(mill.window(WindowName.DAY), None))) == 1
    now = clock()
    figures.set_baseline(Window(from_utc=now - timedelta(hours=12), to_utc=now), None, "x", "boss")
    claimed, measured = figures.parts_of(figures.comparisons(mill.window(WindowName.DAY), None))
    assert claimed.good_output_change_pct == pytest.approx(8.71, abs=0.01)
    assert measured.good_output_change_pct == pytest.approx(0.0)


def test_money_needs_the_plants_prices(settings: Any, clock: Any, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text("currency = 'KZT'", encoding="utf-8")
    with pytest.raises(PlantError) as caught:
        Plant.open(replace(settings, economics=file), clock)
    assert caught.value.problem == "bad_economics"


def test_a_window_of_another_century_is_refused(mill: Plant, clock: Any) -> None:
    with pytest.raises(PlantError, match="between 2000 and 2200"):
        mill.kpis(Window(from_utc=clock().replace(year=9999), to_utc=clock().replace(year=9999, month=4)))
