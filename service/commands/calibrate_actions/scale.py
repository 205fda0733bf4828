"""maqta calibrate scale: mm per pixel and the lens, from pictures of a ChArUco board."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from service.commands.calibrate_actions.board import add_board, board_size
from service.commands.calibrate_actions.part import add_camera, keep, read_pictures, record_of

if TYPE_CHECKING:
    from vision.calibration import Calibration
    from vision.calibration_store import CalibrationStore
    from vision.scale_fit import ScaleFit

NAME = "scale"
HELP = "Solve mm per pixel and lens distortion from pictures of the printed board."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    add_camera(parser)
    add_board(parser)
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument(
        "--line-scan", action="store_true", help="the board lies on the running web, one picture"
    )
    kind.add_argument(
        "--area",
        action="store_true",
        help="the first picture shows the board flat on the web, others anywhere",
    )
    parser.add_argument(
        "--mm-per-row",
        type=float,
        metavar="MM",
        help="line-scan: web between two lines by the encoder; the target checks it (default: by the target)",
    )
    parser.add_argument(
        "--joints",
        type=_joints,
        default=(),
        metavar="X[,X]",
        help="line-scan cameras side by side in one picture: first column of each but the first",
    )
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")


def run(args: argparse.Namespace, store: "CalibrationStore") -> int:
    """Solve, check against the limits, keep."""
    from vision.calibration import Part, with_part
    from vision.scale_fit import check_scale_fit

    fit = _solved(args)
    check_scale_fit(fit, camera_id=args.camera)
    record = record_of(args, Part.SCALE, fit.figures(), args.pictures)
    before = _before(store, args.camera, fit.pixel_map.mm_per_px)
    return keep(store, with_part(before, record, pixel_map=fit.pixel_map), Part.SCALE)


def _solved(args: argparse.Namespace) -> "ScaleFit":
    from vision.charuco import find_corners
    from vision.scale_fit import solve_line, solve_plane
    from vision.types import VisionError

    size = board_size(args)
    pictures = read_pictures(args.pictures)
    rows, columns = pictures[0].shape[:2]
    if args.joints and (args.area or args.joints[-1] >= columns):
        raise VisionError(f"--joints are columns of a line-scan picture; this one has {columns}")
    if any(pixels.shape[:2] != (rows, columns) for pixels in pictures):
        raise VisionError(f"the pictures are not all {columns} x {rows} px; take them with one camera")
    views = [
        find_corners(pixels, size, name=str(path), joints=args.joints)
        for path, pixels in zip(args.pictures, pictures, strict=True)
    ]
    if args.area:
        return solve_plane(views, columns=columns, rows=rows)
    if len(views) > 1:
        raise VisionError(
            f"{len(views)} pictures; a line-scan camera is solved from one in which the web ran"
        )
    if args.mm_per_row is not None and not 0.005 <= args.mm_per_row <= 5:
        raise VisionError(f"--mm-per-row is {args.mm_per_row}; give millimetres of web, 0.005 to 5")
    return solve_line(views[0], columns=columns, encoder_mm_per_row=args.mm_per_row, joints=args.joints)


def _before(store: "CalibrationStore", camera_id: str, mm_per_px: float) -> "Calibration":
    """The calibration so far; a camera's first part is its scale."""
    from vision.calibration import Calibration

    if camera_id in store.cameras():
        return store.active(camera_id)
    return Calibration(camera_id=camera_id, mm_per_px=mm_per_px)


def _joints(text: str) -> tuple[int, ...]:
    columns = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in columns) or [int(p) for p in columns] != sorted(
        {int(p) for p in columns}
    ):
        raise argparse.ArgumentTypeError(
            f"{text!r} are no joints; give rising columns, e.g. 4096 or 4096,8192"
        )
    return tuple(int(part) for part in columns)
