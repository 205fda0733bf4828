"""A Basler camera through pypylon (`pip install 'maqta[basler]'`); its emulator answers to PYLON_CAMEMU=1."""

import importlib
import logging
import threading
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.cameras.base import CameraLostError, CameraSetupError, FoundCamera
from vision.cameras.clock import CameraClock, FrameNumbers
from vision.cameras.features import CameraControls, apply_controls
from vision.cameras.pixels import channels_of, frame_bytes, no_pixels, to_pixels
from vision.types import Frame, VisionError

log = logging.getLogger(__name__)

BUFFERS = 16
Pylon = Any  # pypylon has no types


def pylon_modules() -> tuple[Pylon, Pylon]:
    """Return pypylon's two modules.

    Raises:
        CameraSetupError: it isn't installed.
    """
    try:
        with warnings.catch_warnings():  # SWIG warns while it loads; as an error that ends the process
            warnings.simplefilter("ignore")
            return importlib.import_module("pypylon.pylon"), importlib.import_module("pypylon.genicam")
    except ImportError as error:
        raise CameraSetupError(
            f"driver pylon needs pypylon ({error}); install it: pip install 'maqta[basler]'"
        ) from error


class PylonCamera:
    """A `Camera`; frames are copied out of pylon's buffers, which go back to it at once."""

    def __init__(
        self,
        address: str,
        *,
        controls: CameraControls,
        mm_per_px: float,
        camera_id: str,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`address`: serial number or IP address; empty: any camera."""
        self._address = address
        self._controls = controls
        self.rows, self.columns = controls.region.rows, controls.region.columns
        self.mm_per_px = mm_per_px
        self.camera_id = camera_id
        self._utc_now = utc_now
        self._format = controls.pixel_format
        self.channels = channels_of(self._format, camera_id)
        self._guard = threading.Lock()
        self._camera: Pylon | None = None
        self._numbers = FrameNumbers()
        self._clock = CameraClock()
        self.damaged = 0

    def open(self) -> None:
        """Find the camera, set it, read the settings back, start it.

        Raises:
            CameraLostError: it can't be reached.
            CameraSetupError: it won't do what the settings ask, or pypylon is missing.
        """
        self.close()
        pylon, genicam = pylon_modules()
        camera = None
        try:
            camera = pylon.InstantCamera(self._created(pylon))
            camera.Open()
            apply_controls(PylonNodes(camera.GetNodeMap(), genicam), self._controls, self.camera_id)
            camera.MaxNumBuffer.Value = BUFFERS
            camera.StartGrabbing(pylon.GrabStrategy_OneByOne)
        except genicam.GenericException as error:
            _let_go(camera, genicam)
            raise CameraLostError(
                f"camera {self.camera_id} ({self._address or 'any'}): {_text(error)}; check power, cable "
                "and that no other program holds it"
            ) from error
        except CameraLostError:
            _let_go(camera, genicam)
            raise
        self._numbers, self._clock = FrameNumbers(), CameraClock()
        with self._guard:
            self._camera = camera
        log.info("camera %s is open", self.camera_id)

    def grab(self, timeout_s: float) -> Frame | None:
        """Wait for the next frame; a failed buffer comes as a damaged frame, without pixels.

        Raises:
            CameraLostError: the camera isn't open, or went away.
        """
        camera = self._camera
        if camera is None:
            raise CameraLostError(f"camera {self.camera_id}: not open; open it before grabbing")
        pylon, genicam = pylon_modules()
        try:
            if camera.IsCameraDeviceRemoved():
                raise CameraLostError(f"camera {self.camera_id}: unplugged; check its cable")
            result = camera.RetrieveResult(max(1, round(timeout_s * 1e3)), pylon.TimeoutHandling_Return)
        except genicam.GenericException as error:
            raise CameraLostError(f"camera {self.camera_id}: {_text(error)}") from error
        if not result.IsValid():
            return None
        try:
            return self._frame(result)
        finally:
            result.Release()

    def fire(self) -> None:
        """Expose one frame now, where `trigger_source` is "Software"; nothing happens while it is gone."""
        _, genicam = pylon_modules()
        with self._guard:
            if self._camera is not None:
                try:
                    self._camera.ExecuteSoftwareTrigger()
                except genicam.GenericException as error:
                    log.debug("camera %s: trigger: %s", self.camera_id, error)

    def close(self) -> None:
        """Stop the camera and let go of it; harmless when it isn't open."""
        with self._guard:
            camera, self._camera = self._camera, None
        if camera is not None:
            _let_go(camera, pylon_modules()[1])

    def _created(self, pylon: Pylon) -> Pylon:
        factory = pylon.TlFactory.GetInstance()
        devices = factory.EnumerateDevices()
        for device in devices:
            if self._address in ("", device.GetSerialNumber(), _address(device)):
                return factory.CreateDevice(device)
        there = ", ".join(device.GetSerialNumber() for device in devices) or "none"
        raise CameraLostError(
            f"camera {self.camera_id}: no Basler camera {self._address!r} among those found ({there}); "
            "check power and cable, or the address"
        )

    def _frame(self, result: Pylon) -> Frame:
        arrived_ns = time.monotonic_ns()
        pixels, damaged = self._pixels(result)
        self.damaged += bool(damaged)
        return Frame(
            camera_id=self.camera_id,
            seq=self._numbers.count(int(result.BlockID), whole=not damaged),
            pixels=pixels,
            captured_ns=arrived_ns if damaged else self._clock.host_ns(int(result.TimeStamp), arrived_ns),
            captured_utc=self._utc_now(),
            damaged=damaged,
        )

    def _pixels(self, result: Pylon) -> tuple[NDArray[np.uint8], str]:
        rows, columns = self.rows, self.columns
        none = no_pixels(self._format, rows, columns)
        if not result.GrabSucceeded():
            return none, f"the camera's driver failed it ({result.ErrorDescription.strip()})"
        if (result.Height, result.Width) != (rows, columns):
            return (
                none,
                f"frame has {result.Height} x {result.Width} px, the line is set up for {rows} x {columns}",
            )
        data = np.frombuffer(result.GetBuffer(), np.uint8)
        if data.size != (wanted := frame_bytes(self._format, rows, columns)):
            return none, f"frame has {data.size} bytes, {self._format} needs {wanted}"
        return to_pixels(data, self._format, rows, columns), ""


class PylonNodes:
    """The camera's nodes by name; see `FeatureNodes`."""

    def __init__(self, nodes: Pylon, genicam: Pylon) -> None:
        self._nodes = nodes
        self._genicam = genicam

    def has(self, name: str) -> bool:
        """Whether the camera has this node now."""
        try:
            return bool(self._genicam.IsWritable(self._nodes.GetNode(name)))
        except self._genicam.GenericException:
            return False

    def number(self, name: str) -> float:
        """Read a number."""
        return float(self._node(name).GetValue())

    def set_number(self, name: str, value: float) -> None:
        """Write a number, whole where the node is."""
        node = self._node(name)
        kind = type(node).__name__  # IntegerParameter, FloatParameter, BooleanParameter
        if "Boolean" in kind:
            self._set(name, node, bool(value))
        else:
            self._set(name, node, value if "Float" in kind else round(value))

    def text(self, name: str) -> str:
        """Read a choice."""
        return str(self._node(name).ToString())

    def set_text(self, name: str, value: str) -> None:
        """Write a choice."""
        node = self._node(name)
        try:
            node.FromString(value)
        except self._genicam.GenericException as error:
            raise CameraSetupError(f"{name} can't be {value!r}: {_text(error)}") from error

    def _set(self, name: str, node: Pylon, value: float) -> None:
        try:
            node.SetValue(value)
        except self._genicam.GenericException as error:
            raise CameraSetupError(f"{name} can't be {value:g}: {_text(error)}") from error

    def _node(self, name: str) -> Pylon:
        try:
            return self._nodes.GetNode(name)
        except self._genicam.GenericException as error:
            raise VisionError(f"the camera has no {name}: {_text(error)}") from error


def find_pylon_cameras() -> tuple[FoundCamera, ...]:
    """Ask which Basler cameras are there.

    Raises:
        CameraSetupError: pypylon isn't installed.
    """
    pylon, _ = pylon_modules()
    return tuple(
        FoundCamera(
            driver="pylon",
            address=device.GetSerialNumber(),
            description=f"{device.GetModelName()} {device.GetDeviceClass()} {_address(device)}".strip(),
        )
        for device in pylon.TlFactory.GetInstance().EnumerateDevices()
    )


def _address(device: Pylon) -> str:
    return str(device.GetIpAddress()) if device.IsIpAddressAvailable() else ""


def _let_go(camera: Pylon | None, genicam: Pylon) -> None:
    if camera is None:
        return
    try:
        camera.StopGrabbing()
        camera.Close()
        camera.DestroyDevice()
    except genicam.GenericException as error:
        log.debug("letting go of a camera: %s", error)


def _text(error: BaseException) -> str:
    return str(error).split(" : ")[0].strip()
