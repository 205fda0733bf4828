from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from service.event_terms import PictureWhy
from service.events import AlarmRaised, DefectFound, PictureDropped, PictureKept, Stamp
from service.line.crops import PictureJob
from service.line.event_log import EventLog
from service.line.inbox import Message, Recovered, Trouble
from service.line.pictures import PictureRing
from service.line.recorder import Recorder

WAIT_S = 10.0


def stamp() -> Stamp:
    return Stamp(utc=datetime(2026, 1, 1, tzinfo=UTC), mono_ns=5, encoder_mm=12.0)


def alarm(code: str) -> AlarmRaised:
    return AlarmRaised(code=code, detail="")


def job(grey: int, *, why: PictureWhy = PictureWhy.DEFECT) -> PictureJob:
    return PictureJob(
        pixels=np.full((40, 60), grey, np.uint8),
        why=why,
        roll_id="roll",
        lot_id=None,
        web_mm=100.0,
        x0_mm=5.0,
        mm_per_px=0.5,
        frame_seq=3,
        score=7.0,
        longest_px=30,
    )


def defect() -> DefectFound:
    return DefectFound(
        defect_id="d",
        roll_id="roll",
        lot_id=None,
        defect_kind="hole",
        score=7.0,
        x0_mm=0,
        y0_mm=0,
        x1_mm=1,
        y1_mm=1,
        area_mm2=1,
        length_mm=1,
        unsure=False,
        frames=1,
        bundle_id="b",
        picture_sha256=None,
    )


class Desk:
    """A recorder over a real log and ring, and what it tells the line."""

    def __init__(self, event_log: EventLog, folder: Path, *, budget: int = 10**9, held: int = 1000) -> None:
        self.log = event_log
        self.ring = PictureRing(folder, budget_bytes=budget, free_floor_bytes=0)
        self.told: list[Message] = []
        self.recorder = Recorder(
            event_log, self.ring, stamp=stamp, tell=self.told.append, events_held=held, retry_s=0.02
        )

    def fill_disk(self) -> None:
        pages = self.log._db.execute("PRAGMA page_count").fetchone()[0]
        self.log._db.execute(f"PRAGMA max_page_count = {pages}")

    def free_disk(self) -> None:
        self.log._db.execute("PRAGMA max_page_count = 1000000")

    def bodies(self) -> list[object]:
        return [event.body for event in self.log.read_after(0, 5000)]


@pytest.fixture
def desk(event_log: EventLog, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(event_log, tmp_path / "pictures")
    yield made
    if made.recorder._thread.ident is not None:
        made.free_disk()
        made.recorder.stop(WAIT_S)


def test_events_reach_the_disk_in_their_order_with_their_stamp(desk: Desk) -> None:
    desk.recorder.start()
    for code in "abc":
        desk.recorder.record(alarm(code))
    assert desk.recorder.flush(WAIT_S)
    assert desk.bodies() == [alarm("a"), alarm("b"), alarm("c")]
    assert desk.log.read_after(0, 1)[0].stamp == stamp()


def test_a_picture_is_recorded_before_the_event_that_names_it(desk: Desk) -> None:
    ticket = desk.recorder.keep(job(100))
    desk.recorder.record(defect(), picture=ticket)
    desk.recorder.start()
    assert desk.recorder.flush(WAIT_S)
    kept, found = desk.bodies()
    assert isinstance(kept, PictureKept)
    assert isinstance(found, DefectFound)
    assert found.picture_sha256 == kept.sha256
    assert (kept.mm_per_px, kept.web_mm, kept.why) == (1.0, 100.0, PictureWhy.DEFECT)  # 60 px made 30
    (waiting,) = desk.ring.waiting(9)
    assert (waiting.sha256, waiting.bytes) == (kept.sha256, kept.bytes)


def test_a_picture_that_pushes_another_out_says_which(event_log: EventLog, tmp_path: Path) -> None:
    desk = Desk(event_log, tmp_path / "pictures", budget=500)
    desk.recorder.start()
    for grey in (10, 200):
        desk.recorder.keep(job(grey))
    assert desk.recorder.stop(WAIT_S)
    kinds = [type(body) for body in desk.bodies()]
    assert kinds == [PictureKept, PictureKept, PictureDropped]
    first, _, dropped = desk.bodies()
    assert isinstance(first, PictureKept)
    assert isinstance(dropped, PictureDropped)
    assert dropped.sha256 == first.sha256


def test_a_full_disk_keeps_events_waiting_gives_up_pictures_and_raises_an_alarm(desk: Desk) -> None:
    desk.recorder.start()
    desk.recorder.keep(job(100, why=PictureWhy.CLEAN_SAMPLE))
    assert desk.recorder.flush(WAIT_S)
    desk.fill_disk()
    for number in range(60):
        desk.recorder.record(alarm(f"{number}" + "x" * 500))
    assert not desk.recorder.flush(0.2)
    (trouble,) = desk.told
    assert isinstance(trouble, Trouble)
    assert (trouble.code, trouble.degrades) == ("event_log", True)
    assert desk.ring.used_bytes == 0
    desk.free_disk()
    assert desk.recorder.flush(WAIT_S)
    codes = [body.code for body in desk.bodies() if isinstance(body, AlarmRaised)]
    assert codes == [f"{number}" + "x" * 500 for number in range(60)]
    assert desk.told[1:] == [Recovered(code="event_log")]
    assert desk.recorder.counts.events_lost == 0


def test_only_a_full_buffer_loses_events_and_counts_them(event_log: EventLog, tmp_path: Path) -> None:
    desk = Desk(event_log, tmp_path / "pictures", held=10)
    for number in range(13):
        desk.recorder.record(alarm(str(number)))
    assert desk.recorder.counts.events_lost == 3
    desk.recorder.start()
    assert desk.recorder.stop(WAIT_S)
    assert len(desk.bodies()) == 10
    assert [message.code for message in desk.told if isinstance(message, Trouble)] == ["events_lost"]


def test_a_picture_that_cant_be_kept_leaves_its_event_without_one(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("no folder can be made here")
    ticket = desk.recorder.keep(job(100))
    desk.recorder.record(defect(), picture=ticket)
    desk.recorder.start()
    assert desk.recorder.flush(WAIT_S)
    assert desk.bodies() == [defect()]
    assert desk.recorder.counts.pictures_failed == 1
    assert [message.code for message in desk.told if isinstance(message, Trouble)] == ["pictures"]


def test_too_many_waiting_pictures_are_shed_and_counted(desk: Desk) -> None:
    big = replace(job(1), pixels=np.zeros((8000, 9000), np.uint8))  # 72 MB: the second one passes 128 MB
    first, second = desk.recorder.keep(big), desk.recorder.keep(big)
    assert first is not None
    assert second is None
    assert desk.recorder.counts.pictures_shed == 1
