"""A tile shows the figure, both sides of the fraction, and what is missing instead of a zero."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from service.plant.kpi.compare import Comparison
from service.plant.plant import Plant
from service.plant.views.kpis import WindowName
from service.web.i18n.catalogue import Language, load_catalogue
from service.web.i18n.formats import Formats
from service.web.panel.kpi_tile import tile
from service.web.panel.kpi_words import digits_for
from service.web.panel.voice import Voice

RU = Voice(
    catalogue=load_catalogue(),
    language=Language.RU,
    formats=Formats(language=Language.RU, zone=ZoneInfo("Asia/Almaty")),
)


@pytest.fixture
def loss(plant: Plant) -> Comparison:
    compared = plant.quality.figures.comparisons(plant.window(WindowName.DAY), None)
    return next(each for each in compared if each.definition.code == "material_loss.mass")


def with_value(compared: Comparison, value: float | None) -> Comparison:
    return replace(compared, now=replace(compared.now, value=value))


def test_a_tile_shows_value_fraction_formula_window_and_demo(loss: Comparison) -> None:
    shown = tile(loss, RU)
    assert "Потери сырья при переработке" in shown
    assert ">0,50<small>%</small>" in shown  # 0.5 kg of 100 kg
    assert "Входная масса − годная продукция − побочная продукция на продажу: 0,50 кг" in shown
    assert "Входная масса: 100 кг" in shown
    assert "÷ поданная масса" in shown
    assert "02.03.2026 00:00" in shown
    assert "DEMO" in shown


def test_a_figure_without_value_says_what_would_measure_it(loss: Comparison) -> None:
    nothing = replace(loss.now, value=None, numerator=None, denominator=None, age_s=None, missing="a line")
    empty = replace(loss, now=nothing)
    shown = tile(empty, RU)
    assert "Не измеряется" in shown
    assert "Нужна линия волокна" in shown
    assert "<small>" not in shown


def test_a_share_below_all_is_not_rounded_up_to_all(loss: Comparison) -> None:
    assert ">99,9<small>" in tile(with_value(loss, 99.97), RU)
    assert ">100<small>" in tile(with_value(loss, 100.0), RU)


@pytest.mark.parametrize(
    ("value", "digits"), [(1037.4, 0), (26.38, 1), (0.19, 2), (0.0126, 4), (0, 0), (7, 0)]
)
def test_small_figures_get_more_digits(value: float, digits: int) -> None:
    assert digits_for(value) == digits


def test_the_papers_claim_stands_beside_the_figure_as_a_claim(loss: Comparison) -> None:
    shown = tile(loss, RU)
    assert "12 → 7 %, заявление, здесь не измерено" in shown
    assert "базовый период не задан" in shown


def test_a_worse_figure_than_the_baselines_is_told_in_words_and_tone(loss: Comparison) -> None:
    worse = replace(loss, baseline=loss.now, index=120.0, change_pct=20.0, improved=False)
    shown = tile(worse, RU)
    assert "120,0 % базового периода" in shown
    assert "tone-bad" in shown
