import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.line.film import Film, Kept
from service.line.inbox import Message, Recovered, Trouble
from service.said.codes import Said
from service.said.sayings import say
from vision.cameras.base import CameraLostError
from vision.cameras.clip import ClipCamera
from vision.cameras.clip_file import read_frames
from vision.cameras.wire import TriggerWire
from vision.types import Frame, VisionError

NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)


def frame(seq: int, *, colour: bool = False, damaged: str = "") -> Frame:
    pixels = np.random.default_rng(seq).integers(0, 255, (20, 30, 3) if colour else (20, 30), np.uint8)
    return Frame(
        camera_id="cam",
        seq=seq,
        pixels=pixels,
        captured_ns=1_000_000_007 * seq,
        captured_utc=NOON + timedelta(microseconds=seq),
        damaged=damaged,
        end_count=None if seq % 2 else 10 * seq,
    )


@pytest.fixture
def film_of(clock: Any, tmp_path: Path) -> Iterator[Callable[..., Film]]:
    made: list[Film] = []

    def make(**limits: Any) -> Film:
        wanted: dict[str, Any] = {"ring_s": 30.0, "budget_bytes": 10**9}
        made.append(Film(tmp_path / "film", now_ns=clock.now_ns, **(wanted | limits)))
        made[-1].start()
        return made[-1]

    yield make
    for film in made:
        film.stop()


def keep(film: Film, name: str, seconds: float) -> Kept:
    answers: list[Kept] = []
    told = threading.Event()
    film.keep(name, seconds, lambda kept: (answers.append(kept), told.set()))  # type: ignore[func-returns-value]
    assert told.wait(10.0)
    return answers[0]


def record(film: Film, clock: Any, frames: list[Frame], *, apart_s: float = 0.25) -> None:
    """Frames so far apart; each is on disk before the clock moves on."""
    for each in frames:
        assert film.offer(each)
        wanted, end_s = film.counts.written + 1, time.monotonic() + 10.0
        while film.counts.written < wanted and time.monotonic() < end_s:
            time.sleep(0.001)
        clock.pass_s(apart_s)


def same(one: Frame, other: Frame) -> bool:
    names = [item.name for item in fields(Frame) if item.name != "pixels"]
    return np.array_equal(one.pixels, other.pixels) and all(
        getattr(one, name) == getattr(other, name) for name in names
    )


def test_what_was_kept_is_what_came_byte_for_byte_with_its_times(
    film_of: Callable[..., Film], clock: Any
) -> None:
    film = film_of()
    frames = [frame(0), frame(1, damaged="packets lost"), frame(2), frame(5, colour=True)]
    record(film, clock, frames)
    kept = keep(film, "clip", 30.0)
    assert (kept.frames, kept.failure) == (4, None)
    again = list(read_frames(kept.folder))
    assert all(same(one, other) for one, other in zip(frames, again, strict=True))
    assert not again[0].pixels.flags.writeable
    camera = ClipCamera(kept.folder, None, mm_per_px=0.5, camera_id="cam")
    camera.open()
    assert all(
        same(one, other) for one, other in zip(frames, iter(lambda: camera.grab(0.0), None), strict=True)
    )
    assert camera.exhausted


def test_the_last_seconds_are_kept_and_the_ring_forgets_the_rest(
    film_of: Callable[..., Film], clock: Any, tmp_path: Path
) -> None:
    film = film_of(ring_s=10.0)
    record(film, clock, [frame(seq) for seq in range(80)])  # 20 s
    kept = keep(film, "clip", 5.0)
    seqs = [each.seq for each in read_frames(kept.folder)]
    assert seqs == list(range(seqs[0], 80))
    assert 60 - 5 <= seqs[0] <= 60  # 5 s are 20 frames, rounded up to whole files
    ring = [each.seq for each in read_frames(tmp_path / "film" / "ring")]
    assert 40 - 10 <= ring[0] <= 40
    record(film, clock, [frame(seq) for seq in range(80, 160)])  # the ring has moved on
    assert [each.seq for each in read_frames(kept.folder)] == seqs


