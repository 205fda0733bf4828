"""Consistent Overhead Byte Stuffing: a body without zeros, so that 0x00 can end a frame."""

from firmware_bridge.types import ProtocolError

LONGEST_BODY = 253  # no block of a shorter body needs the code 0xFF, so neither end has to know its rule


def encode(body: bytes) -> bytes:
    """Stuff a body; the result holds no zero and is one byte longer. The delimiter is not appended."""
    if len(body) > LONGEST_BODY:
        raise ProtocolError(f"a body of {len(body)} bytes is above the limit of {LONGEST_BODY} bytes")
    return b"".join(bytes([len(block) + 1]) + block for block in body.split(b"\0"))


def decode(stuffed: bytes) -> bytes:
    """Undo encode().

    Raises:
        ProtocolError: the bytes are no stuffed body; a damaged frame looks like this.
    """
    blocks = []
    at = 0
    while at < len(stuffed):
        code = stuffed[at]
        block = stuffed[at + 1 : at + code]
        if code == 0 or code > LONGEST_BODY + 1 or len(block) != code - 1 or b"\0" in block:
            raise ProtocolError(f"code {code} at byte {at} of {len(stuffed)} stuffed bytes is impossible")
        blocks.append(block)
        at += code
    if not blocks:
        raise ProtocolError("a stuffed body has at least one byte")
    return b"\0".join(blocks)
