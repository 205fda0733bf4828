"""The payload of each message: its fields, their order and their size."""

import struct
from collections.abc import Callable, Sequence
from typing import Any

from firmware_bridge.config import SorterConfig
from firmware_bridge.messages import (
    PROTOCOL_VERSION,
    Answer,
    Arm,
    ConfigAnswer,
    ConfigRead,
    ConfigSource,
    ConfigWrite,
    Counters,
    Diagnose,
    Diagnosis,
    Disarm,
    Fault,
    Heartbeat,
    Hello,
    McuState,
    Message,
    MessageType,
    ReportMessage,
    Result,
    SafeReason,
    ShotAnswer,
    ShotRequest,
    Status,
    TimeAnswer,
    TimeRequest,
    TriggerResend,
    TriggerResendAnswer,
    TriggerStart,
    TriggerStop,
    Welcome,
)
from firmware_bridge.types import ProtocolError, Shot, ShotBasis, ShotOutcome, TriggerReport

SHOT_CODES = (
    ShotOutcome.SCHEDULED,
    ShotOutcome.LATE,
    ShotOutcome.UNARMED,
    ShotOutcome.ILLEGAL,
    ShotOutcome.FULL,
    ShotOutcome.DUTY,
)  # the place in this row is the byte on the wire

_EMPTY = struct.Struct("")
_CONFIG = "HHHHHBBBBHIHHHHB"
_PAYLOADS = {
    MessageType.HELLO: _EMPTY,
    MessageType.ARM: struct.Struct("<I"),
    MessageType.DISARM: _EMPTY,
    MessageType.HEARTBEAT: _EMPTY,
    MessageType.SHOT: struct.Struct("<IBIH"),
    MessageType.TRIGGER_START: struct.Struct("<HI"),
    MessageType.TRIGGER_STOP: _EMPTY,
    MessageType.TRIGGER_RESEND: struct.Struct("<HIB"),
    MessageType.TIME: _EMPTY,
    MessageType.CONFIG_READ: _EMPTY,
    MessageType.CONFIG_WRITE: struct.Struct("<" + _CONFIG),
    MessageType.DIAGNOSE: _EMPTY,
    MessageType.WELCOME: struct.Struct("<3BIIIIHBHHHH"),
    MessageType.ARM_ANSWER: struct.Struct("<B"),
    MessageType.DISARM_ANSWER: struct.Struct("<B"),
    MessageType.STATUS: struct.Struct("<BBIIIHII7I"),
    MessageType.SHOT_ANSWER: struct.Struct("<BiB"),
    MessageType.TRIGGER_START_ANSWER: struct.Struct("<B"),
    MessageType.TRIGGER_STOP_ANSWER: struct.Struct("<B"),
    MessageType.TRIGGER_RESEND_ANSWER: struct.Struct("<HI"),
    MessageType.TIME_ANSWER: struct.Struct("<II"),
    MessageType.CONFIG: struct.Struct("<B" + _CONFIG),
    MessageType.CONFIG_WRITE_ANSWER: struct.Struct("<B"),
    MessageType.DIAGNOSIS: struct.Struct("<HHHH"),
    MessageType.TRIGGER_REPORT: struct.Struct("<HIII"),
    MessageType.FAULT: struct.Struct("<BIIH"),
}


def take_apart(message: Message) -> tuple[MessageType, bytes]:
    """Return type and payload.

    Raises:
        ProtocolError: a value does not fit its field.
    """
    kind, values = _values_of(message)
    try:
        return kind, _PAYLOADS[kind].pack(*values)
    except struct.error as error:
        raise ProtocolError(f"{message} does not fit the wire: {error}") from error


def put_together(version: int, code: int, seq: int, payload: bytes) -> Message:
    """Make the message.

    Raises:
        ProtocolError: unknown type, another version (except HELLO and WELCOME), or an impossible value.
    """
    try:
        kind = MessageType(code)
        values = _PAYLOADS[kind].unpack(payload)
        if kind is MessageType.HELLO:
            return Hello(seq=seq, version=version)
        if kind is MessageType.WELCOME:
            return _read_welcome(seq, version, values)
        if version != PROTOCOL_VERSION:
            raise ProtocolError(f"{kind.name} of protocol {version}, this end speaks {PROTOCOL_VERSION}")
        return _READERS[kind](seq, values)
    except (ValueError, IndexError, struct.error) as error:
        raise ProtocolError(f"message type 0x{code:02x} with {len(payload)} bytes: {error}") from error