def test_the_budget_bounds_the_ring(film_of: Callable[..., Film], clock: Any, tmp_path: Path) -> None:
    film = film_of(budget_bytes=5000)
    record(film, clock, [frame(seq) for seq in range(40)], apart_s=0.5)
    used = sum(path.stat().st_size for path in (tmp_path / "film" / "ring").iterdir())
    assert used < 5000 + 2 * 2000  # a file of two frames of 600 bytes and their heads is under way


def test_what_the_disk_cannot_take_in_time_is_left_out_and_counted(tmp_path: Path) -> None:
    film = Film(tmp_path, ring_s=10.0, budget_bytes=10**9, bytes_waiting=1500)  # its thread is not started
    assert [film.offer(frame(seq)) for seq in range(4)] == [True, True, False, False]
    assert film.counts.left_out == 2


def test_a_name_that_is_taken_or_an_empty_time_is_said(film_of: Callable[..., Film], clock: Any) -> None:
    film = film_of()
    assert keep(film, "clip", 30.0).failure == say(Said.FILM_EMPTY)
    record(film, clock, [frame(0)])
    failure = keep(film, "clip", 30.0).failure
    assert failure is not None
    assert failure.code == Said.FILM_NOT_KEPT


def test_a_cut_off_record_ends_the_clip_and_a_damaged_one_is_an_error(
    film_of: Callable[..., Film], clock: Any
) -> None:
    film = film_of()
    record(film, clock, [frame(0), frame(1), frame(2)], apart_s=0.0)
    (path,) = keep(film, "clip", 30.0).folder.iterdir()
    data = path.read_bytes()
    path.write_bytes(data[:-100])  # the power went
    assert [each.seq for each in read_frames(path)] == [0, 1]
    path.write_bytes(data[:300] + bytes([data[300] ^ 1]) + data[301:])
    with pytest.raises(VisionError, match="frame 0 at byte 0 is damaged"):
        list(read_frames(path))
    path.write_bytes(b"not a film at all")
    with pytest.raises(VisionError, match="no frame at byte 0"):
        list(read_frames(path))


def test_on_a_cable_pulse_n_shows_frame_n_of_the_clip(film_of: Callable[..., Film], clock: Any) -> None:
    film = film_of()
    frames = [frame(seq) for seq in (7, 8, 9)]
    record(film, clock, frames)
    wire = TriggerWire()
    camera = ClipCamera(keep(film, "clip", 30.0).folder, wire, mm_per_px=0.5, camera_id="line-1")
    camera.open()
    assert (camera.rows, camera.columns, camera.channels) == (20, 30, 1)
    assert camera.grab(0.0) is None
    wire.pulse(0, 11)
    wire.pulse(2, 33)  # pulse 1 was lost on the way
    first, third = camera.grab(0.0), camera.grab(0.0)
    assert first is not None
    assert third is not None
    assert (first.seq, first.captured_ns, third.seq, third.captured_ns) == (0, 11, 2, 33)
    assert np.array_equal(first.pixels, frames[0].pixels)
    assert np.array_equal(third.pixels, frames[2].pixels)
    assert camera.exhausted


def test_a_clip_that_is_not_there_is_a_lost_camera(tmp_path: Path) -> None:
    camera = ClipCamera(tmp_path, None, mm_per_px=0.5, camera_id="cam")
    with pytest.raises(CameraLostError, match="no frame in"):
        camera.open()


def test_frames_missing_on_the_film_are_an_alarm_until_a_whole_second_was_filmed(
    film_of: Callable[..., Film], clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Message] = []
    film = film_of(tell=told.append)
    record(film, clock, [frame(0)], apart_s=1.0)
    monkeypatch.setattr("service.line.film.write_frame", refuse)
    for seq in (1, 2):
        film.offer(frame(seq))
    end_s = time.monotonic() + 10.0
    while film.counts.failed < 2 and time.monotonic() < end_s:
        time.sleep(0.001)
    monkeypatch.undo()
    record(film, clock, [frame(seq) for seq in range(3, 7)], apart_s=1.0)
    (trouble, recovered) = told
    assert isinstance(trouble, Trouble)
    assert "frame 1 could not be written (No space left" in trouble.said.text
    assert recovered == Recovered(code="film")
    assert [each.seq for each in read_frames(keep(film, "clip", 30.0).folder)] == [0, 3, 4, 5, 6]


def refuse(file: int, frame: Frame) -> int:
    raise OSError("No space left on device")
