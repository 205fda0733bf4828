"""A frame's map and pixels → findings: the one way of the line, the parity gate and whoever judges again."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vision.card import ModelCard
from vision.fibre_kinds import fibre_findings
from vision.particles import Particles, find_particles
from vision.postprocess import Findings, find_defects


def findings_in(
    scores: NDArray[np.float32],
    pixels: NDArray[np.uint8],
    card: ModelCard,
    mm_per_px: float,
    *,
    kinds: NDArray[np.uint8] | None = None,
    particles: Particles | None = None,
) -> Findings:
    """Find defects in cloth by the map, foreign matter in lint by the map and its own look.

    Lint's findings are taken at any area: `vision/fibre_kinds.py` says which are too small to count.
    """
    rows, columns = pixels.shape[:2]
    if card.material != "fibre":
        return find_defects(scores, card, rows=rows, columns=columns, mm_per_px=mm_per_px, kinds=kinds)
    every = replace(card, min_area_mm2=0.0)
    found = find_defects(scores, every, rows=rows, columns=columns, mm_per_px=mm_per_px)
    return fibre_findings(found, particles or find_particles(pixels), pixels, card, mm_per_px)
