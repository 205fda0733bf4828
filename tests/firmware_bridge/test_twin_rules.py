"""The firmware's rules on a fake clock: 1000 ticks a second, 1 count a tick unless a test says otherwise."""

from collections import deque

import pytest

from firmware_bridge import messages as m
from firmware_bridge.config import SorterConfig
from firmware_bridge.counting import WRAP
from firmware_bridge.twin_motion import Instant
from firmware_bridge.twin_rules import SorterRules
from firmware_bridge.types import Shot, ShotBasis, ShotOutcome

BOOT = 7
CONFIG = SorterConfig(min_lead_us=2000)  # 2 ticks here


class Bench:
    """Rules with their surroundings: `move` lets time and belt go on, `ask` returns the one answer."""

    def __init__(self, *, count=0, schedule_size=64):
        self.now = Instant(tick=0, count=count)
        self.fired = deque()
        self.rules = SorterRules(
            config=CONFIG,
            tick_hz=1000,
            boot_id=BOOT,
            at=self.now,
            fired=self.fired,
            schedule_size=schedule_size,
        )
        self.seq = 0

    def move(self, ticks, counts=None, heard=True):
        self.now = Instant(
            tick=self.now.tick + ticks, count=self.now.count + (ticks if counts is None else counts)
        )
        self.rules.advance(self.now, heard=heard)

    def say(self, message):
        self.rules.take_outbox()
        self.rules.handle(message)
        return self.rules.take_outbox()

    def ask(self, kind, **fields):
        self.seq += 1
        (answer,) = self.say(kind(seq=self.seq, **fields))
        return answer

    def shoot(self, start, length=10, outputs=1, basis=ShotBasis.ENCODER):
        shot = Shot(outputs=outputs, basis=basis, start=start % WRAP, length=length)
        return self.ask(m.ShotRequest, shot=shot)

    def status(self):
        (status,) = self.say(m.Heartbeat(seq=1))
        return status

    def pulses(self):
        return [(firing.output, firing.count_on, firing.count_off) for firing in self.fired]


@pytest.fixture
def bench():
    return armed(Bench())


def armed(bench):
    bench.say(m.Hello(seq=0))
    assert bench.ask(m.Arm, boot_id=BOOT).result is m.Result.OK
    return bench


def test_a_shot_fires_from_its_start_count_for_its_length(bench):
    answer = bench.shoot(100, length=30, outputs=0b1001)
    assert (answer.outcome, answer.margin) == (ShotOutcome.SCHEDULED, 100)
    bench.move(99)
    assert bench.rules.outputs == 0
    bench.move(1)
    assert bench.rules.outputs == 0b1001
    bench.move(200)  # far beyond: the pin still fell at its count
    assert bench.pulses() == [(0, 100, 130), (3, 100, 130)]


def test_a_shot_in_ticks_does_not_care_for_the_belt(bench):
    bench.shoot(50, length=20, basis=ShotBasis.TICK)
    bench.move(100, counts=0)
    (firing,) = bench.fired
    assert (firing.tick_on, firing.tick_off) == (50, 70)


def test_a_late_command_is_refused_with_its_margin_and_never_fires(bench):
    bench.move(100)
    answer = bench.shoot(90)
    assert (answer.outcome, answer.margin) == (ShotOutcome.LATE, -10)
    assert bench.shoot(100).outcome is ShotOutcome.LATE  # now is too late: the least lead is 1 count
    assert bench.shoot(101, basis=ShotBasis.TICK).outcome is ShotOutcome.LATE  # 1 tick, the least is 2
    bench.move(1000)
    assert bench.pulses() == []
    assert bench.rules.counters.refused == 3


def test_an_unarmed_controller_refuses():
    bench = Bench()
    assert bench.shoot(100).outcome is ShotOutcome.UNARMED  # not even HELLO
    bench.say(m.Hello(seq=0))
    assert bench.shoot(100).outcome is ShotOutcome.UNARMED
    bench.move(200)
    assert bench.pulses() == []


def test_arming_needs_hello_and_the_right_boot():
    bench = Bench()
    assert bench.ask(m.Arm, boot_id=BOOT).result is m.Result.HELLO_NEEDED
    bench.say(m.Hello(seq=bench.seq))
    assert bench.ask(m.Arm, boot_id=BOOT - 1).result is m.Result.WRONG_BOOT
    assert bench.rules.state is m.McuState.READY


