"""The same cloth before another camera or on another day: what a recipe meets that was learnt earlier."""

from dataclasses import replace

import numpy as np

from datasets.synthesis.style import ClothStyle

_BRIGHTEST = 245.0


def another_session(style: ClothStyle, rng: np.random.Generator) -> ClothStyle:
    """Give the same cloth under another lamp and lens, a little nearer or further, its edge elsewhere.

    Render it with the `loom_seed` of the first session and a `session_seed` of its own.
    """
    scale = float(rng.uniform(0.98, 1.02))
    brightest = _BRIGHTEST / (1 + 2.5 * style.contrast + style.warp_irregularity + style.weft_irregularity)
    grey = style.mean_grey * float(rng.uniform(0.85, 1.15))
    return replace(
        style,
        ends_per_cm=style.ends_per_cm * scale,
        picks_per_cm=style.picks_per_cm * scale,
        mean_grey=min(grey, max(brightest, style.mean_grey)),
        vignette=float(np.clip(style.vignette + rng.normal(0, 0.1), 0, 0.6)),
        tilt=float(np.clip(style.tilt + rng.normal(0, 0.08), -0.3, 0.3)),
        fixed_pattern=style.fixed_pattern * float(rng.uniform(0.6, 1.6)),
        focus_loss=float(np.clip(style.focus_loss + rng.normal(0, 0.15), 0, 0.8)),
        blur_px=max(0.2, style.blur_px * float(rng.uniform(0.85, 1.2))),
        noise_grey=style.noise_grey * float(rng.uniform(0.8, 1.25)),
        skew=style.skew + float(rng.normal(0, 0.004)),
        left_margin_mm=_moved(style.left_margin_mm, rng),
        right_margin_mm=_moved(style.right_margin_mm, rng),
    )


def _moved(margin_mm: float, rng: np.random.Generator) -> float:
    """Move an edge by up to a third of the table in sight; an edge out of sight stays out."""
    return margin_mm * float(rng.uniform(0.67, 1.33)) if margin_mm > 0 else margin_mm
