"""Long flaws, often faint: broken and coloured yarns, reed marks, shade bars, cracks; along the warp."""

import numpy as np

from datasets.synthesis.flaw import (
    Drawn,
    Gauge,
    Patch,
    band,
    curls,
    faded_ends,
    lift,
    sign,
    softened,
    wandering,
)


def broken_yarn(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Leave a yarn out: a line of one or two yarns in which the weave is partly lost, often beaded."""
    rows, columns = patch.shape
    slant = np.linspace(-1, 1, rows, dtype=np.float32) * rng.normal(0, 0.4) * gauge.end_px
    centre = columns / 2 + slant + wandering(rows, rng, step_px=rng.uniform(0.0, 0.3) * gauge.end_px)
    cover = band(rows, centre, rng.uniform(0.4, 0.9) * gauge.end_px, columns)
    strength = rng.uniform(0.5, 1.0) * _beads(rows, rng, gauge) * faded_ends(rows, 2 * gauge.pick_px)
    level = 1 + sign(rng, 0.4) * lift(rng, gauge)
    kept = rng.uniform(0.0, 0.8)
    alpha = (cover * strength[:, None]).astype(np.float32)
    drawn = patch + alpha * (level + kept * (patch - 1) - patch)
    if rng.random() < 0.4:  # neighbours close in
        beside = band(rows, centre, 1.8 * gauge.end_px, columns) - cover
        drawn = drawn * (1 - 0.35 * (level - 1) * np.clip(beside, 0, 1) * strength[:, None])
    if rng.random() < 0.4:
        drawn, tuft = _tuft(drawn, rng, gauge)
        cover = np.maximum(cover, tuft)
    inside = faded_ends(rows, 2 * gauge.pick_px)[:, None] > 0.2
    return Drawn(patch=drawn.astype(np.float32), cover=(cover * inside).astype(np.float32))


def _beads(rows: int, rng: np.random.Generator, gauge: Gauge) -> Patch:
    """Give how strongly a line shows along itself (rows,): in waves, and where yarns cross it."""
    slow = rng.uniform(0.7, 1.3) + wandering(rows, rng, step_px=0.35, pitch=max(12, rows // 8))
    crossing = gauge.pick_px * float(rng.choice([1, 2, 4]))
    depth = rng.uniform(0.0, 0.8) * float(rng.random() < 0.5)
    turns = np.arange(rows) * (2 * np.pi / crossing)
    return np.asarray(np.clip(slow, 0.25, 1) * (1 - depth * (0.5 + 0.5 * np.cos(turns))), np.float32)


def _tuft(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> tuple[Patch, Patch]:
    """Roll the broken end up at the top of its line."""
    rows, columns = patch.shape
    y = np.arange(rows, dtype=np.float32)[:, None] - 2.5 * gauge.pick_px
    x = np.arange(columns, dtype=np.float32)[None, :] - columns / 2
    round_px = rng.uniform(0.8, 1.6) * gauge.end_px
    cover = np.clip(1.5 - np.hypot(x, y) / round_px, 0, 1).astype(np.float32)
    shade = 1 + sign(rng, 0.4) * lift(rng, gauge, faint=1.0)
    return patch + cover * (shade - patch) * 0.8, cover


def coloured_yarn(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Weave in a yarn of another shade: the weave stays, the yarn is darker or lighter all along."""
    rows, columns = patch.shape
    centre = columns / 2 + wandering(rows, rng, step_px=0.08 * gauge.end_px)
    cover = band(rows, centre, rng.uniform(0.4, 0.6) * gauge.end_px, columns)
    cover *= faded_ends(rows, gauge.pick_px)[:, None]
    shade = sign(rng, 0.35) * lift(rng, gauge)
    return Drawn(patch=(patch * (1 + shade * cover)).astype(np.float32), cover=cover)


def reed_mark(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Set ends apart or together all along the warp: a line with the opposite shade beside it."""
    rows, columns = patch.shape
    centre = np.full(rows, columns / 2, np.float32)
    gap = band(rows, centre, rng.uniform(0.3, 0.9) * gauge.end_px, columns)
    beside = np.clip(band(rows, centre, 2.0 * gauge.end_px, columns) - gap, 0, 1)
    shade = sign(rng, 0.4) * lift(rng, gauge, faint=0.25, strong=1.6)
    slow = np.clip(1 + wandering(rows, rng, step_px=0.2, pitch=200), 0.5, 1.5)[:, None]
    drawn = patch * (1 + shade * slow * (gap - 0.35 * beside))
    return Drawn(patch=drawn.astype(np.float32), cover=gap)


def shade_bar(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Change the shade over a length of the whole cloth; the weave stays."""
    rows, columns = patch.shape
    shape = faded_ends(rows, rng.uniform(0.5, 12.0))[:, None]
    tone = sign(rng, 0.4) * float(np.exp(rng.uniform(np.log(0.025), np.log(0.14))))
    cover = np.repeat(shape, columns, axis=1)
    return Drawn(patch=(patch * (1 + tone * cover)).astype(np.float32), cover=cover)


def crack(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Part the picks: a jagged band across the cloth where only the other system's yarns are left.

    Like every flaw here it is drawn along the warp; the table turns it.
    """
    rows, columns = patch.shape
    middle = columns / 2 + wandering(rows, rng, step_px=0.08 * columns, pitch=max(40, rows // 4))
    teeth = np.arange(rows) * (2 * np.pi / (gauge.pick_px * float(rng.choice([1, 2]))))
    half = (
        0.3 * columns * np.clip(1 + wandering(rows, rng, step_px=0.25, pitch=40), 0.3, 1.3)
        + 0.6 * gauge.end_px * np.sign(np.sin(teeth))
    ) * faded_ends(rows, min(rows / 4, 80))
    cover = band(rows, middle, np.maximum(half, 0).astype(np.float32), columns)
    bare = patch.mean(axis=1, keepdims=True) - patch.mean()
    bars = 1 + np.clip(rng.uniform(0.6, 2.0) * bare, -1.5 * gauge.contrast, 1.5 * gauge.contrast)
    grain = softened(rng.standard_normal(patch.shape).astype(np.float32), 0.8) * 0.5 * gauge.contrast
    level = bars + grain + sign(rng, 0.3) * lift(rng, gauge, faint=0.7)
    return Drawn(patch=(patch + 0.9 * cover * (level - patch)).astype(np.float32), cover=cover)


def rolled_up(patch: Patch, rng: np.random.Generator, gauge: Gauge) -> Drawn:
    """Roll a tangle up along an end: a warp ball, thickest in its middle, with curls around it."""
    rows, columns = patch.shape
    along = np.linspace(-1, 1, rows, dtype=np.float32)
    centre = columns / 2 + wandering(rows, rng, step_px=0.07 * columns, pitch=20)
    half = np.maximum(0.3 * columns * (1 - along**2) ** rng.uniform(0.6, 2.0), 0.5)
    body = band(rows, centre, half, columns, soft_px=1.5)
    cover = np.maximum(body, 0.8 * curls(rows, columns, rng, count=int(rng.integers(3, 10)), reach=0.4))
    shade = sign(rng, 0.45) * lift(rng, gauge, faint=0.8)
    grain = softened(rng.standard_normal(patch.shape).astype(np.float32), 1.0) * 0.6 * abs(shade)
    level = 1 + shade + grain
    return Drawn(patch=(patch + 0.85 * cover * (level - patch)).astype(np.float32), cover=cover)
