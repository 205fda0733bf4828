"""A sentence as a code and its values: written to the log in English, shown in the language of who looks.

The English template of a code stands in `texts/*.csv` beside its Russian and Kazakh ones: nowhere else. A
value's name says how it is shown: one that ends in `_utc` is a moment (ISO 8601), `because` is a sentence or
several inside this one.
"""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from service.said.codes import Said

TEXTS = tuple(sorted(Path(__file__).with_name("texts").glob("*.csv")))
PREFIX = "said."
BECAUSE = "because"
MOMENT = "_utc"
BETWEEN = "; "  # sentences of one cause
NOT_FINITE = ("inf", "-inf", "nan")

Value = str | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One sentence. Without a code it is a text from elsewhere, in the one value `text`."""

    code: str
    values: dict[str, Value] = field(default_factory=dict)
    because: "tuple[Saying, ...]" = ()

    @property
    def text(self) -> str:
        """The sentence in English; of a code that another version said, the code and its values."""
        if not self.code:
            return str(self.values.get("text", ""))
        because = in_english(self.because)
        try:
            inside = {name: _written(name, value) for name, value in self.values.items()}
            return english_templates()[self.code].format(**inside, because=because)
        except (KeyError, ValueError):
            told = [f"{name}={value}" for name, value in self.values.items()]
            return " ".join(filter(None, (self.code, *told, because)))


SAYINGS_CODEC: TypeAdapter[tuple[Saying, ...]] = TypeAdapter(tuple[Saying, ...])


def say(code: Said, *, because: Saying | Sequence[Saying] = (), **values: Value | datetime) -> Saying:
    """Make a sentence; a value that JSON has no number for (infinite, none) goes as text."""
    told = {name: _kept(value) for name, value in values.items()}
    return Saying(
        code=code.value, values=told, because=(because,) if isinstance(because, Saying) else tuple(because)
    )


def in_english(said: Sequence[Saying]) -> str:
    """The sentences one after the other, as the log has them."""
    return BETWEEN.join(one.text for one in said)


@cache
def english_templates() -> dict[str, str]:
    """The English template of every code."""
    templates: dict[str, str] = {}
    for path in TEXTS:
        with path.open(encoding="utf-8", newline="") as file:
            templates |= {row["key"].removeprefix(PREFIX): row["en"] for row in csv.DictReader(file)}
    return templates


def _kept(value: Value | datetime) -> Value:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _written(name: str, value: Value) -> Value:
    if name.endswith(MOMENT):
        return f"{datetime.fromisoformat(str(value)):%Y-%m-%d %H:%M} UTC"
    return float(value) if value in NOT_FINITE else value
