"""maqta camera list: which cameras answer, with the address that the settings take."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vision.cameras.base import FoundCamera

NAME = "list"
HELP = "List the cameras that answer: GigE Vision and USB3 Vision, Basler, UVC."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(args: argparse.Namespace) -> int:
    """Ask every driver; exit code 1 when no camera answered."""
    from vision.cameras.aravis import find_aravis_cameras
    from vision.cameras.pylon import find_pylon_cameras
    from vision.types import VisionError

    found = 0
    for name, find in (("aravis", find_aravis_cameras), ("pylon", find_pylon_cameras), ("video", _uvc)):
        try:
            cameras = find()
        except VisionError as error:
            sys.stdout.write(f"{name:8} not here: {error}\n")
            continue
        for camera in cameras:
            sys.stdout.write(f"{camera.driver:8} {camera.address:40} {camera.description}\n")
        found += len(cameras)
    if not found:
        sys.stdout.write("no camera answered; check power, cable and network (same subnet, no firewall)\n")
    return 0 if found else 1


def _uvc() -> "tuple[FoundCamera, ...]":
    from vision.cameras.base import FoundCamera

    return tuple(
        FoundCamera(driver="video", address=f"/dev/{device.name}", description=_name(device))
        for device in sorted(Path("/sys/class/video4linux").glob("video*"))
    )


def _name(device: Path) -> str:
    try:
        return (device / "name").read_text().strip()
    except OSError:
        return "UVC"
