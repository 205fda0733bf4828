"""Texts, numbers and times in the language of the one who looks."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.requests import HTTPConnection

from service.web.i18n.catalogue import Catalogue, Language
from service.web.i18n.formats import Formats
from service.web.theme import Theme, theme_of

LANGUAGE_COOKIE = "maqta_language"
M_PER_MM = 0.001
MINUTE_S = 60
HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How one viewer is spoken to, and in which theme."""

    catalogue: Catalogue
    language: Language
    formats: Formats
    theme: Theme = Theme.AUTO

    def say(self, key: str, **values: str | int) -> str:
        """A text of the catalogue."""
        return self.catalogue.text(key, self.language, **values)

    def say_or_code(self, prefix: str, code: str) -> str:
        """The text of `prefix.code`; the bare code where a newer line sends an unknown one."""
        key = f"{prefix}.{code}"
        return self.say(key) if self.catalogue.has(key) else code

    def number(self, value: float, digits: int = 0) -> str:
        """A number as written in this language."""
        return self.formats.number(value, digits)

    def percent(self, share: float, digits: int = 1) -> str:
        """A share of 1 in percent; never rounded up to 100 %."""
        percent = share * 100
        if share < 1:
            percent = min(percent, 100 - 10**-digits)
        return f"{self.formats.number(percent, digits)} %"

    def metres(self, length_mm: float, digits: int = 1) -> str:
        """A length in metres, with its unit."""
        return self.say("metres", value=self.number(length_mm * M_PER_MM, digits))

    def size(self, length_mm: float) -> str:
        """A defect's length in millimetres, with its unit."""
        return self.say("millimetres", value=self.number(length_mm, 1 if length_mm < 10 else 0))

    def age(self, age_s: float) -> str:
        """How old something is, in the unit that fits."""
        if age_s < MINUTE_S:
            return self.say("age_seconds", count=max(0, int(age_s)))
        if age_s < HOUR_S:
            return self.say("age_minutes", count=int(age_s // MINUTE_S))
        return self.say("age_hours", value=self.number(age_s / HOUR_S, 1))

    def meaning(self, *, formula: str = "", age_s: float | None = None, unit: str = "") -> str:
        """What a figure means, for `data-words`: its formula, unit and age, a line each."""
        told = (
            formula,
            self.say("meaning_unit", unit=unit) if unit else "",
            self.say("meaning_age", age=self.age(age_s)) if age_s is not None else "",
        )
        return "\n".join(filter(None, told))

    def moment(self, moment: datetime | None) -> str:
        """Date and time, or a dash."""
        return self.formats.moment(moment) if moment is not None else "–"


def voice_for(request: HTTPConnection, catalogue: Catalogue, zone: ZoneInfo) -> Voice:
    """The voice a request asks for: by its cookie, else by the browser's languages, else Kazakh."""
    language = language_of(request)
    return Voice(
        catalogue=catalogue,
        language=language,
        formats=Formats(language=language, zone=zone),
        theme=theme_of(request),
    )


def language_of(request: HTTPConnection) -> Language:
    """The language of a request."""
    wanted = [request.cookies.get(LANGUAGE_COOKIE, "")]
    accepted = request.headers.get("accept-language", "")
    wanted += [part.split(";")[0].strip()[:2].lower() for part in accepted.split(",")]
    known = {language.value: language for language in Language}
    return next((known[code] for code in wanted if code in known), Language.KK)
