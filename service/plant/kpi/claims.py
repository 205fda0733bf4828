"""What the management model's paper claims, beside what the plant measures: never mixed with it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError, with_config

from service.plant.errors import PlantError
from service.plant.views.kpis import KpiDefinition

CLAIMS_FILE = Path(__file__).parent / "claims.toml"


@with_config({"extra": "forbid"})
@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One row of the paper's tables."""

    slug: str
    after: float
    unit: str
    source: str
    basis: str | None = None  # None: every basis of the slug
    before: float | None = None
    printed_change_pct: float | None = None

    @property
    def exact_change_pct(self) -> float | None:
        """The change that the two printed values give."""
        return None if self.before is None else 100 * (self.after - self.before) / self.before


_CODEC: TypeAdapter[list[Claim]] = TypeAdapter(list[Claim])


def load_claims(path: Path = CLAIMS_FILE) -> dict[str, Claim]:
    """The paper's claims by slug.

    Raises:
        PlantError: bad_catalogue: the file can't be read or a key is missing.
    """
    try:
        claims = _CODEC.validate_python(tomllib.loads(path.read_text(encoding="utf-8")).get("claim", []))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise PlantError("bad_catalogue", f"claims {path}: {error}") from error
    return {claim.slug: claim for claim in claims}


CLAIMS = load_claims()


def claim_of(definition: KpiDefinition) -> Claim | None:
    """What the paper claims of a figure; None where it says nothing of it on this basis."""
    claim = CLAIMS.get(definition.slug)
    return claim if claim is not None and claim.basis in (None, definition.basis) else None
