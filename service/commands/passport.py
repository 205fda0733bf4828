"""maqta passport: a lot's lint quality passport of a running plant as PDF."""

import argparse
import sys
from pathlib import Path
from urllib.parse import quote

from service.commands.certificate import LANGUAGES
from service.commands.plant_access import (
    PlantAnswerError,
    add_plant_arguments,
    checked,
    plant_client,
    write_out,
)

NAME = "passport"
HELP = "Write a lot's lint quality passport as PDF; the official form is not verified, the template is yours."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("lot", metavar="LOT_ID")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    parser.add_argument("--language", choices=LANGUAGES, default="kk", help="default: kk")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="fill in a field of the template"
    )
    add_plant_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Fetch and write."""
    values = dict(_pair(text) for text in args.set)
    with plant_client(args, "viewer") as http:
        path = f"/lots/{quote(args.lot, safe='')}/passport.pdf"
        answer = checked(http.post(path, params={"language": args.language}, json={"values": values}))
    write_out(args.out, answer.content)
    sys.stderr.write(f"{args.out}\n")
    return 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.settings_file import SettingsError

    return (PlantAnswerError, SettingsError, OSError)


def _pair(text: str) -> tuple[str, str]:
    name, is_there, value = text.partition("=")
    if not is_there:
        raise PlantAnswerError(f"--set {text!r}: give FIELD=VALUE, e.g. moisture_pct=7,4")
    return name, value
