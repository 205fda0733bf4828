"""Who is at the keyboard: written into the registry's history."""

import argparse
import getpass


def add_by(parser: argparse.ArgumentParser) -> None:
    """Let the person give another name than the login's."""
    parser.add_argument("--by", metavar="NAME", help="who does it, for the history (default: the login name)")


def name_of(args: argparse.Namespace) -> str:
    """The name given, else the login's; empty where the system knows none."""
    if args.by:
        return str(args.by)
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user may have no entry anywhere
        return ""
