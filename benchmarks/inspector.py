"""Speed of the inspector: frame in memory → defects in mm, and learning.

    python benchmarks/inspector.py [--seconds 60] [--at-once 2] [--threads 1] [--columns 4096] [--json]
    python benchmarks/inspector.py --learn [--json]

The minute: strips of 4096 x 256 px at 0.25 mm, every fifth with a flaw. No strip comes twice and no two share
a row: a process of its own renders them between measurements, 25 at a time, and the clock runs only while the
inspector works. So a minute of inspection takes some three minutes more for rendering.

The worst case, for a third of the time: cloth with hundreds of flaws in every strip, and `unsure` put where
finding takes longest, so that every strip is doubtful and full of findings.

`--learn`: seconds and largest memory of learning the article from 10 strips, in a fresh process.
Memory that grows over the minute, or over the worst case, is an error exit.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter, deque
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rendered_web import COLUMNS as WIDE
from rendered_web import DEFECTIVE_EVERY, FLAWS_PER_M2, MM_PER_PX, ROWS, Renderer, Strip, frame_of

from vision.bundle import Bundle, load_bundle
from vision.calibration import Calibration
from vision.card import ModelCard, Thresholds
from vision.inference import Engine
from vision.inspector import Inspector
from vision.learn import learn_article
from vision.postprocess import find_defects
from vision.types import Verdict

LEARNT_STRIPS = 10
CROWDED_PER_M2 = 3000.0  # about 200 flaws in a strip
MOST_GROWTH_MB = 16.0  # over the minute; an arena may settle, 5 KB a strip may not
CANDIDATES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)  # shares of the map below `unsure`


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What learning an article took."""

    bundle: Path
    learn_s: float
    peak_gib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One stretch of web."""

    taken_ms: list[float]  # from a strip's arrival to its findings
    worked_ms: float  # of the clock; less than the sum of the above where strips are inspected side by side
    rss_mb: list[float]  # after the first strips, ..., at the end
    verdicts: Counter[Verdict]
    findings: int
    columns: int

    @property
    def mpx_s(self) -> float:
        """Megapixels a second while the inspector worked."""
        return len(self.taken_ms) * ROWS * self.columns / 1e3 / self.worked_ms

    @property
    def growth_mb(self) -> float:
        """Memory at the end less that after the first strips."""
        return self.rss_mb[-1] - self.rss_mb[0]


def memory_mb(key: str) -> float:
    """VmRSS or VmHWM of this process."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit(f"/proc/self/status has no {key}; memory can be measured on Linux only")


def learnt(pictures: tuple[Path, ...], folder: Path) -> Learnt:
    """Learn in a fresh process, so that neither its memory nor its threads stay here."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_learn, pictures, folder).result()


def _learn(pictures: tuple[Path, ...], folder: Path) -> Learnt:
    begun_s = time.perf_counter()
    bundle = learn_article(
        pictures, article="demo-twill", mm_per_px=MM_PER_PX, material="fabric", out_dir=folder, demo=True,
        created_utc=datetime.now(UTC), progress=lambda _: None,
    )  # fmt: skip
    spent_s = time.perf_counter() - begun_s
    return Learnt(bundle=bundle, learn_s=spent_s, peak_gib=memory_mb("VmHWM") * 1e6 / 2**30)


def inspector_of(bundle: Bundle, threads: int) -> Inspector:
    """Make the line's inspector, warm."""
    return Inspector(Engine(bundle, threads=threads), Calibration(camera_id="bench", mm_per_px=MM_PER_PX))


def measure(
    inspector: Inspector,
    renderer: Renderer,
    seconds: float,
    *,
    at_once: int,
    flaws_per_m2: float,
    defective_every: int,
) -> Measured:
    """Inspect new strips until the inspector has worked for so many seconds.

    So many strips as are inspected at once have arrived when the first of them is asked for.
    """
    taken_ms: list[float] = []
    worked_ms = 0.0
    pool = ThreadPoolExecutor(at_once)
    rss_mb: list[float] = []
    verdicts: Counter[Verdict] = Counter()
    findings = 0
    while worked_ms < seconds * 1e3:
        strips = renderer.next_strips(flaws_per_m2, defective_every)
        frames = [frame_of(strip.pixels, len(taken_ms) + at, 0) for at, strip in enumerate(strips)]
        begun = deque(pool.submit(inspector.inspect, frame) for frame in frames[:at_once])
        arrived_s = [begun_s := time.perf_counter()] * at_once
        for at, strip in enumerate(strips):
            inspection = begun.popleft().result()
            arrived_s.append(time.perf_counter())  # the next one arrives when one is done
            taken_ms.append((arrived_s[-1] - arrived_s[at]) * 1e3)
            begun.extend(pool.submit(inspector.inspect, frame) for frame in frames[at + at_once :][:1])
            if inspection.verdict is Verdict.FAILED:
                raise SystemExit(f"strip from row {strip.first_row}: inspection failed: {inspection.reason}")
            verdicts[inspection.verdict] += 1
            findings += len(inspection.defects)
        worked_ms += (arrived_s[-1] - begun_s) * 1e3
        rss_mb.append(memory_mb("VmRSS"))
    return Measured(
        taken_ms=taken_ms,
        worked_ms=worked_ms,
        rss_mb=rss_mb,
        verdicts=verdicts,
        findings=findings,
        columns=inspector.card.columns,
    )


