"""What each KPI is: read from `catalogue.toml`, checked when it is imported."""

import tomllib
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from service.plant.errors import PlantError
from service.plant.views.kpis import KpiDefinition

CATALOGUE_FILE = Path(__file__).parent / "catalogue.toml"
_CODEC: TypeAdapter[list[KpiDefinition]] = TypeAdapter(list[KpiDefinition])


def load_catalogue(path: Path = CATALOGUE_FILE) -> tuple[KpiDefinition, ...]:
    """Read the definitions.

    Raises:
        PlantError: bad_catalogue: the file can't be read, a key is missing, or a figure stands twice.
    """
    try:
        definitions = _CODEC.validate_python(tomllib.loads(path.read_text(encoding="utf-8")).get("kpi", []))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise PlantError("bad_catalogue", f"KPI catalogue {path}: {error}") from error
    codes = [definition.code for definition in definitions]
    twice = {code for code in codes if codes.count(code) > 1}
    if twice:
        raise PlantError("bad_catalogue", f"KPI catalogue {path}: {sorted(twice)} stand twice; keep one each")
    return tuple(definitions)


CATALOGUE = load_catalogue()
BY_CODE = {definition.code: definition for definition in CATALOGUE}
