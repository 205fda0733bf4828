"""Whether the values of an event can be at all: numbers finite, ends in order, texts of bounded length."""

import math
import re
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any

INTEGER_LIMIT = 1 << 63  # what a database column takes
SHORT_TEXT = 255  # characters; names, ids, kinds
LONG_TEXT = 100_000  # characters; what explains something
LONG_TEXTS = frozenset({"cause", "detail", "reason"})
IDS = frozenset({"id", "log_id", "roll_id", "lot_id", "defect_id", "command_id"})
HASHES = frozenset({"sha256", "picture_sha256"})
HASH = re.compile(r"[0-9a-f]{64}")
NOT_IN_AN_ID = re.compile(r"[\x00-\x20/\\?#%]")  # an id stands in addresses and file names
COUNTS_AND_SIZES = frozenset(
    {
        *("frames", "skipped", "clean", "defective", "deadline_misses", "bytes", "lanes", "lane", "width_mm"),
        *("web_width_mm", "inspected_width_mm", "area_mm2", "length_mm", "running_mm", "mm_per_px"),
        *("encoder_length_mm", "inspected_mm", "not_inspected_mm", "fed_kg", "ejected_kg", "good_fibre_kg"),
        *("trash_area_pct", "trash_count", "trash_count_m2", "fibre_cover_pct"),
    }
)
INTERVALS = (
    *(("from_mm", "to_mm"), ("x0_mm", "x1_mm"), ("y0_mm", "y1_mm")),
    ("web_start_mm", "web_end_mm"),
)
YEARS = range(1970, 2200)  # a PC without a clock battery wakes up in 1970; in the year 1 no zone can be told


def wrong_values(record: object) -> list[str]:
    """Say what can't be in a record and the records within it, e.g. "frames is -5; it can't be below 0"."""
    found: list[str] = []
    _look(record, found)
    return found


def _look(record: object, found: list[str]) -> None:
    kind: Any = type(record)  # Any: mypy takes a class for unhashable
    for name in _field_names(kind):
        value = getattr(record, name)
        of = type(value)
        if of is float or of is int:
            if not 0 <= value < INTEGER_LIMIT:  # most numbers need no closer look
                _number(name, value, found)
        elif of is str:
            _text(name, value, found)
        elif value is not None and of is not bool:
            _other(name, value, found)
    for low, high in _intervals(kind):
        if getattr(record, low) > getattr(record, high):
            found.append(
                f"{low} is {getattr(record, low)} and {high} {getattr(record, high)}; "
                f"the first must not be above the second"
            )


def _other(name: str, value: object, found: list[str]) -> None:
    if isinstance(value, datetime):
        _time(value, found)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str):
                _length(f"{name}.{key}", item, LONG_TEXT, found)
            else:
                _number(f"{name}.{key}", item, found)
    elif isinstance(value, tuple):
        for item in value:
            _look(item, found)
    elif is_dataclass(value):
        _look(value, found)


def _number(name: str, value: float, found: list[str]) -> None:
    if not math.isfinite(value) or abs(value) >= INTEGER_LIMIT:
        found.append(f"{name} is {value}; it must be a finite number")
    elif value < 0 and name in COUNTS_AND_SIZES:
        found.append(f"{name} is {value}; it can't be below 0")


def _text(name: str, value: str, found: list[str]) -> None:
    longest = LONG_TEXT if name in LONG_TEXTS else SHORT_TEXT
    if name in IDS:
        if not 0 < len(value) <= longest:
            found.append(f"{name} has {len(value)} characters; it must have 1 to {longest}")
        elif bad := NOT_IN_AN_ID.search(value):
            found.append(f"{name} {value!r} holds {bad.group()!r}; use letters, digits and dashes")
    elif name in HASHES and not HASH.fullmatch(value):
        found.append(f"{name} {value[:80]!r} is no SHA-256; give 64 hex digits in lower case")
    else:
        _length(name, value, longest, found)


def _length(name: str, value: str, longest: int, found: list[str]) -> None:
    if len(value) > longest:
        found.append(f"{name} has {len(value)} characters, at most {longest}")
    elif "\x00" in value:
        found.append(f"{name} holds a NUL character, which no database takes")


def _time(value: datetime, found: list[str]) -> None:
    if value.tzinfo is None:
        found.append(f"the time {value} has no time zone; send UTC")
    elif value.year not in YEARS:
        found.append(
            f"the time is {value}, outside the years {YEARS[0]} to {YEARS[-1]}; set the line's clock"
        )


@cache
def _field_names(kind: Any) -> tuple[str, ...]:  # Any: as above
    return tuple(item.name for item in fields(kind)) if is_dataclass(kind) else ()


@cache
def _intervals(kind: Any) -> tuple[tuple[str, str], ...]:  # Any: as above
    names = set(_field_names(kind))
    return tuple(pair for pair in INTERVALS if names.issuperset(pair))
