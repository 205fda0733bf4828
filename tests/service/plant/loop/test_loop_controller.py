import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.plant.errors import PlantError
from service.plant.loop.belief import Belief, Gamma, first_belief
from service.plant.loop.controller import Evidence, Weighed, weigh
from service.plant.loop.curve import anchor_of, cost_of, grid, read_trade, spectrum_of
from service.plant.views.loop import Bounds, CurvePoint

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
POINTS = tuple(
    CurvePoint(
        threshold=float(at), missed_per_t=10.0 - true, true_shots_per_t=true, false_shots_per_t=false,
        good_fibre_kg_per_t=(true + false) * 0.01,
    )
    for at, true, false in ((1, 10, 1000), (2, 9, 300), (3, 7, 60), (4, 4, 10), (5, 1, 0))
)  # fmt: skip
SPECTRUM = spectrum_of(POINTS, measured_t=1000.0)
BOUNDS = Bounds(
    line="opener-1", article="lint", kind="pp_white", low=1.0, high=5.0, step=1.0, hysteresis_pct=5.0,
    least_findings=10, least_checks=0, cool_down_min=10.0, miss_price=0.5, fibre_price_per_kg=2.0, start=4.0,
)  # fmt: skip
ENOUGH = Evidence(findings=50)


def believed(times: float, bounds: Bounds = BOUNDS) -> Belief:
    belief = first_belief(anchor_of(SPECTRUM, bounds))
    level = Gamma(shape=100.0, rate=100.0 / (belief.usual.mean * times))
    return replace(belief, level=level if times != 1.0 else None)


def weighed(times: float, **changed: object) -> Weighed:
    bounds = changed.pop("bounds", BOUNDS)
    assert isinstance(bounds, Bounds)
    given: dict[str, object] = {"threshold": bounds.start, "evidence": ENOUGH, "moved_utc": None}
    given |= {"now": NOON, "locked": False} | changed
    return weigh(believed(times, bounds), SPECTRUM, bounds, **given)  # type: ignore[arg-type]  # of a dict


def test_on_usual_days_the_engineers_threshold_stays() -> None:
    found = weighed(1.0)
    assert (found.standing, found.move_to) == ("not_worth", 4.0)


def test_a_burst_lowers_the_threshold_by_one_step_at_most() -> None:
    found = weighed(50.0)
    assert (found.standing, found.reason) == ("moves", "burst")
    assert found.move_to == pytest.approx(3.0)
    assert found.best < 3.0
    assert found.cost_there < found.cost_now


def test_bounds_hold_whatever_is_found() -> None:
    tight = replace(BOUNDS, low=3.8, step=1.2)
    assert weighed(50.0, bounds=tight).move_to == pytest.approx(3.8)
    at_bound = weighed(50.0, bounds=tight, threshold=3.8)
    assert (at_bound.standing, at_bound.move_to) == ("at_bound", 3.8)


@pytest.mark.parametrize(
    ("changed", "standing"),
    [
        ({"locked": True}, "locked"),
        ({"evidence": Evidence(findings=9)}, "few_findings"),
        ({"moved_utc": NOON - timedelta(minutes=9)}, "cooling"),
        ({"bounds": replace(BOUNDS, least_checks=5)}, "few_checks"),
        ({"threshold": 6.0}, "at_bound"),
        ({"bounds": replace(BOUNDS, hysteresis_pct=99.0)}, "not_worth"),
    ],
)
def test_what_keeps_a_threshold_where_it_is(changed: dict[str, object], standing: str) -> None:
    assert weighed(50.0, **changed).standing == standing


def test_dust_may_be_the_reason_until_the_reject_bin_says_otherwise() -> None:
    dusty = replace(believed(50.0), false=Gamma(shape=100.0, rate=25.0))  # four times the usual
    given = {"moved_utc": None, "now": NOON, "locked": False}
    assert weigh(dusty, SPECTRUM, BOUNDS, 4.0, ENOUGH, **given).standing == "few_checks"  # type: ignore[arg-type]
    told = replace(ENOUGH, confirmed=4, false=1)
    assert weigh(dusty, SPECTRUM, BOUNDS, 4.0, told, **given).standing == "moves"  # type: ignore[arg-type]


def test_cost_is_missed_pieces_and_good_fibre_at_their_prices() -> None:
    cost = cost_of(SPECTRUM, BOUNDS, grid(SPECTRUM, 1.0, 5.0)[:1])
    assert cost.by_true[0] == pytest.approx(0 * 0.5 + 10 * 0.01 * 2.0, rel=0.01)
    assert cost.by_false[0] == pytest.approx(1000 * 0.01 * 2.0, rel=0.01)


def test_a_trade_is_read_per_tonne() -> None:
    point = {"missed": 0.0, "shots": 200.0, "false_shots": 150.0, "good_fibre_kg": 1.0, "cost": 0.0}
    told = {"demo": True, "seconds": 1800.0, "fed_kg_per_hour": 500.0}
    told["trades"] = [{"kind": "leaf", "curve": [point | {"threshold": float(at)} for at in (1, 2, 3)]}]
    points, measured_t, demo = read_trade(json.dumps(told))["leaf"]
    assert (measured_t, demo) == (0.25, True)
    assert (points[0].true_shots_per_t, points[0].false_shots_per_t) == (100.0, 300.0)


def test_what_is_no_trade_is_refused() -> None:
    with pytest.raises(PlantError, match="maqta twin trade"):
        read_trade('{"trades": []}')


def test_below_the_lower_bound_nothing_is_reported() -> None:
    seen = SPECTRUM.above(2.5)
    assert seen.edges[0] == 2.5
    assert seen.false_per_t[0] == pytest.approx((300 - 60) / 2, rel=0.01)  # half of its bin
