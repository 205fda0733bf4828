"""maqta certificate: a roll's quality certificate of a running plant as PDF."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from service.commands.plant_access import (
    PlantAnswerError,
    add_plant_arguments,
    checked,
    plant_client,
    write_out,
)

if TYPE_CHECKING:
    import httpx

NAME = "certificate"
HELP = "Write a roll's quality certificate as PDF, in Kazakh, Russian or English."
LANGUAGES = ("kk", "ru", "en")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("roll", metavar="ROLL", help="its id or name")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    parser.add_argument("--language", choices=LANGUAGES, default="kk", help="default: kk")
    add_plant_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Fetch and write."""
    with plant_client(args, "viewer") as http:
        roll_id = _roll_id(http, args.roll)
        path = f"/rolls/{quote(roll_id, safe='')}/certificate.pdf"
        answer = checked(http.get(path, params={"language": args.language}))
    write_out(args.out, answer.content)
    sys.stderr.write(f"{args.out}\n")
    return 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.settings_file import SettingsError

    return (PlantAnswerError, SettingsError, OSError)


def _roll_id(http: "httpx.Client", called: str) -> str:
    found = checked(http.get("/feeds/rolls", params={"name": called, "limit": 2})).json()["items"]
    if len(found) > 1:
        raise PlantAnswerError(
            f"several rolls are called {called!r}: give the id, e.g. {found[0]['roll_id']}"
        )
    return str(found[0]["roll_id"]) if found else called
