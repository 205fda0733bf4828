"""Cloths that are hard to inspect, each a named range of styles apart from what `random_style` draws."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from datasets.synthesis.cloth_flaws import CLOTH_KINDS
from datasets.synthesis.style import ClothStyle, Weave, random_style
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

CASE_MM_PER_PX = 0.1  # scale of the camera that the cases are made for
_SALT = 77  # cases share no seed with training
_KNIT_KINDS = (
    DefectKind.BROKEN_END,  # a ladder
    DefectKind.REED_MARK,  # a needle line
    DefectKind.HOLE,
    DefectKind.SHADE_BAR,  # barré
    DefectKind.OIL_YARN,
    DefectKind.SLUB,
    DefectKind.OIL_SPOT,
)

Vary = Callable[[ClothStyle, np.random.Generator], ClothStyle]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """How a case's cloths differ from any cloth, and which flaws they get."""

    vary: Vary
    kinds: tuple[DefectKind, ...] = CLOTH_KINDS


def case_style(name: str, number: int) -> ClothStyle:
    """Draw cloth `number` of a case; the same number is the same cloth.

    Raises:
        DatasetError: no such case.
    """
    if name not in CASES:
        raise DatasetError(f"hard case: no case {name!r}; choose from {', '.join(CASES)}")
    rng = np.random.default_rng([_SALT, *name.encode(), number])
    plain = replace(
        random_style(rng, mm_per_px=CASE_MM_PER_PX),
        warp_stripe_ends=0,
        weft_stripe_picks=0,
        colour_bgr=None,
        jpeg_quality=None,
    )
    return CASES[name].vary(plain, rng)


def _yarns(style: ClothStyle, rng: np.random.Generator, low_px: float, high_px: float) -> ClothStyle:
    """Set the yarns' width in pixels."""
    ends, picks = (_per_cm(rng.uniform(low_px, high_px)) for _ in range(2))
    return replace(style, ends_per_cm=ends, picks_per_cm=picks)


def _per_cm(yarn_px: float) -> float:
    return 10 / (yarn_px * CASE_MM_PER_PX)


def _white(style: ClothStyle, rng: np.random.Generator) -> ClothStyle:
    contrast = float(rng.uniform(0.01, 0.03))
    return replace(
        style, contrast=contrast, mean_grey=float(rng.uniform(185, 215)), fuzz=0.3 * contrast,
        warp_irregularity=0.006, weft_irregularity=0.006, vignette=0.1, noise_grey=float(rng.uniform(0.8, 2)),
    )  # fmt: skip


def _black(style: ClothStyle, rng: np.random.Generator) -> ClothStyle:
    return replace(
        style, mean_grey=float(rng.uniform(18, 40)), contrast=float(rng.uniform(0.05, 0.15)),
        noise_grey=float(rng.uniform(1.5, 3.5)), vignette=0.2,
    )  # fmt: skip


def _striped(style: ClothStyle, rng: np.random.Generator, *, warp: bool, weft: bool) -> ClothStyle:
    return replace(
        style,
        warp_stripe_ends=int(rng.integers(61, 140)) if warp else 0,
        weft_stripe_picks=int(rng.integers(61, 140)) if weft else 0,
        stripe_gain=float(rng.choice([rng.uniform(0.4, 0.6), rng.uniform(1.3, 1.6)])),
        mean_grey=min(style.mean_grey, 100.0),
    )


def _bright_colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """Draw a clear hue: one channel high, one low."""
    levels = rng.permutation([rng.integers(25, 70), rng.integers(70, 150), rng.integers(150, 215)])
    return int(levels[0]), int(levels[1]), int(levels[2])


def _coloured_check(style: ClothStyle, rng: np.random.Generator) -> ClothStyle:
    checked = _striped(style, rng, warp=True, weft=True)
    return replace(checked, stripe_gain=1.0, colour_bgr=_bright_colour(rng), stripe_bgr=_bright_colour(rng))


