"""Training samples: rendered cloths without end, each learnt as an article; flawed strips of it."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.cloth_flaws import CLOTH_KINDS
from datasets.synthesis.session import another_session
from datasets.synthesis.style import ClothStyle, random_style
from training.config import TrainRecipe
from training.planting import plant_soft_spots
from training.retake import retaken
from vision.article import STRIDE_PX, ArticleStatistics
from vision.fit import PATCHES, Strip, fit, make_strip
from vision.graph import build_graph
from vision.inference import Probe
from vision.taxonomy import DefectKind

BASE_KINDS: Final = CLOTH_KINDS  # what the base tells apart, in the order of its kind logits
_BARS: Final = (DefectKind.THICK_BAR, DefectKind.THIN_BAR, DefectKind.SHADE_BAR)
_BARS_EVERY: Final = 6  # every sixth strip may hold bars: their masks are large
_LOCAL_KINDS: Final = tuple(kind for kind in CLOTH_KINDS if kind not in _BARS)
_OTHER_WARP: Final = 0.5  # of the other sessions see another piece of cloth, not only another camera
_SOFT_KIND: Final = DefectKind.NEP  # fuzz and lint balls


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """One strip of rendered cloth as the base sees it."""

    fine: NDArray[np.float16]  # (14, rows / 2, columns / 2) calibrated responses of the fine bank
    context: NDArray[np.float16]  # (C, rows / 4, columns / 4) those of the other banks
    kinds: NDArray[np.uint8]  # (rows / 4, columns / 4) 0 good cloth, n flaw of BASE_KINDS[n - 1]
    matched: NDArray[np.float16]  # (rows / 4, columns / 4) the matched filters' own score
    cells: tuple[int, int]  # judged map columns


def cloth_samples(recipe: TrainRecipe, salt: int, number: int) -> list[Sample]:
    """Render one random article and learn it; return its flawed strips.

    Half of them come from another camera session. `salt` keeps training and checking apart.
    """
    rng = np.random.default_rng([recipe.seed, salt, number])
    style = random_style(rng, mm_per_px=recipe.mm_per_px)
    seed = int(rng.integers(2**31))
    article = fit(_good_strips(recipe, _scene(recipe, style, seed, CLOTH_KINDS, 0.0), rng), None)
    probe = Probe(build_graph(article, None, ("fine_normal", "context", "map")), threads=1)
    here = _Session(recipe, style, seed, seed, seed)
    other_warp = bool(rng.random() < _OTHER_WARP)
    elsewhere, session = int(rng.integers(2**31)), int(rng.integers(2**31))
    there = _Session(recipe, another_session(style, rng), seed, elsewhere if other_warp else seed, session)
    samples = []
    for strip in range(recipe.flawed_strips):
        flawed = (here, there)[strip % 2].strip(strip // 2)
        if strip % 2:
            flawed = replace(flawed, pixels=retaken(flawed.pixels, rng))
        samples.append(_sample(probe, flawed, article, recipe, rng))
    return samples


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Flawed:
    pixels: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    cloth_px: tuple[int, int]


class _Session:
    """One cloth before one camera: strips with flaws, every few of them with bars."""

    def __init__(
        self, recipe: TrainRecipe, style: ClothStyle, seed: int, loom_seed: int, session_seed: int
    ) -> None:
        self._recipe = recipe
        seeds = (loom_seed, session_seed)
        self._local = _scene(recipe, style, seed, _LOCAL_KINDS, recipe.flaws_per_m2, seeds)
        self._bars = _scene(recipe, style, seed, CLOTH_KINDS, recipe.bars_per_m2, seeds)

    def strip(self, number: int) -> _Flawed:
        recipe = self._recipe
        scene = self._bars if number % (_BARS_EVERY // 2) == _BARS_EVERY // 2 - 1 else self._local
        first_row = (recipe.good_strips + number) * recipe.rows
        return _Flawed(
            pixels=scene.render(first_row, recipe.rows).copy(),
            kinds=_in_base_kinds(scene.mask(first_row, recipe.rows), scene.kinds),
            cloth_px=scene.cloth_px,
        )


def _in_base_kinds(mask: NDArray[np.uint8], kinds: tuple[DefectKind, ...]) -> NDArray[np.uint8]:
    codes = np.array([0, *(1 + BASE_KINDS.index(kind) for kind in kinds)], np.uint8)
    return np.asarray(codes[mask], np.uint8)


def _scene(
    recipe: TrainRecipe,
    style: ClothStyle,
    seed: int,
    kinds: tuple[DefectKind, ...],
    rate_per_m2: float,
    loom_and_session: tuple[int, int] | None = None,
) -> ClothScene:
    # The cloth repeats after its panel: one long enough that no flawed strip was also learnt.
    return ClothScene(
        style,
        columns=recipe.columns,
        mm_per_px=recipe.mm_per_px,
        seed=seed,
        defect_rate_per_m2=rate_per_m2,
        defect_kinds=kinds,
        panel_rows=(recipe.good_strips + recipe.flawed_strips) * recipe.rows,
        loom_seed=loom_and_session[0] if loom_and_session else seed,
        session_seed=loom_and_session[1] if loom_and_session else seed,
    )


def _good_strips(recipe: TrainRecipe, scene: ClothScene, rng: np.random.Generator) -> list[Strip]:
    return [
        make_strip(
            scene.render(strip * recipe.rows, recipe.rows),
            scene.cloth_px,
            group=strip,
            patches=PATCHES // recipe.good_strips,
            rng=rng,
        )
        for strip in range(recipe.good_strips)
    ]


def _sample(
    probe: Probe, flawed: _Flawed, article: ArticleStatistics, recipe: TrainRecipe, rng: np.random.Generator
) -> Sample:
    rows = recipe.rows
    pixels, kinds = flawed.pixels, flawed.kinds
    soft = np.zeros_like(kinds)
    plant_soft_spots(pixels, soft, flawed.cloth_px, recipe.soft_spots, rng)
    kinds = np.where((soft > 0) & (kinds == 0), np.uint8(1 + BASE_KINDS.index(_SOFT_KIND)), kinds)
    fine, context, scores = probe.run(pixels, flawed.cloth_px)
    high, wide = rows // STRIDE_PX, article.columns // STRIDE_PX
    cells = kinds[: high * STRIDE_PX, : wide * STRIDE_PX].reshape(high, STRIDE_PX, wide, STRIDE_PX)
    first, behind = flawed.cloth_px
    return Sample(
        fine=fine[0][:, : high * 2, : wide * 2].astype(np.float16),
        context=context[0][:, :high, :wide].astype(np.float16),
        kinds=cells.max(axis=(1, 3)),
        matched=scores[0, 0, :high, :wide].astype(np.float16),
        cells=(-(-first // STRIDE_PX), behind // STRIDE_PX),
    )
