"""The sorter link and the MCU twin over a real pty with pyserial: what people and cables can do to them."""

import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from link_rig import PATIENCE_S, Rig, until

from firmware_bridge.config import SorterConfig
from firmware_bridge.link import SorterLink
from firmware_bridge.messages import McuState
from firmware_bridge.transport import SerialTransport
from firmware_bridge.twin import McuTwin
from firmware_bridge.twin_cable import Noise
from firmware_bridge.types import (
    BridgeError,
    LinkDownError,
    LinkState,
    Shot,
    ShotBasis,
    ShotOutcome,
    VersionMismatchError,
)


@pytest.fixture
def make_rig():
    rigs = []

    def make(**options):
        rig = Rig(**options)
        rig.twin.start()
        rigs.append(rig)
        return rig

    yield make
    for rig in rigs:
        rig.link.stop()
        rig.twin.stop()
        assert rig.twin.error is None


@pytest.fixture
def rig(make_rig):
    rig = make_rig()
    rig.connect()
    return rig


def test_a_shot_moves_the_output_at_its_count(rig):
    rig.arm()
    start = rig.shoot(2000, outputs=0b100)
    assert rig.outcomes(1) == [ShotOutcome.SCHEDULED]
    until(lambda: rig.pulses(), "a pulse")
    assert rig.pulses() == [(2, start, start + 20)]
    assert 0 < rig.results[0].margin <= 2000


def test_a_late_command_is_refused_and_says_by_how_much(rig):
    rig.arm()
    rig.shoot(-500)
    assert rig.outcomes(1) == [ShotOutcome.LATE]
    assert rig.results[0].margin <= -500
    assert rig.pulses() == []


def test_until_when_the_controller_was_armed_is_known_and_stands_still_in_silence(make_rig):
    rig = make_rig(config=SorterConfig(heartbeat_ms=5000))
    rig.connect()
    assert rig.link.armed_ns == 0
    rig.arm()
    until(lambda: rig.link.armed_ns > 0, "a status that says so")
    rig.twin.go_silent()
    silent_ns = time.monotonic_ns()
    rig.link.wait_for(LinkState.DISCONNECTED, PATIENCE_S)
    assert 0 < rig.link.armed_ns <= silent_ns


def test_an_unarmed_controller_refuses(rig):
    rig.shoot(2000)
    assert rig.outcomes(1) == [ShotOutcome.UNARMED]


def test_disarming_refuses_from_then_on(rig):
    rig.arm()
    assert rig.twin.line_may_run
    rig.link.disarm()
    rig.link.wait_for(LinkState.CONNECTED, PATIENCE_S)
    rig.shoot(2000)
    assert rig.outcomes(1) == [ShotOutcome.UNARMED]
    assert not rig.twin.line_may_run


def test_noise_on_the_line_fires_nothing_twice_and_nothing_unasked(make_rig):
    rig = make_rig(
        noise_in=Noise(seed=1, corrupt_per_million=5000, drop_per_million=1000),
        noise_out=Noise(seed=2, corrupt_per_million=5000, drop_per_million=1000),
    )
    rig.connect()
    rig.arm()
    asked = {}
    for n in range(320):  # 16 valves by turns, 800 counts apart on each: no two pulses touch
        asked[n] = (n % 16, rig.shoot(2000, outputs=1 << n % 16))
        until(lambda n=n: rig.twin.encoder_count() >= asked[n][1] - 2000 + 50, "the belt to move")
    outcomes = Counter(rig.outcomes(320))
    until(lambda: rig.twin.encoder_count() > asked[319][1] + 100, "the last shot to pass")
    fired = [(output, count_on) for output, count_on, _ in rig.pulses()]
    assert len(fired) == len(set(fired)) == rig.twin.counters.scheduled
    assert set(fired) <= set(asked.values())
    answered = {
        (result.shot.outputs.bit_length() - 1, result.shot.start)
        for result in rig.results
        if result.outcome is ShotOutcome.SCHEDULED
    }
    assert answered <= set(fired)
    assert outcomes[ShotOutcome.SCHEDULED] > 160  # it works; on an idle machine it is all of them
    assert rig.twin.counters.bad_frames > 0
    assert rig.link.counters.bad_frames > 0
    assert rig.link.counters.repeated > 0