def test_a_duplicate_gets_the_same_answer_and_fires_once(bench):
    first = bench.shoot(100)
    shot = Shot(outputs=1, basis=ShotBasis.ENCODER, start=100, length=10)
    bench.move(50)
    (again,) = bench.say(m.ShotRequest(seq=bench.seq, shot=shot))
    assert again == first  # its margin too: it is the answer of then
    bench.move(100)
    (after,) = bench.say(m.ShotRequest(seq=bench.seq, shot=shot))
    assert after == first
    bench.move(500)
    assert bench.pulses() == [(0, 100, 110)]
    assert (bench.rules.counters.scheduled, bench.rules.counters.duplicates) == (1, 2)


def test_a_lost_request_may_come_behind_its_successors(bench):
    late_comer = m.ShotRequest(
        seq=bench.seq + 1, shot=Shot(outputs=2, basis=ShotBasis.ENCODER, start=100, length=10)
    )
    bench.seq += 1
    bench.shoot(200)
    (answer,) = bench.say(late_comer)
    assert answer.outcome is ShotOutcome.SCHEDULED
    bench.move(300)
    assert bench.pulses() == [(1, 100, 110), (0, 200, 210)]


def test_a_request_whose_answer_is_gone_is_not_obeyed(bench):
    old_seq = bench.seq + 1
    for _ in range(40):
        bench.shoot(1)
    shot = Shot(outputs=1, basis=ShotBasis.ENCODER, start=500, length=10)
    assert bench.say(m.ShotRequest(seq=old_seq, shot=shot)) == []
    bench.move(1000)
    assert bench.pulses() == [(0, 1, 11)]  # the forty, merged; nothing at 500


def test_sequences_wrap():
    bench = Bench()
    bench.seq = 0xFFFE
    bench.say(m.Hello(seq=0xFFFE))
    bench.ask(m.Arm, boot_id=BOOT)  # 0xFFFF
    bench.seq = -1
    assert bench.shoot(100).outcome is ShotOutcome.SCHEDULED  # 0
    assert bench.rules.counters.duplicates == 0


def test_overlapping_shots_on_an_output_are_one_pulse(bench):
    bench.shoot(100, length=30)
    bench.shoot(120, length=40)
    bench.shoot(140, length=5, outputs=2)
    bench.move(400)
    assert bench.pulses() == [(1, 140, 145), (0, 100, 160)]
    assert bench.rules.counters.started == 3


def test_an_output_is_cut_off_at_its_maximum_on_time(bench):
    bench.shoot(100, length=5000)  # valve: 200 ms are 200 ticks
    bench.move(1000)
    assert bench.pulses() == [(0, 100, 300)]
    assert bench.rules.counters.cut == 1
    assert bench.status().outputs == 0


def test_a_belt_that_stops_under_a_shot_does_not_hold_the_valve_open(bench):
    bench.shoot(100, length=50)
    bench.move(120)
    bench.move(1000, counts=0)
    (firing,) = bench.fired
    assert (firing.count_on, firing.count_off, firing.tick_off - firing.tick_on) == (100, 120, 200)


def test_a_cut_output_leaves_its_place_in_the_schedule(bench):
    free = bench.shoot(100, length=5000).free
    bench.move(1000)
    assert bench.shoot(2000).free == free


@pytest.mark.parametrize(
    "shot",
    [
        {"outputs": 0},
        {"outputs": 1 << 19},
        {"length": 0},
        {"length": 201, "basis": ShotBasis.TICK},  # valve: 200 ms
        {"start": CONFIG.horizon_counts + 1},
        {"start": 30_001, "basis": ShotBasis.TICK},
    ],
)
def test_illegal_shots_are_refused(bench, shot):
    assert bench.shoot(**{"start": 100, **shot}).outcome is ShotOutcome.ILLEGAL


def test_the_marker_may_be_on_for_longer_than_a_valve(bench):
    assert (
        bench.shoot(100, length=500, outputs=1 << 17, basis=ShotBasis.TICK).outcome is ShotOutcome.SCHEDULED
    )


