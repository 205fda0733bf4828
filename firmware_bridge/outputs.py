"""Outputs by name, as people type and read them: valve-0 to valve-15, gate, marker, line-stop."""

from firmware_bridge.types import BridgeError, Output

VALVES = int(Output.VALVE_15) + 1
NAMES = (*(f"valve-{number}" for number in range(VALVES)), "gate", "marker", "line-stop")  # by bit
ALL_VALVES = "valves"


def output_of(name: str) -> int:
    """Return the bit of an output.

    Raises:
        BridgeError: there is no such output.
    """
    if name not in NAMES:
        raise BridgeError(
            f"there is no output {name!r}: give valve-0 to valve-{VALVES - 1}, gate, marker or line-stop"
        )
    return NAMES.index(name)


def outputs_of(name: str) -> tuple[int, ...]:
    """Return the bits that a name means; `valves` means all of them, one after another.

    Raises:
        BridgeError: there is no such output.
    """
    return tuple(range(VALVES)) if name == ALL_VALVES else (output_of(name),)


def names_in(mask: int) -> str:
    """Name the outputs of a mask; "none" for an empty one."""
    return ", ".join(name for bit, name in enumerate(NAMES) if mask >> bit & 1) or "none"
