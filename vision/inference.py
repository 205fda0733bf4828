"""Tiles to score maps: the only user of the inference runtime."""

import logging
import time
from functools import lru_cache, partial
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_errors

from vision.bundle import GOLDEN_FILE, Bundle
from vision.card import ModelCard
from vision.golden import Run, check_golden, processor_name
from vision.golden_file import Golden, decode_golden
from vision.picture_figures import PictureFigures, measure_picture
from vision.pool import thread_ids
from vision.provider import RUNTIME_NAMES, Provider
from vision.types import VisionError

log = logging.getLogger(__name__)

RUNTIME: Final = f"onnxruntime {onnxruntime.__version__}"
COSTLY: Final = "Conv"  # in the names of what a provider must run itself; shapes may be computed on the CPU
SPIN_US: Final = 50  # a worker without work looks for some so long before it sleeps
WARM_UP_ROWS = 256
_HEIGHTS = 3  # tile heights of one camera: whole tiles, and the last one of a frame
WARM_UP_RUNS = 2  # the first run plans memory, the second runs as every later one does
EXPECTED_INPUTS = {"pixels": "tensor(uint8)", "cloth_px": "tensor(int64)"}
RUNTIME_ERRORS: tuple[type[Exception], ...] = (
    runtime_errors.EPFail,
    runtime_errors.Fail,
    runtime_errors.InvalidArgument,
    runtime_errors.InvalidGraph,
    runtime_errors.InvalidProtobuf,
    runtime_errors.NotImplemented,
    runtime_errors.RuntimeException,
)


