"""The examples printed in PROTOCOL.md are what the code sends and reads, byte by byte."""

import re
from pathlib import Path

import pytest

import firmware_bridge
from firmware_bridge import messages as m
from firmware_bridge.config import RANGES, SorterConfig
from firmware_bridge.protocol import DELIMITER, decode, encode
from firmware_bridge.types import Shot, ShotBasis, ShotOutcome, TriggerReport

PROTOCOL_MD = Path(firmware_bridge.__file__).parent / "PROTOCOL.md"
COUNTERS = ("scheduled", "refused", "started", "dropped", "cut", "duplicates", "bad_frames")


def numbers(text):
    values = tuple(int(part, 0) for part in text.split(","))
    return values if len(values) > 1 else values[0]


def shot_of(f):
    return Shot(outputs=f["outputs"], basis=ShotBasis[f["basis"]], start=f["start"], length=f["length"])


def status_of(f):
    counters = m.Counters(**{name: f.pop(name) for name in COUNTERS})
    state, reason = m.McuState[f.pop("state")], m.SafeReason[f.pop("safe_reason")]
    return m.Status(**f, state=state, safe_reason=reason, counters=counters)


def report_of(f):
    report = TriggerReport(seq=f["number"], encoder_count=f["encoder_count"], tick=f["tick"])
    return m.ReportMessage(seq=f["seq"], run=f["run"], report=report)


def config_of(f):
    return SorterConfig(**{name: f.pop(name) for name in RANGES})


def config_answer_of(f):
    return m.ConfigAnswer(config=config_of(f), seq=f["seq"], source=m.ConfigSource[f["source"]])


BUILDERS = {
    "HELLO": lambda f: m.Hello(**f),
    "WELCOME": lambda f: m.Welcome(**f),
    "ARM": lambda f: m.Arm(**f),
    "DISARM": lambda f: m.Disarm(**f),
    "HEARTBEAT": lambda f: m.Heartbeat(**f),
    "STATUS": status_of,
    "SHOT": lambda f: m.ShotRequest(seq=f["seq"], shot=shot_of(f)),
    "SHOT_ANSWER": lambda f: m.ShotAnswer(**{**f, "outcome": ShotOutcome[f["outcome"]]}),
    "TRIGGER_START": lambda f: m.TriggerStart(**f),
    "TRIGGER_STOP": lambda f: m.TriggerStop(**f),
    "TRIGGER_RESEND": lambda f: m.TriggerResend(**f),
    "TRIGGER_RESEND_ANSWER": lambda f: m.TriggerResendAnswer(**f),
    "TRIGGER_REPORT": report_of,
    "TIME": lambda f: m.TimeRequest(**f),
    "TIME_ANSWER": lambda f: m.TimeAnswer(**f),
    "ANSWER": lambda f: m.Answer(
        seq=f["seq"], request=m.MessageType[f["request"]], result=m.Result[f["result"]]
    ),
    "CONFIG_READ": lambda f: m.ConfigRead(**f),
    "CONFIG": config_answer_of,
    "CONFIG_WRITE": lambda f: m.ConfigWrite(config=config_of(f), seq=f["seq"]),
    "DIAGNOSE": lambda f: m.Diagnose(**f),
    "DIAGNOSIS": lambda f: m.Diagnosis(**f),
    "FAULT": lambda f: m.Fault(**{**f, "reason": m.SafeReason[f["reason"]]}),
}


def message_of(text):
    name, *fields = text.split()
    values = dict(field.split("=") for field in fields)
    return BUILDERS[name](
        {key: text if re.match("[A-Z]", text) else numbers(text) for key, text in values.items()}
    )


def examples():
    blocks = re.findall(r"```golden\n(.+?)\n((?:[0-9a-f]{2}\s?)+)\n```", PROTOCOL_MD.read_text(), re.S)
    return [
        pytest.param(" ".join(text.split()), bytes.fromhex(hexes), id=text.split()[0])
        for text, hexes in blocks
    ]


@pytest.mark.parametrize(("text", "wire"), examples())
def test_golden_bytes_are_what_is_sent(text, wire):
    assert encode(message_of(text)).hex(" ") == wire.hex(" ")


@pytest.mark.parametrize(("text", "wire"), examples())
def test_golden_bytes_are_read_as_the_message(text, wire):
    assert wire[-1:] == DELIMITER
    assert decode(wire[:-1]) == message_of(text)


def test_every_message_has_a_golden_example():
    assert {example.id for example in examples()} == set(BUILDERS)


def test_a_frame_worked_by_hand():
    # TIME seq 0x0102: version 01, type 09, sequence 02 01; CRC-32 of these four is 0xd318d1e2.
    # No zero in these eight bytes, so COBS only leads with 8 + 1 = 09; then the delimiter.
    assert encode(m.TimeRequest(seq=0x0102)).hex(" ") == "09 01 09 02 01 e2 d1 18 d3 00"
