"""A link and a twin on a real pty, as the tests of the bridge use them."""

import time

from firmware_bridge.link import SorterLink
from firmware_bridge.transport import SerialTransport
from firmware_bridge.twin import McuTwin
from firmware_bridge.types import (
    LinkState,
    Shot,
    ShotBasis,
)

PATIENCE_S = 10.0  # for a loaded machine; nothing here takes a tenth of it


def until(is_so, what):
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE_S} s"
        time.sleep(0.005)


class Rig:
    """A twin and a link, with everything that is heard from them."""

    def __init__(self, *, speed_mm_s=1000.0, on_trigger=None, **twin_options):
        self.exposures, self.reports, self.states, self.results = [], [], [], []
        self.twin = McuTwin(
            speed_mm_s=speed_mm_s,
            counts_per_mm=10.0,
            on_expose=lambda seq, count: self.exposures.append((seq, count)),
            **twin_options,
        )
        self.link = SorterLink(
            lambda: SerialTransport(self.twin.port),
            now_ns=time.monotonic_ns,
            on_trigger=on_trigger or self.reports.append,
            on_state=lambda state, cause: self.states.append((state, cause)),
        )

    def connect(self):
        self.link.start()
        self.link.wait_for(LinkState.CONNECTED, PATIENCE_S)

    def arm(self):
        self.link.arm()
        self.link.wait_for(LinkState.ARMED, PATIENCE_S)

    def shoot(self, ahead_counts, *, outputs=1, length=20, patience_s=PATIENCE_S):
        """Ask for a shot that far ahead of the true belt; return its start, not wrapped."""
        start = self.twin.encoder_count() + ahead_counts
        shot = Shot(outputs=outputs, basis=ShotBasis.ENCODER, start=start % (1 << 32), length=length)
        deadline_ns = time.monotonic_ns() + round(patience_s * 1e9)
        self.link.submit(shot, self.results.append, deadline_ns)
        return start

    def outcomes(self, count):
        until(lambda: len(self.results) >= count, f"{count} answers")
        return [result.outcome for result in self.results]

    def pulses(self):
        return [(firing.output, firing.count_on, firing.count_off) for firing in self.twin.fired]
