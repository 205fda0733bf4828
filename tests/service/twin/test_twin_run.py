"""The line's own parts on the twin's clock, with an inspector that knows the truth."""

import dataclasses
import json
from importlib.resources import files

import numpy as np
import pytest

from service.settings import LineSettings
from service.settings_file import SettingsError, load_line
from service.twin.material import build_scene
from service.twin.outcome import outcome_of
from service.twin.report import figures_of, text_of
from service.twin.run import LineTwin
from service.twin.scenario import HostScenario, MaterialScenario, PriceScenario, Scenario, TruthScenario
from service.twin.trade import trades_of
from vision.card import Thresholds
from vision.taxonomy import DefectKind
from vision.types import Defect, Frame, Inspection, MmBox, PxBox, StageTimes, Verdict

EXACT = TruthScenario(speed_wobble_pct=0.0, slip_pct=0.0, latency_spread_ms=0.0)
QUICK = HostScenario(inspect_p50_ms=5.0, inspect_p99_ms=5.0)


@pytest.fixture
def line(tmp_path) -> LineSettings:
    path = tmp_path / "fibre.toml"
    path.write_bytes(files("service.demo").joinpath("fibre.toml").read_bytes())
    settings = load_line(path)
    return dataclasses.replace(
        settings,
        camera=dataclasses.replace(settings.camera, columns=256, mm_per_px=0.8, rows=64),
        web=dataclasses.replace(settings.web, speed_mm_s=2000.0),
        sorter=dataclasses.replace(settings.sorter, lanes=4, margin_mm=4.0),
    )


def scenario(line: LineSettings, **more) -> Scenario:
    wanted = {
        "seconds": 12.0,
        "truth": EXACT,
        "host": QUICK,
        "material": MaterialScenario(pieces_per_m2=4.0, kinds=(DefectKind.LEAF,), long_mm=(4.0, 20.0)),
    }
    return Scenario(line=line.data_dir, **{**wanted, **more})


class Oracle:
    """Inspects by the scene's truth: what it says of a frame is right, or wrong on purpose."""

    def __init__(self, scene, *, false_every: int = 0, blind: bool = False) -> None:
        self._scene, self._false_every, self._blind = scene, false_every, blind
        self.card = _Card()
        self.pool_ids = ()

    def warm_up(self, rows: int) -> None: ...

    def begin(self, frame: Frame) -> None: ...

    def inspect(self, frame: Frame) -> Inspection:
        rows, columns = frame.pixels.shape[:2]
        scale, first = self._scene.mm_per_px, frame.seq * rows
        boxes = [
            PxBox(x0=p.box.x0, y0=max(p.box.y0 - first, 0), x1=p.box.x1, y1=min(p.box.y1 - first, rows))
            for p in self._scene.truth(first, rows)
        ]
        boxes = [] if self._blind else boxes
        if self._false_every and frame.seq % self._false_every == 0:
            boxes.append(PxBox(x0=200, y0=30, x1=206, y1=36))
        return Inspection(
            camera_id=frame.camera_id,
            frame_seq=frame.seq,
            captured_ns=frame.captured_ns,
            verdict=Verdict.DEFECTIVE if boxes else Verdict.CLEAN,
            score=9.0 if boxes else 0.0,
            defects=tuple(_defect(box, scale) for box in boxes),
            reason="",
            bundle_id="0" * 16,
            inspected_mm=MmBox(x0=0.0, y0=0.0, x1=columns * scale, y1=rows * scale),
            times=StageTimes(),
        )


class _Card:
    thresholds = Thresholds(unsure=3.0, defective=5.0)
    score_ceiling = 24.0


def _defect(box: PxBox, scale: float) -> Defect:
    mm = MmBox(x0=box.x0 * scale, y0=box.y0 * scale, x1=box.x1 * scale, y1=box.y1 * scale)
    area = (mm.x1 - mm.x0) * (mm.y1 - mm.y0)
    return Defect(
        kind=DefectKind.LEAF, score=9.0, box_px=box, box_mm=mm, area_mm2=area, length_mm=mm.x1 - mm.x0
    )


def run(line, asked, **oracle):
    scene = build_scene(asked, line)
    return LineTwin(asked, line, Oracle(scene, **oracle), scene=scene).run()


def test_with_true_eyes_and_true_valves_every_piece_is_ejected(line):
    outcome = outcome_of(run(line, scenario(line)))
    assert outcome.pieces > 10
    assert outcome.recall.value == 1.0
    assert outcome.false_shots == 0
    assert outcome.missed_by_cause == {}
    assert outcome.named_right.value == 1.0
    assert 0 < outcome.good_fibre_kg < outcome.ejected_kg < outcome.fed_kg


def test_the_belt_is_accounted_for_and_the_same_seed_gives_the_same_run(line):
    asked = scenario(line, truth=TruthScenario(), host=HostScenario())
    one, other = run(line, asked), run(line, asked)
    assert one.jets == other.jets
    assert one.belt_mm == pytest.approx(24_000, abs=51.2)
    assert figures_of(one)["fed_kg"] == pytest.approx(0.4 * 0.2048 * one.belt_mm / 1e3)
    assert one.frames == round(one.belt_mm / 51.2)