def doubtful(bundle: Bundle, strip: Strip, threads: int) -> Bundle:
    """The same recipe with `unsure` where finding takes longest on this strip, and nothing ever DEFECTIVE."""
    maps = Engine(bundle, threads=threads).run_maps(strip.pixels, (0, bundle.card.columns))
    cards = [_doubting(bundle.card, float(level)) for level in np.quantile(maps[0], CANDIDATES)]
    return replace(bundle, card=max(cards, key=lambda card: _find_s(*maps, card)))


def _doubting(card: ModelCard, unsure: float) -> ModelCard:
    limits = Thresholds(unsure=min(unsure, card.score_ceiling - 0.01), defective=card.score_ceiling + 1)
    return replace(card, thresholds=limits)


def _find_s(scores: NDArray[np.float32], kinds: NDArray[np.uint8], card: ModelCard) -> float:
    """Seconds of finding at this card's thresholds; the least of five, for others use the machine too."""
    taken_s = []
    for _ in range(5):
        begun_s = time.perf_counter()
        find_defects(scores, card, rows=ROWS, columns=card.columns, mm_per_px=MM_PER_PX, kinds=kinds)
        taken_s.append(time.perf_counter() - begun_s)
    return min(taken_s)


def table(title: str, found: Measured) -> str:
    """What a stretch gave, in lines."""
    p50, p99 = np.percentile(found.taken_ms, [50, 99])
    said = ", ".join(f"{count} {verdict.value}" for verdict, count in found.verdicts.most_common())
    start, middle, end = found.rss_mb[0], found.rss_mb[len(found.rss_mb) // 2], found.rss_mb[-1]
    strips = len(found.taken_ms)
    return "\n".join([
        f"{title}: {strips} distinct strips of {found.columns} x {ROWS} px",
        f"  speed     {found.mpx_s:6.1f} Mpx/s",
        f"  a strip   {p50:6.1f} ms p50, {p99:.1f} ms p99, {max(found.taken_ms):.1f} ms at most",
        f"  verdicts  {said}; {found.findings / strips:.1f} findings a strip",
        f"  memory    {start:6.0f} MB at the start, {middle:.0f} in the middle, {end:.0f} at the end",
    ])  # fmt: skip


def figures_of(minute: Measured, worst: Measured) -> dict[str, float]:
    """Give the five figures that are published."""
    p50, p99 = np.percentile(minute.taken_ms, [50, 99])
    return {
        "mpx_s": round(minute.mpx_s, 1),
        "p50_ms": round(float(p50), 1),
        "p99_ms": round(float(p99), 1),
        "worst_mpx_s": round(worst.mpx_s, 1),
        "rss_mb": round(minute.rss_mb[-1], 1),
    }


def run_speed(
    made: Learnt, renderer: Renderer, seconds: float, threads: int, at_once: int
) -> tuple[Measured, Measured]:
    """Measure the minute, then the worst case."""
    bundle = load_bundle(made.bundle)
    inspector = inspector_of(bundle, threads)
    minute = measure(
        inspector, renderer, seconds,
        at_once=at_once, flaws_per_m2=FLAWS_PER_M2, defective_every=DEFECTIVE_EVERY,
    )  # fmt: skip
    crowded = renderer.next_strips(CROWDED_PER_M2, 1)[0]
    inspector = inspector_of(doubtful(bundle, crowded, threads), threads)
    worst = measure(
        inspector, renderer, seconds / 3, at_once=at_once, flaws_per_m2=CROWDED_PER_M2, defective_every=1
    )
    return minute, worst


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="of inspection, rendering not counted")
    parser.add_argument("--at-once", type=int, default=2, help="strips inspected side by side")
    parser.add_argument("--threads", type=int, default=1, help="of the runtime, for each of them")
    parser.add_argument("--columns", type=int, default=WIDE)
    parser.add_argument("--learn", action="store_true", help="measure learning alone")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, last")
    chosen = parser.parse_args()
    cv2.setNumThreads(chosen.threads)
    with (
        tempfile.TemporaryDirectory(prefix="maqta-bench-") as name,
        Renderer(Path(name), chosen.columns) as renderer,
    ):
        pictures = renderer.good_pictures(LEARNT_STRIPS)
        made = learnt(pictures, Path(name) / "bundle")
        print(f"learnt from {LEARNT_STRIPS} strips in {made.learn_s:.1f} s, {made.peak_gib:.2f} GiB at most")
        if chosen.learn:
            figures = {"learn_s": round(made.learn_s, 1), "learn_peak_gib": round(made.peak_gib, 2)}
            grown = 0.0
        else:
            minute, worst = run_speed(made, renderer, chosen.seconds, chosen.threads, chosen.at_once)
            print(table("a fifth defective", minute))
            print(table("every strip doubtful", worst))
            figures, grown = figures_of(minute, worst), max(minute.growth_mb, worst.growth_mb)
    if grown > MOST_GROWTH_MB:
        print(f"memory grew by {grown:.1f} MB, limit {MOST_GROWTH_MB:g} MB", file=sys.stderr)
    if chosen.json:
        print(json.dumps(figures))
    return 1 if grown > MOST_GROWTH_MB else 0


if __name__ == "__main__":
    sys.exit(main())
