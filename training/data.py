"""Training samples: rendered cloths, each learnt as an article; flaws planted into further strips of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.cloth_flaws import CLOTH_KINDS
from datasets.synthesis.style import ClothStyle, random_style
from training.config import TrainRecipe
from training.planting import plant_soft_spots
from vision.article import STRIDE_PX, ArticleStatistics
from vision.fit import PATCHES, Strip, fit, make_strip
from vision.graph import build_graph
from vision.inference import Probe
from vision.taxonomy import DefectKind

_BARS: Final = (DefectKind.THICK_BAR, DefectKind.THIN_BAR)
_BARS_EVERY: Final = 6  # every sixth strip may hold bars: their masks are large
_LOCAL_KINDS: Final = tuple(kind for kind in CLOTH_KINDS if kind not in _BARS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """One strip of rendered cloth as the base sees it."""

    channels: NDArray[np.float16]  # (14, rows / 2, columns / 2) calibrated filter responses
    mask: NDArray[np.uint8]  # (rows / 4, columns / 4) 1 where a flaw was planted
    matched: NDArray[np.float16]  # (rows / 4, columns / 4) the matched filters' own score
    cells: tuple[int, int]  # judged map columns


def render_samples(
    recipe: TrainRecipe, *, articles: int, salt: int, progress: Callable[[str], None]
) -> Iterator[Sample]:
    """Give the flawed strips of so many random articles; `salt` keeps training and checking apart."""
    for number in range(articles):
        progress(f"rendering and learning cloth {number + 1} of {articles}")
        yield from _article_samples(recipe, [recipe.seed, salt, number])


def _article_samples(recipe: TrainRecipe, seed: list[int]) -> Iterator[Sample]:
    rng = np.random.default_rng(seed)
    style = random_style(rng, mm_per_px=recipe.mm_per_px)
    scene_seed = int(rng.integers(2**31))
    local = _scene(recipe, style, scene_seed, _LOCAL_KINDS, recipe.flaws_per_m2)
    bars = _scene(recipe, style, scene_seed, CLOTH_KINDS, recipe.bars_per_m2)
    article = fit(_good_strips(recipe, _scene(recipe, style, scene_seed, CLOTH_KINDS, 0.0), rng), None)
    probe = Probe(build_graph(article, None, ("normal", "map")))
    for strip in range(recipe.flawed_strips):
        scene = bars if strip % _BARS_EVERY == _BARS_EVERY - 1 else local
        yield _sample(probe, scene, article, (recipe.good_strips + strip) * recipe.rows, recipe, rng)


def _scene(
    recipe: TrainRecipe, style: ClothStyle, seed: int, kinds: tuple[DefectKind, ...], rate_per_m2: float
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
    probe: Probe,
    scene: ClothScene,
    article: ArticleStatistics,
    first_row: int,
    recipe: TrainRecipe,
    rng: np.random.Generator,
) -> Sample:
    rows = recipe.rows
    pixels = scene.render(first_row, rows).copy()
    planted = (scene.mask(first_row, rows) > 0).astype(np.uint8)
    plant_soft_spots(pixels, planted, scene.cloth_px, recipe.soft_spots, rng)
    normal, scores = probe.run(pixels, scene.cloth_px)
    high, wide = rows // STRIDE_PX, article.columns // STRIDE_PX
    cells = planted[: high * STRIDE_PX, : wide * STRIDE_PX]
    mask = cells.reshape(high, STRIDE_PX, wide, STRIDE_PX).max(axis=(1, 3))
    first, behind = scene.cloth_px
    return Sample(
        channels=normal[0][:, : high * 2, : wide * 2].astype(np.float16),
        mask=mask,
        matched=scores[0, 0, :high, :wide].astype(np.float16),
        cells=(-(-first // STRIDE_PX), behind // STRIDE_PX),
    )
