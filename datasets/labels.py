"""The label log: what people said of what the machine found, one line a label, never changed, never lost.

A label is one line of JSON, on disk (fsync) before `append` returns. A later label corrects an earlier one
by naming it in `supersedes`. A line torn by a crash is moved to `<log>.torn` when the log is opened: it was
never acknowledged, but nobody has to guess what it was.
"""

import fcntl
import io
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError, with_config

from datasets.types import DatasetError
from vision.taxonomy import DefectKind

log = logging.getLogger(__name__)

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Pixel = Annotated[int, Field(ge=0, le=65_535)]


class LabelVerdict(StrEnum):
    """What a person says of a finding of the machine."""

    RIGHT = "right"
    WRONG = "wrong"


@with_config({"extra": "forbid"})
@dataclass(frozen=True, slots=True, kw_only=True)
class PixelBox:
    """A box that a person drew, in pixels of the labelled picture; x1 and y1 lie outside of it."""

    x0: Pixel
    y0: Pixel
    x1: Pixel
    y1: Pixel
    mm_per_px: float | None = None  # of the picture, where its line said so

    def __post_init__(self) -> None:
        """A box holds one pixel at least.

        Raises:
            ValueError: it holds none.
        """
        if self.x1 <= self.x0 or self.y1 <= self.y0:
            raise ValueError(f"box {self.x0},{self.y0}–{self.x1},{self.y1} holds no pixel; draw a larger one")


@with_config({"extra": "forbid"})
@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One person's word on one picture."""

    label_id: UUID
    utc: datetime  # with its time zone
    author: str
    tenant: str  # enterprise/site/area/line
    picture_sha256: Sha256
    defect_id: str | None  # the finding that was judged; None: the picture as a whole
    verdict: LabelVerdict  # was the machine right?
    kind: DefectKind | None  # what it is in truth; None: nothing is wrong with the material, or not said
    group: str = ""  # roll or lot the picture comes from; empty: not known, so fit for training only
    note: str = ""
    demo: bool = False  # the picture is rendered or simulated
    supersedes: UUID | None = None  # the label that this one corrects
    box: PixelBox | None = None  # where it is in the picture, where a person drew or mended it
    withdrawn: bool = False  # nothing is said any more: only takes back the label in `supersedes`


CODEC: TypeAdapter[Label] = TypeAdapter(Label)


class LabelLog:
    """Appends labels to one file; a second writer is refused."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: io.FileIO | None = None

    def open(self) -> None:
        """Lock the log for writing and set a torn last line aside.

        Raises:
            DatasetError: another process writes to the log, or it can't be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = io.FileIO(self._path, "a+")
        except OSError as error:
            raise DatasetError(
                f"{self._path}: can't be opened ({error.strerror or error}); check path and rights"
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _set_torn_line_aside(file, self._path)
        except BlockingIOError as error:
            file.close()
            raise DatasetError(
                f"{self._path}: another process is writing labels here; stop it or use another log"
            ) from error
        except BaseException:
            file.close()
            raise
        self._file = file

    def append(self, label: Label) -> None:
        """Put a label on disk; it counts once this returns.

        Raises:
            DatasetError: the log isn't open, the label has no time zone, or the disk refused it.
        """
        if self._file is None:
            raise DatasetError(f"{self._path}: the log isn't open; open it before labels are written")
        if label.utc.utcoffset() != timedelta(0):
            raise DatasetError(f"label {label.label_id}: time {label.utc.isoformat()} is not UTC; give UTC")
        end = os.fstat(self._file.fileno()).st_size
        try:
            _write_all(self._file, CODEC.dump_json(label) + b"\n")
            os.fsync(self._file.fileno())
        except OSError as error:
            self._file.truncate(end)
            raise DatasetError(
                f"{self._path}: the label was not written ({error.strerror or error}); free space on the disk"
            ) from error

    def find(self, label_id: UUID) -> Label | None:
        """A label by its id; reads the whole log.

        Raises:
            DatasetError: a line is no label.
        """
        return next((label for label in read_labels(self._path) if label.label_id == label_id), None)

    def close(self) -> None:
        """Let the next writer in."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_labels(path: Path) -> Iterator[Label]:
    """Read all labels in the order in which they were given; an unfinished last line is not yet a label.

    Raises:
        DatasetError: a line is no label; the message names it.
    """
    if not path.exists():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.endswith(b"\n"):
                yield _parsed(line, number, path)


def standing_labels(labels: Iterable[Label]) -> tuple[Label, ...]:
    """Leave out labels that a later one corrects or takes back."""
    known = list(labels)
    corrected = {label.supersedes for label in known}
    return tuple(label for label in known if label.label_id not in corrected and not label.withdrawn)


def _parsed(line: bytes, number: int, path: Path) -> Label:
    try:
        return CODEC.validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "line"
        raise DatasetError(
            f"{path}: line {number} is no label ({where}: {first['msg']}); restore the log from a backup"
        ) from error


def _write_all(file: io.FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _set_torn_line_aside(file: io.FileIO, path: Path) -> None:
    file.seek(0)
    data = file.readall()
    whole = data.rfind(b"\n") + 1
    if whole == len(data):
        return
    aside = path.with_name(path.name + ".torn")
    with aside.open("ab") as torn:
        torn.write(data[whole:] + b"\n")
        torn.flush()
        os.fsync(torn.fileno())
    file.truncate(whole)
    os.fsync(file.fileno())
    log.warning("%s: %d bytes of an unfinished label were set aside in %s", path, len(data) - whole, aside)
