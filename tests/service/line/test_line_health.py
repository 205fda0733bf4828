from dataclasses import replace
from typing import Any

from service.event_terms import LineState
from service.line.health import LineStatus, Minute

STATUS = LineStatus(
    line="loom-1",
    state=LineState.HELD,
    cause="held by aigerim",
    alarms=(),
    article="denim",
    speed_mm_s=250.0,
    web_mm=12_340.0,
    inspected_mm=9_000.0,
    not_inspected_mm=1_000.0,
    frames=90,
    frames_shed=1,
    frames_lost=2,
    deadline_misses=3,
    queue_depth=4,
    last_frame_age_s=0.25,
    events=100,
    events_forwarded=60,
    events_lost=0,
    defects_unpictured=5,
    pictures_not_kept=0,
)


def test_the_status_reads_as_one_line() -> None:
    assert STATUS.text() == (
        "held (held by aigerim), denim, 250 mm/s, web at 12.3 m, inspected 9.0 of 10.0 m, 90 frames "
        "(1 shed, 2 lost, 3 late), queue 4, last frame 0.2 s ago, 100 events (40 wait for the plant), "
        "5 defects without a picture"
    )
    assert "last frame never" in replace(STATUS, last_frame_age_s=None).text()


def test_a_minute_comes_once_a_minute(clock: Any) -> None:
    done: list[int] = []
    minute = Minute(lambda: done.append(clock.ns), now_ns=clock.now_ns)
    for _ in range(130):
        clock.pass_s(1.0)
        minute.tick()
    assert [ns // 10**9 for ns in done] == [61, 121]  # the clock starts at 1 s
