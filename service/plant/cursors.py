"""Where a list goes on: the last row's moment and key, as text that clients hand back unread."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from service.plant.errors import PlantError

LONGEST = 1000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last row that a client has."""

    utc: datetime
    key: str


def write_cursor(cursor: Cursor) -> str:
    """As text for a client."""
    return base64.urlsafe_b64encode(f"{cursor.utc.isoformat()}|{cursor.key}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """What a client handed back.

    Raises:
        PlantError: bad_cursor: it is not one of ours.
    """
    try:
        if len(text) > LONGEST:
            raise ValueError("too long")
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        moment, bar, key = base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition("|")
        utc = datetime.fromisoformat(moment)
        if not bar or utc.tzinfo is None or not 1900 <= utc.year <= 9000 or "\x00" in key:
            raise ValueError("no moment with a zone, or out of range")
    except (ValueError, binascii.Error) as error:
        raise PlantError(
            "bad_cursor", f"cursor {text[:60]!r} is not one that this plant gave; start without a cursor"
        ) from error
    return Cursor(utc=utc, key=key)
