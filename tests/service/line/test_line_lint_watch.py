"""Trash, colour and lamp of a fibre line as events; the clock is moved, so a shift takes a second."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.events import AlarmCleared, AlarmRaised
from service.line.judging import Judged
from service.line.lint_watch import LintWatch
from service.line.situation import Situation
from service.measured_events import LampRead, LintMeasured
from service.settings import LintSettings
from service.sorting import FrameView
from vision.calibration import Calibration, Part, PartRecord
from vision.colour_fit import ColourModel
from vision.lamp import LampState
from vision.lint_colour import ReferenceSample, fit_lint_colour
from vision.types import FibreMeasure, Frame, Inspection, MmBox, StageTimes, Verdict

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LINT = (180.0, 200.0, 208.0)
TILE = slice(0, 16)
PLAIN = LintSettings()


def coloured(hours: float = 12.0) -> Calibration:
    """A linear camera whose XYZ follow its channels: good enough to be a chart's."""
    model = ColourModel(
        gamma=1.0,
        coefficients=np.concatenate([np.array([[0.6, 0.2, 0.0], [0.3, 0.8, 0.0], [0.0, 0.0, 0.8]]),
                                     np.zeros((3, 3))]),
    )  # fmt: skip
    record = PartRecord(
        part=Part.COLOUR, solved_utc=NOON, expires_utc=NOON + timedelta(hours=hours), figures={}
    )
    return Calibration(camera_id="gin-1-1", mm_per_px=0.5, colour=model, records=(record,))


def references(hours: float = 12.0) -> Any:
    known = ((82.0, 8.0), (76.0, 10.0), (70.0, 12.0), (64.0, 9.0), (58.0, 14.0), (74.0, 6.0))
    samples = [
        ReferenceSample(rd=rd, plus_b=b, bgr=(2.4 * rd - 4 * b + 30, 2.4 * rd + 20, 2.4 * rd + b + 20))
        for rd, b in known
    ]
    return fit_lint_colour(
        samples, camera_id="gin-1-1", solved_utc=NOON, expires_utc=NOON + timedelta(hours=hours)
    )


class Bench:
    def __init__(self, clock: Any, folder: Path) -> None:
        self.clock, self.folder = clock, folder
        self.began_ns = clock.ns
        self.recorded: list[Any] = []
        self.calibration = Calibration(camera_id="gin-1-1", mm_per_px=0.5)
        self.situation = Situation(now_ns=clock.now_ns, record=self.recorded.append)
        self.seq = 0

    def utc(self) -> datetime:
        return NOON + timedelta(seconds=(self.clock.ns - self.began_ns) / 1e9)

    def watch(
        self, settings: LintSettings = PLAIN, by: Any = None, *, wants_colour: bool = True
    ) -> LintWatch:
        return LintWatch(
            settings,
            camera_id="gin-1-1",
            wants_colour=wants_colour,
            references=by,
            calibration=lambda: self.calibration,
            lamp_file=self.folder / "lamp.json",
            situation=self.situation,
            utc=self.utc,
            now_ns=self.clock.now_ns,
            record=self.recorded.append,
        )

    def judged(self, *, light: float = 1.0, tile_light: float = 1.0, **measure: Any) -> Judged:
        self.seq += 1
        pixels = np.full((64, 128, 3), np.array(LINT) * light, np.uint8)
        pixels[:, TILE] = np.round(np.array([220.0, 224.0, 226.0]) * tile_light)
        frame = Frame(
            camera_id="gin-1-1", seq=self.seq, pixels=pixels, captured_ns=self.clock.ns, captured_utc=NOON
        )
        fibre = replace(
            FibreMeasure(
                fibre_cover_pct=98.0,
                trash_area_pct=0.5,
                mean_bgr=(LINT[0] * light, LINT[1] * light, LINT[2] * light),
                trash_count=4,
            ),
            **measure,
        )
        inspection = Inspection(
            camera_id="gin-1-1",
            frame_seq=self.seq,
            captured_ns=self.clock.ns,
            verdict=Verdict.CLEAN,
            score=1.0,
            defects=(),
            reason="",
            bundle_id="b",
            inspected_mm=MmBox(x0=0.0, y0=0.0, x1=64.0, y1=32.0),
            times=StageTimes(),
            fibre=fibre,
        )
        view = FrameView(
            camera_id="gin-1-1",
            web_start_mm=32.0 * self.seq,
            web_end_mm=32.0 * (self.seq + 1),
            verdict=Verdict.CLEAN,
            damaged=False,
            defects=(),
        )
        return Judged(frame=frame, inspection=inspection, view=view)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.recorded if isinstance(event, kind)]

    def alarms(self) -> list[str]:
        return [alarm.code for alarm in self.of(AlarmRaised)]


@pytest.fixture
def bench(clock: Any, tmp_path: Path) -> Bench:
    return Bench(clock, tmp_path)


def measured(bench: Bench, watch: LintWatch, **judged: Any) -> LintMeasured:
    watch.look(bench.judged(**judged), "lot-1")
    watch.close()
    found: LintMeasured = bench.of(LintMeasured)[-1]
    return found


def test_a_group_is_booked_when_its_time_is_up_and_when_the_lot_changes(bench: Bench) -> None:
    watch = bench.watch(LintSettings(report_every_s=10.0))
    for second in range(25):
        watch.look(bench.judged(), "lot-1" if second < 15 else "lot-2")
        bench.clock.pass_s(1.0)
    watch.close()
    assert [(one.lot_id, one.frames) for one in bench.of(LintMeasured)] == [
        ("lot-1", 10), ("lot-1", 5), ("lot-2", 10)
    ]  # fmt: skip


