"""A tile shows the figure, both sides of the fraction, and what is missing instead of a zero."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from service.plant.plant import Plant
from service.plant.views.kpis import Kpi, WindowName
from service.web.i18n.catalogue import Language, load_catalogue
from service.web.i18n.formats import Formats
from service.web.panel.kpis import digits_for, tile
from service.web.panel.voice import Voice

RU = Voice(
    catalogue=load_catalogue(),
    language=Language.RU,
    formats=Formats(language=Language.RU, zone=ZoneInfo("Asia/Almaty")),
)


@pytest.fixture
def loss(plant: Plant) -> Kpi:
    figures = plant.kpis(plant.window(WindowName.DAY))
    return next(figure for figure in figures if (figure.slug, figure.basis) == ("material_loss", "mass"))


def test_a_tile_shows_value_fraction_formula_window_and_demo(loss: Kpi) -> None:
    shown = tile(loss, RU)
    assert "Потери сырья при сортировке" in shown
    assert ">0,50<small>%</small>" in shown  # 0.5 kg of 100 kg
    assert "0,50 кг / 100 кг" in shown
    assert "÷ поданная масса" in shown
    assert "02.03.2026 00:00" in shown
    assert "DEMO" in shown


def test_a_figure_without_value_says_what_would_measure_it(loss: Kpi) -> None:
    empty = replace(loss, value=None, numerator=None, denominator=None, age_s=None, missing="a line")
    shown = tile(empty, RU)
    assert "Не измеряется" in shown
    assert "Нужна линия волокна" in shown
    assert "<small>" not in shown


def test_a_share_below_all_is_not_rounded_up_to_all(loss: Kpi) -> None:
    assert ">99,9<small>" in tile(replace(loss, value=99.97), RU)
    assert ">100<small>" in tile(replace(loss, value=100.0), RU)


@pytest.mark.parametrize(
    ("value", "digits"), [(1037.4, 0), (26.38, 1), (0.19, 2), (0.0126, 4), (0, 0), (7, 0)]
)
def test_small_figures_get_more_digits(value: float, digits: int) -> None:
    assert digits_for(value) == digits
