"""What the solving actions share: their arguments, the pictures, and keeping what was solved."""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vision.calibration import Calibration, Part, PartRecord
    from vision.calibration_store import CalibrationStore


def add_camera(parser: argparse.ArgumentParser) -> None:
    """Add the camera's name and how long the part holds."""
    parser.add_argument(
        "--camera", type=_camera, required=True, metavar="ID", help="the line's name and -1, e.g. loom-1-1"
    )
    parser.add_argument(
        "--valid-hours",
        type=_hours,
        metavar="H",
        help="until it must be done again (default: scale 2160, flat field and colour 12, a shift)",
    )


def read_pictures(paths: Sequence[Path]) -> "list[NDArray[np.uint8]]":
    """Read pictures as the camera delivered them.

    Raises:
        VisionError: one can't be read.
    """
    from vision.images import read_image

    return [read_image(path) for path in paths]


def record_of(
    args: argparse.Namespace, part: "Part", figures: dict[str, float], paths: Sequence[Path]
) -> "PartRecord":
    """Say when and from what a part was solved."""
    from vision.calibration import PartRecord, expiry

    now = datetime.now(UTC).replace(microsecond=0)
    return PartRecord(
        part=part,
        solved_utc=now,
        expires_utc=expiry(part, now, args.valid_hours),
        figures=figures,
        sources=tuple(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}" for path in paths),
    )


def keep(store: "CalibrationStore", calibration: "Calibration", part: "Part") -> int:
    """Keep it as the version that counts and print it."""
    from service.commands.calibrate_actions.text import describe_part

    saved = store.save(calibration)
    record = next(record for record in saved.records if record.part is part)
    sys.stdout.write(f"{describe_part(record)}\n{saved.camera_id}\t{saved.version}\n")
    return 0


def _camera(text: str) -> str:
    if not 0 < len(text) <= 80 or not text.isprintable() or any(c in text for c in "/\\ ") or text[0] == ".":
        raise argparse.ArgumentTypeError(f"{text!r} is no camera; give the line's name and -1, e.g. loom-1-1")
    return text


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= 24 * 366:
        raise argparse.ArgumentTypeError(f"{text!r} are no hours; give more than 0, at most 8784 (a year)")
    return hours
