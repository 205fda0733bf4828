"""maqta ledger: book masses and areas from a spreadsheet, a scale or the keyboard; show balances."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.instrument_settings import ScaleSettings
    from service.plant.ledger.book import Draft
    from service.plant.ledger.terms import Origin
    from service.plant.views.ledger import Statement
    from service.settings import PlantSettings

NAME = "ledger"
HELP = "Book what went in and out, from CSV, scale or keyboard; show balances and where material came from."
LISTEN_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    actions = parser.add_subparsers(title="actions", dest="action", required=True)
    sheet = actions.add_parser("import", help="take a CSV of flows: all rows or none; again changes nothing")
    sheet.add_argument("config", type=Path, metavar="PLANT.toml")
    sheet.add_argument("file", type=Path, metavar="FILE.csv")
    sheet.add_argument("--by", required=True, metavar="NAME", help="who enters it")
    flow = actions.add_parser("book", help="book one flow from the keyboard")
    _add_flow(flow)
    flow.add_argument("quantity", metavar="QUANTITY", help="e.g. 218.4")
    flow.add_argument("unit", metavar="UNIT", help="kg, t, lb, m, yd, m2, ...")
    count = actions.add_parser(
        "count", help="say what of a unit lies at a place now, e.g. at a change of shift"
    )
    _add_unit(count)
    count.add_argument("quantity", metavar="QUANTITY", help="e.g. 105; 0 where it is empty")
    count.add_argument("unit", metavar="UNIT", help="kg, t, lb, m, yd, m2, ...")
    mount = actions.add_parser("mount", help="say what feeds a line from now on: its rolls are made of it")
    mount.add_argument("config", type=Path, metavar="PLANT.toml")
    mount.add_argument("line", metavar="LINE")
    mount.add_argument("unit_id", metavar="UNIT", nargs="?", help="none: it was taken off")
    mount.add_argument("--by", required=True, metavar="NAME", help="who enters it")
    weigh = actions.add_parser("weigh", help="book each steady load of a scale at a serial port")
    _add_flow(weigh)
    weigh.add_argument("--port", required=True, metavar="/dev/ttyUSB0")
    weigh.add_argument("--baud", type=int, default=9600)
    weigh.add_argument("--framing", default="8N1", help="data bits, parity, stop bits, e.g. 7E1")
    weigh.add_argument(
        "--format", default="and", help="and (A&D), sics (Mettler-Toledo), or a regular expression"
    )
    weigh.add_argument("--highest-kg", type=float, default=10_000.0, help="the scale's maximum load")
    weigh.add_argument("--least-kg", type=float, default=1.0, help="below it the scale is empty")
    weigh.add_argument("--count", type=int, default=0, metavar="N", help="loads; 0: until stopped")
    balance = actions.add_parser("balance", help="input = good + ejected + by-product + waste + unaccounted")
    balance.add_argument("config", type=Path, metavar="PLANT.toml")
    which = balance.add_mutually_exclusive_group()
    which.add_argument("--at", metavar="TIME", help="the shift of this moment; default: the running one")
    which.add_argument("--lot", metavar="LOT")
    balance.add_argument("--json", action="store_true")
    family = actions.add_parser("family", help="what a unit is made of and what was made of it")
    family.add_argument("config", type=Path, metavar="PLANT.toml")
    family.add_argument("unit_id", metavar="UNIT")


def _add_flow(parser: argparse.ArgumentParser) -> None:
    _add_unit(parser)
    parser.add_argument("--flow", required=True, choices=["input", "good", "ejected", "by_product", "waste"])
    parser.add_argument("--cause", default="", help="of waste or by-product")


def _add_unit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", type=Path, metavar="PLANT.toml")
    parser.add_argument("--place", required=True, help="a line or another place, e.g. card-3")
    parser.add_argument("--step", required=True, choices=["lot", "bale", "laydown", "run", "roll", "piece"])
    parser.add_argument("--unit-id", required=True, help="of the lot, bale, ... that it belongs to")
    parser.add_argument("--by", required=True, metavar="NAME", help="who enters it")


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    from service.settings_file import load_plant

    settings = load_plant(args.config)
    does = {"import": _import, "book": _book, "count": _count, "mount": _mount, "weigh": _weigh}
    does |= {"balance": _balance, "family": _family}
    return does[args.action](args, settings)


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from firmware_bridge.types import LinkDownError
    from service.plant.errors import PlantError
    from service.settings_file import SettingsError

    return (SettingsError, PlantError, LinkDownError)


def _import(args: argparse.Namespace, settings: "PlantSettings") -> int:
    from zoneinfo import ZoneInfo

    from service.plant.errors import PlantError
    from service.plant.ledger.csv_import import read_sheet
    from service.plant.ledger.opening import open_ledger

    try:
        data = args.file.read_bytes()
    except OSError as error:
        raise PlantError("bad_csv", f"{args.file}: {error.strerror}; check path and rights") from error
    sheet = read_sheet(data, zone=ZoneInfo(settings.time_zone), user=args.by, demo=settings.demo)
    with open_ledger(settings, _now) as ledger:
        before = ledger.entries(1, 1).total
        ledger.enter(sheet.drafts)
        new = ledger.entries(1, 1).total - before
    _say(
        f"{args.file}: {len(sheet.drafts)} rows ({sheet.encoding}, columns by {sheet.delimiter!r}): "
        f"{new} new, {len(sheet.drafts) - new} known"
    )
    return 0


def _book(args: argparse.Namespace, settings: "PlantSettings") -> int:
    from service.plant.ledger.csv_import import number_of
    from service.plant.ledger.opening import open_ledger
    from service.plant.ledger.terms import Origin

    with open_ledger(settings, _now) as ledger:
        draft = _draft(args, number_of(args.quantity), args.unit, Origin.TYPED, demo=settings.demo)
        (entry,) = ledger.enter([draft])
    _say(f"entry {entry.entry_id}: {args.flow} {args.quantity} {args.unit} at {args.place}")
    return 0


def _count(args: argparse.Namespace, settings: "PlantSettings") -> int:
    from service.plant.ledger.book import Draft
    from service.plant.ledger.csv_import import number_of
    from service.plant.ledger.entries import StockCounted
    from service.plant.ledger.opening import open_ledger
    from service.plant.ledger.terms import Origin, Step

    body = StockCounted(
        place=args.place,
        step=Step(args.step),
        unit_id=args.unit_id,
        value=number_of(args.quantity),
        unit=args.unit,
    )
    draft = Draft(body=body, at_utc=_now(), entered_by=args.by, origin=Origin.TYPED, demo=settings.demo)
    with open_ledger(settings, _now) as ledger:
        (entry,) = ledger.enter([draft])
    _say(f"entry {entry.entry_id}: {args.quantity} {args.unit} of {args.unit_id} lie at {args.place}")
    return 0


def _mount(args: argparse.Namespace, settings: "PlantSettings") -> int:
    from service.plant.ledger.book import Draft
    from service.plant.ledger.entries import UnitMounted
    from service.plant.ledger.opening import open_ledger
    from service.plant.ledger.terms import Origin

    body = UnitMounted(place=args.line, unit_id=args.unit_id)
    draft = Draft(body=body, at_utc=_now(), entered_by=args.by, origin=Origin.TYPED, demo=settings.demo)
    with open_ledger(settings, _now) as ledger:
        (entry,) = ledger.enter([draft])
    _say(f"entry {entry.entry_id}: {args.unit_id or 'nothing known'} feeds {args.line} from now on")
    return 0


def _weigh(args: argparse.Namespace, settings: "PlantSettings") -> int:
    import time

    from firmware_bridge.transport import SerialTransport
    from service.instruments.outcomes import Faulty, Load
    from service.instruments.scale import ScaleWatch
    from service.instruments.text import LineSplitter
    from service.plant.ledger.opening import open_ledger
    from service.plant.ledger.terms import Origin

    watch, lines = ScaleWatch(_scale(args), time.monotonic()), LineSplitter()
    port = SerialTransport(args.port, baud=args.baud, framing=args.framing, device="the scale")
    booked = 0
    with open_ledger(settings, _now) as ledger:
        port.open()
        try:
            while not 0 < args.count <= booked:
                texts = lines.feed(port.read(LISTEN_S))
                heard = [found for text in texts for found in watch.line(text, time.monotonic())]
                for outcome in (*heard, *watch.tick(time.monotonic())):
                    if isinstance(outcome, Load):
                        draft = _draft(args, outcome.mass_kg, "kg", Origin.SCALE, demo=settings.demo)
                        ledger.enter([draft])
                        booked += 1
                        _say(f"{outcome.text}: {args.flow} {outcome.mass_kg:g} kg at {args.place}")
                    elif isinstance(outcome, Faulty):
                        _say(f"{outcome.fault.value}, nothing booked: {outcome.detail}")
        finally:
            port.close()
    return 0


def _scale(args: argparse.Namespace) -> "ScaleSettings":
    from pydantic import TypeAdapter, ValidationError

    from service.instrument_settings import ScaleSettings
    from service.plant.errors import PlantError

    given = {"id": "scale", "flow": args.flow, "highest_kg": args.highest_kg, "least_kg": args.least_kg}
    serial = {"port": args.port, "baud": args.baud, "framing": args.framing, "format": args.format}
    try:
        return TypeAdapter(ScaleSettings).validate_python(given | {"serial": serial})
    except ValidationError as error:
        first = error.errors()[0]
        raise PlantError("bad_settings", f"--{first['loc'][-1]} {first['input']}: {first['msg']}") from error


def _balance(args: argparse.Namespace, settings: "PlantSettings") -> int:
    from zoneinfo import ZoneInfo

    from pydantic import TypeAdapter

    from service.plant.ledger.csv_import import moment_of
    from service.plant.ledger.opening import open_ledger
    from service.plant.views.ledger import Statement

    moment = moment_of(args.at, ZoneInfo(settings.time_zone)) if args.at else _now()
    with open_ledger(settings, _now) as ledger:
        found = ledger.lot_balances(args.lot) if args.lot else ledger.shift_balances(moment)
    if args.json:
        _say(TypeAdapter(tuple[Statement, ...]).dump_json(found).decode())
        return 0
    for statement in found:
        _say(_told(statement))
    if not found:
        _say("nothing was booked, and no line fed anything")
    return 0


def _family(args: argparse.Namespace, settings: "PlantSettings") -> int:
    from service.plant.ledger.opening import open_ledger

    with open_ledger(settings, _now) as ledger:
        family = ledger.family(args.unit_id)
    own = [(0, family.unit), *((one.generations, one.unit) for one in family.relatives)]
    for generations, unit in sorted(own, key=lambda pair: (pair[0], pair[1].unit_id)):
        mark = "*" if generations == 0 else " "
        supplier = f" from {unit.supplier}" if unit.supplier else ""
        _say(f"{mark} {unit.step.value:8} {unit.unit_id} {unit.name}{supplier}")
    for lot, share in sorted(family.lot_shares.items()):
        _say(f"  {100 * share:.1f} % of lot {lot}")
    return 0


def _draft(args: argparse.Namespace, value: float, unit: str, origin: "Origin", *, demo: bool) -> "Draft":
    from service.event_terms import MassFlow
    from service.plant.ledger.book import Draft
    from service.plant.ledger.entries import FlowBooked
    from service.plant.ledger.terms import Step

    body = FlowBooked(
        place=args.place,
        flow=MassFlow(args.flow),
        step=Step(args.step),
        unit_id=args.unit_id,
        value=value,
        unit=unit,
        cause=args.cause,
    )
    return Draft(body=body, at_utc=_now(), entered_by=args.by, origin=origin, demo=demo)


def _told(statement: "Statement") -> str:
    parts = ("input", "good", "ejected", "by_product", "waste", "unaccounted")
    numbers = ", ".join(
        f"{name} {'not measured' if value is None else f'{value:.6g}'}"
        for name in parts
        for value in (getattr(statement, name),)
    )
    where = statement.place or "from end to end"
    ends = (statement.stock_before, statement.stock_after)
    stock = "" if ends == (None, None) else f", stock {_shown(ends[0])} -> {_shown(ends[1])}"
    demo = "DEMO " if statement.demo else ""
    return (
        f"{demo}{statement.scope} {statement.subject}, {where}: {numbers}{stock} {statement.basis.unit}: "
        f"{statement.status.value} (limit {statement.limit_pct:g} %)"
    )


def _shown(value: float | None) -> str:
    return "not counted" if value is None else f"{value:.6g}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _now() -> datetime:
    return datetime.now(UTC)
