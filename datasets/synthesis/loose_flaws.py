"""Flaws that lie on the cloth or stand out of it: loose yarns, weft curls, dashes, clusters of fluff."""

import cv2
import numpy as np

from datasets.synthesis.flaw import (
    Drawn,
    Gauge,
    Patch,
    band,
    blob,
    curls,
    curve,
    faded_ends,
    lift,
    relief,
    sign,
    softened,
    wandering,
)


def loose_yarn(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Let a broken yarn lie on the cloth: a curve with a lit and a shaded flank and a frayed end."""
    rows, columns = patch.shape
    thickness = rng.uniform(0.8, 2.2) * (gauge.end_px + gauge.pick_px) / 2
    line = curve(rows, columns, rng, bends=int(rng.integers(1, 4)), thickness_px=min(thickness, 12.0))
    if rng.random() < 0.5:
        side = max(7, round(4 * thickness))
        top, left = int(rng.integers(max(1, rows - side))), int(rng.integers(max(1, columns - side)))
        near = line[top : top + side, left : left + side]
        if near.any():
            np.maximum(near, curls(near.shape[0], near.shape[1], rng, count=6), out=near)
    shade = sign(rng, 0.7) * lift(rng, gauge, faint=0.3)
    drawn = patch + rng.uniform(0.6, 1.0) * line * (1 + shade - patch)
    drawn += rng.uniform(0.5, 2.0) * gauge.contrast * relief(softened(line, 0.8))
    return Drawn(patch=drawn.astype(np.float32), cover=line)


def weft_curl(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Let the weft stand out in loops: a short wavy line across the cloth, light with a shadow."""
    rows, columns = patch.shape
    turns = np.arange(columns) * (2 * np.pi / (rng.uniform(5.0, 14.0) * gauge.end_px))
    swing = min(rng.uniform(0.6, 1.6) * gauge.pick_px, rows / 2 - 2)
    uneven = np.clip(1 + wandering(columns, rng, step_px=0.4), 0.2, 1.2)
    centre = rows / 2 + swing * uneven * np.sin(turns + 0.6 * np.sin(turns))
    half = rng.uniform(0.35, 0.6) * gauge.pick_px
    cover = band(columns, np.asarray(centre, np.float32), half, rows).T
    cover = (cover * faded_ends(columns, 3 * gauge.end_px)[None, :]).astype(np.float32)
    shade = sign(rng, 0.8) * lift(rng, gauge, faint=0.7)
    drawn = patch + 0.9 * cover * (1 + shade - patch) + gauge.contrast * relief(cover, 2)
    return Drawn(patch=drawn.astype(np.float32), cover=cover)


def dash(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Draw a nep spun into an end: a short soft stroke along the warp, nearly always dark."""
    rows, columns = patch.shape
    y = np.linspace(-1, 1, rows, dtype=np.float32)
    peak = rng.uniform(-0.6, 0.8)
    rise = np.where(y < peak, (y + 1) / (peak + 1), (1 - y) / (1 - peak)).astype(np.float32)
    x = np.linspace(-1, 1, columns, dtype=np.float32)
    cover = np.clip(rise, 0, 1)[:, None] ** 0.8 * np.exp(-((x / rng.uniform(0.35, 0.6)) ** 2))[None, :]
    shade = sign(rng, 0.12) * lift(rng, gauge, faint=0.9, strong=4.0)
    grain = 1 + 0.3 * softened(rng.standard_normal(patch.shape).astype(np.float32), 1.0)
    drawn = patch + 0.95 * np.clip(cover * grain, 0, 1) * (1 + shade - patch)
    return Drawn(patch=drawn.astype(np.float32), cover=cover.astype(np.float32))


def fluff(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Lay clusters of loose fibre on the cloth: several soft tufts, mostly light."""
    rows, columns = patch.shape
    cover = np.zeros(patch.shape, np.float32)
    for _ in range(int(rng.integers(2, 6))):
        high, wide = (max(5, round(size * rng.uniform(0.25, 0.7))) for size in (rows, columns))
        top, left = int(rng.integers(rows - high + 1)), int(rng.integers(columns - wide + 1))
        tuft = 0.6 * blob(high, wide, rng, rough=0.4, soft=0.9)
        tuft = np.maximum(tuft, rng.uniform(0.4, 1) * curls(high, wide, rng, count=int(rng.integers(3, 9))))
        near = cover[top : top + high, left : left + wide]
        np.maximum(near, tuft, out=near)
    shade = sign(rng, 0.75) * lift(rng, gauge, faint=0.6)
    return Drawn(patch=(patch + 0.9 * cover * (1 + shade - patch)).astype(np.float32), cover=cover)


def fold(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Fold the cloth: a slanting line, a soft shade to one side of it, the weave pulled together there."""
    rows, columns = patch.shape
    lean = rng.uniform(0.0, 0.35)
    slant = np.linspace(0.5 - lean, 0.5 + lean, rows, dtype=np.float32) * columns
    centre = (slant if rng.random() < 0.5 else slant[::-1]) + wandering(rows, rng, step_px=1.0, pitch=60)
    x = np.arange(columns, dtype=np.float32)[None, :] - centre[:, None]
    ends = faded_ends(rows, 10)[:, None]
    width = rng.uniform(1.2, 4.0)
    soft = rng.uniform(0.03, 0.15) * columns
    turned = -x if rng.random() < 0.5 else x
    depth = sign(rng, 0.25) * lift(rng, gauge, faint=0.4, strong=2.5)
    line = np.exp(-((x / width) ** 2)) - 0.5 * np.exp(-(((turned - 2 * width) / width) ** 2))
    shade = np.where(turned > 0, np.exp(-turned / soft), 0) * rng.uniform(0.0, 0.5)
    pull = rng.uniform(0.0, 0.4) * soft * np.where(turned > 0, np.exp(-turned / soft), 0) * ends
    map_x = np.clip(x + centre[:, None] + np.where(turned > 0, pull, 0) * np.sign(x), 0, columns - 1)
    map_y = np.broadcast_to(np.arange(rows, dtype=np.float32)[:, None], patch.shape)
    pulled = np.asarray(cv2.remap(patch, map_x.astype(np.float32), map_y, cv2.INTER_LINEAR), np.float32)
    drawn = pulled * (1 - depth * ends * (line + shade))
    cover = np.clip(1.6 - np.abs(x) / width, 0, 1) * (ends > 0.2)
    return Drawn(patch=drawn.astype(np.float32), cover=cover.astype(np.float32))
