"""What scales and sensors at a line measured: they judge nothing; the plant's ledger books them."""

from dataclasses import dataclass
from typing import Literal

from service.event_terms import MassFlow, MeasuredKind, ReadingQuality


@dataclass(frozen=True, slots=True, kw_only=True)
class MassWeighed:
    """A scale's steady reading: mass of a material that came in or went out."""

    kind: Literal["mass_weighed"] = "mass_weighed"
    scale_id: str
    flow: MassFlow
    mass_kg: float
    roll_id: str | None
    lot_id: str | None
    given: str  # the scale's own text, e.g. "ST,GS,+  218.40kg"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorRead:
    """A sensor's value at the stamp's moment. A counter's value only grows, until its meter is changed.

    A scale or sensor that could not measure says so by a reading that is not good, without a value where it
    had none: never by a zero.
    """

    kind: Literal["sensor_read"] = "sensor_read"
    sensor_id: str
    measured: MeasuredKind
    value: float | None  # None: it gave none; its quality is then bad
    unit: str
    quality: ReadingQuality
    detail: str  # why it is not good


@dataclass(frozen=True, slots=True, kw_only=True)
class LintMeasured:
    """Trash and colour of the lint that passed since the last one; closed every few seconds and with a lot.

    Colour that can't be trusted is not there, and `refused` says why.
    """

    kind: Literal["lint_measured"] = "lint_measured"
    camera_id: str
    lot_id: str | None
    from_mm: float
    to_mm: float
    frames: int
    fibre_cover_pct: float
    trash_count: int  # a particle on a strip's border counts in both
    trash_count_m2: float  # of inspected belt
    trash_area_pct: float
    rd: float | None
    plus_b: float | None
    colour_from: str  # "references" or "chart"; empty: refused
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LampRead:
    """The white reference against its first look; said when the lamp's state changes, and each hour."""

    kind: Literal["lamp_read"] = "lamp_read"
    camera_id: str
    state: str  # vision.lamp.LampState
    rd_change: float  # how far white lint would be misread
    b_change: float
    detail: str
