"""A GigE Vision or USB3 Vision camera through libaravis."""

import ctypes
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from vision.cameras.aravis_library import Aravis, AravisError, BufferStatus, aravis
from vision.cameras.base import CameraLostError, FoundCamera
from vision.cameras.clock import CameraClock, FrameNumbers
from vision.cameras.features import CameraControls, apply_controls
from vision.cameras.pixels import channels_of, frame_bytes, no_pixels, to_pixels
from vision.types import Frame

log = logging.getLogger(__name__)

BUFFERS = 16  # 160 ms at 100 frames/s: longer than anything holds the interpreter up
RELEASE_S = 15.0
MOST_RELEASING = 8  # of a camera that falls and falls; then the next close waits
PROBE_S = 1.0  # without a frame for so long, a USB camera is asked whether it is there


@dataclass(slots=True)
class StreamCounts:
    """What became of frames since the camera was opened first."""

    frames: int = 0
    damaged: int = 0
    lost: int = 0  # their numbers never came
    opened: int = 0


@dataclass(slots=True)
class _Stream:
    """An open camera; pointers of libaravis."""

    camera: int
    device: int
    stream: int
    is_gige: bool
    numbers: FrameNumbers = field(default_factory=FrameNumbers)
    clock: CameraClock = field(default_factory=CameraClock)
    next_seq: int = 0
    quiet_since_s: float = field(default_factory=time.monotonic)


