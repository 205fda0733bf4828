"""The catalogue has every figure that the model and ISO 22400-2 ask for; without data none is a zero."""

import json
from typing import Any

import pytest

from service.cli import main
from service.plant.plant import Plant
from service.plant.views.kpis import WindowName

MODEL = (
    *("equipment_productivity", "material_loss", "cycle_time", "defect_level", "energy_per_unit"),
    *(
        "decision_speed",
        "digitalisation",
        "unit_cost",
        "unit_profit",
        "labour_productivity",
        "payback",
        "roi",
    ),
)
ISO = (
    *("oee", "availability", "effectiveness", "quality_ratio", "scrap_ratio", "rework_ratio"),
    *("first_pass_yield", "loss_ratio", "integrated_goods_ratio"),
)


def test_the_command_lists_every_figure_of_the_model_and_of_iso_22400(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["kpi", "--catalogue", "--json"]) == 0
    entries: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    slugs = {entry["definition"]["slug"] for entry in entries}
    assert slugs >= {*MODEL, *ISO, "stops"}
    for entry in entries:
        definition = entry["definition"]
        told = ("unit", "formula", "source", "numerator", "denominator", "completeness_of", "missing")
        assert all(definition[name] for name in told), definition


def test_without_data_every_figure_says_what_would_measure_it(plant: Plant) -> None:
    found = plant.kpis(plant.window(WindowName.DAY))
    assert {kpi.slug for kpi in found} >= {*MODEL, *ISO}
    assert [kpi.code for kpi in found if kpi.value is not None or not kpi.missing] == []
