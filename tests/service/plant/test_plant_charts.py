"""Charts of a line: cut from its spans, frozen, judged, cried out once, taken up by a person."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.plant.rounds import EVERY_S, Rounds
from service.plant.spc.records import ChartKey, Measure

LOOM = ChartKey(line="loom-1", article="greige", bundle_id="b0", measure=Measure.DEFECTIVE_FRAMES)


class Loom:
    """A loom whose subgroups are one span of 2000 frames each."""

    def __init__(self, plant: Plant, log: Any) -> None:
        self.plant, self.log, self.at_mm = plant, log, 0.0
        self.deliver([log.started(), log.roll_started()])

    def deliver(self, events: list[Any]) -> None:
        self.plant.ingest("loom-1", events)

    def weave(self, *defective: int) -> None:
        """One subgroup for each number of defective frames."""
        spans = []
        for count in defective:
            spans.append(
                self.log.span(
                    self.at_mm,
                    self.at_mm + 100_000,
                    frames=2000,
                    clean=2000 - count,
                    defective=count,
                )
            )
            self.at_mm += 100_000
        self.deliver(spans)
        self.plant.quality.round()


@pytest.fixture
def loom(plant: Plant, new_log: Callable[..., Any]) -> Loom:
    return Loom(plant, new_log())


def calm(count: int) -> list[int]:
    """Counts around 60 of 2000 (3 %), rolls differing by a fifth."""
    rng = random.Random(3)
    return [max(0, round(rng.gauss(60, 14))) for _ in range(count)]


def test_limits_are_frozen_once_from_the_first_fifty_subgroups(loom: Loom) -> None:
    charts = loom.plant.quality.charts
    loom.weave(*calm(49))
    waiting = charts.view(LOOM)
    assert (waiting.limits, waiting.baseline_subgroups, waiting.baseline_wanted) == ((), 49, 50)
    loom.weave(60)
    (limits,) = charts.view(LOOM).limits
    assert (limits.version, limits.subgroups, limits.frozen_by) == (1, 50, "plant")
    assert limits.centre == pytest.approx(0.03, abs=0.002)
    loom.weave(*calm(30))
    assert charts.view(LOOM).limits == (limits,)  # they never move by themselves
    assert len(charts.view(LOOM).points) == 30
    assert loom.plant.audit_log.page().items[0].action == "freeze"


def test_one_alarm_an_excursion_with_its_plan_until_somebody_takes_it_up(loom: Loom, clock: Any) -> None:
    charts = loom.plant.quality.charts
    loom.weave(*calm(50))
    loom.weave(60, 200, 210)
    above = [alarm for alarm in charts.alarms().items if alarm.rule == "above"]
    assert len(above) == 1
    (alarm,) = above
    assert (alarm.signals, alarm.value, alarm.limits_version, alarm.ended_utc) == (2, 0.1, 1, None)
    assert alarm.steps[0] == "look_at_newest_crops"
    assert "quality_above" in {shown.code for shown in loom.plant.alarms()}
    clock.pass_s(600)
    taken = charts.acknowledge(alarm.id, "broken pick", "loom stopped, weft fork changed", "aigul")
    assert taken.minutes_to_acknowledge == pytest.approx(10.0)
    assert "quality_above" not in {shown.code for shown in loom.plant.alarms()}
    later = charts.acknowledge(alarm.id, "weft fork", "", "bolat")
    assert (later.acknowledged_by, later.acknowledged_utc) == ("aigul", taken.acknowledged_utc)
    assert later.cause == "weft fork"
    loom.weave(60)
    (ended,) = [each for each in charts.alarms().items if each.rule == "above"]
    assert ended.ended_utc is not None
    loom.weave(200)
    assert len([each for each in charts.alarms().items if each.rule == "above"]) == 2


def test_too_few_findings_ask_whether_the_camera_still_sees(loom: Loom) -> None:
    loom.weave(*calm(50))
    loom.weave(0)
    (alarm,) = loom.plant.quality.charts.alarms(only_open=True).items
    assert alarm.rule == "below"
    assert alarm.steps[0] == "check_lamp_and_focus"


def test_another_cnn_is_another_gauge_and_cuts_the_subgroup_short(
    loom: Loom, new_log: Callable[..., Any]
) -> None:
    loom.weave(*calm(50))
    half = loom.log.span(loom.at_mm, loom.at_mm + 1000, frames=700, clean=700)
    other = loom.log.defect("x", loom.at_mm + 500.0)
    loom.deliver([half])
    changed = other.__class__(
        **{name: getattr(other, name) for name in other.__dataclass_fields__ if name != "body"},
        body=type(other.body)(
            **{
                name: ("b9" if name == "bundle_id" else getattr(other.body, name))
                for name in other.body.__dataclass_fields__
            }
        ),
    )
    loom.deliver([changed])
    loom.weave(55)
    states = loom.plant.quality.charts.states()
    assert {state.key.bundle_id for state in states} == {"b0", "b9"}
    new = next(state for state in states if state.key.bundle_id == "b9")
    assert new.limits is None
    assert loom.plant.quality.charts.view(LOOM).points == ()  # the short one is kept, not judged
    assert loom.plant.quality.charts.subgroup(51).whole is False


def test_a_point_opens_down_to_defects_and_tells_what_came_late(loom: Loom) -> None:
    loom.weave(60)
    first_frames = loom.plant.quality.charts.subgroup(1)
    assert (first_frames.frames, first_frames.frames_now, first_frames.roll_ids) == (2000, 2000, ("r1",))
    found = [loom.log.defect(f"d{i}", loom.at_mm + i, picture="a" * 64) for i in range(3)]
    loom.deliver(found)
    loom.weave(50)
    opened = loom.plant.quality.charts.subgroup(2)
    assert (opened.defects, opened.defects_now, len(opened.found)) == (3, 3, 3)
    assert opened.area_m2 == pytest.approx(150.0)
    assert opened.found[0].picture_held is False


def test_an_engineer_freezes_a_new_version_with_a_reason(loom: Loom, clock: Any) -> None:
    charts = loom.plant.quality.charts
    loom.weave(*calm(50))
    loom.weave(*[count // 2 for count in calm(40)])
    start, end = clock(), clock() + timedelta(hours=1)
    with pytest.raises(PlantError) as caught:
        charts.freeze(LOOM, start, end, "  ", "aigul")
    assert caught.value.problem == "why_missing"
    with pytest.raises(PlantError) as caught:
        charts.freeze(LOOM, start, start + timedelta(seconds=5), "new reed", "aigul")
    assert caught.value.problem == "too_few_subgroups"
    limits = charts.freeze(LOOM, start + timedelta(seconds=53), end, "new reed", "aigul")
    assert (limits.version, limits.subgroups, limits.frozen_by) == (2, 40, "aigul")
    assert [each.version for each in charts.view(LOOM).limits] == [1, 2]
    assert charts.view(LOOM).points == ()  # points of the new version are those after its baseline


def test_critical_defects_get_a_g_chart_of_their_own(loom: Loom) -> None:
    charts = loom.plant.quality.charts
    key = ChartKey(line="loom-1", article="greige", bundle_id="b0", measure=Measure.RARE_DEFECTS)
    rng = random.Random(5)
    place = 0.0
    for number in range(50):
        place += rng.expovariate(1 / 50_000)
        loom.deliver([loom.log.defect(f"h{number}", place, kind="hole")])
    loom.weave(50)
    frozen = charts.rare(key)
    assert frozen.limits is not None
    assert frozen.limits.subgroups == 49
    for number in range(4):
        loom.deliver([loom.log.defect(f"n{number}", place + 100.0 * (number + 1), kind="hole")])
    loom.weave(50)
    (alarm,) = [each for each in charts.alarms().items if each.measure == "rare_defects"]
    assert (alarm.rule, alarm.value) == ("too_close", pytest.approx(400.0))
    assert charts.rare(key).points[-1].signal


def test_an_unknown_alarm_or_subgroup_is_refused(plant: Plant) -> None:
    charts = plant.quality.charts
    for ask in (lambda: charts.acknowledge(7, "", "", "aigul"), lambda: charts.subgroup(7)):
        with pytest.raises(PlantError, match="7 is not known"):
            ask()


def test_a_failed_round_is_told_and_does_not_stop_the_plant(
    plant: Plant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]
    rounds = Rounds(plant, lambda: now[0])

    def fails() -> int:
        raise ValueError("odd")

    with monkeypatch.context() as patched:
        patched.setattr(type(plant.quality.charts), "advance", lambda self: fails())
        rounds.run_if_due()
        assert plant.quality.trouble.is_set()
        assert "could not be brought up to date" in caplog.text
    rounds.run_if_due()  # not due yet
    assert plant.quality.trouble.is_set()
    now[0] += EVERY_S
    rounds.run_if_due()
    assert not plant.quality.trouble.is_set()
