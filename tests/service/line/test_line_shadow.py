"""A shadow sees what it has time for, is compared, decides nothing, and never stops the line."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from service.event_terms import PictureWhy
from service.events import (
    ShadowCompared,
)
from service.line.crops import PictureJob
from service.line.inbox import Message, Recovered, Trouble
from service.line.judging import Judged
from service.line.shadow import BOOK_EVERY_S, FAILED_IN_A_ROW, PICTURES_A_BOOKING, Shadow
from service.line.web_book import Owner
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import say
from service.shadow_events import VerdictPair
from service.sorting import FrameView
from vision.taxonomy import DefectKind
from vision.types import Defect, Frame, Inspection, MmBox, PxBox, StageTimes, Verdict, VisionError

Make = Callable[..., Any]
ROLL = Owner(roll_id="r1")
HOLE = Defect(
    kind=DefectKind.HOLE,
    score=9.0,
    box_px=PxBox(x0=300, y0=100, x1=310, y1=110),
    box_mm=MmBox(x0=150, y0=50, x1=155, y1=55),
    area_mm2=25.0,
    length_mm=7.0,
)


def said(verdict: Verdict, bundle_id: str) -> Inspection:
    return Inspection(
        camera_id="c",
        frame_seq=1,
        captured_ns=0,
        verdict=verdict,
        score=9.0,
        defects=(HOLE,) if verdict in (Verdict.DEFECTIVE, Verdict.UNSURE) else (),
        reason="the map is wrong" if verdict is Verdict.FAILED else "",
        bundle_id=bundle_id,
        inspected_mm=MmBox(x0=0, y0=0, x1=400, y1=128),
        times=StageTimes(),
    )


def judged(verdict: Verdict, bundle_id: str = "active", *, damaged: bool = False) -> Judged:
    frame = Frame(
        camera_id="c",
        seq=1,
        pixels=np.zeros((256, 800), np.uint8),
        captured_ns=0,
        captured_utc=datetime(2026, 1, 1, tzinfo=UTC),
    )
    view = FrameView(
        camera_id="c", web_start_mm=1000, web_end_mm=1128, verdict=verdict, damaged=damaged, defects=()
    )
    return Judged(frame=frame, inspection=said(verdict, bundle_id), view=view)


class ShadowInspector:
    """Says what the test wants; waits for the test where `go` is given."""

    def __init__(self, *verdicts: Verdict | Exception, go: threading.Event | None = None) -> None:
        self.card: Any = SimpleNamespace(bundle_id="shadow", article="greige")
        self.verdicts = list(verdicts)
        self.go = go

    def inspect(self, frame: Frame) -> Inspection:
        if self.go is not None:
            assert self.go.wait(20)
        verdict = self.verdicts.pop(0)
        if isinstance(verdict, Exception):
            raise verdict
        return said(verdict, "shadow")


class Bench:
    """A shadow with a recorder that remembers; its thread runs only where a test starts it."""

    def __init__(self, clock: Any, find: Callable[[str], Any]) -> None:
        self.booked: list[ShadowCompared] = []
        self.kept: list[PictureJob] = []
        self.told: list[Message] = []
        recorder: Any = SimpleNamespace(record=self.booked.append, keep=self.kept.append)
        self.shadow = Shadow(
            find, recorder=recorder, mm_per_px=0.5, now_ns=clock.now_ns, tell=self.told.append
        )

    def turn(self, *frames: Judged, spare: bool = True) -> None:
        """Offer frames, each with a turn of the shadow's thread after it."""
        for frame in frames:
            self.shadow.offer(frame, ROLL, spare=spare)
            if self.shadow._seen is not None:
                self.shadow._turn()


@pytest.fixture
def bench(clock: Any) -> Callable[..., Bench]:
    def make(*verdicts: Verdict | Exception, go: threading.Event | None = None) -> Bench:
        made = Bench(clock, lambda article: ShadowInspector(*verdicts, go=go))
        made.shadow.follow("greige")
        made.shadow._turn()
        assert made.told == [Recovered(code="shadow")]
        return made

    return make


def pair(active: str, shadow: str, frames: int) -> VerdictPair:
    return VerdictPair(active=active, shadow=shadow, frames=frames)


def test_verdicts_are_compared_and_booked_once_a_minute(bench: Callable[..., Bench], clock: Any) -> None:
    made = bench(Verdict.CLEAN, Verdict.DEFECTIVE, Verdict.CLEAN, Verdict.CLEAN)
    made.turn(judged(Verdict.CLEAN), judged(Verdict.DEFECTIVE), judged(Verdict.UNSURE))
    assert made.booked == []
    clock.pass_s(BOOK_EVERY_S)
    made.turn(judged(Verdict.CLEAN))  # begins the next minute's booking
    assert made.booked == [
        ShadowCompared(
            article="greige",
            active_bundle_id="active",
            shadow_bundle_id="shadow",
            frames=3,
            skipped=0,
            verdicts=(
                pair("clean", "clean", 1),
                pair("defective", "defective", 1),
                pair("unsure", "clean", 1),
            ),
        )
    ]
    assert made.booked[0].agreeing == 2
    made.shadow.finish()
    assert [booked.frames for booked in made.booked] == [3, 1]


