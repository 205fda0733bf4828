"""A stretch of film on disk: frames as they came, byte for byte, with their times; checked by CRC.

    record:  8 bytes magic | u32 length of head | head (JSON) | pixels | u32 CRC-32 of head and pixels

Numbers are little endian; pixels are uint8 in rows, BGR where there are three channels. A file that a
power cut ended in the middle of a record is good up to that record.
"""

import json
import os
import struct
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np

from vision.types import Frame, VisionError

MAGIC = b"MQFRAME1"
LENGTH = struct.Struct("<8sI")
CRC = struct.Struct("<I")
HEAD_LIMIT = 65536
SUFFIX = ".frames"


def record_of(frame: Frame) -> tuple[bytes, memoryview, bytes]:
    """Return a frame's record in three pieces; the pixels are not copied."""
    pixels = np.ascontiguousarray(frame.pixels)
    head = json.dumps(
        {
            "camera_id": frame.camera_id,
            "seq": frame.seq,
            "shape": pixels.shape,
            "captured_ns": frame.captured_ns,
            "captured_utc": frame.captured_utc.isoformat(),
            "source": frame.source,
            "damaged": frame.damaged,
            "joint_top": frame.joint_top,
            "joint_bottom": frame.joint_bottom,
            "end_count": frame.end_count,
        }
    ).encode()
    crc = zlib.crc32(pixels.data, zlib.crc32(head))
    return LENGTH.pack(MAGIC, len(head)) + head, pixels.data.cast("B"), CRC.pack(crc)


def write_frame(file: int, frame: Frame) -> int:
    """Append a frame to an open file descriptor; returns the bytes written.

    Raises:
        OSError: the disk takes no more.
    """
    pieces = [memoryview(piece) for piece in record_of(frame)]
    total = sum(len(piece) for piece in pieces)
    left = total
    while left:
        written = os.writev(file, pieces)
        left -= written
        while pieces and written >= len(pieces[0]):
            written -= len(pieces.pop(0))
        if written:
            pieces[0] = pieces[0][written:]
    return total


def read_frames(path: Path) -> Iterator[Frame]:
    """Yield the frames of a file, or of all files of a clip's folder, in their order.

    Raises:
        VisionError: a record in the middle is damaged; one cut off at the end ends a file.
    """
    for part in sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]:
        with part.open("rb") as file:
            while (frame := _read(file, part)) is not None:
                yield frame


def _read(file: BinaryIO, path: Path) -> Frame | None:
    at = file.tell()
    start = file.read(LENGTH.size)
    if len(start) < LENGTH.size:
        return None
    magic, length = LENGTH.unpack(start)
    if magic != MAGIC or length > HEAD_LIMIT:
        raise VisionError(f"{path}: no frame at byte {at}; the file is damaged or is no film")
    head = file.read(length)
    if len(head) < length:
        return None
    facts = json.loads(head)
    pixels = np.empty(facts["shape"], np.uint8)
    got = file.readinto(pixels.reshape(-1).data)  # type: ignore[attr-defined]  # BinaryIO leaves readinto out
    crc = file.read(CRC.size)
    if got < pixels.nbytes or len(crc) < CRC.size:
        return None
    if CRC.unpack(crc)[0] != zlib.crc32(pixels.data, zlib.crc32(head)):
        raise VisionError(f"{path}: frame {facts['seq']} at byte {at} is damaged (its CRC is wrong)")
    pixels.flags.writeable = False
    return Frame(
        camera_id=facts["camera_id"],
        seq=facts["seq"],
        pixels=pixels,
        captured_ns=facts["captured_ns"],
        captured_utc=datetime.fromisoformat(facts["captured_utc"]),
        source=facts["source"],
        damaged=facts["damaged"],
        joint_top=facts["joint_top"],
        joint_bottom=facts["joint_bottom"],
        end_count=facts["end_count"],
    )
