"""maqta calibrate apply: raw pictures corrected as the line corrects its frames, to learn or inspect from."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from service.commands.calibrate_actions.part import read_pictures

if TYPE_CHECKING:
    from vision.calibration_store import CalibrationStore

NAME = "apply"
HELP = "Correct raw pictures by a camera's flat field, as the line does: learn articles from what it writes."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("--camera", required=True, metavar="ID", help="whose calibration")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the pictures go, as PNG"
    )
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")


def run(args: argparse.Namespace, store: "CalibrationStore") -> int:
    """Correct picture after picture; nothing that is there already is replaced."""
    import cv2

    from vision.preprocess import Corrector
    from vision.types import VisionError

    calibration = store.active(args.camera)
    corrector = Corrector(calibration)
    args.out.mkdir(parents=True, exist_ok=True)
    for path in args.pictures:
        out = args.out / f"{path.stem}.png"
        if out.exists():
            raise VisionError(f"{out}: is there already; name an empty folder with --out")
        (pixels,) = read_pictures([path])
        done, data = cv2.imencode(".png", corrector.correct(pixels))
        if not done:
            raise VisionError(f"{out}: the picture can't be written as PNG")
        out.write_bytes(data.tobytes())
    sys.stdout.write(
        f"{len(args.pictures)} pictures in {args.out}; learn them with --mm-per-px "
        f"{calibration.mm_per_px:.5g}\n"
    )
    return 0
