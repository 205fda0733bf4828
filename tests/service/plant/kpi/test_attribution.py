from datetime import UTC, date, datetime, timedelta
from math import log
from pathlib import Path

import pytest

from service.plant.errors import PlantError
from service.plant.kpi.attribution import attribute, claimed
from service.plant.kpi.catalogue import CATALOGUE, load_catalogue
from service.plant.kpi.claims import CLAIMS
from service.plant.kpi.compare import compare, saving
from service.plant.kpi.compute import compute
from service.plant.kpi.economics import load_economics
from service.plant.kpi.inputs import Inputs, MassBalance, Produced, Side
from service.plant.kpi.totals import RollTotals, Totals
from service.plant.views.kpis import Better, Kpi, KpiSource

WEEK = timedelta(days=7)
THEN = datetime(2026, 1, 5, tzinfo=UTC)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
MODEL = (
    "equipment_productivity material_loss cycle_time defect_level energy_per_unit decision_speed "
    "digitalisation unit_cost unit_profit labour_productivity payback roi"
)
ISO = (
    "oee availability effectiveness quality_ratio scrap_ratio rework_ratio first_pass_yield loss_ratio "
    "integrated_goods_ratio"
)
PRICES = """
currency = "KZT"
[[versions]]
from = 2026-01-01
source = "letter"
is_example = false
[[versions.articles]]
article = "greige"
basis = "area"
material = 100
price_first = 300
price_second = 150
[[versions.articles]]
article = "lint"
basis = "mass"
material = 600
price_first = 900
[[versions]]
from = 2026-06-01
source = "letter"
is_example = false
articles = []
"""


def test_the_papers_own_figures_give_8_7_percent_more_good_output() -> None:
    # 0.93 x 0.969 / (0.88 x 0.942) = 0.90117 / 0.82896 = 1.08711
    part = claimed()
    assert part.good_output_change_pct == pytest.approx(8.7, abs=0.02)
    # of +28 %: ln 1.08711 / ln 1.28 = 33.8 %
    assert part.share_pct == pytest.approx(100 * log(1.08711) / log(1.28), abs=0.1)
    assert part.cost_change_pct == pytest.approx(100 * (1 / 1.08711 - 1), abs=0.01)


@pytest.mark.parametrize("change", [None, 0.0, -5.0])
def test_no_share_of_a_change_that_is_none_or_goes_the_other_way(change: float | None) -> None:
    part = attribute(
        loss_before_pct=12,
        loss_after_pct=7,
        defects_before_pct=5.8,
        defects_after_pct=3.1,
        productivity_change_pct=change,
        source="test",
    )
    assert part.share_pct is None


def test_every_slug_of_the_model_and_of_iso_22400_is_in_the_catalogue_with_its_claim() -> None:
    slugs = {definition.slug for definition in CATALOGUE}
    assert set(MODEL.split()) | set(ISO.split()) <= slugs
    assert set(CLAIMS) == set(MODEL.split())
    for definition in CATALOGUE:
        assert definition.numerator
        assert definition.denominator
        assert definition.missing


def test_a_catalogue_with_a_figure_twice_is_refused(tmp_path: Path) -> None:
    from service.plant.kpi.catalogue import CATALOGUE_FILE

    text = CATALOGUE_FILE.read_text(encoding="utf-8")
    twice = tmp_path / "c.toml"
    twice.write_text(text + text[text.index("[[kpi]]") :], encoding="utf-8")
    with pytest.raises(PlantError, match="stand twice"):
        load_catalogue(twice)


def week(from_utc: datetime, second_m2: float, lost_kg: float) -> tuple[tuple[Kpi, ...], Inputs]:
    mass = MassBalance(
        input_kg=1000.0,
        good_kg=1000.0 - lost_kg,
        by_product_kg=0.0,
        ejected_kg=lost_kg,
        waste_kg=0.0,
        source=KpiSource.MEASURED,
    )
    inputs = Inputs(
        mass=mass,
        fabric=Side(produced=(Produced(article="greige", quantity=1000.0, good=1000.0 - second_m2),)),
        fibre=Side(produced=(Produced(article="lint", quantity=1000.0, good=1000.0 - lost_kg),)),
    )
    totals = Totals(
        window_from=from_utc,
        window_to=from_utc + WEEK,
        line=None,
        rolls=RollTotals(ended=1, graded=1, final=1, graded_m2=1000.0, second_m2=second_m2),
    )
    return compute(totals, events_held=1.0, now=from_utc + WEEK, inputs=inputs), inputs


def test_a_fall_of_loss_and_defects_is_an_improvement_with_an_index() -> None:
    (before, _), (now, _) = week(THEN, 58.0, 120.0), week(NOW, 31.0, 70.0)
    compared = {each.definition.code: each for each in compare(CATALOGUE, now, before, None)}
    defects = compared["defect_level.area"]
    assert defects.definition.better is Better.LOWER
    assert defects.change_pct == pytest.approx(-46.55, abs=0.01)
    assert defects.index == pytest.approx(53.45, abs=0.01)
    assert defects.improved is True
    assert compared["energy_per_unit.area"].change_pct is None


def test_the_saving_of_a_year_by_hand(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(PRICES, encoding="utf-8")
    economics = load_economics(file)
    (before, _), (now, inputs) = week(THEN, 58.0, 120.0), week(NOW, 31.0, 70.0)
    found = saving({k.code: k for k in before}, {k.code: k for k in now}, inputs, economics)
    # a week: 5 % x 1000 kg x 600 + 2.7 % x 1000 m2 x (300 - 150) = 30 000 + 4 050; x 365 / 7
    assert found is not None
    assert found.per_year == pytest.approx(34_050 * 365 / 7)
    assert found.priced == 1.0


def test_prices_are_those_of_their_day(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(PRICES, encoding="utf-8")
    economics = load_economics(file)
    assert economics.at(date(2025, 12, 31)) is None
    version = economics.at(date(2026, 5, 31))
    assert version is not None
    assert version.article("greige", "area") is not None
    assert economics.at(date(2026, 6, 1)) == economics.versions[1]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("from = 2026-06-01", "from = 2025-06-01", "sort them"),
        ('currency = "KZT"', 'currency = "tenge"', "currency"),
        ("material = 600", "material = -1", "material"),
        ('source = "letter"', 'sauce = "letter"', "sauce"),
        ("from = 2026-01-01\n", "", "from"),
    ],
)
def test_a_price_file_that_can_not_be_right_is_refused(tmp_path: Path, old: str, new: str, word: str) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(PRICES.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PlantError, match=word) as caught:
        load_economics(file)
    assert caught.value.problem == "bad_economics"
