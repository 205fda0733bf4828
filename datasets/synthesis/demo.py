"""The demo's articles: one cloth, one lint, at whatever scale the demo line's camera has."""

from pathlib import Path
from typing import Literal

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.lint import LintScene
from datasets.synthesis.lint_mat import LintStyle
from datasets.synthesis.pictures import write_good_pictures
from datasets.synthesis.scene import Scene
from datasets.synthesis.style import ClothStyle, Weave

Material = Literal["fabric", "fibre"]

YARN_PX = 5.0  # the demo's cloth is as coarse as its camera needs to see single yarns
EDGE_SHARE = 0.03  # of the picture's width, table at each side of the cloth
GOOD_ROWS = {"fabric": 256, "fibre": 64}
REPEAT_ROWS = 1024
DEMO_BELT_BGR = (178, 190, 196)  # near the lint's shade, so that a thin place is no contaminant
_LEARNING_SEED = 7001  # another piece of the same article than the line shows
_LOOM_SEED = 7002  # both are of one warp and seen by one camera


def demo_scene(
    material: Material,
    *,
    columns: int,
    mm_per_px: float,
    seed: int,
    defect_rate_per_m2: float,
    repeat_rows: int = REPEAT_ROWS,
) -> Scene:
    """Build the demo's cloth or lint; another seed is another piece of the same article."""
    if material == "fibre":
        return LintScene(
            LintStyle(belt_bgr=DEMO_BELT_BGR),
            columns=columns,
            mm_per_px=mm_per_px,
            seed=seed,
            defect_rate_per_m2=defect_rate_per_m2,
            mat_rows=repeat_rows,
        )
    return ClothScene(
        demo_cloth(columns, mm_per_px),
        columns=columns,
        mm_per_px=mm_per_px,
        seed=seed,
        defect_rate_per_m2=defect_rate_per_m2,
        panel_rows=repeat_rows,
        loom_seed=_LOOM_SEED,
    )


def demo_cloth(columns: int, mm_per_px: float) -> ClothStyle:
    """Give the demo's twill, fitted to the camera's scale."""
    margin_mm = EDGE_SHARE * columns * mm_per_px
    return ClothStyle(
        weave=Weave.TWILL,
        ends_per_cm=10 / (YARN_PX * mm_per_px),
        picks_per_cm=10 / (1.1 * YARN_PX * mm_per_px),
        left_margin_mm=margin_mm,
        right_margin_mm=margin_mm,
        edge_wander_mm=1.5 * mm_per_px,
        selvedge_mm=50 * mm_per_px,
    )


def render_good_pictures(
    material: Material, columns: int, mm_per_px: float, count: int, out_dir: Path
) -> tuple[Path, ...]:
    """Write `count` pictures of clean demo material, to learn its article from."""
    rows = GOOD_ROWS[material]
    scene = demo_scene(
        material,
        columns=columns,
        mm_per_px=mm_per_px,
        seed=_LEARNING_SEED,
        defect_rate_per_m2=0.0,
        repeat_rows=rows * count,  # no picture shows another one's yarns: learning holds pictures out
    )
    return write_good_pictures(scene, count=count, rows=rows, out_dir=out_dir)
