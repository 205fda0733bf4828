"""Classed samples and a lot's readings from CSV files; every fault is named by its line and column."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from service.plant.errors import PlantError

FEATURES = ("rd", "plus_b", "trash_area_pct", "trash_count_m2")
RANGES = {
    "rd": (20.0, 100.0),
    "plus_b": (0.0, 30.0),
    "trash_area_pct": (0.0, 50.0),
    "trash_count_m2": (0.0, 1e6),
    "trash_mass_pct": (0.0, 50.0),
}
BAD_SAMPLES = "bad_samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One classed sample."""

    lot: str
    grade: str  # the classer's
    values: tuple[float, ...]  # in the order of the table's features
    trash_mass_pct: float | None  # weighed; None: not


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """A table of classed samples."""

    features: tuple[str, ...]
    rows: tuple[Sample, ...]


def read_samples(path: Path) -> Samples:
    """Read columns lot, grade, at least one of `FEATURES`, and trash_mass_pct where it was weighed.

    Raises:
        PlantError: bad_samples, with file, line, column, value and what is allowed.
    """
    header, rows = _table(path)
    missing = [name for name in ("lot", "grade") if name not in header]
    if missing:
        raise PlantError(BAD_SAMPLES, f"{path}: column {missing[0]!r} is missing; it has {', '.join(header)}")
    strangers = [name for name in header if name not in ("lot", "grade", *RANGES)]
    if strangers:
        known = ", ".join(("lot", "grade", *RANGES))
        raise PlantError(BAD_SAMPLES, f"{path}: column {strangers[0]!r} is not known; use {known}")
    features = _features(path, header)
    samples = []
    for number, row in rows:
        for name in ("lot", "grade"):
            if not row[name].strip():
                raise PlantError(BAD_SAMPLES, f"{path}, line {number}: {name} is empty; fill it in")
        weighed = row.get("trash_mass_pct", "").strip()
        samples.append(
            Sample(
                lot=row["lot"].strip(),
                grade=row["grade"].strip(),
                values=tuple(_number(path, number, name, row[name]) for name in features),
                trash_mass_pct=_number(path, number, "trash_mass_pct", weighed) if weighed else None,
            )
        )
    return Samples(features=features, rows=tuple(samples))


def read_readings(path: Path, features: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
    """Read a lot's readings, in the order of time: one row each, the columns of a profile.

    Raises:
        PlantError: bad_samples.
    """
    header, rows = _table(path)
    missing = [name for name in features if name not in header]
    if missing:
        raise PlantError(
            BAD_SAMPLES,
            f"{path}: column {missing[0]!r} is missing; the profile was learnt on {', '.join(features)}",
        )
    return tuple(tuple(_number(path, number, name, row[name]) for name in features) for number, row in rows)


def _table(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PlantError(BAD_SAMPLES, f"{path}: can't be read ({error}); give a CSV file in UTF-8") from error
    reader = csv.reader(lines)
    header = [name.strip() for name in next(reader, [])]
    rows = []
    for number, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise PlantError(
                BAD_SAMPLES, f"{path}, line {number}: {len(cells)} cells, the header has {len(header)}"
            )
        rows.append((number, dict(zip(header, cells, strict=True))))
    if not rows:
        raise PlantError(BAD_SAMPLES, f"{path}: holds no rows; give a header and one row a sample")
    return header, rows


def _features(path: Path, header: list[str]) -> tuple[str, ...]:
    features = tuple(name for name in FEATURES if name in header)
    if not features:
        raise PlantError(
            BAD_SAMPLES, f"{path}: no measured column; give at least one of {', '.join(FEATURES)}"
        )
    return features


def _number(path: Path, line: int, name: str, text: str) -> float:
    low, high = RANGES[name]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise PlantError(
            BAD_SAMPLES, f"{path}, line {line}: {name} is {text!r}; give a number from {low:g} to {high:g}"
        )
    return value
