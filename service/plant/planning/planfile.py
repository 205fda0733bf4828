"""PLAN.toml → lots and orders: tables [[lots]] and [[orders]] with the names of `views/plan.py`."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from service.plant.errors import PlantError
from service.plant.views.plan import LotOffer, OrderNeed

LARGEST_BYTES = 4_000_000


@with_config(ConfigDict(extra="forbid", allow_inf_nan=False))
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """What a file asks."""

    orders: tuple[OrderNeed, ...]
    lots: tuple[LotOffer, ...] = field(default=())  # none: those that the plant measured


_PLAN: TypeAdapter[PlanFile] = TypeAdapter(PlanFile)


def load_plan(path: Path) -> PlanFile:
    """Read a file.

    Raises:
        PlantError: bad_plan: it can't be read, or a key or value is wrong.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise PlantError("bad_plan", f"{path} is larger than {LARGEST_BYTES} bytes; plan in parts")
        return _PLAN.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise PlantError("bad_plan", f"{path}: can't be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PlantError("bad_plan", f"{path}: is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PlantError("bad_plan", f"{path}: {where}: {first['msg']}") from error