def test_triggers_come_every_pitch_and_those_lost_in_noise_are_asked_for_again(make_rig):
    rig = make_rig(
        noise_in=Noise(seed=3, corrupt_per_million=2000), noise_out=Noise(seed=4, corrupt_per_million=5000)
    )
    rig.connect()
    rig.link.start_triggers(100)
    until(lambda: len(rig.exposures) >= 100, "100 exposures")
    rig.twin.set_speed(0.0)
    lost = rig.link.counters
    until(lambda: len(rig.reports) + lost.lost_reports == len(rig.exposures), "all reports")
    assert lost.bad_frames > 0
    assert lost.lost_reports <= 5  # none, but where a loaded machine lets the link sleep for 0.6 s
    assert {(report.seq, report.encoder_count) for report in rig.reports} <= set(rig.exposures)
    seqs = [report.seq for report in rig.reports]
    assert seqs == sorted(set(seqs))
    counts = [count for _, count in rig.exposures]
    assert {after - before for before, after in zip(counts, counts[1:], strict=False)} == {100}


def test_the_encoder_is_conserved_over_changes_of_speed(rig):
    rig.link.start_triggers(100)
    for speed_mm_s in (2000.0, 300.0, 0.0, 1500.0):
        rig.twin.set_speed(speed_mm_s)
        time.sleep(0.1)
    rig.twin.set_speed(0.0)
    stands_at = rig.twin.encoder_count()
    until(lambda: rig.reports and 0 <= stands_at - rig.reports[-1].encoder_count < 100, "the last exposure")
    first, last = rig.reports[0], rig.reports[-1]
    assert last.encoder_count - first.encoder_count == 100 * (len(rig.reports) - 1)
    assert [(report.seq, report.encoder_count) for report in rig.reports] == rig.exposures


def test_the_host_knows_where_the_belt_is(rig):
    rig.link.start_triggers(100)
    until(lambda: len(rig.reports) > 30, "reports")
    before = rig.twin.encoder_count()
    guess = rig.link.encoder_now()
    after = rig.twin.encoder_count()
    assert before - 200 <= guess <= after + 200  # 20 ms at 10 000 counts/s
    assert after - 2_000 <= rig.link.encoder_told() <= rig.twin.encoder_count()
    assert rig.link.encoder_speed() == pytest.approx(10_000, rel=0.05)