def test_a_full_schedule_says_so():
    bench = armed(Bench(schedule_size=2))
    assert [bench.shoot(start).outcome for start in (100, 200, 300)] == [
        ShotOutcome.SCHEDULED,
        ShotOutcome.SCHEDULED,
        ShotOutcome.FULL,
    ]
    bench.move(150)
    assert bench.shoot(300).outcome is ShotOutcome.SCHEDULED


def test_a_valve_that_used_up_its_duty_is_refused_until_it_has_rested(bench):
    for start in range(1000, 6000, 1000):  # five times 200 ms are the whole second of burst
        assert bench.shoot(start, length=200, basis=ShotBasis.TICK).outcome is ShotOutcome.SCHEDULED
    assert bench.shoot(6000, length=2, basis=ShotBasis.TICK).outcome is ShotOutcome.DUTY
    assert bench.shoot(6000, length=2, basis=ShotBasis.TICK, outputs=2).outcome is ShotOutcome.SCHEDULED
    bench.move(400)  # half of it drains: 200 ms
    assert bench.shoot(6000, length=200, basis=ShotBasis.TICK).outcome is ShotOutcome.SCHEDULED
    assert bench.shoot(6000, length=2, basis=ShotBasis.TICK).outcome is ShotOutcome.DUTY


def test_an_encoder_shot_is_booked_with_the_time_it_takes(bench):
    bench.move(1000, counts=2000)  # 2 counts a tick: 200 counts are 100 ms, ten of them the burst
    outcomes = [bench.shoot(3000 + 300 * n, length=200).outcome for n in range(11)]
    assert outcomes == [ShotOutcome.SCHEDULED] * 10 + [ShotOutcome.DUTY]


def test_a_lost_heartbeat_switches_everything_off_and_disarms(bench):
    bench.shoot(100, length=2000, outputs=1 << 16)  # gate: 2 s
    bench.shoot(1000)
    bench.move(240, heard=False)
    assert bench.rules.state is m.McuState.ARMED
    bench.move(100, heard=False)
    assert bench.rules.state is m.McuState.SAFE
    assert bench.pulses() == [(16, 100, 250)]  # at 250 ms, not when someone looked
    (fault,) = [message for message in bench.rules.take_outbox() if isinstance(message, m.Fault)]
    assert (fault.reason, fault.dropped) == (m.SafeReason.HEARTBEAT_LOST, 1)
    assert bench.shoot(1000).outcome is ShotOutcome.UNARMED
    assert bench.ask(m.Arm, boot_id=BOOT).result is m.Result.HELLO_NEEDED


def test_hello_and_arm_lead_out_of_the_safe_state(bench):
    bench.move(300, heard=False)
    bench.say(m.Hello(seq=500))
    bench.seq = 500
    assert bench.ask(m.Arm, boot_id=BOOT).result is m.Result.OK
    assert bench.shoot(400).outcome is ShotOutcome.SCHEDULED


def test_heartbeats_keep_it_armed(bench):
    for _ in range(20):
        bench.move(200, heard=False)
        bench.say(m.Heartbeat(seq=1))
    assert bench.rules.state is m.McuState.ARMED


def test_the_emergency_stop_holds_until_it_is_released_and_greeted(bench):
    bench.shoot(10, length=100)
    bench.move(20)
    bench.rules.press_emergency_stop()
    assert bench.pulses() == [(0, 10, 20)]
    bench.say(m.Hello(seq=500))
    bench.seq = 500
    assert bench.rules.state is m.McuState.SAFE
    assert bench.ask(m.Arm, boot_id=BOOT).result is m.Result.EMERGENCY_STOP
    bench.rules.release_emergency_stop()
    assert bench.ask(m.Arm, boot_id=BOOT).result is m.Result.HELLO_NEEDED
    bench.say(m.Hello(seq=600))
    bench.seq = 600
    assert bench.ask(m.Arm, boot_id=BOOT).result is m.Result.OK


@pytest.mark.parametrize("message", [m.Disarm(seq=2), m.Hello(seq=99)])
def test_disarm_and_hello_give_up_what_was_taken_and_count_it(bench, message):
    bench.shoot(100)
    bench.seq = 1
    bench.say(message if isinstance(message, m.Hello) else m.Disarm(seq=3))
    bench.move(500)
    assert bench.pulses() == []
    assert bench.rules.counters.dropped == 1
    assert bench.rules.state is m.McuState.READY


