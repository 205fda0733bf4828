"""Whatever the wire does: nothing fires twice, and nothing is silently not fired."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wire_in_time import COUNTS_S, Damage, Played, WireInTime

from firmware_bridge.messages import McuState
from firmware_bridge.types import LinkDownError, Shot, ShotBasis, ShotOutcome

BAD = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10**9),
        "lost": st.sampled_from(
            [0.0, 0.0003, 0.002, 0.02]
        ),  # 20 000 a million is the worst that is asked for
        "changed": st.sampled_from([0.0, 0.0003, 0.002, 0.02]),
        "invented": st.sampled_from([0.0, 0.002]),
        "cuts": st.sampled_from([0.0, 0.05]),
    }
)
# (counts from the shot before it, length): starts rise, and no two pulses on one of 16 valves touch
SHOTS = st.lists(st.tuples(st.integers(5, 60), st.integers(1, 30)), min_size=1, max_size=60)
AHEAD_COUNTS = 1500  # 0.3 s
PATIENCE_NS = 250_000_000


def play(there, back, shots):
    """Shoot; return the host, the wire and the starts of what was asked for, by valve."""
    wire = WireInTime(Damage(**there), Damage(**back))
    host = Played(wire)
    host.connect()
    asked = Counter()
    for number, (gap, length) in enumerate(shots):
        host.run_for(gap * 10**9 // COUNTS_S)
        start = wire.now_ns * COUNTS_S // 10**9 + AHEAD_COUNTS
        asked[number % 16, start] += 1
        shot = Shot(outputs=1 << number % 16, basis=ShotBasis.ENCODER, start=start, length=length)
        host.shoot(shot, PATIENCE_NS)
    host.run_until(lambda: len(host.results) == len(shots))
    host.run_for(10**9)  # until everything scheduled has come and gone
    return host, wire, asked


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BAD, BAD, SHOTS)
def test_what_is_answered_scheduled_fires_once_and_nothing_else_fires_more(there, back, shots):
    try:
        host, wire, asked = play(there, back, shots)
    except LinkDownError:
        return  # half a second of nothing but damage: the link says so, and the test below counts its shots
    fired = Counter((firing.output, firing.count_on) for firing in wire.fired)
    counters = wire.rules.counters
    assert all(times == 1 for times in fired.values())  # nothing twice
    assert counters.started == fired.total()  # nor two shots in one pulse: no two of them touch
    assert fired.keys() <= asked.keys()  # nothing unasked
    assert counters.scheduled == counters.started + counters.dropped  # nothing silently not fired
    assert len(host.results) == len(shots)  # every shot is answered, each once
    scheduled = {
        (result.shot.outputs.bit_length() - 1, result.shot.start)
        for result in host.results
        if result.outcome is ShotOutcome.SCHEDULED
    }
    missing = scheduled - fired.keys()
    assert len(missing) <= counters.dropped  # given up by the safe state, counted and told
    if missing:
        assert McuState.SAFE in host.states


@settings(max_examples=20, deadline=None)
@given(SHOTS)
def test_on_a_good_wire_everything_fires_at_its_count(shots):
    host, wire, asked = play({"seed": 1}, {"seed": 2}, shots)
    assert {result.outcome for result in host.results} == {ShotOutcome.SCHEDULED}
    assert Counter((firing.output, firing.count_on) for firing in wire.fired) == asked
    assert host.counters.repeated == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 40))
def test_when_the_wire_dies_every_shot_is_answered_and_the_controller_lets_go(seed, shots):
    wire = WireInTime(Damage(seed), Damage(seed + 1))
    host = Played(wire)
    host.connect()
    wire._there = wire._back = Damage(seed, lost=1.0)
    down = None
    for number in range(shots):
        start = wire.now_ns * COUNTS_S // 10**9 + AHEAD_COUNTS
        host.shoot(Shot(outputs=1, basis=ShotBasis.ENCODER, start=start + number, length=1), PATIENCE_NS)
    try:
        host.run_for(2 * 10**9)
    except LinkDownError as error:
        down = error
    for request in host.session.window.flush():
        request.on_reply(None)
    assert "silent" in str(down)
    assert [result.outcome for result in host.results] == [ShotOutcome.NO_ANSWER] * shots
    assert wire.rules.state is McuState.SAFE  # it heard nothing for 250 ms
    assert wire.rules.outputs == 0
    assert list(wire.fired) == []


def test_an_answer_that_is_lost_is_given_again_and_the_shot_fires_once():
    wire = WireInTime(Damage(1), Damage(2))
    host = Played(wire)
    host.connect()
    wire._back = Damage(3, lost=1.0)
    start = wire.now_ns * COUNTS_S // 10**9 + AHEAD_COUNTS
    host.shoot(Shot(outputs=1, basis=ShotBasis.ENCODER, start=start, length=5), PATIENCE_NS)
    host.run_for(60_000_000)  # the request arrived, its answers did not
    assert wire.rules.counters.scheduled == 1
    assert wire.rules.counters.duplicates >= 1
    wire._back = Damage(4)
    host.run_until(lambda: host.results)
    host.run_for(10**9)
    assert host.results[0].outcome is ShotOutcome.SCHEDULED
    assert [firing.count_on for firing in wire.fired] == [start]
