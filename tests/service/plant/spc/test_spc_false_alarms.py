"""The charts on seeded processes of known truth; `benchmarks/spc.py` prints the same with more runs."""

from functools import cache

import pytest
from spc_runs import Case, Outcome, run

SEED = 7


@cache
def at(rate: float) -> Outcome:
    return run(Case(rate=rate, runs=80), SEED)


@pytest.mark.parametrize("rate", [0.001, 0.005, 0.031])
def test_in_control_at_most_one_subgroup_in_a_hundred_raises_an_alarm(rate: float) -> None:
    outcome = at(rate)
    assert outcome.false_all <= 0.01
    assert outcome.false_laney <= outcome.false_all


def test_a_plain_p_chart_would_cry_wolf_on_the_same_subgroups() -> None:
    outcome = at(0.031)
    assert 0.09 <= outcome.false_p_chart <= 0.13  # about 11 %


def test_a_doubled_rate_of_three_percent_is_found_within_five_subgroups() -> None:
    outcome = at(0.031)
    assert outcome.found_all >= 0.9


def test_rolls_that_do_not_differ_need_no_wider_limits() -> None:
    outcome = run(Case(rate=0.031, roll_cv=0.001, runs=30), SEED)
    assert outcome.false_p_chart <= 0.01
    assert outcome.false_all <= 0.01


def test_rare_defects_too_close_together_are_told_by_the_g_chart() -> None:
    outcome = at(0.001)
    assert outcome.false_g <= 0.01
    assert outcome.found_g > 10 * outcome.false_g
