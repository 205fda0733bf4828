"""maqta replay: decide a recorded event log again and compare."""

import argparse
import sys
from pathlib import Path

NAME = "replay"
HELP = "Take every decision of an event log again, check its accounting and show differences."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("log", type=Path, metavar="EVENTLOG")


def run(args: argparse.Namespace) -> int:
    """Replay; exit code 1 when anything differs."""
    from service.line.replay import replay

    report = replay(args.log)
    sys.stdout.write(report.text() + "\n")
    return 0 if report.agrees else 1


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.line.errors import LineError

    return (LineError,)
