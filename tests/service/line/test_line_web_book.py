from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.event_terms import NotInspectedReason
from service.events import SpanInspected, SpanNotInspected
from service.line.web_book import Feed, JudgedFrame, Owner, WebBook
from vision.types import Verdict

Span = SpanInspected | SpanNotInspected


def judged(verdict: Verdict = Verdict.CLEAN, *, late: bool = False, ms: float = 10.0) -> JudgedFrame:
    return JudgedFrame(
        verdict=verdict,
        width_mm=800.0,
        late=late,
        capture_to_decision_ms=ms,
        stage_ms={"infer": ms / 2},
        trash_area_pct=None,
    )


class Bookshelf:
    """A book and what it recorded, on a clock of its own."""

    def __init__(self, start_count: int = 0) -> None:
        self.now_ns = 0
        self.spans: list[Span] = []
        self.book = WebBook(
            counts_per_mm=10.0,
            start_count=start_count,
            feed=Feed(kg_per_m2=0.5, width_mm=1000.0),
            now_ns=lambda: self.now_ns,
            record=self.spans.append,
        )


def test_frames_that_follow_each_other_are_one_span() -> None:
    shelf = Bookshelf()
    shelf.book.inspected(1000, judged())
    shelf.book.inspected(2000, judged(Verdict.DEFECTIVE, late=True, ms=30.0))
    shelf.book.close()
    (span,) = shelf.spans
    assert isinstance(span, SpanInspected)
    assert (span.from_mm, span.to_mm, span.frames, span.clean, span.defective) == (0.0, 200.0, 2, 1, 1)
    assert (span.deadline_misses, span.capture_to_decision_ms_max) == (1, 30.0)
    assert span.stage_ms == {"infer": 10.0}
    assert span.fed_kg == pytest.approx(0.1)  # 0.5 kg/m2 * 1 m * 0.2 m


def test_a_stretch_not_inspected_closes_the_span_before_it() -> None:
    shelf = Bookshelf()
    shelf.book.inspected(1000, judged())
    shelf.book.not_inspected(1500, NotInspectedReason.FRAME_LOST, "gone")
    shelf.book.inspected(2500, judged())
    shelf.book.close()
    assert [(span.from_mm, span.to_mm) for span in shelf.spans] == [(0, 100), (100, 150), (150, 250)]
    assert (shelf.book.inspected_mm, shelf.book.not_inspected_mm, shelf.book.length_mm) == (200, 50, 250)


def test_the_same_reason_goes_on_in_one_span_and_another_begins_one() -> None:
    shelf = Bookshelf()
    shelf.book.not_inspected(100, NotInspectedReason.HELD, "a")
    shelf.book.not_inspected(200, NotInspectedReason.HELD, "a")
    shelf.book.not_inspected(300, NotInspectedReason.HELD, "b")
    shelf.book.close()
    assert [span.to_mm for span in shelf.spans] == [20.0, 30.0]


def test_a_span_is_closed_after_a_second() -> None:
    shelf = Bookshelf()
    shelf.book.inspected(1000, judged())
    shelf.now_ns = 999_999_999
    shelf.book.tick()
    assert shelf.spans == []
    shelf.now_ns = 1_000_000_000
    shelf.book.tick()
    assert len(shelf.spans) == 1


def test_overlapping_frames_are_counted_once_in_length_and_each_as_a_frame() -> None:
    shelf = Bookshelf()
    shelf.book.inspected(1000, judged())
    shelf.book.inspected(990, judged())
    shelf.book.close()
    (span,) = shelf.spans
    assert isinstance(span, SpanInspected)
    assert (span.to_mm, span.frames) == (100.0, 2)


def test_a_new_owner_begins_a_new_span() -> None:
    shelf = Bookshelf()
    shelf.book.change_owner(Owner(roll_id="one"))
    shelf.book.inspected(1000, judged())
    shelf.book.change_owner(Owner(roll_id="two"))
    shelf.book.inspected(2000, judged())
    shelf.book.close()
    assert [span.roll_id for span in shelf.spans] == ["one", "two"]


def test_a_book_may_begin_anywhere_on_the_web() -> None:
    shelf = Bookshelf(start_count=500)
    shelf.book.inspected(1500, judged())
    shelf.book.close()
    assert (shelf.book.start_mm, shelf.book.length_mm, shelf.spans[0].from_mm) == (50.0, 100.0, 50.0)


@given(
    st.lists(
        st.tuples(st.integers(-50, 400), st.sampled_from(["inspect", "lost", "held", "close", "owner"])),
        max_size=60,
    )
)
def test_whatever_happens_the_spans_cover_the_web_once(steps: list[tuple[int, str]]) -> None:
    shelf = Bookshelf(start_count=7)
    for advance, what in steps:
        to_count = shelf.book.cursor + advance
        if what == "inspect":
            shelf.book.inspected(to_count, judged())
        elif what == "close":
            shelf.book.close()
        elif what == "owner":
            shelf.book.change_owner(Owner(roll_id=str(advance)))
        else:
            shelf.book.not_inspected(
                to_count, NotInspectedReason(f"frame_{what}" if what == "lost" else what), ""
            )
    shelf.book.close()
    ends = [0.7, *(span.to_mm for span in shelf.spans)]
    assert [span.from_mm for span in shelf.spans] == ends[:-1]
    inspected = sum(s.to_mm - s.from_mm for s in shelf.spans if isinstance(s, SpanInspected))
    other = sum(s.to_mm - s.from_mm for s in shelf.spans if isinstance(s, SpanNotInspected))
    assert inspected == pytest.approx(shelf.book.inspected_mm)
    assert other == pytest.approx(shelf.book.not_inspected_mm)
    assert shelf.book.inspected_mm + shelf.book.not_inspected_mm == pytest.approx(shelf.book.length_mm)


def test_a_span_says_whether_the_calibration_had_run_out() -> None:
    shelf = Bookshelf()
    shelf.book.inspected(1000, judged())
    shelf.book.calibration_is(expired=False)  # nothing new: the span goes on
    shelf.book.inspected(2000, judged())
    shelf.book.calibration_is(expired=True)
    shelf.book.inspected(3000, judged())
    shelf.book.close()
    spans = [span for span in shelf.spans if isinstance(span, SpanInspected)]
    assert [(span.to_mm, span.calibration_expired) for span in spans] == [(200.0, False), (300.0, True)]


def test_a_span_holds_the_mean_colour_of_the_frames_that_have_one() -> None:
    shelf = Bookshelf()
    for count, lab in ((1000, (80.0, 1.0, 9.0)), (2000, None), (3000, (84.0, 0.0, 11.0))):
        shelf.book.inspected(count, replace(judged(), fibre_lab=lab))
    shelf.book.close()
    (span,) = shelf.spans
    assert isinstance(span, SpanInspected)
    assert span.fibre_lab == (82.0, 0.5, 10.0)
    shelf.book.inspected(4000, judged())
    shelf.book.close()
    assert isinstance(shelf.spans[-1], SpanInspected)
    assert shelf.spans[-1].fibre_lab is None
