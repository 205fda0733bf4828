"""maqta audit: prove that nothing sealed was edited or removed; export daily heads; remove old events."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.settings import PlantSettings

NAME = "audit"
HELP = "Verify the plant's hash chain, export its daily heads, or remove old events and leave a checkpoint."
FAULTS = 1  # exit code: something sealed was changed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    actions = parser.add_subparsers(title="actions", dest="action", required=True)
    verify = actions.add_parser("verify", help="find edited or missing rows; exit code 1 where there are any")
    verify.add_argument("config", type=Path, metavar="PLANT.toml")
    verify.add_argument("--heads", type=Path, metavar="DIR", help="compare with heads kept there, too")
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    heads = actions.add_parser("heads", help="write the newest link of each chain; keep the file elsewhere")
    heads.add_argument("config", type=Path, metavar="PLANT.toml")
    heads.add_argument("--out", type=Path, metavar="DIR", help="default: heads_dir of the settings")
    prune = actions.add_parser("prune", help="remove raw events of before a day; a checkpoint stays")
    prune.add_argument("config", type=Path, metavar="PLANT.toml")
    prune.add_argument("--before", type=_moment, required=True, metavar="YYYY-MM-DD", help="UTC")
    prune.add_argument("--by", required=True, metavar="NAME", help="who removes them")
    prune.add_argument("--why", required=True, metavar="REASON")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; 1 where a verification found faults."""
    from service.settings_file import load_plant

    settings = load_plant(args.config)
    return {"verify": _verify, "heads": _heads, "prune": _prune}[args.action](args, settings)


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.plant.errors import PlantError
    from service.settings_file import SettingsError

    return (SettingsError, PlantError)


def _verify(args: argparse.Namespace, settings: "PlantSettings") -> int:
    from service.plant.ledger.audit import Auditor, as_json
    from service.plant.ledger.opening import open_ledger

    with open_ledger(settings, _now) as ledger:
        auditor = Auditor(database=ledger.database, poster=ledger.poster)
        report = auditor.verify(args.heads or settings.ledger.heads_dir)
    if args.json:
        sys.stdout.write(as_json(report) + "\n")
    else:
        for fault in report.faults:
            sys.stdout.write(f"{fault}\n")
        sys.stdout.write(
            f"{report.links} links over {report.entries} entries and {report.events} events, {report.heads} "
            f"exported heads: {len(report.faults)} faults; {report.removed} chains begin at a checkpoint, "
            f"{report.unsealed} events are older than the chain\n"
        )
    return FAULTS if report.faults else 0


def _heads(args: argparse.Namespace, settings: "PlantSettings") -> int:
    from service.plant.ledger.audit import day_heads
    from service.plant.ledger.heads import HEADS_FOLDER, write_heads
    from service.plant.ledger.opening import open_ledger

    folder = args.out or settings.ledger.heads_dir or settings.data_dir / HEADS_FOLDER
    now = _now()
    with open_ledger(settings, _now) as ledger, ledger.database.read() as tx:
        heads = day_heads(tx, now.date())
    path = write_heads(folder, now.strftime("%Y-%m-%dT%H%M%S"), heads)
    sys.stdout.write(f"{path}: {len(heads)} heads; keep a copy where the plant's machine can't write\n")
    return 0


def _prune(args: argparse.Namespace, settings: "PlantSettings") -> int:
    from service.plant.ledger.audit import remove_events
    from service.plant.ledger.opening import open_ledger

    with open_ledger(settings, _now) as ledger:
        gone = remove_events(ledger.database, args.before, now=_now(), user=args.by, why=args.why)
    for one in gone:
        sys.stdout.write(f"log {one.log_id}: {one.events} events removed, to link {one.to_link} {one.hash}\n")
    if not gone:
        sys.stdout.write(f"nothing was delivered whole before {args.before.date()}\n")
    return 0


def _now() -> datetime:
    return datetime.now(UTC)


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; give it as 2026-01-31") from error
