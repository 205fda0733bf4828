"""Messages to bytes and back, as PROTOCOL.md says; pure."""

import struct
import zlib

from firmware_bridge import cobs
from firmware_bridge.messages import PROTOCOL_VERSION, Hello, Message, Welcome
from firmware_bridge.payloads import put_together, take_apart
from firmware_bridge.types import ProtocolError

DELIMITER = b"\0"
LONGEST_PAYLOAD = 64
_HEAD = struct.Struct("<BBH")  # version, type, sequence
_CRC = struct.Struct("<I")
LONGEST_BODY = _HEAD.size + LONGEST_PAYLOAD + _CRC.size
LONGEST_FRAME = LONGEST_BODY + 1  # stuffed, without the delimiter


def encode(message: Message) -> bytes:
    """Make the bytes for the wire: stuffed body and delimiter.

    Raises:
        ProtocolError: a value does not fit its field.
    """
    kind, payload = take_apart(message)
    version = message.version if isinstance(message, Hello | Welcome) else PROTOCOL_VERSION
    if not 0 <= message.seq <= 0xFFFF or not 0 <= version <= 0xFF:
        raise ProtocolError(f"{message}: its sequence must fit 16 bit and its version 8 bit")
    body = _HEAD.pack(version, kind, message.seq) + payload
    return cobs.encode(body + _CRC.pack(zlib.crc32(body))) + DELIMITER


def decode(stuffed: bytes) -> Message:
    """Read one frame, given without its delimiter.

    Raises:
        ProtocolError: damaged, too long, of another version (except HELLO and WELCOME), or a value that no
            message holds.
    """
    body = cobs.decode(stuffed)
    if not _HEAD.size + _CRC.size <= len(body) <= LONGEST_BODY:
        raise ProtocolError(
            f"a body of {len(body)} bytes is outside {_HEAD.size + _CRC.size}..{LONGEST_BODY}"
        )
    content, crc = body[: -_CRC.size], body[-_CRC.size :]
    if _CRC.pack(zlib.crc32(content)) != crc:
        raise ProtocolError("the CRC-32 does not match: the frame was damaged on its way")
    version, code, seq = _HEAD.unpack_from(content)
    return put_together(version, code, seq, content[_HEAD.size :])


class FrameReader:
    """Cuts a stream into messages; after damage it is in step again at the next delimiter."""

    def __init__(self) -> None:
        self._partial = bytearray()
        self._overlong = False
        self.bad_frames = 0

    def feed(self, data: bytes) -> list[Message]:
        """Take bytes as they come, return the messages that are complete with them."""
        messages = []
        *ends, rest = data.split(DELIMITER)
        for end in ends:
            self._append(end)
            if (message := self._finish()) is not None:
                messages.append(message)
        self._append(rest)
        return messages

    def _append(self, data: bytes) -> None:
        if len(self._partial) + len(data) > LONGEST_FRAME:
            self._overlong = True
            self._partial.clear()
        elif not self._overlong:
            self._partial += data

    def _finish(self) -> Message | None:
        stuffed, overlong = bytes(self._partial), self._overlong
        self._partial.clear()
        self._overlong = False
        if not stuffed and not overlong:
            return None  # a lone delimiter: sent to clear the line
        try:
            if overlong:
                raise ProtocolError(f"a frame is longer than {LONGEST_FRAME} bytes")
            return decode(stuffed)
        except ProtocolError:
            self.bad_frames += 1
            return None