def _coloured(style: ClothStyle, rng: np.random.Generator) -> ClothStyle:
    """Cloth of one hue; foreign fibres are of another hue and as light as the cloth."""
    ground = _bright_colour(rng)
    return replace(style, colour_bgr=ground, fibre_bgr=(ground[1], ground[2], ground[0]))


def _denim(style: ClothStyle, rng: np.random.Generator) -> ClothStyle:
    style = _yarns(style, rng, 4.0, 8.0)
    return replace(
        style, weave=Weave.TWILL, warp_floats=True, weft_gain=float(rng.uniform(1.7, 2.4)), contrast=0.3,
        warp_irregularity=float(rng.uniform(0.07, 0.11)), mean_grey=70.0, fuzz=0.05,
        weft_irregularity=float(rng.uniform(0.08, 0.14)),  # a slubby weft
        colour_bgr=(110, 75, 55), crossings=0.15,
    )  # fmt: skip


def _knit(style: ClothStyle, rng: np.random.Generator) -> ClothStyle:
    wale_px = rng.uniform(7.0, 15.0)
    return replace(
        style, weave=Weave.KNIT, ends_per_cm=_per_cm(wale_px),
        picks_per_cm=_per_cm(wale_px * rng.uniform(0.65, 0.9)),
        contrast=float(rng.uniform(0.12, 0.25)), crossings=0.1, fuzz=0.02,
        left_margin_mm=-1.0, right_margin_mm=-1.0,
        warp_irregularity=float(rng.uniform(0.01, 0.04)), weft_irregularity=float(rng.uniform(0.01, 0.04)),
    )  # fmt: skip


def _gauze(style: ClothStyle, rng: np.random.Generator) -> ClothStyle:
    """Thin yarns that stand apart, over something dark or lit from behind."""
    style = _yarns(style, rng, 5.0, 9.0)
    return replace(
        style, weave=Weave.PLAIN, openness=float(rng.uniform(0.4, 0.65)),
        contrast=float(rng.uniform(0.3, 0.5)),
        gap_light=float(rng.choice([rng.uniform(0.0, 0.2), rng.uniform(1.3, 1.6)])), mean_grey=95.0,
        warp_irregularity=float(rng.uniform(0.04, 0.09)), weft_irregularity=float(rng.uniform(0.04, 0.09)),
    )  # fmt: skip


def _canvas(style: ClothStyle, rng: np.random.Generator) -> ClothStyle:
    style = _yarns(style, rng, 12.5, 22.0)
    return replace(style, weave=Weave.PLAIN, contrast=float(rng.uniform(0.25, 0.4)), mean_grey=95.0)


def _jacquard(style: ClothStyle, rng: np.random.Generator) -> ClothStyle:
    style = _yarns(style, rng, 2.0, 6.0)
    return replace(
        style, weave=Weave.JACQUARD, weft_gain=float(rng.uniform(0.75, 1.3)),
        contrast=float(rng.uniform(0.1, 0.25)),
    )  # fmt: skip


CASES: dict[str, Case] = {
    "white_on_white": Case(vary=_white),
    "black_on_black": Case(vary=_black),
    "warp_stripes": Case(vary=lambda style, rng: _striped(style, rng, warp=True, weft=False)),
    "weft_stripes": Case(vary=lambda style, rng: _striped(style, rng, warp=False, weft=True)),
    "checks": Case(vary=lambda style, rng: _striped(style, rng, warp=True, weft=True)),
    "coloured_checks": Case(vary=_coloured_check),
    "coloured": Case(vary=_coloured),
    "denim": Case(vary=_denim),
    "knit": Case(vary=_knit, kinds=_KNIT_KINDS),
    "gauze": Case(vary=_gauze),
    "canvas": Case(vary=_canvas),
    "jacquard": Case(vary=_jacquard),
}
