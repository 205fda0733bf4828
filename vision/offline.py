"""The line's own path over picture files: what `maqta inspect` does."""

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.bundle import load_bundle
from vision.calibration import Calibration
from vision.images import read_image, to_channels
from vision.inference import Engine
from vision.inspector import Inspector
from vision.provider import Provider
from vision.registry import Registry
from vision.types import Defect, Frame, Inspection, Verdict, VisionError

RESULTS_FILE = "inspections.jsonl"
MAPS_FOLDER = "maps"
OFFLINE_CAMERA = "offline"
SOME_FAILED = 1  # exit code
PNG_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1)


def inspect_files(
    recipe: str | Path,
    images: Sequence[Path],
    out_dir: Path,
    *,
    registry: Registry,
    write_maps: bool,
    progress: Callable[[str], None],
    threads: int = 2,
    provider: Provider = Provider.CPU,
) -> int:
    """Inspect pictures, write one JSON line each to inspections.jsonl, and return the exit code.

    Each picture is a piece of its own and judged whole. The code is 1 when one FAILED, otherwise 0.

    Raises:
        VisionError: no picture, no such recipe, two maps would have one name, or the folder can't be written.
    """
    if not images:
        raise VisionError("no pictures to inspect; name at least one file")
    if write_maps:
        _check_stems(images)
    bundle = load_bundle(registry.resolve(recipe))
    calibration = Calibration(camera_id=OFFLINE_CAMERA, mm_per_px=bundle.card.mm_per_px)
    inspector = Inspector(Engine(bundle, threads=threads, provider=provider), calibration)
    try:
        failed = _inspect_all(inspector, images, out_dir, write_maps, progress)
    except OSError as error:
        raise VisionError(
            f"{out_dir}: results can't be written ({error.strerror or error}); check rights and free space"
        ) from error
    progress(f"{len(images)} pictures inspected, {failed} failed; results in {out_dir / RESULTS_FILE}")
    return SOME_FAILED if failed else 0


def inspection_record(file: Path, inspection: Inspection) -> dict[str, object]:
    """Return the JSON line of one picture; a score that doesn't exist is null."""
    return {
        "file": str(file),
        "verdict": inspection.verdict.value,
        "score": None if math.isnan(inspection.score) else inspection.score,
        "defects": [_defect_record(defect) for defect in inspection.defects],
        "reason": inspection.reason,
    }


def _inspect_all(
    inspector: Inspector,
    images: Sequence[Path],
    out_dir: Path,
    write_maps: bool,
    progress: Callable[[str], None],
) -> int:
    out_dir.mkdir(parents=True, exist_ok=True)
    if write_maps:
        (out_dir / MAPS_FOLDER).mkdir(exist_ok=True)
    failed = 0
    with (out_dir / RESULTS_FILE).open("w", encoding="utf-8") as results:
        for number, path in enumerate(images):
            inspection = inspector.inspect(_frame(path, number, inspector), want_map=write_maps)
            failed += inspection.verdict is Verdict.FAILED
            if inspection.score_map is not None:
                _write_map(out_dir / MAPS_FOLDER / f"{path.stem}.png", inspection.score_map)
            line = json.dumps(inspection_record(path, inspection), ensure_ascii=False)
            results.write(line + "\n")
            results.flush()  # a run that is stopped leaves whole lines behind
            progress(f"{number + 1}/{len(images)} {path.name}: {inspection.verdict.value}")
    return failed


def _frame(path: Path, number: int, inspector: Inspector) -> Frame:
    damaged = ""
    try:
        pixels = to_channels(read_image(path), inspector.card.channels)
    except VisionError as error:
        pixels, damaged = np.zeros((1, 1), np.uint8), str(error)
    pixels.flags.writeable = False
    return Frame(
        camera_id=OFFLINE_CAMERA,
        seq=number,
        pixels=pixels,
        captured_ns=0,
        captured_utc=datetime.fromtimestamp(0, UTC),
        source=path.name,
        damaged=damaged,
    )


def _write_map(path: Path, score_map: NDArray[np.uint16]) -> None:
    done, data = cv2.imencode(".png", score_map, PNG_FAST)
    if not done:
        raise VisionError(f"{path}: the map can't be written as PNG")
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(data.tobytes())
    part.replace(path)


def _defect_record(defect: Defect) -> dict[str, object]:
    px, mm = defect.box_px, defect.box_mm
    return {
        "kind": defect.kind.value,
        "score": defect.score,
        "box_px": [px.x0, px.y0, px.x1, px.y1],
        "box_mm": [mm.x0, mm.y0, mm.x1, mm.y1],
        "area_mm2": defect.area_mm2,
        "length_mm": defect.length_mm,
    }


def _check_stems(images: Sequence[Path]) -> None:
    twice = [stem for stem, count in Counter(path.stem for path in images).items() if count > 1]
    if twice:
        both = " and ".join(str(path) for path in images if path.stem == twice[0])
        raise VisionError(
            f"{both}: both maps would be {MAPS_FOLDER}/{twice[0]}.png; rename one or inspect them apart"
        )
