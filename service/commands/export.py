"""maqta export: rolls, defects, lots or figures of a running plant as CSV or XLSX."""

import argparse
import sys
from pathlib import Path

from service.commands.plant_access import (
    PlantAnswerError,
    add_plant_arguments,
    checked,
    plant_client,
    write_out,
)

NAME = "export"
HELP = "Write rolls, defects, lots or key figures of a running plant to a CSV or XLSX file."
WINDOWS = ("shift", "last_shift", "day", "7_days")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("what", choices=("rolls", "defects", "lots", "kpis"))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="ends in .csv or .xlsx")
    parser.add_argument("--line", metavar="ID", help="only this line")
    parser.add_argument("--from", dest="from_utc", metavar="TIME", help="e.g. 2026-01-31T08:00:00+05:00")
    parser.add_argument("--to", dest="to_utc", metavar="TIME", help="excluded")
    parser.add_argument("--window", choices=WINDOWS, help="kpis: a named window (default: shift)")
    add_plant_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Fetch and write."""
    form = args.out.suffix.lower().lstrip(".")
    if form not in ("csv", "xlsx"):
        raise PlantAnswerError(f"--out {args.out}: end it in .csv or .xlsx")
    names = ("line", "from_utc", "to_utc", *(("window",) if args.what == "kpis" else ()))
    asked = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    with plant_client(args, "viewer") as http:
        answer = checked(http.get(f"/exports/{args.what}.{form}", params=asked))
    write_out(args.out, answer.content)
    more = answer.headers.get("maqta-truncated") == "true"
    demo = "DEMO-" in answer.headers.get("content-disposition", "")
    sys.stderr.write(f"{args.out}{' (DEMO data)' if demo else ''}\n")
    if more:
        sys.stderr.write("there are more rows than one file takes; narrow it with --from and --to\n")
    return 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.settings_file import SettingsError

    return (PlantAnswerError, SettingsError, OSError)
