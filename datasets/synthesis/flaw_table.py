"""Which flaws cloth can be rendered with: how large each is, and who draws it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from datasets.synthesis.flaw import Draw, Gauge
from datasets.synthesis.planting import Footprint
from datasets.synthesis.spot_flaws import foreign_fibre, fuzz_ball, hole, knot, oil_spot, spot, stain
from datasets.synthesis.yarn_flaws import (
    along_any,
    along_warp,
    along_weft,
    crease,
    floating_yarns,
    lengthwise,
    missing_yarn,
    oily_yarn,
    slub,
    thick_bar,
    thin_bar,
    turned,
)
from vision.taxonomy import DefectKind

ANY_WIDTH = 1 << 20  # cut by planting to the width of the cloth

Size = Callable[[np.random.Generator, Gauge], Footprint]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """How large a flaw is, and how it is drawn."""

    size: Size
    draw: Draw


def _bar_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    return Footprint(rows=max(8, round(rng.uniform(3, 16) * gauge.pick_px)), columns=ANY_WIDTH)


def _missing_end_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    return along_warp(rng, gauge, picks=(20, 240), ends=4)


def _missing_pick_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    if rng.random() < 0.3:
        return Footprint(rows=max(5, round(4 * gauge.pick_px)), columns=ANY_WIDTH)
    return along_weft(rng, gauge, ends=(20, 300), picks=4)


def _crease_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    return Footprint(rows=int(rng.integers(120, 500)), columns=int(rng.integers(40, 160)))


FLAWS: dict[DefectKind, Flaw] = {
    DefectKind.BROKEN_END: Flaw(size=_missing_end_size, draw=missing_yarn),
    DefectKind.BROKEN_PICK: Flaw(size=_missing_pick_size, draw=turned(missing_yarn)),
    DefectKind.THIN_BAR: Flaw(size=_bar_size, draw=thin_bar),
    DefectKind.THICK_BAR: Flaw(size=_bar_size, draw=thick_bar),
    DefectKind.FLOAT: Flaw(
        size=lambda rng, gauge: along_warp(rng, gauge, picks=(7, 36), ends=float(rng.integers(3, 6))),
        draw=floating_yarns,
    ),
    DefectKind.SLUB: Flaw(
        size=lambda rng, gauge: along_any(
            rng, gauge, yarns=(8, 40), across=rng.uniform(1.6, 3.2), warp_share=0.3
        ),
        draw=lengthwise(slub),
    ),
    DefectKind.OIL_YARN: Flaw(
        size=lambda rng, gauge: along_any(rng, gauge, yarns=(20, 160), across=3, warp_share=0.4),
        draw=lengthwise(oily_yarn),
    ),
    DefectKind.CREASE: Flaw(size=_crease_size, draw=crease),
    DefectKind.KNOT: Flaw(size=lambda rng, gauge: spot(rng, gauge, yarns=(2, 5)), draw=knot),
    DefectKind.NEP: Flaw(size=lambda rng, gauge: spot(rng, gauge, yarns=(1.2, 5), slim=1.4), draw=fuzz_ball),
    DefectKind.HOLE: Flaw(size=lambda rng, gauge: spot(rng, gauge, yarns=(2.5, 12), slim=2), draw=hole),
    DefectKind.TEAR: Flaw(size=lambda rng, gauge: spot(rng, gauge, yarns=(4, 9), slim=6), draw=hole),
    DefectKind.OIL_SPOT: Flaw(size=lambda rng, gauge: spot(rng, gauge, yarns=(2, 20), slim=2), draw=oil_spot),
    DefectKind.STAIN: Flaw(size=lambda rng, gauge: spot(rng, gauge, yarns=(4, 30), slim=3), draw=stain),
    DefectKind.FOREIGN_FIBRE: Flaw(
        size=lambda rng, gauge: spot(rng, gauge, yarns=(3, 24), slim=3), draw=foreign_fibre
    ),
}
