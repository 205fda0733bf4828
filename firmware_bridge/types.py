"""Records that cross the bridge, and its errors.

BridgeError
├── LinkDownError        the port is gone or the MCU does not answer
├── VersionMismatchError the firmware speaks another protocol: reflash
└── ProtocolError   a message can't be built or read
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class BridgeError(Exception):
    """Something between host and microcontroller went wrong; the message names port, value and cure."""


class LinkDownError(BridgeError):
    """The port is gone or the microcontroller does not answer."""


class VersionMismatchError(BridgeError):
    """The firmware speaks another protocol version; the message says how to reflash."""


class ProtocolError(BridgeError):
    """A message can't be built or read."""


class LinkState(StrEnum):
    """What the host knows of the microcontroller."""

    DISCONNECTED = "disconnected"
    CONNECTED = "connected"  # HELLO answered, not armed: nothing fires
    ARMED = "armed"
    FAULT = "fault"  # emergency stop, or the MCU went to its safe state; needs a new HELLO


class Output(IntEnum):
    """Bit of an output in a shot's mask: 16 valves, then gate, marker and line stop."""

    VALVE_0 = 0
    VALVE_15 = 15
    GATE = 16
    MARKER = 17
    LINE_STOP = 18


class ShotBasis(IntEnum):
    """What a shot's start and length are counted in."""

    ENCODER = 0  # encoder counts: a belt or web, right also when the speed changes
    TICK = 1  # MCU clock ticks: a duct


class ShotOutcome(StrEnum):
    """What became of a shot. Only SCHEDULED ones move an output, and each exactly once."""

    SCHEDULED = "scheduled"
    LATE = "late"
    UNARMED = "unarmed"
    ILLEGAL = "illegal"  # unknown output, too long, or its start lies too far ahead
    FULL = "full"  # the MCU's schedule is full
    DUTY = "duty"  # the output's duty limit is used up
    NO_ANSWER = "no_answer"  # no answer before the deadline: an escape unless it is seen on the pins


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One request to hold outputs on from `start` for `length`, in counts or ticks (see basis)."""

    outputs: int  # bit mask over Output
    basis: ShotBasis
    start: int  # unsigned 32 bit, wraps
    length: int  # 1 .. 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotResult:
    """The MCU's word on one shot, or that there was none."""

    shot: Shot
    outcome: ShotOutcome
    margin: int  # counts or ticks that were left when the MCU took it; negative: how late it was
    answered_ns: int  # host monotonic
    sent_ns: int = 0  # host monotonic, when it was first written to the port; 0: it never was


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerReport:
    """The MCU exposed a frame: which, and where the material was."""

    seq: int  # number of the trigger since TRIGGER_START, from 0
    encoder_count: int  # latched at exposure, unsigned 32 bit, wraps
    tick: int  # MCU clock at exposure, unsigned 32 bit, wraps
