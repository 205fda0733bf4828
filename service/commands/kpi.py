"""maqta kpi: what each key figure is, and the plant's figures at the console."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from service.plant.kpi.compare import Comparison
    from service.settings import PlantSettings

NAME = "kpi"
HELP = "Key figures: the catalogue, or the plant's figures with baseline, claim and what is not measured."
NOT_MEASURED = "not measured"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("config", type=Path, nargs="?", metavar="PLANT.toml")
    parser.add_argument("--catalogue", action="store_true", help="what each figure is, without a plant")
    parser.add_argument(
        "--window", default="7_days", choices=("shift", "last_shift", "day", "7_days"), help="default 7_days"
    )
    parser.add_argument("--line", help="one line only")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """Print the catalogue or the figures."""
    if args.catalogue:
        sys.stdout.write(_catalogue(as_json=args.json))
        return 0
    if args.config is None:
        sys.stderr.write("maqta kpi: give the plant's settings file, or --catalogue\n")
        return 2
    from service.settings_file import load_plant

    found = _compared(load_plant(args.config), args.window, args.line)
    sys.stdout.write(_as_json(found) if args.json else _as_text(found))
    return 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.plant.errors import PlantError
    from service.settings_file import SettingsError

    return (SettingsError, PlantError)


def _catalogue(*, as_json: bool) -> str:
    from service.plant.kpi.claims import claim_of
    from service.plant.kpi.entries import ENTRIES_CODEC, entries

    listed = entries()
    if as_json:
        return ENTRIES_CODEC.dump_json(listed, indent=1).decode() + "\n"
    lines = []
    for entry in listed:
        one = entry.definition
        claim = claim_of(one)
        lines += [
            f"{one.code}  [{one.unit}]  {one.source.value} at best  ({one.reference})",
            f"    {one.formula}",
            f"    {one.numerator} [{one.numerator_unit}] / {one.denominator} [{one.denominator_unit}]",
            f"    without data: {NOT_MEASURED}; {one.missing}",
            *([f"    claimed: {claim.before} -> {claim.after} {claim.unit}"] if claim else []),
        ]
    return "\n".join(lines) + "\n"


def _compared(settings: "PlantSettings", window: str, line: str | None) -> "tuple[Comparison, ...]":
    from service.plant.console import open_quality
    from service.plant.shifts import Calendar
    from service.plant.views.kpis import WindowName

    now = datetime.now(UTC)
    calendar = Calendar.of(settings.time_zone, settings.shifts)
    with open_quality(settings, lambda: now) as quality:
        return quality.figures.comparisons(calendar.window(WindowName(window), now), quality.known(line))


def _as_json(found: "tuple[Comparison, ...]") -> str:
    from pydantic import TypeAdapter

    from service.plant.kpi.compare import Comparison

    codec: TypeAdapter[Any] = TypeAdapter(tuple[Comparison, ...])  # Any: what is dumped is typed above
    return str(codec.dump_json(found, indent=1).decode()) + "\n"


def _as_text(found: "tuple[Comparison, ...]") -> str:
    lines = []
    for compared in found:
        now = compared.now
        if now.value is None:
            lines.append(f"{now.code:32} {NOT_MEASURED}: {now.missing}")
            continue
        against = "" if compared.index is None else f"  {compared.index:.1f} % of the baseline"
        demo = ", DEMO" if now.demo else ""
        lines.append(
            f"{now.code:32} {now.value:.4g} {now.unit} = {now.numerator:.6g} {now.numerator_unit} / "
            f"{now.denominator:.6g} {now.denominator_unit}, {now.source.value}{demo}{against}"
        )
    return "\n".join(lines) + "\n"
