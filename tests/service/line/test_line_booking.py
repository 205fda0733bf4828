from firmware_bridge.types import TriggerReport
from service.event_terms import NotInspectedReason
from service.events import SpanInspected, SpanNotInspected
from service.line.booking import Booking
from service.line.odometer import Odometer
from service.line.web_book import Feed, WebBook

LOST = (NotInspectedReason.FRAME_LOST, "lost")
HELD = (NotInspectedReason.HELD, "no link")
PITCH = 100  # counts; 10 counts a millimetre


class Belt:
    """A booking over a fresh book; its web begins at 0."""

    def __init__(self, *, overlap_counts: int = 0) -> None:
        self.spans: list[SpanInspected | SpanNotInspected] = []
        self.book = WebBook(
            counts_per_mm=10.0,
            start_count=0,
            feed=Feed(kg_per_m2=0.0, width_mm=1.0),
            now_ns=lambda: 0,
            record=self.spans.append,
        )
        self.odometer = Odometer(counts_per_mm=10.0, start_count=0)
        self.booking = Booking(
            self.book,
            self.odometer,
            frame_counts=PITCH + overlap_counts,
            pitch_counts=PITCH,
            mm_per_px=0.1,
        )

    def expose(self, seq: int, count: int, *, at_ns: int = 0) -> None:
        report = TriggerReport(seq=seq, encoder_count=count % 2**32, tick=0)
        self.booking.exposed(report, at_ns)

    def booked(self) -> list[tuple[float, float, str]]:
        self.book.close()
        return [(s.from_mm, s.to_mm, s.reason) for s in self.spans if isinstance(s, SpanNotInspected)]


def test_the_first_exposure_shows_the_web_from_where_the_book_stands() -> None:
    belt = Belt()
    belt.expose(0, 98_765)
    exposure = belt.booking.take(0, LOST)
    assert exposure is not None
    assert (exposure.from_count, exposure.to_count) == (0, 100)


def test_exposures_follow_each_other_over_the_wrap_of_the_counter() -> None:
    belt = Belt()
    belt.expose(0, 2**32 - 50)
    belt.expose(1, 2**32 + 50)
    second = belt.booking.take(1, LOST)
    assert second is not None
    assert (second.from_count, second.to_count) == (100, 200)


def test_frames_that_never_came_are_booked_when_a_later_one_does() -> None:
    belt = Belt()
    for seq in range(4):
        belt.expose(seq, 1000 + seq * PITCH)
    belt.booking.explain(1, NotInspectedReason.FRAME_SHED, "full")
    exposure = belt.booking.take(3, LOST)
    assert exposure is not None
    belt.booking.skip(exposure, NotInspectedReason.HELD, "held")
    assert belt.booked() == [
        (0, 10, "frame_lost"),
        (10, 20, "frame_shed"),
        (20, 30, "frame_lost"),
        (30, 40, "held"),
    ]
    assert belt.booking.lost == 3


def test_a_frame_behind_the_settled_ones_comes_too_late() -> None:
    belt = Belt()
    belt.expose(0, 1000)
    belt.expose(1, 1100, at_ns=50)
    assert belt.booking.give_up_before(40, LOST)
    assert belt.booking.is_settled(0)
    assert not belt.booking.is_settled(1)
    assert not belt.booking.give_up_before(40, LOST)


def test_a_frame_without_a_trigger_leaves_a_gap_with_that_reason() -> None:
    belt = Belt()
    belt.expose(0, 1000)
    first = belt.booking.take(0, LOST)
    assert first is not None
    belt.booking.skip(first, NotInspectedReason.HELD, "held")
    belt.booking.unplaced(1)
    belt.expose(2, 1200)
    third = belt.booking.take(2, LOST)
    assert third is not None
    assert belt.booked() == [(0, 10, "held"), (10, 20, "not_placed")]


def test_what_passes_while_the_link_is_gone_is_booked_when_it_is_back() -> None:
    belt = Belt()
    belt.expose(0, 1000)
    belt.booking.restart(HELD)
    belt.booking.renumber(controller_restarted=False)
    belt.expose(0, 1900)  # 80 mm further than the last one
    assert belt.booking.take(0, LOST) is not None
    assert belt.booked() == [(0, 90, "held")]  # 10 mm in flight and 80 mm unseen


def test_a_restarted_controller_counts_anew_and_the_web_goes_on() -> None:
    belt = Belt()
    belt.expose(0, 5000)
    belt.booking.restart(HELD)
    belt.booking.renumber(controller_restarted=True)
    belt.expose(0, 100)
    exposure = belt.booking.take(0, LOST)
    assert exposure is not None
    assert (exposure.from_count, exposure.to_count) == (100, 200)


def test_the_end_books_all_that_is_in_flight_up_to_where_the_web_is() -> None:
    belt = Belt()
    belt.expose(0, 1000)
    belt.booking.finish(NotInspectedReason.STOPPING, "stopped", 170)
    assert belt.booked() == [(0, 17, "stopping")]
    assert belt.odometer.now_mm == 17.0
    assert belt.booking.waiting == 0


def test_web_that_two_frames_show_is_booked_once() -> None:
    belt = Belt(overlap_counts=20)
    for seq in range(3):
        belt.expose(seq, 500 + seq * PITCH)
        exposure = belt.booking.take(seq, LOST)
        assert exposure is not None
        assert (exposure.from_count, exposure.to_count) == (seq * PITCH, seq * PITCH + 120)
        belt.booking.skip(exposure, NotInspectedReason.HELD, f"frame {seq}")
    assert belt.booked() == [(0, 12, "held"), (12, 22, "held"), (22, 32, "held")]