def _values_of(message: Message) -> tuple[MessageType, tuple[Any, ...]]:  # Any: struct takes mixed values
    match message:
        case Answer(request=request, result=result):
            return MessageType(request | 0x80), (result,)
        case ShotRequest(shot=shot):
            return MessageType.SHOT, (shot.outputs, shot.basis, shot.start, shot.length)
        case ShotAnswer():
            if message.outcome not in SHOT_CODES:
                raise ProtocolError(f"outcome {message.outcome} is the host's own and never on the wire")
            return MessageType.SHOT_ANSWER, (SHOT_CODES.index(message.outcome), message.margin, message.free)
        case TriggerResendAnswer():
            return MessageType.TRIGGER_RESEND_ANSWER, (message.run, message.oldest)
        case ReportMessage(report=report):
            return MessageType.TRIGGER_REPORT, (message.run, report.seq, report.encoder_count, report.tick)
        case Welcome():
            return MessageType.WELCOME, _welcome_values(message)
        case Status():
            return MessageType.STATUS, _status_values(message)
        case Fault():
            values = (message.reason, message.tick, message.encoder_count, message.dropped)
            return MessageType.FAULT, values
        case ConfigAnswer(source=source, config=config):
            return MessageType.CONFIG, (source, *_config_values(config))
        case ConfigWrite(config=config):
            return MessageType.CONFIG_WRITE, _config_values(config)
    return _plain_values_of(message)


def _plain_values_of(
    message: Hello
    | Arm
    | Disarm
    | Heartbeat
    | TriggerStart
    | TriggerStop
    | TriggerResend
    | TimeRequest
    | TimeAnswer
    | ConfigRead
    | Diagnose
    | Diagnosis,
) -> tuple[MessageType, tuple[int, ...]]:
    match message:
        case Hello():
            return MessageType.HELLO, ()
        case Arm():
            return MessageType.ARM, (message.boot_id,)
        case Disarm():
            return MessageType.DISARM, ()
        case Heartbeat():
            return MessageType.HEARTBEAT, ()
        case TriggerStart():
            return MessageType.TRIGGER_START, (message.run, message.pitch_counts)
        case TriggerStop():
            return MessageType.TRIGGER_STOP, ()
        case TriggerResend():
            return MessageType.TRIGGER_RESEND, (message.run, message.first, message.count)
        case TimeRequest():
            return MessageType.TIME, ()
        case TimeAnswer():
            return MessageType.TIME_ANSWER, (message.tick, message.encoder_count)
        case ConfigRead():
            return MessageType.CONFIG_READ, ()
        case Diagnose():
            return MessageType.DIAGNOSE, ()
        case Diagnosis():
            counts = (message.encoder_errors, message.serial_errors)
            return MessageType.DIAGNOSIS, (*counts, message.emergency_stops, message.heartbeats_lost)


def _welcome_values(message: Welcome) -> tuple[int, ...]:
    return (
        *message.firmware,
        message.boot_id,
        message.tick_hz,
        message.tick,
        message.encoder_count,
        message.heartbeat_ms,
        message.schedule_size,
        *message.max_on_ms,
    )


def _status_values(message: Status) -> tuple[int, ...]:
    counters = message.counters
    return (
        message.state,
        message.safe_reason,
        message.boot_id,
        message.tick,
        message.encoder_count,
        message.run,
        message.triggers,
        message.outputs,
        counters.scheduled,
        counters.refused,
        counters.started,
        counters.dropped,
        counters.cut,
        counters.duplicates,
        counters.bad_frames,
    )


def _config_values(config: SorterConfig) -> tuple[int, ...]:
    return (
        config.heartbeat_ms,
        *config.max_on_ms,
        *config.duty_percent,
        config.burst_ms,
        config.horizon_counts,
        config.horizon_ms,
        config.min_lead_counts,
        config.min_lead_us,
        config.trigger_pulse_us,
        config.flags,
    )


def _read_config(values: Sequence[int]) -> SorterConfig:
    heartbeat_ms, on_valve, on_gate, on_marker, on_stop, valve, gate, marker, stop, *rest = values
    burst_ms, horizon_counts, horizon_ms, min_lead_counts, min_lead_us, trigger_pulse_us, flags = rest
    return SorterConfig(
        heartbeat_ms=heartbeat_ms,
        max_on_ms=(on_valve, on_gate, on_marker, on_stop),
        duty_percent=(valve, gate, marker, stop),
        burst_ms=burst_ms,
        horizon_counts=horizon_counts,
        horizon_ms=horizon_ms,
        min_lead_counts=min_lead_counts,
        min_lead_us=min_lead_us,
        trigger_pulse_us=trigger_pulse_us,
        flags=flags,
    )


def _read_diagnosis(seq: int, values: Sequence[int]) -> Diagnosis:
    encoder_errors, serial_errors, emergency_stops, heartbeats_lost = values
    return Diagnosis(
        seq=seq,
        encoder_errors=encoder_errors,
        serial_errors=serial_errors,
        emergency_stops=emergency_stops,
        heartbeats_lost=heartbeats_lost,
    )


