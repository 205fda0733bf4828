"""The inspector and its peers in turns on the same strips and threads: Mpx/s of each, median of the rounds.

What isn't counted favours the peers: cutting, normalising, joining tiles, thresholds and findings. The
inspector's whole path is.
"""

import time
from collections.abc import Callable, Iterator
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
STRIPS = {OURS: 12, "stfpm": 2, "patchcore": 1}  # a round: some 0.3, 1 and 2.5 s on two cores
Work = Callable[[NDArray[np.uint8]], float]  # does a strip and returns its seconds


def inspecting(bundle: Path, threads: int) -> Work:
    """Give the inspector's whole path."""
    loaded = load_bundle(bundle)
    calibration = Calibration(camera_id="bench", mm_per_px=loaded.card.mm_per_px)
    inspector = Inspector(Engine(loaded, threads=threads), calibration)

    def work(pixels: NDArray[np.uint8]) -> float:
        frame = frame_of(pixels, 0, 0)
        begun_s = time.perf_counter()
        inspection = inspector.inspect(frame)
        spent_s = time.perf_counter() - begun_s
        if inspection.verdict is Verdict.FAILED:
            raise VisionError(f"a timed strip could not be inspected: {inspection.reason}")
        return spent_s

    return work


def running(graph: Path, threads: int) -> Work:
    """Give a peer's graph, tile by tile."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Its pool may spin while it runs, which favours it, but not while another one is timed.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def work(pixels: NDArray[np.uint8]) -> float:
        tiles = cut_square_tiles(pixels)
        begun_s = time.perf_counter()
        for at in range(len(tiles)):
            session.run(None, {"tile": tiles[at : at + 1]})
        return time.perf_counter() - begun_s

    return work


def interleaved(
    works: dict[str, Work], strips: Iterator[NDArray[np.uint8]], rounds: int
) -> dict[str, list[float]]:
    """Return Mpx/s of each round of each: one after the other; slow ones do the first few of a round."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        drawn = list(islice(strips, max(STRIPS[name] for name in works)))
        for name, work in works.items():
            chosen = drawn[: STRIPS[name]]
            spent_s = sum(work(pixels) for pixels in chosen)
            found[name].append(sum(pixels.size for pixels in chosen) / 1e6 / spent_s)
    return found


def time_all(bundle: Path, graphs: Path, threads: int, rounds: int) -> dict[str, float]:
    """Return Mpx/s of the inspector and of every graph in a folder, after a round that isn't counted."""
    works = {OURS: inspecting(bundle, threads)}
    works |= {path.stem: running(path, threads) for path in sorted(graphs.glob("*.onnx"), reverse=True)}
    strips = (strip.pixels for strip in web())
    found = interleaved(works, strips, rounds + 1)
    return {name: median(speeds[1:]) for name, speeds in found.items()}
