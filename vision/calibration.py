"""What a camera's pixels mean on the material: their size and place in mm, how evenly they see, their colour.

A calibration is made of parts that are solved apart (scale, flat field, colour), each with its figures and
its own expiry. `vision/calibration_store.py` keeps every version on disk.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import numpy as np

from vision.colour_fit import ColourModel
from vision.flat_field import FlatField
from vision.pixel_map import PixelMap


class Part(StrEnum):
    """What is solved apart, with a target of its own."""

    SCALE = "scale"
    FLAT_FIELD = "flat_field"
    COLOUR = "colour"


# How long a part holds unless the operator says otherwise. Lamps drift and dust falls within a shift; a
# lens stays.
VALID_HOURS: Final = {Part.SCALE: 90 * 24.0, Part.FLAT_FIELD: 12.0, Part.COLOUR: 12.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRecord:
    """When and from what a part was solved, and how good it is."""

    part: Part
    solved_utc: datetime
    expires_utc: datetime | None  # None: never
    figures: dict[str, float]  # residuals and what else tells its quality; units in the names
    sources: tuple[str, ...] = ()  # pictures it was solved from, "name sha256"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """One camera's calibration; made by hand, by the solvers, or read from a store."""

    camera_id: str
    mm_per_px: float  # across, mean over the width
    pixel_map: PixelMap | None = None  # None: `mm_per_px` everywhere
    flat_field: FlatField | None = None  # None: pixels are taken as they are
    colour: ColourModel | None = None  # None: colour is not known
    records: tuple[PartRecord, ...] = ()
    version: str = ""  # empty: in no store

    @property
    def mm_per_row(self) -> float:
        """Size of a pixel along the web."""
        return self.mm_per_px if self.pixel_map is None else self.pixel_map.mm_per_row

    @property
    def solved_utc(self) -> datetime | None:
        """When its newest part was solved."""
        return max((record.solved_utc for record in self.records), default=None)

    @property
    def expires_utc(self) -> datetime | None:
        """When its first part expires; None: never."""
        return min((r.expires_utc for r in self.records if r.expires_utc is not None), default=None)

    def expired(self, utc: datetime) -> tuple[Part, ...]:
        """Parts that must be solved again."""
        return tuple(
            record.part
            for record in self.records
            if record.expires_utc is not None and utc >= record.expires_utc
        )

    def is_expired(self, utc: datetime) -> bool:
        """Whether any part must be solved again."""
        return bool(self.expired(utc))

    def x_mm(self, column: float, rows: int) -> float:
        """Place of a column across, in the middle of a frame of so many rows."""
        if self.pixel_map is None:
            return column * self.mm_per_px
        return float(self.pixel_map.to_mm(np.array([[column, rows / 2]], np.float64))[0, 0])

    def lab(self, bgr: tuple[float, float, float], utc: datetime) -> tuple[float, float, float] | None:
        """CIE L*a*b* (D50, 2°) of a camera colour; None: colour was never calibrated, or has expired."""
        if self.colour is None or Part.COLOUR in self.expired(utc):
            return None
        lightness, a, b = self.colour.lab(np.array([bgr], np.float64))[0]
        return float(lightness), float(a), float(b)


def with_part(
    calibration: Calibration,
    record: PartRecord,
    *,
    pixel_map: PixelMap | None = None,
    flat_field: FlatField | None = None,
    colour: ColourModel | None = None,
) -> Calibration:
    """Return the calibration with one part solved anew; the others stay as they are.

    A new flat field takes the colour with it: that was solved on pixels corrected by the old one.
    """
    gone = {record.part} | ({Part.COLOUR} if record.part is Part.FLAT_FIELD else set())
    records = tuple(held for held in calibration.records if held.part not in gone)
    changed = replace(calibration, records=(*records, record), version="")
    if record.part is Part.SCALE and pixel_map is not None:
        return replace(changed, pixel_map=pixel_map, mm_per_px=pixel_map.mm_per_px)
    if record.part is Part.FLAT_FIELD:
        return replace(changed, flat_field=flat_field, colour=None)
    return replace(changed, colour=colour)


def expiry(part: Part, solved_utc: datetime, valid_hours: float | None) -> datetime:
    """When a part solved now must be solved again; None: after its usual time."""
    return solved_utc + timedelta(hours=VALID_HOURS[part] if valid_hours is None else valid_hours)