def _read_welcome(seq: int, version: int, values: Sequence[int]) -> Welcome:
    major, minor, patch, boot_id, tick_hz, tick, encoder_count, heartbeat_ms, schedule_size, *max_on_ms = (
        values
    )
    valve, gate, marker, line_stop = max_on_ms
    return Welcome(
        seq=seq,
        version=version,
        firmware=(major, minor, patch),
        boot_id=boot_id,
        tick_hz=tick_hz,
        tick=tick,
        encoder_count=encoder_count,
        heartbeat_ms=heartbeat_ms,
        schedule_size=schedule_size,
        max_on_ms=(valve, gate, marker, line_stop),
    )


def _read_status(seq: int, values: Sequence[int]) -> Status:
    state, safe_reason, boot_id, tick, encoder_count, run, triggers, outputs, *counts = values
    scheduled, refused, started, dropped, cut, duplicates, bad_frames = counts
    return Status(
        seq=seq,
        state=McuState(state),
        safe_reason=SafeReason(safe_reason),
        boot_id=boot_id,
        tick=tick,
        encoder_count=encoder_count,
        run=run,
        triggers=triggers,
        outputs=outputs,
        counters=Counters(
            scheduled=scheduled,
            refused=refused,
            started=started,
            dropped=dropped,
            cut=cut,
            duplicates=duplicates,
            bad_frames=bad_frames,
        ),
    )


def _read_shot(seq: int, values: Sequence[int]) -> ShotRequest:
    outputs, basis, start, length = values
    return ShotRequest(
        seq=seq, shot=Shot(outputs=outputs, basis=ShotBasis(basis), start=start, length=length)
    )


def _read_report(seq: int, values: Sequence[int]) -> ReportMessage:
    run, number, encoder_count, tick = values
    report = TriggerReport(seq=number, encoder_count=encoder_count, tick=tick)
    return ReportMessage(seq=seq, run=run, report=report)


def _read_fault(seq: int, values: Sequence[int]) -> Fault:
    reason, tick, encoder_count, dropped = values
    return Fault(seq=seq, reason=SafeReason(reason), tick=tick, encoder_count=encoder_count, dropped=dropped)


def _answer_to(request: MessageType) -> Callable[[int, Sequence[int]], Answer]:
    return lambda seq, values: Answer(seq=seq, request=request, result=Result(values[0]))


_READERS: dict[MessageType, Callable[[int, Sequence[int]], Message]] = {
    MessageType.ARM: lambda seq, v: Arm(seq=seq, boot_id=v[0]),
    MessageType.DISARM: lambda seq, v: Disarm(seq=seq),
    MessageType.HEARTBEAT: lambda seq, v: Heartbeat(seq=seq),
    MessageType.SHOT: _read_shot,
    MessageType.TRIGGER_START: lambda seq, v: TriggerStart(seq=seq, run=v[0], pitch_counts=v[1]),
    MessageType.TRIGGER_STOP: lambda seq, v: TriggerStop(seq=seq),
    MessageType.TRIGGER_RESEND: lambda seq, v: TriggerResend(seq=seq, run=v[0], first=v[1], count=v[2]),
    MessageType.TIME: lambda seq, v: TimeRequest(seq=seq),
    MessageType.CONFIG_READ: lambda seq, v: ConfigRead(seq=seq),
    MessageType.CONFIG_WRITE: lambda seq, v: ConfigWrite(seq=seq, config=_read_config(v)),
    MessageType.DIAGNOSE: lambda seq, v: Diagnose(seq=seq),
    MessageType.CONFIG: lambda seq, v: ConfigAnswer(
        seq=seq, source=ConfigSource(v[0]), config=_read_config(v[1:])
    ),
    MessageType.CONFIG_WRITE_ANSWER: _answer_to(MessageType.CONFIG_WRITE),
    MessageType.DIAGNOSIS: _read_diagnosis,
    MessageType.ARM_ANSWER: _answer_to(MessageType.ARM),
    MessageType.DISARM_ANSWER: _answer_to(MessageType.DISARM),
    MessageType.STATUS: _read_status,
    MessageType.SHOT_ANSWER: lambda seq, v: ShotAnswer(
        seq=seq, outcome=SHOT_CODES[v[0]], margin=v[1], free=v[2]
    ),
    MessageType.TRIGGER_START_ANSWER: _answer_to(MessageType.TRIGGER_START),
    MessageType.TRIGGER_STOP_ANSWER: _answer_to(MessageType.TRIGGER_STOP),
    MessageType.TRIGGER_RESEND_ANSWER: lambda seq, v: TriggerResendAnswer(seq=seq, run=v[0], oldest=v[1]),
    MessageType.TIME_ANSWER: lambda seq, v: TimeAnswer(seq=seq, tick=v[0], encoder_count=v[1]),
    MessageType.TRIGGER_REPORT: _read_report,
    MessageType.FAULT: _read_fault,
}
