"""maqta sorter config: the limits and the wiring that the controller keeps in its EEPROM."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from service.commands.sorter_actions.place import add_place, place_of

if TYPE_CHECKING:
    from firmware_bridge.config import SorterConfig
    from firmware_bridge.console import Console

NAME = "config"
HELP = "Show the controller's limits and wiring; change them with KEY=VALUE, and --yes to store the change."
STORING_S = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument(
        "changes", nargs="*", metavar="KEY=VALUE", help="e.g. max_on_ms=80,2000,500,2000 or flags=1"
    )
    parser.add_argument("--factory", action="store_true", help="begin with the factory's values")
    parser.add_argument(
        "--yes", action="store_true", help="really store it; without it only say what would be"
    )
    add_place(parser)


def run(args: argparse.Namespace) -> int:
    """Show, and store if asked to."""
    from firmware_bridge.config import SorterConfig, check_config
    from firmware_bridge.console import Console
    from service.commands.sorter_actions.telling import who

    changes = [_change(text) for text in args.changes]
    place = place_of(args)
    with Console(place.transport()) as console:
        sys.stdout.write(who(place.port, console.welcome) + "\n")
        found = console.config()
        wanted = _changed(SorterConfig() if args.factory else found.config, changes)
        check_config(wanted)
        sys.stdout.write(_table(found.config, wanted))
        sys.stdout.write(f"comes from: {found.source.name.lower()}\n")
        if changes or args.factory:
            return _store(console, wanted, yes=args.yes)
    return 0


def _store(console: "Console", wanted: "SorterConfig", *, yes: bool) -> int:
    from firmware_bridge.messages import ConfigSource
    from firmware_bridge.types import BridgeError

    if not yes:
        sys.stdout.write("Nothing was changed. Then again with --yes.\n")
        return 0
    console.configure(wanted)
    if not console.run_until(lambda: console.config().source is not ConfigSource.STORING, STORING_S):
        raise BridgeError(f"the controller has not stored it within {STORING_S:g} s: try again")
    found = console.config()
    if found.config != wanted or found.source is not ConfigSource.STORED:
        raise BridgeError(
            f"the controller says {found.source.name.lower()}: its EEPROM may be worn; replace it"
        )
    sys.stdout.write("stored\n")
    return 0


def _change(text: str) -> tuple[str, tuple[int, ...]]:
    from firmware_bridge.config import RANGES
    from firmware_bridge.types import BridgeError

    key, equals, value = text.partition("=")
    if not equals or key not in RANGES:
        raise BridgeError(f"{text!r}: give KEY=VALUE with one of {', '.join(RANGES)}")
    try:
        return key, tuple(int(number, 0) for number in value.split(","))
    except ValueError as error:
        raise BridgeError(f"{text!r}: {value!r} is no whole number, nor several with commas") from error


def _changed(config: "SorterConfig", changes: list[tuple[str, tuple[int, ...]]]) -> "SorterConfig":
    from dataclasses import replace

    from firmware_bridge.types import BridgeError

    for key, numbers in changes:
        held = getattr(config, key)
        expected = len(held) if isinstance(held, tuple) else 1
        if len(numbers) != expected:
            raise BridgeError(f"{key} takes {expected} number(s), {len(numbers)} were given")
        value: Any = numbers if isinstance(held, tuple) else numbers[0]  # Any: of the field's own type
        config = replace(config, **{key: value})
    return config


def _table(found: "SorterConfig", wanted: "SorterConfig") -> str:
    from dataclasses import fields

    lines = []
    for field in fields(found):
        before, after = getattr(found, field.name), getattr(wanted, field.name)
        change = "" if before == after else f"  ->  {_shown(after)}"
        lines.append(f"  {field.name:16} {_shown(before)}{change}\n")
    return "".join(lines)


def _shown(value: int | tuple[int, ...]) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
