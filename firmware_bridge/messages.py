"""What host and microcontroller say to each other; PROTOCOL.md says what each message means and when."""

from dataclasses import dataclass
from enum import IntEnum

from firmware_bridge.config import SorterConfig
from firmware_bridge.types import Shot, ShotOutcome, TriggerReport

PROTOCOL_VERSION = 1
LONGEST_PITCH_COUNTS = 1 << 24


class MessageType(IntEnum):
    """Second byte of a body. An answer is its request with bit 7 set; 0xC0 and above come unasked."""

    HELLO = 0x01
    ARM = 0x02
    DISARM = 0x03
    HEARTBEAT = 0x04
    SHOT = 0x05
    TRIGGER_START = 0x06
    TRIGGER_STOP = 0x07
    TRIGGER_RESEND = 0x08
    TIME = 0x09
    CONFIG_READ = 0x0A
    CONFIG_WRITE = 0x0B
    DIAGNOSE = 0x0C
    WELCOME = 0x81
    ARM_ANSWER = 0x82
    DISARM_ANSWER = 0x83
    STATUS = 0x84
    SHOT_ANSWER = 0x85
    TRIGGER_START_ANSWER = 0x86
    TRIGGER_STOP_ANSWER = 0x87
    TRIGGER_RESEND_ANSWER = 0x88
    TIME_ANSWER = 0x89
    CONFIG = 0x8A
    CONFIG_WRITE_ANSWER = 0x8B
    DIAGNOSIS = 0x8C
    TRIGGER_REPORT = 0xC0
    FAULT = 0xC1


class McuState(IntEnum):
    """State of the firmware."""

    BOOTED = 0  # no HELLO yet
    READY = 1  # HELLO answered, not armed
    ARMED = 2
    SAFE = 3  # outputs off, line stop low; only HELLO leads out


class SafeReason(IntEnum):
    """Why the firmware went to its safe state last."""

    NONE = 0
    HEARTBEAT_LOST = 1
    EMERGENCY_STOP = 2
    WATCHDOG = 3  # the firmware hung and was restarted


class Result(IntEnum):
    """Answer to a request that is no shot."""

    OK = 0
    HELLO_NEEDED = 1  # booted or safe: say HELLO first
    WRONG_BOOT = 2  # ARM names another boot: the controller restarted, say HELLO first
    EMERGENCY_STOP = 3  # still pressed
    ILLEGAL = 4  # a value outside its range
    CONFIG_DAMAGED = 5  # ARM: the configuration can't be trusted, write it anew
    DISARM_FIRST = 6  # CONFIG_WRITE while armed


class ConfigSource(IntEnum):
    """Where the configuration in force comes from."""

    FACTORY = 0  # none was ever written
    STORED = 1
    DAMAGED = 2  # what is stored fails its CRC-32: the factory's is in force, and ARM is refused
    STORING = 3  # in force, not yet safe from a power cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Host: begin a session; the next requests count up from this `seq`."""

    seq: int
    version: int = PROTOCOL_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """MCU: who it is and what it allows. Its layout is the same in every protocol version."""

    seq: int
    version: int = PROTOCOL_VERSION
    firmware: tuple[int, int, int]
    boot_id: int
    tick_hz: int
    tick: int
    encoder_count: int
    heartbeat_ms: int
    schedule_size: int
    max_on_ms: tuple[int, int, int, int]  # valve, gate, marker, line stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """Host: allow shots, for the boot that the WELCOME named."""

    seq: int
    boot_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disarm:
    """Host: outputs off, schedule dropped, no shots until ARM."""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """Host: still here; asks for STATUS. `seq` counts apart from the requests'."""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What the firmware did since boot. scheduled = started + dropped + still waiting, always."""

    scheduled: int = 0  # shots taken
    refused: int = 0  # shots answered with anything else
    started: int = 0  # shots that switched their outputs on
    dropped: int = 0  # shots taken, then given up because of DISARM, HELLO or the safe state
    cut: int = 0  # outputs switched off by the maximum on-time
    duplicates: int = 0  # requests answered from the cache
    bad_frames: int = 0  # frames that failed COBS, CRC, length or version


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """MCU: answer to HEARTBEAT."""

    seq: int
    state: McuState
    safe_reason: SafeReason
    boot_id: int
    tick: int
    encoder_count: int
    run: int  # of the last TRIGGER_START
    triggers: int  # exposures in that run
    outputs: int  # bit mask of the outputs that are on
    counters: Counters


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotRequest:
    """Host: a shot."""

    seq: int
    shot: Shot


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotAnswer:
    """MCU: what becomes of the shot with the same `seq`."""

    seq: int
    outcome: ShotOutcome
    margin: int  # counts or ticks between now and its start, signed
    free: int  # places left in the schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerStart:
    """Host: expose every `pitch_counts` from now on, numbering from 0 under the name `run`."""

    seq: int
    run: int
    pitch_counts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerStop:
    """Host: stop exposing."""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerResend:
    """Host: send these reports once more."""

    seq: int
    run: int
    first: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerResendAnswer:
    """MCU, behind the reports asked for: which are still kept, `oldest` and later."""

    seq: int
    run: int
    oldest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRequest:
    """Host: what time is it with you?"""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAnswer:
    """MCU: tick and encoder count, read together."""

    seq: int
    tick: int
    encoder_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """MCU: answer to ARM, DISARM, TRIGGER_START, TRIGGER_STOP or CONFIG_WRITE."""

    seq: int
    request: MessageType
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMessage:
    """MCU, unasked: an exposure. `seq` counts the unasked messages."""

    seq: int
    run: int
    report: TriggerReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """MCU, unasked: it went to its safe state, and how many shots it gave up."""

    seq: int
    reason: SafeReason
    tick: int
    encoder_count: int
    dropped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRead:
    """Host: which configuration is in force?"""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigAnswer:
    """MCU: the configuration in force."""

    seq: int
    source: ConfigSource
    config: SorterConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigWrite:
    """Host: take this configuration into force and store it."""

    seq: int
    config: SorterConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnose:
    """Host: what went wrong since boot?"""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """MCU: faults of wiring and surroundings since boot; each stays at 65535."""

    seq: int
    encoder_errors: int = 0  # both encoder lines changed at once: pulses are lost
    serial_errors: int = 0  # bytes lost or without a stop bit
    emergency_stops: int = 0
    heartbeats_lost: int = 0


Message = (
    Hello
    | Welcome
    | Arm
    | Disarm
    | Heartbeat
    | Status
    | ShotRequest
    | ShotAnswer
    | TriggerStart
    | TriggerStop
    | TriggerResend
    | TriggerResendAnswer
    | TimeRequest
    | TimeAnswer
    | Answer
    | ReportMessage
    | Fault
    | ConfigRead
    | ConfigAnswer
    | ConfigWrite
    | Diagnose
    | Diagnosis
)
