"""The inspector and its peers in turns on the same strips and threads: Mpx/s of each, median of the rounds.

What isn't counted favours the peers: cutting, normalising, joining tiles, thresholds and findings. The
inspector's whole path is.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from rendered_web import frame_of, web

from peers.tiles import cut_square_tiles
from vision.bundle import load_bundle
from vision.calibration import Calibration
from vision.inference import Engine
from vision.inspector import Inspector
from vision.types import Verdict, VisionError

OURS = "ours"
BESIDE = " side by side"
STRIPS = {OURS: 12, "stfpm": 2, "patchcore": 1}  # a round: some 0.3, 1 and 2.5 s on two cores
Strips = Sequence[NDArray[np.uint8]]
Work = Callable[[Strips], float]  # does strips and returns the seconds from the first to the last


def inspecting(bundle: Path, threads: int) -> Work:
    """Give the inspector's whole path, as many strips side by side as there are threads."""
    loaded = load_bundle(bundle)
    calibration = Calibration(camera_id="bench", mm_per_px=loaded.card.mm_per_px)
    inspector = Inspector(Engine(loaded, threads=1), calibration)
    pool = ThreadPoolExecutor(threads)

    def work(strips: Strips) -> float:
        frames = [frame_of(pixels, seq, 0) for seq, pixels in enumerate(strips)]
        begun_s = time.perf_counter()
        for inspection in pool.map(inspector.inspect, frames):
            if inspection.verdict is Verdict.FAILED:
                raise VisionError(f"a timed strip could not be inspected: {inspection.reason}")
        return time.perf_counter() - begun_s

    return work


def running(graph: Path, threads: int, at_once: int) -> Work:
    """Give a peer's graph, tile by tile, so many tiles side by side on so many threads each."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Its pool may spin while it runs, which favours it, but not while another one is timed.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    pool = ThreadPoolExecutor(at_once)

    def work(strips: Strips) -> float:
        tiles = np.concatenate([cut_square_tiles(pixels) for pixels in strips])
        begun_s = time.perf_counter()
        list(pool.map(lambda at: session.run(None, {"tile": tiles[at : at + 1]}), range(len(tiles))))
        return time.perf_counter() - begun_s

    return work


def interleaved(
    works: dict[str, Work], strips: Iterator[NDArray[np.uint8]], rounds: int
) -> dict[str, list[float]]:
    """Return Mpx/s of each round of each: one after the other; slow ones do the first few of a round."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        drawn = list(islice(strips, max(STRIPS.values())))
        for name, work in works.items():
            chosen = drawn[: STRIPS[name.removesuffix(BESIDE)]]
            spent_s = work(chosen)
            found[name].append(sum(pixels.size for pixels in chosen) / 1e6 / spent_s)
    return found


def time_all(bundle: Path, graphs: Path, threads: int, rounds: int) -> dict[str, float]:
    """Return Mpx/s of the inspector and of every graph in a folder, after a round that isn't counted.

    Peers are timed in both arrangements: one tile on all threads, and a tile a thread.
    """
    works = {OURS: inspecting(bundle, threads)}
    for path in sorted(graphs.glob("*.onnx"), reverse=True):
        works |= {path.stem: running(path, threads, 1), path.stem + BESIDE: running(path, 1, threads)}
    strips = (strip.pixels for strip in web())
    found = interleaved(works, strips, rounds + 1)
    return {name: median(speeds[1:]) for name, speeds in found.items()}
