"""What a finding in lint is: a small classifier over colour and shape, learnt on rendered lint alone.

`fibre_kinds.json` holds its weights (`python -m training.fibre_kinds` made it, on the first generator). What
it isn't sure of, or has never seen the like of, stays unnamed: FOREIGN_MATTER.
"""

import json
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard
from vision.crumbs import CORE, PAD_PX, whose_hue
from vision.fibre_pieces import FEATURES, PieceLook, grown, look_at
from vision.particles import Particles
from vision.postprocess import MAX_DEFECTS, Findings
from vision.taxonomy import DefectKind
from vision.types import Defect, MmBox, PxBox, VisionError

SPECK: Final = "speck"  # natural crumbs and the lint's own light and shade: nothing to eject
# What is shorter counts as trash and not as foreign matter: crumbs of the plant belong to any lint.
LEAST_MM: Final = {"speck": 2.3, "leaf": 4.0, "bark": 4.0, "seed_coat": 4.0, "foreign_matter": 2.0}
FOREIGN_MM: Final = 1.2  # of what is dark and of no crumb's hue: half a coloured piece lies under fibre
FOREIGN_MM2: Final = 0.6
SHORTEST_MM: Final = min(FOREIGN_MM, *LEAST_MM.values())
PER_DOUBLING: Final = 4.0  # score of a dark particle for each doubling of its length above the least
SEAM_GAIN: Final = 1.2  # a part at the frame's edge goes on in the next strip; a cut crumb must stay a crumb
LINT_BLUE: Final = (0.6, 1.25)  # blue against green of cotton from deep yellow to white, lamps included
SAMPLED: Final = 8  # every so many pixels tell it
LEAST_DENSITY: Final = 0.6  # pixels of a piece for each of its length; a hair has one, here and there less
LEAST_SPAN: Final = 0.6  # of its length that holds pixels
WHITE: Final = (0.05, 0.12, 0.05)  # most hue, red and yellow, and most darkness of what is but brighter lint
SHADE: Final = 3.0  # times the least area: light and shade of the lint's own don't reach that
HALO_PX: Final = 13.0  # filters of 8 pixels, a map cell, and what joins neighbours
LEAST_MM2: Final = 1.2  # of a speck and of what has no name: less is a crumb, however thin and long
FILE: Final = "fibre_kinds.json"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KindClassifier:
    """Two layers; weights as in the file."""

    names: tuple[str, ...]
    mean: NDArray[np.float64]  # (features,)
    spread: NDArray[np.float64]
    hidden: NDArray[np.float64]  # (features + 1, units), the last row is the bias
    out: NDArray[np.float64]  # (units + 1, names)
    least_probability: float  # below it a finding stays unnamed
    farthest: (
        float  # root mean square of standardised features, above it a finding is unlike all that was learnt
    )

    def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each name (n, names) of findings (n, features)."""
        layer = np.tanh(_with_one((features - self.mean) / self.spread) @ self.hidden)
        raw = _with_one(layer) @ self.out
        grown = np.exp(raw - raw.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True), np.float64)

    def name(self, features: NDArray[np.float64]) -> str:
        """Name one finding (features,): a kind's code, SPECK, or FOREIGN_MATTER where it isn't sure."""
        standard = (features - self.mean) / self.spread
        probability = self.probabilities(features[None])[0]
        best = int(probability.argmax())
        is_far = float(np.sqrt(np.mean(np.square(standard)))) > self.farthest
        if is_far or probability[best] < self.least_probability:
            return DefectKind.FOREIGN_MATTER.value
        return self.names[best]


@lru_cache(maxsize=1)
def load_classifier() -> KindClassifier:
    """Read the weights that ship with the product.

    Raises:
        VisionError: they are of other features than this version computes.
    """
    table = json.loads((files("vision") / FILE).read_text(encoding="utf-8"))
    if tuple(table["features"]) != FEATURES:
        raise VisionError(f"vision/{FILE} is of other features; run 'python -m training.fibre_kinds' again")
    return KindClassifier(
        names=tuple(table["names"]),
        mean=np.array(table["mean"]),
        spread=np.array(table["spread"]),
        hidden=np.array(table["hidden"]),
        out=np.array(table["out"]),
        least_probability=float(table["least_probability"]),
        farthest=float(table["farthest"]),
    )


def fibre_findings(
    findings: Findings, particles: Particles, pixels: NDArray[np.uint8], card: ModelCard, mm_per_px: float
) -> Findings:
    """Draw the findings of a fibre frame tight, name them, and leave out what is only a crumb.

    A finding stays if it is long enough for its kind, or if the graph saw more than a crumb's halo: the
    recipe's least area at least, and more than what stands out of the lint explains. What is dark and has
    the hue of the lint's own crumbs is the plant's trash: it stays only if it is as long as leaf must be,
    and what has surely another hue may be shorter.
    Where no pixel stands out, the graph alone has seen it: shade must be thrice the least area, and is
    UNKNOWN. Particles that the graph passed over, since lint holds so many crumbs, are looked at by the same
    rule; one of its kind's least length scores `defective`. At the frame's first and last row a part that the
    graph found counts as a fifth longer: the rest lies in the next strip.

    Where blue is another light (ultraviolet, polarised), colours have no names, and the graph alone finds.
    """
    rows, least_px = pixels.shape[0], SHORTEST_MM / mm_per_px
    shows_colour = _shows_colour(pixels)
    kept: list[Defect] = []
    for defect in findings.defects:
        is_large = defect.area_mm2 >= card.min_area_mm2
        look = look_at(pixels, defect.box_px, mm_per_px, 0.0 if is_large else least_px / SEAM_GAIN)
        if look is None:
            if defect.area_mm2 >= SHADE * card.min_area_mm2:
                kept.append(replace(defect, kind=DefectKind.UNKNOWN))
            continue
        hue = whose_hue(look, card.crumbs) if shows_colour else ""
        name = _name(look) if shows_colour else SPECK
        times = _times_least(name, look, mm_per_px, hue)
        times *= SEAM_GAIN if _at_seam(look, rows) and hue != "own" else 1
        is_more = is_large and hue != "own" and defect.area_mm2 > _halo_mm2(look, mm_per_px)
        if times >= 1 or is_more:
            kept.append(_tight(defect, look, name, mm_per_px))
    if shows_colour:
        kept += _passed_over(particles, kept, pixels, card, mm_per_px)
    return Findings(defects=tuple(kept[:MAX_DEFECTS]), left_out=findings.left_out + len(kept[MAX_DEFECTS:]))


def _name(look: PieceLook) -> str:
    """What the classifier says; what is but brighter than lint can only be white polypropylene, or lint."""
    red_green, yellow_blue, light = (float(look.features[at]) for at in CORE)
    most_red, most_yellow, most_dark = WHITE
    if abs(red_green) <= most_red and abs(yellow_blue) <= most_yellow and light > -most_dark:
        return DefectKind.PP_WHITE.value
    return load_classifier().name(look.features)


def _halo_mm2(look: PieceLook, mm_per_px: float) -> float:
    """Area in the map of something that small: its own size and what the filters see around it."""
    return float((math.sqrt(look.area_px) + HALO_PX) * mm_per_px) ** 2


def _shows_colour(pixels: NDArray[np.uint8]) -> bool:
    if pixels.ndim == 2:
        return True
    blue, green = (float(np.median(pixels[::SAMPLED, ::SAMPLED, channel])) for channel in (0, 1))
    return LINT_BLUE[0] <= blue / max(green, 1.0) <= LINT_BLUE[1]


def _passed_over(
    particles: Particles, found: list[Defect], pixels: NDArray[np.uint8], card: ModelCard, mm_per_px: float
) -> list[Defect]:
    least_px = SHORTEST_MM / mm_per_px
    more: list[Defect] = []
    for box in particles.boxes:
        diagonal_px = math.hypot(box.x1 - box.x0, box.y1 - box.y0)
        if diagonal_px < least_px or any(_touch(box, d.box_px) for d in found):
            continue
        look = look_at(pixels, grown(box, PAD_PX, *pixels.shape[:2]), mm_per_px, least_px)
        if look is None or any(_touch(look.box, d.box_px) for d in more):
            continue
        name = _name(look)
        times = _times_least(name, look, mm_per_px, whose_hue(look, card.crumbs))
        if times >= 1:
            score = min(card.thresholds.defective + PER_DOUBLING * float(np.log2(times)), card.score_ceiling)
            whole = Defect(
                kind=DefectKind.FOREIGN_MATTER, score=score, box_px=box, box_mm=_mm(box, mm_per_px),
                area_mm2=0.0, length_mm=0.0,
            )  # fmt: skip
            more.append(_tight(whole, look, name, mm_per_px))
    return more


def _at_seam(look: PieceLook, rows: int) -> bool:
    return look.box.y0 <= 1 or look.box.y1 >= rows - 1


def _times_least(name: str, look: PieceLook, mm_per_px: float, hue: str) -> float:
    """Length over the least of its kind and hue; 0: it is a crumb, or several."""
    least_mm = LEAST_MM.get(name, LEAST_MM[DefectKind.FOREIGN_MATTER.value])
    least_mm2 = LEAST_MM2 if name in (SPECK, DefectKind.FOREIGN_MATTER) else 0.0
    if hue == "own":
        least_mm = max(least_mm, LEAST_MM[DefectKind.LEAF.value])
    elif hue == "foreign":
        least_mm, least_mm2 = min(least_mm, FOREIGN_MM), FOREIGN_MM2
    is_small = look.area_px * mm_per_px**2 < least_mm2
    is_apart = look.area_px < LEAST_DENSITY * look.length_px or (hue == "own" and look.span < LEAST_SPAN)
    return 0.0 if is_small or is_apart else look.length_px * mm_per_px / least_mm  # two crumbs are no thread


def _tight(defect: Defect, look: PieceLook, name: str, mm_per_px: float) -> Defect:
    return replace(
        defect,
        kind=DefectKind.FOREIGN_MATTER if name == SPECK else DefectKind(name),
        box_px=look.box,
        box_mm=_mm(look.box, mm_per_px),
        area_mm2=look.area_px * mm_per_px**2,
        length_mm=look.length_px * mm_per_px,
    )


def _mm(box: PxBox, mm_per_px: float) -> MmBox:
    return MmBox(x0=box.x0 * mm_per_px, y0=box.y0 * mm_per_px, x1=box.x1 * mm_per_px, y1=box.y1 * mm_per_px)


def _touch(one: PxBox, other: PxBox) -> bool:
    return one.x0 <= other.x1 and other.x0 <= one.x1 and one.y0 <= other.y1 and other.y0 <= one.y1


def _with_one(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([values, np.ones((len(values), 1))], axis=1)
