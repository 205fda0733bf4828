from datetime import UTC, datetime, timedelta
from math import exp, sqrt
from pathlib import Path

import pytest

from service.plant.errors import PlantError
from service.plant.spc import chart, ewma, laney, rare
from service.plant.spc.reaction import load_plan
from service.plant.spc.records import ChartKey, Limits, Measure, Rule, Sample
from service.plant.spc.tails import lower_count, upper_count

START = datetime(2026, 3, 2, tzinfo=UTC)


def samples(counts: list[int], size: float = 1000.0) -> list[Sample]:
    return [
        Sample(id=number, utc=START + timedelta(hours=number), count=count, size=size)
        for number, count in enumerate(counts)
    ]


def frozen(centre: float, sigma_z: float, measure: Measure = Measure.DEFECTIVE_FRAMES) -> Limits:
    return Limits(
        key=ChartKey(line="loom-1", article="greige", bundle_id="b0", measure=measure),
        version=1,
        centre=centre,
        sigma_z=sigma_z,
        subgroups=50,
        outside=0,
        from_utc=START,
        to_utc=START,
        frozen_utc=START,
        frozen_by="aigul",
        why="baseline",
    )


def test_sigma_z_is_the_mean_moving_range_over_1_128() -> None:
    # 30 and 10 of 1000 in turns: centre 2 %, sigma sqrt(.02 x .98 / 1000) = .004427, z +-2.259, ranges 4.518
    baseline = laney.study(samples([30, 10] * 20), Measure.DEFECTIVE_FRAMES)
    assert baseline.centre == pytest.approx(0.02)
    assert baseline.sigma_z == pytest.approx(2 * 0.01 / sqrt(0.02 * 0.98 / 1000) / 1.128)
    assert baseline.outside == 0


def test_sigma_z_is_never_below_one() -> None:
    assert laney.study(samples([20] * 30), Measure.DEFECTIVE_FRAMES).sigma_z == 1.0


def test_a_baseline_that_was_not_in_control_says_so() -> None:
    assert laney.study(samples([20] * 40 + [90]), Measure.DEFECTIVE_FRAMES).outside == 1


@pytest.mark.parametrize("counts", [[3] * 24, [0] * 60])
def test_too_little_gives_no_limits(counts: list[int]) -> None:
    with pytest.raises(PlantError) as caught:
        laney.study(samples(counts), Measure.DEFECTIVE_FRAMES)
    assert caught.value.problem == "too_few_subgroups"


def test_defects_on_an_area_spread_as_poisson_whatever_the_size() -> None:
    # 4 per 100 m2 on 2.25 areas of 100 m2: sigma = sqrt(4 / 2.25)
    assert laney.counting_sigma(2.25, 4.0, Measure.DEFECTS) == pytest.approx(sqrt(4 / 2.25))


def test_poisson_limits_agree_with_the_sum_of_its_terms() -> None:
    # mean 2: P(X <= 6) = .99547, P(X <= 7) = .99890: 7 is the first that leaves less than .00135
    def tail_above(count: int) -> float:
        total, term = 0.0, exp(-2)
        for n in range(count + 1):
            total += term
            term *= 2 / (n + 1)
        return 1 - total

    assert tail_above(7) < 0.00135 < tail_above(6)
    assert upper_count(2.0, 2.0) == 7
    assert lower_count(2.0, 2.0) == 0  # none at all has a probability of 13.5 %


def test_large_counts_have_the_limits_of_a_normal() -> None:
    # mean 40000, sigma 200: 3 sigmas are 600
    assert upper_count(40_000, 40_000) == pytest.approx(40_600, abs=5)
    assert lower_count(40_000, 40_000) == pytest.approx(39_400, abs=5)


def test_more_spread_gives_wider_limits() -> None:
    assert upper_count(20, 80) > upper_count(20, 20)


def test_a_point_above_its_limit_and_one_far_below_are_signals() -> None:
    drawn = chart.points(frozen(0.02, 1.0), samples([20, 60, 20, 1]))
    assert [Rule.ABOVE in point.signals for point in drawn] == [False, True, False, False]
    assert [Rule.BELOW in point.signals for point in drawn] == [False, False, False, True]


def test_a_small_shift_that_stays_is_told_by_ewma_alone() -> None:
    drawn = chart.points(frozen(0.02, 1.0), samples([28] * 12))  # z = 1.81 each
    assert Rule.DRIFT_UP in drawn[-1].signals
    assert all(Rule.ABOVE not in point.signals for point in drawn)


def test_ewma_and_its_limit_by_hand() -> None:
    # 0.2 x 1 = 0.2; then 0.2 x 1 + 0.8 x 0.2 = 0.36
    assert ewma.step(ewma.step(0.0, 1.0), 1.0) == pytest.approx(0.36)
    # first point: 3.3 x sqrt(0.2 / 1.8 x (1 - 0.64)) = 3.3 x 0.2
    assert ewma.limit(1) == pytest.approx(0.66)


def test_the_limit_of_a_smaller_subgroup_is_wider() -> None:
    limits = frozen(0.02, 1.0)
    assert laney.limits_at(limits, 200)[1] > laney.limits_at(limits, 2000)[1]


def test_four_rare_defects_in_a_row_too_soon_are_a_signal() -> None:
    mean = rare.mean_gap([1000.0] * 20)
    # gamma of 4 events: .135 % quantile is 0.4653 means
    assert rare.shortest(mean) == pytest.approx(465.3, abs=0.5)
    assert rare.too_close([1000, 100, 100, 100, 100, 1000], mean) == (False, False, False, False, True, False)


def test_a_g_chart_needs_twenty_events() -> None:
    with pytest.raises(PlantError, match="19 rare defects"):
        rare.mean_gap([5.0] * 19)


def test_the_shipped_reaction_plan_answers_every_rule_and_says_it_is_an_example() -> None:
    plan = load_plan()
    assert plan.is_example
    for rule in Rule:
        assert plan.of(rule.value).steps


def test_a_reaction_plan_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('id = "x"\nsteps = []\n')
    with pytest.raises(PlantError, match="reaction plan") as caught:
        load_plan(path)
    assert caught.value.problem == "bad_reaction_plan"
