"""The looms of a case, their frames, and how plainly each flaw of a frame can be seen."""

import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.cases import CASE_MM_PER_PX, CASES, case_style
from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.cloth_flaws import CLOTH_KINDS
from datasets.synthesis.session import another_session
from datasets.synthesis.style import ClothStyle, random_style
from vision.edges import judged_columns
from vision.taxonomy import DefectKind

RANDOM = "random"  # styles as the base is trained on, of other seeds
SEED = 7_000_001
COLUMNS, ROWS = 2048, 256
GOOD_LEARNT, GOOD_TESTED, FLAWED = 6, 4, 6
FRAMES = GOOD_LEARNT + GOOD_TESTED + FLAWED
FLAWS_PER_M2 = 600.0
VISIBLE_GREY = 2.0  # mean change inside the mask that a display shows at all
VISIBLE_RATIO = 1.0  # change against the spread of the cloth around it, at the scale that shows it best
EYES_PX = (0.0, 1.5, 4.0)  # sigmas: near, at arm's length, from across the table
AROUND_PX = 48  # good cloth around a flaw that it is compared with
SHADE_PX = 101  # side of the window whose mean is light and shade, no texture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loom:
    """One cloth before one camera: without flaws and, the same to the bit elsewhere, with them."""

    good: ClothScene
    flawed: ClothScene


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameFlaw:
    """The part of a planted flaw that a frame shows within its judged columns."""

    kind: DefectKind
    mask: NDArray[np.bool_]  # (rows, columns) of the frame
    grey: float  # mean absolute change inside the mask
    ratio: float  # against the cloth around it

    @property
    def visible(self) -> bool:
        """Whether someone who looks at the frame could see it."""
        return self.grey >= VISIBLE_GREY and self.ratio >= VISIBLE_RATIO


def looms(case: str, number: int) -> dict[str, Loom]:
    """Give cloth `number` of a case: `same` is the session it is learnt in, `other` another day's.

    Raises:
        DatasetError: no such case.
    """
    seed = zlib.crc32(f"{case} {number}".encode())
    rng = np.random.default_rng([SEED, seed])
    style = random_style(rng, mm_per_px=CASE_MM_PER_PX) if case == RANDOM else case_style(case, number)
    kinds = CLOTH_KINDS if case == RANDOM else CASES[case].kinds
    return {
        "same": _loom(style, kinds, seed, loom_seed=seed, session_seed=seed),
        "other": _loom(another_session(style, rng), kinds, seed + 1, loom_seed=seed, session_seed=seed + 1),
    }


def _loom(
    style: ClothStyle, kinds: tuple[DefectKind, ...], seed: int, *, loom_seed: int, session_seed: int
) -> Loom:
    good, flawed = (
        ClothScene(
            style,
            columns=COLUMNS,
            mm_per_px=CASE_MM_PER_PX,
            seed=seed,
            defect_rate_per_m2=rate,
            defect_kinds=kinds,
            panel_rows=FRAMES * ROWS,
            loom_seed=loom_seed,
            session_seed=session_seed,
        )
        for rate in (0.0, FLAWS_PER_M2)
    )
    return Loom(good=good, flawed=flawed)


def flaws_of(loom: Loom, at: int) -> list[FrameFlaw]:
    """Name the flaws that frame number `at` shows in its judged columns, and measure each."""
    first_row = at * ROWS
    good, flawed = (scene.render(first_row, ROWS) for scene in (loom.good, loom.flawed))
    marked = loom.flawed.mask(first_row, ROWS)
    first, behind = judged_columns(loom.flawed.cloth_px, COLUMNS)
    found = []
    for flaw in loom.flawed.truth(first_row, ROWS):
        box = flaw.box
        y0, y1 = max(box.y0 - first_row, 0), min(box.y1 - first_row, ROWS)
        x0, x1 = max(box.x0, first), min(box.x1, behind)
        mask = np.zeros(marked.shape, np.bool_)
        mask[y0:y1, x0:x1] = marked[y0:y1, x0:x1] == 1 + loom.flawed.kinds.index(flaw.kind)
        if mask.any():
            near = (
                slice(max(y0 - AROUND_PX, 0), y1 + AROUND_PX),
                slice(max(x0 - AROUND_PX, first), min(x1 + AROUND_PX, behind)),
            )
            grey, ratio = seen(good[near], flawed[near], mask[near])
            found.append(FrameFlaw(kind=flaw.kind, mask=mask, grey=grey, ratio=ratio))
    return found


def seen(good: NDArray[np.uint8], flawed: NDArray[np.uint8], mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Measure a change in a cut-out (rows, columns[, 3]): grey levels, and times the cloth's own spread.

    The best channel counts, and of the spread the best of three distances an eye looks from.
    """
    before = np.atleast_3d(good).astype(np.float32)
    change = np.atleast_3d(flawed).astype(np.float32) - before
    texture = before - np.atleast_3d(cv2.blur(before, (SHADE_PX, SHADE_PX)))
    grey = float(np.abs(change[mask]).mean(axis=0).max())
    ratios = [
        np.abs(_blurred(change, sigma)[mask]).mean(axis=0)
        / np.maximum(_blurred(texture, sigma).std(axis=(0, 1)), 0.5)
        for sigma in EYES_PX
    ]
    return grey, float(np.max(ratios))


def _blurred(picture: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    if sigma_px == 0:
        return picture
    return np.asarray(np.atleast_3d(cv2.GaussianBlur(picture, (0, 0), sigma_px)), np.float32)
