"""The rendered belt of a scenario, what truly lies on it, and an inspector that learnt its good lint."""

import dataclasses
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from datasets.synthesis.carded_lint import CardedLintScene
from datasets.synthesis.carded_mat import CardedStyle
from datasets.synthesis.carded_matter import CARDED_KINDS
from datasets.synthesis.demo import demo_scene
from datasets.synthesis.foreign import LINT_KINDS
from datasets.synthesis.lint import LintScene
from datasets.synthesis.lint_mat import LintStyle
from datasets.synthesis.scene import Scene
from datasets.synthesis.strand_lint import StrandLintScene
from datasets.synthesis.strand_mat import StrandStyle
from datasets.synthesis.strand_matter import STRAND_KINDS
from service.settings import LineSettings
from service.settings_file import SettingsError
from service.twin.scenario import RecipeScenario, Scenario
from vision.bundle import Bundle, load_bundle
from vision.calibration import Calibration
from vision.card import KindThreshold, Thresholds
from vision.inference import Engine
from vision.inspector import Inspector
from vision.learn import learn_from_arrays
from vision.overrides import check_thresholds
from vision.registry import Registry
from vision.types import MmBox

LEARN_SEED = 500_009  # good lint to learn from is another piece than what runs
TRUTH_ROWS = 4096
MAT_ROWS = 4096  # the lint under the pieces comes again after so many: a place that errs would count often


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One true piece of foreign matter, or a flaw of cloth; y in mm since the belt's start."""

    kind: str
    box: MmBox
    area_mm2: float
    contrast_grey: float

    @property
    def long_mm(self) -> float:
        """Its longest side."""
        return max(self.box.x1 - self.box.x0, self.box.y1 - self.box.y0)


def build_scene(scenario: Scenario, line: LineSettings, *, good: bool = False) -> Scene:
    """Build the belt, or another piece of it without foreign matter."""
    camera, material = line.camera, scenario.material
    seed = scenario.seed + (LEARN_SEED if good else 0)
    rate = 0.0 if good else material.pieces_per_m2
    rows = max(MAT_ROWS, scenario.recipe.good_strips * camera.rows)
    if line.kind == "fabric":
        return demo_scene(
            "fabric",
            columns=camera.columns,
            mm_per_px=camera.mm_per_px,
            seed=seed,
            defect_rate_per_m2=rate,
            repeat_rows=rows,
        )
    known = {"first": LINT_KINDS, "second": STRAND_KINDS, "third": CARDED_KINDS}
    kinds = material.kinds or known[material.generator]
    if material.generator == "first":
        if material.extra != "none":
            raise SettingsError(
                f"material.extra {material.extra!r}: the first generator has no extra channel; use 'second'"
            )
        return LintScene(
            LintStyle(),
            columns=camera.columns,
            mm_per_px=camera.mm_per_px,
            seed=seed,
            defect_rate_per_m2=rate,
            defect_kinds=kinds,
            mat_rows=rows,
        )
    asked: dict[str, Any] = {  # Any: the two scenes' keywords
        "columns": camera.columns,
        "mm_per_px": camera.mm_per_px,
        "seed": seed,
        "defect_rate_per_m2": rate,
        "defect_kinds": kinds,
        "long_mm": material.long_mm,
        "contrast": material.contrast,
        "extra": material.extra,
        "mat_rows": rows,
    }
    if material.generator == "third":
        return CardedLintScene(CardedStyle(), **asked)
    return StrandLintScene(StrandStyle(), **asked)


def true_pieces(scene: Scene, rows: int) -> tuple[Piece, ...]:
    """Every piece that begins within the first `rows` rows, in the belt's order."""
    scale = scene.mm_per_px
    pieces: list[Piece] = []
    for start in range(0, rows, TRUTH_ROWS):
        end = min(start + TRUTH_ROWS, rows)
        for planted in scene.truth(start, end - start):
            if start <= planted.box.y0 < end:
                box = planted.box
                pieces.append(
                    Piece(
                        kind=planted.kind.value,
                        box=MmBox(x0=box.x0 * scale, y0=box.y0 * scale, x1=box.x1 * scale, y1=box.y1 * scale),
                        area_mm2=planted.area_mm2,
                        contrast_grey=planted.contrast_grey,
                    )
                )
    return tuple(pieces)


def twin_bundle(scenario: Scenario, line: LineSettings, folder: Path, say: Callable[[str], None]) -> Bundle:
    """Learn good lint of this material into `folder`, or open the line's active recipe."""
    if scenario.recipe.source == "registry":
        return load_bundle(Registry(line.registry_dir).active(line.article))
    say(f"learning {scenario.recipe.good_strips} good strips of this material ...")
    scene, rows = build_scene(scenario, line, good=True), line.camera.rows
    good = [scene.render(number * rows, rows) for number in range(scenario.recipe.good_strips)]
    learnt = learn_from_arrays(
        good,
        article=f"twin {line.article}",
        mm_per_px=line.camera.mm_per_px,
        material=line.kind,
        out_dir=folder,
        demo=True,
        created_utc=datetime.now(UTC),
        progress=lambda text: None,
        false_alarms_per_100m=scenario.recipe.false_alarms_per_100m,
    )
    return load_bundle(learnt)


def twin_inspector(
    scenario: Scenario, line: LineSettings, say: Callable[[str], None], bundle: Bundle | None = None
) -> Inspector:
    """Open the scenario's recipe, with its other thresholds where it asks for them."""
    with tempfile.TemporaryDirectory(prefix="maqta-twin-") as folder:
        found = bundle or twin_bundle(scenario, line, Path(folder) / "recipe", say)
        card = dataclasses.replace(found.card, thresholds=_thresholds(scenario.recipe, found.card.thresholds))
        check_thresholds(card.thresholds, card)
        engine = Engine(
            dataclasses.replace(found, card=card),
            threads=line.threads,
            provider=line.inference.provider,
            warm_up_rows=line.camera.rows,
        )
    return Inspector(engine, Calibration(camera_id="twin", mm_per_px=line.camera.mm_per_px))


def _thresholds(asked: RecipeScenario, own: Thresholds) -> Thresholds:
    defective = own.defective if asked.defective is None else asked.defective
    unsure = min(own.unsure, defective) if asked.unsure is None else asked.unsure
    limits = {one.kind: one.defective for one in own.by_kind}
    limits |= {kind.value: at for kind, at in asked.by_kind.items()}
    by_kind = tuple(KindThreshold(kind=kind, defective=at) for kind, at in limits.items())
    return Thresholds(unsure=unsure, defective=defective, by_kind=by_kind)
