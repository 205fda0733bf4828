"""How well flaws are found on rendered cloths that neither the base nor anybody tuned on.

    python benchmarks/rendered_cloth.py [--cloths N] [--seed S]

Each cloth is a random style: learnt from 6 good frames, tested on 6 good and 8 flawed ones of the same roll.
Prints the share of flaws overlapped by a finding per kind, the share of good frames flagged, and JSON last.
"""

import argparse
import json
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.style import random_style
from vision.bundle import load_bundle
from vision.calibration import Calibration
from vision.edges import judged_columns
from vision.inference import Engine
from vision.inspector import Inspector
from vision.learn import learn_from_arrays
from vision.types import Frame, Inspection, Verdict

COLUMNS, ROWS, MM_PER_PX = 2048, 256, 0.1
GOOD_LEARNT, GOOD_TESTED, FLAWED = 6, 6, 8
FLAWS_PER_M2 = 600.0
LEAST_CONTRAST_GREY = 2.0  # fainter flaws are drawn but can't be seen by anyone


def scene_of(seed: int, number: int, rate_per_m2: float) -> ClothScene:
    """Give one random cloth; good and flawed scenes of a number share everything but the flaws."""
    rng = np.random.default_rng([seed, number])
    style = random_style(rng, mm_per_px=MM_PER_PX)
    rows = (GOOD_LEARNT + GOOD_TESTED + FLAWED) * ROWS
    return ClothScene(
        style, columns=COLUMNS, mm_per_px=MM_PER_PX, seed=seed * 1000 + number,
        defect_rate_per_m2=rate_per_m2, panel_rows=rows,
    )  # fmt: skip


def inspector_of(good: ClothScene, folder: Path) -> Inspector:
    """Learn a cloth from its first frames."""
    bundle = learn_from_arrays(
        [good.render(at * ROWS, ROWS) for at in range(GOOD_LEARNT)], article="rendered", mm_per_px=MM_PER_PX,
        material="fabric", out_dir=folder / "bundle", demo=True, created_utc=datetime.now(UTC),
        progress=lambda _: None,
    )  # fmt: skip
    return Inspector(Engine(load_bundle(bundle)), Calibration(camera_id="bench", mm_per_px=MM_PER_PX))


def inspected(inspector: Inspector, scene: ClothScene, at: int) -> Inspection:
    """Inspect frame number `at` of a scene."""
    return inspector.inspect(
        Frame(
            camera_id="bench", seq=at, pixels=scene.render(at * ROWS, ROWS), captured_ns=0,
            captured_utc=datetime.now(UTC),
        )
    )  # fmt: skip


def main() -> int:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cloths", type=int, default=12)
    parser.add_argument("--seed", type=int, default=7_000_001)
    chosen = parser.parse_args()
    found: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    flagged, doubted = [], []
    for number in range(chosen.cloths):
        good, flawed = (scene_of(chosen.seed, number, rate) for rate in (0.0, FLAWS_PER_M2))
        with tempfile.TemporaryDirectory() as folder:
            inspector = inspector_of(good, Path(folder))
        verdicts = [inspected(inspector, good, GOOD_LEARNT + at).verdict for at in range(GOOD_TESTED)]
        flagged.append(float(np.mean([verdict is Verdict.DEFECTIVE for verdict in verdicts])))
        doubted.append(float(np.mean([verdict is not Verdict.CLEAN for verdict in verdicts])))
        for at in range(GOOD_LEARNT + GOOD_TESTED, GOOD_LEARNT + GOOD_TESTED + FLAWED):
            collect(inspector, flawed, at, found)
        print(
            f"cloth {number}: {good.style.weave.value}, flagged {flagged[-1]:.2f}, doubted {doubted[-1]:.2f}"
        )
    rows = {kind: np.mean(hits, axis=0).tolist() for kind, hits in sorted(found.items())}
    print(f"{'kind':16s} {'count':>5s} {'found':>6s} {'unsure':>6s}")
    for kind, (hit, seen) in rows.items():
        print(f"{kind:16s} {len(found[kind]):5d} {hit:6.2f} {seen:6.2f}")
    every = np.concatenate([np.array(hits, float) for hits in found.values()])
    summary = {
        "found": float(every[:, 0].mean()), "found_or_unsure": float(every[:, 1].mean()),
        "good_flagged": float(np.mean(flagged)), "good_doubted": float(np.mean(doubted)), "flaws": len(every),
    }  # fmt: skip
    print(json.dumps({"rendered": {name: round(value, 4) for name, value in summary.items()}}))
    return 0


def collect(
    inspector: Inspector, scene: ClothScene, at: int, found: dict[str, list[tuple[bool, bool]]]
) -> None:
    """Note for each visible flaw of a frame whether a finding overlaps it: as DEFECTIVE, as UNSURE."""
    inspection = inspected(inspector, scene, at)
    mask = scene.mask(at * ROWS, ROWS)
    first, behind = judged_columns(scene.cloth_px, scene.columns)
    for flaw in scene.truth(at * ROWS, ROWS):
        y0, y1 = max(flaw.box.y0 - at * ROWS, 0), min(flaw.box.y1 - at * ROWS, ROWS)
        x0, x1 = max(flaw.box.x0, first), min(flaw.box.x1, behind)
        if flaw.contrast_grey < LEAST_CONTRAST_GREY or x1 <= x0 or not mask[y0:y1, x0:x1].any():
            continue
        scores = [
            defect.score
            for defect in inspection.defects
            if mask[y0:y1, x0:x1][
                max(defect.box_px.y0 - y0, 0) : max(defect.box_px.y1 - y0, 0),
                max(defect.box_px.x0 - x0, 0) : max(defect.box_px.x1 - x0, 0),
            ].any()
        ]
        limits = inspector.card.thresholds
        highest = max(scores, default=-np.inf)
        found[flaw.kind.value].append((highest >= limits.defective, highest >= limits.unsure))


if __name__ == "__main__":
    raise SystemExit(main())
