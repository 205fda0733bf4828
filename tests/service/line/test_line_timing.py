from dataclasses import replace
from pathlib import Path

import pytest

from service.line.timing import OWN, REPORT_CODEC, WHOLE, FrameTimes, Timing, write_report
from vision.types import StageTimes

MS = 1_000_000
FRAME = FrameTimes(
    captured_ns=100 * MS,
    grabbed_ns=102 * MS,  # camera 2 ms
    taken_ns=105 * MS,  # queue 3 ms
    place_ms=1.0,
    look_ms=0.5,
    decided_ns=128 * MS,  # 23 ms, of them 20.5 of pixels and 1 of place: decide 1.5 ms
    deadline_ns=400 * MS,
    pixels=StageTimes(correct_ms=4.0, infer_ms=10.0, find_ms=3.0, measure_ms=2.0, judge_ms=1.0),
)


def timing() -> Timing:
    return Timing(deadline_ms=300.0, mpx=0.5, policy="SCHED_FIFO")


def test_each_stage_is_its_part_of_the_way() -> None:
    times = timing()
    times.frame(FRAME, has_shots=False)
    report = times.whole()
    found = {stage.stage: stage.max_ms for stage in report.stages if stage.frames}
    assert found == {
        "camera": 2.0,
        "queue": 3.0,
        "place": 1.0,
        "correct": 4.0,
        "infer": 10.0,
        "find": 3.0,
        "measure": 2.0,
        "judge": 1.0,
        "look": 0.5,
        "decide": 1.5,
        OWN: 5.5,  # 3 + 1 + 1.5
        WHOLE: 28.0,
    }
    assert report.stage("infer").ms_per_mpx == 20.0  # 10 ms for half a megapixel
    assert report.stage("queue").ms_per_mpx is None


def test_a_frame_with_a_shot_ends_when_the_shot_goes_out() -> None:
    times = timing()
    times.frame(FRAME, has_shots=True)
    assert times.whole().stage(WHOLE).frames == 0
    times.shot(FRAME, sent_ns=130 * MS, answered_ns=134 * MS)
    report = times.whole()
    assert (report.frames, report.shots) == (1, 1)
    assert report.stage("send").max_ms == 2.0
    assert report.stage("answer").max_ms == 4.0
    assert report.stage(WHOLE).max_ms == 30.0
    assert report.stage(OWN).max_ms == 7.5  # 3 + 1 + 1.5 + 2


def test_a_shot_that_never_went_out_is_no_command() -> None:
    times = timing()
    times.shot(FRAME, sent_ns=0, answered_ns=134 * MS)
    assert times.whole().shots == 0


@pytest.mark.parametrize(
    ("deadline_ms", "stage"),
    [(101.0, "camera"), (104.0, "queue"), (115.0, "infer"), (127.5, "decide"), (128.0, "decide")],
)
def test_a_late_frame_counts_once_in_the_stage_in_which_its_deadline_passed(
    deadline_ms: float, stage: str
) -> None:
    times = timing()
    times.frame(replace(FRAME, deadline_ns=round(deadline_ms * MS)), has_shots=False)
    report = times.whole()
    assert {each.stage: each.late for each in report.stages if each.late} == {stage: 1}
    assert report.late == 1


def test_a_shot_that_is_overtaken_on_its_way_out_is_late_in_send() -> None:
    times, frame = timing(), replace(FRAME, deadline_ns=129 * MS)
    times.frame(frame, has_shots=True)
    times.shot(frame, sent_ns=130 * MS, answered_ns=131 * MS)
    assert times.whole().late == times.whole().stage("send").late == 1


def test_a_web_that_stands_still_has_no_deadline() -> None:
    times = timing()
    times.frame(replace(FRAME, deadline_ns=None), has_shots=False)
    assert times.whole().late == 0


def test_a_minute_is_told_once_and_the_whole_keeps_it() -> None:
    times = timing()
    times.frame(FRAME, has_shots=False)
    assert times.minute().frames == 1
    assert times.minute().frames == 0
    times.frame(replace(FRAME, deadline_ns=104 * MS), has_shots=False)
    assert times.whole().frames == 2
    assert times.whole().stage("queue").late == 1


def test_the_report_reads_as_one_line_and_is_left_as_a_file(tmp_path: Path) -> None:
    times = timing()
    times.frame(replace(FRAME, deadline_ns=104 * MS), has_shots=False)
    report = times.whole()
    assert report.text() == (
        "SCHED_FIFO: capture to command 28.0 ms p50, 28.0 p99, 28.0 p99.9 of 300 ms; own part "
        "5.5 p99; 1 of 1 late (100.00%: queue 1)"
    )
    write_report(report, tmp_path / "timing.json")
    assert REPORT_CODEC.validate_json((tmp_path / "timing.json").read_bytes()) == report


def test_a_report_that_cant_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_report(timing().whole(), tmp_path / "gone" / "timing.json")
    assert "free the disk" in caplog.text
