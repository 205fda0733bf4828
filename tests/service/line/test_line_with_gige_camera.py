"""A whole line with a GigE Vision camera of its own count: the twin serves the line's cloth on loopback."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from gige_rig import TwinProcess, needs_aravis
from line_rig import Make, finish, reasons

from service.camera_settings import GenicamCameraSettings
from service.event_terms import LineState, NotInspectedReason
from service.events import FrameJudged, SpanInspected
from service.line.cameras import Placing, build_camera
from service.line.hardware import surroundings
from service.line.position import WebPosition
from service.settings import WebSettings
from vision.cameras.cable import SoftwareCable

pytestmark = [needs_aravis, pytest.mark.skipif(sys.platform != "linux", reason="needs a pty and loopback")]

FRAME_MM = 51.2
FRAMES_PER_S = 4.0  # the twin looks for a software trigger every 40 ms


@pytest.fixture
def twin(scene: Make, tmp_path: Path) -> Iterator[Callable[..., TwinProcess]]:
    folder = tmp_path / "cloth"
    folder.mkdir()
    cloth = scene("fabric")
    for number in range(6):
        cv2.imwrite(str(folder / f"{number}.png"), cloth.render(number * 128, 128))
    made: list[TwinProcess] = []

    def start(*arguments: str) -> TwinProcess:
        made.append(TwinProcess(folder, "--no-stamp", *arguments))
        made[-1].start()
        return made[-1]

    yield start
    for each in made:
        each.kill()


@pytest.fixture
def gige_line(make_rig: Make, fabric_settings: Make) -> Callable[[], Any]:
    def make() -> Any:
        settings = fabric_settings(
            camera=GenicamCameraSettings(
                driver="aravis",
                address="127.0.0.1",
                mm_per_px=0.4,
                columns=256,
                rows=128,
                trigger_source="Software",
                packet_bytes=1400,
                demo=True,
            ),
            web=WebSettings(speed_mm_s=FRAME_MM * FRAMES_PER_S, counts_per_mm=10.0, roll_length_m=100.0),
        )
        cables: list[SoftwareCable] = []

        def camera(wire: Any) -> Any:
            built = build_camera(settings.camera, surroundings(settings, WebPosition()), wire)
            assert built.placing is Placing.BY_TIME
            cables.append(SoftwareCable(wire, built.fires))
            return built.camera

        rig = make_rig(settings, camera=camera, placing=Placing.BY_TIME, cable=lambda: cables[0])
        return rig

    return make


def test_frames_find_their_triggers_by_time_and_the_account_is_whole(
    twin: Callable[..., TwinProcess], gige_line: Callable[[], Any]
) -> None:
    twin()
    rig = gige_line()
    rig.line.start()
    rig.wait_for(lambda: rig.line.status().inspected_mm > 10 * FRAME_MM, timeout_s=60.0)
    finish(rig)
    assert rig.line._parts.numbering.delay_ms < 200
    lengths = [span.to_mm - span.from_mm for span in rig.of(SpanInspected)]
    assert sum(lengths) / FRAME_MM == pytest.approx(round(sum(lengths) / FRAME_MM))  # whole frames


def test_lost_packets_are_not_inspected_and_never_graded(
    twin: Callable[..., TwinProcess], gige_line: Callable[[], Any]
) -> None:
    twin("--lost-per-1000", "15")  # 26 packets a frame: a third of the frames
    rig = gige_line()
    rig.line.start()
    rig.wait_for(lambda: sum(frame.damaged for frame in rig.of(FrameJudged)) >= 3, timeout_s=60.0)
    finish(rig)
    damaged = [frame for frame in rig.of(FrameJudged) if frame.damaged]
    assert {frame.verdict for frame in damaged} == {"failed"}
    assert NotInspectedReason.FRAME_DAMAGED in reasons(rig)


def test_a_killed_camera_holds_the_line_and_frames_find_their_place_again(
    twin: Callable[..., TwinProcess], gige_line: Callable[[], Any]
) -> None:
    running = twin()
    rig = gige_line()
    rig.line.start()
    rig.wait_for(lambda: rig.line.status().inspected_mm > 4 * FRAME_MM, timeout_s=60.0)
    running.kill()
    rig.wait_state(LineState.HELD)
    running.start()
    rig.wait_state(LineState.RUNNING)
    seen_mm = rig.line.status().inspected_mm
    rig.wait_for(lambda: rig.line.status().inspected_mm > seen_mm + 4 * FRAME_MM, timeout_s=60.0)
    finish(rig)
    assert reasons(rig) & {NotInspectedReason.CAMERA_GONE, NotInspectedReason.HELD}
