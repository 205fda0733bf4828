"""The controller's configuration, kept in its EEPROM: limits it enforces by itself, and its wiring."""

from dataclasses import dataclass, fields

from firmware_bridge.types import BridgeError

ENCODER_REVERSED = 1
TRIGGER_ACTIVE_LOW = 2
KINDS = ("valve", "gate", "marker", "line stop")
RANGES = {
    "heartbeat_ms": (100, 1000),
    "max_on_ms": (1, 10_000),
    "duty_percent": (1, 100),
    "burst_ms": (1, 10_000),
    "horizon_counts": (1, 1 << 30),
    "horizon_ms": (1, 60_000),
    "min_lead_counts": (1, 65_535),
    "min_lead_us": (200, 65_535),
    "trigger_pulse_us": (8, 60_000),
    "flags": (0, ENCODER_REVERSED | TRIGGER_ACTIVE_LOW),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SorterConfig:
    """What a controller leaves the factory with; tuples are for valve, gate, marker, line stop."""

    heartbeat_ms: int = 250
    max_on_ms: tuple[int, int, int, int] = (200, 2000, 500, 2000)
    duty_percent: tuple[int, int, int, int] = (50, 100, 100, 100)  # of the time, in the long run
    burst_ms: int = 1000  # on-time that may be used up at once before the duty limit bites
    horizon_counts: int = 1 << 20  # a start further ahead is a mistake
    horizon_ms: int = 30_000
    min_lead_counts: int = 1
    min_lead_us: int = 200
    trigger_pulse_us: int = 100
    flags: int = 0  # ENCODER_REVERSED, TRIGGER_ACTIVE_LOW

    @property
    def is_encoder_reversed(self) -> bool:
        """The encoder's two lines are swapped, or it turns the other way."""
        return bool(self.flags & ENCODER_REVERSED)


def is_legal(config: SorterConfig) -> bool:
    """Say whether a controller takes it."""
    return not _faults(config)


def check_config(config: SorterConfig) -> None:
    """Refuse what a controller would refuse.

    Raises:
        BridgeError: a value is outside its range.
    """
    faults = _faults(config)
    if faults:
        raise BridgeError("the controller's configuration: " + "; ".join(faults))


def _faults(config: SorterConfig) -> list[str]:
    faults = []
    for field in fields(config):
        least, most = RANGES[field.name]
        value = getattr(config, field.name)
        if not all(least <= one <= most for one in (value if isinstance(value, tuple) else (value,))):
            faults.append(f"{field.name} is {value}, it must be {least} to {most}")
    return faults
