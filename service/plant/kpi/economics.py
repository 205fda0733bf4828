"""The plant's prices and costs: a TOML file with versions, each in force from its date on.

    currency = "KZT"
    [[versions]]
    from = 2026-01-01
    source = "finance, letter of 2025-12-20"
    is_example = false
    machine_hour = 5200.0
    [[versions.articles]]
    article = "twill-7"
    basis = "area"        # "area": per m2, "mass": per kg
    ...

Money is in the file's one currency; a price of another currency is converted by whoever writes it.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, with_config

from service.plant.errors import PlantError

strict = with_config({"extra": "forbid"})
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePrices:
    """Prices of one article per m2 ("area") or per kg ("mass")."""

    article: str
    basis: Literal["area", "mass"]
    material: Money  # what a unit of input costs
    price_first: Money  # grade A; fibre: good output
    price_b: Money | None = None  # None: as grade A
    price_second: Money | None = None  # None: not sold
    planned_per_h: Rate | None = None  # units a line makes in a planned hour


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class PriceVersion:
    """Prices in force from a date on."""

    from_: date
    source: str
    is_example: bool
    articles: tuple[ArticlePrices, ...]
    machine_hour: Money | None = None  # of a line, without labour and energy
    labour_hour: Money | None = None
    kwh: Money | None = None
    by_product_kg: Money = 0.0
    rework: Money | None = None  # of a m2
    stop_hour: Money | None = None  # lost margin of a line that stands

    def article(self, article: str, basis: str) -> ArticlePrices | None:
        """Prices of an article; None where the file has none."""
        return next((a for a in self.articles if (a.article, a.basis) == (article, basis)), None)


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Investment:
    """What quality control cost to buy and install."""

    amount: Rate
    since: date
    source: str


def _in_order(versions: tuple[PriceVersion, ...]) -> tuple[PriceVersion, ...]:
    dates = [version.from_ for version in versions]
    if dates != sorted(set(dates)):
        raise ValueError(f"versions start on {[str(day) for day in dates]}; sort them, one a day")
    return versions


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Economics:
    """Every version of the plant's prices."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]  # ISO 4217
    versions: Annotated[tuple[PriceVersion, ...], Field(min_length=1), AfterValidator(_in_order)]
    investment: Investment | None = None

    def at(self, day: date) -> PriceVersion | None:
        """The version in force on a day; None before the first."""
        fitting = [version for version in self.versions if version.from_ <= day]
        return fitting[-1] if fitting else None


_CODEC: TypeAdapter[Economics] = TypeAdapter(Economics)


def load_economics(path: Path) -> Economics:
    """Read the file.

    Raises:
        PlantError: bad_economics: unreadable, a key unknown or out of range, dates out of order.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        for version in raw.get("versions", []):
            version["from_"] = version.pop("from")  # "from" is a word of Python
        return _CODEC.validate_python(raw)
    except KeyError as error:
        raise PlantError(
            "bad_economics", f"prices {path}: a version has no {error}; give its date"
        ) from error
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise PlantError("bad_economics", f"prices {path}: {error}") from error