def test_a_slow_shadow_skips_frames_counts_them_and_the_line_goes_on(
    bench: Callable[..., Bench],
) -> None:
    go = threading.Event()
    made = bench(Verdict.CLEAN, go=go)
    made.shadow.start()
    for _ in range(5):  # returns although the shadow can't go on before `go`
        made.shadow.offer(judged(Verdict.CLEAN), ROLL, spare=True)
    go.set()
    wait_until(lambda: made.shadow._seen is None)
    made.shadow.stop(20)
    assert not made.shadow._thread.is_alive()
    (booked,) = made.booked
    assert (booked.frames, booked.skipped) == (1, 4)


def test_what_is_being_looked_at_when_the_line_ends_was_skipped(bench: Callable[..., Bench]) -> None:
    go = threading.Event()
    made = bench(Verdict.CLEAN, go=go)
    made.shadow.start()
    made.shadow.offer(judged(Verdict.CLEAN), ROLL, spare=True)
    made.shadow.finish()  # the line's thread: doesn't wait for the frame
    (booked,) = made.booked
    assert (booked.frames, booked.skipped) == (0, 1)
    go.set()
    made.shadow.stop(20)
    assert made.booked == [booked]


def test_a_line_that_is_behind_gives_its_shadow_nothing(bench: Callable[..., Bench]) -> None:
    made = bench()
    made.turn(judged(Verdict.CLEAN), judged(Verdict.DEFECTIVE), spare=False)
    made.shadow.finish()
    assert [(booked.frames, booked.skipped) for booked in made.booked] == [(0, 2)]


def test_damaged_frames_are_no_comparison(bench: Callable[..., Bench]) -> None:
    made = bench()
    made.turn(judged(Verdict.FAILED, damaged=True))
    made.shadow.finish()
    assert made.booked == []


def test_each_active_recipe_is_compared_by_itself(bench: Callable[..., Bench]) -> None:
    made = bench(Verdict.CLEAN, Verdict.CLEAN)
    made.turn(judged(Verdict.CLEAN, "old"), judged(Verdict.CLEAN, "new"))
    made.shadow.finish()
    assert [(booked.active_bundle_id, booked.frames) for booked in made.booked] == [("old", 1), ("new", 1)]


def test_what_only_the_shadow_finds_is_kept_as_a_crop_up_to_a_limit(bench: Callable[..., Bench]) -> None:
    made = bench(*[Verdict.DEFECTIVE] * (PICTURES_A_BOOKING + 3))
    made.turn(judged(Verdict.DEFECTIVE), *[judged(Verdict.CLEAN)] * (PICTURES_A_BOOKING + 2))
    assert len(made.kept) == PICTURES_A_BOOKING
    job = made.kept[0]
    assert (job.why, job.roll_id, job.score) == (PictureWhy.DISAGREEMENT, "r1", 9.0)
    # 10 px of hole get 59 px of context each side: a quarter of the largest crop
    assert (job.pixels.shape, job.x0_mm, job.web_mm) == ((128, 128), 241 * 0.5, 1000 + 41 * 0.5)


def test_a_raising_shadow_is_switched_off_with_an_alarm_and_its_frame_was_skipped(
    bench: Callable[..., Bench],
) -> None:
    made = bench(Verdict.CLEAN, RuntimeError("out of memory"))
    made.shadow.start()
    made.shadow.offer(judged(Verdict.CLEAN), ROLL, spare=True)
    wait_until(lambda: made.shadow._seen is None)
    made.shadow.offer(judged(Verdict.CLEAN), ROLL, spare=True)
    wait_until(lambda: len(made.told) == 2)
    made.turn(judged(Verdict.CLEAN))  # nobody is there any more
    made.shadow.stop(20)
    assert [(booked.frames, booked.skipped) for booked in made.booked] == [(1, 1)]
    (trouble,) = made.told[1:]
    assert isinstance(trouble, Trouble)
    assert trouble.said.text == (
        "shadow shadow is switched off: it raised RuntimeError: out of memory; the line goes on; "
        "choose another bundle as shadow, or none"
    )


def test_a_shadow_that_fails_again_and_again_is_switched_off(bench: Callable[..., Bench]) -> None:
    made = bench(*[Verdict.FAILED] * (FAILED_IN_A_ROW + 1))
    made.turn(judged(Verdict.FAILED), *[judged(Verdict.CLEAN)] * (FAILED_IN_A_ROW - 1))
    assert made.told[1:] == []  # the first frame failed with the active recipe, too
    made.turn(judged(Verdict.CLEAN))
    (trouble,) = made.told[1:]
    assert isinstance(trouble, Trouble)
    assert "failed on 10 frames in a row: the map is wrong" in trouble.said.text
    assert not trouble.degrades


def test_a_shadow_that_cant_be_loaded_is_an_alarm_that_the_next_one_clears(clock: Any) -> None:
    found: list[Any] = [VisionError("bundle feed: SHA-256 differs"), ShadowInspector(Verdict.CLEAN), None]

    def find(article: str) -> Any:
        answer = found.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    made = Bench(clock, find)
    made.shadow.start()
    for count in (1, 2, 3):
        made.shadow.follow("greige")
        wait_until(lambda count=count: len(made.told) == count)
    made.shadow.stop(20)
    assert made.told == [
        Trouble(
            code="shadow",
            said=say(Said.SHADOW_NOT_LOADED, because=heard("bundle feed: SHA-256 differs")),
        ),
        Recovered(code="shadow"),
        Recovered(code="shadow"),  # the article has none: nothing is wrong
    ]


def wait_until(true: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(4000):
        if true():
            return
        pause.wait(0.005)
    pytest.fail("did not happen within 20 s")
