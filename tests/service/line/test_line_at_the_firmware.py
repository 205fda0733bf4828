"""A whole line at the C firmware in simavr: what was scheduled is on the pins, at its count, and no more."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from emulated_sorter import EmulatedSorter, why_not
from line_rig import Read

from datasets.synthesis.camera import RenderedCamera
from firmware_bridge.config import SorterConfig
from firmware_bridge.console import Console
from firmware_bridge.transport import SerialTransport
from firmware_bridge.types import Output, Shot, ShotOutcome, ShotResult
from service.event_terms import ShotFate
from service.events import ShotAnswered
from service.line.hardware import Hardware
from service.line.line import Line
from service.line.replay import replay
from vision.cameras.wire import TriggerWire

Make = Callable[..., Any]
COUNTS_S = 8000  # 800 mm/s at 10 counts/mm
PIN_COUNTS = 2  # between reaching a count and the pin, the belt may move so far: 0.25 ms


@pytest.fixture
def mcu(tmp_path: Path) -> Iterator[EmulatedSorter]:
    if missing := why_not():
        pytest.skip(f"the C firmware can't run in an emulator: {missing}")
    mcu = EmulatedSorter(tmp_path)
    mcu.tell("pace")
    with Console(SerialTransport(mcu.port)) as console:  # a busy machine may be silent for longer than 250 ms
        console.configure(SorterConfig(heartbeat_ms=1000))
    mcu.tell(f"speed {COUNTS_S}")
    yield mcu
    mcu.close()


def record_results(line: Line) -> list[ShotResult]:
    """Everything the line asks of the controller, with the answer."""
    results: list[ShotResult] = []
    link = line._assembly.link
    submit = link.submit

    def listen(shot: Shot, on_result: Callable[[ShotResult], None], deadline_ns: int) -> None:
        submit(shot, lambda result: (results.append(result), on_result(result))[1], deadline_ns)

    link.submit = listen  # type: ignore[method-assign]
    return results


def marks(mcu: EmulatedSorter) -> list[tuple[int, int]]:
    """Where the marker's pin was high, in counts."""
    edges = [change for change in mcu.changes() if change.pin == int(Output.MARKER)]
    assert [edge.is_high for edge in edges] == [True, False] * (len(edges) // 2)
    return [(on.count, off.count) for on, off in zip(edges[::2], edges[1::2], strict=True)]


def test_a_line_marks_on_the_pins_what_it_scheduled(
    mcu: EmulatedSorter, fabric_settings: Make, scene: Make
) -> None:
    settings = fabric_settings()
    settings = replace(settings, sorter=replace(settings.sorter, port=mcu.port))
    wire = TriggerWire()
    line = Line(
        settings,
        hardware=Hardware(
            camera=RenderedCamera(scene("fabric"), wire, rows=128, camera_id="loom-1-1"),
            wire=wire,
            twin=None,
            transport=lambda: SerialTransport(mcu.port),
        ),
    )
    results = record_results(line)
    line.start()
    end_s = time.monotonic() + 60.0
    while len(results) < 4 and time.monotonic() < end_s:
        time.sleep(0.05)
    line.stop()
    assert line.failure == ""
    mcu.tell("hold")
    scheduled = [
        (result.shot.start, result.shot.start + result.shot.length)
        for result in results
        if result.outcome is ShotOutcome.SCHEDULED
    ]
    assert scheduled
    pulses = marks(mcu)
    for start, end in scheduled:
        assert any(on - PIN_COUNTS <= start and end <= off + PIN_COUNTS for on, off in pulses), (
            scheduled,
            pulses,
        )
    for on, off in pulses:  # nothing but what was asked for: its ends are ends of shots
        assert any(0 <= on - start <= PIN_COUNTS for start, _ in scheduled), (scheduled, pulses)
        assert any(0 <= off - end <= PIN_COUNTS for _, end in scheduled), (scheduled, pulses)
    answered = [shot for shot in Read(line).of(ShotAnswered) if shot.fate is ShotFate.SCHEDULED]
    assert len(answered) == len(scheduled)
    assert replay(line.event_log_path).agrees
