"""Steps of the conformance suite: what a host says to a controller, and what it looks at.

A pin of the firmware may be later than the twin's, which is exact, by LATER_TICKS.
"""

from firmware_bridge import messages as m
from firmware_bridge.types import Shot, ShotBasis

LATER_TICKS = 40  # 160 us; in the middle the firmware needs 90 us
TICKS_PER_MS = 250
TICK, ENCODER = ShotBasis.TICK, ShotBasis.ENCODER


def hello(host):
    host.seq = (host.seq + 1) & 0xFFFF
    return host.ask(m.Hello(seq=host.seq))


def arm(host):
    welcome = hello(host)
    assert host.request(m.Arm, boot_id=welcome.boot_id).result is m.Result.OK
    return welcome


def status(host):
    return host.poll(m.Heartbeat)


def now(host):
    return host.poll(m.TimeRequest)


def shoot(host, start, length, *, outputs=1, basis=TICK):
    shot = Shot(outputs=outputs, basis=basis, start=start % (1 << 32), length=length)
    return host.request(m.ShotRequest, shot=shot)


def shoot_in(host, ahead_ms, length_ms, *, outputs=1):
    """Ask for a shot by tick so far ahead; return its start and the answer."""
    start = now(host).tick + round(ahead_ms * TICKS_PER_MS)
    return start, shoot(host, start, round(length_ms * TICKS_PER_MS), outputs=outputs)


def run_alive(host, ms):
    """Let time pass with a heartbeat every 100 ms at the most."""
    while ms > 0:
        host.run_ms(min(ms, 100))
        status(host)
        ms -= 100


def is_pulse(pulse, output, on, off, later=LATER_TICKS):
    return (
        pulse.output == output and on <= pulse.tick_on <= on + later and off <= pulse.tick_off <= off + later
    )