class AravisCamera:
    """A `Camera`; frames are copied out of libaravis's buffers, which go back to it at once."""

    def __init__(
        self,
        address: str,
        *,
        controls: CameraControls,
        mm_per_px: float,
        camera_id: str,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`address`: IP address, or the name that `maqta camera list` shows; empty: any camera."""
        self._address = address
        self._controls = controls
        self.rows, self.columns = controls.region.rows, controls.region.columns
        self.mm_per_px = mm_per_px
        self.camera_id = camera_id
        self._utc_now = utc_now
        self._format = controls.pixel_format
        self.channels = channels_of(self._format, camera_id)
        self._guard = threading.Lock()  # fire() comes from another thread than grab()
        self._open: _Stream | None = None
        self._releasing: list[threading.Thread] = []
        self.counts = StreamCounts()

    def open(self) -> None:
        """Find the camera, set it, read the settings back, start it.

        Raises:
            CameraLostError: it can't be reached.
            CameraSetupError: it won't do what the settings ask.
        """
        self.close()
        try:
            library = aravis()
            camera = library.checked("arv_camera_new", self._address.encode() or None)
        except AravisError as error:
            raise CameraLostError(
                f"camera {self.camera_id} ({self._address or 'any'}): {error}; "
                "check power, cable and network address ('maqta camera list' shows what is there)"
            ) from error
        try:
            stream = self._started(library, camera)
        except BaseException as error:
            library.unref(camera)
            if isinstance(error, AravisError):
                raise CameraLostError(f"camera {self.camera_id}: {error}") from error
            raise
        with self._guard:
            self._open = stream
        self.counts.opened += 1
        log.info("camera %s is open at %s", self.camera_id, self._address)

    def grab(self, timeout_s: float) -> Frame | None:
        """Wait for the next frame; one that lost packets comes damaged, without its pixels.

        Raises:
            CameraLostError: the camera isn't open, or went away.
        """
        if self._open is None:
            raise CameraLostError(f"camera {self.camera_id}: not open; open it before grabbing")
        opened, library = self._open, aravis()
        buffer = library.call("arv_stream_timeout_pop_buffer", opened.stream, max(1, round(timeout_s * 1e6)))
        if buffer is None:
            self._check_there(opened)
            return None
        try:
            return self._frame(opened, buffer)
        finally:
            library.call("arv_stream_push_buffer", opened.stream, buffer)

    def fire(self) -> None:
        """Expose one frame now, where `trigger_source` is "Software"; nothing happens while it is gone."""
        with self._guard:
            if self._open is not None:
                try:
                    aravis().checked("arv_camera_software_trigger", self._open.camera)
                except AravisError as error:
                    log.debug("camera %s: trigger: %s", self.camera_id, error)

    def close(self) -> None:
        """Stop the camera and let go of it; harmless when it isn't open."""
        with self._guard:
            opened, self._open = self._open, None
        if opened is None:
            return
        library = aravis()
        if opened.is_gige and not library.call("arv_gv_device_is_controller", opened.device):
            self._release_lost(opened)
            return
        try:
            library.checked("arv_camera_stop_acquisition", opened.camera)
        except AravisError as error:  # it is gone: nothing to stop
            log.debug("camera %s: %s", self.camera_id, error)
        library.unref(opened.stream)
        library.unref(opened.camera)

    def _release_lost(self, opened: _Stream) -> None:
        """Libaravis takes 5 s to say good-bye to a camera that doesn't answer; it may be back before."""

        def release() -> None:
            aravis().unref(opened.stream)
            aravis().unref(opened.camera)

        self._releasing = [thread for thread in self._releasing if thread.is_alive()]
        if len(self._releasing) >= MOST_RELEASING:
            self._releasing.pop(0).join(RELEASE_S)
        self._releasing.append(threading.Thread(target=release, name="camera-release", daemon=True))
        self._releasing[-1].start()

    def _started(self, library: Aravis, camera: int) -> _Stream:
        device = library.call("arv_camera_get_device", camera)
        apply_controls(AravisNodes(library, device), self._controls, self.camera_id)
        payload = library.checked("arv_camera_get_payload", camera)
        stream = library.checked("arv_camera_create_stream", camera, None, None)
        try:
            for _ in range(BUFFERS):
                library.call(
                    "arv_stream_push_buffer", stream, library.call("arv_buffer_new_allocate", payload)
                )
            library.checked("arv_camera_start_acquisition", camera)
        except BaseException:
            library.unref(stream)
            raise
        is_gige = bool(library.call("arv_camera_is_gv_device", camera))
        return _Stream(camera=camera, device=device, stream=stream, is_gige=is_gige)

    def _frame(self, opened: _Stream, buffer: int) -> Frame:
        library, arrived_ns = aravis(), _arrived_ns(aravis(), buffer)
        opened.quiet_since_s = time.monotonic()
        damaged = self._damage(library, buffer)
        seq = opened.numbers.count(library.call("arv_buffer_get_frame_id", buffer), whole=not damaged)
        rows, columns = self.rows, self.columns
        if damaged:
            pixels = no_pixels(self._format, rows, columns)
        else:
            pixels = to_pixels(_data(library, buffer), self._format, rows, columns)
        self.counts.frames += 1
        self.counts.damaged += bool(damaged)
        self.counts.lost += max(0, seq - opened.next_seq)
        opened.next_seq = seq + 1
        return Frame(
            camera_id=self.camera_id,
            seq=seq,
            pixels=pixels,
            captured_ns=arrived_ns if damaged else self._captured_ns(opened, buffer, arrived_ns),
            captured_utc=self._utc_now(),
            damaged=damaged,
        )

    def _captured_ns(self, opened: _Stream, buffer: int, arrived_ns: int) -> int:
        return opened.clock.host_ns(aravis().call("arv_buffer_get_timestamp", buffer), arrived_ns)

    def _damage(self, library: Aravis, buffer: int) -> str:
        status = library.call("arv_buffer_get_status", buffer)
        if status != BufferStatus.SUCCESS:
            name = BufferStatus(status).name if status in set(BufferStatus) else str(status)
            return f"the network lost a part of the frame ({name.lower()})"
        rows = library.call("arv_buffer_get_image_height", buffer)
        columns = library.call("arv_buffer_get_image_width", buffer)
        if (rows, columns) != (self.rows, self.columns):
            return f"frame has {rows} x {columns} px, the line is set up for {self.rows} x {self.columns}"
        expected = frame_bytes(self._format, rows, columns)
        if _data(library, buffer).size != expected:
            return f"frame has {_data(library, buffer).size} bytes, {self._format} needs {expected}"
        return ""

    def _check_there(self, opened: _Stream) -> None:
        library = aravis()
        if opened.is_gige:
            if not library.call("arv_gv_device_is_controller", opened.device):
                raise CameraLostError(
                    f"camera {self.camera_id}: no longer ours: unplugged, or taken by another program"
                )
        elif time.monotonic() - opened.quiet_since_s > PROBE_S:
            opened.quiet_since_s = time.monotonic()
            try:
                library.checked("arv_device_get_integer_feature_value", opened.device, b"Width")
            except AravisError as error:
                raise CameraLostError(f"camera {self.camera_id}: gone ({error}); check its cable") from error


class AravisNodes:
    """The camera's nodes by name; see `FeatureNodes`."""

    def __init__(self, library: Aravis, device: int) -> None:
        self._library = library
        self._device = device

    def has(self, name: str) -> bool:
        """Whether the camera has this node now."""
        return bool(self._library.checked("arv_device_is_feature_available", self._device, name.encode()))

    def number(self, name: str) -> float:
        """Read a number; nodes say themselves whether they are whole."""
        try:
            return float(
                self._library.checked("arv_device_get_float_feature_value", self._device, name.encode())
            )
        except AravisError:
            return float(
                self._library.checked("arv_device_get_integer_feature_value", self._device, name.encode())
            )

    def set_number(self, name: str, value: float) -> None:
        """Write a number."""
        try:
            self._library.checked("arv_device_set_float_feature_value", self._device, name.encode(), value)
        except AravisError as refused:
            try:
                self._library.checked(
                    "arv_device_set_integer_feature_value", self._device, name.encode(), round(value)
                )
            except AravisError:
                raise AravisError(f"{name} can't be {value:g}: {refused}") from refused

    def text(self, name: str) -> str:
        """Read a choice."""
        value = self._library.checked("arv_device_get_string_feature_value", self._device, name.encode())
        return str(value.decode()) if value is not None else ""

    def set_text(self, name: str, value: str) -> None:
        """Write a choice."""
        self._library.checked(
            "arv_device_set_string_feature_value", self._device, name.encode(), value.encode()
        )


def find_aravis_cameras() -> tuple[FoundCamera, ...]:
    """Ask the network and the USB bus which cameras are there; takes about a second.

    Raises:
        AravisError: libaravis isn't installed.
    """
    library = aravis()
    library.call("arv_update_device_list")

    def text(name: str, at: int) -> str:
        value = library.call(f"arv_get_device_{name}", at)
        return value.decode(errors="replace") if value else ""

    return tuple(
        FoundCamera(
            driver="aravis",
            address=text("id", at),
            description=" ".join(
                filter(
                    None, (text("vendor", at), text("model", at), text("protocol", at), text("address", at))
                )
            ),
        )
        for at in range(library.call("arv_get_n_devices"))
    )


def _data(library: Aravis, buffer: int) -> NDArray[np.uint8]:
    size = ctypes.c_size_t()
    start = library.call("arv_buffer_get_data", buffer, ctypes.byref(size))
    return np.ctypeslib.as_array((ctypes.c_uint8 * size.value).from_address(start))


def _arrived_ns(library: Aravis, buffer: int) -> int:
    """When the frame's first packet came; libaravis notes it on the wall clock."""
    age_ns = time.time_ns() - int(library.call("arv_buffer_get_system_timestamp", buffer))
    return time.monotonic_ns() - min(max(0, age_ns), 10_000_000_000)
