"""A line of text of a scale or sensor → value, unit and state flag. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_LINE = 200  # characters; a wrong baud rate sends garbage without an end
LARGEST = 1e12


class TextError(Exception):
    """A line can't be read; the message shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a line says."""

    value: float | None  # None: a flag alone, e.g. "OL"
    unit: str  # empty: the line names none
    state: str  # the flag as sent; empty: the format has none
    text: str


def read_text(pattern: re.Pattern[str], text: str) -> Told:
    """Read one line.

    Raises:
        TextError: it does not fit the pattern.
    """
    plain = text.strip()
    found = pattern.fullmatch(plain)
    if found is None:
        raise TextError(f"it sent {plain[:60]!r}: check baud rate, framing and its output format")
    groups = found.groupdict()
    return Told(
        value=_number(groups["value"], plain),
        unit=(groups.get("unit") or "").strip(),
        state=(groups.get("state") or "").strip(),
        text=plain,
    )


class LineSplitter:
    """Bytes of a port → lines of text; bytes that are no text come as escapes, and fit no pattern."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[str]:
        """Take bytes; yield each line that is whole, without its end. One that never ends is cut."""
        self._buffer += data
        while True:
            ends = [at for at in (self._buffer.find(b"\r"), self._buffer.find(b"\n")) if at >= 0]
            if not ends:
                break
            line = bytes(self._buffer[: min(ends)])
            del self._buffer[: min(ends) + 1]
            if line.strip():
                yield _text(line)
        if len(self._buffer) > LONGEST_LINE:
            line = bytes(self._buffer)
            self._buffer.clear()
            yield _text(line)

    def clear(self) -> None:
        """Forget half a line: the port was opened anew."""
        self._buffer.clear()


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")[:LONGEST_LINE]


def _number(text: str | None, line: str) -> float | None:
    if text is None:
        return None
    try:
        value = float(text.replace(" ", "").replace(",", "."))
    except ValueError as error:
        raise TextError(f"it sent {line[:60]!r}, and {text!r} is no number: check its format") from error
    if not abs(value) <= LARGEST:
        raise TextError(f"it sent {line[:60]!r}: {text} is more than anything weighs")
    return value