class Engine:
    """One bundle's graph, warmed up at the frame's height, true to its golden tiles; used by one thread.

    Raises:
        VisionError: the graph can't run where it was asked to, or answers otherwise than where it was learnt.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        threads: int = 2,
        warm_up_rows: int = WARM_UP_ROWS,
        provider: Provider = Provider.CPU,
        spin_us: int = SPIN_US,
    ) -> None:
        self._card = bundle.card
        self._pool_ids: set[int] = set()
        self._make = partial(
            _session, bundle.model, bundle.card.bundle_id, threads, provider, spin_us=spin_us
        )
        self._open = lru_cache(maxsize=_HEIGHTS)(self._opened)
        self._check_inputs(warm_up_rows)
        self.warm_up(warm_up_rows)
        log.info("bundle %s of %s is warm on %d threads", self._card.bundle_id, self._card.article, threads)
        golden = decode_golden(bundle.golden, bundle.card, bundle.folder / GOLDEN_FILE)
        self._usual = min((measure_picture(tile.pixels) for tile in golden.tiles), key=lambda f: f.sharpness)
        self._check_golden(golden, f"{processor_name()}, {RUNTIME} on {provider.value}")

    @property
    def usual(self) -> PictureFigures:
        """Figures of the least sharp golden tile: good material as it was learnt."""
        return self._usual

    @property
    def card(self) -> ModelCard:
        """The card of the bundle that runs here."""
        return self._card

    @property
    def pool_ids(self) -> tuple[int, ...]:
        """The system's ids of the threads that the runtime made for this engine."""
        return tuple(sorted(self._pool_ids))

    def warm_up(self, rows: int) -> None:
        """Open the session of a tile height now, so that no frame has to wait for it."""
        for _ in range(WARM_UP_RUNS):
            self.run(_warm_up_tile(self._card, rows), (0, self._card.columns))

    def run(self, tile_pixels: NDArray[np.uint8], cloth_px: tuple[int, int]) -> NDArray[np.float32]:
        """Score a full-width tile; returns the map, float32 (1, map rows, map columns); see `run_maps`."""
        return self.run_maps(tile_pixels, cloth_px)[0]

    def run_maps(
        self, tile_pixels: NDArray[np.uint8], cloth_px: tuple[int, int]
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Score a full-width tile; returns map and kind map, both (1, map rows, map columns).

        Raises:
            VisionError: the tile or the graph's answer has another shape than the card says.
        """
        self._check_tile(tile_pixels)
        rows, columns = tile_pixels.shape[:2]
        shape = (1, rows, columns, self._card.channels)
        feed = {
            "pixels": np.ascontiguousarray(tile_pixels).reshape(shape),
            "cloth_px": np.array(cloth_px, np.int64),
        }
        try:
            scores, *named = self._open(rows).run(None, feed)
        except RUNTIME_ERRORS as error:
            raise VisionError(
                f"bundle {self._card.bundle_id}: the runtime failed on {columns} x {rows} px: {error}"
            ) from error
        self._check_map(scores, rows, columns)
        return scores[0], named[0][0] if named else np.zeros(scores[0].shape, np.uint8)

    def _opened(self, rows: int) -> onnxruntime.InferenceSession:
        before = thread_ids()
        session = self._make(rows)
        self._pool_ids |= thread_ids() - before
        return session

    def _check_golden(self, golden: Golden, here: str) -> None:
        began_s = time.perf_counter()
        difference = check_golden(golden, self.run, self._card, here)
        log.info(
            "bundle %s: %d golden tiles differ by %.2g at most (%.0f ms); reference: %s, %s; here: %s",
            self._card.bundle_id,
            len(golden.tiles),
            difference,
            (time.perf_counter() - began_s) * 1e3,
            golden.processor,
            golden.runtime,
            here,
        )

    def _check_inputs(self, rows: int) -> None:
        found = {value.name: value.type for value in self._open(rows).get_inputs()}
        if found != EXPECTED_INPUTS:
            raise VisionError(
                f"bundle {self._card.bundle_id}: inputs are {found}, "
                f"expected {EXPECTED_INPUTS}; learn the article again"
            )

    def _check_tile(self, tile: NDArray[np.uint8]) -> None:
        channels = 1 if tile.ndim == 2 else tile.shape[2]
        if tile.shape[1] != self._card.columns:
            raise VisionError(
                f"the picture is {tile.shape[1]} px wide, the recipe of {self._card.article} was learnt at "
                f"{self._card.columns} px; set the camera back or learn the article at this width"
            )
        if channels != self._card.channels or tile.dtype != np.uint8:
            raise VisionError(
                f"the picture has {channels} channels of {tile.dtype}, the recipe of {self._card.article} "
                f"needs {self._card.channels} of uint8; set the camera's pixel format"
            )

    def _check_map(self, scores: NDArray[np.float32], rows: int, columns: int) -> None:
        stride = self._card.output_stride
        expected = (1, 1, -(-rows // stride), -(-columns // stride))
        if scores.shape != expected or scores.dtype != np.float32:
            raise VisionError(
                f"bundle {self._card.bundle_id}: the map is {scores.dtype} {scores.shape}, "
                f"the card says float32 {expected}; learn the article again"
            )


class Probe:
    """A graph without a card, on the CPU: one under construction, or one that a bundle is compared with."""

    def __init__(self, model: bytes, *, threads: int = 2, optimised: bool = True) -> None:
        self._session = _session(model, "in the making", threads, optimised=optimised)

    def run(self, tile_pixels: NDArray[np.uint8], cloth_px: tuple[int, int]) -> list[NDArray[np.float32]]:
        """Return the graph's outputs, in the order in which it was built to give them."""
        shape = (1, *tile_pixels.shape[:2], 1 if tile_pixels.ndim == 2 else tile_pixels.shape[2])
        feed = {
            "pixels": np.ascontiguousarray(tile_pixels).reshape(shape),
            "cloth_px": np.array(cloth_px, np.int64),
        }
        return list(self._session.run(None, feed))


def map_of(model: bytes, *, threads: int = 2, optimised: bool = True) -> Run:
    """Return what scores a tile with a bundle's graph, without a bundle around it."""
    probe = Probe(model, threads=threads, optimised=optimised)

    def run(tile_pixels: NDArray[np.uint8], cloth_px: tuple[int, int]) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = probe.run(tile_pixels, cloth_px)[0][0]
        return scores

    return run


def _session(
    model: bytes,
    bundle_id: str,
    threads: int,
    provider: Provider = Provider.CPU,
    rows: int | None = None,
    *,
    optimised: bool = True,
    spin_us: int = SPIN_US,
) -> onnxruntime.InferenceSession:
    asked, available = RUNTIME_NAMES[provider], onnxruntime.get_available_providers()
    if asked not in available:
        raise VisionError(
            f"provider {provider.value!r} was asked for, which is {asked}; {RUNTIME} here has "
            f"{', '.join(available)}: install the runtime's build for it, or ask for 'cpu'"
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A pool that spins for long eats the core that the camera's and the sorter's threads need; one that
    # sleeps at once wakes up late, some hundred times a frame (docs/inspector.md has the figures).
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spin_us else "0")
    options.add_session_config_entry("session.intra_op.spin_duration_us", str(spin_us))
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    options.log_severity_level = 3
    if rows is not None:  # known shapes let the runtime fuse a third of the nodes away
        options.add_free_dimension_override_by_name("rows", rows)
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(model, options, providers=[asked], enable_fallback=0)
    except RUNTIME_ERRORS as error:
        raise VisionError(f"bundle {bundle_id}: the runtime can't load the graph: {error}") from error
    _check_runs_on(session, asked)
    return session


def _check_runs_on(session: onnxruntime.InferenceSession, asked: str) -> None:
    """Refuse a session whose convolutions, all or some, run elsewhere: the runtime falls back in silence."""
    elsewhere = {
        part.ep_name
        for part in session.get_provider_graph_assignment_info()
        if part.ep_name != asked and any(COSTLY in node.op_type for node in part.get_nodes())
    }
    if session.get_providers()[0] != asked or elsewhere:
        found = ", ".join(sorted(elsewhere)) or session.get_providers()[0]
        raise VisionError(
            f"provider {asked} was asked for, but the runtime computes on {found}; check the driver and the "
            "runtime's build (its log says why), or ask for 'cpu'"
        )


def _warm_up_tile(card: ModelCard, rows: int) -> NDArray[np.uint8]:
    # A weave-like ramp: statistics of a constant tile would be degenerate.
    down, across = np.indices((rows, card.columns))
    grey = ((down * 31 + across * 17) % 251).astype(np.uint8)
    return grey if card.channels == 1 else np.repeat(grey[:, :, None], 3, axis=2)
