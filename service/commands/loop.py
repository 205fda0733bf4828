"""maqta loop: thresholds that the loop moves: bounds, locks, checked shots, what it did, who is to blame."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from service.plant.planning.desk import Planning

NAME = "loop"
HELP = "The closed loop: set bounds, lock a threshold, take checked shots, see what it did and why."
SHOWN = {  # columns of each list
    "states": (
        "line",
        "article",
        "kind",
        "threshold",
        "best_threshold",
        "contamination",
        "prior",
        "standing",
    ),
    "actions": ("id", "made_utc", "line", "subject", "before", "after", "reason", "status", "answer"),
    "bounds": ("line", "article", "kind", "low", "high", "step", "start", "set_by", "why"),
    "blame": ("subject", "name", "factor", "factor_low", "factor_high", "findings", "moves", "why_not"),
    "suppliers": (
        "supplier",
        "lots",
        "trash_area_pct",
        "contaminants_per_t",
        "fabric_factor",
        "second_share",
    ),
    "groups": ("number", "lot_ids", "centre"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(title="actions", dest="action", required=True)
    for name, words in (
        ("states", "every threshold under the loop, and why it moves or stays"),
        ("actions", "what it did and advised, the line's answers, and what happened"),
        ("bounds", "the bounds in force"),
        ("blame", "lots and suppliers by contamination found in fabric"),
        ("suppliers", "scorecards"),
        ("groups", "lots that are alike"),
    ):
        one = actions.add_parser(name, help=words)
        one.add_argument("config", type=Path, metavar="PLANT.toml")
        one.add_argument("--json", action="store_true")
    bound = actions.add_parser("bound", help="let the loop move one threshold, within bounds")
    _add_place(bound, kind=True)
    for name in ("low", "high", "step", "start", "miss-price", "fibre-price-per-kg"):
        bound.add_argument(f"--{name}", type=float, required=True)
    for name, usual in (("hysteresis-pct", 5.0), ("cool-down-min", 10.0)):
        bound.add_argument(f"--{name}", type=float, default=usual, help="default: %(default)s")
    for name, least in (("least-findings", 30), ("least-checks", 0)):
        bound.add_argument(f"--{name}", type=int, default=least, help="default: %(default)s")
    for name, words in (("lock", "keep the loop's hands off"), ("unlock", "give free again")):
        lock = actions.add_parser(name, help=words)
        _add_place(lock, kind=False)
        lock.add_argument("--kind", default="", help="default: every kind of the article")
    curves = actions.add_parser("curves", help="take what 'maqta twin trade SCENARIO.toml --json' printed")
    _add_place(curves, kind=False)
    curves.add_argument("file", type=Path, metavar="TRADE.json")
    checks = actions.add_parser("checks", help="take a CSV of what the reject bin showed")
    checks.add_argument("config", type=Path, metavar="PLANT.toml")
    checks.add_argument("file", type=Path, metavar="CHECKS.csv")
    checks.add_argument("--by", required=True, metavar="WHO")


def _add_place(parser: argparse.ArgumentParser, *, kind: bool) -> None:
    parser.add_argument("config", type=Path, metavar="PLANT.toml")
    parser.add_argument("line")
    parser.add_argument("article")
    if kind:
        parser.add_argument("kind")
    parser.add_argument("--by", required=True, metavar="WHO")
    parser.add_argument("--why", required=True, metavar="TEXT")


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    from service.plant.console import open_planning
    from service.settings_file import load_plant

    settings = load_plant(args.config)
    with open_planning(settings, lambda: datetime.now(UTC)) as planning:
        if args.action in SHOWN:
            _show(args, _records(planning, args.action))
            return 0
        return _change(args, planning, demo=settings.demo)


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.plant.errors import PlantError
    from service.settings_file import SettingsError

    return (PlantError, SettingsError)


def _records(planning: "Planning", action: str) -> Iterable[Any]:  # Any: records of several kinds
    loop = planning.loop
    asked: dict[str, Callable[[], Iterable[Any]]] = {  # Any: as above
        "states": loop.states,
        "actions": loop.actions,
        "bounds": loop.bounds,
        "blame": loop.blame,
        "suppliers": planning.scorecards,
        "groups": lambda: planning.groups().groups,
    }
    return asked[action]()


def _show(args: argparse.Namespace, records: Iterable[Any]) -> None:  # Any: records of several kinds
    from dataclasses import asdict

    rows = [asdict(record) for record in records]
    if args.json:
        _say(json.dumps(rows, default=str, ensure_ascii=False))
        return
    names = SHOWN[args.action]
    _say("\t".join(names))
    for row in rows:
        _say("\t".join(_text(row[name]) for name in names))


def _change(args: argparse.Namespace, planning: "Planning", *, demo: bool) -> int:
    from service.plant.errors import PlantError
    from service.plant.loop.checks import read_checks
    from service.plant.views.loop import Bounds

    loop = planning.loop
    if args.action in ("lock", "unlock"):
        locked = args.action == "lock"
        loop.lock(args.line, args.article, args.kind, locked=locked, why=args.why, user=args.by)
        _say(f"{args.line} {args.article} {args.kind or 'every kind'}: {'locked' if locked else 'free'}")
        return 0
    if args.action == "bound":
        names = [name for name in Bounds.__dataclass_fields__ if hasattr(args, name)]
        made = loop.set_bounds(Bounds(**{name: getattr(args, name) for name in names}), args.by)
        _say(f"{made.line} {made.article} {made.kind}: {made.low:g} to {made.high:g}, now {made.start:g}")
        return 0
    try:
        text = args.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlantError("bad_csv", f"{args.file}: can't be read as UTF-8 text ({error})") from error
    if args.action == "curves":
        taken = loop.take_curves(args.line, args.article, text, source=args.why, user=args.by)
        _say(f"curves of {', '.join(curve.kind for curve in taken)} are in force")
        return 0
    done = loop.checks.take(read_checks(text), user=args.by, origin="csv", demo=demo)
    _say(f"{done.taken} taken, {done.unchanged} known, {len(done.refused)} refused")
    for one in done.refused:
        _say(f"{one.check_id}: {one.why}")
    return 1 if done.refused else 0


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
