"""A frozen dataset version: labels, pictures and splits that never change again, named by their content.

    NAME/manifest.json     entries in the order of their pictures, the split rule, the version's id
    NAME/pictures/         the pictures, by SHA-256, so that the version outlives the line's ring

The id is the SHA-256 of the manifest's content without its name: the same labels give the same id anywhere.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from pydantic import TypeAdapter, ValidationError, with_config

from datasets.labels import Label, LabelVerdict, PixelBox, Sha256, standing_labels
from datasets.splits import Split, SplitShares, split_of
from datasets.store import PictureStore
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

__all__ = ["DatasetError", "DatasetVersion", "Entry", "freeze", "load_version"]

log = logging.getLogger(__name__)

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
PICTURES = "pictures"


@with_config({"extra": "forbid"})
@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One label on one picture, and the part of the dataset it belongs to."""

    picture_sha256: Sha256
    label_id: UUID
    verdict: LabelVerdict
    kind: DefectKind | None
    defect_id: str | None
    group: str
    split: Split
    demo: bool  # the picture is rendered or simulated
    box: PixelBox | None = None  # drawn or mended by a person


@with_config({"extra": "forbid"})
@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that the id is made of."""

    schema_version: int
    shares: SplitShares
    salt: str
    entries: tuple[Entry, ...]
    without_picture: tuple[UUID, ...]  # labels left out because their picture is gone


@with_config({"extra": "forbid"})
@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetVersion:
    """A frozen version."""

    id: Sha256
    name: str
    content: Content
    folder: Path = field(default=Path(), compare=False)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Labels of the version, in the order of their pictures."""
        return self.content.entries

    @property
    def demo(self) -> bool:
        """Whether any of it is rendered or simulated."""
        return any(entry.demo for entry in self.entries)

    @property
    def pictures(self) -> PictureStore:
        """Pictures of the version."""
        return PictureStore(self.folder / PICTURES)

    def of(self, split: Split) -> tuple[Entry, ...]:
        """Labels of one part."""
        return tuple(entry for entry in self.entries if entry.split is split)


_CONTENT: TypeAdapter[Content] = TypeAdapter(Content)
_VERSION: TypeAdapter[DatasetVersion] = TypeAdapter(DatasetVersion)


def freeze(
    labels: Iterable[Label],
    store: PictureStore,
    out_dir: Path,
    name: str,
    *,
    shares: SplitShares | None = None,
    salt: str = "",
) -> DatasetVersion:
    """Write a version under `out_dir / name`. Freezing the same again gives the version that is there.

    Raises:
        DatasetError: there is nothing to freeze, the name is taken by other content, or a picture is damaged.
    """
    content = _content(labels, store, shares or SplitShares(), salt)
    folder = out_dir / _checked_name(name)
    version = DatasetVersion(id=_id_of(content), name=name, content=content, folder=folder)
    if folder.exists():
        return _same_or_refuse(version)
    part = out_dir / f".{name}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        _copy_pictures(version, store, part)
        (part / MANIFEST).write_bytes(_manifest(version))
        _make_read_only(part)
        part.rename(folder)
    except OSError as error:
        raise DatasetError(
            f"{folder}: the version was not written ({error.strerror or error}); free space or check rights"
        ) from error
    return version


def load_version(folder: Path) -> DatasetVersion:
    """Read a version and check it against its id, picture by picture.

    Raises:
        DatasetError: it isn't there, or anything in it changed since it was frozen.
    """
    version = _read_manifest(folder)
    if _id_of(version.content) != version.id:
        raise DatasetError(f"{folder}: the manifest was changed after it was frozen; freeze a new version")
    for sha256 in sorted({entry.picture_sha256 for entry in version.entries}):
        version.pictures.get(sha256)
    return version


def _content(labels: Iterable[Label], store: PictureStore, shares: SplitShares, salt: str) -> Content:
    standing = standing_labels(labels)
    kept = [label for label in standing if label.picture_sha256 in store]
    gone = sorted(label.label_id for label in standing if label.picture_sha256 not in store)
    if gone:
        log.warning("%d of %d labels are left out: their pictures are gone", len(gone), len(standing))
    if not kept:
        raise DatasetError(
            f"nothing to freeze: {len(standing)} labels stand and {len(gone)} of their pictures are gone"
        )
    entries = [_entry(label, shares, salt) for label in kept]
    entries.sort(key=lambda entry: (entry.picture_sha256, entry.label_id))
    return Content(
        schema_version=SCHEMA_VERSION,
        shares=shares,
        salt=salt,
        entries=tuple(entries),
        without_picture=tuple(gone),
    )


def _entry(label: Label, shares: SplitShares, salt: str) -> Entry:
    # What comes from nobody knows where may come from a roll of the test part: it is for training only.
    split = split_of(label.group, shares, salt=salt) if label.group else Split.TRAIN
    return Entry(
        picture_sha256=label.picture_sha256,
        label_id=label.label_id,
        verdict=label.verdict,
        kind=label.kind,
        defect_id=label.defect_id,
        group=label.group,
        split=split,
        demo=label.demo,
        box=label.box,
    )


def _id_of(content: Content) -> str:
    plain = _CONTENT.dump_python(content, mode="json")
    for entry in plain["entries"]:
        if entry["box"] is None:
            del entry["box"]  # versions that were frozen before boxes keep their id
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _checked_name(name: str) -> str:
    if not name or name.startswith(".") or "/" in name:
        raise DatasetError(f"dataset version {name!r}: give a name without '/' that doesn't begin with '.'")
    return name


def _same_or_refuse(version: DatasetVersion) -> DatasetVersion:
    there = load_version(version.folder)
    if there.id != version.id:
        raise DatasetError(
            f"{version.folder}: holds version {there.id[:16]}, not {version.id[:16]}; choose another name"
        )
    return there


def _copy_pictures(version: DatasetVersion, store: PictureStore, part: Path) -> None:
    copies = PictureStore(part / PICTURES)
    for sha256 in sorted({entry.picture_sha256 for entry in version.entries}):
        copies.put(store.get(sha256), expected_sha256=sha256)


def _manifest(version: DatasetVersion) -> bytes:
    return _VERSION.dump_json(version, indent=2, exclude={"folder"}) + b"\n"


def _read_manifest(folder: Path) -> DatasetVersion:
    path = folder / MANIFEST
    try:
        plain = json.loads(path.read_bytes())
        return _VERSION.validate_python({**plain, "folder": folder})
    except OSError as error:
        raise DatasetError(f"{path}: can't be read ({error.strerror or error}); no frozen version") from error
    except (ValueError, TypeError, ValidationError) as error:
        raise DatasetError(f"{path}: no manifest of a frozen version; restore it from a backup") from error


def _make_read_only(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
