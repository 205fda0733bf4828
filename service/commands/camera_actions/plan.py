"""maqta camera plan: which camera a web needs, with the arithmetic."""

import argparse
import json
import sys

NAME = "plan"
HELP = "Work out pixel size, line rate, exposure, light, cameras and data rate for a web; formulas are shown."
OPTIONS = (
    ("--pixels-on-smallest", float, "pixels that the smallest flaw covers (default: 3)"),
    ("--blur-px", float, "pixels that the web may move during the exposure (default: 0.5)"),
    ("--overlap-mm", float, "overlap of neighbouring cameras (default: 20)"),
    ("--sensor-px", int, "sensor's pixels across (default: the fewest that do)"),
    ("--area-rows", int, "rows of an area camera (default: a line-scan camera)"),
    ("--channels", int, "1 grey, 3 colour (default: 1)"),
    ("--distance-mm", float, "lens to web (default: 1000)"),
    ("--pixel-um", float, "pixel of the sensor (default: 5)"),
    ("--f-number", float, "of the lens (default: 4)"),
    ("--full-well-e", float, "electrons at saturation, from the camera's sheet (default: 10000)"),
    ("--quantum-efficiency", float, "share of photons that become electrons (default: 0.5)"),
    ("--reflectance", float, "of the material: black cloth 0.04, white 0.8 (default: 0.5)"),
    ("--fill", float, "share of saturation that the material shall reach (default: 0.6)"),
    ("--inspector-mpx-s", float, "your PC's speed by benchmarks/inspector.py (default: README's figure)"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("--width-mm", type=float, required=True, metavar="MM", help="of the web")
    parser.add_argument("--speed-m-min", type=float, required=True, metavar="V", help="of the web, highest")
    parser.add_argument(
        "--smallest-mm", type=float, required=True, metavar="MM", help="flaw that must be found"
    )
    for option, kind, text in OPTIONS:
        parser.add_argument(option, type=kind, metavar="X", help=text)
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the plan."""
    from service.camera_plan import plan_camera
    from service.camera_plan_steps import PlanWish

    names = [option.removeprefix("--").replace("-", "_") for option, _, _ in OPTIONS]
    chosen = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    plan = plan_camera(
        PlanWish(width_mm=args.width_mm, speed_m_min=args.speed_m_min, smallest_mm=args.smallest_mm, **chosen)
    )
    text = json.dumps(plan.as_dict(), indent=1, ensure_ascii=False) if args.json else plan.text()
    sys.stdout.write(f"{text}\n")
    return 0