def test_a_blind_inspector_lets_everything_pass_and_the_report_says_why(line):
    outcome = outcome_of(run(line, scenario(line), blind=True))
    assert outcome.recall.value == 0.0
    assert outcome.shots == 0
    assert outcome.missed_by_cause == {"not_found": outcome.pieces}


def test_shots_at_nothing_are_false_and_counted_by_the_minute(line):
    asked = scenario(line, material=MaterialScenario(pieces_per_m2=0.0))
    outcome = outcome_of(run(line, asked, false_every=10))
    assert outcome.false_shots == outcome.shots == 47  # frames 0, 10 … 460 of 469
    assert outcome.false_shots_per_min.value == pytest.approx(47 / 0.2)
    assert outcome.good_fibre_kg == pytest.approx(outcome.ejected_kg)


def test_a_valve_that_opens_late_misses_what_it_was_opened_for(line):
    late = dataclasses.replace(EXACT, latency_off_ms=20.0)  # 40 mm of belt
    outcome = outcome_of(run(line, scenario(line, truth=late)))
    assert outcome.recall.value < 0.2
    assert outcome.missed_by_cause["shot_missed"] > 10


def test_a_stuck_valve_lets_its_lane_pass(line):
    outcome = outcome_of(
        run(line, scenario(line, truth=dataclasses.replace(EXACT, stuck_valves=(0, 1, 2, 3))))
    )
    assert outcome.recall.value == 0.0
    assert outcome.missed_by_cause == {"shot_missed": outcome.pieces}
    assert set(outcome.stuck_lanes) >= {0, 2, 3}  # too few shots tell nothing of a lane


def test_the_weighed_bin_names_the_valve_that_is_stuck_and_no_other(line):
    ran = run(line, scenario(line, truth=dataclasses.replace(EXACT, stuck_valves=(2,))))
    assert outcome_of(ran).stuck_lanes == (2,)
    assert "valves don't blow: 2" in text_of(figures_of(ran))
    assert outcome_of(run(line, scenario(line))).stuck_lanes == ()


def test_a_slow_inspector_sheds_frames_and_misses_deadlines(line):
    slow = HostScenario(inspect_p50_ms=60.0, inspect_p99_ms=60.0)  # a frame comes every 25.6 ms
    ran = run(line, scenario(line, host=slow))
    assert ran.frames_shed > ran.frames / 2
    assert ran.frames_late > 0  # four wait: 240 ms, the belt takes 150 to the valves
    outcome = outcome_of(ran)
    assert outcome.recall.value < 0.5
    assert outcome.missed_by_cause["not_inspected"] > 0


def test_the_line_itself_must_leave_time_to_act(line):
    from service.line.errors import LineError

    fast = dataclasses.replace(line, web=dataclasses.replace(line.web, speed_mm_s=40_000.0))
    with pytest.raises(LineError, match="lower camera.rows or the speed"):
        run(fast, scenario(fast))


def test_a_wider_margin_costs_fibre(line):
    wide = dataclasses.replace(line, sorter=dataclasses.replace(line.sorter, margin_mm=12.0))
    near, far = (outcome_of(run(each, scenario(each))) for each in (line, wide))
    assert far.fibre_over_least.value > near.fibre_over_least.value
    assert far.good_fibre_kg > near.good_fibre_kg


def test_figures_are_plain_json_and_readable(line):
    figures = figures_of(run(line, scenario(line)))
    again = json.loads(json.dumps(figures, allow_nan=False))
    assert again["demo"] is True
    assert again["recall"]["value"] == 1.0
    assert np.isclose(again["throughput_kg_h"], 0.4 * 0.2048 * 2.0 * 3600, rtol=0.01)
    assert "DEMO" in text_of(figures)


def test_the_trade_prices_misses_against_fibre_kind_by_kind(line):
    """Scores are all 9: up to there everything is shot, above it everything is missed."""
    asked = scenario(line, prices=PriceScenario(fibre_per_kg=1.0, missed=100.0))
    ran = run(line, asked)
    (trade,) = trades_of(ran)
    per_hour = 3600 / 12
    assert trade.kind == "leaf"
    assert trade.now.threshold == 5.0
    assert (trade.now.missed, trade.now.false_shots) == (0.0, 0.0)
    assert trade.now.cost == pytest.approx(trade.now.good_fibre_kg * 1.0)
    never = trade.curve[-1]
    assert (never.threshold, never.shots, never.good_fibre_kg) == (24.0, 0.0, 0.0)
    assert never.cost == pytest.approx(len(ran.pieces) * 100.0 * per_hour)
    assert trade.best.threshold <= 9.0


def test_where_fibre_is_dear_and_a_miss_is_cheap_the_best_threshold_rises(line):
    asked = scenario(line, prices=PriceScenario(fibre_per_kg=1e6, missed=0.001))
    (trade,) = trades_of(run(line, asked))
    assert trade.best.shots == 0.0
    assert trade.best.cost < trade.now.cost


def test_a_belt_without_feed_has_no_trade(line):
    bare = dataclasses.replace(line, web=dataclasses.replace(line.web, feed_kg_per_m2=0.0))
    with pytest.raises(SettingsError, match="feed_kg_per_m2"):
        trades_of(run(bare, scenario(bare)))