def test_no_shot_is_unaccounted_for(bench):
    bench.move(100)  # so that the belt's speed is known
    for n in range(20):
        bench.shoot(200 + 50 * n)
    bench.move(600)  # those at 200 .. 700 have started: 11
    bench.say(m.Hello(seq=99))
    counters = bench.status().counters
    assert (counters.scheduled, counters.started, counters.dropped) == (20, 11, 9)


def test_a_host_of_another_version_is_told_ours_and_changes_nothing(bench):
    bench.shoot(100)
    (welcome,) = bench.say(m.Hello(seq=9, version=2))
    assert welcome.version == m.PROTOCOL_VERSION
    assert bench.rules.state is m.McuState.ARMED
    bench.move(200)
    assert len(bench.fired) == 1


def test_triggers_come_every_pitch_with_the_count_of_the_exposure(bench):
    bench.move(5)
    bench.ask(m.TriggerStart, run=3, pitch_counts=100)
    bench.move(350)
    reports = [message for message in bench.rules.take_outbox() if isinstance(message, m.ReportMessage)]
    assert [(r.run, r.report.seq, r.report.encoder_count, r.report.tick) for r in reports] == [
        (3, 0, 105, 105),
        (3, 1, 205, 205),
        (3, 2, 305, 305),
    ]
    assert [report.seq for report in bench.rules.take_exposures()] == [0, 1, 2]


def test_a_belt_that_goes_back_and_forth_exposes_nothing_twice(bench):
    bench.ask(m.TriggerStart, run=1, pitch_counts=100)
    bench.move(250)
    bench.move(200, counts=-200)
    bench.move(260, counts=260)  # at 310 now
    assert [report.encoder_count for report in bench.rules.take_exposures()] == [100, 200, 300]


def test_reports_can_be_asked_for_again_while_they_are_kept(bench):
    bench.ask(m.TriggerStart, run=1, pitch_counts=10)
    bench.move(1005)  # 100 exposures, the last 64 are kept: 36 .. 99
    bench.rules.take_outbox()
    *again, answer = bench.say(m.TriggerResend(seq=1, run=1, first=34, count=4))
    assert [message.report.seq for message in again] == [36, 37]
    assert answer == m.TriggerResendAnswer(seq=1, run=1, oldest=36)
    (answer,) = bench.say(m.TriggerResend(seq=2, run=9, first=90, count=4))
    assert answer.run == 1


def test_triggers_run_on_in_the_safe_state(bench):
    bench.ask(m.TriggerStart, run=1, pitch_counts=100)
    bench.move(500, heard=False)
    assert bench.rules.state is m.McuState.SAFE
    assert len(bench.rules.take_exposures()) == 5
    bench.ask(m.TriggerStop)
    bench.move(500)
    assert bench.rules.take_exposures() == []


@pytest.mark.parametrize("pitch_counts", [0, m.LONGEST_PITCH_COUNTS + 1])
def test_an_impossible_pitch_is_illegal(bench, pitch_counts):
    assert bench.ask(m.TriggerStart, run=1, pitch_counts=pitch_counts).result is m.Result.ILLEGAL


def test_the_encoder_counter_may_wrap_under_a_shot():
    bench = armed(Bench(count=WRAP - 50))
    answer = bench.shoot(WRAP - 10, length=30)
    assert answer.margin == 40
    bench.ask(m.TriggerStart, run=1, pitch_counts=60)
    bench.move(100)
    assert bench.pulses() == [(0, WRAP - 10, WRAP + 20)]
    assert [report.encoder_count for report in bench.rules.take_exposures()] == [10]


def test_status_tells_the_truth(bench):
    bench.shoot(100, length=50)
    bench.move(120)
    status = bench.status()
    assert (status.state, status.boot_id, status.tick, status.encoder_count) == (
        m.McuState.ARMED,
        BOOT,
        120,
        120,
    )
    assert status.outputs == 1


def test_the_next_thing_to_do_is_known_ahead(bench):
    bench.shoot(100, length=50)
    bench.ask(m.TriggerStart, run=1, pitch_counts=80)
    assert bench.rules.next_due_tick(Instant(tick=1000, count=1000)) == 80
    assert bench.rules.next_due_tick(Instant(tick=1000, count=500)) == 160  # half the speed
    assert bench.rules.next_due_tick(Instant(tick=1000, count=0)) == 250  # standing: the heartbeat's limit
