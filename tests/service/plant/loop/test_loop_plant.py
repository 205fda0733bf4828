"""The loop over a plant: a fibre line's events in, a command to it out, its answer and the score kept."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from service import events as ev
from service.line_commands import LineCommandKind
from service.plant.errors import PlantError
from service.plant.loop.checks import Told, read_checks
from service.plant.plant import Plant
from service.plant.views.loop import ActionStatus, Bounds, LoopState, ShotVerdict
from service.plant.views.people import AuditFilter

LINE, ARTICLE, KIND = "opener-1", "lint", "pp_white"
TONNES = 0.1  # of each tick
BOUNDS = Bounds(
    line=LINE, article=ARTICLE, kind=KIND, low=1.0, high=4.0, step=1.0, hysteresis_pct=5.0, least_findings=10,
    least_checks=0, cool_down_min=10.0, miss_price=0.1, fibre_price_per_kg=2.0, start=3.0, why="first",
)  # fmt: skip
SQLITE_ONLY = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CURVE = (
    (1, 0, 100, 400),
    (2, 10, 90, 150),
    (3, 25, 75, 30),
    (4, 50, 50, 0),
)  # threshold, missed, true, false


def trade() -> str:
    """As `maqta twin trade --json` prints it, for 1 t an hour."""
    points = [
        {"threshold": at, "missed": missed, "shots": true + false, "false_shots": false,
         "good_fibre_kg": (true + false) * 0.02, "cost": 0.0}
        for at, missed, true, false in CURVE
    ]  # fmt: skip
    told = {"demo": True, "seconds": 36000, "fed_kg_per_hour": 1000.0}
    rare = {"kind": "jute", "curve": points[:2]}  # hardly seen: no curve
    return json.dumps(told | {"trades": [{"kind": KIND, "curve": points}, rare]})


class Opener:
    """A fibre line that delivers a tick at a time."""

    def __init__(self, plant: Plant, log: Any, clock: Any) -> None:
        self.plant, self.log, self.clock = plant, log, clock
        self.rng = np.random.default_rng(1)
        self.found = 0
        self.y_mm = 0.0
        plant.ingest(LINE, [log.started("fibre", ARTICLE, 820.0), log.lot_started("l1")])

    def run(self, ticks: int, times: float = 1.0) -> None:
        for _ in range(ticks):
            self.plant.ingest(LINE, self.tick(times))
            self.clock.moment = max(self.clock.moment + timedelta(minutes=2), self.log_utc())

    def log_utc(self) -> Any:
        return self.clock.moment.replace(hour=6, minute=0, second=0) + timedelta(seconds=self.log.at_s)

    def tick(self, times: float) -> list[ev.Event]:
        rates = [(times * 10, 250), (times * 15, 120), (times * 25, 30), (times * 50, 0)]
        events = []
        for bin_from, (true, false) in enumerate(rates, start=1):
            for _ in range(self.rng.poisson((true + false) * TONNES)):
                events.append(self.finding(bin_from + float(self.rng.random())))
        self.log.at_s += 120
        self.y_mm += 10_000
        span = self.log.span(self.y_mm - 10_000, self.y_mm, roll=None, lot="l1", fed_kg=TONNES * 1000)
        return [*events, span]

    def finding(self, score: float) -> ev.Event:
        self.found += 1
        made = self.log.defect(f"d{self.found}", self.y_mm + 5, kind=KIND, roll=None, lot="l1")
        self.log.at_s -= 1.0  # within the tick
        return replace(made, body=replace(made.body, score=score))

    def state(self) -> LoopState:
        (state,) = self.plant.loop.states(LINE)
        return state


@pytest.fixture
def opener(plant: Plant, new_log: Callable[..., Any], clock: Any) -> Opener:
    line = Opener(plant, new_log(LINE, "log-o", area="opening"), clock)
    plant.loop.take_curves(LINE, ARTICLE, trade(), source="twin", user="eng")
    plant.loop.set_bounds(BOUNDS, "eng")
    return line


@SQLITE_ONLY
def test_quiet_fibre_moves_nothing(opener: Opener) -> None:
    assert [curve.kind for curve in opener.plant.loop.curves(LINE)] == [KIND]
    audited = opener.plant.audit_log.page(wanted=AuditFilter(user="eng")).items
    assert [entry.action for entry in audited] == ["loop_bounds", "loop_curves"]
    opener.run(10)
    opener.plant.loop.advance()
    state = opener.state()
    assert (state.standing, state.threshold, state.burst) == ("not_worth", 3.0, False)
    assert state.demo  # the curve is of rendered lint
    assert opener.plant.commands_for(LINE) == ()


def test_a_burst_is_asked_of_the_line_answered_and_scored(opener: Opener) -> None:
    opener.run(10)
    opener.run(4, times=12.0)
    opener.plant.loop.advance()
    (command,) = opener.plant.commands_for(LINE)
    assert (command.command, command.issued_by) == (LineCommandKind.SET_THRESHOLD, "loop")
    assert {name: command.arguments[name] for name in ("article", "kind", "was", "low", "high")} == {
        "article": ARTICLE, "kind": KIND, "was": "3.0000", "low": "1", "high": "4",
    }  # fmt: skip
    assert 2.0 <= float(command.arguments["score"]) < 3.0  # one step at most
    assert opener.state().standing == "waits_for_line"
    (action,) = opener.plant.loop.actions(LINE)
    assert (action.status, action.reason) == (ActionStatus.ASKED, "burst")
    assert action.expected_after_per_t is not None
    assert action.expected_after_per_t < (action.expected_before_per_t or 0)
    assert {fact.what for fact in action.evidence} >= {"contamination", "confirmed", "tonnes"}

    opener.plant.ingest(LINE, [opener.log.command_answered(command.id)])
    opener.run(4, times=12.0)
    opener.plant.loop.advance()  # hears, and begins to count
    opener.plant.loop.advance()
    scored = opener.plant.loop.actions(LINE)[-1]
    assert (scored.status, scored.answer) == (ActionStatus.SCORED, "as asked")
    assert scored.happened_per_t is not None
    assert scored.happened_per_t < (scored.unchanged_per_t or 0)
    assert opener.state().threshold == pytest.approx(float(command.arguments["score"]))
    assert {entry.action for entry in opener.plant.audit_log.page().items} >= {"loop_bounds", "set_threshold"}


@SQLITE_ONLY
def test_a_lock_holds_through_a_burst_until_it_is_opened(opener: Opener) -> None:
    opener.plant.loop.lock(LINE, ARTICLE, "", locked=True, why="trial of a new blend", user="tech")
    opener.run(10)
    opener.run(4, times=12.0)
    opener.plant.loop.advance()
    state = opener.state()
    assert (state.standing, state.lock_why) == ("locked", "tech: trial of a new blend")
    assert opener.plant.commands_for(LINE) == ()
    opener.plant.loop.lock(LINE, ARTICLE, "", locked=False, why="over", user="tech")
    opener.plant.loop.advance()
    assert len(opener.plant.commands_for(LINE)) == 1


@SQLITE_ONLY
def test_a_refusal_stops_the_loop_until_an_engineer_looks(opener: Opener) -> None:
    opener.run(10)
    opener.run(4, times=12.0)
    opener.plant.loop.advance()
    (command,) = opener.plant.commands_for(LINE)
    opener.plant.ingest(LINE, [opener.log.command_answered(command.id, "refused")])
    opener.plant.loop.advance()
    assert (opener.state().standing, opener.state().threshold) == ("line_refused", 3.0)
    opener.clock.pass_s(1)
    opener.plant.loop.set_bounds(replace(BOUNDS, start=2.8, why="as the line says"), "eng")
    opener.plant.loop.advance()
    assert opener.plant.loop.actions(LINE)[0].before == 2.8


@SQLITE_ONLY
def test_what_the_line_never_fetched_runs_out(opener: Opener) -> None:
    opener.run(10)
    opener.run(4, times=12.0)
    opener.plant.loop.advance()
    opener.clock.pass_s(301)
    opener.plant.loop.advance()
    assert opener.plant.loop.actions(LINE)[0].status is ActionStatus.EXPIRED
    assert opener.state().standing == "cooling"


@SQLITE_ONLY
def test_another_recipe_stops_the_loop(opener: Opener) -> None:
    opener.run(3)
    opener.plant.ingest(LINE, [replace_bundle(opener.log.started("fibre", ARTICLE, 820.0))])
    assert opener.state().standing == "recipe_changed"


def replace_bundle(event: ev.Event) -> ev.Event:
    return replace(event, body=replace(event.body, bundle_id="b7"))  # type: ignore[type-var]  # a LineStarted


def test_checks_are_taken_once_and_joined_to_the_finding(opener: Opener) -> None:
    log = opener.log
    found = replace(log.defect("hit", 12.0, kind=KIND, roll=None, lot="l1"))
    opener.plant.ingest(LINE, [found, log.judged("shot-1"), log.answered("shot-1")])
    checks = opener.plant.loop.checks
    assert [one.command_id for one in opener.plant.loop.shots_to_check(LINE)] == ["shot-1"]
    told = (
        Told(check_id="1", command_id="shot-1", verdict=ShotVerdict.FALSE),
        Told(
            check_id="2",
            lot_id="l1",
            at_utc=opener.clock.moment + timedelta(hours=1),
            verdict=ShotVerdict.EMPTY,
        ),
        Told(check_id="3", command_id="shot-9", verdict=ShotVerdict.FALSE),
    )
    done = checks.take(told, user="tech", origin="typed")
    assert (done.taken, done.unchanged) == (2, 0)
    assert [one.check_id for one in done.refused] == ["3"]
    assert checks.take(told[:1], user="tech", origin="typed").unchanged == 1
    kept = next(one for one in opener.plant.loop.shot_checks(LINE) if one.check_id == "1")
    assert (kept.kind, kept.score, kept.lot_id) == (KIND, 0.9, "l1")
    assert opener.plant.loop.shots_to_check(LINE) == ()
    other = replace(told[0], verdict=ShotVerdict.CONFIRMED)
    assert "already says" in checks.take([other], user="tech", origin="typed").refused[0].why


def test_checks_are_read_from_csv() -> None:
    (told,) = read_checks("check_id,command_id,verdict\n7,shot-1,Confirmed\n")
    assert (told.check_id, told.verdict) == ("7", ShotVerdict.CONFIRMED)
    for text, named in (
        ("check_id,verdict\n7,maybe\n", "row 2"),
        ("check_id,verdict,at_utc\n7,false,2026-03-02T06:00\n", "time zone"),
        ("id,verdict\n7,false\n", "columns"),
        ("", "0 rows"),
        ("check_id,verdict\n" + "7" * 200_000, "no CSV"),
    ):
        with pytest.raises(PlantError, match=named):
            read_checks(text)


@SQLITE_ONLY
def test_bounds_that_make_no_sense_are_refused(plant: Plant) -> None:
    for changed, named in (
        ({"start": 5.0}, "start 5 must lie within 1 to 4"),
        ({"step": 9.0}, "a step of 9"),
        ({"kind": "plastic"}, "'plastic' is no kind"),
        ({"why": " "}, "say why"),
        ({"miss_price": -1.0}, "below 0"),
    ):
        with pytest.raises(PlantError, match=named):
            plant.loop.set_bounds(replace(BOUNDS, **changed), "eng")  # type: ignore[arg-type]  # of a dict
