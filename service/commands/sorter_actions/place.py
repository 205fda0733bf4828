"""Where the controller is, and what is known of the belt: from a LINE.toml, or from the command line."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware_bridge.transport import SerialTransport

TWIN = "twin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One controller; None: neither the file nor the command line says."""

    port: str
    baud: int
    counts_per_mm: float | None
    distance_mm: float | None
    latency_ms: float

    def transport(self) -> "SerialTransport":
        """Return the port, closed."""
        from firmware_bridge.transport import SerialTransport

        return SerialTransport(self.port, baud=self.baud)


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say where the controller is."""
    parser.add_argument(
        "--line", type=Path, metavar="LINE.toml", help="take port, belt and distances from it"
    )
    parser.add_argument("--port", metavar="PATH", help="/dev/ttyACM0, or what 'maqta sorter twin' printed")
    parser.add_argument("--baud", type=int, help="default 500000")
    parser.add_argument("--counts-per-mm", type=float, metavar="N", help="encoder counts per mm of belt")


def place_of(args: argparse.Namespace) -> Place:
    """Join the file and the command line; the latter goes first.

    Raises:
        SettingsError: the file can't be used.
        BridgeError: nobody says where the controller is.
    """
    from firmware_bridge.transport import BAUD
    from firmware_bridge.types import BridgeError
    from service.settings_file import load_line

    settings = load_line(args.line) if args.line else None
    port = args.port or (settings.sorter.port if settings else None)
    if port is None:
        raise BridgeError("which port? give --port, or --line LINE.toml")
    if port == TWIN:
        raise BridgeError(
            f"{args.line} simulates the controller inside the line; start 'maqta sorter twin' and give its "
            "--port"
        )
    counts_per_mm = args.counts_per_mm or (settings.web.counts_per_mm if settings else None)
    if counts_per_mm is not None and not counts_per_mm > 0:
        raise BridgeError(f"--counts-per-mm {counts_per_mm:g} must be above 0; measure it: maqta sorter time")
    return Place(
        port=port,
        baud=args.baud or (settings.sorter.baud if settings else BAUD),
        counts_per_mm=counts_per_mm,
        distance_mm=settings.sorter.distance_mm if settings else None,
        latency_ms=settings.sorter.latency_ms if settings else 0.0,
    )
