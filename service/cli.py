"""`maqta …`: one command with subcommands; a package is imported only when its subcommand runs."""

import argparse
import sys
from collections.abc import Sequence

from service.commands import COMMANDS

DESCRIPTION = "Maqta sees faults in cotton fibre and fabric, drives the sorter and counts what was lost."
EPILOG = "Try it without hardware: maqta run. Help on one command: maqta COMMAND --help."


def build_parser() -> argparse.ArgumentParser:
    """Parser of the whole command."""
    parser = argparse.ArgumentParser(prog="maqta", description=DESCRIPTION, epilog=EPILOG)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = commands.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(sub)
        sub.set_defaults(command=command)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; errors that a person can mend are printed as one line and give exit code 2."""
    args = build_parser().parse_args(argv)
    try:
        return int(args.command.run(args))
    except args.command.errors() as error:
        sys.stderr.write(f"maqta: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
