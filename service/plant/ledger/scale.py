"""The text of a scale's serial port → steady readings. Pure.

Most industrial indicators send a line with a status, gross or net, the value and its unit, e.g.
"ST,GS,+  218.40kg" (A&D standard format) or "S S      218.40 kg" (Mettler-Toledo SICS). A reading counts once
it is steady; the same load is reported once, until the scale was unloaded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from service.plant.errors import PlantError
from service.plant.ledger.terms import Basis
from service.plant.ledger.units import convert

AND_LINE = re.compile(
    r"(?P<state>ST|US|OL|QT),(?:GS|NT|TR)?,?\s*(?P<value>[+-]?\s*\d+(?:[.,]\d+)?)\s*(?P<unit>[A-Za-z]+)"
)
SICS_LINE = re.compile(r"S\s+(?P<state>[SDI+-])\s+(?P<value>[+-]?\s*\d+(?:[.,]\d+)?)\s*(?P<unit>[A-Za-z]+)")
OVERLOAD = re.compile(r"OL\b|S\s+[+-]\s*$")
STEADY = {"ST": True, "QT": True, "US": False, "S": True, "D": False}
LONGEST_LINE = 200  # characters; a wrong baud rate sends garbage without an end


class ScaleState(StrEnum):
    """What a line says."""

    STEADY = "steady"
    MOVING = "moving"
    OVERLOAD = "overload"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleLine:
    """One line of a scale."""

    state: ScaleState
    mass_kg: float | None
    text: str


def read_line(text: str) -> ScaleLine:
    """Read one line.

    Raises:
        PlantError: bad_scale_line: garbled, or of another format.
    """
    plain = text.strip()
    if OVERLOAD.match(plain):
        return ScaleLine(state=ScaleState.OVERLOAD, mass_kg=None, text=plain)
    found = AND_LINE.fullmatch(plain) or SICS_LINE.fullmatch(plain)
    if found is None:
        raise PlantError(
            "bad_scale_line",
            f"the scale sent {plain[:60]!r}; expected a line such as 'ST,GS,+  218.40kg' or 'S S 218.40 kg': "
            f"check baud rate, parity and the indicator's output format",
        )
    value = float(found["value"].replace(" ", "").replace(",", "."))
    basis, mass_kg, _ = convert(abs(value), found["unit"])
    if basis is not Basis.MASS:
        raise PlantError("bad_scale_line", f"the scale sent {plain[:60]!r}: {found['unit']} is no mass")
    state = ScaleState.STEADY if STEADY.get(found["state"], False) else ScaleState.MOVING
    return ScaleLine(state=state, mass_kg=mass_kg if value >= 0 else -mass_kg, text=plain)


@dataclass(slots=True)
class ScaleReader:
    """Bytes of a port → one reading a load; what can't be read is counted and the last of it kept."""

    least_kg: float  # below it the scale is empty
    garbled: int = 0
    last_garbled: str = ""
    _buffer: bytearray = field(default_factory=bytearray)
    _loaded: bool = False

    def feed(self, data: bytes) -> Iterator[ScaleLine]:
        """Take bytes; yield each new steady load."""
        self._buffer += data
        while True:
            ends = [at for at in (self._buffer.find(b"\r"), self._buffer.find(b"\n")) if at >= 0]
            if not ends:
                break
            line = bytes(self._buffer[: min(ends)])
            del self._buffer[: min(ends) + 1]
            if line.strip():
                yield from self._line(line)
        if len(self._buffer) > LONGEST_LINE:
            self._lost(bytes(self._buffer))
            self._buffer.clear()

    def _line(self, line: bytes) -> Iterator[ScaleLine]:
        try:
            read = read_line(line.decode("ascii"))
        except (PlantError, UnicodeDecodeError):
            self._lost(line)
            return
        if read.mass_kg is None:
            return
        if read.mass_kg < self.least_kg:
            self._loaded = False
        elif read.state is ScaleState.STEADY and not self._loaded:
            self._loaded = True
            yield read

    def _lost(self, line: bytes) -> None:
        self.garbled += 1
        self.last_garbled = line.decode("ascii", "backslashreplace")[:LONGEST_LINE]
