from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware_bridge.types import Output, Shot, ShotOutcome, ShotResult
from service.event_terms import Actuator, LineKind, ShotFate
from service.events import Body, OrderedShot, SeenDefect, ShotAnswered, ShotGivenUp, SortingPolicy
from service.line.odometer import Odometer
from service.line.shooter import Aim, Reach, Shooter
from service.line.web_book import Feed, Owner

POLICY = SortingPolicy(
    material=LineKind.FIBRE,
    web_width_mm=400.0,
    lanes=4,
    margin_mm=0.0,
    on_failed="mark",
    mark_unsure=False,
    stop_on_length_mm=0.0,
    longest_shot_mm=100.0,
)
ORDER = OrderedShot(
    command_id="s1", actuator=Actuator.VALVE, lane=1, from_mm=1000.0, to_mm=1020.0, rule="ejected"
)
OWNER = Owner(lot_id="lot")


class FakeSorter:
    """Keeps what it was asked; answers when the test says so."""

    def __init__(self) -> None:
        self.shots: list[tuple[Shot, Callable[[ShotResult], None], int]] = []
        self.count = 0
        self.counts_s = 5000.0

    def submit(self, shot: Shot, on_result: Callable[[ShotResult], None], deadline_ns: int) -> None:
        self.shots.append((shot, on_result, deadline_ns))

    def encoder_now(self) -> int:
        return self.count

    def encoder_speed(self) -> float:
        return self.counts_s

    def answer(self, outcome: ShotOutcome, margin: int) -> None:
        shot, on_result, _ = self.shots.pop()
        on_result(ShotResult(shot=shot, outcome=outcome, margin=margin, answered_ns=0))


class Range:
    """10 counts a mm, 500 mm/s, outputs 300 mm behind the camera, 20 ms slow; web 0 is count 100."""

    def __init__(self) -> None:
        self.sorter = FakeSorter()
        odometer = Odometer(counts_per_mm=10.0, start_count=0)
        odometer.anchor(100, 0)
        self.bodies: list[Body] = []
        self.shooter = Shooter(
            self.sorter,
            odometer,
            reach=Reach(distance_mm=300.0, latency_ms=20.0, nominal_mm_s=400.0, counts_per_mm=10.0),
            policy=POLICY,
            feed=Feed(kg_per_m2=0.5, width_mm=400.0),
            now_ns=lambda: 7_000_000_000,
            record=self.bodies.append,
        )

    def fire(self, order: OrderedShot = ORDER, *defects: SeenDefect, count: int = 11_000) -> None:
        self.sorter.count = count
        self.shooter.fire((order,), defects, OWNER, self.shooter.aim())

    def answered(self) -> ShotAnswered:
        (body,) = self.bodies
        assert isinstance(body, ShotAnswered)
        return body


@pytest.fixture
def range_() -> Range:
    return Range()


def test_a_shot_meets_the_material_at_the_output_less_the_latency(range_: Range) -> None:
    range_.fire()
    ((shot, _, deadline_ns),) = range_.sorter.shots
    # 1000 mm + 300 mm - 20 ms * 500 mm/s = 1290 mm, that is 12 900 counts after count 100
    assert (shot.outputs, shot.start, shot.length) == (1 << 1, 13_000, 200)
    # 2000 counts at 5000 counts/s are left
    assert deadline_ns == 7_000_000_000 + 400_000_000


@pytest.mark.parametrize(
    ("actuator", "bit"),
    [(Actuator.MARKER, Output.MARKER), (Actuator.LINE_STOP, Output.LINE_STOP), (Actuator.GATE, Output.GATE)],
)
def test_each_actuator_has_its_bit(range_: Range, actuator: Actuator, bit: Output) -> None:
    range_.fire(replace(ORDER, actuator=actuator, lane=0))
    assert range_.sorter.shots[0][0].outputs == 1 << bit


def test_a_scheduled_shot_is_answered_with_the_time_that_was_left(range_: Range) -> None:
    range_.fire()
    assert not range_.shooter.wait_answered(0.0)
    range_.sorter.answer(ShotOutcome.SCHEDULED, 1500)
    assert range_.shooter.wait_answered(0.0)
    answer = range_.answered()
    assert (answer.command_id, answer.fate, answer.lot_id) == ("s1", ShotFate.SCHEDULED, "lot")
    assert answer.margin_ms == pytest.approx(300.0)  # 1500 of 5000 counts/s


def test_a_shot_whose_time_has_passed_is_an_escape_and_never_sent(range_: Range) -> None:
    range_.fire(count=13_050)
    assert range_.sorter.shots == []
    answer = range_.answered()
    assert answer.fate is ShotFate.TOO_LATE
    assert answer.margin_ms == pytest.approx(-10.0)
    assert answer.ejected_kg == 0.0


