"""maqta camera focus: sharpness and exposure, live or of pictures, while somebody turns the lens."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vision.picture_figures import PictureFigures

NAME = "focus"
HELP = "Show sharpness and exposure of each picture, and how near to the best so far it is."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument(
        "--line", type=Path, metavar="LINE.toml", help="live, from this line's camera; stop the line"
    )
    parser.add_argument(
        "--frames", type=int, default=0, metavar="N", help="end after so many (default: Ctrl-C)"
    )
    parser.add_argument("--json", action="store_true", help="a JSON object a picture")
    parser.add_argument("pictures", nargs="*", type=Path, metavar="PICTURE")


def run(args: argparse.Namespace) -> int:
    """Measure picture after picture."""
    from vision.types import VisionError

    if bool(args.line) == bool(args.pictures):
        raise VisionError("give either pictures or --line LINE.toml")
    best = 0.0
    for number, (name, figures) in enumerate(_live(args.line) if args.line else _files(args.pictures), 1):
        best = max(best, figures.sharpness)
        sys.stdout.write(_as_json(name, figures) if args.json else _as_line(name, figures, best))
        sys.stdout.flush()
        if number == args.frames:
            break
    return 0


def _files(paths: list[Path]) -> "Iterator[tuple[str, PictureFigures]]":
    from vision.images import read_image
    from vision.picture_figures import measure_picture

    for path in paths:
        yield path.name, measure_picture(read_image(path))


def _live(settings_path: Path) -> "Iterator[tuple[str, PictureFigures]]":
    from service.line.focus import watch_focus
    from service.settings_file import load_line

    return watch_focus(load_line(settings_path))


def _as_json(name: str, figures: "PictureFigures") -> str:
    from dataclasses import asdict

    return json.dumps({"picture": name, **asdict(figures)}) + "\n"


def _as_line(name: str, figures: "PictureFigures", best: float) -> str:
    share = figures.sharpness / best if best > 0 else 0.0
    return (
        f"{name:20} sharpness {figures.sharpness:6.2f} {'#' * round(20 * share):20} {share:4.0%} of the "
        "best, grey "
        f"{figures.low_grey:3.0f} {figures.mean_grey:5.1f} {figures.high_grey:3.0f}, black "
        f"{figures.black_share:5.1%}, "
        f"saturated {figures.saturated_share:5.1%}, noise {figures.noise_grey:4.1f}  {_advice(figures)}\n"
    )


def _advice(figures: "PictureFigures") -> str:
    if figures.saturated_share > 0.01:
        return "less exposure"
    if figures.high_grey < 100:
        return "more light or exposure"
    return ""
