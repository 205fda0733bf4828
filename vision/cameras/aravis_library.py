"""The door to libaravis (LGPL-2.1+, Debian's libaravis-0.8-0), through ctypes: it works with any Python.

A foreign call lets go of the interpreter, and libaravis receives packets in a thread of its own that never
enters Python, so a busy interpreter delays a frame and loses none while buffers are left.
"""

import ctypes
from ctypes import POINTER, byref, c_bool, c_char_p, c_double, c_int, c_int64, c_size_t, c_uint, c_void_p
from enum import IntEnum
from functools import lru_cache
from typing import Any

from vision.types import VisionError

LIBRARY = "libaravis-0.8.so.0"
HOW_TO_GET_IT = "as root: apt-get install libaravis-0.8-0"


class AravisError(VisionError):
    """Libaravis refused; the message is its own, or says how to install it."""


class BufferStatus(IntEnum):
    """ArvBufferStatus: what became of a frame on its way."""

    UNKNOWN = -1
    SUCCESS = 0
    CLEARED = 1
    TIMEOUT = 2
    MISSING_PACKETS = 3
    WRONG_PACKET_ID = 4
    SIZE_MISMATCH = 5
    FILLING = 6
    ABORTED = 7
    PAYLOAD_NOT_SUPPORTED = 8


class _Error(ctypes.Structure):
    _fields_ = (("domain", ctypes.c_uint32), ("code", c_int), ("message", c_char_p))


Signature = tuple[Any, list[Any]]  # Any: ctypes' types have no common public base

PLAIN: dict[str, Signature] = {
    "arv_update_device_list": (None, []),
    "arv_get_n_devices": (c_uint, []),
    "arv_get_device_id": (c_char_p, [c_uint]),
    "arv_get_device_address": (c_char_p, [c_uint]),
    "arv_get_device_vendor": (c_char_p, [c_uint]),
    "arv_get_device_model": (c_char_p, [c_uint]),
    "arv_get_device_serial_nbr": (c_char_p, [c_uint]),
    "arv_get_device_protocol": (c_char_p, [c_uint]),
    "arv_camera_get_device": (c_void_p, [c_void_p]),
    "arv_camera_is_gv_device": (c_bool, [c_void_p]),
    "arv_gv_device_is_controller": (c_bool, [c_void_p]),
    "arv_buffer_new_allocate": (c_void_p, [c_size_t]),
    "arv_buffer_get_status": (c_int, [c_void_p]),
    "arv_buffer_get_data": (c_void_p, [c_void_p, POINTER(c_size_t)]),
    "arv_buffer_get_frame_id": (ctypes.c_uint64, [c_void_p]),
    "arv_buffer_get_timestamp": (ctypes.c_uint64, [c_void_p]),
    "arv_buffer_get_system_timestamp": (ctypes.c_uint64, [c_void_p]),
    "arv_buffer_get_image_width": (c_int, [c_void_p]),
    "arv_buffer_get_image_height": (c_int, [c_void_p]),
    "arv_stream_push_buffer": (None, [c_void_p, c_void_p]),
    "arv_stream_timeout_pop_buffer": (c_void_p, [c_void_p, ctypes.c_uint64]),
    "arv_stream_get_statistics": (None, [c_void_p] + [POINTER(ctypes.c_uint64)] * 3),
}
CHECKED: dict[str, Signature] = {  # take a GError ** behind these
    "arv_camera_new": (c_void_p, [c_char_p]),
    "arv_camera_create_stream": (c_void_p, [c_void_p, c_void_p, c_void_p]),
    "arv_camera_get_payload": (c_uint, [c_void_p]),
    "arv_camera_start_acquisition": (None, [c_void_p]),
    "arv_camera_stop_acquisition": (None, [c_void_p]),
    "arv_camera_software_trigger": (None, [c_void_p]),
    "arv_device_is_feature_available": (c_bool, [c_void_p, c_char_p]),
    "arv_device_get_float_feature_value": (c_double, [c_void_p, c_char_p]),
    "arv_device_set_float_feature_value": (None, [c_void_p, c_char_p, c_double]),
    "arv_device_get_integer_feature_value": (c_int64, [c_void_p, c_char_p]),
    "arv_device_set_integer_feature_value": (None, [c_void_p, c_char_p, c_int64]),
    "arv_device_get_string_feature_value": (c_char_p, [c_void_p, c_char_p]),
    "arv_device_set_string_feature_value": (None, [c_void_p, c_char_p, c_char_p]),
}


class Aravis:
    """The functions of libaravis by name."""

    def __init__(self) -> None:
        """Load the library.

        Raises:
            AravisError: it isn't installed.
        """
        try:
            self.library = ctypes.CDLL(LIBRARY)
            objects = ctypes.CDLL("libgobject-2.0.so.0")
            glib = ctypes.CDLL("libglib-2.0.so.0")
        except OSError as error:
            raise AravisError(
                f"{LIBRARY} can't be loaded ({error}); GigE Vision and USB3 Vision need it: {HOW_TO_GET_IT}"
            ) from error
        for name, (result, arguments) in PLAIN.items():
            self._declare(name, result, arguments)
        for name, (result, arguments) in CHECKED.items():
            self._declare(name, result, [*arguments, POINTER(POINTER(_Error))])
        self._unref = objects.g_object_unref
        self._unref.restype, self._unref.argtypes = None, [c_void_p]
        self._free_error = glib.g_error_free
        self._free_error.restype, self._free_error.argtypes = None, [POINTER(_Error)]

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function that can't fail."""
        return getattr(self.library, name)(*arguments)

    def checked(self, name: str, *arguments: Any) -> Any:
        """Call a function that may refuse.

        Raises:
            AravisError: it refused.
        """
        error = POINTER(_Error)()
        result = getattr(self.library, name)(*arguments, byref(error))
        if error:
            message = error.contents.message.decode(errors="replace")
            self._free_error(error)
            raise AravisError(message)
        return result

    def unref(self, pointer: int | None) -> None:
        """Give an object back."""
        if pointer:
            self._unref(pointer)

    def _declare(self, name: str, result: Any, arguments: list[Any]) -> None:
        function = getattr(self.library, name)
        function.restype, function.argtypes = result, arguments


@lru_cache(maxsize=1)
def aravis() -> Aravis:
    """Return the library, loaded once.

    Raises:
        AravisError: it isn't installed.
    """
    return Aravis()
