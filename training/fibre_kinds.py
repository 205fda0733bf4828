"""Learn the names of foreign matter on the first lint generator, in numpy: `python -m training.fibre_kinds`.

Writes vision/fibre_kinds.json. The second generator is never looked at here: it is what reports the figures.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.foreign import LINT_KINDS
from datasets.synthesis.lint import LintScene
from datasets.synthesis.lint_mat import LintStyle
from vision.fibre_kinds import FILE, SPECK
from vision.fibre_pieces import FEATURES, look_at
from vision.types import PxBox

log = logging.getLogger(__name__)

SEED: Final = 20261124
SCENES: Final = 36
HELD_OUT: Final = 6  # scenes that only tell how sure a name must be
ROWS: Final = 4096
STRIP: Final = 64
COLUMNS: Final = 512
UNITS: Final = 32
STEPS: Final = 3000
BATCH: Final = 512
DECAY: Final = 1e-4
LEAST: Final = 0.9  # no name is given below this probability, however often it would be right
RIGHT: Final = 0.95  # of the names given on held-out scenes


def main() -> None:
    """Render, learn, and write the weights."""
    rng = np.random.default_rng(SEED)
    names = (SPECK, *(kind.value for kind in LINT_KINDS))
    scenes = [list(_samples(rng, number, names)) for number in range(SCENES)]
    learn = [sample for scene in scenes[HELD_OUT:] for sample in scene]
    held = [sample for scene in scenes[:HELD_OUT] for sample in scene]
    x, y = _table(learn)
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-3)
    hidden, out = _fitted((x - mean) / spread, y, len(names), rng)
    test_x, test_y = _table(held)
    guess = _softmax(_one(np.tanh(_one((test_x - mean) / spread) @ hidden)) @ out)
    least = _least_probability(guess, test_y)
    far = np.sqrt(np.mean(np.square((x - mean) / spread), axis=1))
    table = {
        "made_by": "python -m training.fibre_kinds", "generator": "first", "seed": SEED,
        "features": FEATURES, "names": names, "mean": _short(mean), "spread": _short(spread),
        "hidden": _short(hidden), "out": _short(out), "least_probability": round(least, 3),
        "farthest": round(float(np.quantile(far, 0.999)) * 1.25, 3),
        "held_out": {"samples": len(test_y), "right": round(float((guess.argmax(1) == test_y).mean()), 3)},
    }  # fmt: skip
    target = Path(__file__).parent.parent / "vision" / FILE
    target.write_text(json.dumps(table) + "\n", encoding="utf-8")
    log.info("%d samples, held out %s, least probability %.2f", len(y), table["held_out"], least)


def _samples(
    rng: np.random.Generator, number: int, names: tuple[str, ...]
) -> Iterator[tuple[NDArray[np.float64], int]]:
    """Every piece, crumb and some good places of one scene, as a strip's finding would show them."""
    mm_per_px = float(rng.choice([0.3, 0.4, 0.5, 0.8]))
    scene = LintScene(
        _style(rng), columns=COLUMNS, mm_per_px=mm_per_px, seed=SEED + number,
        defect_rate_per_m2=60.0 / mm_per_px**1.5 / 4, mat_rows=1024,
    )  # fmt: skip
    for first in range(0, ROWS, STRIP):
        pixels = scene.render(first, STRIP)
        flecks = scene.fleck_mask(first, STRIP) & (scene.mask(first, STRIP) == 0)
        pixels = _retaken(pixels, rng)
        boxes = [(piece.kind.value, piece.box) for piece in scene.truth(first, STRIP)]
        found = [(name, replace(box, y0=box.y0 - first, y1=box.y1 - first)) for name, box in boxes]
        found += [(SPECK, box) for box in _components(flecks)]
        found += [(SPECK, _anywhere(rng))] if not boxes else []
        for name, box in found:
            look = look_at(pixels, _as_found(box, rng), mm_per_px)
            if look is not None:
                yield look.features, names.index(name)
                if name != SPECK:
                    yield _smaller(look.features, rng), names.index(name)


def _style(rng: np.random.Generator) -> LintStyle:
    tone, yellow = rng.uniform(165, 225), rng.uniform(0.82, 0.97)
    return LintStyle(
        fibre_bgr=(round(tone * yellow), round(tone * (1 + yellow) / 2), round(tone)),
        fibre_contrast=float(rng.uniform(0.03, 0.12)),
        tuft_contrast=float(rng.uniform(0.05, 0.2)),
        fleck_rate_per_m2=300.0,
        noise_grey=float(rng.uniform(1, 4)),
        blur_px=float(rng.uniform(0.4, 1.2)),
    )


