"""A GigE Vision camera without the camera: a process that serves pictures over real GVCP and GVSP.

    python -m vision.cameras.gige_twin --pictures DIR [--interface 127.0.0.1] [--serial MAQTA1]

Libaravis plays the camera; ours are the pictures, the count of them and the lost packets. It can't send a
packet again, so it tests what becomes of damaged frames, not that resending works.
"""

import argparse
import ctypes
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Sequence
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_double, c_size_t, c_uint32, c_void_p
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.cameras.aravis_library import Aravis, aravis
from vision.cameras.replay import PICTURE_SUFFIXES
from vision.images import read_image
from vision.types import VisionError

LINE_RATE = """
<Float Name="AcquisitionLineRate"><pValue>LineRateConverter</pValue><Unit>Hz</Unit></Float>
<Converter Name="LineRateConverter"><FormulaTo>FROM / 1000</FormulaTo><FormulaFrom>TO * 1000</FormulaFrom>
<pValue>LineRateKilohertz</pValue><Slope>Increasing</Slope></Converter>
<IntReg Name="LineRateKilohertz"><Address>0x8000</Address><Length>4</Length><AccessMode>RW</AccessMode>
<pPort>Device</pPort><Sign>Unsigned</Sign><Endianess>BigEndian</Endianess></IntReg>
</RegisterDescription>"""  # a line rate in whole kHz: libaravis's own camera has none

_Fill = CFUNCTYPE(None, c_void_p, c_void_p, c_uint32, c_uint32, c_uint32)


class GigeTwin:
    """Serves pictures in turn; the first 8 bytes of each frame count them, so that a loss can be told."""

    def __init__(
        self,
        pictures: Sequence[NDArray[np.uint8]],
        *,
        interface: str = "127.0.0.1",
        serial: str = "MAQTA1",
        lost_per_1000: float = 0.0,
        stamp: bool = True,
    ) -> None:
        """Start serving; frames come at the set rate, or by software trigger (looked for about every 40 ms).

        Raises:
            VisionError: no picture, or the network interface can't be used.
        """
        if not pictures:
            raise VisionError("a camera twin needs at least one grey picture to serve")
        self._pictures = list(pictures)
        self._stamp = stamp
        self.served = 0
        self._claim = _claimed(interface)
        self._library = aravis()
        _declare(self._library)
        with tempfile.NamedTemporaryFile("w", suffix=".xml", delete=False) as file:
            file.write(_description(self._library))
        twin = self._library.call(
            "arv_gv_fake_camera_new_full", interface.encode(), serial.encode(), file.name.encode()
        )
        if not self._library.call("arv_gv_fake_camera_is_running", twin):
            raise VisionError(
                f"camera twin {serial}: can't listen on {interface} (UDP port 3956); "
                "end the twin that runs there, or give another interface"
            )
        self._library.call("g_object_set", twin, b"gvsp-lost-ratio", c_double(lost_per_1000 / 1000), None)
        self._fill = _Fill(self._filled)  # libaravis keeps the pointer only
        camera = self._library.call("arv_gv_fake_camera_get_fake_camera", twin)
        self._library.call("arv_fake_camera_set_fill_pattern", camera, self._fill, None)

    def _filled(self, buffer: int, _data: int, _exposure: int, _gain: int, _format: int) -> None:
        size = c_size_t()  # of what was received: nothing, on this side
        into = self._library.call("arv_buffer_get_data", buffer, ctypes.byref(size))
        rows = self._library.call("arv_buffer_get_image_height", buffer)
        columns = self._library.call("arv_buffer_get_image_width", buffer)
        at = self.served % len(self._pictures)
        picture = self._pictures[at]
        if picture.shape != (rows, columns):
            picture = self._pictures[at] = _fitted(picture, rows, columns)
        ctypes.memmove(into, picture.ctypes.data, picture.nbytes)
        if self._stamp:
            ctypes.memmove(into, self.served.to_bytes(8, "little"), 8)
        self.served += 1


def _claimed(interface: str) -> socket.socket:
    """Two twins would share the port, each getting some of the packets: a name that only one can hold."""
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind(f"\0maqta-gige-twin/{interface}")  # Linux: it is free again when the process ends
    except OSError as error:
        claim.close()
        raise VisionError(
            f"a camera twin runs on {interface} already; end it, or give another interface"
        ) from error
    return claim


def _fitted(picture: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    """Repeat or cut a picture to the region that the camera was set to."""
    times = (-(-rows // picture.shape[0]), -(-columns // picture.shape[1]))
    return np.ascontiguousarray(np.tile(picture, times)[:rows, :columns])


def _declare(library: Aravis) -> None:
    functions = library.library
    for name, result, arguments in (
        ("arv_gv_fake_camera_new_full", c_void_p, [c_char_p, c_char_p, c_char_p]),
        ("arv_gv_fake_camera_is_running", ctypes.c_bool, [c_void_p]),
        ("arv_gv_fake_camera_get_fake_camera", c_void_p, [c_void_p]),
        ("arv_fake_camera_new", c_void_p, [c_char_p]),
        ("arv_fake_camera_get_genicam_xml", c_void_p, [c_void_p, POINTER(c_size_t)]),
        ("arv_fake_camera_set_fill_pattern", None, [c_void_p, _Fill, c_void_p]),
        ("g_object_set", None, [c_void_p, c_char_p, c_double, c_void_p]),
    ):
        function = getattr(functions, name)
        function.restype, function.argtypes = result, arguments


def _description(library: Aravis) -> str:
    """GenICam XML of libaravis's camera, with a line rate."""
    camera = library.call("arv_fake_camera_new", b"XML")
    size = c_size_t()
    text = ctypes.string_at(
        library.call("arv_fake_camera_get_genicam_xml", camera, ctypes.byref(size)), size.value
    )
    library.unref(camera)
    return text.decode().replace("</RegisterDescription>", LINE_RATE)


def _read(folder: Path) -> list[NDArray[np.uint8]]:
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    pictures = [read_image(path) for path in paths]
    return [np.ascontiguousarray(picture if picture.ndim == 2 else picture[:, :, 1]) for picture in pictures]


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m vision.cameras.gige_twin")
    parser.add_argument("--pictures", type=Path, required=True, metavar="DIR")
    parser.add_argument("--interface", default="127.0.0.1", help="address or name (default: loopback)")
    parser.add_argument("--serial", default="MAQTA1")
    parser.add_argument("--lost-per-1000", type=float, default=0.0, help="packets that are not sent")
    parser.add_argument("--no-stamp", action="store_true", help="leave the first 8 pixels as they are")
    args = parser.parse_args(argv)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        twin = GigeTwin(
            _read(args.pictures),
            interface=args.interface,
            serial=args.serial,
            lost_per_1000=args.lost_per_1000,
            stamp=not args.no_stamp,
        )
    except VisionError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    stop.wait()
    sys.stdout.write(f"served {twin.served}\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
