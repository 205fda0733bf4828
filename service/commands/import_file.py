"""maqta import: a CSV file of the mill's ERP or MES into a running plant."""

import argparse
import sys
from pathlib import Path

from service.commands.plant_access import PlantAnswerError, add_plant_arguments, checked, plant_client

NAME = "import"
HELP = "Take orders, units or masses from a CSV file into a running plant, by a mapping."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "mapping", metavar="MAPPING", help="e.g. orders-1c; the plant's own lie in data_dir/imports"
    )
    parser.add_argument("file", type=Path, metavar="FILE.csv")
    parser.add_argument("--rehearse", action="store_true", help="say what would become of it, keep nothing")
    add_plant_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Send the file; exit code 1 where a row was refused."""
    content = args.file.read_bytes()
    asked = {"source": args.file.name[:200], "rehearsal": str(args.rehearse).lower()}
    headers = {"Content-Type": "text/csv"}
    with plant_client(args, "engineer") as http:
        answer = http.post(f"/imports/{args.mapping}", content=content, params=asked, headers=headers)
        report = checked(answer).json()
    kept = "rehearsed" if args.rehearse else "taken"
    sys.stdout.write(
        f"{report['rows']} rows: {report['taken']} {kept} ({report['corrected']} corrections), "
        f"{report['unchanged']} unchanged, {len(report['refused'])} refused\n"
    )
    for row in report["refused"]:
        field = f", {row['field']}" if row["field"] else ""
        sys.stdout.write(f"row {row['row']}{field}: {row['why']}\n")
    return 1 if report["refused"] else 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.settings_file import SettingsError

    return (PlantAnswerError, SettingsError, OSError)
