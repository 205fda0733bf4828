"""How well an article's defects are found: learn from half its good strips, test on the rest and all defects.

    python benchmarks/accuracy.py [--data DIR] [--threads N] [--learn N] [--strips]

Goes the product's own way: `learn_article`, `load_bundle`, `Inspector`. Needs aitex_dev below MAQTA_DATA.
A table per article, the macro mean with 90 % bootstrap intervals over strips, and JSON as the last line.

AUROC   strip AUROC by each strip's highest score (confounded by sessions: read LOC and REC beside it)
LOC     the same, a defective strip scored only inside its mask, dilated 12 px
REC     share of defective strips with a defect found (score >= `defective`) that overlaps the dilated mask
FOUND   the same with UNSURE findings counted (score >= `unsure`)
FLAG    share of good test strips with verdict DEFECTIVE; DOUBT: DEFECTIVE or UNSURE
AP      pixel average precision, AUPRO: to 0.3 false positives, both on map cells (masks > 127)
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.sources import SourceRecord, read_aitex, united_mask
from training.measures import aupro, auroc, average_precision
from vision.bundle import load_bundle
from vision.calibration import Calibration
from vision.images import read_image, to_channels
from vision.inference import Engine
from vision.inspector import Inspector
from vision.learn import learn_article
from vision.types import Frame, Inspection, Verdict

MM_PER_PX = 0.1  # nobody published the scale of these pictures; lengths are not judged here
MASK_DILATION_PX = 12
STRIDE = 4
BOOTSTRAPS = 400
MEASURES = ("AUROC", "LOC", "REC", "FOUND", "FLAG", "DOUBT", "AP", "AUPRO")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StripResult:
    """One tested strip."""

    name: str
    defective: bool
    score: float
    inside: float  # highest score inside the dilated mask
    verdict: Verdict
    hit: bool  # a finding above `defective` overlaps the dilated mask
    found: bool  # any finding does
    cells: NDArray[np.float32]  # the map
    mask: NDArray[np.bool_]  # of map cells


def articles(root: Path) -> dict[str, list[SourceRecord]]:
    """Give the strips of each article by file name."""
    found: dict[str, list[SourceRecord]] = {}
    for record in sorted(read_aitex(root), key=lambda record: record.picture.name):
        found.setdefault(record.article, []).append(record)
    return dict(sorted(found.items()))


def highest_of(picture: NDArray[Any]) -> NDArray[Any]:
    """Highest pixel of every map cell; of a mask: whether the cell touches it."""
    rows, columns = (-(-size // STRIDE) * STRIDE for size in picture.shape)
    padded = np.zeros((rows, columns), picture.dtype)
    padded[: picture.shape[0], : picture.shape[1]] = picture
    return np.asarray(padded.reshape(rows // STRIDE, STRIDE, columns // STRIDE, STRIDE).max(axis=(1, 3)))


def test_strip(inspector: Inspector, record: SourceRecord, seq: int) -> StripResult | None:
    """Inspect a strip as the line would; None for a defective strip without a mask."""
    path, defective = record.picture, not record.is_good
    pixels = read_image(path)
    rows, columns = pixels.shape[:2]
    mask = united_mask(record, rows, columns) if record.masks else np.zeros((rows, columns), bool)
    if defective and not mask.any():
        return None
    frame = Frame(
        camera_id="bench", seq=seq, pixels=to_channels(pixels, inspector.card.channels), captured_ns=0,
        captured_utc=datetime.now(UTC), source=path.name,
    )  # fmt: skip
    inspection = inspector.inspect(frame, want_map=True)
    if inspection.verdict is Verdict.FAILED or inspection.score_map is None:
        raise SystemExit(f"{path.name}: inspection failed: {inspection.reason}")
    card = inspector.card
    span = (card.score_ceiling - card.score_floor) / 65535
    cells = (highest_of(inspection.score_map) * span + card.score_floor).astype(np.float32)
    side = 2 * MASK_DILATION_PX + 1
    near = cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    inside = cells[highest_of(near)].max() if defective else card.score_floor
    return StripResult(
        name=path.name, defective=defective, score=inspection.score, inside=float(inside),
        verdict=inspection.verdict, hit=overlaps(inspection, near, card.thresholds.defective),
        found=overlaps(inspection, near, card.thresholds.unsure), cells=cells, mask=highest_of(mask),
    )  # fmt: skip


def overlaps(inspection: Inspection, near: NDArray[np.bool_], least: float) -> bool:
    """Whether a finding of at least this score overlaps the mask."""
    boxes = [defect.box_px for defect in inspection.defects if defect.score >= least]
    return any(bool(near[box.y0 : box.y1, box.x0 : box.x1].any()) for box in boxes)


def measure(results: list[StripResult]) -> dict[str, float]:
    """Give every figure of one article."""
    good = [result for result in results if not result.defective]
    bad = [result for result in results if result.defective]
    truth = np.array([result.defective for result in good + bad])
    maps, masks = [r.cells for r in results], [r.mask for r in results]
    pixels = np.concatenate([cells.ravel() for cells in maps])
    return {
        "AUROC": auroc(truth, np.array([r.score for r in good + bad])),
        "LOC": auroc(truth, np.array([r.score for r in good] + [r.inside for r in bad])),
        "REC": float(np.mean([r.hit for r in bad])),
        "FOUND": float(np.mean([r.found for r in bad])),
        "FLAG": float(np.mean([r.verdict is Verdict.DEFECTIVE for r in good])),
        "DOUBT": float(np.mean([r.verdict is not Verdict.CLEAN for r in good])),
        "AP": average_precision(np.concatenate([mask.ravel() for mask in masks]), pixels),
        "AUPRO": aupro(maps, masks),
    }


def intervals(tested: dict[str, list[StripResult]]) -> dict[str, tuple[float, float]]:
    """Give 90 % intervals of the macro means of the strip figures; strips are drawn within articles."""
    rng = np.random.default_rng(0)
    drawn: dict[str, list[float]] = {name: [] for name in MEASURES[:6]}
    for _ in range(BOOTSTRAPS):
        rows = [strip_figures(resampled(results, rng)) for results in tested.values()]
        for name in drawn:
            drawn[name].append(float(np.mean([row[name] for row in rows])))
    return {
        name: tuple(np.quantile(values, [0.05, 0.95]).round(3).tolist()) for name, values in drawn.items()
    }


def resampled(results: list[StripResult], rng: np.random.Generator) -> list[StripResult]:
    """Draw as many good and as many defective strips with replacement."""
    picked: list[StripResult] = []
    for side in (False, True):
        group = [result for result in results if result.defective is side]
        picked += [group[int(at)] for at in rng.integers(0, len(group), len(group))]
    return picked


def strip_figures(results: list[StripResult]) -> dict[str, float]:
    """Give the figures that need no pixels."""
    bare = [
        StripResult(
            name=r.name, defective=r.defective, score=r.score, inside=r.inside, verdict=r.verdict, hit=r.hit,
            found=r.found, cells=np.array([[0.0, 1.0]], np.float32), mask=np.array([[False, True]]),
        )
        for r in results
    ]  # fmt: skip
    return measure(bare)


def run_article(
    strips: list[SourceRecord], article: str, most: int, threads: int, say: Callable[[str], None]
) -> list[StripResult]:
    """Learn from the first half of the good strips and test on everything else."""
    good = [strip for strip in strips if strip.is_good]
    half = (len(good) + 1) // 2
    learnt = [strip.picture for strip in good[: min(half, most)]]
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        made = learn_article(
            learnt,
            article=article,
            mm_per_px=MM_PER_PX,
            material="fabric",
            out_dir=Path(folder) / "bundle",
            demo=False,
            created_utc=datetime.now(UTC),
            progress=lambda _: None,
        )
        bundle = load_bundle(made)
        spent_s = time.perf_counter() - begun
    limits = bundle.card.thresholds
    say(
        f"{article}: {len(learnt)} strips learnt in {spent_s:.1f} s, "
        f"unsure {limits.unsure:.2f}, defective {limits.defective:.2f}"
    )
    inspector = Inspector(
        Engine(bundle, threads=threads), Calibration(camera_id="bench", mm_per_px=MM_PER_PX)
    )
    jobs = [*good[half:], *(strip for strip in strips if not strip.is_good)]
    tested = [test_strip(inspector, strip, seq) for seq, strip in enumerate(jobs)]
    return [result for result in tested if result is not None]


def main() -> int:
    """Run the protocol and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MAQTA_DATA", "../shared/data")))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--learn", type=int, default=1000, help="learn from so many good strips at most")
    parser.add_argument("--strips", action="store_true", help="print every tested strip")
    chosen = parser.parse_args()
    root: Path = chosen.data / "aitex_dev"
    if not root.is_dir():
        print(f"{root}: no such folder; set MAQTA_DATA to the folder that holds aitex_dev", file=sys.stderr)
        return 2
    tested = {}
    for article, strips in articles(root).items():
        tested[article] = run_article(strips, article, chosen.learn, chosen.threads, print)
        if chosen.strips:
            for r in tested[article]:
                print(f"  {r.name:28s} {r.score:6.2f} inside {r.inside:6.2f} {r.verdict.value}")
    table = {article: measure(results) for article, results in tested.items()}
    table["mean"] = {name: float(np.mean([row[name] for row in table.values()])) for name in MEASURES}
    print("article " + " ".join(f"{name:>6s}" for name in MEASURES))
    for article, row in table.items():
        print(f"{article:7s} " + " ".join(f"{row[name]:6.3f}" for name in MEASURES))
    spread = intervals(tested)
    print("90 %    " + "  ".join(f"{name} {low:.2f}-{high:.2f}" for name, (low, high) in spread.items()))
    rounded = {key: {name: round(value, 4) for name, value in row.items()} for key, row in table.items()}
    print(json.dumps({"accuracy": rounded, "interval_90": spread}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