def _smaller(features: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """The same look at a smaller size: the generator draws none below 4 mm, a belt carries some."""
    shrunk = float(rng.uniform(0.2, 1.3))
    changed = features.copy()
    for feature, power in (("log_area_mm2", 2), ("log_length_mm", 1), ("log_width_mm", 1)):
        changed[FEATURES.index(feature)] -= power * shrunk
    return changed


def _retaken(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    gain = rng.uniform(0.85, 1.08, 3) * np.ones(3)
    return np.clip(pixels * gain, 0, 255).astype(np.uint8)


def _components(mask: NDArray[np.bool_]) -> list[PxBox]:
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8))
    return [PxBox(x0=int(x), y0=int(y), x1=int(x + w), y1=int(y + h)) for x, y, w, h, _ in stats[1:count]]


def _anywhere(rng: np.random.Generator) -> PxBox:
    x0, y0 = int(rng.integers(COLUMNS - 24)), int(rng.integers(STRIP - 24))
    return PxBox(x0=x0, y0=y0, x1=x0 + int(rng.integers(8, 24)), y1=y0 + int(rng.integers(8, 24)))


def _as_found(box: PxBox, rng: np.random.Generator) -> PxBox:
    """Widen to map cells and a little more, cut to the strip: so a finding's box lies around a piece."""
    pad = rng.integers(0, 7, 4)
    x0, y0 = max(0, (box.x0 - int(pad[0])) // 4 * 4), max(0, (box.y0 - int(pad[1])) // 4 * 4)
    x1, y1 = -(-(box.x1 + int(pad[2])) // 4) * 4, -(-(box.y1 + int(pad[3])) // 4) * 4
    return PxBox(x0=x0, y0=y0, x1=min(COLUMNS, max(x1, x0 + 4)), y1=min(STRIP, max(y1, y0 + 4)))


def _table(
    samples: list[tuple[NDArray[np.float64], int]],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    return np.stack([features for features, _ in samples]), np.array([name for _, name in samples])


def _fitted(
    x: NDArray[np.float64], y: NDArray[np.int64], names: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two layers by Adam; each kind weighs the same."""
    hidden = rng.normal(0, 1 / np.sqrt(x.shape[1]), (x.shape[1] + 1, UNITS))
    out = rng.normal(0, 1 / np.sqrt(UNITS), (UNITS + 1, names))
    share = 1 / np.maximum(np.bincount(y, minlength=names), 1)
    pick = share[y] / share[y].sum()
    state = [np.zeros_like(part) for part in (hidden, out, hidden, out)]
    for step in range(1, STEPS + 1):
        at = rng.choice(len(y), BATCH, p=pick)
        seen = _one(x[at] * rng.normal(1, 0.05, (BATCH, 1)) + rng.normal(0, 0.15, (BATCH, x.shape[1])))
        layer = np.tanh(seen @ hidden)
        error = _softmax(_one(layer) @ out)
        error[np.arange(BATCH), y[at]] -= 1
        grown = _one(layer).T @ error / BATCH + DECAY * out
        back = seen.T @ ((error @ out[:-1].T) * (1 - layer**2)) / BATCH + DECAY * hidden
        rate = 0.01 * (1 - step / STEPS) + 1e-4
        for part, gradient, first, second in ((hidden, back, 0, 2), (out, grown, 1, 3)):
            state[first] = 0.9 * state[first] + 0.1 * gradient
            state[second] = 0.999 * state[second] + 0.001 * gradient**2
            part -= (
                rate * (state[first] / (1 - 0.9**step)) / (np.sqrt(state[second] / (1 - 0.999**step)) + 1e-8)
            )
    return hidden, out


def _least_probability(guess: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """The lowest probability from which on names are right as often as wanted."""
    for least in np.arange(LEAST, 0.99, 0.02):
        sure = guess.max(axis=1) >= least
        if sure.any() and float((guess.argmax(axis=1) == truth)[sure].mean()) >= RIGHT:
            return float(least)
    return 0.98


def _softmax(raw: NDArray[np.float64]) -> NDArray[np.float64]:
    grown = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True), np.float64)


def _one(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([values, np.ones((len(values), 1))], axis=1)


def _short(values: NDArray[np.float64]) -> list[object]:
    return list(np.round(values, 4).tolist())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main()
