"""The catalogue as it is handed out: each figure's definition with window, baseline and the paper's claim."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from service.plant.kpi.catalogue import CATALOGUE
from service.plant.kpi.claims import Claim, claim_of
from service.plant.views.kpis import KpiDefinition, WindowName


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One figure, without a plant."""

    code: str
    definition: KpiDefinition
    windows: tuple[str, ...]  # named ones; any other from and to may be asked for
    baseline: str
    completeness: str
    claim: Claim | None


ENTRIES_CODEC: TypeAdapter[tuple[CatalogueEntry, ...]] = TypeAdapter(tuple[CatalogueEntry, ...])


def entries() -> tuple[CatalogueEntry, ...]:
    """Every figure."""
    return tuple(
        CatalogueEntry(
            code=definition.code,
            definition=definition,
            windows=tuple(name.value for name in WindowName),
            baseline="the plant's own period, set by a manager; a line's own goes before the plant's",
            completeness=f"share of: {definition.completeness_of}",
            claim=claim_of(definition),
        )
        for definition in CATALOGUE
    )
