"""A grading profile: the rules of a points system as data, with where they come from."""

import tomllib
from dataclasses import dataclass, field
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

    rule: Literal["any_4", "by_25_mm", "as_length", "any", "any_but_pin_hole"]
    kinds: tuple[str, ...]
    points: int = 4  # of "any" and "any_but_pin_hole"
    pin_hole_mm: float = 0.0  # up to here a hole is a pin hole and counts by its length


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRule:
    """Below `limit` (0..1) of inspected length a grade is provisional."""

    limit: float


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class WeftRule:
    """Points across the web, where they differ from those along it: by length, then by the web's width."""

    lengths: tuple[LengthRule, ...]
    to_half_width: int  # longer than `lengths` says, up to half the width
    over_half_width: int


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class RunningRule:
    """Conditions that run along the web: the cap for each unit; too long a run rejects the roll."""

    kinds: tuple[str, ...] = ()
    reject_over_mm: float = 0.0  # any one defect that runs longer makes the lowest grade; 0: never


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRule:
    """Whether the acceptance limits are an example or a contract's own."""

    is_example: bool


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class LinearRule:
    """Acceptance by points per length, whatever the width: it takes the place of limits per area."""

    per_m: float  # 100 m, or 91.44 m for 100 yd
    first: float  # points per `per_m`, up to here: grade A
    second: float  # up to here: grade B


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
    edge_exclusion_mm: float = 0.0  # defects wholly within this of an edge don't count
    cap_scales_above_mm: float = 0.0  # a wider web gets a cap larger in proportion; 0: never
    weft: WeftRule | None = None
    running: RunningRule = field(default_factory=RunningRule)
    linear: LinearRule | None = None

    def cap_of(self, width_mm: float) -> int:
        """The most points of one unit of length on a web of this width."""
        if 0 < self.cap_scales_above_mm < width_mm:
            return int(self.cap_per_unit * width_mm / self.cap_scales_above_mm)
        return self.cap_per_unit


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
    _check(profile, path)
    return profile


def _check(profile: Profile, path: Path) -> None:
    numbers = {
        "unit_length_mm": profile.unit_length_mm,
        "cap_per_unit": profile.cap_per_unit,
        "continuous_from_mm": profile.continuous_from_mm,
        "version": profile.version,
    }
    for name, value in numbers.items():
        if not value > 0:
            raise PlantError("bad_profile", f"grading profile {path}: {name} is {value}; it must be above 0")
    linear = profile.linear
    if linear is not None and not (linear.per_m > 0 and 0 <= linear.first <= linear.second):
        raise PlantError(
            "bad_profile",
            f"grading profile {path}: linear {linear.first:g} and {linear.second:g} per {linear.per_m:g} m; "
            f"give a length above 0 and limits that rise",
        )
    if not 0 <= profile.coverage.limit <= 1:
        raise PlantError(
            "bad_profile", f"grading profile {path}: coverage limit {profile.coverage.limit} must be 0 to 1"
        )
