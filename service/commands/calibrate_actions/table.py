"""maqta calibrate list: every version of every camera, a line each."""

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vision.calibration_store import CalibrationStore

NAME = "list"
HELP = "List all calibrations that are kept; the ones that count are marked with a star."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This action has no arguments."""


def run(args: argparse.Namespace, store: "CalibrationStore") -> int:
    """Print the versions of each camera, oldest first; a damaged one says so."""
    from vision.types import VisionError

    now = datetime.now(UTC)
    for camera_id in store.cameras():
        active = store.active_version(camera_id)
        for version in store.versions(camera_id):
            star = "*" if version == active else " "
            try:
                calibration = store.load(camera_id, version)
            except VisionError:
                sys.stdout.write(f"{star} {camera_id}\t{version}\tDAMAGED\n")
                continue
            parts = ", ".join(record.part.value for record in calibration.records)
            expired = ", ".join(part.value for part in calibration.expired(now))
            state = f"expired: {expired}" if expired else "valid"
            sys.stdout.write(
                f"{star} {camera_id}\t{version}\t{calibration.mm_per_px:.5g} mm/px\t{parts}\t{state}\n"
            )
    return 0
