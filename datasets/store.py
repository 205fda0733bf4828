"""Pictures kept under their SHA-256, each once: `ab/abcdef….png`."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datasets.types import DatasetError, DiskError

# How a file begins, and what it is called then: the name follows the content, never the sender's word.
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"BM", ".bmp"),
    (b"II*\x00", ".tif"),
    (b"MM\x00*", ".tif"),
)
_NAME = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPicture:
    """A picture in the store."""

    sha256: str
    path: Path


class PictureStore:
    """A folder of pictures by content. Putting one twice keeps one."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, data: bytes, *, expected_sha256: str | None = None) -> StoredPicture:
        """Keep a picture; it is there whole or not at all.

        Raises:
            DatasetError: the bytes are no picture, or have another hash than expected.
            DiskError: they can't be written.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        if expected_sha256 is not None and sha256 != expected_sha256:
            raise DatasetError(
                f"picture {expected_sha256}: its bytes have SHA-256 {sha256}; it was damaged, send it again"
            )
        suffix = _suffix(data, sha256)
        path = self._root / sha256[:2] / f"{sha256}{suffix}"
        if not path.exists():
            _write_whole(path, data)
        return StoredPicture(sha256=sha256, path=path)

    def find(self, sha256: str) -> Path:
        """Give the file of a picture.

        Raises:
            DatasetError: the name is no SHA-256, or the picture isn't here.
        """
        if not _NAME.match(sha256):
            raise DatasetError(f"picture {sha256!r}: no SHA-256; give 64 hex digits in lower case")
        for _, suffix in SIGNATURES:
            path = self._root / sha256[:2] / f"{sha256}{suffix}"
            if path.is_file():
                return path
        raise DatasetError(f"picture {sha256}: not in {self._root}; it was never stored here or was deleted")

    def get(self, sha256: str) -> bytes:
        """Read a picture and check it against its name.

        Raises:
            DatasetError: it isn't here, can't be read, or is damaged.
        """
        path = self.find(sha256)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DatasetError(
                f"{path}: can't be read ({error.strerror or error}); check disk and rights"
            ) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise DatasetError(f"{path}: damaged, its content no longer matches its name; restore it")
        return data

    def __contains__(self, sha256: object) -> bool:
        if not isinstance(sha256, str) or not _NAME.match(sha256):
            return False
        folder = self._root / sha256[:2]
        return any((folder / f"{sha256}{suffix}").is_file() for _, suffix in SIGNATURES)

    def __iter__(self) -> Iterator[StoredPicture]:
        """Name all pictures in the order of their hashes."""
        for path in sorted(self._root.glob("[0-9a-f][0-9a-f]/*")):
            if _NAME.match(path.stem):
                yield StoredPicture(sha256=path.stem, path=path)

    def damaged(self) -> tuple[StoredPicture, ...]:
        """Read every picture and name those that no longer match their names."""
        return tuple(
            picture
            for picture in self
            if hashlib.sha256(picture.path.read_bytes()).hexdigest() != picture.sha256
        )


def _suffix(data: bytes, sha256: str) -> str:
    for signature, suffix in SIGNATURES:
        if data.startswith(signature):
            return suffix
    raise DatasetError(
        f"picture {sha256}: its {len(data)} bytes are no PNG, JPEG, BMP or TIFF; store pictures only"
    )


def _write_whole(path: Path, data: bytes) -> None:
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise DiskError(
            f"{path}: can't be written ({error.strerror or error}); free space on the disk or check rights"
        ) from error