@pytest.mark.parametrize(
    ("outcome", "fate"),
    [
        (ShotOutcome.LATE, ShotFate.REFUSED),
        (ShotOutcome.DUTY, ShotFate.REFUSED),
        (ShotOutcome.FULL, ShotFate.REFUSED),
        (ShotOutcome.UNARMED, ShotFate.REFUSED),
        (ShotOutcome.ILLEGAL, ShotFate.REFUSED),
        (ShotOutcome.NO_ANSWER, ShotFate.NO_ANSWER),
    ],
)
def test_whatever_else_becomes_of_a_shot_is_recorded_and_ejects_nothing(
    range_: Range, outcome: ShotOutcome, fate: ShotFate
) -> None:
    range_.fire()
    range_.sorter.answer(outcome, 0)
    answer = range_.answered()
    assert (answer.fate, answer.detail, answer.ejected_kg) == (fate, outcome.value, 0.0)


def test_an_ejected_window_is_weighed_and_the_contaminant_taken_off_the_good_fibre(range_: Range) -> None:
    matter = SeenDefect(
        defect_kind="bark",
        score=9.0,
        x0_mm=190.0,  # half in lane 1 (100..200), half in lane 2
        y0_mm=1005.0,
        x1_mm=210.0,
        y1_mm=1010.0,
        area_mm2=80.0,
        length_mm=20.0,
    )
    elsewhere = replace(matter, y0_mm=1500.0, y1_mm=1505.0)
    range_.fire(ORDER, matter, elsewhere)
    range_.sorter.answer(ShotOutcome.SCHEDULED, 100)
    answer = range_.answered()
    assert answer.ejected_kg == pytest.approx(20 * 100 * 0.5e-6)  # 20 mm of a 100 mm lane at 0.5 kg/m2
    assert answer.good_fibre_kg == pytest.approx((20 * 100 - 40) * 0.5e-6)


def test_where_the_windows_of_two_strips_overlap_fibre_is_weighed_once(range_: Range) -> None:
    range_.fire()  # 1000 to 1020 mm
    range_.sorter.answer(ShotOutcome.SCHEDULED, 100)
    range_.fire(replace(ORDER, command_id="s2", from_mm=1012.0, to_mm=1030.0))
    range_.sorter.answer(ShotOutcome.SCHEDULED, 100)
    range_.fire(replace(ORDER, command_id="s3", lane=2, from_mm=1012.0, to_mm=1030.0))
    range_.sorter.answer(ShotOutcome.SCHEDULED, 100)
    weighed = [body.ejected_kg for body in range_.bodies if isinstance(body, ShotAnswered)]
    lane = 100 * 0.5e-6  # kg a mm
    assert weighed == pytest.approx([20 * lane, 10 * lane, 18 * lane])


def test_without_a_measured_speed_the_nominal_one_counts(range_: Range) -> None:
    range_.sorter.counts_s = 0.0
    assert range_.shooter.aim() == Aim(count32=0, speed_mm_s=400.0)


def test_the_end_of_the_last_scheduled_shot_is_known(range_: Range) -> None:
    range_.fire()
    assert range_.shooter.last_end_ns() == 0
    range_.sorter.answer(ShotOutcome.SCHEDULED, 100)
    # 400 ms until it starts, 200 counts at 5000 counts/s long
    assert range_.shooter.last_end_ns() == 7_000_000_000 + 440_000_000


def test_shots_that_a_controller_drops_become_escapes_once(range_: Range) -> None:
    range_.fire()
    range_.sorter.answer(ShotOutcome.SCHEDULED, 100)  # done at 7.44 s
    range_.fire(replace(ORDER, command_id="s2"))
    range_.sorter.answer(ShotOutcome.DUTY, 100)
    range_.fire(replace(ORDER, command_id="s3"), count=10_000)
    range_.sorter.answer(ShotOutcome.SCHEDULED, 100)  # done at 7.64 s
    range_.bodies.clear()
    dropped = replace(ORDER, command_id="s3")
    assert range_.shooter.give_up(7_500_000_000, "emergency stop") == (dropped,)
    assert range_.shooter.give_up(7_500_000_000, "emergency stop") == ()
    (lost,) = range_.bodies
    assert isinstance(lost, ShotGivenUp)
    assert (lost.command_id, lost.lane, lost.lot_id) == ("s3", 1, "lot")
    assert (lost.from_mm, lost.to_mm, lost.detail) == (1000.0, 1020.0, "emergency stop")
    assert range_.shooter.last_end_ns() == 7_440_000_000  # that one was done before


def test_a_shot_that_is_cut_short_is_an_escape_too(range_: Range) -> None:
    range_.fire()
    range_.sorter.answer(ShotOutcome.SCHEDULED, 100)  # from 7.40 s to 7.44 s
    assert range_.shooter.give_up(7_420_000_000, "unplugged") == (ORDER,)
