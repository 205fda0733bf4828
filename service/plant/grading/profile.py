"""A grading profile: the rules of a points system as data, with where they come from."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError, with_config

from service.plant.errors import PlantError

FOUR_POINT = Path(__file__).parent / "four_point.toml"
strict = with_config({"extra": "forbid"})


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class LengthRule:
    """Points of a defect whose longest dimension is at most `to_mm`."""

    to_mm: float
    points: int


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class HoleRule:
    """How holes are counted; sources differ."""

    rule: Literal["any_4", "by_25_mm", "as_length"]
    kinds: tuple[str, ...]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRule:
    """Below `limit` (0..1) of inspected length a grade is provisional."""

    limit: float


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRule:
    """Whether the acceptance limits are an example or a contract's own."""

    is_example: bool


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One version of a points system."""

    id: str
    version: int
    title: str
    source: str
    edition: str
    verified: bool  # True only where the standard itself was read
    unit_length_mm: float
    cap_per_unit: int
    continuous_from_mm: float
    ignored_below_mm: float
    longest_points: int
    lengths: tuple[LengthRule, ...]
    holes: HoleRule
    coverage: CoverageRule
    contract: ContractRule


_CODEC: TypeAdapter[Profile] = TypeAdapter(Profile)


def load_profile(path: Path = FOUR_POINT) -> Profile:
    """Read a profile.

    Raises:
        PlantError: bad_profile: the file can't be read or a rule is missing or unknown.
    """
    try:
        profile = _CODEC.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise PlantError("bad_profile", f"grading profile {path}: {error}") from error
    limits = [rule.to_mm for rule in profile.lengths]
    if limits != sorted(set(limits)):
        raise PlantError("bad_profile", f"grading profile {path}: lengths {limits} mm don't rise; sort them")
    return profile
