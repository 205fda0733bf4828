"""OpenCV's cameras: a file where a UVC camera would be, a real RTSP server for streams."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.cameras.base import Camera, CameraLostError
from vision.cameras.video import VideoCamera
from vision.types import Frame

COLUMNS, ROWS, BARS, FPS = 384, 64, 24, 25
SYSTEM_PYTHON = "/usr/bin/python3"  # GStreamer's bindings belong to Debian's Python
Make = Callable[[str], VideoCamera]


def has_server() -> bool:
    code = "import gi; gi.require_version('GstRtspServer', '1.0'); gi.require_version('Gst', '1.0')"
    try:
        return subprocess.run([SYSTEM_PYTHON, "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


needs_rtsp = pytest.mark.skipif(
    not has_server(),
    reason="no RTSP server (Debian: gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good python3-gi)",
)


class Server:
    """An RTSP camera that can be stopped, frozen and started again."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"rtsp://127.0.0.1:{self.port}/web"
        self.process: subprocess.Popen[str] | None = None
        self.began_s = 0.0

    def start(self) -> None:
        script = Path(__file__).with_name("rtsp_server.py")
        self.process = subprocess.Popen(
            [SYSTEM_PYTHON, str(script), str(self.port), str(FPS)],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.began_s = float(self.process.stdout.readline())

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def exposed_s(self, frame: Frame) -> float:
        """When this frame was exposed, told by what it shows."""
        bars = frame.pixels[ROWS // 2, COLUMNS // BARS // 2 :: COLUMNS // BARS] > 127
        return self.began_s + sum(1 << bar for bar, on in enumerate(bars) if on) / FPS


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    made.start()
    yield made
    made.kill()


@pytest.fixture
def camera_of() -> Iterator[Make]:
    made: list[VideoCamera] = []

    def make(source: str) -> VideoCamera:
        made.append(VideoCamera(source, rows=ROWS, columns=COLUMNS, mm_per_px=0.5, camera_id="cam"))
        return made[-1]

    yield make
    for camera in made:
        camera.close()


def grab(camera: VideoCamera, timeout_s: float = 3.0) -> Frame:
    frame = camera.grab(timeout_s)
    assert frame is not None
    return frame


def grab_until_lost(camera: VideoCamera) -> None:
    for _ in range(200):
        camera.grab(0.1)


@pytest.fixture
def film(tmp_path: Path) -> str:
    """Half a second at 20 frames/s; frame n is of grey 10 n."""
    path = str(tmp_path / "film.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (COLUMNS, ROWS))
    for number in range(10):
        writer.write(np.full((ROWS, COLUMNS, 3), 10 * number, np.uint8))
    writer.release()
    return path


def test_a_film_plays_at_its_own_speed_and_ends(film: str, camera_of: Make) -> None:
    camera = camera_of(film)
    as_camera: Camera = camera
    as_camera.open()
    frames: list[Frame] = []
    while not camera.exhausted:
        frame = camera.grab(0.2)
        frames += [] if frame is None else [frame]
    assert [round(float(frame.pixels.mean()) / 10) for frame in frames] == list(range(10))
    assert [frame.seq for frame in frames] == list(range(10))
    assert frames[0].pixels.shape == (ROWS, COLUMNS)
    steps_ms = np.diff([frame.captured_ns for frame in frames]) / 1e6
    assert np.median(steps_ms) == pytest.approx(50.0, abs=15.0)


def test_a_picture_of_another_width_is_damaged(film: str) -> None:
    camera = VideoCamera(film, rows=ROWS, columns=100, mm_per_px=0.5, camera_id="cam")
    camera.open()
    assert grab(camera).damaged == "frame has 384 columns, the line is set up for 100"
    camera.close()


def test_what_nobody_takes_is_left_out_counted_and_leaves_a_gap(film: str, camera_of: Make) -> None:
    camera = camera_of(film)
    camera.open()
    assert grab(camera).seq == 0
    time.sleep(0.42)  # 8 frames long; 3 are held
    assert grab(camera).seq > 1
    assert camera.counts.shed + camera.counts.stale > 0


@pytest.mark.parametrize("source", ["/nowhere/film.avi", "/dev/video987", "rtsp://127.0.0.1:1/none"])
def test_what_cannot_be_opened_is_a_lost_camera_and_may_be_closed(source: str, camera_of: Make) -> None:
    camera = camera_of(source)
    began_s = time.monotonic()
    with pytest.raises(CameraLostError, match=source):
        camera.open()
    camera.close()
    assert time.monotonic() - began_s < 6.0
    with pytest.raises(CameraLostError, match="not open"):
        camera.grab(0.01)


def test_a_camera_that_accepts_and_never_answers_can_be_stopped(camera_of: Make) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        camera = camera_of(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/web")
        began_s = time.monotonic()
        with pytest.raises(CameraLostError):
            camera.open()
        assert time.monotonic() - began_s < 6.0


@needs_rtsp
def test_a_stream_says_when_each_frame_was_exposed(server: Server, camera_of: Make) -> None:
    camera = camera_of(server.url)
    camera.open()
    frames = [grab(camera) for _ in range(30)]
    late_s = [frame.captured_ns / 1e9 - server.exposed_s(frame) for frame in frames[10:]]
    assert min(late_s) > -0.05
    assert max(late_s) < 1.0  # what network and decoder hold, on a busy machine
    assert max(late_s) - min(late_s) < 0.2


@needs_rtsp
def test_after_a_pause_the_next_frame_is_a_new_one(server: Server, camera_of: Make) -> None:
    camera = camera_of(server.url)
    camera.open()
    before = [grab(camera) for _ in range(5)][-1]
    time.sleep(1.6)  # 40 frames nobody asked for
    asked_s = time.monotonic()
    after = grab(camera)
    assert server.exposed_s(after) > asked_s - 1.0
    assert after.seq - before.seq > 20  # the gap says how many were left out


@needs_rtsp
def test_a_server_that_is_killed_is_lost_and_found_again(server: Server, camera_of: Make) -> None:
    camera = camera_of(server.url)
    camera.open()
    grab(camera)
    server.kill()
    with pytest.raises(CameraLostError):
        grab_until_lost(camera)
    camera.close()
    server.start()
    back_s = time.monotonic()
    camera.open()
    asked_s = time.monotonic()
    assert server.exposed_s(grab(camera)) > asked_s - 1.0
    assert time.monotonic() - back_s < 5.0
