"""Flaws along yarns. All are drawn along the warp; the weft's are drawn on a transposed patch."""

import cv2
import numpy as np

from datasets.synthesis.flaw import (
    Draw,
    Drawn,
    Gauge,
    Patch,
    band,
    faded_ends,
    lift,
    sign,
    softened,
    wandering,
)
from datasets.synthesis.planting import Footprint


def turned(draw: Draw) -> Draw:
    """Make a flaw along the warp into one along the weft."""

    def across(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
        drawn = draw(np.ascontiguousarray(patch.T), rng, gauge.turned())
        return Drawn(patch=drawn.patch.T, cover=drawn.cover.T)

    return across


def lengthwise(draw: Draw) -> Draw:
    """Let a flaw run along the longer side of its patch."""
    across = turned(draw)
    return lambda patch, rng, gauge: (draw if patch.shape[0] >= patch.shape[1] else across)(patch, rng, gauge)


def oily_yarn(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Soil a yarn: the weave stays, the yarn is darker."""
    rows, columns = patch.shape
    centre = columns / 2 + wandering(rows, rng, step_px=0.1 * gauge.end_px)
    cover = band(rows, centre, rng.uniform(0.5, 1.0) * gauge.end_px, columns)
    cover *= faded_ends(rows, 3 * gauge.pick_px)[:, None]
    depth = lift(rng, gauge, faint=0.5) * np.clip(1 + wandering(rows, rng, step_px=0.3), 0.4, 1.5)
    return Drawn(patch=patch * (1 - cover * depth[:, None].astype(np.float32)), cover=cover)


def floating_yarns(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Let some yarns pass over the others without interlacing: smooth bright ropes side by side."""
    rows, columns = patch.shape
    x = np.arange(columns, dtype=np.float32) - columns / 2
    yarns = max(1, round(columns / gauge.end_px) - 2)
    rope = 0.5 + 0.5 * np.cos(2 * np.pi * (x / gauge.end_px + (0.5 if yarns % 2 == 0 else 0)))
    inside = np.clip(yarns * gauge.end_px / 2 - np.abs(x) + 0.5, 0, 1)
    cover = (inside[None, :] * faded_ends(rows, 1.5 * gauge.pick_px)[:, None]).astype(np.float32)
    strength = max(gauge.contrast, 0.08) * rng.uniform(1.2, 2.4)
    floats = 1 - 0.6 * strength + 1.8 * strength * rope[None, :].astype(np.float32)
    return Drawn(patch=patch + cover * (floats - patch), cover=cover)


def slub(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Thicken a yarn over a short length: a smooth spindle."""
    rows, columns = patch.shape
    along = np.linspace(-1, 1, rows, dtype=np.float32)
    centre = columns / 2 + wandering(rows, rng, step_px=0.1 * gauge.end_px)
    half = (columns / 2 - 1) * (1 - along**2) ** 0.8
    cover = band(rows, centre, half, columns, soft_px=1.2)
    x = (np.arange(columns, dtype=np.float32)[None, :] - centre[:, None]) / np.maximum(half[:, None], 1)
    crown = 1 - 0.6 * np.clip(np.abs(x), 0, 1) ** 2
    lift = sign(rng, 0.7) * rng.uniform(1.0, 2.6) * max(gauge.contrast, 0.07)
    grain = softened(rng.standard_normal(patch.shape).astype(np.float32), 0.8) * 0.06
    yarn = (1 + lift * crown + grain).astype(np.float32)
    return Drawn(patch=patch + rng.uniform(0.5, 0.9) * cover * (yarn - patch), cover=cover)


def bar(patch: Patch, rng: np.random.Generator, gauge: Gauge, *, thick: bool) -> Drawn:
    """Set the picks closer (thick) or further apart (thin) over a length of the whole cloth."""
    rows, columns = patch.shape
    shape = faded_ends(rows, rng.uniform(1.0, 3.0) * gauge.pick_px)
    pull = rng.uniform(1.15, 1.4) if thick else rng.uniform(0.7, 0.87)
    y = np.arange(rows, dtype=np.float32)
    source = np.clip((y - rows / 2) * pull + rows / 2, 0, rows - 1)
    map_x = np.broadcast_to(np.arange(columns, dtype=np.float32)[None, :], patch.shape)
    map_y = np.broadcast_to(source[:, None], patch.shape).astype(np.float32)
    pulled = np.asarray(cv2.remap(patch, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
    gain = 1 + (1 if thick else -1) * rng.uniform(0.05, 0.18)
    cover = np.repeat(shape[:, None], columns, axis=1)
    return Drawn(patch=patch + cover * (pulled * np.float32(gain) - patch), cover=cover)


def thick_bar(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Draw a bar of close picks."""
    return bar(patch, rng, gauge, thick=True)


def thin_bar(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Draw a bar of picks too far apart."""
    return bar(patch, rng, gauge, thick=False)


def along_warp(rng: np.random.Generator, gauge: Gauge, *, picks: tuple[int, int], ends: float) -> Footprint:
    """Measure a flaw along the warp: a length drawn in picks, a width in ends."""
    length = rng.uniform(*np.log(picks))
    return Footprint(
        rows=max(6, round(float(np.exp(length)) * gauge.pick_px)), columns=max(5, round(ends * gauge.end_px))
    )


def along_any(
    rng: np.random.Generator, gauge: Gauge, *, yarns: tuple[int, int], across: float, warp_share: float
) -> Footprint:
    """Measure a flaw along a yarn of either system."""
    if rng.random() < warp_share:
        return along_warp(rng, gauge, picks=yarns, ends=across)
    return along_weft(rng, gauge, ends=yarns, picks=across)


def along_weft(rng: np.random.Generator, gauge: Gauge, *, ends: tuple[int, int], picks: float) -> Footprint:
    """Measure a flaw along the weft: a length drawn in ends, a width in picks."""
    turned_print = along_warp(rng, gauge.turned(), picks=ends, ends=picks)
    return Footprint(rows=turned_print.columns, columns=turned_print.rows)
