"""Which flaws cloth can be rendered with: how large each is, and who draws it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from datasets.synthesis.flaw import Draw, Drawn, Gauge, Patch, either
from datasets.synthesis.line_flaws import (
    broken_yarn,
    coloured_yarn,
    crack,
    reed_mark,
    rolled_up,
    shade_bar,
)
from datasets.synthesis.loose_flaws import dash, fluff, fold, loose_yarn, weft_curl
from datasets.synthesis.planting import Footprint
from datasets.synthesis.spot_flaws import foreign_fibre, fuzz_ball, hole, knot, oil_spot, spot, stain
from datasets.synthesis.yarn_flaws import (
    along_any,
    along_warp,
    along_weft,
    floating_yarns,
    lengthwise,
    oily_yarn,
    slub,
    thick_bar,
    thin_bar,
    turned,
)
from vision.taxonomy import DefectKind

ANY_WIDTH = ANY_LENGTH = 1 << 20  # cut by planting to the width of the cloth and the length of a cell
LINE_YARNS = 5.0  # yarns a line's patch is wide
LOOSE_SHARE = 0.25  # of broken ends that came loose and lie on the cloth

Size = Callable[[np.random.Generator, Gauge], Footprint]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """How large a flaw is, and how it is drawn."""

    size: Size
    draw: Draw


def _bar_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    return Footprint(rows=max(8, round(rng.uniform(3, 16) * gauge.pick_px)), columns=ANY_WIDTH)


def _shade_bar_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    return Footprint(rows=round(float(np.exp(rng.uniform(np.log(10), np.log(160))))), columns=ANY_WIDTH)


def _end_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    if rng.random() < LOOSE_SHARE:
        return Footprint(rows=int(rng.integers(50, 400)), columns=int(rng.integers(20, 200)))
    return along_warp(rng, gauge, picks=(12, 700), ends=LINE_YARNS)


def _pick_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    if rng.random() < 0.3:
        return Footprint(rows=max(5, round(LINE_YARNS * gauge.pick_px)), columns=ANY_WIDTH)
    return along_weft(rng, gauge, ends=(12, 1200), picks=LINE_YARNS)


def _colour_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    if rng.random() < 0.5:
        return along_warp(rng, gauge, picks=(150, 700), ends=4)
    return Footprint(rows=max(5, round(4 * gauge.pick_px)), columns=ANY_WIDTH)


def _thin_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    if rng.random() < 0.5:
        return _bar_size(rng, gauge)
    return along_weft(rng, gauge, ends=(60, 1600), picks=rng.uniform(5, 24))


def _float_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    if rng.random() < 0.5:
        return along_warp(rng, gauge, picks=(7, 36), ends=float(rng.integers(3, 6)))
    return along_weft(rng, gauge, ends=(12, 90), picks=6)


def _crease_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    return Footprint(rows=int(rng.integers(120, 700)), columns=int(rng.integers(40, 220)))


def _nep_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    if rng.random() < 0.5:
        return spot(rng, gauge, yarns=(1.2, 5), slim=1.4)
    wide = max(7, round(rng.uniform(2, 4.5) * gauge.end_px))
    return Footprint(rows=round(wide * rng.uniform(1.6, 7)), columns=wide)


def _knot_size(rng: np.random.Generator, gauge: Gauge) -> Footprint:
    if rng.random() < 0.6:
        return spot(rng, gauge, yarns=(2, 5))
    return along_warp(rng, gauge, picks=(14, 60), ends=rng.uniform(3, 6))


def _by_shape(long_draw: Draw, wide_draw: Draw, *, slim: float) -> Draw:
    """Draw what is at least `slim` times longer (along the warp) than wide one way, the rest the other."""
    return lambda patch, rng, gauge: (long_draw if patch.shape[0] >= slim * patch.shape[1] else wide_draw)(
        patch, rng, gauge
    )


def _broken_end(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Draw a line where the patch is as narrow as one, else the yarn that came loose."""
    is_line = patch.shape[1] <= max(5, round(LINE_YARNS * gauge.end_px))
    return (broken_yarn if is_line else loose_yarn)(patch, rng, gauge)


def _thin(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Draw a thin bar, or picks parted."""
    return (thin_bar if rng.random() < 0.5 else turned(crack))(patch, rng, gauge)


WIDE_KINDS = (DefectKind.THIN_BAR, DefectKind.THICK_BAR, DefectKind.SHADE_BAR)  # may span the whole cloth

FLAWS: dict[DefectKind, Flaw] = {
    DefectKind.BROKEN_END: Flaw(size=_end_size, draw=_broken_end),
    DefectKind.BROKEN_PICK: Flaw(size=_pick_size, draw=turned(broken_yarn)),
    DefectKind.THIN_BAR: Flaw(size=_thin_size, draw=_thin),
    DefectKind.THICK_BAR: Flaw(size=_bar_size, draw=thick_bar),
    DefectKind.SHADE_BAR: Flaw(size=_shade_bar_size, draw=shade_bar),
    DefectKind.REED_MARK: Flaw(
        size=lambda rng, gauge: Footprint(rows=ANY_LENGTH, columns=max(7, round(5 * gauge.end_px))),
        draw=reed_mark,
    ),
    DefectKind.COLOUR_YARN: Flaw(size=_colour_size, draw=lengthwise(coloured_yarn)),
    DefectKind.FLOAT: Flaw(size=_float_size, draw=_by_shape(floating_yarns, weft_curl, slim=1.0)),
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
    DefectKind.CREASE: Flaw(size=_crease_size, draw=fold),
    DefectKind.KNOT: Flaw(size=_knot_size, draw=_by_shape(rolled_up, knot, slim=1.7)),
    DefectKind.NEP: Flaw(size=_nep_size, draw=_by_shape(dash, fuzz_ball, slim=1.5)),
    DefectKind.HOLE: Flaw(size=lambda rng, gauge: spot(rng, gauge, yarns=(2.5, 12), slim=2), draw=hole),
    DefectKind.TEAR: Flaw(size=lambda rng, gauge: spot(rng, gauge, yarns=(4, 9), slim=6), draw=hole),
    DefectKind.OIL_SPOT: Flaw(size=lambda rng, gauge: spot(rng, gauge, yarns=(2, 20), slim=2), draw=oil_spot),
    DefectKind.STAIN: Flaw(size=lambda rng, gauge: spot(rng, gauge, yarns=(4, 30), slim=3), draw=stain),
    DefectKind.FOREIGN_FIBRE: Flaw(
        size=lambda rng, gauge: spot(rng, gauge, yarns=(3, 24), slim=3), draw=either(foreign_fibre, fluff)
    ),
}
