"""The other way to drive libaravis, measured against ours: a process of its own and shared memory.

The helper grabs with the same driver, copies each frame into a slot of shared memory and tells its number
over a pipe; the line's process copies it out again, as a `Frame` must outlive its slot.
"""

import multiprocessing
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory

import numpy as np

from vision.cameras.aravis import AravisCamera
from vision.cameras.features import CameraControls
from vision.types import Frame

SLOTS = 16


class HelperCamera:
    """A camera whose driver runs in another process."""

    def __init__(self, address: str, controls: CameraControls) -> None:
        self._shape = (controls.region.rows, controls.region.columns)
        size = self._shape[0] * self._shape[1]
        self._memory = SharedMemory(create=True, size=SLOTS * size)
        self._slots = np.ndarray((SLOTS, *self._shape), np.uint8, self._memory.buf)
        self._told, child = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(
            target=_drive, args=(address, controls, self._memory.name, self._shape, child), daemon=True
        )
        self._process.start()
        self.cpu_s = 0.0
        if self._told.recv() != "open":
            raise RuntimeError("the helper could not open the camera")

    def grab(self, timeout_s: float) -> Frame | None:
        """The next frame that the helper has."""
        if not self._told.poll(timeout_s):
            return None
        slot, frame = self._told.recv()
        pixels = self._slots[slot].copy()
        self._told.send(slot)
        pixels.flags.writeable = False
        return replace(frame, pixels=pixels)

    def close(self) -> None:
        """End the helper."""
        self._told.send(None)
        while not isinstance(self.cpu_s, float) or self.cpu_s == 0.0:
            told = self._told.recv()
            self.cpu_s = told if isinstance(told, float) else 0.0
        self._process.join(5.0)
        del self._slots
        self._memory.close()
        self._memory.unlink()


def _drive(
    address: str, controls: CameraControls, name: str, shape: tuple[int, int], told: Connection
) -> None:
    camera = AravisCamera(address, controls=controls, mm_per_px=0.25, camera_id="bench")
    camera.open()
    memory = SharedMemory(name=name)
    slots = np.ndarray((SLOTS, *shape), np.uint8, memory.buf)
    free = list(range(SLOTS))
    empty = np.zeros((0, 0), np.uint8)
    began_s = time.process_time()
    told.send("open")
    while True:
        while told.poll():
            slot = told.recv()
            if slot is None:
                told.send(time.process_time() - began_s)
                camera.close()
                return
            free.append(slot)
        frame = camera.grab(0.05)
        if frame is None or not free:
            continue  # a frame without a free slot is a gap in the numbers: counted as missing
        slot = free.pop(0)
        slots[slot] = frame.pixels
        told.send((slot, replace(frame, pixels=empty)))
