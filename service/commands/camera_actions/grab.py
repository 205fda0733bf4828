"""maqta camera grab: pictures from a line's camera into a folder."""

import argparse
import sys
import time
from pathlib import Path

NAME = "grab"
HELP = "Grab pictures from a line's camera into a folder, e.g. good ones to learn from."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("config", type=Path, metavar="LINE.toml")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--count", type=int, default=1, metavar="N")
    parser.add_argument("--timeout-s", type=float, default=10.0, help="give up after so long without a frame")


def run(args: argparse.Namespace) -> int:
    """Exit code 1 when fewer whole pictures came than were asked."""
    import cv2

    from service.line.camera_stand import opened_camera
    from service.settings_file import load_line

    settings = load_line(args.config)
    args.out.mkdir(parents=True, exist_ok=True)
    whole, last_s = 0, time.monotonic()
    with opened_camera(settings) as camera:
        while whole < args.count and time.monotonic() - last_s < args.timeout_s:
            frame = camera.grab(0.2)
            if frame is None:
                continue
            last_s = time.monotonic()
            if frame.damaged:
                sys.stdout.write(f"frame {frame.seq}: {frame.damaged}; left out\n")
                continue
            path = args.out / f"{frame.captured_utc:%Y%m%dT%H%M%S}-{frame.seq:06d}.png"
            cv2.imwrite(str(path), frame.pixels)
            sys.stdout.write(f"{path}\n")
            whole += 1
    if whole < args.count:
        sys.stdout.write(f"{whole} of {args.count} pictures came; is the camera triggered?\n")
    return 0 if whole == args.count else 1
