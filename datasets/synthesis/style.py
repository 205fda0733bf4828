"""How a cloth and its picture look: weave, yarn, light, camera."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from datasets.types import DatasetError


class Weave(StrEnum):
    """How warp and weft interlace."""

    PLAIN = "plain"
    TWILL = "twill"  # 2/2, or 3/1 by `warp_floats`
    SATIN = "satin"  # of 5
    BASKET = "basket"  # plain of pairs


class Table(StrEnum):
    """What the camera sees beside the cloth."""

    WHITE = "white"  # lit from below or behind
    GREY = "grey"  # a blotchy table
    DARK = "dark"
    STEEL = "steel"  # brushed along the weft, with glints


@dataclass(frozen=True, slots=True, kw_only=True)
class ClothStyle:
    """Everything about a cloth's look but its flaws. Greys are 0-255; shares are of 1."""

    weave: Weave = Weave.TWILL
    warp_floats: bool = False  # twill 3/1 and warp-faced satin
    mirrored: bool = False  # the twill line runs the other way
    ends_per_cm: float = 18.0
    picks_per_cm: float = 16.0
    warp_irregularity: float = 0.05  # spread of brightness and spacing from end to end
    weft_irregularity: float = 0.05
    contrast: float = 0.16  # spread of grey of the weave as a share of the mean
    mean_grey: float = 110.0
    vignette: float = 0.15  # light lost at the edges of the picture
    tilt: float = 0.05  # light gained from left to right
    fixed_pattern: float = 0.01  # spread of gain from column to column of the sensor
    focus_loss: float = 0.0  # share of the weave's contrast lost at the edges of the picture
    noise_grey: float = 2.0
    blur_px: float = 0.6
    clouding: float = 0.015  # slow light and dark of the cloth
    crossings: float = 0.0  # spread, from crossing to crossing, of how much each stands out
    skew: float = 0.0  # climb of the weft per length of width
    bow_mm: float = 0.0  # sag of the weft in the middle of the picture
    fuzz: float = 0.04  # spread of light from the yarns' loose fibres, from pixel to pixel
    left_margin_mm: float = 0.0  # table left of the cloth; below 0: no edge in the picture
    right_margin_mm: float = -1.0
    edge_wander_mm: float = 0.5
    selvedge_mm: float = 8.0
    selvedge_gain: float = 0.9  # brightness of the selvedge against the body
    selvedge_bands: int = 2  # light and dark cords in it
    selvedge_thread: float = 0.0  # brightness of a leno thread between selvedge and body; 0: none
    table: Table = Table.WHITE
    warp_stripe_ends: int = 0  # width of a stripe; 0: none
    weft_stripe_picks: int = 0  # with both: a check
    stripe_gain: float = 0.85
    colour_bgr: tuple[int, int, int] | None = None  # colour of the cloth at its mean; None: a grey camera
    jpeg_quality: int | None = None

    def __post_init__(self) -> None:
        for name in ("ends_per_cm", "picks_per_cm", "mean_grey"):
            if not getattr(self, name) > 0:
                raise DatasetError(f"cloth style: {name} is {getattr(self, name)}; give a number above 0")
        if self.jpeg_quality is not None and not 1 <= self.jpeg_quality <= 100:
            raise DatasetError(f"cloth style: jpeg_quality is {self.jpeg_quality}; give 1 to 100")

    def end_px(self, mm_per_px: float) -> float:
        """Give the distance from one warp yarn to the next in pixels."""
        return 10.0 / (self.ends_per_cm * mm_per_px)

    def pick_px(self, mm_per_px: float) -> float:
        """Give the distance from one weft yarn to the next in pixels."""
        return 10.0 / (self.picks_per_cm * mm_per_px)


def random_style(
    rng: np.random.Generator, *, mm_per_px: float = 0.1, colour_share: float = 0.0, edge_share: float = 0.5
) -> ClothStyle:
    """Draw a cloth and a camera at random: 1.4-12 px a yarn, any weave, edges, light and compression.

    Inspection cameras show most cloth with repeats of 5 to 13 px: yarns of 1.3 to 3 px, picks and ends of
    quite different widths.
    """
    end_px = _log_uniform(rng, 1.4, 12.0)
    pick_px = float(np.clip(end_px * _log_uniform(rng, 0.45, 2.6), 1.4, 12.0))
    left, right = (rng.uniform(2, 40) if rng.random() < edge_share else -1.0 for _ in range(2))
    striped, checked = rng.random() < 0.15, rng.random() < 0.07
    contrast = _log_uniform(rng, 0.03, 0.28)
    warp_irregularity, weft_irregularity = (_log_uniform(rng, 0.008, 0.09) for _ in range(2))
    # Cameras are set up so that crowns of yarns don't saturate in the middle of the light.
    brightest = 245 / (1 + 2.5 * contrast + warp_irregularity + weft_irregularity)
    return ClothStyle(
        weave=Weave(rng.choice([weave.value for weave in Weave])),
        warp_floats=bool(rng.random() < 0.4),
        mirrored=bool(rng.random() < 0.5),
        ends_per_cm=10.0 / (end_px * mm_per_px),
        picks_per_cm=10.0 / (pick_px * mm_per_px),
        warp_irregularity=warp_irregularity,
        weft_irregularity=weft_irregularity,
        contrast=contrast,
        mean_grey=float(rng.uniform(55, brightest * 0.9)),
        vignette=float(rng.uniform(0.0, 0.5)) * float(rng.random() < 0.6),
        tilt=float(rng.uniform(-0.2, 0.2)),
        fixed_pattern=float(rng.uniform(0.0, 0.03)),
        focus_loss=float(rng.uniform(0.0, 0.7)),
        noise_grey=_log_uniform(rng, 0.5, 4.0),
        blur_px=float(rng.uniform(0.3, 1.3)),
        clouding=_log_uniform(rng, 0.002, 0.04),
        crossings=float(rng.uniform(0.0, 0.45)),
        skew=float(rng.normal(0.0, 0.012)) * float(rng.random() < 0.6),
        bow_mm=float(rng.normal(0.0, 1.5)) * float(rng.random() < 0.4),
        left_margin_mm=left,
        right_margin_mm=right,
        edge_wander_mm=float(rng.uniform(0.05, 1.5)),
        selvedge_mm=float(rng.uniform(0.0, 14.0)),
        selvedge_gain=float(rng.uniform(0.65, 1.3)),
        selvedge_bands=int(rng.integers(0, 4)),
        selvedge_thread=float(rng.uniform(0.5, 2.2)) * float(rng.random() < 0.4),
        table=Table(rng.choice([table.value for table in Table])),
        warp_stripe_ends=int(rng.integers(8, 60)) if striped or checked else 0,
        weft_stripe_picks=int(rng.integers(8, 60)) if checked else 0,
        stripe_gain=float(rng.uniform(0.6, 1.3)),
        colour_bgr=_random_colour(rng) if rng.random() < colour_share else None,
        jpeg_quality=int(rng.integers(60, 96)) if rng.random() < 0.3 else None,
        fuzz=min(0.08, contrast * float(rng.uniform(0.0, 0.7))),
    )


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _random_colour(rng: np.random.Generator) -> tuple[int, int, int]:
    blue, green, red = rng.integers(40, 200, 3)
    return int(blue), int(green), int(red)