def test_a_trigger_is_placed_in_host_time(make_rig):
    exposed_ns = {}
    rig = make_rig()
    rig.exposures = None  # not used here
    rig.twin._on_expose = lambda seq, _: exposed_ns.setdefault(seq, time.monotonic_ns())
    rig.connect()
    rig.link.start_triggers(100)
    until(lambda: len(rig.reports) > 50, "reports")
    errors_ns = sorted(abs(rig.link.host_ns(report.tick) - exposed_ns[report.seq]) for report in rig.reports)
    assert errors_ns[len(errors_ns) // 2] < 10_000_000


def test_a_silent_host_makes_the_controller_safe_and_arming_anew_leads_out(rig):
    rig.arm()
    rig.shoot(100_000)
    assert rig.outcomes(1) == [ShotOutcome.SCHEDULED]
    rig.twin.go_silent()  # heartbeats are lost from now on
    until(lambda: rig.twin.state is McuState.SAFE, "the safe state")
    assert not rig.twin.line_may_run
    rig.twin.speak_again()
    until(lambda: rig.link.state in (LinkState.FAULT, LinkState.CONNECTED), "the link to hear of it")
    rig.arm()
    rig.shoot(2000)
    assert rig.outcomes(2)[1] is ShotOutcome.SCHEDULED
    until(lambda: rig.pulses(), "a pulse")
    assert rig.twin.counters.dropped == 1  # the first shot never fired, and is counted
    assert len(rig.pulses()) == 1


def test_a_silent_controller_is_down_and_shots_are_answered(rig):
    rig.arm()
    rig.twin.go_silent()
    rig.shoot(5000)
    assert rig.outcomes(1) == [ShotOutcome.NO_ANSWER]
    rig.link.wait_for(LinkState.DISCONNECTED, PATIENCE_S)
    assert "silent" in rig.states[-1][1]
    rig.twin.speak_again()
    rig.link.wait_for(LinkState.CONNECTED, PATIENCE_S)


def test_no_answer_comes_at_the_deadline_not_when_the_link_is_given_up(rig):
    rig.arm()
    rig.twin.go_silent()
    rig.shoot(5000, patience_s=0.02)
    assert rig.outcomes(1) == [ShotOutcome.NO_ANSWER]
    assert rig.link.state is LinkState.ARMED  # the link itself is not given up yet


def test_unplugged_and_plugged_in_at_another_port_it_goes_on(rig):
    rig.arm()
    rig.link.start_triggers(100)
    until(lambda: rig.reports, "a trigger")
    other = McuTwin(speed_mm_s=0.0, counts_per_mm=1.0, on_expose=lambda seq, count: None)
    old_port = rig.twin.port
    rig.twin.unplug()
    rig.link.wait_for(LinkState.DISCONNECTED, PATIENCE_S)
    other.start()  # takes the old name, so that the port's name changes
    rig.shoot(2000)
    assert rig.outcomes(1) == [ShotOutcome.NO_ANSWER]
    rig.reports.clear()
    rig.twin.plug_in()
    rig.link.wait_for(LinkState.CONNECTED, PATIENCE_S)
    assert rig.twin.port != old_port
    other.stop()
    until(lambda: len(rig.reports) > 2, "triggers again, without being asked")
    assert rig.reports[0].seq == 0
    assert rig.twin.state is not McuState.ARMED
    rig.arm()
    rig.shoot(2000)
    assert rig.outcomes(2)[1] is ShotOutcome.SCHEDULED


def test_a_shot_on_its_way_when_the_cable_is_pulled_is_answered_and_never_sent_again(rig):
    rig.arm()
    rig.twin.go_silent()
    rig.shoot(30_000)  # 3 s ahead: it would still be in time after the reconnection
    rig.twin.unplug()
    assert rig.outcomes(1) == [ShotOutcome.NO_ANSWER]
    rig.twin.speak_again()
    rig.twin.plug_in()
    rig.link.wait_for(LinkState.CONNECTED, PATIENCE_S)
    rig.arm()
    rig.shoot(2000)
    assert rig.outcomes(2)[1] is ShotOutcome.SCHEDULED
    assert rig.twin.counters.scheduled == 1


def test_a_restarted_controller_is_noticed_and_is_not_armed(rig):
    rig.arm()
    rig.twin.reboot()
    rig.link.wait_for(LinkState.DISCONNECTED, PATIENCE_S)
    rig.link.wait_for(LinkState.CONNECTED, PATIENCE_S)
    assert "restarted" in rig.states[-2][1]
    assert "its counts start anew" in rig.states[-1][1]
    assert rig.twin.state is McuState.READY
    assert rig.link.encoder_now() < 50_000  # counts of the new boot


def test_the_emergency_stop_is_a_fault_until_it_is_released(rig):
    rig.arm()
    rig.twin.emergency_stop()
    rig.link.wait_for(LinkState.FAULT, PATIENCE_S)
    assert not rig.twin.line_may_run
    rig.shoot(2000)
    assert rig.outcomes(1) == [ShotOutcome.UNARMED]
    rig.link.arm()
    until(lambda: any("release it" in cause for _, cause in rig.states), "the refusal to arm")
    rig.twin.release_emergency_stop()
    rig.arm()
    assert rig.twin.line_may_run


def test_firmware_of_another_version_says_reflash_and_both_versions(make_rig):
    rig = make_rig(version=2)
    rig.link.start()
    with pytest.raises(VersionMismatchError, match=r"speaks protocol 2, this host speaks 1: reflash") as told:
        rig.link.wait_for(LinkState.CONNECTED, 0.5)
    assert "make -C firmware_bridge/firmware flash PORT=" in str(told.value)
    assert "or update this host" in str(told.value)
    assert rig.twin.state is McuState.BOOTED


def test_a_controller_reflashed_to_an_older_firmware_while_the_line_runs_is_refused_from_then_on(rig):
    rig.arm()
    rig.twin.unplug()
    rig.link.wait_for(LinkState.DISCONNECTED, PATIENCE_S)
    rig.twin._version = 0
    rig.twin.reboot()
    rig.twin.plug_in()
    until(lambda: "speaks protocol 0" in rig.states[-1][1], "the refusal")
    assert "or update" not in rig.states[-1][1]
    rig.shoot(2000)
    assert rig.outcomes(1) == [ShotOutcome.NO_ANSWER]
    assert rig.twin.state is not McuState.ARMED


def test_a_missing_port_is_a_clear_error_and_shots_are_answered():
    states = []
    link = SorterLink(
        lambda: SerialTransport("/dev/ttyNOT_THERE"),
        now_ns=time.monotonic_ns,
        on_trigger=lambda report: None,
        on_state=lambda state, cause: states.append((state, cause)),
    )
    link.start()
    with pytest.raises(LinkDownError, match=r"/dev/ttyNOT_THERE can't be opened"):
        link.wait_for(LinkState.CONNECTED, 0.3)
    results = []
    shot = Shot(outputs=1, basis=ShotBasis.ENCODER, start=0, length=1)
    link.submit(shot, results.append, time.monotonic_ns() + 60_000_000_000)
    until(lambda: results, "an answer long before the deadline")
    assert results[0].outcome is ShotOutcome.NO_ANSWER
    with pytest.raises(LinkDownError, match="no encoder count"):
        link.encoder_now()
    link.stop()
    assert [state for state, _ in states] == [LinkState.DISCONNECTED]  # told once, not at every attempt
    link.submit(shot, results.append, time.monotonic_ns())
    assert len(results) == 2


def test_a_callback_that_raises_is_a_fault_and_the_controller_goes_safe(make_rig):
    def break_down(report):
        raise ValueError(f"cannot place {report.seq}")

    rig = make_rig(on_trigger=break_down)
    rig.connect()
    rig.arm()
    rig.link.start_triggers(100)
    rig.link.wait_for(LinkState.FAULT, PATIENCE_S)
    assert rig.states[-1] == (LinkState.FAULT, "the sorter link ended: ValueError: cannot place 0")
    with pytest.raises(BridgeError, match="cannot place 0"):
        rig.link.wait_for(LinkState.ARMED, 0.01)
    until(lambda: rig.twin.state is McuState.SAFE, "the safe state")
    rig.shoot(2000)
    assert rig.outcomes(1) == [ShotOutcome.NO_ANSWER]


def test_stopping_disarms_and_leaves_no_thread_and_no_trigger(rig):
    rig.arm()
    rig.link.start_triggers(100)
    until(lambda: rig.exposures, "an exposure")
    rig.link.stop()
    assert rig.twin.state is McuState.READY  # told, not left to its heartbeat
    exposures = len(rig.exposures)
    time.sleep(0.05)
    assert len(rig.exposures) == exposures
    assert "sorter-link" not in {thread.name for thread in threading.enumerate()}
    assert rig.states[-1] == (LinkState.DISCONNECTED, "stopped")


def test_more_shots_than_the_schedule_holds_are_refused_as_full(rig):
    rig.arm()
    until(lambda: rig.link.encoder_speed() > 0, "a measured belt")
    for n in range(80):
        rig.shoot(100_000 + 100 * n, outputs=1 << n % 16)
        time.sleep(0.001)
    outcomes = Counter(rig.outcomes(80))
    assert outcomes == {ShotOutcome.SCHEDULED: 64, ShotOutcome.FULL: 16}


def test_a_shot_past_its_deadline_is_answered_and_not_sent(rig):
    rig.arm()
    rig.shoot(5000, patience_s=-1.0)
    assert rig.outcomes(1) == [ShotOutcome.NO_ANSWER]
    rig.shoot(5000)
    assert rig.outcomes(2)[1] is ShotOutcome.SCHEDULED
    assert rig.twin.counters.scheduled == 1


@pytest.mark.parametrize("pitch_counts", [0, -1, 1 << 25])
def test_an_impossible_pitch_is_refused_before_it_is_sent(rig, pitch_counts):
    with pytest.raises(BridgeError, match="trigger pitch"):
        rig.link.start_triggers(pitch_counts)


def test_twenty_replugs_leak_nothing(rig):
    def descriptors():
        return len(list(Path("/proc/self/fd").iterdir()))

    before = descriptors()
    for _ in range(20):
        rig.twin.unplug()
        rig.link.wait_for(LinkState.DISCONNECTED, PATIENCE_S)
        rig.twin.plug_in()
        rig.link.wait_for(LinkState.CONNECTED, PATIENCE_S)
    assert descriptors() == before
