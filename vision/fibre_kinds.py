"""What a finding in lint is: a small classifier over colour and shape, learnt on rendered lint alone.

`fibre_kinds.json` holds its weights (`python -m training.fibre_kinds` made it, on the first generator). What
it isn't sure of, or has never seen the like of, stays unnamed: FOREIGN_MATTER.
"""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard
from vision.fibre_pieces import FEATURES, PieceLook, look_at
from vision.postprocess import Findings
from vision.taxonomy import DefectKind
from vision.types import Defect, MmBox, VisionError

SPECK: Final = "speck"  # natural crumbs and the lint's own light and shade: nothing to eject
PLANT: Final = (DefectKind.LEAF, DefectKind.BARK, DefectKind.SEED_COAT)  # crumbs of them belong to any lint
LEAST_MM: Final = 2.0  # what is shorter counts as a crumb (issue and benchmark: foreign matter from 2 mm on)
TWO: Final = 2.0  # times the least area: a crumb with its halo in the map never reaches that
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
    findings: Findings, pixels: NDArray[np.uint8], card: ModelCard, mm_per_px: float
) -> Findings:
    """Draw the findings of a fibre frame tight, name them, and leave out what is only a crumb.

    A finding that reaches the recipe's least area always stays; a smaller one if it is `LEAST_MM` long and no
    crumb of the plant. At the frame's first and last row a part counts double: the rest is in the next strip.
    """
    rows = pixels.shape[0]
    kept = []
    for defect in findings.defects:
        look = look_at(pixels, defect.box_px, mm_per_px)
        if look is None:
            if defect.area_mm2 >= card.min_area_mm2:
                kept.append(defect)
            continue
        name = load_classifier().name(look.features)
        if (
            name == SPECK
            and look.length_px * mm_per_px < LEAST_MM
            and defect.area_mm2 < TWO * card.min_area_mm2
        ):
            continue
        if defect.area_mm2 >= card.min_area_mm2 or _counts(name, look, rows, mm_per_px):
            kept.append(_tight(defect, look, name, mm_per_px))
    return Findings(defects=tuple(kept), left_out=findings.left_out)


def _counts(name: str, look: PieceLook, rows: int, mm_per_px: float) -> bool:
    at_seam = look.box.y0 <= 1 or look.box.y1 >= rows - 1
    length_mm = look.length_px * mm_per_px * (2 if at_seam else 1)
    return length_mm >= LEAST_MM and name != SPECK and name not in PLANT


def _tight(defect: Defect, look: PieceLook, name: str, mm_per_px: float) -> Defect:
    box = look.box
    kind = DefectKind.FOREIGN_MATTER if name == SPECK else DefectKind(name)
    return replace(
        defect,
        kind=kind,
        box_px=box,
        box_mm=MmBox(
            x0=box.x0 * mm_per_px, y0=box.y0 * mm_per_px, x1=box.x1 * mm_per_px, y1=box.y1 * mm_per_px
        ),
        area_mm2=look.area_px * mm_per_px**2,
        length_mm=look.length_px * mm_per_px,
    )


def _with_one(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([values, np.ones((len(values), 1))], axis=1)
