"""Are "at most N false alarms per 100 m" kept on good cloth that was never seen?

    python benchmarks/false_alarms.py [--cloths N] [--learn-m L] [--test-m T] [--asked N] [--seed S]

Each cloth is a random style without a flaw, 1024 columns of 0.25 mm, in frames of 256 rows. It is learnt
from the first L metres, then T metres that follow are inspected as on the line (`Inspector`, `FrameSeams`):
a false alarm is a defect of the web above `defective`, a doubt one between `unsure` and `defective`. The
cloth is woven in pieces of 4 m; pieces share warp, lamp and sensor, and have wefts, clouds, noise and
wandering edges of their own, so nothing repeats. Prints each cloth with the 90 % Poisson interval of its
rate, and JSON as the last line.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.style import ClothStyle, random_style
from vision.bundle import Bundle, load_bundle
from vision.calibration import Calibration
from vision.good_cloth import Picture
from vision.inference import Engine
from vision.inspector import Inspector
from vision.learn import Wanted, learn_pictures
from vision.seams import FrameSeams, WebDefect
from vision.thresholds import FALSE_ALARMS_PER_100M
from vision.types import Frame

COLUMNS, ROWS, MM_PER_PX = 1024, 256, 0.25
PIECE_FRAMES = 64  # frames of one weaving: 4.1 m
FRAME_M = ROWS * MM_PER_PX / 1e3
Z_90 = 1.645


class GoodWeb:
    """An endless good cloth of one loom, read by frames."""

    def __init__(self, seed: int, number: int) -> None:
        self.style: ClothStyle = random_style(np.random.default_rng([seed, number]), mm_per_px=MM_PER_PX)
        self._loom_seed = seed * 1000 + number
        self._piece = lru_cache(maxsize=1)(self._woven)

    def frame(self, at: int) -> NDArray[np.uint8]:
        """Render frame number `at`."""
        return self._piece(at // PIECE_FRAMES).render(at % PIECE_FRAMES * ROWS, ROWS)

    def picture(self, at: int) -> Picture:
        """Give a frame as a picture to learn from."""
        return Picture(name=f"frame {at}", read=lambda: self.frame(at))

    def _woven(self, piece: int) -> ClothScene:
        return ClothScene(
            self.style, columns=COLUMNS, mm_per_px=MM_PER_PX, seed=self._loom_seed * 1000 + piece,
            loom_seed=self._loom_seed, panel_rows=PIECE_FRAMES * ROWS,
        )  # fmt: skip


def learnt(web: GoodWeb, frames: int, asked: float) -> Bundle:
    """Learn the web from its first frames."""
    wanted = Wanted(
        article="rendered", mm_per_px=MM_PER_PX, material="fabric", demo=True,
        created_utc=datetime.now(UTC), false_alarms_per_100m=asked,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        pictures = [web.picture(at) for at in range(frames)]
        return load_bundle(learn_pictures(pictures, wanted, Path(folder) / "bundle", lambda _: None))


def web_defects(bundle: Bundle, web: GoodWeb, first: int, behind: int) -> Iterator[WebDefect]:
    """Inspect frames as the line does and give what it would report."""
    inspector = Inspector(Engine(bundle), Calibration(camera_id="bench", mm_per_px=MM_PER_PX))
    seams = FrameSeams(bundle.card.thresholds)
    for at in range(first, behind):
        frame = Frame(
            camera_id="bench", seq=at, pixels=web.frame(at), captured_ns=0, captured_utc=datetime.now(UTC)
        )
        inspection = inspector.inspect(frame)
        if inspection.reason.startswith("inspecting raised"):
            raise SystemExit(inspection.reason)
        yield from seams.push(inspection, at * ROWS * MM_PER_PX)
    yield from seams.flush()


def interval(count: int) -> tuple[float, float]:
    """Give the 90 % interval of a Poisson mean, by Wilson and Hilferty's approximation."""
    low, high = float(count), count + 1.0
    lowest = low * (1 - 1 / (9 * low) - Z_90 / (3 * low**0.5)) ** 3 if count else 0.0
    return lowest, high * (1 - 1 / (9 * high) + Z_90 / (3 * high**0.5)) ** 3


def run_cloth(number: int, chosen: argparse.Namespace) -> tuple[int, int, float]:
    """Learn and test one cloth; returns false alarms, doubts and what was promised per 100 m."""
    web, begun_s = GoodWeb(chosen.seed, number), time.perf_counter()
    taught, tested = (round(metres / FRAME_M) for metres in (chosen.learn_m, chosen.test_m))
    bundle = learnt(web, taught, chosen.asked)
    learn_s, promise = time.perf_counter() - begun_s, bundle.card.promise
    if promise is None:
        raise SystemExit("the card holds no promise")
    found = list(web_defects(bundle, web, taught, taught + tested))
    alarms, doubts = sum(not one.unsure for one in found), sum(one.unsure for one in found)
    scale = 100 / (tested * FRAME_M)
    low, high = interval(alarms)
    print(
        f"cloth {number} {web.style.weave.value:7s} learnt {promise.learnt_m:.1f} m in {learn_s:.0f} s, "
        f"missing {promise.missing_m:.1f} m, promised {promise.kept_per_100m:.1f} per 100 m: "
        f"measured {alarms * scale:.1f} ({low * scale:.1f}-{high * scale:.1f}), "
        f"ratio {alarms * scale / promise.kept_per_100m:.2f}; "
        f"doubts {doubts * scale:.1f} of {promise.kept_doubts_per_100m:.1f}",
        flush=True,
    )
    return alarms, doubts, promise.kept_per_100m


def main() -> int:
    """Run all cloths and print the sum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cloths", type=int, default=8)
    parser.add_argument("--learn-m", type=float, default=40.0)
    parser.add_argument("--test-m", type=float, default=40.0)
    parser.add_argument("--asked", type=float, default=FALSE_ALARMS_PER_100M)
    parser.add_argument("--seed", type=int, default=9_000_001)
    chosen = parser.parse_args()
    counts = [run_cloth(number, chosen) for number in range(chosen.cloths)]
    metres = chosen.cloths * round(chosen.test_m / FRAME_M) * FRAME_M
    alarms, promised = sum(count[0] for count in counts), float(np.mean([count[2] for count in counts]))
    low, high = (edge * 100 / metres for edge in interval(alarms))
    measured, doubts = alarms * 100 / metres, sum(count[1] for count in counts) * 100 / metres
    print(
        f"all: {metres:.0f} m, promised {promised:.1f} per 100 m (asked {chosen.asked:g}), "
        f"measured {measured:.1f} ({low:.1f}-{high:.1f}), doubts {doubts:.1f}"
    )
    summary = {
        "metres": metres, "asked_per_100m": chosen.asked, "measured_per_100m": measured,
        "ratio": measured / chosen.asked, "doubts_per_100m": doubts, "promised_per_100m": promised,
    }  # fmt: skip
    print(json.dumps({name: round(value, 3) for name, value in summary.items()}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
