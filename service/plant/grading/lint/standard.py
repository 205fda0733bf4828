"""Tables of lint standards. One that nobody verified against the standard's text is empty, grades nothing."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError, with_config

from service.plant.errors import PlantError

FOLDER = Path(__file__).parent / "standards"
UNVERIFIED = "unverified_standard"
strict = with_config({"extra": "forbid"})


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ClassLimit:
    """Up to so much trash by mass a lot of a sort is of this class."""

    sort: str
    lint_class: str
    to_mass_pct: float


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class LintStandard:
    """One edition of a standard, as far as it was entered."""

    id: str
    title: str
    edition: str
    source: str
    verified: bool  # True only where the limits were entered from the standard's own text
    sorts: tuple[str, ...]
    classes: tuple[str, ...]
    limits: tuple[ClassLimit, ...]


_CODEC: TypeAdapter[LintStandard] = TypeAdapter(LintStandard)


def load_standard(path: Path) -> LintStandard:
    """Read a table.

    Raises:
        PlantError: bad_profile: the file can't be used.
    """
    try:
        return _CODEC.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise PlantError("bad_profile", f"lint standard {path}: {error}") from error


def shipped_standards() -> tuple[LintStandard, ...]:
    """Read the tables that come with the product."""
    return tuple(load_standard(path) for path in sorted(FOLDER.glob("*.toml")))


def class_of(standard: LintStandard, sort: str, trash_mass_pct: float) -> str:
    """Return the class of a lot.

    Raises:
        PlantError: unverified_standard: nobody entered and verified the limits; out_of_standard: no class
            of this sort takes so much trash.
    """
    if not standard.verified or not standard.limits:
        raise PlantError(
            UNVERIFIED,
            f"{standard.title} ({standard.edition}): its limits were never verified, so the table is empty; "
            "enter them from a purchased copy and set verified = true, or grade by the plant's own samples: "
            "maqta grade fit",
        )
    limits = sorted((one for one in standard.limits if one.sort == sort), key=lambda one: one.to_mass_pct)
    for one in limits:
        if trash_mass_pct <= one.to_mass_pct:
            return one.lint_class
    highest = f"{limits[-1].to_mass_pct:g} %" if limits else "none is given"
    raise PlantError(
        "out_of_standard",
        f"{standard.title}: sort {sort!r} has no class for {trash_mass_pct:g} % of trash; "
        f"the highest limit: {highest}",
    )
