"""The line's picture ring: files by content hash under a byte budget, the least valuable deleted first.

    pictures/<why>/<sha256>.jpg        waits for its upload
    pictures/<why>/<sha256>.sent.jpg   the plant has it

The folder is the index: after a crash the ring is what lies on the disk. Used by the recorder's thread, which
keeps and deletes, and by the uplink's, which sends.
"""

import hashlib
import logging
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from service.event_terms import PictureWhy

log = logging.getLogger(__name__)

SENT = ".sent"
# Deleted in this order: what shows what the machine misses goes before what it could not judge; defects last.
WORTH = (
    PictureWhy.CLEAN_SAMPLE,
    PictureWhy.DISAGREEMENT,
    PictureWhy.FAILED,
    PictureWhy.UNSURE,
    PictureWhy.GOOD_CLOTH,
    PictureWhy.JUDGED,
    PictureWhy.DEFECT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """One file of the ring."""

    sha256: str
    why: PictureWhy
    bytes: int
    age_key: tuple[int, int]  # oldest first: file time, then order of arrival
    sent: bool


class PictureRing:
    """Keeps pictures while budget and free space allow."""

    def __init__(
        self,
        folder: Path,
        *,
        budget_bytes: int,
        free_floor_bytes: int,
        free_bytes: Callable[[Path], int] | None = None,
    ) -> None:
        self._folder = folder
        self._budget = budget_bytes
        self._floor = free_floor_bytes
        self._free_bytes = free_bytes or _free_bytes
        self._guard = threading.RLock()
        self._kept: dict[str, KeptPicture] = {}
        self._arrivals = 0
        self._scan()

    @property
    def used_bytes(self) -> int:
        """Bytes of all files."""
        with self._guard:
            return sum(picture.bytes for picture in self._kept.values())

    def keep(self, data: bytes, why: PictureWhy) -> tuple[str, list[KeptPicture]]:
        """Store a picture; returns its hash and what had to go for it (the picture itself among it, maybe).

        Raises:
            OSError: the disk takes no pictures.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        with self._guard:
            if sha256 in self._kept:
                return sha256, []
            path = self._folder / why / f"{sha256}.jpg"
            part = path.with_suffix(".part")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                part.write_bytes(data)
                part.replace(path)
            except OSError:
                _delete(part)
                raise
            self._add(path, why)
            return sha256, self._trim()

    def make_room(self, wanted_bytes: int) -> list[KeptPicture]:
        """Delete the least valuable pictures until `wanted_bytes` are freed: events come first."""
        gone: list[KeptPicture] = []
        with self._guard:
            for picture in self._by_worth():
                if sum(each.bytes for each in gone) >= wanted_bytes:
                    break
                gone.append(self._drop(picture))
        return gone

    def waiting(self, limit: int) -> list[KeptPicture]:
        """Return pictures that the plant doesn't have, the most valuable first."""
        with self._guard:
            unsent = [picture for picture in self._kept.values() if not picture.sent]
        return sorted(unsent, key=_worth, reverse=True)[:limit]

    def read(self, picture: KeptPicture) -> bytes | None:
        """Return a picture's bytes; None when it was deleted meanwhile."""
        try:
            return self._path(picture).read_bytes()
        except FileNotFoundError:
            return None

    def mark_sent(self, picture: KeptPicture) -> None:
        """The plant has it: from now on it is the first of its class to be deleted."""
        self._mark(picture, sent=True)

    def send_again(self) -> None:
        """The plant lost what it had: every picture waits for its upload."""
        with self._guard:
            for picture in [picture for picture in self._kept.values() if picture.sent]:
                self._mark(picture, sent=False)

    def _mark(self, picture: KeptPicture, *, sent: bool) -> None:
        with self._guard:
            if picture.sha256 not in self._kept:
                return  # deleted meanwhile
            marked = replace(picture, sent=sent)
            try:
                self._path(picture).replace(self._path(marked))
            except OSError as error:  # then it is sent once more after the next start, which harms nobody
                log.warning("picture %s can't be marked (%s)", picture.sha256, error)
            self._kept[picture.sha256] = marked

    def _trim(self) -> list[KeptPicture]:
        gone: list[KeptPicture] = []
        used, free = self.used_bytes, self._free_bytes(self._folder)
        if used <= self._budget and free >= self._floor:
            return gone
        for picture in self._by_worth():
            if used <= self._budget and free >= self._floor:
                break
            gone.append(self._drop(picture))
            used -= picture.bytes
            free += picture.bytes
        return gone

    def _by_worth(self) -> list[KeptPicture]:
        return sorted(self._kept.values(), key=_worth)

    def _drop(self, picture: KeptPicture) -> KeptPicture:
        del self._kept[picture.sha256]
        _delete(self._path(picture))
        return picture

    def _path(self, picture: KeptPicture) -> Path:
        mark = SENT if picture.sent else ""
        return self._folder / picture.why / f"{picture.sha256}{mark}.jpg"

    def _add(self, path: Path, why: PictureWhy) -> None:
        self._arrivals += 1
        facts = path.stat()
        sha256, _, rest = path.name.partition(".")
        self._kept[sha256] = KeptPicture(
            sha256=sha256,
            why=why,
            bytes=facts.st_size,
            age_key=(facts.st_mtime_ns, self._arrivals),
            sent=rest.startswith(SENT[1:]),
        )

    def _scan(self) -> None:
        for why in PictureWhy:
            for path in sorted((self._folder / why).glob("*")):
                if path.suffix == ".jpg":
                    self._add(path, why)
                else:
                    _delete(path)  # a write that a crash cut short


def _worth(picture: KeptPicture) -> tuple[int, bool, tuple[int, int]]:
    """What the plant has already goes before what only lies here, the oldest first."""
    return WORTH.index(picture.why), not picture.sent, picture.age_key


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("picture %s can't be deleted (%s); it is no longer counted", path, error)


def _free_bytes(folder: Path) -> int:
    present = folder
    while not present.exists():
        present = present.parent
    return shutil.disk_usage(present).free
