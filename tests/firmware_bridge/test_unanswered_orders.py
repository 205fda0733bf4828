"""An order that gets no answer, while everything else does, ends the session: it is never just forgotten."""

import time

from link_rig import PATIENCE_S, Rig

from firmware_bridge.link import SorterLink
from firmware_bridge.messages import Arm
from firmware_bridge.protocol import decode
from firmware_bridge.transport import SerialTransport
from firmware_bridge.types import LinkState


class LosesArm(SerialTransport):
    """A port that swallows ARM and lets all else through."""

    def write(self, data: bytes) -> None:
        frames = [frame for frame in data.split(b"\0") if frame and not isinstance(decode(frame), Arm)]
        super().write(b"".join(frame + b"\0" for frame in frames))


def test_an_arm_without_an_answer_ends_the_session_with_a_reason():
    rig = Rig()
    rig.link = SorterLink(
        lambda: LosesArm(rig.twin.port),
        now_ns=time.monotonic_ns,
        on_trigger=rig.reports.append,
        on_state=lambda state, cause: rig.states.append((state, cause)),
    )
    rig.twin.start()
    try:
        rig.connect()
        rig.link.arm()
        rig.link.wait_for(LinkState.DISCONNECTED, PATIENCE_S)
        assert "order unanswered" in rig.states[-1][1]
        rig.link.wait_for(LinkState.CONNECTED, PATIENCE_S)
    finally:
        rig.link.stop()
        rig.twin.stop()
