"""maqta plan: which lots go into which orders, what it costs, and what stands in the way."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

NAME = "plan"
HELP = "Assign lots to orders within their limits at least cost, or say which limit stands in the way."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("file", type=Path, metavar="PLAN.toml", help="[[orders]], and [[lots]] if given")
    parser.add_argument(
        "--plant", type=Path, metavar="PLANT.toml", help="take the lots that this plant measured"
    )
    parser.add_argument("--keep", metavar="WHO", help="tell the plan as actions that fabric will score")
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Plan; exit code 1: not every limit can be kept."""
    from dataclasses import asdict

    from service.plant.console import open_planning
    from service.plant.errors import PlantError
    from service.plant.planning.advice import plan, told
    from service.plant.planning.planfile import load_plan
    from service.settings_file import load_plant

    asked = load_plan(args.file)
    if args.plant is None:
        if args.keep or not asked.lots:
            raise PlantError("bad_plan", "give --plant PLANT.toml: for its lots, and where a plan is kept")
        made = plan(asked.lots, asked.orders, _now())
    else:
        with open_planning(load_plant(args.plant), _now) as planning:
            made = planning.plan(asked.orders, asked.lots or None)
            if args.keep:
                planning.keep(made, asked.orders, args.keep)
    text = json.dumps(asdict(made), default=str, ensure_ascii=False) if args.json else told(made)
    sys.stdout.write(f"{text}\n")
    return 0 if made.feasible else 1


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.plant.errors import PlantError
    from service.settings_file import SettingsError

    return (PlantError, SettingsError)


def _now() -> datetime:
    return datetime.now(UTC)
