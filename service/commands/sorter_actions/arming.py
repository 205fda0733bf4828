"""Nothing moves before a person has seen what would move and said so with --yes."""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware_bridge.console import Console

WARNING = (
    "Arming closes the line-stop relay: whatever it holds may start to run. Hands away from valves, gate and "
    "marker; the emergency stop within reach."
)


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Add the switch without which nothing moves."""
    parser.add_argument(
        "--yes", action="store_true", help="really arm and move; without it only say what would"
    )


def may_move(console: "Console", plan: str, *, yes: bool) -> bool:
    """Say what is planned; True when it may happen.

    Raises:
        BridgeError: the emergency stop is pressed, or was and the controller is still in its safe state.
    """
    from firmware_bridge.messages import McuState
    from firmware_bridge.types import BridgeError

    sys.stdout.write(f"{plan}\n")
    state = console.status().state
    if yes and state is McuState.SAFE:
        raise BridgeError(
            "the controller is in its safe state: release the emergency stop where that is safe, then try "
            "again"
        )
    if not yes:
        held = " The controller is in its safe state now." if state is McuState.SAFE else ""
        sys.stdout.write(f"Nothing was moved.{held} {WARNING} Then again with --yes.\n")
    return yes
