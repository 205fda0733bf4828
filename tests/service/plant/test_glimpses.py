"""A line live: asked for while somebody looks, bounded, forgotten when old, never stored."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from told_line import line_now, preview

from service.plant.errors import PlantError
from service.plant.glimpses import LARGEST_PREVIEW_BYTES, PREVIEWS_A_LINE, PREVIEWS_HELD, Glimpses

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def glimpses(clock: Clock) -> Glimpses:
    return Glimpses(lines=["loom-1", "opener-1"], now=clock)


def test_a_line_is_watched_from_the_first_look_until_nobody_looks(glimpses: Glimpses, clock: Clock) -> None:
    assert not glimpses.is_watched("loom-1")
    assert glimpses.look("loom-1") is None
    assert glimpses.is_watched("loom-1")
    assert not glimpses.is_watched("opener-1")
    clock.forward(7)
    assert not glimpses.is_watched("loom-1")


def test_what_a_line_told_is_shown_and_no_longer_believed_when_old(glimpses: Glimpses, clock: Clock) -> None:
    glimpses.take("loom-1", line_now(preview(1)))
    seen = glimpses.look("loom-1")
    assert seen is not None
    assert seen.now.speed_mm_s == 250.0
    assert seen.now.preview is None  # its picture is asked for by number
    assert [shown.frame_seq for shown in seen.previews] == [1]
    clock.forward(11)
    assert glimpses.look("loom-1") is None


def test_only_the_newest_previews_are_kept_newest_first(glimpses: Glimpses) -> None:
    for seq in range(PREVIEWS_A_LINE + 3):
        glimpses.take("loom-1", line_now(preview(seq)))
    seen = glimpses.look("loom-1")
    assert seen is not None
    assert [shown.frame_seq for shown in seen.previews] == list(range(PREVIEWS_A_LINE + 2, 2, -1))
    newest = seen.previews[0].number
    assert glimpses.picture("loom-1", newest, detail=False) == b"\xff\xd8\xffframe 10"
    assert glimpses.picture("loom-1", newest, detail=True) == b"\xff\xd8\xffdetail 10"


def test_an_older_preview_is_held_for_who_looks_at_it_and_then_goes(glimpses: Glimpses) -> None:
    for seq in range(PREVIEWS_HELD + 1):
        glimpses.take("loom-1", line_now(preview(seq)))
    assert glimpses.preview("loom-1", 2).frame_seq == 1
    assert glimpses.picture("loom-1", 2, detail=False) == b"\xff\xd8\xffframe 1"
    for ask in (glimpses.preview, lambda line, number: glimpses.picture(line, number, detail=False)):
        with pytest.raises(PlantError, match="no longer kept"):
            ask("loom-1", 1)


def test_sharpness_is_remembered_for_who_turns_the_lens(glimpses: Glimpses) -> None:
    for sharpness in (10.0, 12.0, 11.0):
        glimpses.take("loom-1", line_now(sharpness=sharpness))
    seen = glimpses.look("loom-1")
    assert seen is not None
    assert seen.sharpness == (10.0, 12.0, 11.0)


@pytest.mark.parametrize(
    "encoded",
    [
        "no base64 !",
        base64.b64encode(b"\x89PNG no JPEG").decode(),
        base64.b64encode(b"\xff\xd8\xff" + bytes(LARGEST_PREVIEW_BYTES)).decode(),
    ],
)
def test_a_preview_that_is_no_small_jpeg_is_refused(glimpses: Glimpses, encoded: str) -> None:
    with pytest.raises(PlantError) as caught:
        glimpses.take("loom-1", line_now(replace(preview(1), jpeg_base64=encoded)))
    assert caught.value.problem == "bad_picture"
    assert glimpses.look("loom-1") is None


def test_an_unknown_line_is_said(glimpses: Glimpses) -> None:
    for ask in (glimpses.look, glimpses.is_watched):
        with pytest.raises(PlantError) as caught:
            ask("loom-9")
        assert caught.value.problem == "unknown_line"