def test_trash_is_counted_by_inspected_belt(bench: Bench) -> None:
    found = measured(bench, bench.watch(), trash_count=6)
    assert found.trash_count == 6
    assert found.trash_count_m2 == pytest.approx(6 / (0.064 * 0.032))
    assert (found.trash_area_pct, found.fibre_cover_pct) == (0.5, 98.0)


def test_colour_without_a_calibration_is_refused_and_alarmed_not_guessed(bench: Bench) -> None:
    found = measured(bench, bench.watch())
    assert (found.rd, found.plus_b, found.colour_from) == (None, None, "")
    assert "never solved" in found.refused
    assert bench.alarms() == ["lint_colour_refused"]


def test_a_line_without_a_calibration_folder_books_the_refusal_and_raises_nothing(bench: Bench) -> None:
    found = measured(bench, bench.watch(wants_colour=False))
    assert "never solved" in found.refused
    assert bench.alarms() == []


def test_a_chart_tells_rd_and_b_until_it_expires(bench: Bench) -> None:
    bench.calibration = coloured()
    watch = bench.watch()
    found = measured(bench, watch)
    y = (0.3 * LINT[1] + 0.0 + 0.2 * LINT[2]) / 255 + 0.5 * LINT[1] / 255
    assert found.colour_from == "chart"
    assert found.rd == pytest.approx(100 * y, abs=0.1)
    bench.clock.pass_s(13 * 3600)
    late = measured(bench, watch)
    assert (late.rd, late.plus_b) == (None, None)
    assert "has expired" in late.refused


def test_reference_samples_go_before_the_chart_and_expire_too(bench: Bench) -> None:
    bench.calibration = coloured(hours=100.0)
    watch = bench.watch(by=references())
    found = measured(bench, watch, mean_bgr=(2.4 * 72 - 36 + 30, 2.4 * 72 + 20, 2.4 * 72 + 9 + 20))
    assert found.colour_from == "references"
    assert (found.rd, found.plus_b) == pytest.approx((72.0, 9.0), abs=0.1)
    bench.clock.pass_s(13 * 3600)
    assert "ran out" in measured(bench, watch).refused  # the chart would be guessing instead
    watch.references_measured(references(hours=48.0))
    assert measured(bench, watch, mean_bgr=(160.0, 190.0, 200.0)).refused == ""
    assert [cleared.code for cleared in bench.of(AlarmCleared)] == ["lint_colour_refused"]


def test_too_little_lint_tells_no_colour(bench: Bench) -> None:
    found = measured(bench, bench.watch(by=references()), fibre_cover_pct=20.0)
    assert "too little lint" in found.refused


def shift(
    bench: Bench, watch: LintWatch, light: Callable[[float], float], hours: float = 8.0
) -> float | None:
    """Let a shift pass, a look a minute; hours until the lamp's alarm."""
    for minute in range(round(60 * hours)):
        bench.clock.pass_s(60.0)
        level = light(minute / 60)
        watch.look(bench.judged(light=level, tile_light=level), "lot-1")
        if "lamp" in bench.alarms():
            return minute / 60
    return None


def test_a_lamp_that_fades_by_a_hundredth_an_hour_is_caught_within_the_shift(bench: Bench) -> None:
    bench.calibration = coloured()
    watch = bench.watch(LintSettings(white_columns=(0, 16)))
    caught_h = shift(bench, watch, lambda hour: 1 - 0.01 * hour)
    assert caught_h is not None
    assert 1.0 < caught_h < 2.5  # 1 Rd is 1.25 % of white lint's light
    states = [read.state for read in bench.of(LampRead)]
    assert states[0] == LampState.STEADY
    assert states[-1] == LampState.DRIFTED
    assert "calibrate colour again" in measured(bench, watch).refused


def test_a_steady_lamp_raises_nothing_in_a_shift(bench: Bench) -> None:
    flicker = np.random.default_rng(3).normal(0, 0.004, 8 * 60)
    watch = bench.watch(LintSettings(white_columns=(0, 16)))
    assert shift(bench, watch, lambda hour: 1 + flicker[round(hour * 60)]) is None


def test_a_failed_lamp_degrades_the_line_and_comes_back(bench: Bench) -> None:
    watch = bench.watch(LintSettings(white_columns=(0, 16)), by=references())
    shift(bench, watch, lambda hour: 1.0, hours=0.1)
    shift(bench, watch, lambda hour: 0.1, hours=0.1)
    assert bench.alarms()[-1] == "lamp"
    assert bench.situation.cause
    assert "lamp" in bench.situation.alarms
    shift(bench, bench.watch(LintSettings(white_columns=(0, 16))), lambda hour: 1.0, hours=0.5)


def test_the_first_look_outlives_a_restart_and_ends_with_the_calibration(bench: Bench) -> None:
    asked = LintSettings(white_columns=(0, 16))
    bench.calibration = coloured()
    bench.watch(asked).look(bench.judged(), "lot-1")
    again = bench.watch(asked)  # the line was started again, the lamp is weaker by 10 %
    assert shift(bench, again, lambda hour: 0.9, hours=1.0) is not None
    fresh = coloured()
    newer = tuple(replace(record, solved_utc=NOON + timedelta(hours=1)) for record in fresh.records)
    bench.calibration = replace(fresh, records=newer)
    for _ in range(3):
        bench.clock.pass_s(60.0)
        again.look(bench.judged(light=0.9, tile_light=0.9), "lot-1")
    assert "lamp" not in bench.situation.alarms
