"""What a recipe of six normal frames says of the loom rig's other pictures; labels are per picture, no masks.

    python benchmarks/loom_frames.py [--data DIR]

Needs loom_greige_dev below MAQTA_DATA. Prints verdicts per class, and JSON as the last line.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from vision.bundle import load_bundle
from vision.calibration import Calibration
from vision.images import read_image
from vision.inference import Engine
from vision.inspector import Inspector
from vision.learn import learn_article
from vision.types import Frame

MM_PER_PX = 0.2  # a guess: the rig's scale is unknown and no length is judged
LEARNT = 6


def main() -> int:
    """Learn, inspect, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MAQTA_DATA", "../shared/data")))
    root: Path = parser.parse_args().data / "loom_greige_dev"
    if not root.is_dir():
        print(
            f"{root}: no such folder; set MAQTA_DATA to the folder that holds loom_greige_dev",
            file=sys.stderr,
        )
        return 2
    normal = sorted((root / "normal").glob("*.jpg"))
    with tempfile.TemporaryDirectory() as folder:
        bundle = learn_article(
            normal[:LEARNT], article="loom", mm_per_px=MM_PER_PX, material="fabric",
            out_dir=Path(folder) / "bundle", demo=False, created_utc=datetime.now(UTC),
            progress=lambda _: None,
        )  # fmt: skip
        inspector = Inspector(Engine(load_bundle(bundle)), Calibration(camera_id="loom", mm_per_px=MM_PER_PX))
    counts = {}
    for place in sorted(path for path in root.iterdir() if path.is_dir()):
        verdicts: Counter[str] = Counter()
        for seq, path in enumerate(sorted(place.glob("*.jpg"))):
            if path in normal[:LEARNT]:
                continue
            frame = Frame(
                camera_id="loom",
                seq=seq,
                pixels=read_image(path),
                captured_ns=0,
                captured_utc=datetime.now(UTC),
            )
            verdicts[inspector.inspect(frame).verdict.value] += 1
        counts[place.name] = dict(verdicts)
        print(f"{place.name:14s} {dict(verdicts)}")
    print(json.dumps({"loom": counts}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
