from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from service.plant.errors import PlantError
from service.plant.kpi.economics import ArticlePrices, Economics, PriceVersion
from service.plant.kpi.inputs import Amount, Inputs, MassBalance, Produced, Side
from service.plant.outlook import forecast
from service.plant.outlook.advice import Dimension, advise, rate_of
from service.plant.outlook.copq import Downgraded, Ejected, cost_of_poor_quality
from service.plant.outlook.series import Piece, SeriesKey, series_of
from service.plant.shifts import Calendar
from service.plant.views.kpis import KpiSource
from service.settings import ShiftSettings

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
CALENDAR = Calendar.of(
    "UTC", [ShiftSettings(name="A", start="08:00"), ShiftSettings(name="B", start="20:00")]
)
PRICES = PriceVersion(
    from_=date(2026, 1, 1),
    source="test",
    is_example=True,
    rework=30.0,
    articles=(
        ArticlePrices(
            article="twill",
            basis="area",
            material=100.0,
            price_first=300.0,
            price_b=250.0,
            price_second=150.0,
        ),
        ArticlePrices(article="lint", basis="mass", material=600.0, price_first=900.0),
    ),
)
ECONOMICS = Economics(currency="KZT", versions=(PRICES,))
BY_SUPPLIER = Dimension(kind="supplier", name=lambda piece: piece.supplier, by_article=True)


def lot(number: int, supplier: str, lost: float, fed: float = 100.0) -> Piece:
    return Piece(
        measure="material_loss.mass",
        id=f"{supplier}{number}",
        line="opener-1",
        article="lint",
        supplier=supplier,
        utc=MONDAY + timedelta(hours=6 * number),
        bad=lost,
        whole=fed,
        demo=False,
    )


def test_pieces_are_summed_by_shift_line_article_and_supplier() -> None:
    pieces = [lot(0, "farm", 1.0), lot(2, "farm", 3.0), lot(3, "mill", 5.0), lot(4, "farm", 0.0, fed=0.0)]
    made = series_of(pieces, CALENDAR.shift_at)
    everything = made[SeriesKey(measure="material_loss.mass")]
    # 00:00 belongs to Sunday's B; 12:00 and 18:00 to Monday's A: 8 of 200 kg
    assert [(shift.from_utc.hour, shift.bad, shift.whole) for shift in everything] == [
        (20, 1.0, 100.0),
        (8, 8.0, 200.0),
    ]
    assert everything[1].rate == pytest.approx(0.04)
    farm = made[SeriesKey(measure="material_loss.mass", supplier="farm")]
    assert [shift.rate for shift in farm] == [0.01, 0.03]


def test_a_steady_process_is_forecast_better_than_by_its_last_shift() -> None:
    rng = np.random.default_rng(1)
    rates = list(np.clip(0.03 + 0.006 * rng.standard_normal(100), 0, 1))
    shift, week = forecast.look_ahead(rates, (1, 14))
    assert shift.shown
    assert week.shown
    assert shift.skill.origins == 50
    assert shift.skill.error < 0.9 * shift.skill.naive_error
    assert shift.low < 0.03 < shift.high
    assert week.high - week.low < shift.high - shift.low  # a mean of fourteen shifts spreads less
    assert shift.skill.inside >= 0.85
    assert forecast.look_ahead(rates, (1,))[0] == shift  # the same each time


def test_on_a_random_walk_nothing_beats_the_naive_forecast_and_nothing_is_shown() -> None:
    rng = np.random.default_rng(2)
    rates = list(np.clip(0.3 + np.cumsum(rng.normal(0, 0.01, 100)), 0, 1))
    (shift,) = forecast.look_ahead(rates, (1,))
    assert not shift.shown


def test_a_short_history_gives_no_forecast() -> None:
    with pytest.raises(PlantError, match="39 shifts; a forecast needs 40"):
        forecast.look_ahead([0.1] * 39, (1,))


def test_without_the_library_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "is_installed", lambda: False)
    with pytest.raises(PlantError, match=r"maqta\[forecast\]") as caught:
        forecast.look_ahead([0.1] * 50, (1,))
    assert caught.value.problem == "no_forecast"


