"""Pictures from lines: PNG or JPEG, kept on disk under their content hash, once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from datasets.store import PictureStore
from datasets.types import DatasetError, DiskError
from service.events import Tenant
from service.plant.errors import PlantError
from service.plant.store import picture_rows
from service.plant.store.database import Database
from service.plant.store.roll_hours import write_hours

MAX_BYTES = 16 * 1024 * 1024  # a whole 16-bit strip; crops are a hundred times smaller
SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The plant's pictures: bytes on disk, what is held in the database."""

    database: Database
    files: PictureStore
    now: Callable[[], datetime]

    def put(self, tenant: Tenant, sha256: str, data: bytes, media_type: str) -> None:
        """Keep a picture.

        Raises:
            PlantError: bad_picture: too large, no PNG or JPEG, not what was declared, or a wrong hash;
                picture_store: the disk is full or read-only.
        """
        found = _sniff(data)
        if len(data) > MAX_BYTES:
            raise _bad(sha256, f"{len(data)} bytes, at most {MAX_BYTES}; send the crop, not the frame")
        if found is None:
            raise _bad(sha256, "neither PNG nor JPEG; send one of the two")
        if media_type != found:
            raise _bad(sha256, f"declared as {media_type}, but it is {found}; correct the declaration")
        try:
            self.files.put(data, expected_sha256=sha256)
        except DiskError as error:
            raise PlantError("picture_store", str(error)) from error
        except DatasetError as error:
            raise PlantError("bad_picture", str(error)) from error
        with self.database.write() as tx:
            if picture_rows.add(tx, tenant, sha256, found, len(data), self.now()):
                write_hours(
                    tx, (), picture_rows.ends_of_rolls(tx, sha256)
                )  # their records may be complete now

    def get(self, sha256: str) -> tuple[bytes, str]:
        """A picture and its media type.

        Raises:
            PlantError: unknown_picture: it isn't held, or its file is gone or damaged.
        """
        with self.database.read() as tx:
            media_type = picture_rows.media_type(tx, sha256)
        if media_type is None:
            raise PlantError(
                "unknown_picture", f"picture {sha256} is not held; the line may still deliver it"
            )
        try:
            return self.files.get(sha256), media_type
        except DatasetError as error:
            raise PlantError("unknown_picture", str(error)) from error


def _sniff(data: bytes) -> str | None:
    return next((kind for signature, kind in SIGNATURES.items() if data.startswith(signature)), None)


def _bad(sha256: str, what: str) -> PlantError:
    return PlantError("bad_picture", f"picture {sha256}: {what}")
