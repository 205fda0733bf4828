import sys
import time

import pytest

from service.plant.errors import PlantError
from service.plant.twin_desk import TwinDesk
from service.plant.views.twin import TwinQuestionKind, TwinState

RUN, TRADE = TwinQuestionKind.RUN, TwinQuestionKind.TRADE
POINT = '{"threshold": 4.0, "missed": 1.0, "shots": 9.0, "false_shots": 2.0, "good_fibre_kg": 0.1, "cost": 3}'
TRADES = f'{{"trades": [{{"kind": "leaf", "now": {POINT}, "best": {POINT}, "curve": [{POINT}]}}]}}'
# The command's place is taken by one that answers at once, fails, or never ends.
ANSWERS = f"import sys; sys.stderr.write('10 %\\n'); print('{TRADES}')"
TELLS = "import json, sys; print(json.dumps({'arguments': sys.argv[1:]}))"
FAILS = "import sys; sys.stderr.write('learning\\n[change]: no such key\\n'); sys.exit(1)"
SLEEPS = "import time; time.sleep(60)"


@pytest.fixture
def desk_that(plant, tmp_path, clock):
    scenario = tmp_path / "belt.toml"
    scenario.write_text("")
    desks = []

    def make(code, limit_s=20.0):
        desk = TwinDesk(
            [scenario],
            tmp_path / "twin",
            plant.ledger.database,
            plant.ledger.owner,
            clock,
            limit_s=limit_s,
            command=(sys.executable, "-c", code),
        )
        desks.append(desk)
        return desk

    yield make
    for desk in desks:
        desk.stop()


def ended(desk, job):
    until = time.monotonic() + 20
    while desk.job(job.job_id).state is TwinState.RUNNING and time.monotonic() < until:
        time.sleep(0.01)
    return desk.job(job.job_id)


def test_a_trade_is_answered_kept_through_a_restart_and_audited(desk_that, plant):
    desk = desk_that(ANSWERS)
    assert desk.scenarios == ("belt",)
    assert desk.newest_trade() is None
    job = ended(desk, desk.ask(TRADE, "belt", "anna"))
    assert (job.state, job.demo) == (TwinState.DONE, True)
    reopened, (curve,) = desk_that(SLEEPS).newest_trade()
    assert reopened == job
    assert (curve.kind, curve.best.good_fibre_kg) == ("leaf", 0.1)
    assert any((entry.user, entry.subject) == ("anna", job.job_id) for entry in plant.audit_log.page().items)


def test_changes_reach_the_twin_as_settings(desk_that):
    desk = desk_that(TELLS)
    asked = desk.ask(RUN, "belt", "anna", {"recipe.defective": 0.4}, {"line.web.speed_mm_s": 2400})
    told = ended(desk, asked).answer["arguments"]
    assert told[0] == "run"
    assert told[1].endswith("belt.toml")
    assert told[2:] == ["--json", "--set", "recipe.defective=0.4", "--what-if", "line.web.speed_mm_s=2400"]


def test_a_question_that_fails_says_why(desk_that):
    desk = desk_that(FAILS)
    job = ended(desk, desk.ask(RUN, "belt", "anna"))
    assert (job.state, job.reason) == (TwinState.FAILED, "[change]: no such key")


def test_a_question_that_takes_too_long_is_stopped_and_said(desk_that):
    desk = desk_that(SLEEPS, limit_s=0.2)
    job = ended(desk, desk.ask(RUN, "belt", "anna"))
    assert job.state is TwinState.STOPPED
    assert "longer than 0.2 s" in job.reason


def test_one_question_at_a_time_and_a_stop_ends_it(desk_that):
    desk = desk_that(SLEEPS)
    job = desk.ask(RUN, "belt", "anna")
    with pytest.raises(PlantError, match="anna's question") as refused:
        desk.ask(RUN, "belt", "bolat")
    assert refused.value.problem == "twin_busy"
    until = time.monotonic() + 20
    while desk.job(job.job_id).state is TwinState.RUNNING and time.monotonic() < until:
        desk.stop()
    assert desk.job(job.job_id).state is TwinState.STOPPED


@pytest.mark.parametrize(
    ("scenario", "changes", "problem"),
    [
        ("no-such", {}, "unknown_scenario"),
        ("belt", {"line.registry_dir": "/tmp"}, "bad_twin_question"),
        ("belt", {"line": "other.toml"}, "bad_twin_question"),
    ],
)
def test_what_may_not_be_asked_is_refused(desk_that, scenario, changes, problem):
    with pytest.raises(PlantError) as refused:
        desk_that(ANSWERS).ask(RUN, scenario, "anna", changes)
    assert refused.value.problem == problem
