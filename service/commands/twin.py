"""maqta twin: what would this setting do? A line on rendered material, faster than time, with known truth."""

import argparse
import json
import sys
from pathlib import Path

NAME = "twin"
HELP = "Try a setting on the line twin: true recall, false shots, fibre carried away, deadlines kept."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    run_it = actions.add_parser("run", help="run a scenario and print what truly went where")
    trade = actions.add_parser("trade", help="a miss's price against good fibre lost: each kind's threshold")
    for action in (run_it, trade):
        action.add_argument("scenario", type=Path, metavar="SCENARIO.toml")
        action.add_argument(
            "--set", action="append", default=[], type=_pair, metavar="KEY=VALUE", dest="changes",
            help="another value of the scenario, or of its line: line.web.speed_mm_s=2400",
        )  # fmt: skip
        action.add_argument("--json", action="store_true", help="print the figures as one line of JSON")
    run_it.add_argument(
        "--what-if", action="append", default=[], type=_pair, metavar="KEY=VALUE",
        help="run again with this changed, and say what it does, with intervals",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    return _trade(args) if args.action == "trade" else _run(args)


def _trade(args: argparse.Namespace) -> int:
    """Run with a low `unsure`, and price every threshold above it."""
    from dataclasses import asdict

    from service.twin.report import trade_text
    from service.twin.run import run_scenario
    from service.twin.scenario import load_scenario
    from service.twin.trade import trades_of

    ran = run_scenario(load_scenario(args.scenario, dict(args.changes)), _say)
    trades = trades_of(ran)
    told = {
        "demo": True,
        "seconds": ran.scenario.seconds,
        "fed_kg_per_hour": ran.geometry.feed.kg(ran.belt_mm) / ran.scenario.seconds * 3600,
        "trades": [asdict(trade) for trade in trades],
    }
    sys.stdout.write((json.dumps(told) if args.json else trade_text(trades)) + "\n")
    return 0


def _run(args: argparse.Namespace) -> int:
    """Run a scenario, and again with what is to be tried."""
    from service.twin.outcome import outcome_of
    from service.twin.report import difference, difference_text, figures_of, scenario_figures, text_of
    from service.twin.run import run_scenario
    from service.twin.scenario import load_scenario

    asked = load_scenario(args.scenario, dict(args.changes))
    base = run_scenario(asked, _say)
    answer = {"scenario": scenario_figures(asked), "figures": figures_of(base)}
    texts = [text_of(answer["figures"])]
    if args.what_if:
        tried = load_scenario(args.scenario, dict([*args.changes, *args.what_if]))
        changed = run_scenario(tried, _say)
        answer["changed"] = figures_of(changed)
        answer["difference"] = difference(outcome_of(base), outcome_of(changed))
        asked_for = ", ".join(f"{key} = {value}" for key, value in args.what_if)
        texts += [f"with {asked_for}:", text_of(answer["changed"]), difference_text(answer["difference"])]
    sys.stdout.write((json.dumps(answer) if args.json else "\n".join(texts)) + "\n")
    return 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from datasets.types import DatasetError
    from service.line.errors import LineError
    from service.settings_file import SettingsError
    from vision.types import VisionError

    return (SettingsError, LineError, VisionError, DatasetError)


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is no KEY=VALUE; e.g. line.web.speed_mm_s=2400")
    return key, value


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
