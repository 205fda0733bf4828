"""Flaws in one place: knots, neps, holes, tears, oil, stains, foreign fibres."""

import cv2
import numpy as np

from datasets.synthesis.flaw import Drawn, Gauge, Patch, blob, curls, curve, lift, sign, softened
from datasets.synthesis.planting import Footprint


def fuzz_ball(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Draw a nep: a small ball of tangled fibres, often faint."""
    rows, columns = patch.shape
    fibres = curls(rows, columns, rng, count=int(rng.integers(4, 14)))
    body = blob(rows, columns, rng, rough=0.3, soft=0.6) * 0.7
    cover = np.clip(np.maximum(fibres, body), 0, 1)
    shade = sign(rng, 0.35) * lift(rng, gauge, faint=1.0)
    level = 1 + shade + 0.3 * (fibres - 0.3) * shade
    return Drawn(patch=patch + 0.9 * cover * (level.astype(np.float32) - patch), cover=cover)


def knot(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Draw a knot: a lit lump with its shadow below and two cut tails."""
    rows, columns = patch.shape
    lump = blob(rows, columns, rng, rough=0.25, soft=0.7)
    lump = np.clip(lump * 1.8 - 0.2, 0, 1)
    shadow = np.roll(lump, max(1, rows // 8), axis=0)
    tails = curls(rows, columns, rng, count=2, reach=0.48)
    height = lift(rng, gauge, faint=0.8)
    drawn = patch * (1 - 0.6 * height * shadow) + lump * height
    drawn += 0.8 * tails * (1 + height - drawn)
    return Drawn(patch=drawn.astype(np.float32), cover=np.maximum(np.maximum(lump, tails), shadow))


def hole(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Tear the cloth open: what lies behind shows, torn yarns stand at the rim."""
    rows, columns = patch.shape
    wide = blob(rows, columns, rng, rough=0.3, soft=0.35)
    gap = np.clip(wide * 3.0 - 1.4, 0, 1)
    rim = np.clip(wide * 4, 0, 1) * (1 - gap)
    threads = curls(rows, columns, rng, count=int(rng.integers(0, 5)), reach=0.45) * 0.8
    drawn = patch * (1 + sign(rng) * rng.uniform(0.1, 0.35) * rim)
    drawn += softened(gap, gauge.blur_px) * (gauge.behind - drawn)
    drawn += threads * np.clip(wide * 2, 0, 1) * (1.1 - drawn)
    return Drawn(patch=drawn.astype(np.float32), cover=np.clip(wide * 4, 0, 1))


def oil_spot(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Soil a spot: darker, weave still seen, soft edge."""
    return _soiled(patch, rng, depth=lift(rng, gauge, faint=0.6), ring=0.0)


def stain(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Stain a patch: faint, larger, its edge darker than its middle; seldom lighter than the cloth."""
    return _soiled(
        patch, rng, depth=-sign(rng, 0.2) * lift(rng, gauge, faint=0.3, strong=1.8), ring=rng.uniform(0, 1.2)
    )


def _soiled(patch: Patch, rng: np.random.Generator, *, depth: float, ring: float) -> Drawn:
    rows, columns = patch.shape
    cover = blob(rows, columns, rng, rough=0.35, soft=rng.uniform(0.2, 0.6))
    edge = 4 * cover * (1 - cover)
    uneven = cv2.resize(rng.uniform(0.75, 1.1, (4, 4)).astype(np.float32), (columns, rows))
    dose = np.clip(cover + ring * edge, 0, 1.6) * uneven
    return Drawn(patch=(patch * (1 - depth * dose)).astype(np.float32), cover=np.clip(cover * 2, 0, 1))


def foreign_fibre(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Lay a hair, string or strip on the cloth: a thin curved line, darker or lighter."""
    rows, columns = patch.shape
    line = curve(rows, columns, rng, bends=int(rng.integers(1, 5)), thickness_px=rng.uniform(0.8, 3.0))
    cover = softened(line, gauge.blur_px * 0.8)
    level = 1 + sign(rng, 0.35) * rng.uniform(0.25, 0.65)
    return Drawn(patch=(patch + cover * (level - patch)).astype(np.float32), cover=np.clip(cover * 1.4, 0, 1))


def spot(
    rng: np.random.Generator, gauge: Gauge, *, yarns: tuple[float, float], slim: float = 1.0
) -> Footprint:
    """Measure a spot: its size drawn in yarns, `slim` times longer one way at most."""
    size = float(np.exp(rng.uniform(*np.log(yarns)))) * (gauge.end_px + gauge.pick_px) / 2
    stretch = rng.uniform(1.0, max(1.0, slim))
    long_px, short_px = size * stretch, size
    if rng.random() < 0.5:
        long_px, short_px = short_px, long_px
    return Footprint(rows=max(7, round(long_px)), columns=max(7, round(short_px)))