def test_a_supplier_that_is_worse_beyond_chance_is_named_with_its_price() -> None:
    pieces = [lot(n, "farm", 2.0 + 0.1 * (n % 3)) for n in range(10)]
    pieces += [lot(n, "field", 5.0 + 0.1 * (n % 3)) for n in range(10)]
    (found,) = advise(pieces, [BY_SUPPLIER], PRICES, days=7.0)
    assert (found.kind, found.subject, found.article) == ("supplier", "field", "lint")
    # 50.9 of 1000 kg against 20.9: 3 % of 1000 kg a week at 600
    assert found.before_value == pytest.approx(0.0509)
    assert found.expected_value == pytest.approx(0.0209)
    assert found.expected_per_week == pytest.approx(0.03 * 1000 * 600)
    assert [fact.pieces for fact in found.evidence] == [10, 10, 20]


def test_a_difference_within_chance_or_from_few_lots_is_no_advice() -> None:
    rng = np.random.default_rng(4)
    noise = [lot(n, "farm", float(rng.uniform(0, 10))) for n in range(10)]
    noise += [lot(n, "field", float(rng.uniform(0, 10))) for n in range(10)]
    assert advise(noise, [BY_SUPPLIER], PRICES, days=7.0) == ()
    few = [lot(n, "farm", 2.0) for n in range(10)] + [lot(n, "field", 9.0) for n in range(7)]
    assert advise(few, [BY_SUPPLIER], PRICES, days=7.0) == ()


def test_suppliers_of_different_articles_are_not_compared() -> None:
    pieces = [lot(n, "farm", 2.0 + 0.1 * (n % 3)) for n in range(10)]
    pieces += [
        Piece(**{name: getattr(each, name) for name in Piece.__dataclass_fields__} | {"article": "other"})
        for each in (lot(n, "field", 9.0) for n in range(10))
    ]
    assert advise(pieces, [BY_SUPPLIER], PRICES, days=7.0) == ()


def test_rate_of_nothing_is_not_known() -> None:
    assert rate_of([]) is None
    assert rate_of([lot(0, "farm", 2.0), lot(1, "farm", 4.0)]) == pytest.approx(0.03)


def test_cost_of_poor_quality_by_hand() -> None:
    cloth = [
        Downgraded(article="twill", grade="B", m2=100.0, counts_by_kind={"stain": 3, "hole": 1}),
        Downgraded(article="twill", grade="second", m2=10.0, counts_by_kind={}),
        Downgraded(article="drill", grade="second", m2=50.0, counts_by_kind={}),
    ]
    fibre = [Ejected(article="lint", kg=5.0, good_fibre_kg=4.0, counts_by_kind={"leaf": 1})]
    inputs = Inputs(
        fabric=Side(
            rework=Amount(value=20.0),
            scrap=Amount(value=2.0),
            produced=(Produced(article="twill", quantity=1000.0, good=900.0),),
        ),
        fibre=Side(produced=(Produced(article="lint", quantity=1000.0, good=990.0),)),
        mass=MassBalance(
            input_kg=1000.0,
            good_kg=990.0,
            by_product_kg=0.0,
            ejected_kg=5.0,
            waste_kg=2.0,
            source=KpiSource.MEASURED,
        ),
    )
    found = cost_of_poor_quality(PRICES, ECONOMICS, cloth, fibre, inputs)
    money = {(row.cause, row.kind): row.money for row in found.rows}
    assert money == {
        ("downgrade", "stain"): pytest.approx(75 * 50),  # three of four defects; B costs 50 less
        ("downgrade", "hole"): pytest.approx(25 * 50),
        ("downgrade", "unknown"): pytest.approx(10 * 150),
        ("contaminant", "leaf"): pytest.approx(1 * 600),
        ("good_fibre", ""): pytest.approx(4 * 600),
        ("rework", ""): pytest.approx(20 * 30),
        ("scrap", ""): pytest.approx(2 * 300),
        ("unaccounted", ""): pytest.approx(3 * 600),
    }
    assert found.money == pytest.approx(sum(row.money for row in found.rows))
    assert [row.money for row in found.rows] == sorted((row.money for row in found.rows), reverse=True)
    assert found.unpriced == ("grade second of article drill: 50 m2",)
    assert found.is_example
