"""Numbers, dates and ages as people write them in each language."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from service.web.i18n.catalogue import Language

NARROW_SPACE = "\u202f"  # groups thousands without letting the number break over two lines
MINUS = "\u2212"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """Writes values in one language and one time zone."""

    language: Language
    zone: ZoneInfo

    def number(self, value: float, digits: int = 0) -> str:
        """Decimal comma in Kazakh and Russian, point in English; thousands in groups of three."""
        return self.written(value, f".{digits}f")

    def written(self, value: float, spec: str) -> str:
        """The same by Python's format: `spec` is e.g. "+.1f" or "g"."""
        plain = f"{abs(value):{spec.removeprefix('+')}}"
        point = "." if self.language is Language.EN else ","
        whole, _, fraction = plain.partition(".")
        grouped = f"{int(whole):,}".replace(",", NARROW_SPACE) if whole.isdecimal() else whole
        plus = "+" if spec.startswith("+") else ""
        sign = MINUS if value < 0 and any(digit in "123456789" for digit in plain) else plus
        return sign + grouped + (point + fraction if fraction else "")

    def spelled(self, value: float) -> "Spelled":
        """A number for a text that says itself how many digits it wants: {share:.1f}."""
        return Spelled(value, self)

    def date(self, moment: datetime) -> str:
        """dd.mm.yyyy in the plant's time zone."""
        return f"{moment.astimezone(self.zone):%d.%m.%Y}"

    def time(self, moment: datetime) -> str:
        """hh:mm in the plant's time zone."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def moment(self, moment: datetime) -> str:
        """dd.mm.yyyy hh:mm in the plant's time zone."""
        return f"{self.date(moment)} {self.time(moment)}"

    def since(self, moment: datetime, now: datetime) -> str:
        """Only the time for today, date and time for any other day."""
        same_day = moment.astimezone(self.zone).date() == now.astimezone(self.zone).date()
        return self.time(moment) if same_day else self.moment(moment)


@dataclass(frozen=True, slots=True)
class Spelled:
    """A number that is written where a text asks for it."""

    value: float
    formats: Formats

    def __format__(self, spec: str) -> str:
        return self.formats.written(self.value, spec or ("d" if isinstance(self.value, int) else "g"))
