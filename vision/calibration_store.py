"""Calibrations on disk: every version kept, one active, written whole or not at all.

    <folder>/<camera id>/<version>/calibration.json   what a person can read: parts, figures, expiry, map,
    colour arrays.npz          gain and dark of the flat field
    <folder>/<camera id>/active.json                   which version counts

A version's name is its time and the first digits of the SHA-256 of both files' content: a changed file is
refused.
"""

import hashlib
import io
import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from vision.calibration import Calibration, PartRecord
from vision.colour_fit import ColourModel
from vision.flat_field import FlatField
from vision.pixel_map import PixelMap
from vision.types import VisionError

SCHEMA: Final = 1
CALIBRATION_FILE: Final = "calibration.json"
ARRAYS_FILE: Final = "arrays.npz"
ACTIVE_FILE: Final = "active.json"
ID_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flat:
    channels: int
    uneven_before_pct: float
    uneven_after_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Colour:
    gamma: float
    coefficients: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    schema: int
    camera_id: str
    mm_per_px: float
    pixel_map: PixelMap | None
    flat_field: _Flat | None
    colour: _Colour | None
    records: tuple[PartRecord, ...]


_CODEC: Final[TypeAdapter[_Stored]] = TypeAdapter(_Stored)


class CalibrationStore:
    """A folder of calibrations, of one or many cameras."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._folder

    def cameras(self) -> tuple[str, ...]:
        """Cameras that have a calibration here."""
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(path.parent.name for path in self._folder.glob(f"*/{ACTIVE_FILE}")))

    def versions(self, camera_id: str) -> tuple[str, ...]:
        """All versions of a camera's calibration, oldest first."""
        held = (self._folder / camera_id).glob(f"*/{CALIBRATION_FILE}")
        return tuple(sorted(path.parent.name for path in held if not path.parent.name.endswith(".part")))

    def active_version(self, camera_id: str) -> str:
        """Name of the version that counts.

        Raises:
            VisionError: there is none, or the pointer is damaged.
        """
        path = self._folder / camera_id / ACTIVE_FILE
        try:
            return str(json.loads(path.read_bytes())["version"])
        except FileNotFoundError as error:
            raise VisionError(
                f"camera {camera_id}: no calibration in {self._folder}; make one: "
                f"maqta calibrate scale --camera {camera_id} --store {self._folder} …"
            ) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise VisionError(
                f"{path}: can't be read ({error}); choose a version again: maqta calibrate use"
            ) from error

    def active(self, camera_id: str) -> Calibration:
        """Read the version that counts.

        Raises:
            VisionError: there is none, or it is damaged.
        """
        return self.load(camera_id, self.active_version(camera_id))

    def load(self, camera_id: str, version: str) -> Calibration:
        """Read one version and check its content against its name.

        Raises:
            VisionError: it isn't there, was changed, or is of another camera.
        """
        folder = self._folder / camera_id / version
        try:
            text, arrays = (folder / CALIBRATION_FILE).read_bytes(), (folder / ARRAYS_FILE).read_bytes()
        except OSError as error:
            known = ", ".join(self.versions(camera_id)[-5:]) or "none"
            raise VisionError(
                f"camera {camera_id}: no calibration {version!r} in {self._folder}; there are: {known}"
            ) from error
        if not version.endswith(_digest(text, arrays)):
            raise VisionError(
                f"{folder}: its content is not what its name says; it was changed or damaged: use another "
                "version "
                "or calibrate again"
            )
        calibration = replace(_decoded(text, arrays, folder), version=version)
        if calibration.camera_id != camera_id:
            raise VisionError(f"{folder}: is of camera {calibration.camera_id}; calibrate {camera_id} itself")
        return calibration

    def save(self, calibration: Calibration) -> Calibration:
        """Keep a new version and make it the one that counts.

        Raises:
            VisionError: it has no part, or the folder can't be written.
        """
        if calibration.solved_utc is None:
            raise VisionError(f"camera {calibration.camera_id}: nothing was solved; there is nothing to keep")
        text, arrays = _encoded(calibration)
        version = f"{calibration.solved_utc:%Y%m%dT%H%M%SZ}-{_digest(text, arrays)}"
        folder = self._folder / calibration.camera_id / version
        part = folder.with_name(f"{version}.part")
        try:
            if not folder.exists():
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir(parents=True)
                _write(part / CALIBRATION_FILE, text)
                _write(part / ARRAYS_FILE, arrays)
                part.rename(folder)
            self.use(calibration.camera_id, version)
        except OSError as error:
            raise VisionError(
                f"{folder}: can't be written ({error.strerror or error}); check rights and free space"
            ) from error
        return replace(calibration, version=version)

    def use(self, camera_id: str, version: str) -> Calibration:
        """Make a version the one that counts, after reading it whole; the others stay.

        Raises:
            VisionError: it isn't there or is damaged.
        """
        calibration = self.load(camera_id, version)
        path = self._folder / camera_id / ACTIVE_FILE
        part = path.with_name(f"{ACTIVE_FILE}.part")
        _write(part, json.dumps({"version": version}).encode())
        part.replace(path)
        return calibration


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _digest(text: bytes, arrays: bytes) -> str:
    return hashlib.sha256(hashlib.sha256(text).digest() + hashlib.sha256(arrays).digest()).hexdigest()[
        :ID_DIGITS
    ]


def _encoded(calibration: Calibration) -> tuple[bytes, bytes]:
    flat, colour = calibration.flat_field, calibration.colour
    stored = _Stored(
        schema=SCHEMA,
        camera_id=calibration.camera_id,
        mm_per_px=calibration.mm_per_px,
        pixel_map=calibration.pixel_map,
        flat_field=None
        if flat is None
        else _Flat(
            channels=flat.channels,
            uneven_before_pct=flat.uneven_before_pct,
            uneven_after_pct=flat.uneven_after_pct,
        ),
        colour=None
        if colour is None
        else _Colour(
            gamma=colour.gamma,
            coefficients=tuple((float(x), float(y), float(z)) for x, y, z in colour.coefficients),
        ),
        records=calibration.records,
    )
    arrays: dict[str, NDArray[np.float32]] = {}
    if flat is not None:
        arrays["gain"] = flat.gain
        if flat.dark is not None:
            arrays["dark"] = flat.dark
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # the stubs take the names for options
    return _CODEC.dump_json(stored, indent=1), file.getvalue()


def _decoded(text: bytes, data: bytes, folder: Path) -> Calibration:
    try:
        stored = _CODEC.validate_json(text)
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
    except (ValidationError, OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise VisionError(f"{folder}: not a calibration ({error}); calibrate the camera again") from error
    if stored.schema != SCHEMA:
        raise VisionError(
            f"{folder}: its schema is {stored.schema}, known is {SCHEMA}; calibrate the camera again"
        )
    colour = stored.colour
    return Calibration(
        camera_id=stored.camera_id,
        mm_per_px=stored.mm_per_px,
        pixel_map=stored.pixel_map,
        flat_field=_flat(stored.flat_field, arrays),
        colour=None
        if colour is None
        else ColourModel(gamma=colour.gamma, coefficients=np.array(colour.coefficients, np.float64)),
        records=stored.records,
    )


def _flat(stored: _Flat | None, arrays: Mapping[str, NDArray[np.float32]]) -> FlatField | None:
    if stored is None:
        return None
    return FlatField(
        gain=arrays["gain"],
        dark=arrays.get("dark"),
        channels=stored.channels,
        uneven_before_pct=stored.uneven_before_pct,
        uneven_after_pct=stored.uneven_after_pct,
    )
