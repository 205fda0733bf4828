"""A webhook's signature: HMAC-SHA256 over moment and body, so that a copy can't be sent again later.

Header `Maqta-Signature: t=1767225600,v1=<hex>`; signed is "1767225600." with the body's bytes after it.
"""

import hashlib
import hmac
import re
from datetime import datetime

HEADER = "Maqta-Signature"
FORM = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")
OLDEST_S = 300.0  # a receiver refuses older ones: someone may have kept a copy


def sign(secret: str, body: bytes, at: datetime) -> str:
    """The header's value."""
    stamp = int(at.timestamp())
    return f"t={stamp},v1={_digest(secret, stamp, body)}"


def is_signed(secret: str, body: bytes, header: str, now: datetime, oldest_s: float = OLDEST_S) -> bool:
    """What a receiver checks: our secret, this body, not long ago."""
    found = FORM.fullmatch(header)
    if found is None:
        return False
    stamp = int(found[1])
    fits = hmac.compare_digest(found[2], _digest(secret, stamp, body))
    return fits and abs(now.timestamp() - stamp) <= oldest_s


def _digest(secret: str, stamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
