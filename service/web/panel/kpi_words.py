"""Figures in words: enough digits to see a small one move, units in the viewer's language."""

import re
from math import floor, log10

from service.web.panel.voice import Voice

CURRENCY = re.compile(r"^[A-Z]{3}(?=$|/)")


def digits_for(value: float) -> int:
    """Enough digits to see a small figure move, no more."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return 0
    if size >= 10:
        return 1
    if size >= 0.1:
        return 2
    return max(4, 1 - floor(log10(size)))


def rounded(value: float, unit: str) -> tuple[float, int]:
    """Value and digits; a share below 100 % is never rounded up to all."""
    digits = digits_for(value)
    if unit == "%" and value < 100:
        return min(value, 100 - 10**-digits), digits
    return value, digits


def unit_words(unit: str, voice: Voice) -> str:
    """A unit in the viewer's language; a currency stays as it is, what it is paid for is said."""
    money = CURRENCY.match(unit)
    if money is None:
        return voice.say_or_code("unit", unit)
    _, _, per = unit.partition("/")
    return f"{money.group()}/{voice.say_or_code('unit', per)}" if per else money.group()


def amount(value: float, unit: str, voice: Voice) -> str:
    """A quantity with its unit."""
    return f"{voice.number(*rounded(value, unit))} {unit_words(unit, voice)}".strip()
