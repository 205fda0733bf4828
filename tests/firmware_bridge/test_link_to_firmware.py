"""The product's link on the C firmware in the emulator, at the pace of real time, over a pty.

Nothing here is measured: whatever a loaded machine makes of the pace, no shot fires twice or unasked.
"""

import pytest
from emulated_sorter import RUN, why_not
from link_rig import until
from sorter_rig import PATIENCE_S, SorterRig

from firmware_bridge.types import LinkState, ShotOutcome

MISSING = why_not()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"the C firmware can't run in an emulator: {MISSING}")


@pytest.fixture
def rig(tmp_path):
    rig = SorterRig(tmp_path)
    yield rig
    rig.close()


@pytest.mark.parametrize("ppm", [0, 5000])
def test_what_the_controller_takes_is_what_its_pins_show_with_noise_too(rig, ppm):
    rig.arm()
    rig.mcu.tell(f"noise {ppm}")
    traffic = rig.fire(150, lead_ms=200, length_ms=2, in_flight=0, every_s=0.006)
    rig.link.stop()
    counters = rig.status().counters
    edges = rig.edges(traffic.shots)
    assert edges.strange == 0
    assert edges.total == counters.started == counters.scheduled - counters.dropped
    told = {(shot.outputs.bit_length() - 1, shot.start) for shot in traffic.scheduled}
    assert len(told - edges.fired) <= counters.dropped
    assert traffic.outcomes[ShotOutcome.SCHEDULED] > 0
    assert traffic.outcomes.total() == 150


def test_a_pulled_cable_is_noticed_and_the_link_comes_back_unarmed(rig):
    for _ in range(3):
        rig.arm()
        rig.mcu.tell("unplug")
        rig.link.wait_for(LinkState.DISCONNECTED, PATIENCE_S)
        rig.mcu.tell("plug")
        rig.link.wait_for(LinkState.CONNECTED, PATIENCE_S)
        assert not next(change for change in reversed(rig.changes()) if change.pin == RUN).is_high
    assert [state for state, _ in rig.states].count(LinkState.CONNECTED) >= 4


def test_the_emergency_stop_is_a_fault_until_it_is_released(rig):
    rig.arm()
    rig.mcu.tell("stop 1")
    rig.link.wait_for(LinkState.FAULT, PATIENCE_S)
    rig.link.arm()
    until(lambda: any("release it" in cause for _, cause in rig.states), "the refusal to arm")
    rig.mcu.tell("stop 0")
    until(lambda: arms(rig), "arming anew")
    assert [state for state, _ in rig.states].count(LinkState.ARMED) == 2


def arms(rig):
    """Ask until the contact has been closed for long enough."""
    rig.link.arm()
    until(lambda: rig.states[-1][0] in (LinkState.ARMED, LinkState.FAULT), "an answer to ARM")
    return rig.states[-1][0] is LinkState.ARMED


def test_a_reset_controller_is_noticed_and_is_not_armed(rig):
    rig.arm()
    before = rig.link.welcome.boot_id
    rig.mcu.tell("reset")
    rig.link.wait_for(LinkState.DISCONNECTED, PATIENCE_S)
    rig.link.wait_for(LinkState.CONNECTED, PATIENCE_S)
    assert rig.link.welcome.boot_id == before + 1
    assert not next(change for change in reversed(rig.changes()) if change.pin == RUN).is_high
