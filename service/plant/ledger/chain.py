"""The hash chain: each link seals a row's content and names the link before it. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from service.said.codes import Said
from service.said.sayings import Saying, say

GENESIS = "0" * 64  # what the first link of a chain names
PLANT_CHAIN = "plant"  # entries, grades, the audit log
MARK_LENGTH = 8  # hex digits kept of each sealed event: enough to name the one that was edited


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link."""

    chain: str
    number: int  # 1, 2, 3 …
    utc: datetime
    kind: str
    subject: str
    digest: str
    previous: str
    hash: str


def digest_of(content: str) -> str:
    """SHA-256 of a row's content."""
    return hashlib.sha256(content.encode()).hexdigest()


def joined_digest(digests: list[str]) -> str:
    """SHA-256 of several digests in order."""
    return digest_of("\n".join(digests))


def make_link(
    before: tuple[int, str] | None, *, chain: str, utc: datetime, kind: str, subject: str, digest: str
) -> Link:
    """Add a link behind `before` (number and hash of the newest one)."""
    number, previous = (before[0] + 1, before[1]) if before else (1, GENESIS)
    own = _hash(previous, chain, number, utc, kind, subject, digest)
    return Link(
        chain=chain, number=number, utc=utc, kind=kind, subject=subject, digest=digest, previous=previous,
        hash=own,
    )  # fmt: skip


def fault_of(link: Link, before: tuple[int, str] | None) -> Saying | None:
    """Say what is wrong with a link; None where it follows the one before and its hash fits."""
    number, previous = before or (0, GENESIS)
    if link.number != number + 1:
        lost = f"{number + 1}" if link.number == number + 2 else f"{number + 1} to {link.number - 1}"
        return say(Said.LINK_MISSING, link=lost)
    if link.previous != previous:
        return say(Said.LINK_EXCHANGED, link=str(link.number), before=str(number))
    if link.hash != _hash(
        link.previous, link.chain, link.number, link.utc, link.kind, link.subject, link.digest
    ):
        return say(Said.LINK_EDITED, link=str(link.number))
    return None


def log_chain(log_id: str) -> str:
    """The chain of a line's event log."""
    return f"log/{log_id}"[:255]


def ranges_of(numbers: list[int]) -> str:
    """Write rising numbers as ranges: [1, 2, 3, 7] → "1-3,7-7"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(f"{low}-{high}" for low, high in parts)


def numbers_of(ranges: str) -> list[int]:
    """The numbers that `ranges_of` wrote."""
    pairs = (part.split("-") for part in ranges.split(",") if part)
    return [number for low, high in pairs for number in range(int(low), int(high) + 1)]


def _hash(previous: str, chain: str, number: int, utc: datetime, kind: str, subject: str, digest: str) -> str:
    moment = utc.astimezone(UTC).isoformat(timespec="microseconds")
    return digest_of("\n".join((previous, chain, str(number), moment, kind, subject, digest)))
