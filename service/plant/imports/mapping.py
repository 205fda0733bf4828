"""Which column of a file is which field, and how the file is written: TOML that the plant edits."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, with_config

from service.plant.errors import PlantError

SHIPPED = Path(__file__).parent / "mappings"
OWN_FOLDER = "imports"  # in the plant's data_dir
strict = with_config({"extra": "forbid"})
Text = Annotated[str, Field(max_length=255)]


class ImportKind(StrEnum):
    """What the rows of a file are."""

    ORDERS = "orders"
    UNITS = "units"  # lots, bales, laydowns, rolls, pieces
    MASSES = "masses"  # what went in or out at a place: kg, m or m2
    MOUNTS = "mounts"  # what feeds a line, from when on
    READINGS = "readings"  # of energy, moisture, temperature …: no entries of the ledger


FIELDS: Mapping[ImportKind, tuple[frozenset[str], frozenset[str]]] = {  # needed, possible
    ImportKind.ORDERS: (
        frozenset({"order_id", "article", "value", "unit"}),
        frozenset({"customer", "due", "at", "first_limit", "second_limit"}),
    ),
    ImportKind.UNITS: (
        frozenset({"unit_id", "step"}),
        frozenset({"name", "parents", "supplier", "article", "order_id", "at"}),
    ),
    ImportKind.MASSES: (
        frozenset({"weighing_id", "place", "flow", "step", "unit_id", "value", "unit", "at"}),
        frozenset({"lot_id", "regain_pct", "cause"}),
    ),
    ImportKind.MOUNTS: (
        frozenset({"mount_id", "place", "at"}),
        frozenset({"unit_id"}),
    ),
    ImportKind.READINGS: (
        frozenset({"sensor_id", "place", "measured", "value", "unit", "at"}),
        frozenset({"quality", "detail", "reading_id"}),
    ),
}


def _known_zone(name: str) -> str:
    try:
        return name and ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("there is no such time zone; give a name such as Asia/Almaty") from error


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMapping:
    """How one kind of file is read."""

    kind: ImportKind
    columns: dict[str, Text]  # field → the file's heading
    fixed: dict[str, Text] = field(default_factory=dict)  # field → the same for every row
    values: dict[str, dict[str, Text]] = field(default_factory=dict)  # field → the file's word → ours
    encoding: Literal["auto", "utf-8", "windows-1251"] = "auto"  # auto: UTF-8, else Windows-1251
    delimiter: Literal["auto", ",", ";", "\t", "|"] = "auto"
    decimal: Literal[",", "."] = "."
    date_formats: list[Text] = field(default_factory=list)  # of strptime; ISO 8601 is always read
    time_zone: Annotated[str, AfterValidator(_known_zone)] = ""  # of times without one; empty: the plant's
    parents_delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","


def load_mapping(name: str, data_dir: Path) -> ImportMapping:
    """The plant's own mapping of that name, else the shipped one.

    Raises:
        PlantError: unknown_mapping, bad_mapping.
    """
    known = mapping_names(data_dir)
    if name not in known:
        raise PlantError(
            "unknown_mapping", f"mapping {name[:80]!r} is not known; there are {', '.join(known)}"
        )
    own = data_dir / OWN_FOLDER / f"{name}.toml"
    path = own if own.exists() else SHIPPED / f"{name}.toml"
    try:
        with path.open("rb") as file:
            mapping = TypeAdapter(ImportMapping).validate_python(tomllib.load(file))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PlantError("bad_mapping", f"{path}: {error}; mend the file or remove it") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PlantError("bad_mapping", f"{path}: {where}: {first['msg']}; mend the file") from error
    _check_fields(mapping, path)
    return mapping


def mapping_names(data_dir: Path) -> tuple[str, ...]:
    """The mappings there are, shipped ones and the plant's own."""
    folders = (SHIPPED, data_dir / OWN_FOLDER)
    return tuple(sorted({path.stem for folder in folders for path in folder.glob("*.toml")}))


def _check_fields(mapping: ImportMapping, path: Path) -> None:
    needed, possible = FIELDS[mapping.kind]
    given = mapping.columns.keys() | mapping.fixed.keys()
    if strange := sorted((given | mapping.values.keys()) - needed - possible):
        known = ", ".join(sorted(needed | possible))
        raise PlantError(
            "bad_mapping", f"{path}: {', '.join(strange)}: no field of {mapping.kind.value}; use {known}"
        )
    if missing := sorted(needed - given):
        raise PlantError(
            "bad_mapping", f"{path}: {', '.join(missing)} is missing; add it to [columns] or [fixed]"
        )
    if both := sorted(mapping.columns.keys() & mapping.fixed.keys()):
        raise PlantError(
            "bad_mapping", f"{path}: {', '.join(both)} stands in [columns] and [fixed]; keep one"
        )
