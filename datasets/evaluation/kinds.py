"""What marked regions were called: a table of true against found kinds, and the shares by size.

A region's found kind is that of the strongest finding that overlaps it, at `unsure` or above.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datasets.evaluation.figures import mean_of
from datasets.evaluation.results import Evaluation, RegionResult
from vision.taxonomy import DefectKind

SIZE_LIMITS = (10.0, 100.0, 1000.0)  # mm², or px where the scale is unknown
SIZE_NAMES = ("< 10", "10 – 100", "100 – 1000", "> 1000")
MISSED = "missed"
UNNAMED = frozenset({DefectKind.UNKNOWN, DefectKind.FOREIGN_MATTER})  # kinds that say "not named closer"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFigures:
    """How a number of regions were called; a share of nothing is NaN."""

    regions: int
    hit: float  # share with a finding at `defective`
    found: float  # share with any finding
    unknown: float  # share of the found ones that were not named
    named: int  # found ones that were
    right: float  # share of the named ones that were named right


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTable:
    """Regions of real or of rendered pictures; never both together."""

    rendered: bool
    unit: str  # of the sizes: "mm²" or "px"
    total: KindFigures
    by_kind: dict[DefectKind, KindFigures]
    by_size: dict[str, KindFigures]
    called: dict[DefectKind, Counter[str]]  # true kind -> found kind, or "missed"


def kind_tables(evaluation: Evaluation) -> tuple[KindTable, ...]:
    """Give the table of the real pictures, then that of the rendered ones, where there are regions."""
    tables = []
    for rendered in (False, True):
        regions = [
            region
            for run in evaluation.runs
            for result in run.results
            if result.rendered is rendered
            for region in result.regions
        ]
        if regions:
            tables.append(_table(regions, rendered, evaluation.mm_per_px))
    return tuple(tables)


def size_name(area_px: int, mm_per_px: float | None) -> str:
    """Name the size class of a region."""
    area = area_px if mm_per_px is None else area_px * mm_per_px**2
    return SIZE_NAMES[sum(area >= limit for limit in SIZE_LIMITS)]


def _table(regions: Sequence[RegionResult], rendered: bool, mm_per_px: float | None) -> KindTable:
    kinds = sorted({region.kind for region in regions})
    sizes = [size_name(region.area_px, mm_per_px) for region in regions]
    by_size = {
        name: _figures([region for region, size in zip(regions, sizes, strict=True) if size == name])
        for name in SIZE_NAMES
        if name in sizes
    }
    return KindTable(
        rendered=rendered,
        unit="px" if mm_per_px is None else "mm²",
        total=_figures(regions),
        by_kind={kind: _figures([region for region in regions if region.kind is kind]) for kind in kinds},
        by_size=by_size,
        called={kind: Counter(_called(r) for r in regions if r.kind is kind) for kind in kinds},
    )


def _called(region: RegionResult) -> str:
    return region.found_kind.value if region.found_kind else MISSED


def _figures(regions: Iterable[RegionResult]) -> KindFigures:
    kept = list(regions)
    found = [region for region in kept if region.found]
    named = [region for region in found if region.found_kind not in UNNAMED]
    return KindFigures(
        regions=len(kept),
        hit=mean_of(region.hit for region in kept),
        found=mean_of(region.found for region in kept),
        unknown=mean_of(region.found_kind in UNNAMED for region in found),
        named=len(named),
        right=mean_of(region.found_kind is region.kind for region in named),
    )
